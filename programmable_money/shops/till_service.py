# SPDX-License-Identifier: EUPL-1.2
"""What a paired browser does: take a payment in both directions, cancel it, give money back, look back.

Each step is an order under the browser's own key, which the shop's desk checks as any till's (``desk``), and an errand
of the relayer.

Invariants:

- A permit is charged by one form: sent again, or photographed, it is refused, also for the same amount.
- Paid is what the fund has for this shop. A code that is shown in two shops at once is paid in one of them.
- A request lives for a minute and takes one answer: a permit for its shop and exactly its amount.
- Nothing that is listed is about a customer: amount, time, state, and the first digits of the payment.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from programmable_money.messages import Charge, PaymentRequest, SignedPermit
from programmable_money.model import Amount, ChainEvent, PaymentRecord, PaymentState, to_unix
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.relayer.errands import Errand, PaidWith, PaymentErrand, RefundErrand, charge_key
from programmable_money.relayer.model import ErrandState
from programmable_money.relayer.service import Relayer, refusal_of
from programmable_money.shops.browsers.model import OpenRequest, PairedTill
from programmable_money.shops.browsers.store import BrowserStore
from programmable_money.shops.desk import Refunding, ShopDesk
from programmable_money.shops.model import CANCEL_WITHIN, KeyKind, ShopError, ShopRefusal
from programmable_money.shops.orders import (
    ORDER_SECONDS,
    SignedTillCancel,
    SignedTillCharge,
    SignedTillRefund,
    TillCancel,
    TillCharge,
    TillRefund,
)
from programmable_money.shops.refunds import settlement_of
from programmable_money.shops.store import ChargeRecord
from programmable_money.statements.model import ZONE, Period, ShopStatement, statement_of
from programmable_money.till import TillError

__all__ = ["REQUEST_LIVES", "TakenPayment", "TillService"]

REQUEST_LIVES: Final = timedelta(seconds=60)
_UNDERWAY: Final = timedelta(minutes=5)
"""How long a charge that the chain does not have is still looked for."""


@dataclass(frozen=True, slots=True)
class TakenPayment:
    """A payment as a till shows it.

    Attributes:
        record: the fund's; None while it has none.
        seconds_to_cancel: in which this till may cancel it; 0 when that is over.
    """

    charge: ChargeRecord
    record: PaymentRecord | None
    at: datetime
    seconds_to_cancel: int
    is_underway: bool

    @property
    def reference(self) -> str:
        """As on the statement."""
        return self.charge.payment.hex()[:12]

    @property
    def amount(self) -> Amount:
        """What was paid, or was to be."""
        return self.charge.amount if self.record is None else self.record.amount

    @property
    def state(self) -> str:
        """``paid``, ``partly_refunded``, ``refunded``, ``underway`` or ``not_paid``."""
        if self.record is not None:
            return self.record.state.value
        return "underway" if self.is_underway else "not_paid"

    @property
    def refunded(self) -> Amount:
        """What was given back."""
        return Amount(0) if self.record is None else self.record.refunded

    @property
    def left(self) -> Amount:
        """What can still be given back."""
        return Amount(0) if self.record is None else self.record.amount - self.record.refunded


@dataclass(frozen=True, slots=True)
class TillService:
    """The tills of one fund's shops.

    Args:
        desk: signs for the shops.
        relayer: carries.
        events: all events of the fund.
        programme: its name, for statements.
        clock: the present, aware UTC.
    """

    desk: ShopDesk
    relayer: Relayer
    events: Callable[[], Sequence[ChainEvent]]
    programme: str
    clock: Callable[[], datetime]

    # ---- taking ----

    def charge(self, till: PairedTill, permit: SignedPermit, amount: Amount) -> bytes:
        """Take a payment; its id.

        Raises:
            VerificationError, ShopError, TillError: as ``ShopDesk.charge``; TillError ``permit_used`` when it was
                charged before.
            RefusedError: the fund refuses it.
            ChainError, OutboxError: nothing was paid.
        """
        payment = permit.permit.payment
        domain, shop = self.desk.fund.domain, till.key.shop
        before = self.desk.store.charges_of(domain.fund, payment)
        if self.desk.fund.payment(payment) is not None or any(map(self._is_carried, before)):
            raise TillError(RefusalReason.PERMIT_USED)
        order = TillCharge(payment, shop, amount.cents, self._deadline())
        signed = self.desk.charge(permit, SignedTillCharge.sign(domain, order, till.private_key))
        errand = PaymentErrand("payment", permit, signed)
        self._carry_once(errand)
        return payment

    def ask(self, till: PairedTill, amount: Amount) -> str:
        """Show a request; its name. TillError ``zero_amount``; ShopError ``suspended``."""
        if amount <= Amount(0):
            raise TillError(RefusalReason.ZERO_AMOUNT)
        if not self.desk.fund.merchant(till.key.shop).is_approved:
            raise ShopError(ShopRefusal.SUSPENDED)
        now, name = self.clock(), secrets.token_urlsafe(12)
        content = PaymentRequest(self.desk.fund.domain, till.key.shop, amount.cents)
        asked = OpenRequest(till.key.key, content, now + REQUEST_LIVES)
        self._browsers.add_request(name, asked, now, kept=_UNDERWAY)
        return name

    def asked(self, name: str) -> OpenRequest:
        """A request, for whoever has its link; ShopError ``order_expired``: it is over, was answered or never was."""
        found = self._browsers.find_request(name, self.desk.fund.domain)
        if found is None or found.permit is not None or found.until <= self.clock():
            raise ShopError(ShopRefusal.ORDER_EXPIRED)
        return found

    def answer(self, name: str, permit: SignedPermit) -> None:
        """Take a wallet's answer: a permit for this shop and exactly this amount.

        Raises:
            ShopError: ``order_expired``, or ``other_shop``: it is for another shop, fund or amount.
            VerificationError: ``invalid_signature``.
        """
        asked = self.asked(name)
        permit.check()
        content, given = asked.content, permit.permit
        if (permit.domain, given.merchant, given.limit) != (content.domain, content.merchant, content.amount):
            raise ShopError(ShopRefusal.OTHER_SHOP)
        if not self._browsers.answer_request(name, permit, self.clock()):
            raise ShopError(ShopRefusal.ORDER_EXPIRED)

    def own_request(self, till: PairedTill, name: str) -> OpenRequest:
        """A request of this till, also when it is over; ShopError ``unknown_charge``."""
        found = self._browsers.find_request(name, self.desk.fund.domain)
        if found is None or found.till != till.key.key:
            raise ShopError(ShopRefusal.UNKNOWN_CHARGE)
        return found

    def collect(self, till: PairedTill, name: str) -> bytes | None:
        """Charge the answer to a request, once; the payment's id, None while there is none. Errors as ``charge``."""
        asked = self.own_request(till, name)
        if asked.permit is None:
            return None
        if not self._browsers.take_request(name):
            raise ShopError(ShopRefusal.UNKNOWN_CHARGE)
        return self.charge(till, asked.permit, Amount(asked.content.amount))

    # ---- giving back ----

    def cancel(self, till: PairedTill, payment: bytes) -> None:
        """Give a payment back whole; errors as ``ShopDesk.cancel`` and ``charge``."""
        order = TillCancel(payment, till.key.shop, self._deadline())
        self._give_back(self.desk.cancel(SignedTillCancel.sign(self.desk.fund.domain, order, till.private_key)))

    def refund(self, till: PairedTill, payment: bytes, amount: Amount, before: Amount) -> None:
        """Give a part back, or all.

        Args:
            before: what the page said that was given back before: a form that is sent twice does it once.
        Raises:
            Errors as ``ShopDesk.refund`` and ``charge``.
        """
        order = TillRefund(payment, till.key.shop, (before + amount).cents, self._deadline())
        self._give_back(self.desk.refund(SignedTillRefund.sign(self.desk.fund.domain, order, till.private_key)))

    def settled(self, payment: bytes) -> tuple[str, datetime] | None:
        """Reference and day of the settlement that paid a payment out; None before."""
        record = self.desk.fund.payment(payment)
        found = None if record is None else settlement_of(record, self.events())
        return None if found is None else (found[0], datetime(found[1].year, found[1].month, found[1].day, tzinfo=ZONE))

    # ---- looking back ----

    def payment(self, till: PairedTill, payment: bytes) -> TakenPayment:
        """A payment of the till's shop; ShopError ``unknown_charge``."""
        charge = self.desk.store.find_charge(self.desk.fund.domain.fund, payment, till.key.shop)
        if charge is None:
            raise ShopError(ShopRefusal.UNKNOWN_CHARGE)
        return self._taken(charge, till)

    def today(self, till: PairedTill) -> Sequence[TakenPayment]:
        """The shop's payments of today, the last one first."""
        now = self.clock()
        day, fund = now.astimezone(ZONE).date(), self.desk.fund.domain.fund
        charges = self.desk.store.charges(till.key.shop)
        own = [one for one in charges if one.fund == fund and one.charged_at.astimezone(ZONE).date() == day]
        return [self._taken(charge, till) for charge in reversed(own)]

    def statement(self, till: PairedTill, period: Period) -> ShopStatement:
        """What happened to what the shop is owed."""
        store, shop = self.desk.store, till.key.shop
        known = store.find_shop(shop)
        return statement_of(
            self.events(),
            shop,
            period,
            name=shop if known is None else known.bank.name,
            programme=self.programme,
            labels={charge.payment: charge.label for charge in store.charges(shop)},
        )

    # ---- inside ----

    @property
    def _browsers(self) -> BrowserStore:
        return self.desk.store.browsers

    def _deadline(self) -> int:
        return to_unix(self.clock()) + ORDER_SECONDS

    def _carry_once(self, errand: Errand) -> None:
        if isinstance(errand, PaymentErrand):
            known = self.relayer.find(errand.key)
            if known is not None and known.state is not ErrandState.REFUSED:
                raise TillError(RefusalReason.PERMIT_USED)
        entry = self.relayer.accept(errand)
        refused = refusal_of(self.relayer.find(entry.key) or entry)
        if refused is not None:
            raise RefusedError(refused.reason, refused.error, {})

    def _give_back(self, made: Refunding) -> None:
        kept = PaidWith(made.refund.domain, made.payer, made.nonce)
        self._carry_once(RefundErrand("refund", kept, made.refund))

    def _taken(self, charge: ChargeRecord, till: PairedTill) -> TakenPayment:
        record, now = self.desk.fund.payment(charge.payment), self.clock()
        if record is not None and record.merchant != charge.shop:
            record = None  # the same code was shown in two shops, and the other one was faster
        left = int((charge.charged_at + CANCEL_WITHIN - now).total_seconds())
        may = record is not None and record.state is PaymentState.PAID and till.key.kind is KeyKind.TILL
        return TakenPayment(
            charge,
            record,
            charge.charged_at.astimezone(ZONE),
            max(0, left) if may else 0,
            record is None and now < charge.charged_at + _UNDERWAY and self._is_carried(charge),
        )

    def _is_carried(self, charge: ChargeRecord) -> bool:
        """Whether the relayer has a charge, and the fund did not refuse it."""
        asked = Charge(charge.payment, charge.shop, charge.amount.cents)
        entry = self.relayer.find(charge_key(self.desk.fund.domain, asked))
        return entry is not None and entry.state is not ErrandState.REFUSED
