# SPDX-License-Identifier: EUPL-1.2
"""Norm tables: the welfare norm of each kind of household, and the limits derived from it.

Invariants:
    * Every printed limit of a table equals the norm times the percentage, rounded half up to the cent: a table that
      says otherwise is refused, so that the rule in the rulebook and the printed figure can never differ.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from ssi.credential.document import Node, Wording
from ssi.errors import SsiError

__all__ = ["Household", "Norms", "UnknownHouseholdError", "limit_cents"]

_KIND: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LIMIT: Final = re.compile(r"limit_([1-9][0-9]{0,2})")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_NORM: Final = 100_000_000
UNIT: Final = "cents per month, net, holiday pay included"


class UnknownHouseholdError(SsiError):
    """A kind of household that the norm table does not have. Carries no value: a kind of household is personal."""


def limit_cents(norm_cents: int, percent: int) -> int:
    """``percent`` of a norm, rounded half up to the cent."""
    return (norm_cents * percent + 50) // 100


@dataclass(frozen=True, slots=True)
class Household:
    """One row of a norm table."""

    kind: str
    title: Wording
    norm_cents: int
    printed_limits: tuple[tuple[int, int], ...]
    """(percent, cents) as the source prints them."""


@dataclass(frozen=True, slots=True)
class Norms:
    """A norm table with its source. Amounts are cents per month, net, holiday pay included."""

    publisher: str
    source_title: str
    valid_from: date
    note: Wording
    """How the printed limits were rounded, in words."""
    households: tuple[Household, ...]
    """In the order of the source."""

    @classmethod
    def from_node(cls, node: Node) -> "Norms":
        """Read the ``norms`` of a rulebook; DocumentError, also for a printed limit that the rounding does not give."""
        members = node.members(("source", "valid_from", "unit", "rounding", "note", "households"))
        source = members["source"].members(("publisher", "title"))
        members["unit"].choice((UNIT,))
        members["rounding"].choice(("half_up",))
        try:
            valid_from = date.fromisoformat(members["valid_from"].text(_DATE))
        except ValueError:
            members["valid_from"].refuse("must be a date that exists")
        rows = members["households"].entries(_KIND)
        if not rows:
            members["households"].refuse("must have at least one kind of household")
        return cls(
            publisher=source["publisher"].text(),
            source_title=source["title"].text(),
            valid_from=valid_from,
            note=members["note"].wording(),
            households=tuple(_household(kind, row) for kind, row in rows.items()),
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of household, in the order of the source."""
        return tuple(household.kind for household in self.households)

    def applicable_norm(self, kind: str) -> int:
        """The norm of a kind of household, in cents per month; UnknownHouseholdError."""
        for household in self.households:
            if household.kind == kind:
                return household.norm_cents
        raise UnknownHouseholdError("not a kind of household of this norm table")

    def limit(self, kind: str, percent: int) -> int:
        """The highest income within ``percent`` of a household's norm, in cents per month; UnknownHouseholdError."""
        return limit_cents(self.applicable_norm(kind), percent)


def _household(kind: str, node: Node) -> Household:
    entries = node.entries()
    limits = tuple(name for name in entries if _LIMIT.fullmatch(name))
    members = node.members(("title", "norm"), limits)
    norm = members["norm"].integer(1, _MAX_NORM)
    printed = []
    for name in limits:
        percent = int(name.removeprefix("limit_"))
        cents = members[name].integer(1, 10 * _MAX_NORM)
        if cents != limit_cents(norm, percent):
            members[name].refuse(f"must be {percent} percent of the norm, rounded half up to the cent")
        printed.append((percent, cents))
    return Household(kind, members["title"].wording(), norm, tuple(printed))
