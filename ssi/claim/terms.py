# SPDX-License-Identifier: EUPL-1.2
"""What a programme asks of a claim, and the checks that make asking it sound (claim.md section 3).

Invariants:
    * ``ClaimTerms`` that exist have passed 3.1 to 3.5: nothing after construction checks them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isqrt
from typing import Final

from ssi.bbs.suite import R
from ssi.claim.header import TypeHeader
from ssi.errors import SsiError

__all__ = [
    "DAY_LIMIT",
    "SHORT_BITS",
    "ClaimTerms",
    "Constant",
    "Disclosed",
    "Predicate",
    "Term",
    "TermsError",
]

DAY_LIMIT: Final = 1 << 17
"""Days since 1900-01-01 are below this (the year 2258)."""
SHORT_BITS: Final = 126
"""Every short response is below 2 to this power."""
_MAX_TERMS: Final = 4
_MAX_PREDICATES: Final = 8
_MAX_DISCLOSED: Final = 4
_MIN_HIDDEN: Final = 3
_MAX_X: Final = 1 << 33
_KAPPA_WITHOUT_PREDICATES: Final = 252


class TermsError(SsiError):
    """Terms that must not be opened.

    Args:
        rule: the number in claim.md, such as ``3.4``.
        message: the rule in words.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{message} (claim.md {rule})")
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Constant:
    """A claim that must have one value, the same for all claims of the programme."""

    position: int
    scalar: int


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A numeric claim whose value each claim shows; allowed from ``minimum`` to ``maximum``, both included."""

    position: int
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Term:
    """``coefficient`` times the hidden claim at ``position``."""

    position: int
    coefficient: int


@dataclass(frozen=True, slots=True)
class Predicate:
    """``sum of terms + constant + per_as_of * as_of >= 0``, in the claims' own units (cents, days since 1900-01-01)."""

    terms: tuple[Term, ...]
    constant: int
    per_as_of: int = 0

    def evaluate(self, scalars: Sequence[int], as_of: int) -> int:
        """The value of the left side for all signed scalars of a credential, by position."""
        linear = sum(term.coefficient * scalars[term.position] for term in self.terms)
        return linear + self.offset(as_of)

    def offset(self, as_of: int) -> int:
        """The part that does not depend on hidden claims."""
        return self.constant + self.per_as_of * as_of


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """The credential type, constants, disclosed claims and predicates of a programme.

    Raises:
        TermsError: on construction, naming the rule of claim.md 3.1 to 3.5 that is broken.
    """

    header: TypeHeader
    constants: tuple[Constant, ...]
    disclosed: tuple[Disclosed, ...]
    predicates: tuple[Predicate, ...]
    hidden: tuple[int, ...] = field(init=False)
    """Hidden positions in ascending order; the prover blind and the nym secret are the last two."""
    x_max: int = field(init=False)
    """The largest value that any predicate's left side can have; 0 without predicates."""
    kappa: int = field(init=False)
    """Bits of the challenge."""

    def __post_init__(self) -> None:
        """Check 3.1 to 3.5 and derive."""
        shown = self._check_positions()
        count = self.header.count
        hidden = tuple(position for position in range(count + 2) if position not in shown)
        object.__setattr__(self, "hidden", hidden)
        if len(hidden) < _MIN_HIDDEN or len(self.predicates) > _MAX_PREDICATES or len(self.disclosed) > _MAX_DISCLOSED:
            raise TermsError("3.5", "at least 3 hidden messages, at most 8 predicates and 4 disclosed claims")
        bounds = [self._check_predicate(predicate) for predicate in self.predicates]
        x_max = max((upper for _, upper in bounds), default=0)
        kappa = min(108, 120 - -(-x_max.bit_length() // 2)) if bounds else _KAPPA_WITHOUT_PREDICATES
        for magnitude, _ in bounds:
            if magnitude >= _MAX_X or 3 * (1 << 2 * SHORT_BITS) + (1 << 2 * kappa) * (4 * magnitude + 1) >= R:
                raise TermsError("3.4", "a predicate's value could wrap around: use smaller coefficients or claims")
        object.__setattr__(self, "x_max", x_max)
        object.__setattr__(self, "kappa", kappa)

    @property
    def per_commitment(self) -> int:
        """How many predicates share one commitment."""
        return (1 + len(self.hidden) + len(self.disclosed)) // 4

    @property
    def commitments(self) -> int:
        """q, the number of commitments of a proof."""
        return -(-len(self.predicates) // self.per_commitment)

    @property
    def root_max(self) -> int:
        """The largest square root that an honest claim of these terms can have."""
        return isqrt(4 * self.x_max + 1)

    @property
    def proof_length(self) -> int:
        """Octets of a proof."""
        scalars = 4 + len(self.hidden) + self.commitments
        return 96 * (6 + 2 * self.commitments) + 32 * scalars + 48 * len(self.predicates)

    def _check_positions(self) -> set[int]:
        constants = [constant.position for constant in self.constants]
        disclosed = [claim.position for claim in self.disclosed]
        for positions in (constants, disclosed):
            if positions != sorted(set(positions)) or not all(0 <= p < self.header.count for p in positions):
                raise TermsError("3.1", "positions are those of the credential type, in ascending order, each once")
        if set(constants) & set(disclosed):
            raise TermsError("3.1", "a claim is a constant or disclosed, not both")
        for constant in self.constants:
            width = self.header.widths[constant.position]
            if not 0 <= constant.scalar < (1 << width if width else R):
                raise TermsError("3.2", "a constant fits the claim at its position")
        for claim in self.disclosed:
            width = self.header.widths[claim.position]
            if width == 0 or not 0 <= claim.minimum <= claim.maximum < 1 << width:
                raise TermsError("3.2", "a disclosed claim is numeric and its bounds fit its width")
        return {*constants, *disclosed}

    def _check_predicate(self, predicate: Predicate) -> tuple[int, int]:
        """(3.3, 3.4) The bound on the magnitude and the largest value of the left side."""
        positions = [term.position for term in predicate.terms]
        if not 1 <= len(positions) <= _MAX_TERMS:
            raise TermsError("3.3", "a predicate has 1 to 4 terms")
        if positions != sorted(set(positions)):
            raise TermsError("3.1", "the terms of a predicate are in ascending order of position, each once")
        if not all(0 <= p < self.header.count and p in self.hidden and self.header.widths[p] for p in positions):
            raise TermsError("3.3", "a predicate is over hidden numeric claims")
        coefficients = [term.coefficient for term in predicate.terms]
        if 0 in coefficients or not all(-(1 << 31) <= a < 1 << 31 for a in coefficients):
            raise TermsError("3.3", "a coefficient is a non-zero 32-bit integer")
        if not -(1 << 63) <= predicate.constant < 1 << 63 or not -128 <= predicate.per_as_of < 128:
            raise TermsError("3.4", "the constant fits 64 bits and the factor of the day 8 bits")
        days = DAY_LIMIT - 1
        limits = [(1 << self.header.widths[p]) - 1 for p in positions]
        magnitude = sum(abs(a) * limit for a, limit in zip(coefficients, limits, strict=True))
        magnitude += abs(predicate.constant) + abs(predicate.per_as_of) * days
        upper = sum(max(a, 0) * limit for a, limit in zip(coefficients, limits, strict=True))
        upper += max(predicate.constant, 0) + max(predicate.per_as_of, 0) * days
        return magnitude, upper
