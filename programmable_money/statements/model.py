# SPDX-License-Identifier: EUPL-1.2
"""A shop's statement, made of the fund's events and nothing else. Pure.

Invariants:

- Opening plus lines is closing, and the closing of all days until now is what the contract says that the shop is owed.
- A day is a day at the municipality (Europe/Amsterdam), also when the clock is changed.
- A line has no payer: the account that paid is left out, so that a pile of statements is no file about customers.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Self
from zoneinfo import ZoneInfo

from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, from_unix
from programmable_money.settlement.payment_file import reference_text

__all__ = ["ZONE", "Line", "LineKind", "Period", "ShopStatement", "statement_of"]

ZONE: Final = ZoneInfo("Europe/Amsterdam")
"""Where a day begins and ends."""
_PERIOD: Final = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
_ZERO: Final = Amount(0)


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a month. ``first`` and ``last`` are days, both included."""

    first: date
    last: date

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Parse ``2026-04-01`` or ``2026-04``; ValueError if it is neither."""
        match = _PERIOD.fullmatch(text)
        if match is None:
            raise ValueError("a period is a day such as 2026-04-01, or a month such as 2026-04")
        year, month = int(match[1]), int(match[2])
        if match[3] is not None:
            day = date(year, month, int(match[3]))
            return cls(day, day)
        first = date(year, month, 1)
        return cls(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))

    @property
    def starts_at(self) -> datetime:
        """The first instant."""
        return datetime.combine(self.first, time(), ZONE)

    @property
    def ends_at(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), ZONE)

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first:%Y-%m}"


class LineKind(StrEnum):
    """What happened."""

    PAYMENT = "payment"
    REFUND = "refund"
    SETTLEMENT = "settlement"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened.

    Attributes:
        at: at the municipality.
        amount: of what the shop is owed; below zero for refunds and settlements.
        reference: of the payment, its first 12 digits, as the till shows it; of a settlement, as on the bank statement.
        label: of the till or employee, if the shop's desk knows it.
    """

    at: datetime
    kind: LineKind
    amount: Amount
    reference: str
    label: str


@dataclass(frozen=True, slots=True)
class ShopStatement:
    """What happened to what a shop is owed.

    Attributes:
        opening, closing: what it was owed before and after.
    """

    shop: Address
    name: str
    programme: str
    period: Period
    opening: Amount
    lines: tuple[Line, ...]

    @property
    def closing(self) -> Amount:
        """What the shop was owed at the end."""
        return self.opening + self.total()

    def total(self, kind: LineKind | None = None) -> Amount:
        """The sum of the lines of a kind, or of all."""
        return sum((line.amount for line in self.lines if kind in (None, line.kind)), _ZERO)


def statement_of(
    events: Iterable[ChainEvent],
    shop: Address,
    period: Period,
    *,
    name: str,
    programme: str,
    labels: Mapping[bytes, str] = {},
) -> ShopStatement:
    """A shop's statement.

    Args:
        events: all events of one fund, from its first.
        labels: which till or employee took a payment, by its id.
    """
    opening, lines = _ZERO, []
    for event in sorted(events, key=lambda event: event.order):
        if event.name not in _LINES or event.arguments.get("merchant") != shop:
            continue
        line = _LINES[event.name](event, labels)
        if line.at < period.starts_at:
            opening += line.amount
        elif line.at < period.ends_at:
            lines.append(line)
    return ShopStatement(shop, name, programme, period, opening, tuple(lines))


def _at(event: ChainEvent) -> datetime:
    return from_unix(event.emitted_at).astimezone(ZONE)


def _paid(event: ChainEvent, labels: Mapping[bytes, str]) -> Line:
    payment = event.arguments["payment"]
    amount = Amount(event.arguments["amount"])
    return Line(_at(event), LineKind.PAYMENT, amount, payment.hex()[:12], labels.get(payment, ""))


def _refunded(event: ChainEvent, labels: Mapping[bytes, str]) -> Line:
    payment = event.arguments["payment"]
    amount = -Amount(event.arguments["amount"])
    return Line(_at(event), LineKind.REFUND, amount, payment.hex()[:12], labels.get(payment, ""))


def _settled(event: ChainEvent, labels: Mapping[bytes, str]) -> Line:
    reference = reference_text(event.arguments["settlementReference"])
    return Line(_at(event), LineKind.SETTLEMENT, -Amount(event.arguments["amount"]), reference, "")


_LINES: Final[Mapping[str, Callable[[ChainEvent, Mapping[bytes, str]], Line]]] = {
    "Paid": _paid,
    "Refunded": _refunded,
    "MerchantSettled": _settled,
}
