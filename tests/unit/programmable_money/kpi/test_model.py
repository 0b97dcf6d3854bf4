# SPDX-License-Identifier: EUPL-1.2
"""A key figure about few people has no numbers, and nothing is rounded up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.kpi import SMALL_CELL, Kpi, KpiValue

NUMBERS = st.integers(0, 10**12)


@given(st.sampled_from(Kpi), NUMBERS, st.none() | NUMBERS, st.integers(0, 20))
def test_figure_about_few_people_is_held_back_whole(kpi: Kpi, value: int, whole: int | None, people: int) -> None:
    figure = KpiValue.of(kpi, value, whole, people=people)
    if people < SMALL_CELL:
        assert figure.to_json() == {"kpi": kpi.value, "value": None, "whole": None, "per_mille": None}
        assert figure.is_held_back
    else:
        assert (figure.value, figure.whole) == (value, whole)


@given(NUMBERS, st.integers(1, 10**12))
def test_ratio_is_rounded_down(value: int, whole: int) -> None:
    ratio = KpiValue.of(Kpi.SPENT, value, whole, people=SMALL_CELL).per_mille
    assert ratio is not None
    assert ratio * whole <= 1000 * value < (ratio + 1) * whole


def test_part_of_nothing_has_no_ratio() -> None:
    assert KpiValue.of(Kpi.SPENT, 0, 0, people=9).per_mille is None
    assert KpiValue.of(Kpi.HOURS, 7_272, None, people=9).per_mille is None


@pytest.mark.parametrize(("value", "whole", "people"), [(-1, None, 9), (1, -1, 9), (1, 1, -1)])
def test_nothing_is_counted_below_zero(value: int, whole: int | None, people: int) -> None:
    with pytest.raises(ValueError, match="counts something"):
        KpiValue.of(Kpi.SPENT, value, whole, people=people)
