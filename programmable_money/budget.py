# SPDX-License-Identifier: EUPL-1.2
"""How long a fund's budget lasts: what is left for new claims, and when to warn the sponsor. Pure."""

from dataclasses import dataclass
from typing import Self

from programmable_money.model import Amount, FundBooks, FundRules, Language

__all__ = ["BudgetState", "largest_claim"]


def largest_claim(rules: FundRules) -> Amount:
    """What the largest claim that the rules allow is worth."""
    return rules.base if rules.unit is None else rules.base + rules.unit_amount * rules.max_units


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A fund's budget now.

    Attributes:
        left: what is there for new claims.
        warn_below: below this it is low.
        smallest: what the smallest claim is worth; below it nobody can claim any more.
        is_closed: nothing is warned of any more.
    """

    left: Amount
    warn_below: Amount
    smallest: Amount
    is_closed: bool

    @classmethod
    def of(cls, rules: FundRules, books: FundBooks, warn_below: Amount | None = None) -> Self:
        """From a fund's rules and books.

        Args:
            warn_below: ten of the largest claims if None.
        """
        smallest = rules.base if rules.unit is None else rules.base + rules.unit_amount * rules.min_units
        most = largest_claim(rules) * 10 if warn_below is None else warn_below
        return cls(books.unallocated, most, smallest, books.is_closed)

    @property
    def is_low(self) -> bool:
        """Whether the sponsor must be warned."""
        return not self.is_closed and self.left < self.warn_below

    @property
    def claims_left(self) -> int:
        """How many of the smallest claims it is enough for."""
        return self.left.cents // self.smallest.cents if self.smallest else 0

    def sentence(self, language: Language) -> str:
        """What to tell the sponsor."""
        left, below = self.left.format(language), self.warn_below.format(language)
        if language is Language.NL:
            if self.is_closed:
                return "De regeling is gesloten. Wat over was, is terug bij de gemeente."
            if not self.is_low:
                return f"Er is {left} voor nieuwe aanvragen: genoeg."
            return (
                f"Er is nog {left} voor nieuwe aanvragen, minder dan {below}: genoeg voor {self.claims_left} van de "
                "kleinste aanvragen. Stort geld en doe `stuiver money fund top-up`."
            )
        if self.is_closed:
            return "The fund is closed. What was left went back to the municipality."
        if not self.is_low:
            return f"There is {left} for new claims: enough."
        return (
            f"There is {left} left for new claims, less than {below}: enough for {self.claims_left} of the smallest "
            "claims. Deposit money and run `stuiver money fund top-up`."
        )
