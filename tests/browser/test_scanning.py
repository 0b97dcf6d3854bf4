# SPDX-License-Identifier: EUPL-1.2
"""The customer's code before the camera of a till, in a real browser: read, charged; and what else is held there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from programmable_money.model import Amount
from programmable_money.node import open_chain
from programmable_money.shops.model import KeyKind
from tests.browser.person import Person, person, require_browser
from tests.flows.browser_till import Counter
from tests.flows.money import STARTS_AT
from tests.flows.pictures import frame
from tests.flows.serving import free_port, serve

pytestmark = [pytest.mark.node, pytest.mark.slow]

SAID = ".scan [role=status]"
START = ".scan > p button"
WORDS = {
    "nl": {
        "start": "Scan de code",
        "stop": "Stop de camera",
        "looking": "Houd de code",
        "off": "De camera staat uit",
        "other": "andere code",
        "amount": "Vul het bedrag in",
        "missing": "geen camera",
        "refused": "mag de camera niet gebruiken",
        "no_code": "geen code te zien",
        "unreadable": "niet als foto openen",
    },
    "en": {
        "start": "Scan the code",
        "stop": "Stop the camera",
        "looking": "Hold the customer's code",
        "off": "The camera is off",
        "other": "another code",
        "amount": "Enter the amount",
        "missing": "no camera",
        "refused": "may not use the camera",
        "no_code": "No code can be seen",
        "unreadable": "cannot open this file",
    },
}


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


def film(path: Path, *texts: str) -> Path:
    """What a camera sees of a telephone that is held before it."""
    path.write_bytes(frame(*texts, size=(1280, 720), turned=7, blur=1.0) * 20)
    return path


def shown_code(counter: Counter, cents: int) -> str:
    """The text of the QR code that a wallet draws."""
    return counter.market.amira.permit(counter.market.world.fund, cents, seconds=900).to_code()


def pair(counter: Counter, url: str, seller: Person) -> None:
    seller.open(f"{url}/pair/{counter.links.make(counter.shop, KeyKind.TILL, 'phone')}")
    seller.press("main form button")
    seller.wait_for("#charge-amount")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_telephone_s_camera_scans_and_charges(place: tuple[Counter, str], tmp_path: Path, language: str) -> None:
    counter, url = place
    camera = film(tmp_path / "code.mjpeg", shown_code(counter, 2_000))
    with person(language, url, camera=camera) as seller:
        pair(counter, url, seller)
        seller.look("till-scan")
        seller.fill_in("#charge-amount", "12,50")
        seller.press(START)
        seller.wait_for(".verdict.good")
        seller.look("till-scanned")
        seller.open(f"{url}/")
        seller.press(START)
        seller.wait_until(SAID, WORDS[language]["amount"])
        seller.wait_for("#charge-amount:focus")
        assert seller.read(START).startswith(WORDS[language]["start"])
        seller.look("till-scan-amount")
    assert counter.market.world.fund.merchant(counter.shop).balance == Amount(1_250)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_camera_keeps_looking_past_another_code_and_stops_when_told_or_hidden(
    place: tuple[Counter, str], tmp_path: Path, language: str
) -> None:
    counter, url = place
    words = WORDS[language]
    with person(language, url, camera=film(tmp_path / "other.mjpeg", "https://shop.example/loyalty")) as seller:
        pair(counter, url, seller)
        seller.press(START)
        seller.wait_until(SAID, words["other"])
        seller.wait_for(".scan video:visible")
        seller.look("till-scan-other")
        seller.press(START)
        seller.wait_until(SAID, words["off"])
        assert seller.read(START).startswith(words["start"])
        seller.press(START)
        seller.wait_until(SAID, words["other"])
        assert seller.read(START) == words["stop"]
        seller.look_elsewhere()
        seller.wait_until(SAID, words["off"])
        seller.wait_for(".scan:not(:has(video:visible))")
        seller.open(f"{url}/", clock=True)
        seller.press(START)
        seller.wait_until(SAID, words["other"])
        seller.waits(50)
        seller.wait_until(SAID, words["other"])
        assert seller.read(START) == words["stop"]
        seller.waits(11)
        seller.wait_until(SAID, words["off"])
        assert seller.read(START).startswith(words["start"])
    assert counter.market.world.fund.merchant(counter.shop).balance == Amount(0)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_whoever_refuses_the_camera_is_told_what_to_do(
    place: tuple[Counter, str], tmp_path: Path, language: str
) -> None:
    counter, url = place
    with person(language, url, camera=film(tmp_path / "code.mjpeg", "x"), refuses=True) as seller:
        pair(counter, url, seller)
        seller.press(START)
        seller.wait_until(SAID, WORDS[language]["refused"])
        seller.wait_for("#picture:visible")
        assert seller.read(START).startswith(WORDS[language]["start"])
        seller.look("till-scan-refused")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_without_a_camera_a_photograph_is_chosen(place: tuple[Counter, str], tmp_path: Path, language: str) -> None:
    counter, url = place
    words, photograph = WORDS[language], tmp_path / "photograph.jpg"
    with person(language, url) as seller:
        pair(counter, url, seller)
        seller.press(START)
        seller.wait_until(SAID, words["missing"])
        seller.wait_for("#picture:visible")
        seller.look("till-scan-missing")
        for content, said in ((frame(), words["no_code"]), (b"\xff\xd8 no picture", words["unreadable"])):
            photograph.write_bytes(content)
            seller.choose("#picture", photograph)
            seller.wait_until(SAID, said)
        seller.fill_in("#charge-amount", "7.50")
        photograph.write_bytes(frame(shown_code(counter, 1_000), size=(4032, 3024), share=0.4, turned=90))
        seller.choose("#picture", photograph)
        seller.wait_for(".verdict.good")
    assert counter.market.world.fund.merchant(counter.shop).balance == Amount(750)
