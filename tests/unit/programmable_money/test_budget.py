# SPDX-License-Identifier: EUPL-1.2
"""The sponsor is warned before the budget is gone, and told what to do."""

import pytest

from programmable_money.budget import BudgetState
from programmable_money.model import Amount, FundBooks, FundRules, Language

RULES = FundRules(bytes(32), 2026, 0, 1, 2, Amount(0), Amount(15_000), 0, 1, 15, 500, frozenset({0}), ())


def state(cents: int, below: int | None = None, *, closed: bool = False) -> BudgetState:
    books = FundBooks(Amount(cents), Amount(0), Amount(0), is_closed=closed)
    return BudgetState.of(RULES, books, None if below is None else Amount(below))


@pytest.mark.parametrize(("cents", "is_low"), [(9_999, True), (10_000, False)])
def test_warns_below_the_line(cents: int, is_low: bool) -> None:
    assert state(cents, 10_000).is_low is is_low
    assert not state(cents, 10_000, closed=True).is_low


def test_warns_by_itself_below_ten_of_the_largest_claims() -> None:
    assert state(2_249_999).is_low
    assert not state(2_250_000).is_low
    assert state(31_000).claims_left == 2


@pytest.mark.parametrize("language", list(Language))
def test_says_what_to_do(language: Language) -> None:
    assert "fund top-up" in state(1).sentence(language)
    assert "top-up" not in state(9_000_000).sentence(language)
    assert state(0, closed=True).sentence(language)


@pytest.mark.parametrize(("claims", "is_low"), [(2, False), (3, True)])
def test_warns_below_so_many_of_the_largest_claims(claims: int, is_low: bool) -> None:
    books = FundBooks(Amount(674_999), Amount(0), Amount(0))
    found = BudgetState.of(RULES, books, claims=claims)
    assert (found.largest_claims_left, found.is_low) == (2, is_low)


def test_tells_other_programs() -> None:
    assert state(450_000).to_json() == {
        "left_cents": 450_000,
        "warn_below_cents": 2_250_000,
        "largest_claims_left": 2,
        "smallest_claims_left": 30,
        "is_low": True,
    }
