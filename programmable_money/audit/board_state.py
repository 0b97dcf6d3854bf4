# SPDX-License-Identifier: EUPL-1.2
"""One task board as its events tell it: steps, awards and collections, each checked against the rules (tasks.md)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from programmable_money.abi import interface
from programmable_money.audit.calls import calls_in
from programmable_money.audit.claim_checks import ClaimChecks, Told
from programmable_money.audit.claims import CarriedClaim, Place
from programmable_money.audit.node import Transaction
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.messages import Address, PaymentDomain, parse_address
from programmable_money.messages.tasks import (
    WHOLE,
    Appeal,
    Choice,
    Collection,
    CollectionMessage,
    GivingUp,
    GroupChoice,
    SignedAppeal,
    SignedChoice,
    SignedDone,
    SignedGivingUp,
    TaskDone,
)
from programmable_money.messages.typed import SignedMessage
from programmable_money.model import ChainEvent, from_unix
from programmable_money.tasks.ledger import TaskEntry, TaskLedger, TaskLedgerError
from programmable_money.tasks.model import BoardRules
from ssi.claim.proof import Claim
from ssi.errors import VerificationError

__all__ = ["BoardState"]

_FUNCTIONS: Final = interface("TaskBoard").functions
_INSURANCE, _QUARTERS, _UNTIL = 2, 5, 6
"""Where a task's offer has them."""
_BY_EMPLOYEES: Final = frozenset({"TaskPublished", "TaskWithdrawn", "TaskEquipped", "TaskVerified", "TaskDecided"})


@dataclass(slots=True)
class BoardState:
    """Everything about one board, followed event by event.

    Args:
        employees: who may publish, hand out, verify and decide now; kept up by the purse's events.
        reasons: the codes that the rulebook has for what does not count in full.
    Attributes:
        signatures: how many signatures of task accounts were found to hold.
        credited: cents that each account is to be credited in the purse, by transaction.
    """

    rules: BoardRules
    registry: Address
    purse: Address
    claims: ClaimChecks
    findings: Findings
    domain: PaymentDomain
    employees: set[Address]
    reasons: frozenset[int]
    ledger: TaskLedger
    is_opened: bool = False
    signatures: int = 0
    collections: int = 0
    credited: dict[tuple[str, Address], int] = field(default_factory=dict)
    _awards: dict[tuple[str, int], list[tuple[Address, int]]] = field(default_factory=dict)

    def apply(self, event: ChainEvent, transaction: Transaction) -> None:
        """Follow the next event of the board, and note whatever the rules do not allow."""
        task = event.arguments.get("task")
        before = None if task is None else self.ledger.tasks.get(task)
        check = _CHECKS.get(event.name)
        if check is not None:
            check(self, event, event.arguments, transaction, before)
        if event.name in _BY_EMPLOYEES and event.arguments["employee"] not in self.employees:
            self.wrong(DifferenceKind.TASK, event, f"{event.name}: {event.arguments['employee']} was no employee")
        try:
            self.ledger.follow([event])
        except TaskLedgerError as error:
            self.wrong(DifferenceKind.TASK, event, str(error))

    def wrong(self, kind: DifferenceKind, event: ChainEvent, text: str) -> None:
        """Note what an event breaks."""
        self.findings.add(kind, text, block=event.block, transaction=event.transaction)

    # ---- the board itself ----

    def _opened(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction, __: TaskEntry | None) -> None:
        if self.is_opened:
            self.wrong(DifferenceKind.RULES, event, "the board was opened twice")
        if (given["rulebook"], given["period"]) != (self.rules.rulebook_hash, self.rules.period):
            self.wrong(DifferenceKind.RULES, event, "the board was opened for another rulebook or period")
        if (given["registry"], given["purse"]) != (self.registry, self.purse):
            self.wrong(DifferenceKind.RULES, event, "the board was opened with another registry or purse")
        self.is_opened = True

    def _accepted(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction, __: TaskEntry | None) -> None:
        self.claims.accept(event, Place(given["slot"], given["terms"]))

    # ---- steps ----

    def _published(self, event: ChainEvent, _given: Mapping[str, Any], _: Transaction, __: TaskEntry | None) -> None:
        if not self.rules.opens_at <= event.emitted_at < self.rules.closes_at:
            self.wrong(DifferenceKind.TASK, event, "a task was published outside of the period")

    def _chosen(
        self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction, before: TaskEntry | None
    ) -> None:
        if before is None:
            return
        if event.emitted_at >= before.offer[_UNTIL]:
            self.wrong(DifferenceKind.TASK, event, f"task {given['task']} was chosen too late")
        wanted = given["task"], tuple(given["accounts"]), tuple(given["parts"])
        for call in calls_in(transaction.octets, _FUNCTIONS["choose"]):
            accounts = tuple(map(parse_address, call["accounts"]))
            if (call["task"], accounts, tuple(call["parts"])) != wanted:
                continue
            try:
                choice = Choice(call["task"], given["round"], before.offer[_INSURANCE], accounts, wanted[2])
                GroupChoice.of(SignedChoice(self.domain, signature, choice) for signature in call["signatures"])
            except VerificationError:
                continue
            self.signatures += len(accounts)
            return
        self.wrong(DifferenceKind.TASK_SIGNATURE, event, f"not everybody signed the choice of task {given['task']}")

    def _said(
        self, event: ChainEvent, before: TaskEntry | None, signed: Iterator[SignedMessage], account: Address
    ) -> None:
        """One of the accounts of a task says something about it, and signs it."""
        task = event.arguments["task"]
        if before is not None and account not in before.accounts:
            self.wrong(DifferenceKind.TASK, event, f"{event.name}: {account} does not do task {task}")
        if any(self._is_signed(message, account) for message in signed):
            self.signatures += 1
        else:
            self.wrong(DifferenceKind.TASK_SIGNATURE, event, f"{event.name}: {account} did not sign it for task {task}")

    def _done(
        self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction, before: TaskEntry | None
    ) -> None:
        round_ = 0 if before is None else before.record.round
        if before is not None and event.emitted_at >= before.offer[_UNTIL]:
            self.wrong(DifferenceKind.TASK, event, f"task {given['task']} was reported too late")
        message = TaskDone(given["task"], round_)
        signed = (SignedDone(self.domain, it, message) for it in self._signatures(transaction, "reportDone", given))
        self._said(event, before, signed, given["account"])

    def _released(
        self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction, before: TaskEntry | None
    ) -> None:
        if given["by"] in self.employees:
            return
        message = GivingUp(given["task"], 0 if before is None else before.record.round)
        found = self._signatures(transaction, "giveUp", {**given, "account": given["by"]})
        self._said(event, before, (SignedGivingUp(self.domain, it, message) for it in found), given["by"])

    def _appealed(
        self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction, before: TaskEntry | None
    ) -> None:
        record = None if before is None else before.record
        if record is not None and (event.emitted_at >= record.until or record.awarded == record.quarters):
            self.wrong(
                DifferenceKind.TASK, event, f"task {given['task']}: there was nothing to appeal, or no more time"
            )
        message = Appeal(given["task"], 0 if record is None else record.round, given["statement"])
        signed = (SignedAppeal(self.domain, it, message) for it in self._signatures(transaction, "appeal", given))
        self._said(event, before, signed, given["account"])

    def _verified(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction, before: TaskEntry | None) -> None:
        if before is None:
            return
        worth, least = before.offer[_QUARTERS], 0
        if event.name == "TaskDecided":
            least = before.record.awarded
            if given["employee"] == before.record.employee:
                self.wrong(DifferenceKind.TASK, event, f"task {given['task']}: who verified it decided the appeal")
        if not least <= given["quarters"] <= worth:
            text = f"task {given['task']}: {given['quarters']} quarter hours count, of {least} to {worth}"
            self.wrong(DifferenceKind.TASK, event, text)
        is_reason = given["reason"] in self.reasons if given["reason"] else given["quarters"] == worth
        if not is_reason or (given["quarters"] == worth) != (given["reason"] == 0):
            self.wrong(DifferenceKind.TASK, event, f"task {given['task']}: its reason is none of the rulebook's")
        shares = self._shares(before.accounts, given["quarters"] - least)
        self._awards[event.transaction, given["task"]] = [(who, share) for who, share in shares if share]

    def _awarded(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction, __: TaskEntry | None) -> None:
        due = self._awards.get((event.transaction, given["task"]), [])
        if (given["account"], given["quarters"]) not in due:
            text = f"task {given['task']}: {given['account']} was awarded {given['quarters']} quarter hours"
            self.wrong(DifferenceKind.TASK, event, f"{text}, which is not its share")
            return
        due.remove((given["account"], given["quarters"]))
        if given["until"] != event.emitted_at + self.rules.collect_within:
            self.wrong(DifferenceKind.TASK, event, f"task {given['task']}: the award has another deadline")

    def _shares(self, accounts: Sequence[Address], quarters: int) -> Iterator[tuple[Address, int]]:
        """(1.9) What the first n accounts get together is rounded down."""
        parts = given = 0
        for account in accounts:
            parts += self.ledger.work[account].part
            share = quarters * parts // WHOLE - given
            given += share
            yield account, share

    # ---- collecting ----

    def _collected(
        self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction, _: TaskEntry | None
    ) -> None:
        self.collections += 1
        told = Told.of(event, "collection", Place(given["slot"], given["terms"]))
        if why := self._why_not_collect(event, given):
            self.wrong(DifferenceKind.COLLECTION, event, f"{told.name}: {why}")
        found = list(self._collections_in(event, transaction))
        carried = (CarriedClaim(Claim(one.collection.recipient, one.as_of, ()), one.proof) for one in found)
        self.claims.check(told, carried)
        if any(self._is_signed(one, given["taskAccount"]) for one in found):
            self.signatures += 1
        else:
            self.wrong(DifferenceKind.TASK_SIGNATURE, event, f"{told.name}: the task account did not sign it")
        place = event.transaction, given["account"]
        self.credited[place] = self.credited.get(place, 0) + given["amount"]

    def _why_not_collect(self, event: ChainEvent, given: Mapping[str, Any]) -> str | None:
        rules, work = self.rules, self.ledger.work.get(given["taskAccount"])
        year, slot = divmod(given["slot"], 256)
        if not rules.opens_at <= event.emitted_at < rules.closes_at:
            return "the board was not open"
        if slot >= rules.slots or given["terms"] >= len(rules.rates):
            return "there is no such slot, or not with these terms"
        if year != from_unix(event.emitted_at).year:
            return "the slot is of another year"
        if work is None or not 0 < given["time"] <= work.seconds - work.collected:
            return "it takes time that was not awarded"
        if event.emitted_at >= work.until:
            return "the award had to be collected before"
        if given["time"] * rules.rates[given["terms"]] != given["amount"] * 3_600:
            return f"{given['time']} seconds became {given['amount']} cents, which is another rate"
        earned = self.ledger.earned.get(given["nullifier"], 0) + given["amount"]
        if earned > rules.slot_cap.cents:
            return f"the person has collected {earned} cents in the slot, and {rules.slot_cap.cents} are allowed"
        return None

    def _collections_in(self, event: ChainEvent, transaction: Transaction) -> Iterator[CollectionMessage]:
        given = event.arguments
        work = self.ledger.work.get(given["taskAccount"])
        total = given["time"] + (0 if work is None else work.collected)
        for call in calls_in(transaction.octets, _FUNCTIONS["collect"]):
            task_account, account, slot, terms, collected, key_id, as_of = call["c"]
            said = parse_address(task_account), parse_address(account), slot, collected
            if said != (given["taskAccount"], given["account"], given["slot"], total):
                continue
            if (terms, key_id, as_of) != (given["terms"], given["keyId"], given["asOf"]):
                continue
            try:
                yield CollectionMessage(
                    self.domain, call["signature"], Collection(*said), terms, key_id, as_of, call["proof"]
                )
            except VerificationError:
                continue

    # ---- inside ----

    def _signatures(self, transaction: Transaction, function: str, given: Mapping[str, Any]) -> Iterator[bytes]:
        """Well-formed signatures of calls of a function that name the task and the account of an event."""
        for call in calls_in(transaction.octets, _FUNCTIONS[function]):
            is_same = (call["task"], call["account"]) == (given["task"], given["account"])
            if is_same and call.get("statement", given.get("statement")) == given.get("statement"):
                yield call["signature"]

    @staticmethod
    def _is_signed(message: SignedMessage, account: Address) -> bool:
        try:
            message.check_signer(account)
        except VerificationError:
            return False
        return True


_Check = Callable[[BoardState, ChainEvent, Mapping[str, Any], Transaction, TaskEntry | None], None]
_CHECKS: Final[Mapping[str, _Check]] = {
    "BoardOpened": BoardState._opened,
    "SlotAccepted": BoardState._accepted,
    "TaskPublished": BoardState._published,
    "TaskChosen": BoardState._chosen,
    "TaskDone": BoardState._done,
    "TaskReleased": BoardState._released,
    "TaskAppealed": BoardState._appealed,
    "TaskVerified": BoardState._verified,
    "TaskDecided": BoardState._verified,
    "TimeAwarded": BoardState._awarded,
    "Collected": BoardState._collected,
}
