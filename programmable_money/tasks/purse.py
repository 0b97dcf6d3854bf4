# SPDX-License-Identifier: EUPL-1.2
"""The coins of one task board, and the roles of both: ``IPurse``."""

from eth_account.signers.local import LocalAccount

from programmable_money.chain import Chain, Receipt
from programmable_money.euro import MunicipalEuro
from programmable_money.fund import WrongRulesError
from programmable_money.messages import Address
from programmable_money.registry import TrustRegistry
from programmable_money.rules import RulesTuple, tuples_of
from programmable_money.spending_contract import SpendingContract
from ssi.keccak import keccak256

__all__ = ["EMPLOYEE_ROLE", "Purse"]

EMPLOYEE_ROLE = keccak256(b"EMPLOYEE_ROLE")


class Purse(SpendingContract):
    """One purse; ``Purse(chain, chain.at("Purse", address))`` for a known one."""

    @classmethod
    def deploy(
        cls,
        chain: Chain,
        rules: RulesTuple,
        spending: RulesTuple,
        board: Address,
        euro: MunicipalEuro,
        *,
        sponsor: LocalAccount,
    ) -> "Purse":
        """Open a purse for the board that is deployed at this address next."""
        addresses = board, euro.contract.address, sponsor.address
        return cls(chain, chain.deploy("Purse", rules, spending, *addresses, sender=sponsor))

    # ---- reading ----

    def raw_rules(self) -> RulesTuple:
        """The contract's rules as ``programmable_money.tasks.rules.purse_rules_of`` writes them."""
        rules: RulesTuple = tuples_of(self.chain.call(self.contract, "rules")[0])
        return rules

    def board(self) -> Address:
        """Who credits."""
        return Address(self.chain.call(self.contract, "board")[0])

    def registry(self) -> TrustRegistry:
        """The registry in which the board looks up keys."""
        board = self.chain.at("TaskBoard", self.board())
        return TrustRegistry(self.chain, self.chain.at("TrustRegistry", self.chain.call(board, "registry")[0]))

    def check_rules(self, expected: RulesTuple, spending: RulesTuple) -> None:
        """Refuse a purse that does not follow its rulebook; WrongRulesError."""
        if self.raw_rules() != expected:
            raise WrongRulesError("the purse's rules are not what the rulebook says")
        if self.raw_spending_rules() != spending:
            raise WrongRulesError("the purse's rules of spending are not what the rulebook says")

    def is_employee(self, account: Address) -> bool:
        """Whether an account may publish, hand out, verify and decide on the board."""
        return bool(self.chain.call(self.contract, "hasRole", EMPLOYEE_ROLE, account)[0])

    # ---- the sponsor ----

    def appoint_employee(self, employee: Address, *, sponsor: LocalAccount) -> Receipt:
        """Let somebody publish, hand out, verify and decide. Who appointed whom stays in the chain's events."""
        return self.chain.send(self.contract, "grantRole", EMPLOYEE_ROLE, employee, sender=sponsor)

    def dismiss_employee(self, employee: Address, *, sponsor: LocalAccount) -> Receipt:
        """End an employee's role on the board; what they verified stays theirs."""
        return self.chain.send(self.contract, "revokeRole", EMPLOYEE_ROLE, employee, sender=sponsor)

    def hand_over_desk(self, employee: Address, successor: Address, *, sponsor: LocalAccount) -> None:
        """One employee leaves and another takes over; the successor comes first, so that the desk is never empty."""
        self.appoint_employee(successor, sponsor=sponsor)
        self.dismiss_employee(employee, sponsor=sponsor)
