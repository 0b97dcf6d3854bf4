# SPDX-License-Identifier: EUPL-1.2
"""Where and how the money of a programme may be spent: categories of shops, products, whole vouchers, limits.

Invariants:
    * A rule that is left out is off. The Kindpakket of 2017 used shops, budget and period, and no other.
    * Amounts are integer cents; a limit below one voucher would refuse everything and is not read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ssi.credential.document import Node, Wording
from ssi.rulebook.claim_rules import ID

__all__ = ["MAX_CENTS", "Category", "Listed", "Spending", "SpendingRule", "SpentBefore", "read_listed"]

MAX_CENTS: Final = 10**9
"""Largest amount that a rulebook may name: ten million euros."""
_PRODUCT_GROUPS: Final = 255


@dataclass(frozen=True, slots=True)
class Listed:
    """An item of one of a rulebook's lists; ``index`` is its number on chain."""

    id: str
    index: int
    title: Wording


@dataclass(frozen=True, slots=True)
class Category:
    """What a merchant may sell under this rulebook; ``index`` (0 to 255) is its number on chain.

    Attributes:
        limit_cents: most that one account may spend at its shops together; None for no limit.
    """

    id: str
    index: int
    title: Wording
    limit_cents: int | None = None


class SpendingRule(StrEnum):
    """A rule that a payment would break; the contracts refuse it with the reason of the same code."""

    NOT_WHOLE_VOUCHERS = "not_whole_vouchers"
    PAYMENT_LIMIT = "payment_limit"
    PRODUCT_NOT_ALLOWED = "product_not_allowed"
    SHOP_LIMIT = "shop_limit"
    CATEGORY_LIMIT = "category_limit"


@dataclass(frozen=True, slots=True)
class SpentBefore:
    """What one account spent before, as far as somebody knows it: payments less refunds, in cents.

    Attributes:
        at_shop: at the shop that is to be paid.
        category: index of that shop's category; None when it is not known.
        in_category: at all shops of that category together.
    """

    at_shop: int = 0
    category: int | None = None
    in_category: int = 0


@dataclass(frozen=True, slots=True)
class Spending:
    """How money may be spent. Build it with ``from_node``.

    Attributes:
        products: product groups that may be sold, numbered from 1; empty when the rule is off.
        voucher_cents: every payment and refund is a multiple of it; None when any amount may be paid.
        payment_limit_cents: most that one payment may be; None for no limit.
        shop_limit_cents: most that one account may spend at one shop; None for no limit.
    """

    categories: tuple[Category, ...]
    products: tuple[Listed, ...] = ()
    voucher_cents: int | None = None
    payment_limit_cents: int | None = None
    shop_limit_cents: int | None = None

    def broken_by(self, cents: int, before: SpentBefore, product: int | None = None) -> SpendingRule | None:
        """The first rule that a payment of so many cents would break, in the contracts' order; None if it breaks none.

        What is not known is taken to be nothing, so None does not promise that the contract accepts the payment.

        Args:
            product: number of the product group that is sold, 0 for none; None while nobody knows what is bought.
        """
        if not self.is_whole(cents):
            return SpendingRule.NOT_WHOLE_VOUCHERS
        if self.payment_limit_cents is not None and cents > self.payment_limit_cents:
            return SpendingRule.PAYMENT_LIMIT
        if product is not None and not self.is_sold(product):
            return SpendingRule.PRODUCT_NOT_ALLOWED
        if self.shop_limit_cents is not None and before.at_shop + cents > self.shop_limit_cents:
            return SpendingRule.SHOP_LIMIT
        limit = self._category_limit(before.category)
        if limit is not None and before.in_category + cents > limit:
            return SpendingRule.CATEGORY_LIMIT
        return None

    @property
    def has_account_limits(self) -> bool:
        """Whether what an account spent before counts."""
        return self.shop_limit_cents is not None or any(item.limit_cents is not None for item in self.categories)

    def is_sold(self, product: int) -> bool:
        """Whether articles of a product group may be sold; without rules for products none is named, which is 0."""
        return product in {item.index for item in self.products} if self.products else product == 0

    def is_whole(self, cents: int) -> bool:
        """Whether an amount is a number of whole vouchers; always, where there are none."""
        return self.voucher_cents is None or cents % self.voucher_cents == 0

    def _category_limit(self, index: int | None) -> int | None:
        """The limit of a category; of a category that is not known, the highest that any has, if all have one."""
        limits = [item.limit_cents for item in self.categories if index is None or item.index == index]
        known = [limit for limit in limits if limit is not None]
        return max(known) if known and len(known) == len(limits) else None

    @classmethod
    def from_node(cls, node: Node) -> "Spending":
        """Read the ``spending`` of a rulebook; DocumentError."""
        members = node.members(("categories", "products"), ("voucher_cents", "limits"))
        voucher = members["voucher_cents"].integer(1, MAX_CENTS) if "voucher_cents" in members else None
        limits = members["limits"].members((), ("payment_cents", "shop_cents")) if "limits" in members else {}
        return cls(
            categories=_categories(members["categories"], voucher),
            products=_products(members["products"]),
            voucher_cents=voucher,
            payment_limit_cents=_limit(limits["payment_cents"], voucher) if "payment_cents" in limits else None,
            shop_limit_cents=_limit(limits["shop_cents"], voucher) if "shop_cents" in limits else None,
        )


def read_listed(node: Node, most: int, numbers: range, *, fewest: int = 0) -> tuple[Listed, ...]:
    """A list of items with an id, a number and a title, each id and each number once; DocumentError."""
    found: list[Listed] = []
    for item in node.items(fewest, most):
        parts = item.members(("id", "index", "title"))
        found.append(_listed(parts, numbers, found))
    return tuple(found)


def _listed(parts: dict[str, Node], numbers: range, others: Sequence[Listed | Category]) -> Listed:
    index = parts["index"].integer(numbers[0], numbers[-1])
    found = Listed(parts["id"].text(ID, longest=60), index, parts["title"].wording())
    if any(other.id == found.id for other in others):
        parts["id"].refuse("must differ from every other id of the list")
    if any(other.index == found.index for other in others):
        parts["index"].refuse("must differ from every other index of the list")
    return found


def _categories(node: Node, voucher: int | None) -> tuple[Category, ...]:
    found: list[Category] = []
    for item in node.items(1, 256):
        parts = item.members(("id", "index", "title"), ("limit_cents",))
        read = _listed(parts, range(256), found)
        limit = _limit(parts["limit_cents"], voucher) if "limit_cents" in parts else None
        found.append(Category(read.id, read.index, read.title, limit))
    return tuple(found)


def _products(node: Node) -> tuple[Listed, ...]:
    if not isinstance(node.value, list):
        node.choice(("off",))
        return ()
    return read_listed(node, _PRODUCT_GROUPS, range(1, _PRODUCT_GROUPS + 1), fewest=1)


def _limit(node: Node, voucher: int | None) -> int:
    limit = node.integer(1, MAX_CENTS)
    if voucher is not None and limit < voucher:
        node.refuse("must be at least one voucher")
    return limit
