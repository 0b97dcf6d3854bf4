# SPDX-License-Identifier: EUPL-1.2
"""What happened in the story, as numbers; and what the files and the rulebook say must have happened."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from examples.stadjerspas.visits import Outcome, Visit, expected_outcomes, qualifying
from issuer.model import Household
from programmable_money.model import Books
from ssi.rulebook.model import Rulebook

__all__ = ["ATTEMPTS", "Expectation", "Report"]

ATTEMPTS: Counter[str] = Counter(
    {
        "account_not_activated": 1,
        "already_claimed": 2,
        "bad_signature": 1,
        "credential_of_another_wallet": 1,
        "not_signed_by_account": 1,
        "pass_account_taken": 1,
        "proof_invalid": 4,
        "wrong_price": 1,
        "wrong_shop": 1,
    }
)
"""What dishonest people try in every telling, by the reason for which it must be refused."""


@dataclass
class Report:
    """Counts of one telling. Money in cents, gas in units.

    Attributes:
        not_eligible: households that may not activate, by the first rule that they do not meet.
        visits_refused: by the reason; the wallet and the contract said the same.
        attempts_refused: what dishonest people tried.
        outcomes: of each visit, in order; who paid what as the contract's event has it.
        linked: values that two uses of one pass, or a use and anything else, have in common.
    """

    households: int = 0
    credentials_issued: int = 0
    not_eligible: Counter[str] = field(default_factory=Counter)
    activations: int = 0
    passes_issued: int = 0
    offers: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    visits_refused: Counter[str] = field(default_factory=Counter)
    attempts_refused: Counter[str] = field(default_factory=Counter)
    citizens_cents: int = 0
    sponsor_cents: int = 0
    shops_cents: int = 0
    compared_values: int = 0
    linked: int | None = None
    settlement_file: Path | None = None
    settled_cents: int = 0
    settled_shops: int = 0
    books: Books | None = None
    personal_data_findings: int | None = None
    activation_gas: list[int] = field(default_factory=list)
    use_gas: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def uses(self) -> int:
        """How many uses were accepted."""
        return sum(outcome.reason is None for outcome in self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """The figures under the names that other programs read."""
        books = self.books
        return {
            "households": self.households,
            "credentials_issued": self.credentials_issued,
            "not_eligible": dict(sorted(self.not_eligible.items())),
            "activations": self.activations,
            "passes_issued": self.passes_issued,
            "offers": self.offers,
            "uses": {"accepted": self.uses, "refused": dict(sorted(self.visits_refused.items()))},
            "attempts_refused": dict(sorted(self.attempts_refused.items())),
            "paid": {"citizens": self.citizens_cents, "sponsor": self.sponsor_cents, "shops": self.shops_cents},
            "compared_values": self.compared_values,
            "linked": self.linked,
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
            "activation_gas_median": middle(self.activation_gas),
            "use_gas_median": middle(self.use_gas),
            "seconds": round(self.seconds, 1),
        }


@dataclass(frozen=True)
class Expectation:
    """What must be accepted and refused, from the files and the rulebook alone."""

    households: int
    holders: frozenset[str]
    not_eligible: Counter[str]
    outcomes: tuple[Outcome, ...]
    offers: int

    @classmethod
    def of(
        cls,
        households: Iterable[Household],
        rulebook: Rulebook,
        visits: Iterable[Visit],
        documents: Mapping[str, bytes],
        shops: Mapping[str, str],
    ) -> "Expectation":
        """Look at every record and every visit.

        Args:
            documents: the published offers, by the name of their file.
            shops: the category of each shop.
        """
        everybody = tuple(households)
        holders, refused = qualifying(everybody, rulebook)
        outcomes = expected_outcomes(visits, documents, shops, holders)
        return cls(len(everybody), holders, refused, outcomes, len(documents))

    def differences(self, report: Report) -> list[str]:
        """In words, everything that did not happen as the files and the rulebook say."""
        found = []

        def compare(what: str, told: object, expected: object) -> None:
            if told != expected:
                found.append(f"{what}: {told}, but the files and the rulebook say {expected}")

        accepted = [outcome for outcome in self.outcomes if outcome.reason is None]
        sponsor = sum(outcome.sponsor for outcome in accepted)
        compare("households", report.households, self.households)
        compare("credentials issued", report.credentials_issued, self.households)
        compare("households that may not activate", report.not_eligible, self.not_eligible)
        compare("activations", report.activations, len(self.holders))
        compare("passes issued", report.passes_issued, len(self.holders))
        compare("offers", report.offers, self.offers)
        compare("visits", len(report.outcomes), len(self.outcomes))
        for number, (told, expected) in enumerate(zip(report.outcomes, self.outcomes, strict=False), start=1):
            compare(f"visit {number}", told, expected)
        refused = Counter(outcome.reason for outcome in self.outcomes if outcome.reason is not None)
        compare("visits refused", report.visits_refused, refused)
        compare("attempts refused", report.attempts_refused, ATTEMPTS)
        compare("cents of citizens", report.citizens_cents, sum(outcome.citizen for outcome in accepted))
        compare("cents of the sponsor", report.sponsor_cents, sponsor)
        compare("cents of shops", report.shops_cents, sum(outcome.merchant for outcome in accepted))
        compare("values that link", report.linked, 0)
        compare("personal values on the chain", report.personal_data_findings, 0)
        compare("cents settled", report.settled_cents, sponsor)
        if report.books is None or not report.books.is_balanced:
            found.append("the books do not balance")
        else:
            compare("cents burnt", report.books.settled.cents, sponsor)
            compare("cents owed to shops", report.books.merchants.cents, 0)
            compare("cents in accounts", report.books.accounts.cents, 0)
            compare("cents left", report.books.unallocated.cents, report.books.deposits.cents - sponsor)
        return found


def middle(gas: list[int]) -> int:
    """The median; 0 of nothing."""
    return int(median(gas)) if gas else 0
