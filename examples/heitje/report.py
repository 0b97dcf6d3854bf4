# SPDX-License-Identifier: EUPL-1.2
"""What happened in the story, as numbers; and what the plan and the published facts say must have happened."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from examples.heitje.plan import JOBS, PEOPLE, PUBLISHED, REGISTERED, expected_cents, expected_quarters
from examples.heitje.published import met
from programmable_money.kpi import Kpi, KpiValue
from programmable_money.model import Books

__all__ = ["Report", "differences"]

_SLOTS = 30
_CAP = 150_000
_MET = 7


@dataclass
class Report:
    """Counts of one telling. Money in cents."""

    credentials_issued: int = 0
    credentials_renewed: int = 0
    handovers: int = 0
    collections: int = 0
    collected_cents: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """By reason: of the contracts, and of wallets."""
    one_cent_refused: int = 0
    """In how many slots a cent above the cap was refused."""
    rates: dict[str, list[int]] = field(default_factory=dict)
    """On the day before the 21st birthday and on the day itself: cents an hour."""
    statements: dict[str, int] = field(default_factory=dict)
    """What the yearly statements say, in cents."""
    payments: int = 0
    paid_cents: int = 0
    settled_cents: int = 0
    settlement_file: Path | None = None
    books: Books | None = None
    ledger_checked: int = 0
    largest_heap_cents: int = 0
    heaps: int = 0
    pseudonyms_of_the_cap: int = 0
    kpis: dict[Kpi, KpiValue] = field(default_factory=dict)
    personal_data_findings: int | None = None
    collect_gas: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def collect_gas_median(self) -> int:
        """Median gas of the collections, whole transactions."""
        return int(median(self.collect_gas)) if self.collect_gas else 0

    def to_json(self) -> dict[str, Any]:
        """The figures under the names that other programs read; nobody's name is among them."""
        books = self.books
        return {
            "credentials_issued": self.credentials_issued,
            "collections": self.collections,
            "collected_cents": sorted(self.collected_cents.values()),
            "refused": dict(sorted(self.refused.items())),
            "one_cent_refused_in_slots": self.one_cent_refused,
            "birthday_rates": list(self.rates.values()),
            "payments": self.payments,
            "paid_cents": self.paid_cents,
            "settled_cents": self.settled_cents,
            "settlement_file": None if self.settlement_file is None else str(self.settlement_file),
            "books": None
            if books is None
            else {
                "deposits": books.deposits.cents,
                "settled": books.settled.cents,
                "supply": books.supply.cents,
                "unallocated": (books.unallocated + books.outside).cents,
                "accounts": books.accounts.cents,
                "merchants": books.merchants.cents,
            },
            "kpis": [value.to_json() for value in self.kpis.values()],
            "goals_met_as_published": met(),
            "largest_heap_cents": self.largest_heap_cents,
            "personal_data_findings": self.personal_data_findings,
            "collect_gas_median": self.collect_gas_median,
            "seconds": round(self.seconds, 1),
        }


def differences(report: Report) -> list[str]:
    """In words, everything that did not happen as the plan and the published facts say."""
    found: list[str] = []

    def compare(what: str, told: object, expected: object) -> None:
        if told != expected:
            found.append(f"{what}: {told}, but the plan and the published facts say {expected}")

    cents = expected_cents()
    total = sum(cents.values())
    for name, amount in cents.items():
        compare(f"collected by {name.split()[0]}", report.collected_cents[name], amount)
    for name, amount in report.statements.items():
        compare(f"the statement of {name.split()[0]}", amount, cents[name])
    compare("collectors", len(report.collected_cents), len(PEOPLE))
    compare("people at the cap", sum(amount == _CAP for amount in report.collected_cents.values()), 2)
    compare("slots that refused one cent more", report.one_cent_refused, _SLOTS)
    compare("rates around the 21st birthday", list(report.rates.values()), [[200], [500]])
    compare("pseudonyms of one person at the cap", report.pseudonyms_of_the_cap, _SLOTS)
    compare("paid in shops", report.paid_cents, -(-9 * total // 10))
    compare("settled", report.settled_cents, report.paid_cents)
    compare("personal values on the chain", report.personal_data_findings, 0)
    compare("goals met by the published columns", met(), _MET)
    _compare_kpis(report, compare)
    if report.books is None or not report.books.is_balanced:
        found.append("the books do not balance")
    else:
        compare("cents in accounts", report.books.accounts.cents, total - report.paid_cents)
        compare("cents burnt", report.books.settled.cents, report.settled_cents)
    if report.largest_heap_cents >= _CAP:
        found.append("an observer can add up what one person earned in the year")
    return found


def _compare_kpis(report: Report, compare: Any) -> None:
    """The key figures that the chain computes are those that Heerlen published."""
    done = sum(1 for job in JOBS if job.given)
    full = sum(1 for job in JOBS if job.given == job.quarters)
    expected: Sequence[tuple[Kpi, int, int]] = (
        (Kpi.VALIDATED, 1000 * full // len(JOBS), 990),
        (Kpi.COMPLETED, 1000 * done // PUBLISHED, 840),
        (Kpi.SPENT_WITHIN_THREE_MONTHS, 900, 900),
    )
    compare("quarter hours", report.kpis[Kpi.HOURS].value, expected_quarters())
    compare("hours in quarters, as published", report.kpis[Kpi.HOURS].value, 1_818 * 4)
    for kpi, planned, published in expected:
        compare(f"{kpi.value} in thousandths", report.kpis[kpi].per_mille, planned)
        compare(f"{kpi.value} in thousandths, as published", report.kpis[kpi].per_mille, published)
    least, most = report.kpis[Kpi.ACTIVE].value or 0, report.kpis[Kpi.ACTIVE_AT_MOST].value or 0
    compare("active people lie between the bounds", least <= len(PEOPLE) <= most <= REGISTERED, True)
