# SPDX-License-Identifier: EUPL-1.2
"""Every task, task account and slot, followed event by event. Pure: the events alone rebuild the board.

Invariants:

- Anyone who has the events gets the same ledger. A step that the contract cannot take is an error, not a state.
- ``check`` compares every task and every task account with what the contract says.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, MoneyError
from programmable_money.tasks.model import QUARTER_SECONDS, CollectedTime, TaskRecord, TaskState, WorkRecord

__all__ = ["TaskEntry", "TaskLedger", "TaskLedgerError"]

Arguments = Mapping[str, Any]


class TaskLedgerError(MoneyError):
    """The events of a board contradict themselves or the contract."""


class BoardReader(Protocol):
    """What the ledger is compared with; ``TaskBoard`` is one."""

    def task(self, number: int) -> TaskRecord:
        """A task as the contract has it."""

    def work(self, account: Address) -> WorkRecord:
        """A task account as the contract has it."""


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """A task and everything that happened to it.

    Attributes:
        offer: ``TaskOffer`` of the contract.
        accounts: that do it in this round, ascending.
        published_at: unix seconds.
    """

    record: TaskRecord
    offer: tuple[Any, ...]
    accounts: tuple[Address, ...]
    published_at: int


@dataclass(slots=True)
class TaskLedger:
    """One board.

    Args:
        appeal_within: seconds in which a verification can be appealed, of the board's rules.
    Attributes:
        tasks: by number.
        work: by task account; those of rounds that are over stay.
        statements: data contract of each statement, by key, slot and terms.
        earned: cents by the pseudonym's nullifier.
        chosen_at: unix seconds, by task account.
        collected: every collection, oldest first.
    """

    appeal_within: int
    tasks: dict[int, TaskEntry] = field(default_factory=dict)
    work: dict[Address, WorkRecord] = field(default_factory=dict)
    statements: dict[tuple[bytes, int, int], Address] = field(default_factory=dict)
    earned: dict[bytes, int] = field(default_factory=dict)
    chosen_at: dict[Address, int] = field(default_factory=dict)
    collected: list[CollectedTime] = field(default_factory=list)

    def follow(self, events: Iterable[ChainEvent]) -> None:
        """Follow these events of the board, in the chain's order. Others change nothing.

        Raises:
            TaskLedgerError: an event that cannot follow those before.
        """
        for event in sorted(events, key=lambda event: event.order):
            if event.contract == "TaskBoard" and event.name in _STEPS:
                _STEPS[event.name](self, event)

    def check(self, board: BoardReader) -> int:
        """Compare every task and task account with the contract; how many were compared.

        Raises:
            TaskLedgerError: for the first that differs.
        """
        for number, entry in self.tasks.items():
            if board.task(number) != entry.record:
                raise TaskLedgerError(f"task {number} is not what its events say")
        for account, work in self.work.items():
            if board.work(account) != work:
                raise TaskLedgerError(f"task account {account} is not what its events say")
        return len(self.tasks) + len(self.work)

    # ---- steps ----

    def _entry(self, event: ChainEvent, *states: TaskState) -> TaskEntry:
        entry = self.tasks.get(event.arguments["task"])
        if entry is None or entry.record.state not in states:
            raise TaskLedgerError(f"{event.name} cannot follow for task {event.arguments['task']}")
        return entry

    def _move(self, entry: TaskEntry, state: TaskState, **changes: Any) -> None:
        record = replace(entry.record, state=state, **changes)
        self.tasks[record.number] = replace(entry, record=record)

    def _published(self, event: ChainEvent) -> None:
        number, offer = event.arguments["task"], tuple(event.arguments["offer"])
        if number != len(self.tasks) + 1:
            raise TaskLedgerError("tasks are numbered in the order in which they were published")
        record = TaskRecord(number, TaskState.PUBLISHED, 0, offer[5], 0, offer[6], None)
        self.tasks[number] = TaskEntry(record, offer, (), event.emitted_at)

    def _withdrawn(self, event: ChainEvent) -> None:
        self._move(self._entry(event, TaskState.PUBLISHED), TaskState.WITHDRAWN)

    def _chosen(self, event: ChainEvent) -> None:
        entry, given = self._entry(event, TaskState.PUBLISHED), event.arguments
        for account, part in zip(given["accounts"], given["parts"], strict=True):
            if account in self.work:
                raise TaskLedgerError(f"task account {account} was used before")
            self.work[account] = WorkRecord(entry.record.number, given["round"], part, 0, 0, 0)
            self.chosen_at[account] = event.emitted_at
        self._move(replace(entry, accounts=tuple(given["accounts"])), TaskState.CHOSEN)

    def _equipped(self, event: ChainEvent) -> None:
        self._move(self._entry(event, TaskState.CHOSEN), TaskState.EQUIPPED)

    def _released(self, event: ChainEvent) -> None:
        entry = self._entry(event, TaskState.CHOSEN, TaskState.EQUIPPED)
        self._move(replace(entry, accounts=()), TaskState.PUBLISHED, round=entry.record.round + 1)

    def _done(self, event: ChainEvent) -> None:
        self._move(self._entry(event, TaskState.CHOSEN, TaskState.EQUIPPED), TaskState.DONE)

    def _verified(self, event: ChainEvent) -> None:
        until = event.emitted_at + self.appeal_within
        quarters, employee = event.arguments["quarters"], event.arguments["employee"]
        entry = self._entry(event, TaskState.DONE)
        self._move(entry, TaskState.VERIFIED, awarded=quarters, until=until, employee=employee)

    def _appealed(self, event: ChainEvent) -> None:
        self._move(self._entry(event, TaskState.VERIFIED), TaskState.APPEALED)

    def _decided(self, event: ChainEvent) -> None:
        entry = self._entry(event, TaskState.APPEALED)
        self._move(entry, TaskState.DECIDED, awarded=event.arguments["quarters"])

    def _awarded(self, event: ChainEvent) -> None:
        given = event.arguments
        work = self._work(given["account"])
        seconds = work.seconds + given["quarters"] * QUARTER_SECONDS
        self.work[given["account"]] = replace(work, seconds=seconds, until=given["until"])

    def _collected(self, event: ChainEvent) -> None:
        given = event.arguments
        work = self._work(given["taskAccount"])
        collected = work.collected + given["time"]
        if collected > work.seconds:
            raise TaskLedgerError(f"task account {given['taskAccount']} collected more than it was awarded")
        self.work[given["taskAccount"]] = replace(work, collected=collected)
        self.earned[given["nullifier"]] = self.earned.get(given["nullifier"], 0) + given["amount"]
        if self.earned[given["nullifier"]] != given["earned"]:
            raise TaskLedgerError("a pseudonym's collections do not add up")
        self.collected.append(
            CollectedTime(
                given["taskAccount"],
                given["account"],
                given["slot"],
                given["terms"],
                given["time"],
                collected,
                Amount(given["amount"]),
                event.emitted_at,
            )
        )

    def _accepted(self, event: ChainEvent) -> None:
        given = event.arguments
        self.statements[given["keyId"], given["slot"], given["terms"]] = given["statement"]

    def _work(self, account: Address) -> WorkRecord:
        if account not in self.work:
            raise TaskLedgerError(f"task account {account} does no task")
        return self.work[account]


_STEPS: Mapping[str, Callable[[TaskLedger, ChainEvent], None]] = {
    "TaskPublished": TaskLedger._published,
    "TaskWithdrawn": TaskLedger._withdrawn,
    "TaskChosen": TaskLedger._chosen,
    "TaskEquipped": TaskLedger._equipped,
    "TaskReleased": TaskLedger._released,
    "TaskDone": TaskLedger._done,
    "TaskVerified": TaskLedger._verified,
    "TaskAppealed": TaskLedger._appealed,
    "TaskDecided": TaskLedger._decided,
    "TimeAwarded": TaskLedger._awarded,
    "Collected": TaskLedger._collected,
    "SlotAccepted": TaskLedger._accepted,
}
