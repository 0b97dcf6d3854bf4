# SPDX-License-Identifier: EUPL-1.2
"""The ledger of a board: what its events add up to, and events that cannot follow each other."""

from typing import Any

import pytest

from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent
from programmable_money.tasks.ledger import TaskLedger, TaskLedgerError
from programmable_money.tasks.model import CollectedTime, TaskState, WorkRecord

BOARD, ELS = Address("0x" + "b0" * 20), Address("0x" + "e1" * 20)
AMIRA, BAS = Address("0x" + "a1" * 20), Address("0x" + "a2" * 20)
OFFER = (bytes(32), bytes(32), bytes(32), 1, 2, 8, 1_900_000_000)


def event(index: int, name: str, **arguments: Any) -> ChainEvent:
    return ChainEvent(1, index, 1_000 + index, "0x", "TaskBoard", BOARD, name, {"task": 1, **arguments})


PUBLISHED = event(0, "TaskPublished", employee=ELS, offer=OFFER)
CHOSEN = event(1, "TaskChosen", round=0, accounts=(AMIRA, BAS), parts=(600, 400), receipt=bytes(32))
EQUIPPED = event(2, "TaskEquipped", employee=ELS)
DONE = event(3, "TaskDone", account=AMIRA)
VERIFIED = event(4, "TaskVerified", employee=ELS, quarters=5, reason=1)
AWARDED = event(5, "TimeAwarded", account=AMIRA, quarters=3, until=9_000)
APPEALED = event(6, "TaskAppealed", account=AMIRA, statement=bytes(32))
DECIDED = event(7, "TaskDecided", employee=BOARD, quarters=8, reason=0)
MORE = event(8, "TimeAwarded", account=AMIRA, quarters=1, until=9_500)
COLLECTED = event(
    9,
    "Collected",
    nullifier=b"\x01" * 32,
    taskAccount=AMIRA,
    account=BAS,
    slot=2026 * 256 + 3,
    terms=0,
    time=1_800,
    amount=250,
    earned=250,
)
ALL = (PUBLISHED, CHOSEN, EQUIPPED, DONE, VERIFIED, AWARDED, APPEALED, DECIDED, MORE, COLLECTED)


def followed(*events: ChainEvent) -> TaskLedger:
    ledger = TaskLedger(appeal_within=100)
    ledger.follow(events)
    return ledger


def test_the_events_alone_rebuild_a_task_and_its_accounts() -> None:
    ledger = followed(*reversed(ALL))
    record = ledger.tasks[1].record
    assert (record.state, record.awarded, record.until, record.employee) == (TaskState.DECIDED, 8, 1_104, ELS)
    assert ledger.work[AMIRA] == WorkRecord(1, 0, 600, 3_600, 1_800, 9_500)
    assert ledger.work[BAS] == WorkRecord(1, 0, 400, 0, 0, 0)
    assert ledger.earned == {b"\x01" * 32: 250}
    assert ledger.collected == [CollectedTime(AMIRA, BAS, 2026 * 256 + 3, 0, 1_800, 1_800, Amount(250), 1_009)]
    assert ledger.chosen_at == {AMIRA: 1_001, BAS: 1_001}


def test_a_task_that_is_released_is_free_in_the_next_round() -> None:
    ledger = followed(PUBLISHED, CHOSEN, event(2, "TaskReleased", by=AMIRA))
    assert (ledger.tasks[1].record.state, ledger.tasks[1].record.round) == (TaskState.PUBLISHED, 1)
    assert ledger.tasks[1].accounts == ()
    assert AMIRA in ledger.work


@pytest.mark.parametrize(
    "events",
    [
        (CHOSEN,),
        (PUBLISHED, PUBLISHED),
        (PUBLISHED, DONE),
        (PUBLISHED, CHOSEN, VERIFIED),
        (PUBLISHED, CHOSEN, DONE, DECIDED),
        (PUBLISHED, CHOSEN, DONE, event(4, "TaskReleased", by=AMIRA)),
        (PUBLISHED, CHOSEN, event(2, "TaskReleased", by=AMIRA), event(3, "TaskChosen", **CHOSEN.arguments)),
        (PUBLISHED, AWARDED),
        (PUBLISHED, CHOSEN, DONE, VERIFIED, COLLECTED),
        (*ALL, event(10, "Collected", **{**COLLECTED.arguments, "time": 1_800, "earned": 499})),
        (*ALL, event(10, "Collected", **{**COLLECTED.arguments, "time": 1_801, "earned": 500})),
    ],
    ids=str,
)
def test_events_that_cannot_follow_each_other_are_an_error(events: tuple[ChainEvent, ...]) -> None:
    with pytest.raises(TaskLedgerError):
        followed(*events)


class _Liar:
    """A contract that says something else than its events."""

    def __init__(self, ledger: TaskLedger, *, about_work: bool) -> None:
        self.ledger, self.about_work = ledger, about_work

    def task(self, number: int) -> Any:
        return self.ledger.tasks[number].record if self.about_work else None

    def work(self, account: Address) -> WorkRecord:
        return WorkRecord(1, 0, 1_000, 0, 0, 0)


@pytest.mark.parametrize("about_work", [False, True])
def test_a_contract_that_says_something_else_is_found(about_work: bool) -> None:
    ledger = followed(*ALL)
    with pytest.raises(TaskLedgerError):
        ledger.check(_Liar(ledger, about_work=about_work))
