# SPDX-License-Identifier: EUPL-1.2
"""What a rulebook's rules of spending refuse, at their edges and in the contracts' order."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.credential.document import Wording
from ssi.rulebook.spending import Category, Listed, Spending, SpendingRule, SpentBefore

TITLE = Wording("Speelgoed", "Toys")
FREE = Spending((Category("toys", 3, TITLE), Category("books", 6, TITLE)))
VOUCHERS = replace(FREE, voucher_cents=5_000)
EVERYTHING = Spending(
    (Category("toys", 3, TITLE, 20_000), Category("books", 6, TITLE, 15_000)),
    voucher_cents=5_000,
    payment_limit_cents=15_000,
    shop_limit_cents=15_000,
)
NOTHING = SpentBefore()


@pytest.mark.parametrize("cents", [1, 4_999, 10**9])
def test_rule_that_is_left_out_refuses_nothing(cents: int) -> None:
    assert FREE.broken_by(cents, SpentBefore(10**9, 3, 10**9)) is None
    assert not FREE.has_account_limits


@pytest.mark.parametrize(
    ("cents", "broken"),
    [
        (4_999, SpendingRule.NOT_WHOLE_VOUCHERS),
        (5_000, None),
        (5_001, SpendingRule.NOT_WHOLE_VOUCHERS),
        (7_500, SpendingRule.NOT_WHOLE_VOUCHERS),
        (10_000, None),
    ],
)
def test_vouchers_are_whole(cents: int, broken: SpendingRule | None) -> None:
    assert VOUCHERS.broken_by(cents, NOTHING) is broken
    assert VOUCHERS.is_whole(cents) is (broken is None)


@pytest.mark.parametrize(
    ("cents", "before", "broken"),
    [
        (15_000, NOTHING, None),
        (20_000, NOTHING, SpendingRule.PAYMENT_LIMIT),
        (20_001, NOTHING, SpendingRule.NOT_WHOLE_VOUCHERS),
        (10_000, SpentBefore(5_000), None),
        (10_000, SpentBefore(10_000), SpendingRule.SHOP_LIMIT),
        (20_000, SpentBefore(10_000), SpendingRule.PAYMENT_LIMIT),
        (10_000, SpentBefore(0, 3, 10_000), None),
        (10_000, SpentBefore(0, 3, 15_000), SpendingRule.CATEGORY_LIMIT),
        (10_000, SpentBefore(0, 6, 10_000), SpendingRule.CATEGORY_LIMIT),
        (10_000, SpentBefore(10_000, 6, 10_000), SpendingRule.SHOP_LIMIT),
    ],
)
def test_first_rule_that_is_broken_is_named_in_the_contracts_order(
    cents: int, before: SpentBefore, broken: SpendingRule | None
) -> None:
    assert EVERYTHING.broken_by(cents, before) is broken
    assert EVERYTHING.has_account_limits


def test_product_that_is_not_listed_is_refused_and_none_is_named_where_none_is_listed() -> None:
    listed = replace(FREE, products=(Listed("bags", 1, TITLE), Listed("pens", 4, TITLE)))
    found = {product: listed.broken_by(100, NOTHING, product) for product in (0, 1, 2, 4)}
    assert found == {0: SpendingRule.PRODUCT_NOT_ALLOWED, 1: None, 2: SpendingRule.PRODUCT_NOT_ALLOWED, 4: None}
    assert listed.broken_by(100, NOTHING) is None, "while nobody knows what is bought"
    assert FREE.broken_by(100, NOTHING, 0) is None
    assert FREE.broken_by(100, NOTHING, 1) is SpendingRule.PRODUCT_NOT_ALLOWED


def test_category_that_is_not_known_counts_only_where_all_are_limited() -> None:
    only = replace(EVERYTHING, voucher_cents=None, payment_limit_cents=None, shop_limit_cents=None)
    assert only.broken_by(20_000, NOTHING) is None
    assert only.broken_by(20_001, NOTHING) is SpendingRule.CATEGORY_LIMIT
    one = replace(only, categories=(only.categories[0], Category("books", 6, TITLE)))
    assert one.broken_by(20_001, NOTHING) is None
    assert one.broken_by(20_001, SpentBefore(category=3)) is SpendingRule.CATEGORY_LIMIT
    assert one.broken_by(20_001, SpentBefore(category=6)) is None
    assert one.broken_by(20_001, SpentBefore(category=99)) is None


@given(st.integers(1, 30_000), st.integers(0, 20_000), st.integers(0, 20_000), st.sampled_from([None, 3, 6]))
def test_who_spent_more_before_is_never_allowed_more(cents: int, shop: int, within: int, category: int | None) -> None:
    if EVERYTHING.broken_by(cents, SpentBefore(shop, category, within)) is None:
        assert EVERYTHING.broken_by(cents, SpentBefore(shop // 2, category, within // 2)) is None
