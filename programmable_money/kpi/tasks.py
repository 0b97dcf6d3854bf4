# SPDX-License-Identifier: EUPL-1.2
"""The key figures of tasks that earn: hours, validated, completed, active. Pure.

A task account is fresh for every task, so accounts do not tell how many people there are. People are counted by their
pseudonyms in the year's first earning slot, which a wallet opens before any other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from programmable_money.kpi.model import Kpi, KpiValue

__all__ = ["Collected", "Outcome", "TaskPublished", "TaskVerified", "Tasks", "task_kpis"]

_FIRST_SLOT: Final = 0


class Outcome(StrEnum):
    """What an employee decided about a task that was reported as done."""

    FULL = "full"
    PART = "part"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TaskPublished:
    """A task that people could choose. ``at`` is aware UTC."""

    task: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskVerified:
    """A decision about a task; after an appeal there is a second one, and the last one counts.

    Attributes:
        quarter_hours: awarded by this decision, for everybody together; 0 when refused.
    """

    task: bytes
    outcome: Outcome
    quarter_hours: int
    at: datetime

    def __post_init__(self) -> None:
        if self.quarter_hours < 0 or (self.outcome is Outcome.REFUSED) != (self.quarter_hours == 0):
            raise ValueError("a refused task awards nothing, any other at least a quarter of an hour")


@dataclass(frozen=True, slots=True)
class Collected:
    """Quarter hours that became coins, in one slot of somebody's year.

    Attributes:
        nullifier: the slot's pseudonym, 32 octets.
    """

    year: int
    slot: int
    nullifier: bytes
    quarter_hours: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Tasks:
    """Everything that happened on a board, each kind in the chain's order."""

    published: Sequence[TaskPublished] = field(default=())
    verified: Sequence[TaskVerified] = field(default=())
    collected: Sequence[Collected] = field(default=())


def task_kpis(tasks: Tasks, *, registered: int | None = None) -> tuple[KpiValue, ...]:
    """The key figures of one board.

    Args:
        registered: people who signed up, which only the sponsor knows.
    Returns:
        In the order of ``Kpi``: hours (in quarters), validated, completed, active.
    Raises:
        ValueError: a task was verified that was not published.
    """
    decided = _last_decisions(tasks.verified)
    published = {entry.task for entry in tasks.published}
    if not set(decided) <= published:
        raise ValueError("a task that was verified was published before")
    people = len({(entry.year, entry.nullifier) for entry in tasks.collected if entry.slot == _FIRST_SLOT})
    full = sum(entry.outcome is Outcome.FULL for entry in decided.values())
    done = sum(entry.outcome is not Outcome.REFUSED for entry in decided.values())
    quarters = sum(entry.quarter_hours for entry in decided.values())
    return (
        KpiValue.of(Kpi.HOURS, quarters, None, people=people),
        KpiValue.of(Kpi.VALIDATED, full, len(decided), people=people),
        KpiValue.of(Kpi.COMPLETED, done, len(published), people=people),
        KpiValue.of(Kpi.ACTIVE, people, registered, people=people),
    )


def _last_decisions(verified: Iterable[TaskVerified]) -> dict[bytes, TaskVerified]:
    return {entry.task: entry for entry in sorted(verified, key=lambda entry: entry.at)}
