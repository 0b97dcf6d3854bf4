# SPDX-License-Identifier: EUPL-1.2
"""The earnings book and the yearly statement: made in the wallet, from its own lines, for the citizen only. Pure.

Invariants:
    * What the book counts is what the slots count: the same cents, in the same calendar year (UTC, of the collection).
    * A statement names tasks, hours, rates and amounts. It has no account, no slot and no pseudonym: whoever is shown
      it learns nothing that links the citizen to anything on chain.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from holder.earning.model import Earned, Work
from holder.earning.packing import Slots, SlotUse
from programmable_money.messages import Scope
from ssi.credential.document import Wording
from ssi.rulebook.handout import Earnings

__all__ = ["StatementLine", "YearlyStatement", "expected_cents", "pace_of", "slots_of", "yearly_statement"]

_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One task: when its time was collected, how much of it, at which rate."""

    at: datetime
    title: Wording
    seconds: int
    cents_per_hour: int
    cents: int


@dataclass(frozen=True, slots=True)
class YearlyStatement:
    """What a citizen earned in one calendar year with one programme.

    Attributes:
        cap_cents: the year's maximum.
        effect_on_benefits: the sponsor's published promise.
    """

    programme: Wording
    year: int
    cap_cents: int
    effect_on_benefits: Wording
    lines: tuple[StatementLine, ...] = field(repr=False)

    @property
    def cents(self) -> int:
        """Earned in the year."""
        return sum(line.cents for line in self.lines)

    @property
    def seconds(self) -> int:
        """Time that was collected in the year."""
        return sum(line.seconds for line in self.lines)

    @property
    def left_cents(self) -> int:
        """What the year's cap leaves."""
        return self.cap_cents - self.cents

    def by_rate(self) -> tuple[tuple[int, int, int], ...]:
        """Cents an hour, seconds and cents, the lowest rate first."""
        rates = sorted({line.cents_per_hour for line in self.lines})
        of = {rate: [line for line in self.lines if line.cents_per_hour == rate] for rate in rates}
        return tuple(
            (rate, sum(line.seconds for line in of[rate]), sum(line.cents for line in of[rate])) for rate in rates
        )


def lines_of(earned: Iterable[Earned], board: Scope, year: int) -> tuple[Earned, ...]:
    """The lines of one board and calendar year, oldest first."""
    return tuple(line for line in earned if line.year == year and line.scope.in_slot(0) == board.in_slot(0))


def yearly_statement(
    earned: Iterable[Earned], board: Scope, year: int, *, programme: Wording, earnings: Earnings
) -> YearlyStatement:
    """The statement of one board and year; one line for each task, rate and collection day."""
    found: dict[tuple[object, ...], StatementLine] = {}
    for line in lines_of(earned, board, year):
        key = (line.task, line.task_account, line.cents_per_hour, line.at.date())
        before = found.get(key)
        seconds, cents = (
            (line.seconds, line.cents) if before is None else (before.seconds + line.seconds, before.cents + line.cents)
        )
        found[key] = StatementLine(line.at, line.title, seconds, line.cents_per_hour, cents)
    lines = tuple(sorted(found.values(), key=lambda line: line.at))
    return YearlyStatement(programme, year, earnings.yearly_cap_cents, earnings.effect_on_benefits, lines)


def slots_of(earned: Iterable[Earned], board: Scope, year: int, earnings: Earnings) -> Slots:
    """What of the year's slots is used."""
    used: dict[int, SlotUse] = {}
    for line in lines_of(earned, board, year):
        before = used[line.slot].cents if line.slot in used else 0
        used[line.slot] = SlotUse(before + line.cents, line.terms)
    return Slots(earnings.slots, earnings.slot_cents, used)


def expected_cents(work: Sequence[Work], board: Scope, cents_per_hour: int) -> int:
    """What the tasks that were chosen may still bring, at a rate, rounded up: it counts against the cap's room."""
    seconds = sum(item.expected for item in work if item.scope == board)
    return -(-seconds * cents_per_hour // _HOUR)


def pace_of(slots: Slots, now: datetime) -> int:
    """(5.1) Cents that the rest of the year brings if it goes on as so far."""
    moment = now.astimezone(UTC)
    passed = max(1, (moment - datetime(moment.year, 1, 1, tzinfo=UTC)).days)
    left = (datetime(moment.year + 1, 1, 1, tzinfo=UTC) - moment).days
    return sum(use.cents for use in slots.used.values()) * left // passed
