# SPDX-License-Identifier: EUPL-1.2
"""Finding the own tasks and the earnings book again on a board, by the recovery phrase alone (tasks.md 5.5). Pure.

Invariants:
    * Only what belongs to a key of this phrase is found. Nobody learns which: everybody gets the same description.
    * A line must be what the rulebook gives for its time, into the wallet's own account of its slot. One that is not
      makes the whole description unusable: a book with a planted line would be worth less than none.
"""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Final

from holder.earning.board import BoardCollection, BoardTask, BoardView, BoardWork
from holder.earning.model import Earned, Work
from holder.recovery import Recovery
from holder.refusals import ProgrammeFormatError
from programmable_money.messages import Address, address_of
from ssi.credential.document import Wording
from ssi.rulebook.handout import Earnings

__all__ = ["find_earned", "find_work"]

_HOUR: Final = 3_600


def find_work(view: BoardView, earnings: Earnings, recovery: Recovery) -> tuple[Work, ...]:
    """The tasks that this phrase chose, in the order of the board, as they were when they were chosen."""
    found = []
    for work in view.work:
        key = recovery.task_key(view.scope.context_id, work.task, work.round)
        if address_of(key) == work.account:
            found.append(_work_of(view, earnings, work))
    return tuple(found)


def find_earned(view: BoardView, earnings: Earnings, recovery: Recovery, work: tuple[Work, ...]) -> tuple[Earned, ...]:
    """The lines of the earnings book for these tasks, oldest first.

    Raises:
        ProgrammeFormatError: a collection that the board cannot have taken, or into somebody else's account.
    """
    mine = {one.account: one for one in work}
    totals: dict[Address, int] = defaultdict(int)
    slots: dict[int, int] = defaultdict(int)
    found = []
    for index, one in enumerate(view.collections):
        if one.task_account not in mine:
            continue
        path = f"collected.{index}"
        if one.terms >= len(earnings.rates):
            raise ProgrammeFormatError(f"{path}.terms", "must be 0 or 1")
        totals[one.task_account] += one.seconds
        slots[one.slot] += one.cents
        _check(one, view, earnings, recovery, path)
        if totals[one.task_account] != one.total:
            raise ProgrammeFormatError(f"{path}.total", "must be the seconds of the task account's collections so far")
        if slots[one.slot] > earnings.slot_cents:
            raise ProgrammeFormatError(f"{path}.cents", "must fit into the slot with those before")
        found.append(_earned_of(view, earnings, mine[one.task_account], one))
    return tuple(found)


def _check(one: BoardCollection, view: BoardView, earnings: Earnings, recovery: Recovery, path: str) -> None:
    cents, rest = divmod(one.seconds * earnings.rates[one.terms].cents_per_hour, _HOUR)
    if rest or cents != one.cents:
        raise ProgrammeFormatError(f"{path}.cents", "must be what the rulebook gives for its seconds")
    if address_of(recovery.payment_key(view.coins.in_slot(one.slot).context_id)) != one.account:
        raise ProgrammeFormatError(f"{path}.account", "must be this wallet's account of the slot")


def _earned_of(view: BoardView, earnings: Earnings, work: Work, one: BoardCollection) -> Earned:
    return Earned(
        scope=view.scope.in_slot(one.slot),
        task=work.task,
        title=work.title,
        task_account=one.task_account,
        account=one.account,
        terms=one.terms,
        total=one.total,
        seconds=one.seconds,
        cents=one.cents,
        cents_per_hour=earnings.rates[one.terms].cents_per_hour,
        at=datetime.fromtimestamp(one.at, UTC),
    )


def _work_of(view: BoardView, earnings: Earnings, work: BoardWork) -> Work:
    task = view.task(work.task)
    offer = None if task is None else task.offer(earnings)
    return Work(
        scope=view.scope,
        task=work.task,
        round=work.round,
        account=work.account,
        title=Wording(f"Klus {work.task}", f"Task {work.task}") if offer is None else offer.title,
        quarters=0 if task is None else task.quarters,
        part=work.part,
        insurance=_insurance(task) if offer is None else offer.insurance,
        chosen_at=datetime.fromtimestamp(work.chosen, UTC),
    )


def _insurance(task: BoardTask | None) -> str:
    """The reference as the chain has it, where the text is missing: ASCII, filled up with zeros (tasks.md 1.12)."""
    octets = b"" if task is None else bytes(task.members[2])
    return octets.rstrip(b"\0").decode("ascii", "replace")
