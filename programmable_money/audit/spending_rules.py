# SPDX-License-Identifier: EUPL-1.2
"""A fund's rules on how money is spent, beyond where and when: whole vouchers, and limits of an account. Pure.

The same counts as the contract's: refunds count back. Zero switches a rule off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from programmable_money.messages import Address
from programmable_money.rules import RulesTuple

__all__ = ["SpendingRules"]


@dataclass(slots=True)
class SpendingRules:
    """The rules and what each account has spent under them; amounts in cents.

    Attributes:
        voucher: every payment and refund is a multiple of it.
        payment: most that one payment may be.
        shop: most that one account may spend at one shop.
        categories: most that one account may spend in a category, by its index.
    """

    voucher: int = 0
    payment: int = 0
    shop: int = 0
    categories: Mapping[int, int] = field(default_factory=dict)
    _at_shop: dict[tuple[Address, Address], int] = field(default_factory=dict)
    _in_category: dict[tuple[Address, int], int] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: RulesTuple) -> "SpendingRules":
        """``SpendingRules`` of the contract, members in its order."""
        voucher, payment, shop, _, categories = rules
        return cls(voucher, payment, shop, dict(categories))

    def why_not_pay(self, account: Address, merchant: Address, category: int, amount: int) -> str | None:
        """Count a payment; why the rules did not allow it, in words, or None when they did."""
        at_shop, in_category = self._count(account, merchant, category, amount)
        if self.voucher and amount % self.voucher:
            return f"{amount} cents are no whole vouchers of {self.voucher}"
        if self.payment and amount > self.payment:
            return f"{amount} cents, and one payment may be {self.payment}"
        if self.shop and at_shop > self.shop:
            return f"the account spent {at_shop} cents at the shop, and {self.shop} are allowed"
        limit = self.categories.get(category, 0)
        if limit and in_category > limit:
            return f"the account spent {in_category} cents in the category, and {limit} are allowed"
        return None

    def why_not_refund(self, account: Address, merchant: Address, category: int, amount: int) -> str | None:
        """Count a refund back; why the rules did not allow it, in words, or None when they did."""
        self._count(account, merchant, category, -amount)
        if self.voucher and amount % self.voucher:
            return f"{amount} cents are no whole vouchers of {self.voucher}"
        return None

    def _count(self, account: Address, merchant: Address, category: int, amount: int) -> tuple[int, int]:
        at_shop = self._at_shop[account, merchant] = self._at_shop.get((account, merchant), 0) + amount
        within = self._in_category[account, category] = self._in_category.get((account, category), 0) + amount
        return at_shop, within
