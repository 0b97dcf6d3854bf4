# SPDX-License-Identifier: EUPL-1.2
"""The key figures of a fund: activated, spent, spent within three months, cost per euro spent. Pure.

Invariants:

- Months are those of a calendar in the programme's time zone: a credit late in the evening of 31 January in Amsterdam
  is due on 30 April in Amsterdam, whatever day it was in UTC.
- Who was given everything back has spent nothing, and does not make a figure one about more people.
- Totals are public; so no part of one is shown whose rest is about fewer than ``SMALL_CELL`` people.
"""

from calendar import monthrange
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from programmable_money.kpi.cells import SMALL_CELL
from programmable_money.kpi.model import Kpi, KpiValue
from programmable_money.messages import Address
from programmable_money.model import Amount

__all__ = ["Credit", "Spending", "add_months", "budget_kpis", "spent_in_time"]

MONTHS: Final = 3
"""Money is meant to be spent within so many months."""


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that an account obtained by a claim or by collecting. ``at`` is aware UTC."""

    account: Address
    amount: Amount
    at: datetime


@dataclass(frozen=True, slots=True)
class Spending:
    """A payment less what was refunded of it. ``at`` is when it was paid, aware UTC."""

    account: Address
    amount: Amount
    at: datetime


def budget_kpis(
    credits: Sequence[Credit],
    spending: Sequence[Spending],
    *,
    as_of: datetime,
    entitled: int | None = None,
    cost: Amount | None = None,
    zone: tzinfo = UTC,
) -> tuple[KpiValue, ...]:
    """The key figures of one fund.

    Args:
        as_of: the moment they are about, aware UTC.
        entitled: households that were told of it, which only the sponsor knows.
        cost: what the programme cost beside the money spent, which only the sponsor knows.
        zone: whose calendar the three months are of.
    Returns:
        In the order of ``Kpi``. Without ``entitled``, activated is a count; without ``cost`` there is no cost.
    """
    claimants = {credit.account for credit in credits}
    payers = {entry.account for entry in spending if entry.amount > Amount(0)}
    allotted, spent = _total(credits), _total(spending)
    parts = spent_in_time(credits, spending, zone=zone)
    due = [(credit, part) for credit, part in parts if add_months(credit.at, MONTHS, zone) <= as_of]
    ripe = {credit.account for credit, _ in due}
    rest = len({credit.account for credit in credits if add_months(credit.at, MONTHS, zone) > as_of})
    values = [
        KpiValue.of(Kpi.ACTIVATED, len(credits), entitled, people=len(claimants)),
        KpiValue.of(Kpi.SPENT, spent, allotted, people=len(claimants)),
        KpiValue.of(
            Kpi.SPENT_WITHIN_THREE_MONTHS,
            sum(part.cents for _, part in due),
            sum(credit.amount.cents for credit, _ in due),
            people=rest if 0 < rest < SMALL_CELL else len(ripe),
        ),
    ]
    if cost is not None:
        values.append(KpiValue.of(Kpi.COST_PER_EURO, cost.cents, spent, people=len(payers)))
    return tuple(values)


def spent_in_time(
    credits: Iterable[Credit], spending: Iterable[Spending], *, zone: tzinfo = UTC
) -> tuple[tuple[Credit, Amount], ...]:
    """How much of each credit was spent within three calendar months of it.

    A payment spends its account's oldest money first. What is spent later than three months after a credit uses that
    credit up all the same, and counts for nothing.

    Returns:
        Every credit with its part, oldest first.
    """
    ordered = sorted(credits, key=lambda credit: (credit.at, credit.account))
    ends = [add_months(credit.at, MONTHS, zone) for credit in ordered]
    left = [credit.amount.cents for credit in ordered]
    in_time = [0] * len(ordered)
    waiting: dict[Address, deque[int]] = defaultdict(deque)
    for number, credit in enumerate(ordered):
        waiting[credit.account].append(number)
    for entry in sorted(spending, key=lambda entry: (entry.at, entry.account)):
        amount, numbers = entry.amount.cents, waiting[entry.account]
        while amount and numbers:
            number = numbers[0]
            part = min(amount, left[number])
            amount -= part
            left[number] -= part
            if ordered[number].at <= entry.at <= ends[number]:
                in_time[number] += part
            if not left[number]:
                numbers.popleft()
    return tuple((credit, Amount(part)) for credit, part in zip(ordered, in_time, strict=True))


def add_months(moment: datetime, months: int, zone: tzinfo = UTC) -> datetime:
    """The same day and time so many months later on a zone's calendar; the month's last day where it is shorter.

    Args:
        moment: aware.
    Returns:
        Aware UTC.
    """
    local = moment.astimezone(zone)
    year, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + year, month + 1
    later = local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]))
    return later.astimezone(UTC)


def _total(entries: Iterable[Credit | Spending]) -> int:
    return sum(entry.amount.cents for entry in entries)
