# SPDX-License-Identifier: EUPL-1.2
"""What a wallet says before a payment: nothing where it knows all, and plainly what it does not know."""

import pytest

from edge.language import Language
from holder.foresight import is_in_period, unforeseen
from holder.model import PaymentAccount, SignedLimit
from programmable_money.messages import ZERO_ADDRESS, Address
from ssi.rulebook.model import Rulebook
from tests.flows.limited import VOUCHERS, variant, with_category_limit
from tests.unit.holder.town import NOW, SCOPE, SHOP, other_fund

OTHER = other_fund(2)
SHOP_LIMIT = variant("kindpakket-shop", spending={"limits": {"shop_cents": 10_000}})
CATEGORY = variant("kindpakket-category", spending=with_category_limit(2_000))
PRODUCTS = variant(
    "kindpakket-products",
    spending={"products": [{"id": "clothing", "index": 1, "title": {"nl": "Kleding", "en": "Clothing"}}]},
)


def account(*permits: tuple[Address, int]) -> PaymentAccount:
    signed = tuple(SignedLimit(nonce, shop, limit, 0) for nonce, (shop, limit) in enumerate(permits))
    return PaymentAccount(SCOPE, other_fund(3), 45_000, signed)


def told(
    rulebook: Rulebook | None, *permits: tuple[Address, int], cents: int = 4_000, shop: Address = SHOP
) -> list[str]:
    return list(unforeseen(rulebook, account(*permits), cents, shop, Language.EN))


@pytest.mark.parametrize("rulebook", [variant("kindpakket-same"), VOUCHERS])
def test_where_every_rule_is_known_nothing_is_said(rulebook: Rulebook) -> None:
    assert told(rulebook, (SHOP, 40_000)) == []


def test_a_wallet_without_the_rules_says_so() -> None:
    assert told(None) == [
        "Your wallet does not have the rules of this programme. The till may refuse a payment that is allowed here."
    ]


def test_what_was_spent_at_a_shop_is_not_known_and_what_was_allowed_there_is() -> None:
    (limit,) = told(SHOP_LIMIT, (SHOP, 6_000))
    assert limit.startswith("At one shop you can spend at most €100.00. Your wallet does not know")
    _, before = told(SHOP_LIMIT, (SHOP, 6_000), (SHOP, 1), (OTHER, 9_000), (ZERO_ADDRESS, 9_000))
    assert before == "You allowed this shop €60.01 before. If that was spent, this payment is refused."
    assert len(told(SHOP_LIMIT, (ZERO_ADDRESS, 9_000), cents=9_000, shop=ZERO_ADDRESS)) == 1


def test_the_kinds_of_shops_with_a_limit_are_named() -> None:
    (limit,) = told(CATEGORY)
    assert "together you can spend at most €20.00" in limit
    (dutch,) = unforeseen(CATEGORY, account(), 1, SHOP, Language.NL)
    assert "hoogstens € 20,00" in dutch


def test_products_are_the_till_s_matter() -> None:
    assert told(PRODUCTS) == [
        "You can buy certain articles only. Your wallet does not know what you buy; the till does."
    ]


@pytest.mark.parametrize("period", [0, 1999, 2201, 1 << 52])
def test_a_period_that_is_none_is_never_open(period: int) -> None:
    assert not is_in_period(VOUCHERS, period, NOW)
