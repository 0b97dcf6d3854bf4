# SPDX-License-Identifier: EUPL-1.2
"""The endpoints over HTTP: what a wallet's program and a browser get to see."""

import logging
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi import FastAPI, Request
from httpx import Client, Response

from edge.hosts import hosts_of
from edge.limits import RateLimiter
from edge.service import guard_service
from edge.web.shell import PageShell
from issuer.activation.wording import REFUSALS
from issuer.authorization.api import OAUTH_PATHS, authorization_router, grant_of
from issuer.authorization.login import LoopbackLogin
from issuer.authorization.service import AuthorizationService
from issuer.authorization.web.api import visit_router
from issuer.store import Store
from ssi.openid.offer import PRE_AUTHORIZED_CODE
from ssi.openid.server_metadata import AuthorizationServerMetadata
from tests.unit.issuer.activation.material import ISSUER
from tests.unit.issuer.authorization.browser import browser_of
from tests.unit.issuer.authorization.material import AGE, INCOME, REDIRECT, Doorman, Server, Wallet, settings

LOCAL = "http://127.0.0.1:8018"
ENGLISH = {"Accept-Language": "en", "Accept": "text/html"}
PASSPHRASE = "demonstration only"


def app_of(service: AuthorizationService, *, burst: int = 1000) -> FastAPI:
    """An application with the authorization server and one endpoint that it protects."""
    app = FastAPI()
    limits = RateLimiter(per_second=1000 if burst > 10 else 0.001, burst=burst)
    app.include_router(authorization_router(service, limits))
    if service.visits is not None:
        app.include_router(visit_router(service, limits))

    @app.post("/credential")
    def credential(request: Request) -> dict[str, object]:
        grant = grant_of(request, service)
        return {"configurations": grant.configuration_ids, "person": grant.person}

    guard_service(
        app,
        hosts=hosts_of(service.settings.issuer),
        shell=PageShell("issuer.authorization.web", issuer_name="Desk"),
        oauth_paths=OAUTH_PATHS,
    )
    return app


@pytest.fixture
def client(server: Server) -> Client:
    return browser_of(app_of(server.service), ISSUER)


@pytest.fixture
def local(store: Store) -> Server:
    """A server on this machine with the login for demonstrations."""
    server = Server.on(store)
    login = LoopbackLogin(LOCAL, PASSPHRASE)
    service = AuthorizationService(settings(issuer=LOCAL), store, server.office.service, login, server.clock)
    return Server(server.office, service)


@pytest.fixture
def browser(local: Server) -> Client:
    return browser_of(app_of(local.service), LOCAL)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def redeem(client: Client, letter: tuple[str, str], proof: str | None, **more: str) -> Response:
    form = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": letter[0], "tx_code": letter[1]}
    headers = {**({} if proof is None else {"DPoP": proof}), **more}
    return client.post("/token", data=form, headers=headers)


def test_the_metadata_are_what_wallets_look_for(client: Client) -> None:
    answer = client.get("/.well-known/oauth-authorization-server")
    metadata = AuthorizationServerMetadata.from_json(answer.content, issuer=ISSUER)
    assert metadata.token_endpoint == f"{ISSUER}/token"
    assert metadata.pushed_authorization_request_endpoint == f"{ISSUER}/par"
    assert metadata.require_pushed_authorization_requests
    assert metadata.authorization_response_iss_parameter_supported
    assert metadata.code_challenge_methods_supported == ("S256",)
    assert metadata.dpop_signing_alg_values_supported == ("ES256",)
    assert metadata.grant_types_supported == ("authorization_code", PRE_AUTHORIZED_CODE, "refresh_token")
    assert metadata.pre_authorized_grant_anonymous_access_supported
    assert answer.headers["content-type"] == "application/json"


def test_a_wallet_learns_the_nonce_and_gets_its_token(server: Server, wallet: Wallet, client: Client) -> None:
    letter = server.letter()
    first = redeem(client, letter, wallet.proof(f"{ISSUER}/token", nonce=None))
    assert (first.status_code, first.json()["error"]) == (400, "use_dpop_nonce")
    answer = redeem(client, letter, wallet.proof(f"{ISSUER}/token", nonce=first.headers["dpop-nonce"]))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["dpop-nonce"]
    token = answer.json()["access_token"]
    headers = {"Authorization": f"DPoP {token}", "DPoP": wallet.proof(f"{ISSUER}/credential", token=token)}
    assert client.post("/credential?x=1", headers=headers).json()["person"] == "amira"
    again = client.post("/credential", headers=headers)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_dpop_proof")
    assert again.headers["www-authenticate"] == 'DPoP error="invalid_dpop_proof", algs="ES256"'


def test_what_lacks_a_token_is_challenged(client: Client) -> None:
    answer = client.post("/credential")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert answer.headers["www-authenticate"] == 'DPoP algs="ES256"'
    assert answer.headers["dpop-nonce"]
    answer = client.post("/credential", headers={"Authorization": "DPoP x"})
    assert answer.headers["www-authenticate"] == 'DPoP error="invalid_token", algs="ES256"'


def test_a_wrong_pin_says_what_the_citizen_can_do_in_their_language(
    server: Server, wallet: Wallet, client: Client
) -> None:
    code, pin = server.letter()
    wrong = (code, f"{(int(pin) + 1) % 1_000_000:06}")
    for language, accept in (("en", {}), ("nl", {"Accept-Language": "nl"}), ("en", {"Accept-Language": "en"})):
        answer = redeem(client, wrong, wallet.proof(f"{ISSUER}/token"), **accept)
        told = {text[said] for text in REFUSALS.values() for said in text if said == language}
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_grant"
        assert answer.json()["error_description"] in told
        assert answer.json()["detail"] == answer.json()["error_description"]
    locked = redeem(client, (code, pin), wallet.proof(f"{ISSUER}/token")).json()
    assert locked["reason"] == "locked"
    assert {"type", "title", "status", "instance", "correlation_id"} <= locked.keys()


@pytest.mark.parametrize("path", ["/token", "/par"])
@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"a": 1}},
        {"content": b"\xff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b"a=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {
            "content": b"&".join(b"a=1" for _ in range(100)),
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
        {"data": {"a": "x" * 70_000}},
        {"data": {}},
        {"data": {"grant_type": "\x00", "client_id": "\x00"}},
    ],
    ids=["json", "not ascii", "not utf-8", "many", "long", "empty", "nul"],
)
def test_what_is_no_form_is_an_oauth_error(client: Client, path: str, sent: dict[str, Any]) -> None:
    answer = client.post(path, **sent)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"] in {"invalid_request", "unsupported_grant_type"}


def test_who_asks_too_often_waits(server: Server, wallet: Wallet) -> None:
    client = browser_of(app_of(server.service, burst=2), ISSUER)
    letter = server.letter()
    for _ in range(2):
        assert redeem(client, letter, None).status_code == 400
    answer = redeem(client, letter, wallet.proof(f"{ISSUER}/token"))
    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert client.get("/authorize", headers=ENGLISH).status_code == 429


# the browser


class Page(HTMLParser):
    """What a page has that a person can use."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response
        self.language = ""
        self.fields: dict[str, str] = {}
        self.labels: set[str] = set()
        self.inputs: set[str] = set()
        self.headings = 0
        self.feed(response.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = found["lang"]
        if tag == "h1":
            self.headings += 1
        if tag == "input" and found.get("type") == "hidden":
            self.fields[found["name"]] = found["value"]
        elif tag == "input":
            self.inputs.add(found["id"])
        if tag == "label":
            self.labels.add(found["for"])


def open_login(wallet: Wallet, browser: Client, **changes: str) -> Page:
    """Follow a wallet's link up to our login page."""
    pushed = browser.post("/par", data=wallet.request(INCOME, AGE, **changes))
    assert pushed.status_code == 201, pushed.text
    query = {"client_id": wallet.client_id, "request_uri": pushed.json()["request_uri"]}
    first = browser.get("/authorize", params=query, headers=ENGLISH)
    assert (first.status_code, first.headers["location"]) == (303, f"{LOCAL}/authorize/login")
    assert browser.get("/authorize", params=query, headers=ENGLISH).status_code == 400
    page = browser.get(first.headers["location"], headers=ENGLISH)
    assert page.status_code == 200
    return Page(page)


def log_in(browser: Client, page: Page, person: str = "amira", passphrase: str = PASSPHRASE) -> Response:
    fields = {**page.fields, "person": person, "passphrase": passphrase}
    return browser.post("/authorize/login", data=fields, headers=ENGLISH)


def test_a_person_logs_in_sees_what_is_asked_and_allows_it(local: Server, browser: Client) -> None:
    wallet = Wallet(local)
    page = open_login(wallet, browser)
    assert (page.language, page.headings) == ("en", 1)
    assert page.inputs == page.labels == {"person", "passphrase"}
    before = browser.cookies["visit"]
    response = log_in(browser, page)
    assert (response.status_code, response.headers["location"]) == (303, f"{LOCAL}/authorize/consent")
    assert browser.cookies["visit"] != before
    assert "HttpOnly" in response.headers["set-cookie"]
    assert "SameSite=lax" in response.headers["set-cookie"]
    consent = Page(browser.get("/authorize/consent", headers=ENGLISH))
    for words in (
        "Gemeente Westerkwartier",
        f"{INCOME} (en)",
        f"{AGE} (en)",
        "Children",
        wallet.client_id,
        "https://wallet.example",
    ):
        assert words in consent.response.text
    assert "amira" not in consent.response.text.lower()
    policy = consent.response.headers["content-security-policy"]
    assert "form-action 'self' https:;" in policy
    assert "frame-ancestors 'none'" in policy
    assert consent.response.headers["cache-control"] == "no-store"
    done = browser.post("/authorize/consent", data={**consent.fields, "decision": "allow"})
    assert done.status_code == 303
    assert done.headers["location"].startswith(REDIRECT + "?code=")
    answer = dict(parse_qsl(urlsplit(done.headers["location"]).query))
    assert (answer["state"], answer["iss"]) == ("a state", LOCAL)
    assert "visit" not in browser.cookies
    assert browser.get("/authorize/consent", headers=ENGLISH).status_code == 400
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": REDIRECT,
        "code_verifier": wallet.verifier,
        "client_id": wallet.client_id,
    }
    token = browser.post("/token", data=form, headers={"DPoP": wallet.proof(f"{LOCAL}/token")})
    assert token.status_code == 200, token.text


def test_a_page_speaks_dutch_too(local: Server, browser: Client) -> None:
    open_login(Wallet(local), browser)
    page = Page(browser.get("/authorize/login?lang=nl"))
    assert page.language == "nl"
    assert "Inloggen" in page.response.text
    assert "lang=en" in page.response.text


@pytest.mark.parametrize("logged_in", [False, True])
def test_a_person_may_say_no_at_any_moment(local: Server, browser: Client, logged_in: bool) -> None:
    page = open_login(Wallet(local), browser)
    if logged_in:
        log_in(browser, page)
        page = Page(browser.get("/authorize/consent", headers=ENGLISH))
    done = browser.post("/authorize/consent", data={**page.fields, "decision": "deny"})
    answer = dict(parse_qsl(urlsplit(done.headers["location"]).query))
    assert answer == {"error": "access_denied", "state": "a state", "iss": LOCAL}


def test_a_wrong_passphrase_is_told_on_the_same_page(local: Server, browser: Client) -> None:
    page = open_login(Wallet(local), browser)
    again = Page(log_in(browser, page, passphrase="wrong wrong"))
    assert 'role="alert"' in again.response.text
    assert "wrong wrong" not in again.response.text
    assert log_in(browser, again, person="nobody").text.count("We have no record of you") == 1
    assert log_in(browser, again).status_code == 303


@pytest.mark.parametrize("token", [None, "", "x", "å", "other"])
def test_a_form_of_another_site_changes_nothing(local: Server, browser: Client, token: str | None) -> None:
    page = open_login(Wallet(local), browser)
    forged = local.visits.form_token("x" * 43) if token == "other" else token
    fields = {} if forged is None else {"form_token": forged}
    for path in ("/authorize/login", "/authorize/consent"):
        sent = {**fields, "person": "amira", "passphrase": PASSPHRASE, "decision": "deny"}
        assert browser.post(path, data=sent, headers=ENGLISH).status_code == 400
    assert log_in(browser, page).status_code == 303


def test_without_a_visit_there_is_nothing_to_see(browser: Client) -> None:
    for path in ("/authorize", "/authorize?client_id=x", "/authorize?client_id=x&request_uri=y", "/authorize/login"):
        answer = browser.get(path, headers=ENGLISH)
        assert answer.status_code == 400
        assert "This does not go on here" in answer.text
    assert browser.get("/authorize/consent").json()["type"] == "urn:stuiver:problem:journey_gone"
    assert browser.get("/authorize/callback").status_code == 404


def test_the_demonstration_is_shown_to_this_machine_only(local: Server) -> None:
    stranger = browser_of(app_of(local.service), LOCAL, address="192.0.2.1")
    assert stranger.get("/authorize").status_code == 403


def test_over_https_the_cookie_is_for_this_host_only(server: Server, wallet: Wallet, client: Client) -> None:
    reference = wallet.push(wallet.request()).request_uri
    answer = client.get("/authorize", params={"client_id": wallet.client_id, "request_uri": reference})
    cookie = answer.headers["set-cookie"]
    assert re.match(r"__Host-visit=[A-Za-z0-9_-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", cookie)


def test_a_login_that_is_out_of_order_is_told_in_words(store: Store) -> None:
    doorman = Doorman()
    server = Server.on(store, login=doorman, issuer=LOCAL)
    browser, wallet = browser_of(app_of(server.service), LOCAL), Wallet(server)
    reference = browser.post("/par", data=wallet.request()).json()["request_uri"]
    query = {"client_id": wallet.client_id, "request_uri": reference}
    doorman.available = False
    answer = browser.get("/authorize", params=query, headers=ENGLISH)
    assert (answer.status_code, "Login does not work now" in answer.text) == (503, True)
    doorman.available = True
    assert browser.get("/authorize", params=query, headers=ENGLISH).status_code == 303
    doorman.asks_here, doorman.available = False, False
    page = Page(browser.get("/authorize/login", headers=ENGLISH))
    assert "Login does not work now" in page.response.text
    done = browser.post("/authorize/consent", data={**page.fields, "decision": "deny"})
    assert "error=access_denied" in done.headers["location"]


def test_the_log_has_no_secret_and_no_person(local: Server, browser: Client, logged: pytest.LogCaptureFixture) -> None:
    wallet = Wallet(local)
    letter = local.letter()
    proof = wallet.proof(f"{LOCAL}/token")
    token = redeem(browser, letter, proof).json()["access_token"]
    redeem(browser, letter, wallet.proof(f"{LOCAL}/token"))
    page = open_login(wallet, browser)
    log_in(browser, page, passphrase="wrong wrong")
    log_in(browser, page, person="nobody")
    browser.post("/credential", headers={"Authorization": f"DPoP {token}", "DPoP": proof})
    ours = "\n".join(record.getMessage() for record in logged.records if not record.name.startswith("http"))
    assert "/token" in ours
    for secret in (*letter, token, proof, wallet.verifier, "wrong wrong", "nobody", "amira", page.fields["form_token"]):
        assert secret not in ours
