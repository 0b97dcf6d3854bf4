# SPDX-License-Identifier: EUPL-1.2
"""Who goes where with the pass, and what must come of it: from the files alone, by other means than the code's.

Invariant: nothing here imports the money side, the wallet or the offer type. The printed income limits, the documents'
members and fractions of a cent are looked at once more, in the words of the files.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any, Final

from issuer.model import Household
from ssi.rulebook.model import Rulebook

__all__ = ["FOLDER", "Outcome", "Visit", "expected_outcomes", "qualifying", "read_visits"]

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody wants to use an offer at a shop.

    Attributes:
        offer: the name of its file.
        price: cents that the till shows.
    """

    at: datetime
    person: str
    offer: str
    shop: str
    price: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What must come of a visit: a reason against it, or who pays what, in cents."""

    reason: str | None
    citizen: int = 0
    sponsor: int = 0
    merchant: int = 0


def read_visits(path: Path | None = None) -> tuple[Visit, ...]:
    """The visits of the file, in its order, which is that of time."""
    with (path or FOLDER / "visits.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    visits = tuple(
        Visit(
            datetime.fromisoformat(row["at"]).astimezone(UTC),
            row["person"],
            row["offer"],
            row["shop"],
            int(row["price_cents"]),
        )
        for row in rows
    )
    if list(visits) != sorted(visits, key=lambda visit: visit.at):
        raise ValueError("visits stand in the order of time")
    return visits


def qualifying(records: Iterable[Household], rulebook: Rulebook) -> tuple[frozenset[str], Counter[str]]:
    """Who may activate a pass, by the limits as printed; and how many may not, by the first rule against it."""
    if rulebook.norms is None:
        raise ValueError("this story is of a rulebook with a norm table")
    residents = next(rule.value for rule in rulebook.rules.constants if rule.claim == "municipality")
    printed = {household.kind: dict(household.printed_limits)[120] for household in rulebook.norms.households}
    yes, no = set[str](), Counter[str]()
    for record in records:
        if record.municipality != residents:
            no["municipality_differs"] += 1
        elif record.income_cents > printed[record.kind]:
            no["income_at_most_120_percent"] += 1
        else:
            yes.add(record.person)
    return frozenset(yes), no


def expected_outcomes(
    visits: Iterable[Visit], documents: Mapping[str, bytes], shops: Mapping[str, str], holders: frozenset[str]
) -> tuple[Outcome, ...]:
    """What must come of each visit, in order.

    Args:
        documents: the published offers, by the name of their file.
        shops: the category of each shop.
        holders: who has a pass.
    """
    books = {name: _Book(json.loads(octets)) for name, octets in documents.items()}
    return tuple(books[visit.offer].visit(visit, shops[visit.shop], holders) for visit in visits)


@dataclass
class _Book:
    """One offer, and who has used it."""

    offer: dict[str, Any]
    used: Counter[str] = field(default_factory=Counter)

    def visit(self, visit: Visit, category: str, holders: frozenset[str]) -> Outcome:
        """What comes of it; kept in mind when it is accepted."""
        reason = self._against(visit, category, holders)
        if reason is not None:
            return Outcome(reason)
        self.used[visit.person] += 1
        off = Fraction(visit.price)
        kind = self.offer["reduction"]
        if kind["kind"] == "fixed":
            off = min(off, Fraction(kind["cents"]))
        elif kind["kind"] == "percentage":
            off = Fraction(floor(off * kind["percent"] / 100 + Fraction(1, 2)))
        off = min(off, Fraction(self.offer.get("max_reduction_cents", off)))
        sponsor = floor(off * self.offer["sponsor_percent"] / 100)
        return Outcome(None, int(visit.price - off), sponsor, int(off) - sponsor)

    def _against(self, visit: Visit, category: str, holders: frozenset[str]) -> str | None:
        offer, moment = self.offer, visit.at
        if visit.person not in holders:
            return "no_pass"
        if "starts_at" in offer and moment < datetime.fromisoformat(offer["starts_at"]):
            return "offer_not_started"
        if "ends_at" in offer and moment >= datetime.fromisoformat(offer["ends_at"]):
            return "offer_over"
        if moment.month not in offer["months"]:
            return "offer_not_this_month"
        if sum(self.used.values()) >= offer.get("total", 1 << 32):
            return "offer_exhausted"
        if category != offer["category"]:
            return "offer_of_other_shops"
        if visit.price != offer.get("price_cents", visit.price):
            return "wrong_price"
        return "offer_used_up" if self.used[visit.person] >= offer["uses_per_pass"] else None
