# SPDX-License-Identifier: EUPL-1.2
"""What a shop's owner and the sponsor's employees do in their browsers."""

import re

import httpx

from programmable_money.messages import Address
from programmable_money.shops.model import ApprovalState
from tests.flows.browser_till import Counter, token_of
from tests.unit.verifier.browser import Browser

__all__ = ["ENGLISH", "FORM", "applied", "apply", "decide", "state_of"]

ENGLISH = {"Accept-Language": "en"}
FORM = {
    "name": "Speelgoedhuis Tinnegieter",
    "iban": "nl68 bngh 0000 0001 00",
    "category": "toys",
    "contact": "winkel@tinnegieter.example",
    "chain": "no",
}


def apply(browser: Browser, **changed: str) -> httpx.Response:
    """Open the form, fill it in and send it."""
    return browser.post("/apply", data={"token": token_of(browser, "/apply"), **FORM, **changed}, headers=ENGLISH)


def applied(counter: Counter, browser: Browser, **changed: str) -> Address:
    """Apply, and give the account of the shop that came of it."""
    before = {shop.account for shop in counter.market.register.store.shops()}
    assert apply(browser, **changed).headers["location"] == "/?lang=en"
    (account,) = {shop.account for shop in counter.market.register.store.shops()} - before
    return account


def decide(employee: Browser, shop: Address, step: str, **fields: str) -> httpx.Response:
    """Press a button of the shop's page at the desk, as it is shown now."""
    path = f"/desk/shops/{shop}"
    seen = re.search(r'name="seen" value="([a-z]+)"', employee.page(path).text)
    form = {"token": token_of(employee, "/desk/policy"), "seen": seen[1] if seen else "", **fields}
    return employee.post(f"{path}/{step}", data=form, headers=ENGLISH)


def state_of(counter: Counter, shop: Address) -> ApprovalState:
    """How a shop stands in the programme."""
    place = counter.market.register.shop(shop).approval(counter.market.world.fund.address)
    assert place is not None
    return place.state
