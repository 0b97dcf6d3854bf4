# SPDX-License-Identifier: EUPL-1.2
"""Employees of the sponsor decide about shops in their browsers; and what Cato tries there."""

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from programmable_money.messages import address_of
from programmable_money.model import Amount
from programmable_money.node import open_chain
from programmable_money.settlement.store import SettlementStore
from programmable_money.shops.browsers.store import MOST_LINKS
from programmable_money.shops.model import ApprovalState, KeyKind, ShopError, ShopPolicy, ShopRefusal
from programmable_money.shops.pairing import PairingLinks
from programmable_money.shops.service import ShopRegister
from programmable_money.shops.store import ShopStore
from tests.flows.applying import ENGLISH, applied, decide, state_of
from tests.flows.browser_till import URL, Counter, token_of
from tests.flows.money import STARTS_AT
from tests.flows.test_shops import application
from tests.unit.verifier.browser import Browser

STEPS = ("agree", "write", "refuse", "suspend")


@pytest.fixture
def counter(tmp_path: Path, database_url: str) -> Iterator[Counter]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        opened = Counter.open(chain, tmp_path, database=database_url)
        yield opened
        opened.close()


def refusal(step: Callable[[], object]) -> ShopRefusal:
    with pytest.raises(ShopError) as caught:
        step()
    return caught.value.reason


def test_a_shop_applies_two_employees_agree_it_takes_a_payment_and_is_suspended(counter: Counter) -> None:
    owner, joke, siem = Browser(counter.app, URL), counter.employee("joke"), counter.employee("siem")
    assert "/apply" in owner.page("/").text
    shop = applied(counter, owner)
    assert "There is nothing that you need to do now" in owner.page("/").text
    listed = joke.page("/desk").text
    assert listed.index("Speelgoedhuis Tinnegieter") < listed.index("De Speelkoffer")
    shown = joke.page(f"/desk/shops/{shop}").text
    for told in ("NL68 BNGH 0000 0001 00", "winkel@tinnegieter.example", "a number that you look up yourself", shop):
        assert told in shown
    assert decide(joke, shop, "agree").status_code == 303
    assert "A second employee still looks" in owner.page("/").text
    assert decide(siem, shop, "agree").status_code == 303
    assert counter.market.world.fund.merchant(shop).is_approved
    assert "Agreed to by: joke, siem" in joke.page(f"/desk/shops/{shop}").text

    form = {"token": token_of(owner), "permit": counter.permit(750), "amount": "7.50"}
    paid = owner.post("/charges", data=form, headers=ENGLISH)
    assert paid.headers["location"].startswith("/payments/")
    assert counter.market.world.fund.merchant(shop).balance == Amount(750)
    assert owner.page("/tills").status_code == 200

    assert decide(siem, shop, "suspend", note="sells <b>beer</b>").status_code == 303
    assert "sells &lt;b&gt;beer&lt;/b&gt;" in owner.page("/").text
    refused = owner.post("/charges", data={**form, "permit": counter.permit(750)}, headers=ENGLISH)
    assert refused.status_code == 409
    assert state_of(counter, shop) is ApprovalState.SUSPENDED
    assert decide(joke, shop, "agree").status_code == decide(siem, shop, "agree").status_code == 303
    assert counter.market.world.fund.merchant(shop).is_approved
    assert "written on the chain" in joke.page(f"/desk/shops/{shop}").text
    counter.market.world.check_books()


def test_one_employee_alone_lets_no_shop_take_part(counter: Counter) -> None:
    shop = applied(counter, Browser(counter.app, URL))
    joke, again, siem = counter.employee("joke"), counter.employee("joke"), counter.employee("siem")
    stale = {"token": token_of(siem, "/desk/policy"), "seen": "applied"}
    assert decide(joke, shop, "agree").status_code == 303
    for browser in (joke, again):
        refused = decide(browser, shop, "agree", seen="proposed")
        assert refused.status_code == 409
        assert "Ask a colleague" in refused.text
    assert siem.post(f"/desk/shops/{shop}/agree", data=stale).status_code == 409
    assert decide(joke, shop, "write").status_code == 409
    assert state_of(counter, shop) is ApprovalState.PROPOSED
    assert not counter.market.world.fund.merchant(shop).is_approved
    form = {"token": token_of(joke, "/desk/policy"), "four_eyes": "", "excludes": "yes", "chains": "Hema\nBlokker"}
    assert joke.post("/desk/policy", data=form).status_code == 303
    assert counter.market.register.policy == ShopPolicy(True, frozenset({"Hema", "Blokker"}), four_eyes=True)
    assert "Blokker" in Browser(counter.app, URL).page("/apply").text


def test_a_refused_shop_reads_why_and_pairs_no_more_browsers(counter: Counter) -> None:
    owner, joke = Browser(counter.app, URL), counter.employee("joke")
    shop = applied(counter, owner)
    key = counter.links.find(owner.cookies["stuiver-till"])
    assert key is not None
    more = {"token": key.form_token, "label": "till 2", "kind": "till"}
    assert owner.post("/tills", data=more).status_code == 403
    for page in ("/tills", "/statements", "/statements/2026-03.csv", "/statements/2026-03.pdf"):
        assert owner.page(page).status_code == 403
    picture = {"Stuiver-Form-Token": key.form_token, "Content-Type": "image/png"}
    assert owner.post("/scans", content=b"", headers=picture).status_code == 403
    empty = decide(joke, shop, "refuse", note=" ")
    assert empty.status_code == 409
    assert "1 to 200 characters" in empty.text
    assert decide(joke, shop, "refuse", note="The account is of somebody else").status_code == 303
    assert "The account is of somebody else" in owner.page("/").text
    assert decide(joke, shop, "suspend", note="x").status_code == 409
    assert owner.post("/tills", data=more).status_code == 403
    form = {"token": key.form_token, "permit": counter.permit(500), "amount": "5"}
    assert owner.post("/charges", data=form).status_code == 409


def test_no_key_of_a_shop_opens_the_desk_and_no_key_of_the_desk_a_till(counter: Counter) -> None:
    shop, joke = counter.shop, counter.employee("joke")
    token = token_of(joke, "/desk/policy")
    nobody, till, owner = Browser(counter.app, URL), counter.paired(), counter.paired(KeyKind.EMPLOYEE, "Jan")
    applicant = Browser(counter.app, URL)
    applied(counter, applicant)
    for cato in (nobody, till, owner, applicant):
        stolen = cato.cookies.get("stuiver-till", "")
        for cookie in (None, stolen):
            if cookie is not None:
                cato.cookies.set("stuiver-desk", cookie, domain="127.0.0.1")
            for page in ("/desk", "/desk/policy", f"/desk/shops/{shop}"):
                shown = cato.page(page)
                assert shown.status_code == 403
                assert "De Speelkoffer" not in shown.text
            own = counter.links.find(stolen)
            for sent in (token, "" if own is None else own.form_token):
                for step in STEPS:
                    form = {"token": sent, "seen": "approved", "note": "x"}
                    assert cato.post(f"/desk/shops/{shop}/{step}", data=form).status_code == 403
                assert cato.post("/desk/policy", data={"token": sent}).status_code == 403
    assert state_of(counter, shop) is ApprovalState.APPROVED
    assert counter.market.register.policy.excludes_chains

    joke.cookies.set("stuiver-till", joke.cookies["stuiver-desk"], domain="127.0.0.1")
    assert "not a till yet" in joke.page("/").text
    form = {"token": token, "permit": counter.permit(500), "amount": "5"}
    assert joke.post("/charges", data=form).status_code == 403
    for page in ("/tills", "/statements"):
        assert joke.page(page).status_code == 403


def test_a_form_of_another_browser_or_from_elsewhere_decides_nothing(counter: Counter) -> None:
    shop = applied(counter, Browser(counter.app, URL))
    joke, siem = counter.employee("joke"), counter.employee("siem")
    path, token = f"/desk/shops/{shop}", token_of(joke, "/desk/policy")
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for step in STEPS:
        form = {"token": token, "seen": "applied", "note": "x"}
        assert siem.post(f"{path}/{step}", data=form).status_code == 403
        assert joke.post(f"{path}/{step}", data={**form, "token": ""}).status_code == 403
        assert joke.post(f"{path}/{step}", data=form, headers=foreign).status_code == 403
    assert joke.post("/desk/policy", data={"token": token}, headers=foreign).status_code == 403
    assert state_of(counter, shop) is ApprovalState.APPLIED
    unknown = joke.page(f"/desk/shops/0x{'00' * 20}")
    assert unknown.status_code == 409
    assert "This shop is not known" in unknown.text


def test_who_left_or_whose_browser_was_blocked_decides_nothing(counter: Counter) -> None:
    shop = applied(counter, Browser(counter.app, URL))
    joke, siem, piet = (counter.employee(name) for name in ("joke", "siem", "piet"))
    late = counter.links.make_desk("siem")
    form = {"token": token_of(siem, "/desk/policy"), "seen": "applied"}
    counter.employees.remove_employee("siem")
    assert siem.post(f"/desk/shops/{shop}/agree", data=form).status_code == 403
    assert siem.page("/desk").status_code == 403
    assert refusal(lambda: counter.links.use(late)) is ShopRefusal.UNKNOWN_EMPLOYEE
    assert refusal(lambda: counter.links.make_desk("siem")) is ShopRefusal.UNKNOWN_EMPLOYEE
    assert refusal(lambda: counter.links.make_desk("cato")) is ShopRefusal.UNKNOWN_EMPLOYEE
    assert counter.market.register.store.browsers.revoke_desk_keys("piet", counter.links.clock()) == 1
    assert piet.page("/desk").status_code == 403
    assert joke.page("/desk").status_code == 200
    assert state_of(counter, shop) is ApprovalState.APPLIED


def test_a_link_of_another_process_works_once_and_is_kept_as_a_hash(counter: Counter, database_url: str) -> None:
    store, employees = ShopStore(database_url), SettlementStore(database_url)
    mine = counter.market.register
    command = PairingLinks(ShopRegister(store, mine.fund, mine.rulebook, mine.clock), employees, mine.clock)
    for ticket in (command.make_desk("joke"), command.make(counter.shop, KeyKind.TILL, "till 7")):
        browser = Browser(counter.app, URL)
        assert browser.page(f"/pair/{ticket}").status_code == 200
        assert browser.post(f"/pair/{ticket}").status_code == 303
        for links in (command, counter.links):
            assert refusal(lambda links=links, ticket=ticket: links.use(ticket)) is ShopRefusal.WRONG_STATE  # type: ignore[misc]
            assert refusal(lambda links=links, ticket=ticket: links.look(ticket)) is ShopRefusal.WRONG_STATE  # type: ignore[misc]
    old = command.make_desk("joke")
    counter.market.late = timedelta(minutes=10)
    assert refusal(lambda: counter.links.use(old)) is ShopRefusal.WRONG_STATE
    for number in range(MOST_LINKS):
        command.make(counter.shop, KeyKind.TILL, f"till {number}")
    assert refusal(lambda: command.make(counter.shop, KeyKind.TILL, "one more")) is ShopRefusal.TOO_MANY_OPEN
    command.make_desk("siem")  # others are not in its way
    counter.market.late = timedelta(minutes=21)
    command.make(counter.shop, KeyKind.TILL, "later")
    store.close()
    employees.close()


def test_a_shop_of_another_programme_is_told_so_and_is_not_on_this_list(counter: Counter) -> None:
    account, joke = counter.market.folder.keep(secrets.token_bytes(32)), counter.employee("joke")
    asked = application(account, "Elders", "NL68BNGH0000000100")
    counter.market.register.store.apply(asked, address_of(b"\x09" * 32), counter.links.clock())
    owner = counter.paired(KeyKind.EMPLOYEE, "Jan", account)
    assert "Not applied for this scheme" in owner.page("/").text
    assert "Elders" not in joke.page("/desk").text
    assert "Apply first" in joke.page(f"/desk/shops/{account}").text
    assert decide(joke, account, "agree").status_code == 409
    assert refusal(lambda: counter.market.register.agree(account, "joke")) is ShopRefusal.NOT_APPLIED


def test_without_the_sponsor_s_key_the_page_says_what_to_type(tmp_path: Path) -> None:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        counter = Counter.open(chain, tmp_path, has_key=False)
        shop = applied(counter, Browser(counter.app, URL))
        joke, siem = counter.employee("joke"), counter.employee("siem")
        for employee in (joke, siem):
            assert decide(employee, shop, "agree").status_code == 303
        assert state_of(counter, shop) is ApprovalState.AGREED
        assert (
            f"stuiver money shop approve --fund {counter.market.world.fund.address} --shop {shop}"
            in joke.page(f"/desk/shops/{shop}").text
        )
        assert decide(joke, shop, "write").status_code == 409
        assert "stuiver money shop suspend" in joke.page(f"/desk/shops/{counter.shop}").text
        assert decide(joke, counter.shop, "suspend", note="x").status_code == 409
        assert counter.market.world.fund.merchant(counter.shop).is_approved
        counter.close()
