# SPDX-License-Identifier: EUPL-1.2
"""The sponsor's desk: the shops of the programme, and what its employees decide about each.

Invariants:

- Nobody sees anything here without a key of the sponsor's employee, who still is one; a shop's key opens nothing.
- The name of who decides comes from the key, never from the form.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Request, Response

from edge.visitors import language_of
from programmable_money.messages import Address, parse_address
from programmable_money.shops.browsers.model import PairedEmployee
from programmable_money.shops.model import ShopError, ShopPolicy
from programmable_money.shops.sponsor_desk import SponsorDesk
from programmable_money.shops.web.frame import REFUSALS, PageFrame, Routes, Text, status_of
from programmable_money.shops.web.words import Words, desk_words
from programmable_money.statements.model import ZONE
from ssi.errors import SsiError

__all__ = ["DeskPages"]

_Shop = Annotated[str, Path(pattern="^0x[0-9a-fA-F]{40}$")]


class DeskPages:
    """The endpoints."""

    def __init__(self, frame: PageFrame, desk: SponsorDesk) -> None:
        self._frame, self._desk = frame, desk
        self.shown: Routes = {
            "/desk": self.shops,
            "/desk/policy": self.policy,
            "/desk/shops/{shop}": self.shop,
        }
        self.sent: Routes = {
            "/desk/policy": self.set_policy,
            "/desk/shops/{shop}/agree": self.agree,
            "/desk/shops/{shop}/write": self.write,
            "/desk/shops/{shop}/refuse": self.refuse,
            "/desk/shops/{shop}/suspend": self.suspend,
        }

    async def shops(self, request: Request) -> Response:
        """The list of shops, those that wait for a decision first."""
        employee = self._frame.find_employee(request)
        if employee is None:
            return self._nobody(request)
        return self._list(request, employee)

    async def shop(self, request: Request, shop: _Shop) -> Response:
        """What a shop filled in, how it stands, and what can be decided."""
        employee = self._frame.find_employee(request)
        if employee is None:
            return self._nobody(request)
        return self._page(request, employee, shop)

    async def agree(self, request: Request, shop: _Shop, token: Text = "", seen: Text = "") -> Response:
        """Agree as the first employee or as the second, who lets the shop take part."""
        employee = self._frame.sponsor_employee(request, token)
        return self._decided(
            request, employee, shop, lambda account: self._desk.agree(account, employee.key.employee, seen=seen)
        )

    async def write(self, request: Request, shop: _Shop, token: Text = "") -> Response:
        """Write on the chain what was agreed to, where that failed."""
        employee = self._frame.sponsor_employee(request, token)
        return self._decided(request, employee, shop, self._desk.write)

    async def refuse(self, request: Request, shop: _Shop, token: Text = "", note: Text = "") -> Response:
        """Refuse a shop that does not take part yet."""
        employee = self._frame.sponsor_employee(request, token)
        return self._decided(
            request, employee, shop, lambda account: self._desk.refuse(account, employee.key.employee, note), note
        )

    async def suspend(self, request: Request, shop: _Shop, token: Text = "", note: Text = "") -> Response:
        """Stop payments to a shop at once."""
        employee = self._frame.sponsor_employee(request, token)
        return self._decided(
            request, employee, shop, lambda account: self._desk.suspend(account, employee.key.employee, note), note
        )

    async def policy(self, request: Request) -> Response:
        """What is asked of shops."""
        employee = self._frame.find_employee(request)
        if employee is None:
            return self._nobody(request)
        is_saved = "saved" in request.query_params
        policy = self._desk.register.policy
        return self._frame.desk_page(request, "desk_policy.html", employee, asks=policy, is_saved=is_saved)

    async def set_policy(self, request: Request, token: Text = "", excludes: Text = "", chains: Text = "") -> Response:
        """Refuse chain stores from now on, or let them apply.

        How many employees must agree stays as it is: one alone cannot make it one.
        """
        employee = self._frame.sponsor_employee(request, token)
        four_eyes = self._desk.register.policy.four_eyes
        policy = replace(ShopPolicy.from_list(chains, four_eyes=four_eyes), excludes_chains=bool(excludes))
        self._desk.register.set_policy(policy, employee.key.employee)
        return self._frame.go("/desk/policy", request, saved="1")

    # ---- inside ----

    def _nobody(self, request: Request) -> Response:
        return self._frame.page(request, "desk_unpaired.html", None, status=HTTPStatus.FORBIDDEN)

    def _decided(
        self,
        request: Request,
        employee: PairedEmployee,
        shop: str,
        decide: Callable[[Address], object],
        note: str = "",
    ) -> Response:
        try:
            decide(parse_address(shop))
        except REFUSALS as error:
            return self._page(request, employee, shop, words=desk_words(error, language_of(request)), note=note[:200])
        return self._frame.go(f"/desk/shops/{shop}", request)

    def _list(self, request: Request, employee: PairedEmployee, words: Words | None = None) -> Response:
        return self._frame.desk_page(
            request,
            "desk.html",
            employee,
            status=status_of(words),
            words=words,
            by_state=self._desk.by_state(),
            categories=self._titles(),
        )

    def _page(
        self, request: Request, employee: PairedEmployee, shop: str, *, words: Words | None = None, note: str = ""
    ) -> Response:
        try:
            found = self._desk.register.shop(parse_address(shop))
            place = self._desk.place(found)
        except (ShopError, SsiError, ValueError) as error:
            return self._list(request, employee, desk_words(error, language_of(request)))
        register = self._desk.register
        return self._frame.desk_page(
            request,
            "desk_shop.html",
            employee,
            status=status_of(words),
            words=words,
            asked=found,
            place=place,
            note=note,
            like=self._desk.like(found),
            history=[(at.astimezone(ZONE), who, what) for at, who, what in register.store.history(found.account)],
            four_eyes=register.policy.four_eyes,
            can_write=self._desk.can_write,
            fund=register.fund.address,
            categories=self._titles(),
        )

    def _titles(self) -> dict[str, object]:
        return {one.id: one.title for one in self._desk.register.rulebook.spending.categories}
