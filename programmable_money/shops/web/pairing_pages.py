# SPDX-License-Identifier: EUPL-1.2
"""Pairing: a link makes a browser a till or an employee; a shop's employee makes links and blocks keys.

Invariants:

- Looking at a pairing link uses nothing up: a preview of a message may open it.
- A shop that does not take part yet pairs nothing: whoever applies gets one key.
"""

from typing import Annotated, Any

from fastapi import Path, Request, Response

from edge.qr import qr_svg
from edge.visitors import language_of
from programmable_money.messages import parse_address
from programmable_money.shops.browsers.model import PairedTill, ShopPairing
from programmable_money.shops.model import KeyKind, ShopError, ShopKey
from programmable_money.shops.web.frame import REFUSALS, PageFrame, Routes, Text, status_of
from programmable_money.shops.web.words import words_of

__all__ = ["PairingPages"]

_Ticket = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$")]
_Account = Annotated[str, Path(pattern="^0x[0-9a-fA-F]{40}$")]


class PairingPages:
    """The endpoints."""

    def __init__(self, frame: PageFrame) -> None:
        self._frame, self._links = frame, frame.links
        self.shown: Routes = {"/pair/{ticket}": self.pair_page, "/tills": self.tills}
        self.sent: Routes = {
            "/pair/{ticket}": self.pair,
            "/tills": self.add_till,
            "/tills/{key}/revoke": self.revoke_till,
        }

    async def pair_page(self, request: Request, ticket: _Ticket) -> Response:
        """What a link is for; nothing is used up yet."""
        try:
            made = self._links.look(ticket)
        except ShopError as error:
            return self._frame.unpaired(request, error)
        name = self._links.register.shop(made.shop).bank.name if isinstance(made, ShopPairing) else None
        return self._frame.page(request, "pair.html", None, made=made, shop_name=name)

    async def pair(self, request: Request, ticket: _Ticket) -> Response:
        """Make this browser a till, or an employee of the shop or of the sponsor."""
        try:
            paired = self._links.use(ticket)
        except ShopError as error:
            return self._frame.unpaired(request, error)
        where = "/" if isinstance(paired.key, ShopKey) else "/desk"
        return self._frame.keep(self._frame.go(where, request), paired)

    async def tills(self, request: Request) -> Response:
        """The keys of the shop; for employees."""
        return self._page(request, self._frame.employee(request))

    async def add_till(self, request: Request, token: Text = "", label: Text = "", kind: Text = "till") -> Response:
        """A link that pairs one more browser."""
        till = self._frame.employee(request, token)
        try:
            wanted = KeyKind.EMPLOYEE if kind == KeyKind.EMPLOYEE else KeyKind.TILL
            ticket = self._links.make(till.key.shop, wanted, label.strip())
        except ShopError as error:
            return self._page(request, till, words=words_of(error, language_of(request)))
        link = f"{self._frame.public_url}/pair/{ticket}"
        return self._page(request, till, link=link, qr=qr_svg(link, label=self._frame.qr_label(request)))

    async def revoke_till(self, request: Request, key: _Account, token: Text = "") -> Response:
        """Stop a till or an employee at once."""
        till = self._frame.employee(request, token)
        try:
            self._links.register.revoke_key(till.key.shop, parse_address(key))
        except REFUSALS as error:
            return self._page(request, till, words=words_of(error, language_of(request)))
        return self._frame.go("/tills", request)

    def _page(self, request: Request, till: PairedTill, **more: Any) -> Response:
        keys = [key for key in self._links.register.store.keys(till.key.shop) if key.is_in_force]
        shown = {"words": None, "link": None, "qr": None, **more}
        return self._frame.page(request, "tills.html", till, status=status_of(shown["words"]), keys=keys, **shown)
