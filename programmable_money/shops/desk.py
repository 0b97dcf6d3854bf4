# SPDX-License-Identifier: EUPL-1.2
"""A shop's desk: it keeps the shop's key, and signs with it what a key in force asks for, and nothing else.

In this order for every order: (1) who signed it, (2) is that key in force, (3) is it for its own shop, this fund and
this minute, (4) may that kind of key ask for it, (5) would the fund refuse it.

Invariants:

- The shop's own key never leaves the desk. What the desk signs is a charge to its own shop, or a refund to who paid.
- A revoked key is refused from the moment that it is revoked: the key is looked up for every order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from programmable_money.messages import (
    Address,
    PaymentDomain,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    address_of,
)
from programmable_money.messages.typed import SignedMessage
from programmable_money.model import Amount, Merchant, PaymentRecord, to_unix
from programmable_money.shops.model import CANCEL_WITHIN, KeyKind, ShopError, ShopKey, ShopRefusal
from programmable_money.shops.orders import SignedTillCancel, SignedTillCharge, SignedTillRefund
from programmable_money.shops.store import ChargeRecord, ShopStore
from programmable_money.till import charge_permit, refund_payment
from ssi.atomic_file import create_file
from ssi.rulebook.spending import Spending, SpentBefore

__all__ = ["FundView", "KeyFolder", "Refunding", "ShopDesk", "ShopKeys"]

_FAR = timedelta(minutes=5)
"""An order may not be good for longer: a till's clock is not that wrong."""


class FundView(Protocol):
    """What a desk reads of a fund; ``fund.Fund`` is one."""

    @property
    def domain(self) -> PaymentDomain:
        """What messages are signed for."""
        ...

    def payment(self, payment: bytes) -> PaymentRecord | None:
        """A payment by its id."""
        ...

    def merchant(self, account: Address) -> Merchant:
        """A shop as the contract knows it."""
        ...

    def spent_before(self, account: Address, merchant: Address) -> SpentBefore:
        """What an account spent at a shop, and at all shops of its category."""
        ...


class ShopKeys(Protocol):
    """Where the shops' own keys are."""

    def key_of(self, shop: Address) -> bytes:
        """A shop's key, 32 octets; ShopError ``unknown_shop``."""
        ...


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """The shops' keys in files of a folder, each for its owner only (mode 0600)."""

    folder: Path

    def keep(self, private_key: bytes) -> Address:
        """Keep a shop's key (32 octets); its address. FileExistsError if it is kept already."""
        address = address_of(private_key)
        create_file(self.folder / f"{address}.key", private_key.hex().encode() + b"\n")
        return address

    def forget(self, account: Address) -> None:
        """Remove the key of a shop that never came to be."""
        (self.folder / f"{account}.key").unlink(missing_ok=True)

    def key_of(self, shop: Address) -> bytes:
        """A shop's key."""
        try:
            key = bytes.fromhex((self.folder / f"{shop}.key").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            raise ShopError(ShopRefusal.UNKNOWN_SHOP) from None
        if len(key) != 32 or address_of(key) != shop:
            raise ShopError(ShopRefusal.UNKNOWN_SHOP)
        return key


@dataclass(frozen=True, slots=True)
class Refunding:
    """A refund with what the relayer needs beside it."""

    refund: SignedRefund
    payer: Address
    nonce: int


@dataclass(frozen=True, slots=True)
class ShopDesk:
    """The desks of the shops of one fund.

    Args:
        store: keys and charges.
        keys: the shops' own keys.
        fund: reads the contract.
        clock: the present, aware UTC.
        rules: how the fund's money may be spent, by its rulebook; None when the desk does not have it.
    """

    store: ShopStore
    keys: ShopKeys
    fund: FundView
    clock: Callable[[], datetime]
    rules: Spending | None = None

    def charge(self, permit: SignedPermit, order: SignedTillCharge) -> SignedCharge:
        """Sign a charge for a till.

        Raises:
            VerificationError: ``invalid_signature``: the permit's account, or nobody, signed.
            ShopError: ``key_not_in_force``, ``other_shop``, ``order_expired`` or ``suspended``.
            TillError: the fund would refuse it.
        """
        asked = order.order
        key = self._key_for(order, asked.merchant, asked.deadline)
        if permit.domain != self.fund.domain or permit.permit.payment != asked.payment:
            raise ShopError(ShopRefusal.OTHER_SHOP)
        if not self.fund.merchant(key.shop).is_approved:
            raise ShopError(ShopRefusal.SUSPENDED)
        now = self.clock()
        before = SpentBefore()
        if self.rules is not None and self.rules.has_account_limits:
            before = self.fund.spent_before(permit.permit.account, key.shop)
        own = self.keys.key_of(key.shop)
        amount = Amount(asked.amount)
        signed = charge_permit(permit, amount, own, now=now, product=asked.product, rules=self.rules, before=before)
        self.store.add_charge(
            ChargeRecord(
                fund=self.fund.domain.fund,
                payment=asked.payment,
                shop=key.shop,
                label=key.label,
                payer=permit.permit.account,
                nonce=permit.permit.nonce,
                amount=amount,
                charged_at=now,
            ),
            is_paid=self.fund.payment(asked.payment) is not None,
        )
        return signed

    def cancel(self, order: SignedTillCancel) -> Refunding:
        """Give a payment back whole: a till may do that for a minute after it charged.

        Raises:
            ShopError: ``cancel_too_late``, or as ``charge``.
            TillError: the fund would refuse it: ``payment_unknown``, ``payment_settled``, ``refund_out_of_range``.
        """
        asked = order.order
        key = self._key_for(order, asked.merchant, asked.deadline)
        charge = self._charge_of(key, asked.payment)
        if key.kind is KeyKind.TILL and self.clock() > charge.charged_at + CANCEL_WITHIN:
            raise ShopError(ShopRefusal.CANCEL_TOO_LATE)
        paid = self.fund.payment(asked.payment)
        left = Amount(0) if paid is None else paid.amount - paid.refunded
        return self._refund(key, charge, paid, left)

    def refund(self, order: SignedTillRefund) -> Refunding:
        """Give back a part of a payment, or all of it, until the shop is settled; for an employee's key.

        Raises:
            ShopError: ``not_for_a_till``, or as ``charge``.
            TillError: the fund would refuse it, after settlement with ``payment_settled``.
        """
        asked = order.order
        key = self._key_for(order, asked.merchant, asked.deadline)
        if key.kind is not KeyKind.EMPLOYEE:
            raise ShopError(ShopRefusal.NOT_FOR_A_TILL)
        charge = self._charge_of(key, asked.payment)
        paid = self.fund.payment(asked.payment)
        before = Amount(0) if paid is None else paid.refunded
        return self._refund(key, charge, paid, Amount(asked.refunded_total) - before)

    def _refund(self, key: ShopKey, charge: ChargeRecord, paid: PaymentRecord | None, amount: Amount) -> Refunding:
        if paid is not None and paid.merchant != key.shop:  # the same code was charged in two shops
            raise ShopError(ShopRefusal.UNKNOWN_CHARGE)
        batch = self.fund.merchant(key.shop).batch
        own = self.keys.key_of(key.shop)
        signed = refund_payment(self.fund.domain, paid, amount, own, batch=batch, rules=self.rules)
        return Refunding(signed, charge.payer, charge.nonce)

    def _key_for(self, order: SignedMessage, merchant: Address, deadline: int) -> ShopKey:
        key = self.store.find_key(order.signer())  # (1)
        if key is None or not key.is_in_force:  # (2)
            raise ShopError(ShopRefusal.KEY_NOT_IN_FORCE)
        if key.shop != merchant or order.domain != self.fund.domain:  # (3)
            raise ShopError(ShopRefusal.OTHER_SHOP)
        now = self.clock()
        if not to_unix(now) <= deadline <= to_unix(now + _FAR):
            raise ShopError(ShopRefusal.ORDER_EXPIRED)
        return key

    def _charge_of(self, key: ShopKey, payment: bytes) -> ChargeRecord:
        charge = self.store.find_charge(self.fund.domain.fund, payment, key.shop)
        if charge is None:
            raise ShopError(ShopRefusal.UNKNOWN_CHARGE)
        return charge
