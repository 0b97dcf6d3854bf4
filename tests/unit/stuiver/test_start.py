# SPDX-License-Identifier: EUPL-1.2
"""The start page and its letters."""

import html
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlencode

import pytest

from issuer.activation.secrets import activation_secret
from issuer.activation.service import ActivationService
from issuer.model import PersonId
from ssi.credential.pinning import request_issuance
from stuiver.up.citizens import CITIZENS
from stuiver.up.letters import LetterBox, LetterState, ShownLetter
from stuiver.up.ports import Ports
from tests.unit.issuer.material import INCOME_TYPE
from tests.unit.stuiver.material import PORTS, Start, logged
from tests.unit.verifier.browser import Browser

AMIRA, BAS, CATO = CITIZENS
LOCAL = "http://127.0.0.1"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A fresh start page."""
    made = Start.at(tmp_path)
    yield made
    made.desk.store.close()


@pytest.fixture(scope="module")
def looker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Somebody who only looks."""
    made = Start.at(tmp_path_factory.mktemp("start"))
    yield Browser(made.app, LOCAL)
    made.desk.store.close()


@pytest.fixture
def browser(start: Start) -> Browser:
    """Somebody at this machine."""
    return Browser(start.app, LOCAL)


def letter_of(letters: LetterBox, person: PersonId) -> ShownLetter:
    """One of them."""
    return next(letter for letter in letters.letters() if letter.person == person)


def redeem(start: Start, person: PersonId) -> None:
    """Use somebody's letter, with a wallet that the record is pinned to."""
    letter, desk = letter_of(start.letters, person), start.desk
    names = {kind.name: (f"{kind.name}-bbs",) for kind in desk.types}
    service = ActivationService(desk.store, activation_secret(desk.keys), Ports.url(PORTS.issuer), names)
    grant = service.offer_at(unquote(letter.link).rpartition("/")[2], start.clock.now).pre_authorized_code
    assert grant is not None
    assert service.redeem(grant.pre_authorized_code, letter.pin, start.clock.now).person == person
    session = desk.open_session(person)
    pending = request_issuance(7, validator=desk.validator.did, nonce=session.nonce)
    desk.issue(person, session.nonce, pending.request.to_octets(), INCOME_TYPE)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("citizen", [*CITIZENS, "nobody"])
def test_shows_every_page_and_what_one_citizen_types(looker: Browser, language: str, citizen: str) -> None:
    answer = looker.get("/start?" + urlencode({"lang": language, "citizen": citizen}))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    text = html.unescape(answer.text)
    for port in range(PORTS.books, PORTS.books + 4):
        assert f'href="http://127.0.0.1:{port}/' in text
    chosen = citizen if citizen in CITIZENS else AMIRA
    assert f"STUIVER_WALLET={chosen}.wallet" in text
    assert text.count("openid-credential-offer://") == 1
    assert text.count('class="pin"') == 1


def test_letters_are_made_once_by_one_employee_and_another(start: Start, tmp_path: Path) -> None:
    before = start.letters.letters()
    assert {letter.state for letter in before} == {LetterState.OPEN}
    assert logged(start) == ["prepared joke", "approved siem", "letter_made joke"] * 3
    start.letters.fill()
    assert start.letters.letters() == before
    for file in (tmp_path / "letters.json", *(tmp_path / "letters").iterdir()):
        assert file.stat().st_mode & 0o77 == 0


def test_shows_letters_as_they_are_posted(looker: Browser) -> None:
    answer = looker.get("/start/letters/bas.pdf")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["cache-control"] == "no-store"
    assert looker.get("/start/letters/joke.pdf").status_code == 404


def test_another_letter_frees_the_record_and_the_used_one_is_dead(start: Start, browser: Browser) -> None:
    redeem(start, BAS)
    used = letter_of(start.letters, BAS)
    assert used.state is LetterState.USED
    assert "This letter was used" in browser.page("/start?citizen=bas").text
    answer = browser.post("/start/letters/bas")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/start?citizen=bas&lang=nl#citizen"
    fresh = letter_of(start.letters, BAS)
    assert fresh.state is LetterState.OPEN
    assert (fresh.link, fresh.pin) != (used.link, used.pin)
    with start.desk.store.reading() as transaction:
        (recovery,) = transaction.recoveries_of(BAS)
    assert recovery.employee == "siem"
    redeem(start, BAS)


def test_a_letter_that_works_is_not_replaced(start: Start, browser: Browser) -> None:
    before = start.letters.letters()
    assert browser.post("/start/letters/bas").status_code == 303
    assert start.letters.letters() == before


def test_a_letter_that_is_too_old_is_replaced(start: Start, browser: Browser) -> None:
    start.clock.pass_days(31)
    assert letter_of(start.letters, AMIRA).state is LetterState.ENDED
    assert "no longer valid" in browser.page("/start?citizen=amira").text
    browser.post("/start/letters/amira")
    assert letter_of(start.letters, AMIRA).state is LetterState.OPEN


def test_nobody_else_gets_a_letter(looker: Browser) -> None:
    assert looker.post("/start/letters/joke").status_code == 404


def test_asks_for_a_wallet(looker: Browser) -> None:
    answer = looker.post("/start/ask/under-21")
    assert answer.text.startswith("openid4vp://?")
    assert answer.headers["content-type"].startswith("text/plain")
    assert looker.post("/start/ask/over-99").status_code == 404


@pytest.mark.parametrize("path", ["/start/letters/bas", "/start/ask/under-21"])
@pytest.mark.parametrize(
    "sent", [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_page_elsewhere_starts_nothing(looker: Browser, path: str, sent: dict[str, str]) -> None:
    assert looker.post(path, headers=sent).status_code == 403


def test_answers_to_the_names_of_this_machine_only(looker: Browser) -> None:
    assert looker.get("/start", headers={"Host": "elsewhere.example"}).status_code == 421


def test_has_a_style_of_its_own(looker: Browser) -> None:
    assert looker.get("/start/style.css").headers["content-type"].startswith("text/css")
