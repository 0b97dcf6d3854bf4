# SPDX-License-Identifier: EUPL-1.2
"""Fees of a replacement, states and settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.relayer.model import ErrandState, Fees, RelayerSettings

WEI = st.integers(0, 10**15)


@given(WEI, WEI, WEI, WEI)
def test_a_replacement_offers_an_eighth_more_and_no_less_than_usual(a: int, b: int, c: int, d: int) -> None:
    former, usual = Fees(a, b), Fees(c, d)
    bumped = former.bumped(usual)
    assert bumped.highest * 8 >= former.highest * 9
    assert bumped.tip * 8 >= former.tip * 9
    assert bumped.highest >= usual.highest
    assert bumped.tip >= usual.tip


def test_two_states_are_the_end() -> None:
    assert [state for state in ErrandState if state.is_over] == [ErrandState.FINAL, ErrandState.REFUSED]


@pytest.mark.parametrize("wrong", [{"depth": 0}, {"most_outstanding": 0}, {"most_tries": 0}, {"lease": 0.0}])
def test_settings_that_could_not_work_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="above zero"):
        RelayerSettings(**wrong)  # type: ignore[arg-type]
