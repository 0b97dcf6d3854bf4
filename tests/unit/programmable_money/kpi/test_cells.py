# SPDX-License-Identifier: EUPL-1.2
"""Totals by shop or month: no line is about a few, and the lines add up to the total."""

from hypothesis import given
from hypothesis import strategies as st

from programmable_money.kpi.cells import SMALL_CELL, Cell, Pseudonym, Shown, people_in, protect
from programmable_money.messages import address_of

ACCOUNTS = tuple(Pseudonym(number % 2, address_of(number.to_bytes(32, "big"))) for number in range(1, 31))
"""Of two scopes: a person may have an account in each."""
ONE_SCOPE = tuple(Pseudonym("slot", account.name) for account in ACCOUNTS)
CELLS = st.lists(
    st.tuples(st.frozensets(st.sampled_from(ACCOUNTS), min_size=1, max_size=20), st.integers(0, 10**6)), max_size=9
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
        who = frozenset[Pseudonym]().union(*(by_key[key].who for key in line.keys))
        if line.cents is not None:
            assert people_in(who) >= SMALL_CELL
            assert line.cents == sum(by_key[key].cents for key in line.keys)
            assert line.payments == sum(by_key[key].payments for key in line.keys)
        else:
            assert len(lines) == 1, "nothing else is shown, so nothing can be taken from the total"


def test_line_for_programs_names_its_keys() -> None:
    assert Shown(("a", "b"), 7, 2).to_json() == {"keys": ["a", "b"], "spent_cents": 7, "payments": 2}


def cell(order: int, who: frozenset[Pseudonym] | int, cents: int = 1_000) -> Cell:
    people = frozenset(ONE_SCOPE[:who]) if isinstance(who, int) else who
    return Cell(str(order), order, cents, len(people), people)


def shown(*cells: Cell) -> list[tuple[list[int], int | None]]:
    return [([int(key) for key in line.keys], line.cents) for line in protect(cells)]


def test_large_categories_stand_alone_largest_amount_first() -> None:
    assert shown(cell(0, 5, 10), cell(1, 9, 30), cell(2, 6, 20)) == [([1], 30), ([2], 20), ([0], 10)]


def test_category_without_payments_is_left_out() -> None:
    assert shown(cell(0, 0, 0), cell(1, 5)) == [([1], 1_000)]
    assert shown() == []


def test_small_category_takes_the_next_smallest_with_it() -> None:
    """Held back alone, it would be the total less what is shown."""
    assert shown(cell(0, 4, 7), cell(1, 8, 30), cell(2, 6, 20)) == [([1], 30), ([0, 2], 27)]


def test_two_small_categories_of_different_households_stand_together() -> None:
    first, second = frozenset(ONE_SCOPE[:3]), frozenset(ONE_SCOPE[3:6])
    assert shown(cell(0, first, 7), cell(1, 8, 30), cell(2, second, 20)) == [([1], 30), ([0, 2], 27)]


def test_two_small_categories_of_the_same_households_are_still_too_few() -> None:
    assert shown(cell(0, 3, 7), cell(1, 8, 30), cell(2, 4, 20)) == [([0, 1, 2], 57)]


def test_few_households_in_all_show_no_amount() -> None:
    assert shown(cell(0, 3), cell(1, 4)) == [([0, 1], None)]
    assert shown(cell(0, 1)) == [([0], None)]


def test_who_may_be_one_person_is_counted_as_one() -> None:
    """Thirty accounts of as many slots may be one person's; five in one slot are five people."""
    many = frozenset(Pseudonym(slot, slot) for slot in range(30))
    five = frozenset(Pseudonym("slot", number) for number in range(SMALL_CELL))
    assert (people_in(many), people_in(five), people_in(many | five), people_in(())) == (1, SMALL_CELL, SMALL_CELL, 0)
    assert shown(cell(0, many)) == [([0], None)]
    assert shown(cell(0, five)) == [([0], 1_000)]
