# SPDX-License-Identifier: EUPL-1.2
"""What is published: no total of a few households, shown or computable; and the visitor's language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.language import choose_language
from programmable_money.messages import Address, address_of
from programmable_money.model import Amount, Language
from programmable_money.open_books import SMALL_CELL, CategorySpending, protect_small_cells
from ssi.credential.document import Wording
from ssi.rulebook.spending import Category

ACCOUNTS = tuple(address_of(number.to_bytes(32, "big")) for number in range(1, 31))


def spending(index: int, accounts: frozenset[Address] | int, cents: int = 1_000) -> CategorySpending:
    who = frozenset(ACCOUNTS[:accounts]) if isinstance(accounts, int) else accounts
    category = Category(f"category_{index}", index, Wording(f"soort {index}", f"kind {index}"))
    return CategorySpending(category, Amount(cents), len(who), who)


def shown(*categories: CategorySpending) -> list[tuple[list[int], int | None]]:
    return [
        ([category.index for category in total.categories], None if total.spent is None else total.spent.cents)
        for total in protect_small_cells(categories)
    ]


def test_large_categories_stand_alone_largest_amount_first() -> None:
    assert shown(spending(0, 5, 10), spending(1, 9, 30), spending(2, 6, 20)) == [([1], 30), ([2], 20), ([0], 10)]


def test_category_without_payments_is_left_out() -> None:
    assert shown(spending(0, 0, 0), spending(1, 5)) == [([1], 1_000)]
    assert shown() == []


def test_small_category_takes_the_next_smallest_with_it() -> None:
    """Held back alone, it would be the total less what is shown."""
    assert shown(spending(0, 4, 7), spending(1, 8, 30), spending(2, 6, 20)) == [([1], 30), ([0, 2], 27)]


def test_two_small_categories_of_different_households_stand_together() -> None:
    first, second = frozenset(ACCOUNTS[:3]), frozenset(ACCOUNTS[3:6])
    assert shown(spending(0, first, 7), spending(1, 8, 30), spending(2, second, 20)) == [([1], 30), ([0, 2], 27)]


def test_two_small_categories_of_the_same_households_are_still_too_few() -> None:
    assert shown(spending(0, 3, 7), spending(1, 8, 30), spending(2, 4, 20)) == [([0, 1, 2], 57)]


def test_few_households_in_all_show_no_amount() -> None:
    assert shown(spending(0, 3), spending(1, 4)) == [([0, 1], None)]
    assert shown(spending(0, 1)) == [([0], None)]


@given(st.lists(st.tuples(st.frozensets(st.sampled_from(ACCOUNTS), max_size=9), st.integers(1, 10**6)), max_size=9))
def test_no_line_and_no_difference_of_lines_is_about_a_few(cells: list[tuple[frozenset[Address], int]]) -> None:
    categories = [spending(index, accounts, cents if accounts else 0) for index, (accounts, cents) in enumerate(cells)]
    totals = protect_small_cells(categories)
    named = sorted(category.index for total in totals for category in total.categories)
    assert named == [item.category.index for item in categories if item.payments]
    for total in totals:
        behind = frozenset[Address]().union(*(categories[category.index].accounts for category in total.categories))
        assert (total.spent is None) == (total.payments is None)
        if total.spent is None:
            assert len(totals) == 1, "with another line shown, the rest would follow from the public total"
        else:
            assert len(behind) >= SMALL_CELL
            assert total.spent.cents == sum(categories[category.index].spent.cents for category in total.categories)


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, None, "nl"),
        ("en", None, "en"),
        ("en", "nl", "en"),
        ("nl", "en", "nl"),
        ("de", "en", "en"),
        ("", "", "nl"),
        (None, "en", "en"),
        (None, "en-US,en;q=0.9", "en"),
        (None, "EN-gb", "en"),
        (None, "nl-BE", "nl"),
        (None, "de, fr;q=0.9", "nl"),
        (None, "nl;q=0.4, en;q=0.8", "en"),
        (None, "en;q=0.4, nl ; q=0.8", "nl"),
        (None, "en;q=0, nl;q=0.1", "nl"),
        (None, "en;q=0", "nl"),
        (None, "nl, en", "nl"),
        (None, "en;q=nonsense", "nl"),
        (None, ",;=,en", "en"),
        (None, "de," * 100 + "en", "nl"),
    ],
)
def test_language_is_asked_for_or_preferred_or_dutch(asked: str | None, accepted: str | None, language: str) -> None:
    assert choose_language(asked, accepted) is Language(language)
