# SPDX-License-Identifier: EUPL-1.2
"""Totals by shop or month: no line is about a few, and the lines add up to the total."""

from hypothesis import given
from hypothesis import strategies as st

from programmable_money.kpi.cells import SMALL_CELL, Cell, Shown, protect
from programmable_money.messages import address_of

ACCOUNTS = tuple(address_of(number.to_bytes(32, "big")) for number in range(1, 31))
CELLS = st.lists(
    st.tuples(st.frozensets(st.sampled_from(ACCOUNTS), min_size=1, max_size=12), st.integers(0, 10**6)), max_size=9
).map(
    lambda drawn: [
        Cell(f"key {order}", order, cents, len(accounts), accounts) for order, (accounts, cents) in enumerate(drawn)
    ]
)


@given(CELLS)
def test_no_line_is_about_a_few_and_none_stands_alone_behind_a_curtain(cells: list[Cell]) -> None:
    by_key = {cell.key: cell for cell in cells}
    lines = protect(cells)
    assert sorted(key for line in lines for key in line.keys) == sorted(by_key)
    for line in lines:
        accounts = frozenset[str]().union(*(by_key[key].accounts for key in line.keys))
        if line.cents is not None:
            assert len(accounts) >= SMALL_CELL
            assert line.cents == sum(by_key[key].cents for key in line.keys)
            assert line.payments == sum(by_key[key].payments for key in line.keys)
        else:
            assert len(lines) == 1, "nothing else is shown, so nothing can be taken from the total"


def test_line_for_programs_names_its_keys() -> None:
    assert Shown(("a", "b"), 7, 2).to_json() == {"keys": ["a", "b"], "spent_cents": 7, "payments": 2}
