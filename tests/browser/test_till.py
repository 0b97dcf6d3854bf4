# SPDX-License-Identifier: EUPL-1.2
"""A till in a real browser, with the keyboard: paired, paid in both directions, cancelled, refunded, looked back on."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from programmable_money.messages import PaymentPermit, PaymentRequest, SignedPermit
from programmable_money.model import Amount, to_unix
from programmable_money.node import open_chain
from programmable_money.relayer.carrier import Carrier
from programmable_money.relayer.service import Relayer
from programmable_money.shops.model import KeyKind
from tests.browser.person import person, require_browser
from tests.flows.browser_till import Counter
from tests.flows.money import STARTS_AT
from tests.flows.serving import free_port, serve

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Counter, str]]:
    require_browser()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        counter = Counter.open(chain, tmp_path, url=url)
        with serve(counter.app, port):
            yield counter, url
        counter.close()


def approve(counter: Counter, link: str) -> None:
    """What a wallet does with a request."""
    request = PaymentRequest.from_json(httpx.get(link).text)
    wallet, now = counter.market.amira, to_unix(counter.market.register.clock())
    permit = PaymentPermit.one_time(wallet.account, request.amount, now=now, merchant=request.merchant)
    signed = SignedPermit.sign(request.domain, permit, wallet.account_key)
    assert httpx.post(link, json=json.loads(signed.to_json())).status_code == 202


def charge_next(counter: Counter, url: str) -> None:
    """Another till takes the next payment; whatever the relayer has then goes on to the chain."""
    permit = counter.permit(500)
    with httpx.Client(base_url=url) as till:
        assert till.post(f"/pair/{counter.links.make(counter.shop, KeyKind.TILL, 'till 2')}").status_code == 303
        token = re.search(r'name="token" value="([0-9a-f]{64})"', till.get("/").text)
        assert token is not None
        fields = {"token": token[1], "permit": permit, "amount": "5"}
        assert till.post("/charges", data=fields).status_code == 303


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_page_sees_by_itself_that_a_payment_on_its_way_arrives_and_says_so(
    place: tuple[Counter, str], language: str
) -> None:
    counter, url = place
    world, shop = counter.market.world, counter.shop
    till = counter.links.find(counter.paired().cookies["stuiver-till"])
    assert till is not None
    kept = replace(
        counter.service, relayer=Relayer(Carrier(world.chain), counter.outbox, programmes=[world.fund.address])
    )
    permit = SignedPermit.from_json(counter.permit(1_000, seconds=300))
    payment = kept.charge(till, permit, Amount(750))  # with the relayer, as on a node: not on the chain yet
    with person(language, url) as seller:
        seller.open(f"{url}/pair/{counter.links.make(shop, KeyKind.TILL, 'till 3')}")
        seller.press("main form button")
        seller.wait_for("#charge-amount")
        seller.open(f"{url}/payments/{payment.hex()}")
        seller.wait_for(".verdict.bad")
        seller.look("till-underway")
        charge_next(counter, url)
        seller.wait_for(".verdict.good")
        amount = {"nl": "7,50", "en": "7.50"}[language]
        assert amount in seller.read("[data-said]")
        assert {"nl": "Betaald", "en": "Paid"}[language] in seller.read("[data-said]")
        seller.wait_for("[data-seconds]")
        seller.look("till-arrived")
        seller.press("form[action*='/cancel'] button")
        seller.wait_for("main:not(:has([data-seconds]))")
    assert world.fund.merchant(shop).balance == Amount(500)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_till_takes_payments_in_both_directions(place: tuple[Counter, str], language: str) -> None:
    counter, url = place
    with person(language, url) as seller:
        seller.open(f"{url}/")
        seller.look("till-unpaired")
        seller.open(f"{url}/pair/{counter.links.make(counter.shop, KeyKind.EMPLOYEE, 'Jan')}")
        seller.look("till-pair")
        seller.press("main form button")
        seller.wait_for("#charge-amount")
        seller.fill_in("#charge-amount", "12,50")
        seller.fill_in("#permit", counter.permit(1_000))
        seller.press("form[action^='/charges'] button")
        seller.wait_for(".verdict.bad")
        seller.look("till-refused", expected=["409"])
        seller.fill_in("#charge-amount", "")
        seller.fill_in("#permit", counter.permit(2_000))
        seller.press("form[action^='/charges'] button")
        seller.wait_for(".verdict.good")
        seller.look("till-paid")
        seller.press("form[action*='/refund'] button")
        seller.wait_for("dl.facts div:nth-child(3)")
        seller.look("till-refunded")
        seller.press("main a.button")
        seller.wait_for("#ask-amount")
        seller.fill_in("#ask-amount", "7.50")
        seller.press("form[action^='/requests'] button")
        seller.wait_for("[data-watch] svg")
        seller.look("till-request")
        seller.press("details summary")
        approve(counter, seller.read("#link"))
        seller.wait_for(".verdict.good")
        assert "7" in seller.read(".sum")
        seller.open(f"{url}/")
        seller.look("till-start")
        seller.open(f"{url}/statements")
        seller.look("till-statement")
        seller.open(f"{url}/tills")
        seller.fill_in("#label", "till 2")
        seller.press("form[action^='/tills?'] button")
        seller.wait_for("#pairing")
        seller.look("till-pairing")
        seller.open(seller.read("#pairing"))
        seller.wait_for("main form button")
        seller.press("main form button")
        seller.wait_for("#charge-amount")
        seller.fill_in("#charge-amount", "5")
        seller.fill_in("#permit", counter.permit(500))
        seller.press("form[action^='/charges'] button")
        seller.wait_for("[data-seconds]")
        seller.look("till-cancellable")
        seller.press("form[action*='/cancel'] button")
        seller.wait_for("main:not(:has([data-seconds]))")
    assert counter.market.world.fund.merchant(counter.shop).balance == Amount(750)
