# SPDX-License-Identifier: EUPL-1.2
"""One payment: what became of it, cancelling it within a minute, giving money back."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.responses import JSONResponse

from edge.visitors import language_of
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.shops.browsers.model import PairedTill
from programmable_money.shops.model import ShopError
from programmable_money.shops.till_service import TillService
from programmable_money.shops.web.frame import REFUSALS, PageFrame, Routes, Text, cents_of, money_language, status_of
from programmable_money.shops.web.till_pages import till_page
from programmable_money.shops.web.words import Words, words_of
from programmable_money.shops.wording import after_settlement
from programmable_money.till import TillError

__all__ = ["PaymentPages"]

_Payment = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


class PaymentPages:
    """The endpoints."""

    def __init__(self, frame: PageFrame, service: TillService) -> None:
        self._frame, self._service = frame, service
        self.shown: Routes = {
            "/payments/{payment}": self.payment,
            "/payments/{payment}/state": self.payment_state,
        }
        self.sent: Routes = {
            "/payments/{payment}/cancel": self.cancel,
            "/payments/{payment}/refund": self.refund,
        }

    async def payment(self, request: Request, payment: _Payment) -> Response:
        """One payment: what became of it, and what can be done."""
        return self._page(request, self._frame.till(request), payment)

    async def payment_state(self, request: Request, payment: _Payment) -> Response:
        """For the script: as ``TakenPayment.state``, or ``gone`` when it is none of this shop's."""
        till, state = self._frame.till(request), "gone"
        with suppress(ShopError):
            state = self._service.payment(till, bytes.fromhex(payment)).state
        return JSONResponse({"state": state}, headers={"Cache-Control": "no-store"})

    async def cancel(self, request: Request, payment: _Payment, token: Text = "") -> Response:
        """Give it back whole, within a minute."""
        till = self._frame.till(request, token)
        return self._changed(request, till, payment, lambda: self._service.cancel(till, bytes.fromhex(payment)))

    async def refund(
        self, request: Request, payment: _Payment, token: Text = "", amount: Text = "", before: Text = ""
    ) -> Response:
        """Give a part back, or all; for employees."""
        till = self._frame.till(request, token)

        def work() -> None:
            self._service.refund(till, bytes.fromhex(payment), cents_of(amount), cents_of(before))

        return self._changed(request, till, payment, work)

    def _changed(self, request: Request, till: PairedTill, payment: str, work: Callable[[], None]) -> Response:
        try:
            work()
        except REFUSALS as error:
            words = words_of(error, language_of(request))
            reason = error.reason if isinstance(error, TillError | RefusedError) else None
            settled = self._service.settled(bytes.fromhex(payment)) if reason is RefusalReason.PAYMENT_SETTLED else None
            if settled is not None:
                told = after_settlement(settled[0], settled[1].date(), money_language(language_of(request)))
                words = Words(words.title, told)
            return self._page(request, till, payment, words=words)
        return self._frame.go(f"/payments/{payment}", request)

    def _page(self, request: Request, till: PairedTill, payment: str, words: Words | None = None) -> Response:
        try:
            found = self._service.payment(till, bytes.fromhex(payment))
        except ShopError as error:
            words = words_of(error, language_of(request))
            return till_page(self._frame, self._service, request, till, words=words)
        return self._frame.page(request, "payment.html", till, status=status_of(words), words=words, payment=found)
