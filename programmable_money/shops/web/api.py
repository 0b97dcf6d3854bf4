# SPDX-License-Identifier: EUPL-1.2
"""The till in a browser: pair it, take payments in both directions of the QR, give money back, statements.

Invariants:

- Only a browser whose key is in force sees anything of a shop, and only of its own shop.
- A form counts only from a page of this service, with the token of the browser that it was made for.
- Looking at a pairing link uses nothing up: a preview of a message may open it.
- Routes are coroutines: they run in the server's own thread, one after the other, as the embedded chain needs it.
"""

import json
import re
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Body, Depends, FastAPI, Form, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from edge.headers import ContentPolicy
from edge.hosts import require_same_origin
from edge.language import Language
from edge.limits import RateLimit, RateLimiter
from edge.problems import Problem, require_media_type
from edge.qr import qr_svg
from edge.service import guard_service
from edge.visitors import language_of
from edge.web.shell import PageShell
from programmable_money.messages import SignedPermit, parse_address
from programmable_money.model import Amount, MoneyError
from programmable_money.model import Language as MoneyLanguage
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.shops.model import KeyKind, ShopError, ShopRefusal
from programmable_money.shops.pairing import PairedTill, PairingLinks
from programmable_money.shops.till_service import TillService
from programmable_money.shops.web.words import Words, words_of
from programmable_money.shops.wording import after_settlement
from programmable_money.statements.csv_file import to_csv
from programmable_money.statements.model import ZONE, Period
from programmable_money.statements.pdf_file import to_pdf
from programmable_money.till import TillError
from ssi.credential.document import Wording
from ssi.errors import SsiError

__all__ = ["create_app"]

_PACKAGE: Final = "programmable_money.shops.web"
_FORMS: Final = ContentPolicy(scripts=True, connects=True, forms=("'self'",))
_MOST_OCTETS: Final = 32_768
_COOKIE_LIVES: Final = 400 * 24 * 3600
_EUROS: Final = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{2}))?")
_Text = Annotated[str, Form(max_length=8192)]
_Ticket = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$")]
_Name = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{16}$")]
_Payment = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
_Account = Annotated[str, Path(pattern="^0x[0-9a-fA-F]{40}$")]
_Period = Annotated[str, Query(max_length=10)]
_REFUSALS: Final = (MoneyError, SsiError)


def create_app(
    service: TillService, links: PairingLinks, *, hosts: Collection[str], public_url: str, title: str
) -> FastAPI:
    """Make the application.

    Args:
        hosts: names under which it may be called.
        public_url: where browsers and wallets find it, without a slash at the end.
        title: of the programme, for people.
    """
    app = FastAPI(title="Stuiver till", docs_url=None, redoc_url=None, openapi_url=None)
    pages = _Pages(service, links, public_url, title)
    rate = RateLimit(RateLimiter(per_second=20, burst=200), ("/pair/", "/asked/", "/charges", "/requests"))
    guard_service(
        app, hosts=hosts, shell=pages.shell, most_octets=_MOST_OCTETS, rate=rate, https=public_url.startswith("https:")
    )
    for path, shown in pages.shown.items():
        app.add_api_route(path, shown, methods=["GET"], response_model=None)
    own = [Depends(require_same_origin)]
    for path, sent in pages.sent.items():
        app.add_api_route(path, sent, methods=["POST"], response_model=None, dependencies=own)
    from_wallets = [Depends(require_media_type("application/json"))]
    app.add_api_route("/asked/{name}", pages.asked, methods=["GET"], response_model=None)
    app.add_api_route("/asked/{name}", pages.answer, methods=["POST"], response_model=None, dependencies=from_wallets)
    return app


class _Pages:
    """The endpoints."""

    def __init__(self, service: TillService, links: PairingLinks, public_url: str, title: str) -> None:
        self._service, self._links, self._url = service, links, public_url
        self.shell = PageShell(_PACKAGE, programme=title)
        self._script = (files(_PACKAGE) / "till.js").read_bytes()
        self._is_https = public_url.startswith("https:")
        self._cookie = "__Host-stuiver-till" if self._is_https else "stuiver-till"
        self.shown: dict[str, Callable[..., Awaitable[Response]]] = {
            "/": self.till,
            "/till.js": self.script,
            "/pair/{ticket}": self.pair_page,
            "/requests/{name}": self.request,
            "/requests/{name}/state": self.request_state,
            "/payments/{payment}": self.payment,
            "/statements": self.statements,
            "/statements/{period}.csv": self.statement_csv,
            "/statements/{period}.pdf": self.statement_pdf,
            "/tills": self.tills,
        }
        self.sent: dict[str, Callable[..., Awaitable[Response]]] = {
            "/pair/{ticket}": self.pair,
            "/charges": self.charge,
            "/requests": self.ask,
            "/requests/{name}": self.collect,
            "/payments/{payment}/cancel": self.cancel,
            "/payments/{payment}/refund": self.refund,
            "/tills": self.add_till,
            "/tills/{key}/revoke": self.revoke_till,
        }

    # ---- pairing ----

    async def script(self) -> Response:
        """Counts down and waits."""
        return Response(self._script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    async def pair_page(self, request: Request, ticket: _Ticket) -> Response:
        """What a link is for; nothing is used up yet."""
        try:
            made = self._links.look(ticket)
        except ShopError as error:
            return self._unpaired(request, error)
        shop = self._links.register.shop(made.shop)
        return self._page(request, "pair.html", None, made=made, shop_name=shop.bank.name)

    async def pair(self, request: Request, ticket: _Ticket) -> Response:
        """Make this browser a till."""
        try:
            paired = self._links.use(ticket)
        except ShopError as error:
            return self._unpaired(request, error)
        answer = _go("/", request)
        answer.set_cookie(
            self._cookie,
            paired.cookie,
            max_age=_COOKIE_LIVES,
            path="/",
            secure=self._is_https,
            httponly=True,
            samesite="strict",
        )
        return answer

    async def tills(self, request: Request) -> Response:
        """The keys of the shop; for employees."""
        till = self._employee(request)
        return self._tills_page(request, till)

    async def add_till(self, request: Request, token: _Text = "", label: _Text = "", kind: _Text = "till") -> Response:
        """A link that pairs one more browser."""
        till = self._employee(request, token)
        try:
            wanted = KeyKind.EMPLOYEE if kind == KeyKind.EMPLOYEE else KeyKind.TILL
            ticket = self._links.make(till.key.shop, wanted, label.strip())
        except ShopError as error:
            return self._tills_page(request, till, words=words_of(error, language_of(request)))
        link = f"{self._url}/pair/{ticket}"
        return self._tills_page(request, till, link=link, qr=qr_svg(link, label=self._label(request)))

    async def revoke_till(self, request: Request, key: _Account, token: _Text = "") -> Response:
        """Stop a till or an employee at once."""
        till = self._employee(request, token)
        try:
            self._links.register.revoke_key(till.key.shop, parse_address(key))
        except _REFUSALS as error:
            return self._tills_page(request, till, words=words_of(error, language_of(request)))
        return _go("/tills", request)

    # ---- taking ----

    async def till(self, request: Request) -> Response:
        """The first page: take a payment, and the payments of today."""
        till = self._find(request)
        return self._unpaired(request, None) if till is None else self._till_page(request, till)

    async def charge(self, request: Request, token: _Text = "", amount: _Text = "", permit: _Text = "") -> Response:
        """Charge a permit that the customer shows."""
        till = self._till(request, token)
        try:
            payment = self._service.charge(till, SignedPermit.from_json(permit.strip()), _cents(amount))
        except _REFUSALS as error:
            return self._till_page(request, till, words=words_of(error, language_of(request)), amount=amount[:12])
        return _go(f"/payments/{payment.hex()}", request)

    async def ask(self, request: Request, token: _Text = "", amount: _Text = "") -> Response:
        """Show a request."""
        till = self._till(request, token)
        try:
            name = self._service.ask(till, _cents(amount))
        except _REFUSALS as error:
            return self._till_page(request, till, words=words_of(error, language_of(request)), amount=amount[:12])
        return _go(f"/requests/{name}", request)

    async def request(self, request: Request, name: _Name) -> Response:
        """The request's QR code, while it counts."""
        till = self._till(request)
        try:
            asked = self._service.own_request(till, name)
        except ShopError as error:
            return self._till_page(request, till, words=words_of(error, language_of(request)))
        link = f"{self._url}/asked/{name}"
        left = max(0, int((asked.until - self._service.clock()).total_seconds()))
        return self._page(
            request,
            "request.html",
            till,
            name=name,
            amount=Amount(asked.content.amount),
            seconds=left,
            link=link,
            qr=qr_svg(link, label=self._label(request)),
        )

    async def request_state(self, request: Request, name: _Name) -> Response:
        """For the script: ``waiting``, ``answered`` or ``over``."""
        till, state = self._till(request), "over"
        try:
            asked = self._service.own_request(till, name)
            if asked.permit is not None:
                state = "answered"
            elif asked.until > self._service.clock():
                state = "waiting"
        except ShopError:
            pass
        return JSONResponse({"state": state}, headers={"Cache-Control": "no-store"})

    async def collect(self, request: Request, name: _Name, token: _Text = "") -> Response:
        """Charge what the wallet answered."""
        till = self._till(request, token)
        try:
            payment = self._service.collect(till, name)
        except _REFUSALS as error:
            return self._till_page(request, till, words=words_of(error, language_of(request)))
        return _go(f"/requests/{name}" if payment is None else f"/payments/{payment.hex()}", request)

    # ---- for wallets ----

    async def asked(self, name: _Name) -> Response:
        """The request as a wallet reads it."""
        try:
            found = self._service.asked(name)
        except ShopError as error:
            raise _problem(error) from None
        return Response(found.content.to_json(), media_type="application/json")

    async def answer(self, name: _Name, body: Annotated[dict[str, Any], Body()]) -> Response:
        """The permit that a wallet made for it."""
        try:
            self._service.answer(name, SignedPermit.from_json(json.dumps(body, separators=(",", ":"))))
        except ShopError as error:
            raise _problem(error) from None
        return Response(status_code=HTTPStatus.ACCEPTED)

    # ---- giving back and looking back ----

    async def payment(self, request: Request, payment: _Payment) -> Response:
        """One payment: what became of it, and what can be done."""
        return self._payment_page(request, self._till(request), payment)

    async def cancel(self, request: Request, payment: _Payment, token: _Text = "") -> Response:
        """Give it back whole, within a minute."""
        till = self._till(request, token)
        return self._changed(request, till, payment, lambda: self._service.cancel(till, bytes.fromhex(payment)))

    async def refund(
        self, request: Request, payment: _Payment, token: _Text = "", amount: _Text = "", before: _Text = ""
    ) -> Response:
        """Give a part back, or all; for employees."""
        till = self._till(request, token)

        def work() -> None:
            self._service.refund(till, bytes.fromhex(payment), _cents(amount), _cents(before))

        return self._changed(request, till, payment, work)

    async def statements(self, request: Request, period: _Period = "") -> Response:
        """A day or a month: today unless one is asked for."""
        till, words = self._till(request), None
        today = f"{self._service.clock().astimezone(ZONE):%Y-%m-%d}"
        try:
            chosen = Period.from_text(period or today)
        except ValueError:
            chosen, words = Period.from_text(today), words_of(ValueError("period"), language_of(request))
        made = self._service.statement(till, chosen)
        return self._page(
            request,
            "statements.html",
            till,
            status=HTTPStatus.OK if words is None else HTTPStatus.BAD_REQUEST,
            keep={"period": str(chosen)},
            words=words,
            statement=made,
            today=today,
        )

    async def statement_csv(self, request: Request, period: str) -> Response:
        """For the shop's bookkeeping."""
        made = self._service.statement(self._till(request), _period(period))
        return _download(to_csv(made).encode(), f"{made.period}.csv", "text/csv; charset=utf-8")

    async def statement_pdf(self, request: Request, period: str) -> Response:
        """To print."""
        made = self._service.statement(self._till(request), _period(period))
        return _download(to_pdf(made, _money(language_of(request))), f"{made.period}.pdf", "application/pdf")

    # ---- inside ----

    def _find(self, request: Request) -> PairedTill | None:
        return self._links.find(request.cookies.get(self._cookie))

    def _till(self, request: Request, token: str | None = None) -> PairedTill:
        """Whose page it is; with a token, whose form. Problem 403 when it is nobody's."""
        till = self._find(request)
        if till is None or (token is not None and not till.is_token(token)):
            raise _problem(ShopError(ShopRefusal.KEY_NOT_IN_FORCE))
        return till

    def _employee(self, request: Request, token: str | None = None) -> PairedTill:
        till = self._till(request, token)
        if till.key.kind is not KeyKind.EMPLOYEE:
            raise _problem(ShopError(ShopRefusal.NOT_FOR_A_TILL))
        return till

    def _changed(self, request: Request, till: PairedTill, payment: str, work: Callable[[], None]) -> Response:
        try:
            work()
        except _REFUSALS as error:
            words = words_of(error, language_of(request))
            reason = error.reason if isinstance(error, TillError | RefusedError) else None
            settled = self._service.settled(bytes.fromhex(payment)) if reason is RefusalReason.PAYMENT_SETTLED else None
            if settled is not None:
                told = after_settlement(settled[0], settled[1].date(), _money(language_of(request)))
                words = Words(words.title, told)
            return self._payment_page(request, till, payment, words=words)
        return _go(f"/payments/{payment}", request)

    def _payment_page(self, request: Request, till: PairedTill, payment: str, words: Words | None = None) -> Response:
        try:
            found = self._service.payment(till, bytes.fromhex(payment))
        except ShopError as error:
            return self._till_page(request, till, words=words_of(error, language_of(request)))
        return self._page(request, "payment.html", till, status=_status(words), words=words, payment=found)

    def _till_page(
        self, request: Request, till: PairedTill, *, words: Words | None = None, amount: str = ""
    ) -> Response:
        today = self._service.today(till)
        return self._page(request, "till.html", till, status=_status(words), words=words, payments=today, amount=amount)

    def _tills_page(self, request: Request, till: PairedTill, **more: Any) -> Response:
        keys = [key for key in self._service.desk.store.keys(till.key.shop) if key.is_in_force]
        shown = {"words": None, "link": None, "qr": None, **more}
        return self._page(request, "tills.html", till, status=_status(shown["words"]), keys=keys, **shown)

    def _unpaired(self, request: Request, error: ShopError | None) -> Response:
        status = HTTPStatus.OK if error is None else HTTPStatus.GONE
        return self._page(request, "unpaired.html", None, status=status, was_link=error is not None)

    def _page(
        self,
        request: Request,
        template: str,
        till: PairedTill | None,
        *,
        status: int = HTTPStatus.OK,
        keep: dict[str, str] | None = None,
        **values: Any,
    ) -> Response:
        language = language_of(request)
        shop = None if till is None else self._links.register.shop(till.key.shop)
        return self.shell.page(
            template,
            language,
            status=status,
            keep=keep,
            headers={"Cache-Control": "no-store"},
            policy=_FORMS,
            till=None if till is None else till.key,
            token="" if till is None else till.form_token,
            shop=shop,
            here=template,
            euros=lambda amount: amount.format(_money(language)),
            plain=lambda amount: amount.decimal,
            clock=_clock,
            **values,
        )

    def _label(self, request: Request) -> str:
        return "QR-code" if language_of(request) is Language.NL else "QR code"


def _status(words: Words | None) -> int:
    return HTTPStatus.OK if words is None else HTTPStatus.CONFLICT


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%H:%M}"


def _money(language: Language) -> MoneyLanguage:
    """The same language, as the money side names it."""
    return MoneyLanguage(language.value)


def _cents(text: str) -> Amount:
    match = _EUROS.fullmatch(text.strip())
    if match is None:
        raise ShopError(ShopRefusal.BAD_VALUE, "amount", "must be in euros, such as 12.50")
    return Amount(int(match[1]) * 100 + int(match[2] or 0))


def _period(text: str) -> Period:
    try:
        return Period.from_text(text)
    except ValueError:
        raise Problem(HTTPStatus.NOT_FOUND) from None


def _problem(error: ShopError) -> Problem:
    status = {
        ShopRefusal.ORDER_EXPIRED: HTTPStatus.GONE,
        ShopRefusal.OTHER_SHOP: HTTPStatus.CONFLICT,
    }.get(error.reason, HTTPStatus.FORBIDDEN)
    nl, en = words_of(error, Language.NL), words_of(error, Language.EN)
    return Problem(status, error.reason.value, Wording(nl.title, en.title), Wording(nl.text, en.text))


def _go(path: str, request: Request) -> Response:
    query = urlencode({"lang": language_of(request).value})
    return RedirectResponse(f"{path}?{query}", status_code=HTTPStatus.SEE_OTHER)


def _download(octets: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(octets, media_type=kind, headers=headers)
