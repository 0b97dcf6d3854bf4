# SPDX-License-Identifier: EUPL-1.2
"""The conditions that a rule can set, and when they hold. There is no expression language: a citizen can read these.

Invariants:
    * A value of another kind than the condition is about never holds, and never raises: ``True`` is not 1, a text is
      not a number.
    * Every condition is total: for every value it holds or it does not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ssi.credential.document import Node

__all__ = ["Between", "Condition", "DateLimit", "Dates", "Equals", "Fact", "OneOf", "Proven", "condition"]

Fact = str | int | bool | date
"""What the value of a claim can be here."""
_LARGEST: Final = (1 << 53) - 1
_MOST_YEARS: Final = 150
_MOST_DAYS: Final = 36_600


@dataclass(frozen=True, slots=True)
class Equals:
    """The claim has this one value."""

    value: str | int | bool

    def holds(self, fact: Fact, today: date) -> bool:
        """Whether it does."""
        return _same(fact, self.value)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The claim has one of these values."""

    values: tuple[str | int | bool, ...]

    def holds(self, fact: Fact, today: date) -> bool:
        """Whether it has."""
        return any(_same(fact, value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Between:
    """The claim is a number within bounds, both included."""

    at_least: int | None
    at_most: int | None

    def holds(self, fact: Fact, today: date) -> bool:
        """Whether it is."""
        if isinstance(fact, bool) or not isinstance(fact, int):
            return False
        return (self.at_least is None or fact >= self.at_least) and (self.at_most is None or fact <= self.at_most)


@dataclass(frozen=True, slots=True)
class DateLimit:
    """A day: a fixed one, or the day of the decision moved by whole years and then by days."""

    fixed: date | None
    years: int = 0
    days: int = 0

    def on(self, today: date) -> date:
        """The day that is meant. 29 February becomes 1 March in a year without one."""
        if self.fixed is not None:
            return self.fixed
        try:
            moved = today.replace(year=today.year + self.years)
        except ValueError:
            moved = date(today.year + self.years, 3, 1)
        return moved + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Dates:
    """The claim is a day within limits, both included."""

    on_or_after: DateLimit | None
    on_or_before: DateLimit | None

    def holds(self, fact: Fact, today: date) -> bool:
        """Whether it is; a text counts as a day when it is one in ISO 8601."""
        day = _day(fact)
        if day is None:
            return False
        return (self.on_or_after is None or day >= self.on_or_after.on(today)) and (
            self.on_or_before is None or day <= self.on_or_before.on(today)
        )


@dataclass(frozen=True, slots=True)
class Proven:
    """The wallet proved this predicate of the query."""

    predicate: str

    def is_among(self, proven: Collection[str]) -> bool:
        """Whether it did."""
        return self.predicate in proven


Condition = Equals | OneOf | Between | Dates | Proven


def condition(node: Node) -> Condition:
    """Parse the members of a rule that say what must hold: exactly one kind; DocumentError."""
    names = frozenset(node.entries())
    if names == {"equals"}:
        return Equals(_value(node.members(("equals",))["equals"]))
    if names == {"one_of"}:
        return OneOf(tuple(_value(item) for item in node.members(("one_of",))["one_of"].items(1, 64)))
    if names and names <= {"at_least", "at_most"}:
        bounds = {name: item.integer(-_LARGEST, _LARGEST) for name, item in node.entries().items()}
        return Between(bounds.get("at_least"), bounds.get("at_most"))
    if names and names <= {"on_or_after", "on_or_before"}:
        limits = {name: _limit(item) for name, item in node.entries().items()}
        return Dates(limits.get("on_or_after"), limits.get("on_or_before"))
    if names != {"proven"}:
        node.refuse(
            "must have one kind of condition: equals, one_of, at_least and at_most, on_or_after and on_or_before, "
            "or proven"
        )
    return Proven(node.members(("proven",))["proven"].text(longest=60))


def _value(node: Node) -> str | int | bool:
    if not isinstance(node.value, str | int):
        node.refuse("must be a string, a whole number, true or false")
    return node.value


def _limit(node: Node) -> DateLimit:
    if isinstance(node.value, str):
        try:
            return DateLimit(date.fromisoformat(node.text(longest=10)))
        except ValueError:
            node.refuse("must be a day such as 2026-12-31, or relative to today")
    shift = node.members(("today",))["today"].members((), ("years", "days"))
    years = shift["years"].integer(-_MOST_YEARS, _MOST_YEARS) if "years" in shift else 0
    days = shift["days"].integer(-_MOST_DAYS, _MOST_DAYS) if "days" in shift else 0
    return DateLimit(None, years, days)


def _same(fact: Fact, value: str | int | bool) -> bool:
    return type(fact) is type(value) and fact == value


def _day(fact: Fact) -> date | None:
    if type(fact) is date:
        return fact
    if isinstance(fact, str) and len(fact) == 10:
        try:
            return date.fromisoformat(fact)
        except ValueError:
            return None
    return None
