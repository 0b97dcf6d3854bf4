# SPDX-License-Identifier: EUPL-1.2
"""The key figures of tasks that earn: hours, validated, completed, active, spent in time. Pure.

Nobody can count the people behind a board: a task account is one task's, and a person has an unlinkable pseudonym in
each slot. But a person has *one* in each slot of a year, so the different pseudonyms in any one slot are as many
people; the most in a slot is a number that is never too high. All pseudonyms of a year are never too few.

Invariants:

- ``at_least <= people who collected <= at_most``, whatever slots their wallets took.
- Small cells are held back by ``at_least``: a figure is shown only when it is about enough people for certain.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from programmable_money.kpi.budget import MONTHS, Credit, Spending, add_months, spent_in_time
from programmable_money.kpi.model import Kpi, KpiValue

__all__ = ["Collected", "Outcome", "People", "TaskPublished", "TaskVerified", "Tasks", "purse_kpis", "task_kpis"]


class Outcome(StrEnum):
    """What an employee decided about a task that was reported as done."""

    FULL = "full"
    PART = "part"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TaskPublished:
    """A task that people could choose. ``at`` is aware UTC."""

    task: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskVerified:
    """A decision about a task; after an appeal there is a second one, and the last one counts.

    Attributes:
        quarter_hours: that count by this decision, for everybody together; 0 when refused.
    """

    task: int
    outcome: Outcome
    quarter_hours: int
    at: datetime

    def __post_init__(self) -> None:
        if self.quarter_hours < 0 or (self.outcome is Outcome.REFUSED) != (self.quarter_hours == 0):
            raise ValueError("a refused task awards nothing, any other at least a quarter of an hour")


@dataclass(frozen=True, slots=True)
class Collected:
    """Time that became coins, in one slot of somebody's year.

    Attributes:
        slot: from 0, in its year.
        nullifier: the slot's pseudonym, 32 octets.
    """

    year: int
    slot: int
    nullifier: bytes
    seconds: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Tasks:
    """Everything that happened on a board, each kind in the chain's order."""

    published: Sequence[TaskPublished] = field(default=())
    verified: Sequence[TaskVerified] = field(default=())
    collected: Sequence[Collected] = field(default=())


@dataclass(frozen=True, slots=True)
class People:
    """How many people collected something, as far as a chain can know.

    Attributes:
        at_least: the most different pseudonyms in one slot of one year.
        at_most: the different pseudonyms of all slots and years.
    """

    at_least: int
    at_most: int

    @classmethod
    def of(cls, collected: Iterable[Collected]) -> "People":
        """From collections; docs/audit.md has the formula."""
        slots: dict[tuple[int, int], set[bytes]] = defaultdict(set)
        for entry in collected:
            slots[entry.year, entry.slot].add(entry.nullifier)
        return cls(max(map(len, slots.values()), default=0), sum(map(len, slots.values())))


def task_kpis(tasks: Tasks, *, registered: int | None = None) -> tuple[KpiValue, ...]:
    """The key figures of one board.

    Args:
        registered: people who signed up, which only the sponsor knows.
    Returns:
        In the order of ``Kpi``: hours (in quarters), validated, completed, active, active at most.
    Raises:
        ValueError: a task was verified that was not published.
    """
    decided = {entry.task: entry for entry in sorted(tasks.verified, key=lambda entry: entry.at)}
    published = {entry.task for entry in tasks.published}
    if not set(decided) <= published:
        raise ValueError("a task that was verified was published before")
    found = People.of(tasks.collected)
    people = found.at_least
    most = found.at_most if registered is None else max(people, min(found.at_most, registered))
    full = sum(entry.outcome is Outcome.FULL for entry in decided.values())
    done = sum(entry.outcome is not Outcome.REFUSED for entry in decided.values())
    quarters = sum(entry.quarter_hours for entry in decided.values())
    return (
        KpiValue.of(Kpi.HOURS, quarters, None, people=people),
        KpiValue.of(Kpi.VALIDATED, full, len(decided), people=people),
        KpiValue.of(Kpi.COMPLETED, done, len(published), people=people),
        KpiValue.of(Kpi.ACTIVE, people, registered, people=people),
        KpiValue.of(Kpi.ACTIVE_AT_MOST, most, registered, people=people),
    )


def purse_kpis(
    tasks: Tasks,
    credits: Sequence[Credit],
    spending: Sequence[Spending],
    *,
    as_of: datetime,
    zone: tzinfo = UTC,
) -> tuple[KpiValue, ...]:
    """The key figures of a board's coins: spent, and spent within three months.

    A person has a payment account in each slot, so that accounts are no people here: small cells go by ``People``.

    Args:
        as_of: the moment they are about, aware UTC.
        zone: whose calendar the three months are of.
    """
    due = [credit for credit in credits if add_months(credit.at, MONTHS, zone) <= as_of]
    parts = spent_in_time(credits, spending, zone=zone)
    in_time = sum(amount.cents for credit, amount in parts if credit in set(due))
    everybody = People.of(tasks.collected).at_least
    earlier = People.of(entry for entry in tasks.collected if add_months(entry.at, MONTHS, zone) <= as_of).at_least
    spent = sum(entry.amount.cents for entry in spending)
    return (
        KpiValue.of(Kpi.SPENT, spent, sum(credit.amount.cents for credit in credits), people=everybody),
        KpiValue.of(Kpi.SPENT_WITHIN_THREE_MONTHS, in_time, sum(credit.amount.cents for credit in due), people=earlier),
    )
