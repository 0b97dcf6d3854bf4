# SPDX-License-Identifier: EUPL-1.2
"""What the sponsor decides about shops: applications, approval for each programme, suspension.

Invariants:

- A shop takes part when the fund's contract says so. The list follows the contract: a step that was written on the
  chain and not in the list is finished when it is repeated.
- Who proposed a shop cannot be the one who agrees, where the policy asks for two.
- A chain store is refused when it applies and again when it is approved, by the policy of that day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from eth_account.signers.local import LocalAccount

from programmable_money.budget_contract import BudgetContract
from programmable_money.messages import Address
from programmable_money.shops.model import (
    TAKES_PART,
    Application,
    ApprovalState,
    KeyKind,
    Shop,
    ShopError,
    ShopKey,
    ShopPolicy,
    ShopRefusal,
    check_label,
)
from programmable_money.shops.store import ShopStore
from ssi.rulebook.model import Rulebook

__all__ = ["ShopRegister"]


@dataclass(frozen=True, slots=True)
class ShopRegister:
    """The shops of one programme.

    Args:
        store: the list, which several programmes share.
        fund: the programme on its chain.
        rulebook: of the fund; it has the categories.
        clock: the present, aware UTC.
    """

    store: ShopStore
    fund: BudgetContract
    rulebook: Rulebook
    clock: Callable[[], datetime]

    @property
    def policy(self) -> ShopPolicy:
        """What the sponsor asks of shops in this programme now."""
        return self.store.policy(self.fund.address)

    def set_policy(self, policy: ShopPolicy, employee: str) -> None:
        """Ask something else of shops; those that take part stay."""
        self.store.set_policy(self.fund.address, policy, employee=employee, at=self.clock())

    def apply(self, application: Application, employee: ShopKey | None = None) -> Shop:
        """Take an application.

        Args:
            employee: the key of who applies, which works for the shop from then on.
        Raises:
            ShopError: ``category_not_allowed``, ``chain_store``, ``account_taken``, ``wrong_state``, ``key_taken``, or
                ``too_many_open``: that many wait for an answer already.
        """
        self._category(application.category)
        self.policy.check(application)
        self.store.apply(application, self.fund.address, self.clock(), employee)
        return self.shop(application.account)

    def agree(self, account: Address, employee: str) -> ApprovalState:
        """An employee agrees to a shop; the second one, where two must.

        Raises:
            ShopError: ``same_employee``, ``wrong_state``, ``chain_store`` or ``unknown_shop``.
        """
        shop = self.shop(account)
        approval = shop.approval(self.fund.address)
        if approval is None:
            raise ShopError(ShopRefusal.NOT_APPLIED)
        policy = self.policy
        policy.check(_application(shop))
        first, second = ApprovalState.APPLIED, ApprovalState.PROPOSED
        if policy.four_eyes and approval.state in (first, ApprovalState.SUSPENDED, ApprovalState.REFUSED):
            self._move(account, (approval.state,), second, employee, proposed_by=employee, agreed_by="", note="")
            return second
        if policy.four_eyes and approval.proposed_by == employee:
            raise ShopError(ShopRefusal.SAME_EMPLOYEE)
        before = (second,) if policy.four_eyes else (approval.state,)
        if approval.state in (ApprovalState.AGREED, ApprovalState.APPROVED):
            raise ShopError(ShopRefusal.WRONG_STATE)
        self._move(account, before, ApprovalState.AGREED, employee, agreed_by=employee, note="")
        return ApprovalState.AGREED

    def write_approval(self, account: Address, *, sponsor: LocalAccount) -> None:
        """Write an agreed approval on the chain; can be repeated after a crash.

        Raises:
            ShopError: ``wrong_state``: not all who must agree did.
            RefusedError: the contract refused.
        """
        shop = self.shop(account)
        approval = shop.approval(self.fund.address)
        if approval is None or approval.state is not ApprovalState.AGREED:
            raise ShopError(ShopRefusal.WRONG_STATE)
        category = self._category(shop.category)
        known = self.fund.merchant(account)
        if not known.is_approved or known.category != category:
            self.fund.approve_merchant(account, category, sponsor=sponsor)
        self._move(account, (ApprovalState.AGREED,), ApprovalState.APPROVED, "")

    def refuse(self, account: Address, employee: str, note: str) -> None:
        """Refuse a shop that does not take part yet; it may be agreed to later."""
        open_states = (ApprovalState.APPLIED, ApprovalState.PROPOSED, ApprovalState.AGREED)
        self._move(account, open_states, ApprovalState.REFUSED, employee, note=_note(note))

    def suspend(self, account: Address, employee: str, note: str, *, sponsor: LocalAccount) -> None:
        """Stop payments to a shop at once. It is still owed what it has, and can give money back.

        One employee is enough: stopping is urgent, and `agree` takes as many as ever to undo it.
        """
        self.shop(account)
        if self.fund.merchant(account).is_approved:
            self.fund.suspend_merchant(account, sponsor=sponsor)
        before = (ApprovalState.APPROVED, ApprovalState.AGREED)
        self._move(account, before, ApprovalState.SUSPENDED, employee, note=_note(note))

    def shop(self, account: Address) -> Shop:
        """A shop; ShopError ``unknown_shop``."""
        found = self.store.find_shop(account)
        if found is None:
            raise ShopError(ShopRefusal.UNKNOWN_SHOP)
        return found

    def takes_part(self, account: Address) -> bool:
        """Whether a shop takes part, or did and may still give money back."""
        approval = self.shop(account).approval(self.fund.address)
        return approval is not None and approval.state in TAKES_PART

    # ---- keys ----

    def register_key(self, account: Address, key: Address, kind: KeyKind, label: str) -> ShopKey:
        """Let a till or an employee work for a shop; ShopError ``key_taken``, ``bad_value`` or ``unknown_shop``."""
        check_label(label)
        self.shop(account)
        if key == account:
            raise ShopError(ShopRefusal.KEY_TAKEN)
        made = ShopKey(key, account, kind, label, self.clock().replace(microsecond=0))
        self.store.add_key(made)
        return made

    def revoke_key(self, account: Address, key: Address) -> None:
        """Stop a till or an employee at once; ShopError ``other_shop`` or ``key_not_in_force``."""
        known = self.store.find_key(key)
        if known is None or known.shop != account:
            raise ShopError(ShopRefusal.OTHER_SHOP)
        self.store.revoke_key(key, self.clock())

    # ---- inside ----

    def _category(self, name: str) -> int:
        found = next((category.index for category in self.rulebook.spending.categories if category.id == name), None)
        if found is None:
            raise ShopError(ShopRefusal.CATEGORY_NOT_ALLOWED)
        return found

    def _move(
        self, account: Address, before: tuple[ApprovalState, ...], after: ApprovalState, employee: str, **values: str
    ) -> None:
        place = account, self.fund.address
        self.store.move(*place, before, after, employee=employee, at=self.clock(), values=values)


def _note(note: str) -> str:
    if not 1 <= len(note) <= 200 or not note.isprintable():
        raise ShopError(ShopRefusal.BAD_VALUE, "reason", "must be 1 to 200 characters")
    return note


def _application(shop: Shop) -> Application:
    return Application(shop.account, shop.bank, shop.category, shop.contact, shop.is_chain_store)
