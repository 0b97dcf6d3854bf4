# SPDX-License-Identifier: EUPL-1.2
"""The desk's pages in a browser's place: two employees, their forms, and everybody who is not one of them."""

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from httpx import Client, Response
from pypdf import PdfReader

from edge.hosts import hosts_of
from edge.service import guard_service
from edge.web.shell import PageShell
from issuer.activation.desk import ActivationDesk
from issuer.activation.errors import ActivationRefusedError
from issuer.activation.letters import LetterPress
from issuer.activation.model import ActivationState
from issuer.activation.posting import PostRoom
from issuer.desk.api import DeskPages, desk_router
from issuer.desk.employees import Employees, PassphraseWork
from issuer.desk.sessions import IDLE, DeskSessions
from issuer.store import Store
from tests.unit.issuer.activation.material import SECRET, Office, other_pin
from tests.unit.issuer.activation.test_letters import SENDER, TITLES
from tests.unit.issuer.material import AMIRA, Clock
from tests.unit.issuer.openid.material import InProcess

URL = "https://desk.example"
LIST = b"person,language,credentials\namira,nl,household-income age\nbas,en,age\n"
PAGES = ("/desk/codes", "/desk/codes/1", "/desk/batches", "/desk/batches/1")
FORMS = (
    *("/desk/batches", "/desk/batches/1/approve", "/desk/batches/1/letters", "/desk/codes/1/resend"),
    *("/desk/codes/1/unlock", "/desk/codes/1/revoke", "/desk/logout"),
)


@dataclass
class Desk:
    """The pages, and what is behind them."""

    app: FastAPI
    office: Office
    employees: Employees

    @property
    def clock(self) -> Clock:
        return self.office.clock

    def browser(self, name: str | None = None) -> "Browser":
        browser = Browser(
            Client(transport=InProcess(self.app), base_url=URL, follow_redirects=True, headers={"Accept": "text/html"})
        )
        if name is not None:
            answer = browser.client.post("/desk/login", data={"name": name, "passphrase": f"the passphrase of {name}"})
            assert answer.status_code == 200
            assert f"Ingelogd als {name}" in answer.text
        return browser

    def states(self) -> list[ActivationState]:
        return [code.state_at(self.clock.now) for code in self.office.desk.codes()]


@dataclass
class Browser:
    """An employee's browser."""

    client: Client

    def page(self, path: str) -> Response:
        return self.client.get(path)

    def token(self, path: str = "/desk/batches") -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.page(path).text)
        assert found
        return found[1]

    def send(self, path: str, files: dict[str, bytes] | None = None, **fields: str) -> Response:
        data = {"token": self.token(), **fields}
        return self.client.post(path, data=data, files=files or {})

    def prepare(self, octets: bytes = LIST, **fields: str) -> Response:
        return self.send("/desk/batches", files={"list": octets}, **fields)


@pytest.fixture
def desk(store: Store) -> Desk:
    office = Office(store)
    employees = Employees(store, office.clock, PassphraseWork.SMALL)
    for name in ("joke", "siem"):
        employees.add(name, f"the passphrase of {name}")

    def post_room(is_pin_apart: bool) -> PostRoom:
        return PostRoom(
            store, office.clock, SECRET, LetterPress(office.service, SENDER, TITLES, is_pin_apart=is_pin_apart)
        )

    app = FastAPI()
    app.include_router(
        desk_router(
            DeskPages(
                "Westerkwartier",
                employees,
                ActivationDesk(store, office.clock),
                post_room,
                tuple(TITLES),
                DeskSessions(SECRET, office.clock, is_https=True),
                office.clock,
            )
        )
    )
    guard_service(app, hosts=hosts_of(URL), shell=PageShell(), https=True)
    return Desk(app, office, employees)


def approved(desk: Desk) -> None:
    desk.browser("joke").prepare()
    desk.browser("siem").send("/desk/batches/1/approve")


def sent(desk: Desk) -> Response:
    approved(desk)
    return desk.browser("joke").send("/desk/batches/1/letters")


def test_a_list_becomes_letters_by_two_employees(desk: Desk) -> None:
    joke, siem = desk.browser("joke"), desk.browser("siem")
    prepared = joke.prepare()
    assert "De lijst is klaargezet" in prepared.text
    assert "Een collega moet hem goedkeuren" in prepared.text
    assert "/approve" not in prepared.text
    assert "Lijst goedkeuren" in siem.page("/desk/batches/1").text
    assert "De brieven kunnen worden gemaakt" in siem.send("/desk/batches/1/approve").text
    answer = joke.send("/desk/batches/1/letters")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert len(PdfReader(io.BytesIO(answer.content)).pages) == 2
    assert desk.states() == [ActivationState.SENT] * 2
    shown = joke.page("/desk/codes").text
    assert "verstuurd" in shown
    assert "amira" in shown


def test_who_prepared_a_batch_cannot_approve_it_by_hand_either(desk: Desk) -> None:
    joke = desk.browser("joke")
    joke.prepare()
    answer = joke.send("/desk/batches/1/approve")
    assert answer.status_code == 409
    assert "Laat een collega hem goedkeuren" in answer.text
    assert desk.states() == [ActivationState.PREPARED] * 2


@pytest.mark.parametrize("path", PAGES)
def test_strangers_see_the_log_in_only(desk: Desk, path: str) -> None:
    sent(desk)
    answer = desk.browser().page(path)
    assert answer.url.path == "/desk/login"
    assert "amira" not in answer.text


@pytest.mark.parametrize("path", FORMS)
def test_strangers_change_nothing(desk: Desk, path: str) -> None:
    approved(desk)
    before = desk.states()
    answer = desk.browser().client.post(path, data={"token": "x", "reason": "x"}, files={"list": LIST})
    assert answer.url.path == "/desk/login"
    assert desk.states() == before


@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_the_session_s_token_changes_nothing(desk: Desk, path: str) -> None:
    approved(desk)
    joke, siem = desk.browser("joke"), desk.browser("siem")
    before = desk.states()
    for token in ("", siem.token()):
        answer = joke.client.post(path, data={"token": token, "reason": "x"}, files={"list": LIST})
        assert answer.status_code == 403
    assert desk.states() == before


@pytest.mark.parametrize("path", [*FORMS, "/desk/login"])
def test_a_form_of_another_site_changes_nothing(desk: Desk, path: str) -> None:
    approved(desk)
    joke = desk.browser("joke")
    data = {"token": joke.token(), "reason": "x", "name": "joke", "passphrase": "the passphrase of joke"}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert joke.client.post(path, data=data, headers=headers).status_code == 403
    assert desk.states() == [ActivationState.APPROVED] * 2


def test_a_wrong_passphrase_is_refused_in_words(desk: Desk) -> None:
    answer = desk.browser().client.post("/desk/login?lang=en", data={"name": "joke", "passphrase": "wrong"})
    assert answer.status_code == 403
    assert 'role="alert"' in answer.text
    assert "The name or the passphrase is not right" in answer.text
    assert "set-cookie" not in answer.headers


def test_the_cookie_is_for_this_host_and_no_script(desk: Desk) -> None:
    data = {"name": "joke", "passphrase": "the passphrase of joke"}
    answer = desk.browser().client.post("/desk/login", data=data, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-stuiver-desk=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {
        "httponly",
        "path=/",
        "samesite=strict",
        "secure",
    }


def test_a_session_ends_by_time_by_logging_out_and_by_a_new_passphrase(desk: Desk) -> None:
    joke = desk.browser("joke")
    desk.clock.now += IDLE - timedelta(minutes=1)
    assert joke.page("/desk/codes").url.path == "/desk/codes"
    desk.clock.now += IDLE - timedelta(minutes=1)
    assert joke.page("/desk/codes").url.path == "/desk/codes"
    desk.clock.now += IDLE
    assert joke.page("/desk/codes").url.path == "/desk/login"
    joke = desk.browser("joke")
    assert "U bent uitgelogd" in joke.send("/desk/logout").text
    assert joke.page("/desk/codes").url.path == "/desk/login"
    joke, siem = desk.browser("joke"), desk.browser("siem")
    desk.employees.change_passphrase("joke", "another one of hers")
    desk.employees.remove("siem")
    assert joke.page("/desk/codes").url.path == "/desk/login"
    assert siem.page("/desk/codes").url.path == "/desk/login"


def test_a_copied_cookie_is_worth_nothing_after_the_log_out(desk: Desk) -> None:
    joke, siem = desk.browser("joke"), desk.browser("siem")
    copy = desk.browser()
    copy.client.cookies.update(joke.client.cookies)
    assert copy.page("/desk/codes").url.path == "/desk/codes"
    joke.send("/desk/logout")
    assert copy.page("/desk/codes").url.path == "/desk/login"
    assert siem.page("/desk/codes").url.path == "/desk/codes"
    assert desk.browser("joke").page("/desk/codes").url.path == "/desk/codes"


def test_a_bad_list_shows_every_fault_and_can_be_taken_in_part(desk: Desk) -> None:
    joke = desk.browser("joke")
    octets = LIST + b"nobody,nl,age\ncato,fr,pass\n"
    answer = joke.prepare(octets)
    assert answer.status_code == 422
    assert "Er is niets klaargezet: 2 regels kloppen niet" in answer.text
    assert answer.text.count('<th scope="row">') == 3
    assert desk.states() == []
    assert "De lijst is klaargezet" in joke.prepare(octets, skip_bad_rows="yes").text
    assert len(desk.states()) == 2


@pytest.mark.parametrize("octets", [b"", b"\xff\xfe", b"x;y"], ids=["empty", "not utf-8", "another header"])
def test_what_is_no_list_is_refused_in_words(desk: Desk, octets: bytes) -> None:
    answer = desk.browser("joke").prepare(octets)
    assert answer.status_code == 422
    assert "niet te lezen als lijst" in answer.text


def test_pins_come_apart_in_an_archive(desk: Desk) -> None:
    approved(desk)
    answer = desk.browser("joke").send("/desk/batches/1/letters", pins_apart="yes")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["letters-1.pdf", "letters-1-pins.pdf"]


def test_letters_are_made_once(desk: Desk) -> None:
    sent(desk)
    answer = desk.browser("joke").send("/desk/batches/1/letters")
    assert answer.status_code == 409
    assert "al gemaakt" in answer.text


def test_a_letter_is_sent_again_after_a_colleague_s_approval(desk: Desk) -> None:
    sent(desk)
    joke, siem = desk.browser("joke"), desk.browser("siem")
    answer = siem.send("/desk/codes/1/resend", reason="never arrived")
    assert answer.url.path == "/desk/batches/2"
    assert siem.send("/desk/batches/2/letters").status_code == 409
    assert siem.send("/desk/batches/2/approve").status_code == 409
    assert desk.states() == [ActivationState.REPLACED, ActivationState.SENT, ActivationState.PREPARED]
    joke.send("/desk/batches/2/approve")
    assert siem.send("/desk/batches/2/letters").headers["content-type"] == "application/pdf"
    assert desk.states() == [ActivationState.REPLACED, ActivationState.SENT, ActivationState.SENT]
    assert "never arrived" in joke.page("/desk/codes/1").text


def test_a_locked_code_gets_a_new_letter(desk: Desk) -> None:
    [letter] = desk.office.send(AMIRA)
    code = desk.office.code_of(letter)
    for number in (1, 2, 3):
        with pytest.raises(ActivationRefusedError):
            desk.office.service.redeem(code, other_pin(letter, number), desk.clock.now)
    siem = desk.browser("siem")
    shown = siem.page("/desk/codes/1").text
    assert "op slot" in shown
    assert "Nieuwe brief met nieuwe pincode klaarzetten" in shown
    assert siem.send("/desk/codes/1/unlock", reason="called us").url.path == "/desk/batches/2"
    assert desk.states() == [ActivationState.REPLACED, ActivationState.PREPARED]


def test_a_code_is_revoked_with_a_reason(desk: Desk) -> None:
    sent(desk)
    siem = desk.browser("siem")
    assert siem.send("/desk/codes/1/revoke", reason=" ").status_code == 409
    assert "werkt niet meer" in siem.send("/desk/codes/1/revoke", reason="moved").text
    assert siem.send("/desk/codes/1/revoke", reason="moved").status_code == 409
    assert desk.states() == [ActivationState.REVOKED, ActivationState.SENT]


def test_codes_are_filtered(desk: Desk) -> None:
    sent(desk)
    joke = desk.browser("joke")
    assert "amira" not in joke.page("/desk/codes?state=revoked").text
    assert "Er is niets dat hieraan voldoet" in joke.page("/desk/codes?state=revoked").text
    found = joke.page("/desk/codes?person=bas&batch=1&state=sent").text
    assert ("<td>bas</td>" in found, "<td>amira</td>" in found) == (True, False)


@pytest.mark.parametrize(
    "query", ["state=x", "batch=x", "batch=99999999999", "person=%00", "person=%FF", "after=-1", "after=x"]
)
def test_odd_filters_find_nothing(desk: Desk, query: str) -> None:
    sent(desk)
    answer = desk.browser("joke").page(f"/desk/codes?{query}")
    assert answer.status_code == 200
    assert "<td>amira</td>" not in answer.text


@pytest.mark.parametrize("path", ["/desk/codes/77", "/desk/batches/77", "/desk/codes/2147483647"])
def test_what_is_not_there_is_not_found(desk: Desk, path: str) -> None:
    joke = desk.browser("joke")
    assert joke.page(path).status_code == 404
    action = "revoke" if "codes" in path else "approve"
    assert joke.send(f"{path}/{action}", reason="x").status_code == 404


def test_without_a_sender_nothing_can_be_printed(desk: Desk) -> None:
    approved(desk)
    store = desk.office.store
    pages = DeskPages(
        "Westerkwartier",
        desk.employees,
        ActivationDesk(store, desk.clock),
        None,
        tuple(TITLES),
        DeskSessions(SECRET, desk.clock, is_https=True),
        desk.clock,
    )
    app = FastAPI()
    app.include_router(desk_router(pages))
    guard_service(app, hosts=hosts_of(URL), shell=PageShell())
    joke = Desk(app, desk.office, desk.employees).browser("joke")
    assert "de afzender is niet ingesteld" in joke.page("/desk/batches/1").text
    assert joke.send("/desk/batches/1/letters").status_code == 409
    assert desk.states() == [ActivationState.APPROVED] * 2


class Outline(HTMLParser):
    """What matters to who reads with their ears: headings, labels, and the fields that need one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[str | None] = []
        self.ids: list[str] = []
        self.lang: str | None = None
        self._labels = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if tag == "html":
            self.lang = found.get("lang")
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(tag)
        if tag == "label":
            self._labels += 1
            self.labelled.add(found.get("for") or "")
        if tag in {"input", "select"} and found.get("type") != "hidden" and not self._labels:
            self.fields.append(found.get("id"))
        if found.get("id"):
            self.ids.append(str(found["id"]))

    def handle_endtag(self, tag: str) -> None:
        self._labels -= tag == "label"


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("path", ["/desk/login", *PAGES])
def test_every_page_has_a_heading_and_a_label_for_each_field(desk: Desk, path: str, language: str) -> None:
    sent(desk)
    answer = desk.browser("joke").page(f"{path}?lang={language}")
    outline = Outline(answer.text)
    assert outline.headings[0] == "h1"
    assert outline.headings.count("h1") == 1
    assert set(outline.fields) <= outline.labelled
    assert len(set(outline.ids)) == len(outline.ids)
    assert outline.lang == answer.headers["content-language"] == language
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert "script" not in answer.text


def test_the_style_sheets_are_there(desk: Desk) -> None:
    browser = desk.browser()
    for path in ("/style.css", "/desk/style.css"):
        assert browser.page(path).headers["content-type"].startswith("text/css")


def test_nothing_about_a_wallet_is_kept_or_shown(desk: Desk) -> None:
    [letter] = desk.office.send(AMIRA)
    desk.office.service.redeem(desk.office.code_of(letter), letter.pin, desk.clock.now)
    shown = desk.browser("joke").page("/desk/codes/1").text
    assert "gebruikt" in shown
    assert "geen medewerker" in shown
    assert not re.search(r"python-httpx|user-agent|127\.0\.0\.1", shown)
