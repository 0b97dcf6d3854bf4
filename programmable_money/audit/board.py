# SPDX-License-Identifier: EUPL-1.2
"""A task board and its purse under audit: their rules, their events, and what they must say at the end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from programmable_money.audit.audited import (
    Audited,
    Comparison,
    claim_comparisons,
    spending_comparisons,
)
from programmable_money.audit.board_state import BoardState
from programmable_money.audit.claim_checks import ClaimChecks
from programmable_money.audit.claims import ClaimProofs
from programmable_money.audit.node import NodeReader, Transaction
from programmable_money.audit.opening import (
    FindRulebook,
    check_rules,
    check_scope,
    party_of,
    published_rulebook,
    read_rules,
)
from programmable_money.audit.payments import PaymentSignatures
from programmable_money.audit.registry_state import RegistryState
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.audit.spending_rules import SpendingRules
from programmable_money.audit.spending_state import SpendingState
from programmable_money.audit.subjects import BoardSubject
from programmable_money.books import FundLedger
from programmable_money.messages import ZERO_ADDRESS, Address, PaymentDomain, Scope
from programmable_money.model import ChainEvent
from programmable_money.rules import spending_rules_of
from programmable_money.tasks.ledger import TaskLedger
from programmable_money.tasks.purse import EMPLOYEE_ROLE
from programmable_money.tasks.rules import board_rules_of, purse_rules_of, summary
from ssi.rulebook.terms import compile_rules

__all__ = ["AuditedBoard"]

_FIRST_SLOTS = 256


@dataclass(frozen=True, slots=True)
class _PurseRules:
    """What a purse's rules have; see ``BudgetRules``."""

    opens_at: int
    closes_at: int
    categories: frozenset[int]


@dataclass(slots=True, kw_only=True)
class _PurseState(SpendingState):
    """A purse, followed event by event; it keeps the roles of its board.

    Args:
        employees: of the board; changed here.
    """

    rules: _PurseRules
    board: Address
    employees: set[Address]
    credits: dict[tuple[str, Address], int] = field(default_factory=dict)

    def opened(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """PurseOpened."""
        if (given["board"], given["euro"]) != (self.board, self.euro):
            self.wrong(DifferenceKind.RULES, event, "the purse was opened for another board or euro than it names")
        self.sponsor = given["sponsor"]

    def credited(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """Credited."""
        place = event.transaction, given["account"]
        self.credits[place] = self.credits.get(place, 0) + given["amount"]
        if self.is_shut(event):
            self.wrong(DifferenceKind.COLLECTION, event, f"{given['account']} was credited while the purse was shut")

    def role_moved(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """RoleGranted, RoleRevoked."""
        if given["role"] == EMPLOYEE_ROLE:
            (self.employees.add if event.name == "RoleGranted" else self.employees.discard)(given["account"])


_PurseState.STEPS = {
    **SpendingState.STEPS,
    "PurseOpened": _PurseState.opened,
    "Credited": _PurseState.credited,
    "RoleGranted": _PurseState.role_moved,
    "RoleRevoked": _PurseState.role_moved,
}


@dataclass(slots=True)
class AuditedBoard(Audited):
    """One board with its purse. Build it with ``open``."""

    CONTRACT = "TaskBoard"
    HOLDER = "Purse"
    budget: _PurseState
    board: BoardState

    @classmethod
    def open(
        cls,
        reader: NodeReader,
        address: Address,
        find_rulebook: FindRulebook,
        registry: RegistryState,
        findings: Findings,
    ) -> "AuditedBoard":
        """Read both contracts' rules, which must be those that the published rulebook compiles to.

        Raises:
            LookupError: nobody knows the rulebook.
            NodeError: they are no such contracts.
        """
        theirs = read_rules(reader, cls.CONTRACT, address)
        rulebook, types = published_rulebook(find_rulebook, theirs[0])
        given = summary(theirs)
        ours = board_rules_of(rulebook, types[0], given.period, given.validators)
        check_rules("board's rules", ours, theirs, findings)
        rules, purse = summary(ours), party_of(reader, cls.CONTRACT, address, "purse")
        coins = purse_rules_of(rulebook, rules.period)
        check_rules("purse's rules", coins, read_rules(reader, cls.HOLDER, purse), findings)
        spending = read_rules(reader, cls.HOLDER, purse, "spendingRules")
        check_rules("purse's rules of spending", spending_rules_of(rulebook), spending, findings)
        if party_of(reader, cls.HOLDER, purse, "board") != address:
            findings.add(DifferenceKind.RULES, "the board's purse is another board's")
        scope = Scope(reader.chain_id, address, rulebook.hash, rules.period)
        slot = rules.period * _FIRST_SLOTS
        check_scope(reader.call(cls.CONTRACT, address, "scopeOf", slot)[0], scope.in_slot(slot), findings)
        rates = rulebook.earnings.rates
        asked = [compile_rules(rate.rules, types[0], rulebook.period, rules.period) for rate in rates]
        proofs = ClaimProofs(asked, scope)
        employees: set[Address] = set()
        board = BoardState(
            rules=rules,
            registry=party_of(reader, cls.CONTRACT, address, "registry"),
            purse=purse,
            claims=ClaimChecks(registry, findings, proofs, [rules.validators] * len(rates), None, once=False),
            findings=findings,
            domain=PaymentDomain(reader.chain_id, address),
            employees=employees,
            reasons=frozenset(reason.index for reason in rulebook.earnings.reasons),
            ledger=TaskLedger(rules.appeal_within),
        )
        opens_at, closes_at, categories = coins
        state = _PurseState(
            rules=_PurseRules(opens_at, closes_at, frozenset(i for i in range(256) if categories >> i & 1)),
            findings=findings,
            signatures=PaymentSignatures(PaymentDomain(reader.chain_id, purse)),
            spending=SpendingRules.of(spending),
            board=address,
            euro=party_of(reader, cls.HOLDER, purse, "euro"),
            employees=employees,
        )
        subject = BoardSubject(reader.chain_id, address, purse, rulebook, types, rules)
        return cls(subject, state, board.claims, board.registry, board)

    @property
    def signatures(self) -> int:
        """How many signatures were found to hold, of task accounts, payment accounts and shops."""
        return self.board.signatures + self.budget.verified

    def apply(self, event: ChainEvent, transaction: Transaction) -> None:
        """Follow the next event of board or purse."""
        (self.board if event.address == self.subject.address else self.budget).apply(event, transaction)

    def comparisons(self, ledger: FundLedger) -> Iterator[Comparison]:
        """Figures, tasks, work, slots, accounts, shops and payments."""
        yield from Audited.comparisons(self, ledger)
        yield from spending_comparisons(self.HOLDER, self.subject.holder, self.budget, ledger)
        yield from claim_comparisons(self.CONTRACT, self.subject.address, self.claims, "")
        followed = self.board.ledger
        for nullifier, cents in followed.earned.items():
            yield Comparison(f"earned by 0x{nullifier.hex()}", (cents,), self._asked("earnedOf", nullifier))
        for number, entry in followed.tasks.items():
            it = entry.record
            employee = ZERO_ADDRESS if it.employee is None else it.employee
            expected = int(it.state), it.round, it.quarters, it.awarded, it.until, employee
            yield Comparison(f"task {number}", expected, self._asked("taskOf", number))
        for account, work in followed.work.items():
            has = work.task, work.round, work.part, work.seconds, work.collected, work.until
            yield Comparison(f"work of {account}", has, self._asked("workOf", account))

    def finish(self) -> None:
        """What the board collects is what the purse credits, in one transaction."""
        ours, theirs = self.board.credited, self.budget.credits
        for place in sorted(ours.keys() | theirs.keys()):
            if ours.get(place, 0) != theirs.get(place, 0):
                transaction, account = place
                text = f"{account}: {ours.get(place, 0)} cents collected and {theirs.get(place, 0)} credited"
                self.board.findings.add(DifferenceKind.COLLECTION, text, transaction=transaction)
