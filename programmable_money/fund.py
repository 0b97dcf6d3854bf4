# SPDX-License-Identifier: EUPL-1.2
"""One fund on a chain: one programme in one period, its claims, payments, refunds and settlements."""

from collections.abc import Sequence
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from programmable_money.calls import FundCall, claim_call, pay_call, refund_call
from programmable_money.chain import Chain, Deployed, Receipt
from programmable_money.euro import MunicipalEuro
from programmable_money.messages import (
    ZERO_ADDRESS,
    Address,
    ClaimMessage,
    PaymentDomain,
    Scope,
    SignedCharge,
    SignedPermit,
    SignedRefund,
)
from programmable_money.model import Amount, FundBooks, FundRules, Merchant, MoneyError, PaymentRecord
from programmable_money.registry import TrustRegistry
from programmable_money.rules import RulesTuple, summary
from ssi.keccak import keccak256

__all__ = ["Fund", "WrongRulesError"]

SPONSOR_ROLE = keccak256(b"SPONSOR_ROLE")
SETTLER_ROLE = keccak256(b"SETTLER_ROLE")


class WrongRulesError(MoneyError):
    """A fund's contract does not have the rules that its rulebook compiles to."""


class Fund:
    """One fund contract.

    Args:
        contract: where it is; ``Chain.at("Fund", address)`` for a known one.
    """

    def __init__(self, chain: Chain, contract: Deployed) -> None:
        self.chain = chain
        self.contract = contract
        self.address = contract.address

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

    @property
    def domain(self) -> PaymentDomain:
        """What permits, charges and refunds of this fund are signed for."""
        return PaymentDomain(self.chain.chain_id, self.address)

    def raw_rules(self) -> RulesTuple:
        """The contract's rules as ``programmable_money.rules.rules_of`` writes them."""
        return _frozen_rules(self.chain.call(self.contract, "rules")[0])

    def rules(self) -> FundRules:
        """The rules without the claim terms."""
        return summary(self.raw_rules())

    def raw_spending_rules(self) -> RulesTuple:
        """How its money may be spent, as ``programmable_money.rules.spending_rules_of`` writes it."""
        spending: RulesTuple = _tuples(self.chain.call(self.contract, "spendingRules")[0])
        return spending

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

    def books(self) -> FundBooks:
        """Where the money is."""
        unallocated, accounts, merchants, is_paused, is_closed = self.chain.call(self.contract, "books")
        return FundBooks(Amount(unallocated), Amount(accounts), Amount(merchants), is_paused, is_closed)

    def balance_of(self, account: Address) -> Amount:
        """What a payment account can spend."""
        return Amount(self.chain.call(self.contract, "accountOf", account)[0])

    def merchant(self, account: Address) -> Merchant:
        """A shop; category 0, not approved and nothing owed if it never took part."""
        category, is_approved, balance, batch = self.chain.call(self.contract, "merchantOf", account)
        return Merchant(account, category, is_approved, Amount(balance), batch)

    def payment(self, payment: bytes) -> PaymentRecord | None:
        """A payment by its id; None if there was none."""
        merchant, amount, refunded, batch = self.chain.call(self.contract, "payment", payment)
        if merchant == ZERO_ADDRESS:
            return None
        return PaymentRecord(payment, merchant, Amount(amount), Amount(refunded), batch)

    def claims_of(self, validator: Address) -> int:
        """How many claims the validator's credentials have made, of ``rules().claims_per_validator``."""
        return int(self.chain.call(self.contract, "claimsOf", validator)[0])

    def is_claimed(self, nullifier: bytes) -> bool:
        """Whether the pseudonym with this nullifier has claimed."""
        return bool(self.chain.call(self.contract, "isClaimed", nullifier)[0])

    def sponsor(self) -> Address:
        """Who gets back what is unspent."""
        return Address(self.chain.call(self.contract, "sponsor")[0])

    def registry(self) -> TrustRegistry:
        """The trust registry that it relies on."""
        return TrustRegistry(self.chain, self.chain.at("TrustRegistry", self.chain.call(self.contract, "registry")[0]))

    def euro(self) -> MunicipalEuro:
        """The token of its budget."""
        return MunicipalEuro(self.chain, self.chain.at("MunicipalEuro", self.chain.call(self.contract, "euro")[0]))

    # ---- the sponsor ----

    def top_up(self, amount: Amount, *, sponsor: LocalAccount) -> Receipt:
        """Take an amount that the sponsor has approved at the token into the budget."""
        return self.chain.send(self.contract, "fund", amount.cents, sender=sponsor)

    def appoint_settler(self, settler: Address, *, sponsor: LocalAccount) -> Receipt:
        """Let somebody settle."""
        return self.chain.send(self.contract, "grantRole", SETTLER_ROLE, settler, sender=sponsor)

    def approve_merchant(self, merchant: Address, category: int, *, sponsor: LocalAccount) -> Receipt:
        """Let a shop take part in a category of the rulebook."""
        return self.chain.send(self.contract, "approveMerchant", merchant, category, sender=sponsor)

    def suspend_merchant(self, merchant: Address, *, sponsor: LocalAccount) -> Receipt:
        """Stop payments to a shop; it can still refund and be settled."""
        return self.chain.send(self.contract, "suspendMerchant", merchant, sender=sponsor)

    def pause(self, *, sponsor: LocalAccount) -> Receipt:
        """Refuse claims, payments and refunds until further notice."""
        return self.chain.send(self.contract, "pause", sender=sponsor)

    def unpause(self, *, sponsor: LocalAccount) -> Receipt:
        """Go on."""
        return self.chain.send(self.contract, "unpause", sender=sponsor)

    def hand_over(self, successor: Address, *, sponsor: LocalAccount) -> Receipt:
        """Make another municipality the sponsor."""
        return self.chain.send(self.contract, "handOver", successor, sender=sponsor)

    def close(self, *, sponsor: LocalAccount) -> Receipt:
        """After the end: what nobody spent goes back to the sponsor."""
        return self.chain.send(self.contract, "close", sender=sponsor)

    def settle(self, merchants: Sequence[Address], reference: bytes, *, settler: LocalAccount) -> Receipt:
        """Burn what these shops are owed, under the reference of a payment file (32 octets)."""
        return self.chain.send(self.contract, "settle", list(merchants), reference, sender=settler)

    # ---- anyone, usually a relayer ----

    def accept(self, key: bytes, *, sender: LocalAccount | None = None) -> Receipt:
        """Make claims with a validator's key possible."""
        return self.chain.send(self.contract, "accept", key, sender=sender)

    def claim(self, message: ClaimMessage, *, sender: LocalAccount | None = None) -> Receipt:
        """Carry a claim; the contract checks the proof."""
        return self._carry(claim_call(message), sender)

    def pay(self, permit: SignedPermit, charge: SignedCharge, *, sender: LocalAccount | None = None) -> Receipt:
        """Carry a payment."""
        return self._carry(pay_call(permit, charge), sender)

    def refund(
        self, account: Address, nonce: int, refund: SignedRefund, *, sender: LocalAccount | None = None
    ) -> Receipt:
        """Carry a refund of the payment that used ``account``'s permit ``nonce``."""
        return self._carry(refund_call(account, nonce, refund), sender)

    def _carry(self, call: FundCall, sender: LocalAccount | None) -> Receipt:
        return self.chain.send(self.contract, call.function, *call.arguments, sender=sender)


def _frozen_rules(rules: Sequence[Any]) -> RulesTuple:
    frozen = _tuples(rules)
    validators = tuple(to_checksum_address(validator) for validator in frozen[12])
    return (*frozen[:12], validators, *frozen[13:])


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list | tuple) else value
