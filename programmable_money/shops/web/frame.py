# SPDX-License-Identifier: EUPL-1.2
"""What the pages of every subject share: the shell, whose browser it is, whose form it is, and how it is answered.

Invariants:

- Only a browser whose key is in force sees anything of a shop, and only of its own; the sponsor's employees see all.
- A till's cookie and that of the sponsor's employee are two: neither is looked for where the other counts.
- A form counts only from a page of this service, with the token of the browser that it was made for.
- No page is kept by a browser or on the way.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Protocol
from urllib.parse import urlencode

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from edge.headers import ContentPolicy
from edge.language import Language
from edge.problems import Problem
from edge.visitors import language_of
from edge.web.shell import PageShell
from programmable_money.model import Amount, MoneyError
from programmable_money.model import Language as MoneyLanguage
from programmable_money.shops.browsers.model import PairedEmployee, PairedTill
from programmable_money.shops.model import KeyKind, ShopError, ShopKey, ShopRefusal
from programmable_money.shops.pairing import PairingLinks, browser_key
from programmable_money.shops.web.words import Words, words_of
from programmable_money.statements.model import ZONE
from ssi.base64url import encode_base64url
from ssi.credential.document import Wording
from ssi.errors import SsiError

__all__ = [
    "REFUSALS",
    "PageFrame",
    "Routes",
    "Subject",
    "Text",
    "cents_of",
    "money_language",
    "problem_of",
    "status_of",
]

Text = Annotated[str, Form(max_length=8192)]
"""A field of a form."""
REFUSALS: Final = (MoneyError, SsiError)
"""What a page tells in words."""
Routes = Mapping[str, Callable[..., Awaitable[Response]]]

_PACKAGE: Final = "programmable_money.shops.web"
_FORMS: Final = ContentPolicy(scripts=True, connects=True, forms=("'self'",))
_FORMS_AND_CAMERA: Final = replace(_FORMS, camera=True)
_COOKIE_LIVES: Final = 400 * 24 * 3600
_APPLYING_LASTS: Final = 24 * 3600
_EUROS: Final = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{2}))?")


class Subject(Protocol):
    """Pages about one thing."""

    @property
    def shown(self) -> Routes:
        """Endpoints for GET, by path."""
        ...

    @property
    def sent(self) -> Routes:
        """Endpoints for the forms on its own pages, by path."""
        ...


class PageFrame:
    """Around every page.

    Args:
        links: has the paired browsers.
        public_url: where browsers find the service, without a slash at the end.
        title: of the programme, for people.
    """

    def __init__(self, links: PairingLinks, public_url: str, title: str) -> None:
        self.links, self.public_url = links, public_url
        self.shell = PageShell(_PACKAGE, programme=title)
        self.is_https = public_url.startswith("https:")
        prefix = "__Host-" if self.is_https else ""
        self._till, self._desk = f"{prefix}stuiver-till", f"{prefix}stuiver-desk"
        self._applicant = f"{prefix}stuiver-applicant"

    # ---- who ----

    def find(self, request: Request) -> PairedTill | None:
        """The till that this browser is; None if it is none."""
        return self.links.find(request.cookies.get(self._till))

    def till(self, request: Request, token: str | None = None) -> PairedTill:
        """Whose page it is; with a token, whose form. Problem 403 when it is nobody's."""
        till = self.find(request)
        if till is None or (token is not None and not till.is_token(token)):
            raise problem_of(ShopError(ShopRefusal.KEY_NOT_IN_FORCE))
        return till

    def taking_part(self, request: Request, token: str | None = None) -> PairedTill:
        """As ``till``, of a shop that takes part or did: anybody may apply and has a key then."""
        till = self.till(request, token)
        if not self.links.register.takes_part(till.key.shop):
            raise problem_of(ShopError(ShopRefusal.WRONG_STATE))
        return till

    def employee(self, request: Request, token: str | None = None) -> PairedTill:
        """As ``taking_part``, for an employee of the shop only."""
        till = self.taking_part(request, token)
        if till.key.kind is not KeyKind.EMPLOYEE:
            raise problem_of(ShopError(ShopRefusal.NOT_FOR_A_TILL))
        return till

    def find_employee(self, request: Request) -> PairedEmployee | None:
        """The sponsor's employee at this browser; None if there is none."""
        return self.links.find_employee(request.cookies.get(self._desk))

    def sponsor_employee(self, request: Request, token: str) -> PairedEmployee:
        """Whose form it is at the sponsor's desk. Problem 403 when it is nobody's."""
        employee = self.find_employee(request)
        if employee is None or not employee.is_token(token):
            raise problem_of(ShopError(ShopRefusal.UNKNOWN_EMPLOYEE))
        return employee

    def applicant(self, request: Request) -> bytes | None:
        """The key of a browser in which a shop is applying; None if it has none yet."""
        return browser_key(request.cookies.get(self._applicant))

    # ---- keys ----

    def keep(self, answer: Response, paired: PairedTill | PairedEmployee) -> Response:
        """Give a browser its key, which no script reads and no other site sends."""
        name = self._till if isinstance(paired.key, ShopKey) else self._desk
        return self._give(answer, name, paired.cookie, _COOKIE_LIVES)

    def keep_applicant(self, answer: Response, private_key: bytes) -> Response:
        """Give a browser the key with which it may apply; it becomes a till's when the application is there.

        It has a cookie of its own: a link from elsewhere brings no cookie along, and must not replace that of a till.
        """
        return self._give(answer, self._applicant, encode_base64url(private_key), _APPLYING_LASTS)

    def _give(self, answer: Response, name: str, value: str, seconds: int) -> Response:
        answer.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.is_https, httponly=True, samesite="strict"
        )
        return answer

    # ---- answers ----

    def page(
        self,
        request: Request,
        template: str,
        till: PairedTill | None,
        *,
        status: int = HTTPStatus.OK,
        keep: dict[str, str] | None = None,
        camera: bool = False,
        **values: Any,
    ) -> Response:
        """A page.

        Args:
            till: whose it is; None when it is nobody's.
            keep: parameters of its address that the links to other languages keep.
            camera: whether the page scans.
        """
        register = self.links.register
        who = {
            "till": None if till is None else till.key,
            "token": "" if till is None else till.form_token,
            "shop": None if till is None else register.shop(till.key.shop),
            "takes_part": till is not None and register.takes_part(till.key.shop),
            "employee": None,
        }
        policy = _FORMS_AND_CAMERA if camera else _FORMS
        return self._render(request, template, status, keep, {**who, **values}, policy)

    def desk_page(
        self, request: Request, template: str, employee: PairedEmployee, *, status: int = HTTPStatus.OK, **values: Any
    ) -> Response:
        """A page of the sponsor's desk."""
        who = {
            "till": None,
            "token": employee.form_token,
            "shop": None,
            "takes_part": False,
            "employee": employee.key.employee,
        }
        return self._render(request, template, status, None, {**who, **values})

    def _render(
        self,
        request: Request,
        template: str,
        status: int,
        keep: dict[str, str] | None,
        values: dict[str, Any],
        policy: ContentPolicy = _FORMS,
    ) -> Response:
        language = language_of(request)
        return self.shell.page(
            template,
            language,
            status=status,
            keep=keep,
            headers={"Cache-Control": "no-store"},
            policy=policy,
            here=template,
            euros=lambda amount: amount.format(money_language(language)),
            plain=lambda amount: amount.decimal,
            clock=_clock,
            spaced=_spaced,
            **values,
        )

    def unpaired(self, request: Request, error: ShopError | None = None) -> Response:
        """What somebody sees whose browser is paired with nothing; with an error, whose link does not work."""
        status = HTTPStatus.OK if error is None else HTTPStatus.GONE
        return self.page(request, "unpaired.html", None, status=status, was_link=error is not None)

    @staticmethod
    def go(path: str, request: Request, **keep: str) -> Response:
        """On to another page, in the same language."""
        query = urlencode({**keep, "lang": language_of(request).value})
        return RedirectResponse(f"{path}?{query}", status_code=HTTPStatus.SEE_OTHER)

    @staticmethod
    def qr_label(request: Request) -> str:
        """What a QR code is called for who does not see it."""
        return "QR-code" if language_of(request) is Language.NL else "QR code"


def status_of(words: Words | None) -> int:
    """Of a page that may say that something was not done."""
    return HTTPStatus.OK if words is None else HTTPStatus.CONFLICT


def money_language(language: Language) -> MoneyLanguage:
    """The same language, as the money side names it."""
    return MoneyLanguage(language.value)


def cents_of(text: str) -> Amount:
    """An amount as a seller types it; ShopError ``bad_value``."""
    match = _EUROS.fullmatch(text.strip())
    if match is None:
        raise ShopError(ShopRefusal.BAD_VALUE, "amount", "must be in euros, such as 12.50")
    return Amount(int(match[1]) * 100 + int(match[2] or 0))


def problem_of(error: ShopError) -> Problem:
    """A refusal where there is no page to show it on."""
    status = {
        ShopRefusal.ORDER_EXPIRED: HTTPStatus.GONE,
        ShopRefusal.OTHER_SHOP: HTTPStatus.CONFLICT,
    }.get(error.reason, HTTPStatus.FORBIDDEN)
    nl, en = words_of(error, Language.NL), words_of(error, Language.EN)
    return Problem(status, error.reason.value, Wording(nl.title, en.title), Wording(nl.text, en.text))


def _spaced(iban: str) -> str:
    """In fours, as on a bank card."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%H:%M}"
