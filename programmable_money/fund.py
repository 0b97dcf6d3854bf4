# SPDX-License-Identifier: EUPL-1.2
"""One fund on a chain: one programme in one period, its claims, payments, refunds and settlements."""

from collections.abc import Sequence
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from programmable_money.calls import claim_call
from programmable_money.chain import Chain, Receipt
from programmable_money.euro import MunicipalEuro
from programmable_money.messages import ZERO_ADDRESS, Address, ClaimMessage, Scope
from programmable_money.model import FundRules, MoneyError
from programmable_money.registry import TrustRegistry
from programmable_money.rules import RulesTuple, summary, tuples_of
from programmable_money.spending_contract import SpendingContract

__all__ = ["Fund", "WrongRulesError"]


class WrongRulesError(MoneyError):
    """A fund's contract does not have the rules that its rulebook compiles to."""


class Fund(SpendingContract):
    """One fund contract; ``Fund(chain, chain.at("Fund", address))`` for a known one."""

    @classmethod
    def deploy(
        cls,
        chain: Chain,
        rules: RulesTuple,
        spending: RulesTuple,
        registry: TrustRegistry,
        euro: MunicipalEuro,
        *,
        sponsor: LocalAccount,
    ) -> "Fund":
        """Open a fund; from now on its rules are fixed."""
        addresses = registry.contract.address, euro.contract.address, sponsor.address
        return cls(chain, chain.deploy("Fund", rules, spending, *addresses, sender=sponsor))

    # ---- reading ----

    def raw_rules(self) -> RulesTuple:
        """The contract's rules as ``programmable_money.rules.rules_of`` writes them."""
        return _frozen_rules(self.chain.call(self.contract, "rules")[0])

    def rules(self) -> FundRules:
        """The rules without the claim terms."""
        return summary(self.raw_rules())

    def check_rules(self, expected: RulesTuple, spending: RulesTuple) -> None:
        """Refuse a fund that does not follow its rulebook; WrongRulesError names the first member that differs."""
        for index, (ours, theirs) in enumerate(zip(expected, self.raw_rules(), strict=True)):
            if ours != theirs:
                raise WrongRulesError(f"member {index} of the fund's rules is not what the rulebook says")
        if self.raw_spending_rules() != spending:
            raise WrongRulesError("the fund's rules of spending are not what the rulebook says")

    def scope(self) -> Scope:
        """What claims are unique in; equal to the contract's own (claim.md 2.1).

        Raises:
            WrongRulesError: the contract's scope is something else.
        """
        rules = self.rules()
        scope = Scope(self.chain.chain_id, self.address, rules.rulebook_hash, rules.period)
        if self.chain.call(self.contract, "scope")[0] != scope.context_id:
            raise WrongRulesError("the fund's scope is not that of its chain, address, rulebook and period")
        return scope

    def statement(self, key: bytes) -> bytes | None:
        """The statement octets (claim.md 4.3) of an accepted key, S first; None if it was not accepted."""
        address: Address = self.chain.call(self.contract, "statementOf", key)[0]
        return None if address == ZERO_ADDRESS else self.chain.code(address)[1:]

    def claims_of(self, validator: Address) -> int:
        """How many claims the validator's credentials have made, of ``rules().claims_per_validator``."""
        return int(self.chain.call(self.contract, "claimsOf", validator)[0])

    def is_claimed(self, nullifier: bytes) -> bool:
        """Whether the pseudonym with this nullifier has claimed."""
        return bool(self.chain.call(self.contract, "isClaimed", nullifier)[0])

    def registry(self) -> TrustRegistry:
        """The trust registry that it relies on."""
        return TrustRegistry(self.chain, self.chain.at("TrustRegistry", self.chain.call(self.contract, "registry")[0]))

    # ---- anyone, usually a relayer ----

    def accept(self, key: bytes, *, sender: LocalAccount | None = None) -> Receipt:
        """Make claims with a validator's key possible."""
        return self.chain.send(self.contract, "accept", key, sender=sender)

    def claim(self, message: ClaimMessage, *, sender: LocalAccount | None = None) -> Receipt:
        """Carry a claim; the contract checks the proof."""
        return self.carry(claim_call(message), sender)


def _frozen_rules(rules: Sequence[Any]) -> RulesTuple:
    frozen = tuples_of(rules)
    validators = tuple(to_checksum_address(validator) for validator in frozen[12])
    return (*frozen[:12], validators, *frozen[13:])
