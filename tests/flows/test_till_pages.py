# SPDX-License-Identifier: EUPL-1.2
"""A till in a browser: paired by a link, paid in both directions of the QR; and what Cato tries there."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from programmable_money.messages import (
    PaymentDomain,
    PaymentPermit,
    PaymentRequest,
    Refund,
    SignedPermit,
    SignedRefund,
)
from programmable_money.model import Amount, to_unix
from programmable_money.node import open_chain
from programmable_money.relayer.carrier import Carrier
from programmable_money.relayer.errands import PaidWith, PaymentErrand, RefundErrand
from programmable_money.relayer.service import Relayer
from programmable_money.relayer.worker import Worker
from programmable_money.service import relay_payment
from programmable_money.shops.model import KeyKind, ShopError, ShopRefusal
from tests.flows.browser_till import URL, Counter, token_of
from tests.flows.money import STARTS_AT
from tests.unit.verifier.browser import Browser


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        opened = Counter.open(chain, tmp_path)
        yield opened
        opened.close()


def send(browser: Browser, path: str, **fields: str) -> httpx.Response:
    return browser.post(path, data={"token": token_of(browser), **fields}, headers={"Accept-Language": "en"})


def charge(browser: Browser, permit: str, amount: str = "10.00") -> httpx.Response:
    return send(browser, "/charges", permit=permit, amount=amount)


def paid(answer: httpx.Response) -> str:
    """The page of a payment that was taken."""
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"].partition("?")[0]
    assert path.startswith("/payments/")
    return str(path)


def owed(counter: Counter) -> Amount:
    return counter.market.world.fund.merchant(counter.shop).balance


def approve(counter: Counter, request: PaymentRequest, cents: int | None = None) -> dict[str, object]:
    """The wallet's answer to a request."""
    wallet, now = counter.market.amira, to_unix(counter.market.register.clock())
    permit = PaymentPermit.one_time(wallet.account, cents or request.amount, now=now, merchant=request.merchant)
    signed = SignedPermit.sign(request.domain, permit, wallet.account_key)
    found: dict[str, object] = json.loads(signed.to_json())
    return found


def answer(browser: Browser, path: str, permit: dict[str, object]) -> int:
    sent = browser.another().post(
        path, content=json.dumps(permit).encode(), headers={"Content-Type": "application/json"}
    )
    return sent.status_code


def test_the_customer_s_code_is_charged_cancelled_and_stands_in_the_list(counter: Counter) -> None:
    till = counter.paired()
    page = paid(charge(till, counter.permit(2_000), "12,50"))
    assert owed(counter) == Amount(1_250)
    shown = till.page(page).text
    assert "Paid" in shown
    assert "data-seconds" in shown
    assert "/refund" not in shown
    assert counter.market.amira.account not in till.page("/").text + shown
    assert paid(send(till, f"{page}/cancel")) == page
    assert owed(counter) == Amount(0)
    assert "refunded" in till.page("/").text
    counter.market.world.check_books()


def test_a_request_is_approved_by_a_wallet_for_exactly_its_amount(counter: Counter) -> None:
    till = counter.paired()
    path = send(till, "/requests", amount="7.50").headers["location"].partition("?")[0]
    asked = path.replace("/requests/", "/asked/")
    assert f"{URL}{asked}" in till.page(path).text
    assert till.get(f"{path}/state").json() == {"state": "waiting"}
    assert send(till, path).headers["location"].startswith(path)
    request = PaymentRequest.from_json(till.another().get(asked).text)
    assert (request.merchant, request.amount) == (counter.shop, 750)
    assert answer(till, asked, approve(counter, request, 751)) == 409
    assert answer(till, asked, approve(counter, request)) == 202
    assert answer(till, asked, approve(counter, request)) == 410
    assert till.get(f"{path}/state").json() == {"state": "answered"}
    other = counter.paired(label="till 2")
    assert send(other, path).status_code == 409
    paid(send(till, path))
    assert owed(counter) == Amount(750)
    assert send(till, path).status_code == 409
    assert owed(counter) == Amount(750)


def test_a_code_that_was_used_photographed_or_is_old_pays_nothing(counter: Counter) -> None:
    till = counter.paired()
    permit = counter.permit(1_000)
    paid(charge(till, permit))
    again = charge(till, permit)
    assert again.status_code == 409
    assert "This code was used" in again.text
    photographed = counter.permit(1_000, seconds=60)
    counter.market.late = timedelta(seconds=61)
    old = charge(till, photographed)
    assert old.status_code == 409
    assert "older than a minute" in old.text
    asked = send(till, "/requests", amount="5").headers["location"].partition("?")[0].replace("/requests/", "/asked/")
    counter.market.late = timedelta(seconds=122)
    assert till.get(asked).status_code == 410
    assert owed(counter) == Amount(1_000)


def test_a_code_that_is_shown_in_two_shops_at_once_is_paid_in_one(counter: Counter) -> None:
    """Both charges are kept before either is carried, as on a node; the slower shop must not hand anything over."""
    world, chain, outbox = counter.market.world, counter.market.world.chain, counter.outbox
    carrier = Carrier(chain)
    kept = replace(counter.service, relayer=Relayer(carrier, outbox, programmes=[world.fund.address]))
    slow, quick = counter.paired(), counter.market.join("Fietsen Van Dam", "NL68BNGH0000000100")
    till = counter.links.find(slow.cookies["stuiver-till"])
    permit = SignedPermit.from_json(counter.permit(1_000))
    assert till is not None
    page = f"/payments/{kept.charge(till, permit, Amount(900)).hex()}"
    for shown in (slow.page(page).text, slow.page(page).text):
        assert "Not paid yet" in shown
        assert "data-changes" in shown
    second = charge(slow, permit.to_json(), "8")  # at the next till of the same shop, for another amount
    assert second.status_code == 409
    assert "This code was used" in second.text

    key = counter.market.key(quick, KeyKind.TILL, "till 1")
    relay_payment(world.fund, permit, counter.market.desk.charge(permit, counter.market.order(quick, key, permit, 900)))
    told = slow.page(page).text
    assert ">Paid</h1>" not in told
    Worker(carrier, outbox, chain.relayers).step()
    told = slow.page(page).text
    assert ">Not paid</h1>" in told
    assert "data-changes" not in told
    assert owed(counter) == Amount(0)


def test_a_charge_that_the_fund_refuses_may_be_tried_again_for_less(counter: Counter) -> None:
    till, permit = counter.paired(), counter.permit(1_000)
    for amount in ("10.01", "0"):
        assert charge(till, permit, amount).status_code == 409
    page = paid(charge(till, permit, "9.99"))
    assert owed(counter) == Amount(999)
    assert "9.99" in till.page(page).text


def test_nonsense_is_refused_in_words_and_changes_nothing(counter: Counter) -> None:
    till = counter.paired()
    for permit, amount, words in (
        ("hello", "10", "no payment code"),
        (counter.permit(1_000), "ten", "in euros"),
        (counter.permit(1_000), "10.01", ""),
        (counter.permit(1_000), "0", ""),
    ):
        refused = charge(till, permit, amount)
        assert refused.status_code == 409
        assert words in refused.text
        assert 'role="alert"' in refused.text
    assert send(till, "/requests", amount="0").status_code == 409
    assert owed(counter) == Amount(0)


def test_a_till_gives_nothing_back_after_its_minute_and_an_employee_does_in_parts(counter: Counter) -> None:
    till, employee = counter.paired(), counter.paired(KeyKind.EMPLOYEE, "Jan")
    page = paid(charge(till, counter.permit(1_000)))
    assert send(till, f"{page}/refund", amount="5", before="0.00").status_code == 409
    paid(send(employee, f"{page}/refund", amount="4", before="0.00"))
    assert send(employee, f"{page}/refund", amount="4", before="0.00").status_code == 409
    assert owed(counter) == Amount(600)
    counter.market.late = timedelta(seconds=61)
    late = send(till, f"{page}/cancel")
    assert late.status_code == 409
    assert "for one minute" in late.text
    paid(send(employee, f"{page}/refund", amount="6", before="4.00"))
    assert send(employee, f"{page}/refund", amount="0.01", before="10.00").status_code == 409
    assert owed(counter) == Amount(0)
    counter.market.world.check_books()


@pytest.mark.parametrize(
    ("language", "said"),
    [("nl", ("tegoedbon van uw winkel", "02-03-2026")), ("en", ("a voucher of your shop", "02-03-2026"))],
)
def test_what_was_paid_out_is_not_given_back_and_the_page_says_what_to_do(
    counter: Counter, language: str, said: tuple[str, str]
) -> None:
    employee, world = counter.paired(KeyKind.EMPLOYEE, "Jan"), counter.market.world
    page = paid(charge(employee, counter.permit(1_000)))
    world.fund.settle([counter.shop], b"KP-0001".ljust(32, b"\0"), settler=world.municipality.officers.settler)
    for path, fields in ((f"{page}/refund", {"amount": "5", "before": "0.00"}), (f"{page}/cancel", {})):
        form = {"token": token_of(employee), **fields}
        refused = employee.post(path, data=form, headers={"Accept-Language": language})
        assert refused.status_code == 409
        assert 'role="alert"' in refused.text
        for words in ("KP-0001", *said):
            assert words in refused.text
    record = world.fund.payment(bytes.fromhex(page.removeprefix("/payments/")))
    assert record is not None
    assert record.refunded == Amount(0)


def test_a_charge_that_was_refused_and_made_anew_is_kept_with_what_was_charged_and_when_it_began(
    counter: Counter,
) -> None:
    till, other = counter.paired(), counter.paired(label="till 2")
    market, most = counter.market, counter.market.balance()
    permit = counter.permit(most + 1_000, seconds=300)
    assert charge(till, permit, f"{(most + 100) / 100:.2f}").status_code == 409
    page = till.page(f"/payments/{SignedPermit.from_json(permit).permit.payment.hex()}").text
    assert ">Not paid</h1>" in page
    first = market.register.store.charges(counter.shop)[0]
    market.late = timedelta(seconds=40)
    path = paid(charge(other, permit, "10.00"))
    kept = market.register.store.charges(counter.shop)
    assert kept == (replace(first, amount=Amount(1_000), label="till 2"),)
    assert charge(till, permit, "9.00").status_code == 409
    assert market.register.store.charges(counter.shop) == kept
    market.late = timedelta(seconds=61)
    assert "for one minute" in send(other, f"{path}/cancel").text
    assert owed(counter) == Amount(1_000)


def test_the_state_of_a_payment_is_told_to_its_own_shop(counter: Counter) -> None:
    till, permit = counter.paired(), counter.permit(500)
    page = paid(charge(till, permit, "5"))
    assert till.get(f"{page}/state").json() == {"state": "paid"}
    paid(send(till, f"{page}/cancel"))
    assert till.get(f"{page}/state").json() == {"state": "refunded"}
    assert till.get(f"/payments/{'0' * 64}/state").json() == {"state": "gone"}
    elsewhere = counter.market.join("Fietsen Van Dam", "NL68BNGH0000000100")
    assert counter.paired(shop=elsewhere).get(f"{page}/state").json() == {"state": "gone"}
    assert till.another().get(f"{page}/state").status_code == 403


def test_a_link_pairs_one_browser_and_a_blocked_till_stops_at_once(counter: Counter) -> None:
    employee = counter.paired(KeyKind.EMPLOYEE, "Jan")
    made = send(employee, "/tills", label="till 3", kind="till")
    link = made.text.partition(f"{URL}/pair/")[2][:43]
    till = Browser(counter.app, URL)
    assert till.page(f"/pair/{link}").status_code == till.page(f"/pair/{link}").status_code == 200
    assert till.post(f"/pair/{link}").status_code == 303
    assert Browser(counter.app, URL).post(f"/pair/{link}").status_code == 410
    token = token_of(till)
    assert till.page("/tills").status_code == 403
    key = next(k for k in counter.market.register.store.keys(counter.shop) if k.label == "till 3")
    assert send(employee, f"/tills/{key.key}/revoke").status_code == 303
    stopped = till.post("/charges", data={"token": token, "permit": counter.permit(500), "amount": "5"})
    assert stopped.status_code == 403
    assert "not a till yet" in till.page("/").text
    assert owed(counter) == Amount(0)
    late = counter.links.make(counter.shop, KeyKind.TILL, "till 4")
    counter.market.late = timedelta(minutes=10)
    with pytest.raises(ShopError) as caught:
        counter.links.use(late)
    assert caught.value.reason is ShopRefusal.WRONG_STATE


def test_a_form_from_elsewhere_or_of_another_browser_does_nothing(counter: Counter) -> None:
    till, other = counter.paired(), counter.paired(label="till 2")
    fields = {"permit": counter.permit(500), "amount": "5"}
    assert till.post("/charges", data=fields).status_code == 403
    assert till.post("/charges", data={**fields, "token": token_of(other)}).status_code == 403
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert till.post("/charges", data={**fields, "token": token_of(till)}, headers=foreign).status_code == 403
    assert till.another().post("/charges", data={**fields, "token": ""}).status_code == 403
    assert owed(counter) == Amount(0)
    cookie = next(iter(till.cookies.jar))
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "strict"


def test_what_a_shop_kept_of_a_permit_carries_a_refund_and_no_charge(counter: Counter) -> None:
    permit = SignedPermit.from_json(counter.permit(500))
    kept = PaidWith.of(permit)
    assert PaymentErrand.__annotations__["permit"] is SignedPermit  # all of it
    refund = SignedRefund.sign(permit.domain, Refund(permit.permit.payment, 500), b"\x07" * 32)
    assert RefundErrand("refund", kept, refund).call == RefundErrand("refund", permit, refund).call
    assert RefundErrand("refund", kept, refund).key == RefundErrand("refund", permit, refund).key
    assert RefundErrand("refund", kept, refund).is_consistent
    assert not RefundErrand("refund", replace(kept, nonce=1), refund).is_consistent
    elsewhere = PaymentDomain(permit.domain.chain_id + 1, permit.domain.fund)
    assert not RefundErrand("refund", replace(kept, domain=elsewhere), refund).is_consistent


def test_a_shop_sees_and_does_nothing_of_another_shop(counter: Counter) -> None:
    till = counter.paired()
    page = paid(charge(till, counter.permit(1_000)))
    elsewhere = counter.market.join("Fietsen Van Dam", "NL68BNGH0000000100")
    thief = counter.paired(KeyKind.EMPLOYEE, "Cato", elsewhere)
    assert thief.page(page).status_code == 409
    assert send(thief, f"{page}/refund", amount="5", before="0.00").status_code == 409
    assert send(thief, f"{page}/cancel").status_code == 409
    key = next(iter(counter.market.register.store.keys(counter.shop)))
    assert send(thief, f"/tills/{key.key}/revoke").status_code == 409
    assert "10.00" not in thief.page("/").text + thief.page("/statements").text
    only_there = counter.permit(500, merchant=elsewhere)
    assert charge(till, only_there, "5").status_code == 409
    assert owed(counter) == Amount(1_000)


def test_a_suspended_shop_takes_nothing_and_can_still_give_back(counter: Counter) -> None:
    till, employee = counter.paired(), counter.paired(KeyKind.EMPLOYEE, "Jan")
    page = paid(charge(till, counter.permit(1_000)))
    sponsor, token = counter.market.world.municipality.officers.sponsor, token_of(till)
    counter.market.register.suspend(counter.shop, "joke", "complaints", sponsor=sponsor)
    assert "complaints" in till.page("/").text
    assert "/charges" not in till.page("/").text
    for path, fields in (("/charges", {"permit": counter.permit(500), "amount": "5"}), ("/requests", {"amount": "5"})):
        refused = till.post(path, data={"token": token, **fields}, headers={"Accept-Language": "en"})
        assert refused.status_code == 409
        assert "Call the municipality" in refused.text
    form = {"token": token_of(employee, page), "amount": "10", "before": "0.00"}
    paid(employee.post(f"{page}/refund", data=form))
    assert owed(counter) == Amount(0)


def test_statements_are_a_page_a_csv_and_a_pdf_of_the_own_shop(counter: Counter) -> None:
    till = counter.paired()
    paid(charge(till, counter.permit(1_000)))
    day = f"{counter.market.register.clock():%Y-%m-%d}"
    for period in (day, day[:7]):
        assert "10.00" in till.page(f"/statements?period={period}").text
        rows = till.get(f"/statements/{period}.csv").text.splitlines()
        assert rows[-1].endswith(",10.00")
        assert ",till 1," in rows[-1]
        assert till.get(f"/statements/{period}.pdf").content.startswith(b"%PDF")
    assert till.page("/statements?period=x").status_code == 400
    assert till.get("/statements/x.csv").status_code == 404
    assert till.another().get(f"/statements/{day}.csv").status_code == 403
