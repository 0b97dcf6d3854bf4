# SPDX-License-Identifier: EUPL-1.2
"""How long a fund's budget lasts: what is left for new claims, and when to warn the sponsor. Pure."""

from dataclasses import dataclass
from typing import Any, Final, Self

from programmable_money.model import Amount, FundBooks, FundRules, Language

__all__ = ["WARN_AT_CLAIMS", "BudgetState", "largest_claim"]

WARN_AT_CLAIMS: Final = 10
"""The sponsor is warned when fewer of the largest claims are left, unless it says otherwise."""


def largest_claim(rules: FundRules) -> Amount:
    """What the largest claim that the rules allow is worth."""
    return rules.base if rules.unit is None else rules.base + rules.unit_amount * rules.max_units


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A fund's budget now.

    Attributes:
        left: what is there for new claims.
        warn_below: below this it is low.
        largest: what the largest claim is worth.
        smallest: what the smallest claim is worth; below it nobody can claim any more.
        is_closed: nothing is warned of any more.
    """

    left: Amount
    warn_below: Amount
    largest: Amount
    smallest: Amount
    is_closed: bool

    @classmethod
    def of(
        cls, rules: FundRules, books: FundBooks, warn_below: Amount | None = None, *, claims: int = WARN_AT_CLAIMS
    ) -> Self:
        """From a fund's rules and books.

        Args:
            warn_below: so many of the largest claims as ``claims`` says if None.
        """
        smallest = rules.base if rules.unit is None else rules.base + rules.unit_amount * rules.min_units
        largest = largest_claim(rules)
        least = largest * claims if warn_below is None else warn_below
        return cls(books.unallocated, least, largest, smallest, books.is_closed)

    @property
    def is_low(self) -> bool:
        """Whether the sponsor must be warned."""
        return not self.is_closed and self.left < self.warn_below

    @property
    def largest_claims_left(self) -> int:
        """How many of the largest claims it is enough for."""
        return self.left.cents // self.largest.cents if self.largest else 0

    @property
    def claims_left(self) -> int:
        """How many of the smallest claims it is enough for."""
        return self.left.cents // self.smallest.cents if self.smallest else 0

    def to_json(self) -> dict[str, Any]:
        """For other programs. Money in cents."""
        return {
            "left_cents": self.left.cents,
            "warn_below_cents": self.warn_below.cents,
            "largest_claims_left": self.largest_claims_left,
            "smallest_claims_left": self.claims_left,
            "is_low": self.is_low,
        }

    def sentence(self, language: Language) -> str:
        """What to tell the sponsor."""
        left, below = self.left.format(language), self.warn_below.format(language)
        if language is Language.NL:
            if self.is_closed:
                return "De regeling is gesloten. Wat over was, is terug bij de gemeente."
            if not self.is_low:
                return f"Er is {left} voor nieuwe aanvragen: genoeg."
            return (
                f"Er is nog {left} voor nieuwe aanvragen, minder dan {below}: genoeg voor {self.largest_claims_left} "
                f"van de grootste of {self.claims_left} van de kleinste aanvragen. Stort geld en doe "
                "`stuiver money fund top-up`."
            )
        if self.is_closed:
            return "The fund is closed. What was left went back to the municipality."
        if not self.is_low:
            return f"There is {left} for new claims: enough."
        return (
            f"There is {left} left for new claims, less than {below}: enough for {self.largest_claims_left} of the "
            f"largest or {self.claims_left} of the smallest claims. Deposit money and run `stuiver money fund top-up`."
        )
