# SPDX-License-Identifier: EUPL-1.2
"""A shop applies and employees of the sponsor decide about it, in a real browser, with the keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from programmable_money.model import Amount
from programmable_money.node import open_chain
from tests.browser.person import Person, person, require_browser
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


def sit_down(employee: Person, counter: Counter, url: str, name: str) -> None:
    """Make a browser one of the sponsor's employees, and open the first shop of the list."""
    employee.open(f"{url}/pair/{counter.links.make_desk(name)}")
    employee.look("desk-pair")
    employee.press("main form button")
    employee.wait_for("main ul.payments a")
    employee.look("desk-list")
    employee.press("main ul.payments a")
    employee.wait_for("form[action*='/agree'] button")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_shop_applies_and_two_employees_decide(place: tuple[Counter, str], language: str) -> None:
    counter, url = place
    with person(language, url) as owner, person(language, url) as joke, person(language, url) as siem:
        joke.open(f"{url}/desk", status=403)
        joke.look("desk-nobody", expected=["403"])
        owner.open(f"{url}/apply")
        owner.look("apply")
        owner.fill_in("#name", "Café Tinnegieter")
        owner.fill_in("#iban", "MT84MALT011000012345MTLCAST001S")
        owner.press("form[action^='/apply'] button")
        owner.wait_for("#name-wrong")
        owner.look("apply-wrong", expected=["422"])
        owner.fill_in("#name", "Cafe Tinnegieter")
        owner.fill_in("#iban", "NL68 BNGH 0000 0001 00")
        owner.press("#category", "s")
        owner.fill_in("#contact", "winkel@tinnegieter.example")
        owner.press("input[name=chain][value=no]", " ")
        owner.press("form[action^='/apply'] button")
        owner.wait_for("main:not(:has(form)) dl.facts")
        owner.look("application-applied")

        sit_down(joke, counter, url, "joke")
        joke.look("desk-shop")
        joke.press("form[action*='/agree'] button")
        joke.wait_for("main:not(:has(form[action*='/agree']))")
        joke.look("desk-first")
        sit_down(siem, counter, url, "siem")
        siem.press("form[action*='/agree'] button")
        siem.wait_for("form[action*='/suspend'] button")
        siem.look("desk-approved")
        owner.open(f"{url}/")
        owner.fill_in("#charge-amount", "5")
        owner.fill_in("#permit", counter.permit(500))
        owner.press("form[action^='/charges'] button")
        owner.wait_for(".verdict.good")
        siem.fill_in("#suspend-note", "De winkel is verhuisd" if language == "nl" else "The shop moved away")
        siem.press("form[action*='/suspend'] button")
        siem.wait_for(".verdict.bad")
        siem.look("desk-suspended")
        owner.open(f"{url}/")
        owner.look("application-suspended")
        joke.open(f"{url}/desk/policy")
        joke.look("desk-policy")
        joke.fill_in("#chains", "Blokker\n")
        joke.press("form[action^='/desk/policy'] button")
        joke.wait_for(".verdict.good")
        joke.look("desk-policy-saved")
    fund = counter.market.world.fund
    joined = next(shop for shop in counter.market.register.store.shops() if "Tinnegieter" in shop.bank.name)
    assert fund.merchant(joined.account).balance == Amount(500)
    assert not fund.merchant(joined.account).is_approved
    assert "Blokker" in counter.market.register.policy.chains
