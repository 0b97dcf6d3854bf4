# SPDX-License-Identifier: EUPL-1.2
"""What happened in the story, as numbers; and what the file and the rulebook say must have happened.

The expectation uses the limits as the rulebook prints them, not the predicate that wallets prove and the contract
checks: two ways to the same figure.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from issuer.model import Household
from programmable_money.model import Books
from ssi.rulebook.model import Rulebook

__all__ = ["Expectation", "Report"]


@dataclass
class Report:
    """Counts of one telling. Money in cents, gas in units."""

    households: int = 0
    children: int = 0
    credentials_issued: int = 0
    credentials_renewed: int = 0
    claims_accepted: int = 0
    claims_refused: Counter[str] = field(default_factory=Counter)
    """Households that do not qualify, by the first rule that they do not meet, and attempts that were refused."""
    allotted_cents: int = 0
    payments_accepted: int = 0
    paid_cents: int = 0
    payments_refused: Counter[str] = field(default_factory=Counter)
    others_refused: Counter[str] = field(default_factory=Counter)
    """Neither claims nor payments: a shop of the wrong kind, a refund that comes too late."""
    refunds: int = 0
    refunded_cents: int = 0
    settlement_file: Path | None = None
    settled_cents: int = 0
    settled_shops: int = 0
    books: Books | None = None
    personal_data_findings: int | None = None
    claim_gas: list[int] = field(default_factory=list)
    payment_gas: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def claim_gas_median(self) -> int:
        """Median gas of the accepted claims, whole transactions."""
        return int(median(self.claim_gas)) if self.claim_gas else 0

    def to_json(self) -> dict[str, Any]:
        """The figures under the names that other programs read."""
        books = self.books
        return {
            "households": self.households,
            "children": self.children,
            "credentials_issued": self.credentials_issued,
            "credentials_renewed": self.credentials_renewed,
            "claims": {"accepted": self.claims_accepted, "refused": dict(sorted(self.claims_refused.items()))},
            "allotted_cents": self.allotted_cents,
            "payments": {"accepted": self.payments_accepted, "refused": dict(sorted(self.payments_refused.items()))},
            "refunds": self.refunds,
            "others_refused": dict(sorted(self.others_refused.items())),
            "settlement": {
                "file": None if self.settlement_file is None else str(self.settlement_file),
                "total_cents": self.settled_cents,
                "shops": self.settled_shops,
            },
            "books": None
            if books is None
            else {
                "deposits": books.deposits.cents,
                "supply": books.supply.cents,
                "unallocated": (books.unallocated + books.outside).cents,
                "accounts": books.accounts.cents,
                "merchants": books.merchants.cents,
                "settled": books.settled.cents,
            },
            "personal_data_findings": self.personal_data_findings,
            "claim_gas_median": self.claim_gas_median,
            "seconds": round(self.seconds, 1),
        }


@dataclass(frozen=True)
class Expectation:
    """What must be accepted and refused, from the file and the rulebook alone."""

    households: int
    children: int
    qualifying: tuple[Household, ...]
    refused: Counter[str]
    allotted_cents: int

    @classmethod
    def of(cls, households: Iterable[Household], rulebook: Rulebook) -> "Expectation":
        """Apply the rulebook's printed 120 percent limits, bounds and constants to the records."""
        if rulebook.norms is None or rulebook.allotment.per != "children":
            raise ValueError("this story is of a rulebook with a norm table and an allotment for each child")
        everybody = tuple(households)
        qualifying, refused = [], Counter[str]()
        residents = next(rule.value for rule in rulebook.rules.constants if rule.claim == "municipality")
        bounds = next(rule for rule in rulebook.rules.disclosed if rule.claim == "children")
        printed = {household.kind: dict(household.printed_limits)[120] for household in rulebook.norms.households}
        for household in everybody:
            if household.municipality != residents:
                refused["municipality_differs"] += 1
            elif household.children < bounds.minimum:
                refused["children_below_minimum"] += 1
            elif household.children > bounds.maximum:
                refused["children_above_maximum"] += 1
            elif household.income_cents > printed[household.kind]:
                refused["income_at_most_120_percent"] += 1
            else:
                qualifying.append(household)
        return cls(
            households=len(everybody),
            children=sum(household.children for household in everybody),
            qualifying=tuple(qualifying),
            refused=refused,
            allotted_cents=sum(rulebook.allotment.cents({"children": item.children}) for item in qualifying),
        )

    def differences(self, report: Report) -> list[str]:
        """In words, everything that did not happen as the file and the rulebook say."""
        found = []

        def compare(what: str, told: object, expected: object) -> None:
            if told != expected:
                found.append(f"{what}: {told}, but the file and the rulebook say {expected}")

        compare("households", report.households, self.households)
        compare("children", report.children, self.children)
        compare("credentials issued", report.credentials_issued, self.households)
        compare("claims accepted", report.claims_accepted, len(self.qualifying))
        compare("cents allotted", report.allotted_cents, self.allotted_cents)
        for reason, count in self.refused.items():
            compare(f"households refused, {reason}", report.claims_refused[reason], count)
        compare("personal values on the chain", report.personal_data_findings, 0)
        compare("cents settled", report.settled_cents, report.paid_cents - report.refunded_cents)
        if report.books is None or not report.books.is_balanced:
            found.append("the books do not balance")
        else:
            compare("cents burnt", report.books.settled.cents, report.settled_cents)
            unspent = report.allotted_cents - report.paid_cents + report.refunded_cents
            compare("cents in accounts", report.books.accounts.cents, unspent)
            compare("cents owed to shops", report.books.merchants.cents, 0)
        return found
