# SPDX-License-Identifier: EUPL-1.2
"""What the sponsor's employees decide about shops in a browser, and what is written on the chain at once.

Invariants:

- Who agrees saw the shop as it is: a decision names the state that the page showed, and counts in that state only.
- With the sponsor's key here, what all who must agree agreed to is on the chain before the page says so; a step that
  failed in between can be done again. Without it, a command of whoever has the key does that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from programmable_money.messages import Address
from programmable_money.shops.model import Approval, ApprovalState, Shop, ShopError, ShopRefusal
from programmable_money.shops.service import ShopRegister

__all__ = ["SponsorDesk"]


@dataclass(frozen=True, slots=True)
class SponsorDesk:
    """The decisions of one programme.

    Args:
        sponsor: the account that approves and suspends on the chain; None where this service does not have its key.
    """

    register: ShopRegister
    sponsor: LocalAccount | None = field(repr=False)

    @property
    def can_write(self) -> bool:
        """Whether decisions are written on the chain from here."""
        return self.sponsor is not None

    def by_state(self) -> Mapping[ApprovalState, Sequence[Shop]]:
        """The shops of the programme by name, those that wait for a decision first."""
        found: dict[ApprovalState, list[Shop]] = {state: [] for state in ApprovalState}
        for shop in self.register.store.shops():
            approval = shop.approval(self.register.fund.address)
            if approval is not None:
                found[approval.state].append(shop)
        return {state: shops for state, shops in found.items() if shops}

    def place(self, shop: Shop) -> Approval:
        """A shop's place in the programme; ShopError ``not_applied``."""
        found = shop.approval(self.register.fund.address)
        if found is None:
            raise ShopError(ShopRefusal.NOT_APPLIED)
        return found

    def like(self, shop: Shop) -> Sequence[Shop]:
        """Other shops with the same bank account or the same name: one shop twice, or somebody who says to be it."""
        name = shop.bank.name.casefold()
        return [
            other
            for other in self.register.store.shops()
            if other.account != shop.account
            and (other.bank.iban == shop.bank.iban or other.bank.name.casefold() == name)
        ]

    def agree(self, account: Address, employee: str, *, seen: str) -> ApprovalState:
        """Agree to a shop, and write it on the chain when nobody else must agree.

        Args:
            seen: the state that the page showed.
        Raises:
            ShopError: as ``ShopRegister.agree``; ``wrong_state`` when it is another one by now.
            RefusedError, ChainError: it is agreed to and not on the chain; ``write`` does it again.
        """
        if self.place(self.register.shop(account)).state.value != seen:
            raise ShopError(ShopRefusal.WRONG_STATE)
        state = self.register.agree(account, employee)
        return self.write(account) if state is ApprovalState.AGREED and self.can_write else state

    def write(self, account: Address) -> ApprovalState:
        """Write what was agreed to on the chain; errors as ``ShopRegister.write_approval``."""
        self.register.write_approval(account, sponsor=self._key())
        return ApprovalState.APPROVED

    def refuse(self, account: Address, employee: str, note: str) -> None:
        """Refuse a shop that does not take part yet; errors as ``ShopRegister.refuse``."""
        self.register.refuse(account, employee, note.strip())

    def suspend(self, account: Address, employee: str, note: str) -> None:
        """Stop payments to a shop at once; errors as ``ShopRegister.suspend``."""
        self.register.suspend(account, employee, note.strip(), sponsor=self._key())

    def _key(self) -> LocalAccount:
        if self.sponsor is None:
            raise ShopError(ShopRefusal.WRONG_STATE)
        return self.sponsor
