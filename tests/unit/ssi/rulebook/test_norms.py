# SPDX-License-Identifier: EUPL-1.2
"""The norm table reproduces every printed figure exactly."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.rulebook.norms import Household, Norms, UnknownHouseholdError, limit_cents
from tests.unit.ssi.rulebook.material import KINDPAKKET

# As printed for 1 January 2024: household, norm, 110%, 120%.
PRINTED_2024 = [
    ("single_21_plus", "1283.83", "1412.21", "1540.60"),
    ("single_18_20", "316.94", "348.63", "380.33"),
    ("partners_children_21_plus", "1834.04", "2017.44", "2200.85"),
    ("partners_children_one_18_20", "1600.77", "1760.85", "1920.92"),
    ("partners_children_both_18_20", "1000.69", "1100.76", "1200.83"),
    ("partners_21_plus", "1834.04", "2017.44", "2200.85"),
    ("partners_one_18_20", "1233.96", "1357.36", "1480.75"),
    ("married_18_20", "633.88", "697.27", "760.66"),
    ("single_pension", "1425.76", "1568.34", "1710.91"),
    ("married_pension", "1933.98", "2127.38", "2320.78"),
]
# 1 January 2023 and 1 July 2020: norm and 120% as printed.
PRINTED_EARLIER = [
    ("1216.62", "1459.94"),
    ("1738.02", "2085.62"),
    ("1059.03", "1270.84"),
    ("1512.90", "1815.48"),
]


def cents(euros: str) -> int:
    return int(Decimal(euros) * 100)


def norms() -> Norms:
    assert KINDPAKKET.norms is not None
    return KINDPAKKET.norms


def test_the_kinds_stand_in_the_order_of_the_source() -> None:
    assert norms().kinds == tuple(row[0] for row in PRINTED_2024)


@pytest.mark.parametrize(("kind", "norm", "limit_110", "limit_120"), PRINTED_2024)
def test_every_limit_of_2024_is_the_printed_one(kind: str, norm: str, limit_110: str, limit_120: str) -> None:
    assert norms().applicable_norm(kind) == cents(norm)
    assert norms().limit(kind, 100) == cents(norm)
    assert norms().limit(kind, 110) == cents(limit_110)
    assert norms().limit(kind, 120) == cents(limit_120)


@pytest.mark.parametrize(("norm", "limit_120"), PRINTED_EARLIER)
def test_earlier_limits_follow_from_the_same_rounding(norm: str, limit_120: str) -> None:
    assert limit_cents(cents(norm), 120) == cents(limit_120)


@pytest.mark.parametrize("household", norms().households, ids=lambda household: household.kind)
def test_the_rulebook_prints_both_limits_of_every_household(household: Household) -> None:
    printed = household.printed_limits
    assert [percent for percent, _ in printed] == [110, 120]


@given(norm=st.integers(0, 10**8), percent=st.integers(0, 999))
def test_a_limit_is_the_exact_product_rounded_half_up(norm: int, percent: int) -> None:
    exact = Decimal(norm) * percent / 100
    assert limit_cents(norm, percent) == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def test_half_a_cent_goes_up() -> None:
    assert limit_cents(125, 110) == 138  # 137.5
    assert limit_cents(45, 110) == 50  # 49.5: half to even would give 50 too
    assert limit_cents(5, 110) == 6  # 5.5
    assert limit_cents(25, 110) == 28  # 27.5
    assert limit_cents(15, 110) == 17  # 16.5: half to even would give 16


def test_an_unknown_household_is_refused_without_naming_it() -> None:
    with pytest.raises(UnknownHouseholdError) as caught:
        norms().applicable_norm("commune_of_five")
    assert "commune" not in str(caught.value)


def test_the_table_names_its_source() -> None:
    assert "Westland" in norms().publisher
    assert norms().valid_from.isoformat() == "2024-01-01"
    assert "cent" in norms().note.en
