# SPDX-License-Identifier: EUPL-1.2
"""The till's first page, and both ways to take a payment: the customer's code, and a request that the till shows."""

import json
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any, Final

from fastapi import Body, Path, Request, Response
from fastapi.responses import JSONResponse

from edge.qr import qr_svg
from edge.visitors import language_of
from programmable_money.messages import SignedPermit
from programmable_money.model import Amount
from programmable_money.shops.browsers.model import PairedTill
from programmable_money.shops.model import TAKES_PART, ApprovalState, ShopError
from programmable_money.shops.till_service import TillService
from programmable_money.shops.web.frame import REFUSALS, PageFrame, Routes, Text, cents_of, problem_of, status_of
from programmable_money.shops.web.words import Words, words_of

__all__ = ["RequestAnswers", "TillPages", "till_page"]

_Name = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{16}$")]
_SCRIPT: Final = "till.js"


def till_page(
    frame: PageFrame,
    service: TillService,
    request: Request,
    till: PairedTill,
    *,
    words: Words | None = None,
    amount: str = "",
) -> Response:
    """The first page of a till, with what was not done; of a shop that takes no payments, how it stands."""
    place = frame.links.register.shop(till.key.shop).approval(service.desk.fund.domain.fund)
    if place is None or place.state not in TAKES_PART:
        return frame.page(request, "standing.html", till, status=status_of(words), words=words, place=place)
    return frame.page(
        request,
        "till.html",
        till,
        status=status_of(words),
        camera=place.state is not ApprovalState.SUSPENDED,
        words=words,
        payments=service.today(till),
        amount=amount,
        suspended=place if place.state is ApprovalState.SUSPENDED else None,
    )


class TillPages:
    """The endpoints."""

    def __init__(self, frame: PageFrame, service: TillService) -> None:
        self._frame, self._service = frame, service
        self._script = (files(__package__) / _SCRIPT).read_bytes()
        self.shown: Routes = {
            "/": self.till,
            f"/{_SCRIPT}": self.script,
            "/requests/{name}": self.request,
            "/requests/{name}/state": self.request_state,
        }
        self.sent: Routes = {
            "/charges": self.charge,
            "/requests": self.ask,
            "/requests/{name}": self.collect,
        }

    async def script(self) -> Response:
        """Counts down and waits."""
        return Response(self._script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    async def till(self, request: Request) -> Response:
        """The first page: take a payment, and the payments of today."""
        till = self._frame.find(request)
        return self._frame.unpaired(request) if till is None else self._page(request, till)

    async def charge(self, request: Request, token: Text = "", amount: Text = "", permit: Text = "") -> Response:
        """Charge a permit that the customer shows."""
        till = self._frame.till(request, token)
        try:
            payment = self._service.charge(till, SignedPermit.from_text(permit.strip()), cents_of(amount))
        except REFUSALS as error:
            return self._page(request, till, words=words_of(error, language_of(request)), amount=amount[:12])
        return self._frame.go(f"/payments/{payment.hex()}", request)

    async def ask(self, request: Request, token: Text = "", amount: Text = "") -> Response:
        """Show a request."""
        till = self._frame.till(request, token)
        try:
            name = self._service.ask(till, cents_of(amount))
        except REFUSALS as error:
            return self._page(request, till, words=words_of(error, language_of(request)), amount=amount[:12])
        return self._frame.go(f"/requests/{name}", request)

    async def request(self, request: Request, name: _Name) -> Response:
        """The request's QR code, while it counts."""
        till = self._frame.till(request)
        try:
            asked = self._service.own_request(till, name)
        except ShopError as error:
            return self._page(request, till, words=words_of(error, language_of(request)))
        link = f"{self._frame.public_url}/asked/{name}"
        left = max(0, int((asked.until - self._service.clock()).total_seconds()))
        return self._frame.page(
            request,
            "request.html",
            till,
            name=name,
            amount=Amount(asked.content.amount),
            seconds=left,
            link=link,
            qr=qr_svg(link, label=self._frame.qr_label(request)),
        )

    async def request_state(self, request: Request, name: _Name) -> Response:
        """For the script: ``waiting``, ``answered`` or ``over``."""
        till, state = self._frame.till(request), "over"
        try:
            asked = self._service.own_request(till, name)
            if asked.permit is not None:
                state = "answered"
            elif asked.until > self._service.clock():
                state = "waiting"
        except ShopError:
            pass
        return JSONResponse({"state": state}, headers={"Cache-Control": "no-store"})

    async def collect(self, request: Request, name: _Name, token: Text = "") -> Response:
        """Charge what the wallet answered."""
        till = self._frame.till(request, token)
        try:
            payment = self._service.collect(till, name)
        except REFUSALS as error:
            return self._page(request, till, words=words_of(error, language_of(request)))
        return self._frame.go(f"/requests/{name}" if payment is None else f"/payments/{payment.hex()}", request)

    def _page(self, request: Request, till: PairedTill, *, words: Words | None = None, amount: str = "") -> Response:
        return till_page(self._frame, self._service, request, till, words=words, amount=amount)


class RequestAnswers:
    """What wallets ask of a request; they have no cookie, and send JSON."""

    def __init__(self, service: TillService) -> None:
        self._service = service

    async def asked(self, name: _Name) -> Response:
        """The request as a wallet reads it."""
        try:
            found = self._service.asked(name)
        except ShopError as error:
            raise problem_of(error) from None
        return Response(found.content.to_json(), media_type="application/json")

    async def answer(self, name: _Name, body: Annotated[dict[str, Any], Body()]) -> Response:
        """The permit that a wallet made for it."""
        try:
            self._service.answer(name, SignedPermit.from_json(json.dumps(body, separators=(",", ":"))))
        except ShopError as error:
            raise problem_of(error) from None
        return Response(status_code=HTTPStatus.ACCEPTED)
