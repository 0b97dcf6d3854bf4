# SPDX-License-Identifier: EUPL-1.2
"""The service and its pages over HTTP: what anybody can call, what browsers are told, both languages, the desk."""

from html.parser import HTMLParser
from typing import Any

import pytest

from edge.limits import RateLimiter
from ssi.errors import Reason
from tests.unit.verifier.browser import Browser
from tests.unit.verifier.material import AMIRA, CATO, URL, BuildTown, Citizen, Town, Validator, Wallet, changed_settings
from tests.unit.verifier.test_policy import PUBLISHED
from verifier.app import create_app, create_desk_app
from verifier.model import WalletRefusal
from verifier.settings import ClientName
from verifier.wording import ADVICE

BROWSER = {"Accept": "text/html", "Origin": URL, "Sec-Fetch-Site": "same-origin"}
FORM = {"policy": "under-21", "version": "1", "device": "other"}


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator()


@pytest.fixture
def town(build_town: BuildTown, validator: Validator) -> Town:
    return build_town(validator=validator)


@pytest.fixture(scope="module")
def amira(validator: Validator) -> Citizen:
    return Citizen.of(validator, AMIRA)


class Outline(HTMLParser):
    """What a page is made of: elements by name with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def begin(browser: Browser, device: str = "other") -> str:
    """Start as a person does; the path of the request's page."""
    answer = browser.post("/requests?lang=en", data={**FORM, "device": device}, headers=BROWSER)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def pages(town: Town) -> dict[str, str]:
    """Every page, by what it is."""
    same, other = begin(town.browser, "same"), begin(town.browser)
    return {"start": "/", "policy": "/policies/under-21/v1", "same": same, "other": other}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_is_whole_in_both_languages(language: str, town: Town) -> None:
    for path in pages(town).values():
        answer = town.browser.page(path.partition("?")[0], language)
        outline = Outline(answer.text)
        assert answer.status_code == 200
        assert answer.headers["content-language"] == language
        assert outline.all("html")[0]["lang"] == language
        assert len(outline.all("h1")) == 1
        assert len(outline.all("title")) == 1
        assert all(attributes.get("href", "x") for attributes in outline.all("a"))
        assert not any("style" in attributes or "onclick" in attributes for _, attributes in outline.elements)


def test_pages_load_nothing_from_elsewhere(town: Town) -> None:
    for path in pages(town).values():
        answer = town.browser.page(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        loaded = [tag.get("src") or tag.get("href") for tag in Outline(answer.text).all("link")]
        loaded += [tag.get("src") for tag in Outline(answer.text).all("script")]
        assert all(str(place).startswith("/") for place in loaded)
        assert answer.headers["cache-control"] == "no-store"


def test_the_start_page_lists_what_can_be_asked(town: Town) -> None:
    page = town.browser.page("/").text
    for policy in PUBLISHED:
        assert policy.title.en in page
        assert policy.purpose.en in page
        assert f"/policies/{policy.id.name}/v1" in page


@pytest.mark.parametrize("policy", PUBLISHED, ids=lambda policy: f"{policy.id.name}-v{policy.id.version}")
def test_a_policy_is_told_whole_before_anything_starts(policy: Any, town: Town) -> None:
    page = town.browser.page(f"/policies/{policy.id.name}/v1").text
    for wording in (policy.title, policy.purpose, policy.retention.text, *(rule.text for rule in policy.rules)):
        assert wording.en.replace("'", "&#39;") in page
    assert policy.hash in page
    published = town.browser.get(f"/policies/{policy.id.name}/v1/policy.json")
    assert published.content == policy.octets


def test_the_same_device_gets_a_button_and_another_a_code(town: Town) -> None:
    same, other = (Outline(town.browser.page(begin(town.browser, device)).text) for device in ("same", "other"))
    assert [tag for tag in same.all("a") if str(tag["href"]).startswith("openid4vp://")]
    assert not same.all("svg")
    assert [tag["aria-label"] for tag in other.all("svg")] == ["QR code"]
    assert not [tag for tag in other.all("a") if str(tag["href"]).startswith("openid4vp://")]
    assert "Did somebody else send you a code?" in "".join(other.words)


def test_a_request_that_is_too_long_for_a_code_shows_its_link(build_town: BuildTown, validator: Validator) -> None:
    town = build_town(validator=validator, settings=changed_settings(client=ClientName.REDIRECT_URI))
    page = town.browser.page(begin(town.browser)).text
    assert "<svg" not in page
    assert "openid4vp://?client_id=redirect_uri" in page


def test_the_page_waits_with_a_script_of_this_service_and_without_one(town: Town) -> None:
    page = town.browser.page(begin(town.browser)).text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    script = town.browser.get("/watch.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "innerHTML" not in script.text


def test_the_page_says_so_when_time_is_up(town: Town) -> None:
    path = begin(town.browser)
    town.clock.forward(minutes=5)
    page = town.browser.page(path).text
    assert "Time is up" in page
    assert "openid4vp" not in page
    assert "watch.js" not in page


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": URL, "Sec-Fetch-Site": "same-origin"},
        {"Origin": URL},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
    ids=["browser", "browser_with_referrer", "old_browser", "typed", "program"],
)
def test_own_pages_and_programs_may_start(headers: dict[str, str], town: Town) -> None:
    answer = town.browser.post("/requests", data=FORM, headers={"Accept": "text/html", **headers})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "text/html", "Origin": "https://evil.example"},
        {"Accept": "text/html", "Sec-Fetch-Site": "cross-site"},
        {"Accept": "text/html", "Origin": "null"},
        {"Accept": "text/html", "Origin": URL, "Sec-Fetch-Site": "same-site"},
    ],
    ids=["origin", "site", "no_origin", "same_site"],
)
def test_no_other_site_starts_in_a_citizens_name(headers: dict[str, str], town: Town) -> None:
    answer = town.browser.post("/requests", data=FORM, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"policy": "nothing", "version": "1", "device": "same"}, 404),
        ({"policy": "under-21", "version": "2", "device": "same"}, 404),
        ({"policy": "under-21", "version": "1", "device": "same", "query": "other"}, 404),
        ({"policy": "under-21", "version": "1", "device": "phone"}, 422),
        ({"policy": "under-21", "version": "x", "device": "same"}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_started(fields: dict[str, str], status: int, town: Town) -> None:
    answer = town.browser.post("/requests", data=fields)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    ["object", "state", "receipt", "finish?response_code=x", ""],
)
def test_a_request_that_nobody_made(path: str, town: Town) -> None:
    answer = town.browser.get(f"/requests/{'x' * 22}/{path}".rstrip("/"))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert town.browser.get(f"/requests/{'x' * 21}/{path}".rstrip("/")).status_code == 422


def test_the_address_for_answers_takes_forms_only(town: Town) -> None:
    started = town.start("under-21")
    place = f"/requests/{started['id']}/response"
    assert town.browser.post(place, content=b"{}", headers={"Content-Type": "application/json"}).status_code == 415
    for body in (b"\xff=1", b"a=1&a=2", b"a" * 10, b"&".join([b"a=1"] * 100)):
        answer = town.browser.post(place, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code == 400
        assert answer.json()["reason"] == Reason.MALFORMED.value
    large = town.browser.post(
        place, content=b"response=" + b"a" * 600_000, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert large.status_code == 413


def test_a_wallet_that_asks_wrongly_for_the_request(town: Town) -> None:
    place = f"/requests/{town.start('under-21')['id']}/object"
    assert town.browser.post(place, data={"wallet_nonce": "a" * 5000}).json()["reason"] == Reason.MALFORMED.value
    assert town.browser.get(place).headers["content-type"] == "application/oauth-authz-req+jwt"


def test_the_request_object_is_gone_once_answered(town: Town, amira: Citizen) -> None:
    started = town.start("under-21")
    assert Wallet(amira, town).present(started["link"]).status_code == 200
    answer = town.browser.get(f"/requests/{started['id']}/object")
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:stuiver:problem:request_over")


def test_answers_under_another_name_are_refused(town: Town) -> None:
    assert town.browser.get("/", headers={"Host": "rebound.example"}).status_code == 421


def test_too_many_requests_are_slowed_down(town: Town) -> None:
    browser = Browser(create_app(town.verifier, limiter=RateLimiter(per_second=0.001, burst=2)), URL)
    codes = [browser.post("/requests", data=FORM).status_code for _ in range(3)]
    assert codes == [201, 201, 429]


def test_the_description_names_every_path_that_wallets_call(town: Town) -> None:
    paths = town.browser.get("/openapi.json").json()["paths"]
    assert {"/requests", "/requests/{id_}/object", "/requests/{id_}/response", "/jwks"} <= set(paths)


def test_every_reason_has_words() -> None:
    assert set(ADVICE) == {*Reason, *WalletRefusal}
    for advice in ADVICE.values():
        assert all((advice.title.nl, advice.title.en, advice.text.nl, advice.text.en))
        assert advice.text.nl.endswith((".", "?"))


def test_the_desk_lists_decisions_and_gives_the_same_receipts(town: Town, amira: Citizen, validator: Validator) -> None:
    desk = Browser(create_desk_app(town.verifier), "http://127.0.0.1:8020")
    assert "There are no decisions yet." in desk.page("/").text
    cato = Wallet(Citizen.of(validator, CATO), town)
    receipts = [
        wallet.present(town.start("under-21")["link"], metadata=None).json()["receipt"]
        for wallet in (Wallet(amira, town), cato)
    ]
    page = desk.page("/").text
    assert page.count("You are under 21.") == 2
    assert ">Yes<" in page
    assert ">No<" in page
    links = [str(tag["href"]) for tag in Outline(page).all("a") if "/receipts/" in str(tag["href"])]
    assert sorted(desk.get(link).text for link in links) == sorted(receipts)
    assert desk.get(f"/receipts/{'x' * 22}").status_code == 404
    assert desk.get("/", headers={"Host": "verifier.example"}).status_code == 421
    assert town.browser.get("/receipts/" + links[0].rpartition("/")[2]).status_code == 404  # not on the public service
