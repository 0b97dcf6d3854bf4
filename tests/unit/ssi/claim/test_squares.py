# SPDX-License-Identifier: EUPL-1.2
"""Sums of three squares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.claim.squares import three_squares


def test_every_small_number_has_a_decomposition() -> None:
    for x in range(10_000):
        assert sum(root * root for root in three_squares(x)) == 4 * x + 1


@given(st.integers(min_value=0, max_value=2**33))
def test_a_decomposition_is_exact(x: int) -> None:
    roots = three_squares(x)
    assert sum(root * root for root in roots) == 4 * x + 1
    assert min(roots) >= 0


def test_a_negative_number_has_none() -> None:
    with pytest.raises(ValueError, match="negative"):
        three_squares(-1)
