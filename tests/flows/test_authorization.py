# SPDX-License-Identifier: EUPL-1.2
"""Amira logs in at a provider that others wrote and lets her wallet have her credentials; Cato's tricks are refused."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from edge.fetch import GuardedFetch
from issuer.authorization.errors import LoginRefusal, LoginRefusedError
from issuer.authorization.id_token import IdTokenAlgorithm
from issuer.authorization.login import LoopbackLogin
from issuer.authorization.model import CALLBACK_PATH
from issuer.authorization.oidc import OidcLogin, OidcSettings
from issuer.authorization.service import AuthorizationService
from tests.flows.oidc import SECRET, log_in_at, run_provider
from tests.flows.serving import free_port, run_wallet_page, serve
from tests.unit.issuer.authorization.browser import browser_of
from tests.unit.issuer.authorization.material import INCOME, REDIRECT, Server, Wallet, settings
from tests.unit.issuer.authorization.test_api import Page, app_of
from tests.unit.issuer.material import Clock, open_store

pytestmark = pytest.mark.node


@dataclass
class Town:
    """A desk whose people log in at a real provider."""

    server: Server
    provider: str
    url: str
    algorithm: IdTokenAlgorithm
    clock: Clock

    def login(self, **changes: str | None) -> OidcLogin:
        values = {"person_claim": "reference", "client_secret": SECRET, **changes}
        asked = OidcSettings(self.provider, "desk", algorithm=self.algorithm, **values)  # type: ignore[arg-type]
        return OidcLogin(asked, self.url, GuardedFetch.for_this_machine(), self.clock)

    def returned(self, login: OidcLogin, name: str) -> tuple[str, dict[str, str]]:
        """What is kept for a login, and what the browser brings back."""
        start = login.start()
        back = log_in_at(start.url, name, callback=self.url + CALLBACK_PATH)
        return start.kept, dict(parse_qsl(urlsplit(back).query))


@pytest.fixture(params=list(IdTokenAlgorithm), ids=str)
def town(request: pytest.FixtureRequest, database_url: str) -> Iterator[Town]:
    algorithm: IdTokenAlgorithm = request.param
    url = f"http://127.0.0.1:{free_port()}"
    store = open_store(database_url)
    with run_provider(url + CALLBACK_PATH, algorithm.value) as provider:
        clock = Clock(datetime.now(UTC))
        made = Town(Server.on(store, clock), provider, url, algorithm, clock)
        service = AuthorizationService(
            settings(issuer=url), store, made.server.office.service, made.login(), made.clock
        )
        made.server.service = service
        yield made
    store.close()


def follow(town: Town, browser: httpx.Client, wallet: Wallet) -> httpx.Response:
    pushed = browser.post("/par", data=wallet.request(INCOME)).json()
    return browser.get("/authorize", params={"client_id": wallet.client_id, "request_uri": pushed["request_uri"]})


def test_amira_logs_in_elsewhere_and_her_wallet_gets_its_token(town: Town) -> None:
    wallet, browser = Wallet(town.server), browser_of(app_of(town.server.service), town.url)
    first = follow(town, browser, wallet)
    assert first.headers["location"].startswith(town.provider)
    back = log_in_at(first.headers["location"], "amira", callback=town.url + CALLBACK_PATH)
    done = browser.get(back)
    assert (done.status_code, done.headers["location"]) == (303, f"{town.url}/authorize/consent")
    consent = Page(browser.get("/authorize/consent"))
    answer = browser.post("/authorize/consent", data={**consent.fields, "decision": "allow"}).headers["location"]
    assert answer.startswith(REDIRECT)
    form = {
        "grant_type": "authorization_code",
        "code": dict(parse_qsl(urlsplit(answer).query))["code"],
        "redirect_uri": REDIRECT,
        "code_verifier": wallet.verifier,
        "client_id": wallet.client_id,
    }
    token = browser.post("/token", data=form, headers={"DPoP": wallet.proof(f"{town.url}/token")}).json()[
        "access_token"
    ]
    proof = wallet.proof(f"{town.url}/credential", token=token)
    granted = browser.post("/credential", headers={"Authorization": f"DPoP {token}", "DPoP": proof}).json()
    assert granted == {"configurations": [INCOME], "person": "amira"}


def test_who_is_not_known_here_is_told_so_and_may_try_again(town: Town) -> None:
    wallet, browser = Wallet(town.server), browser_of(app_of(town.server.service), town.url)
    first = follow(town, browser, wallet)
    back = log_in_at(first.headers["location"], "nobody", callback=town.url + CALLBACK_PATH)
    page = browser.get(back, headers={"Accept-Language": "en"})
    assert "We have no record of you" in page.text
    again = browser.get("/authorize/login")
    assert again.headers["location"].startswith(town.provider)
    back = log_in_at(again.headers["location"], "amira", callback=town.url + CALLBACK_PATH)
    assert browser.get(back).headers["location"] == f"{town.url}/authorize/consent"


def test_cato_cannot_use_an_answer_that_is_not_his(town: Town) -> None:
    """Another login's state, a code that was used, another sender, another's code with one's own state."""
    login = town.login()
    kept, answer = town.returned(login, "amira")
    other_kept, other = town.returned(login, "cato")
    tampered: tuple[tuple[str, dict[str, str]], ...] = (
        (other_kept, answer),
        (kept, {**answer, "state": "x"}),
        (kept, {**answer, "iss": "http://127.0.0.1:1"}),
        (kept, {name: value for name, value in answer.items() if name != "iss"}),
        (kept, {**answer, "code": "x"}),
        (other_kept, {**other, "code": answer["code"]}),
        ("", answer),
        (kept, {}),
    )
    for remembered, brought in tampered:
        with pytest.raises(LoginRefusedError) as caught:
            login.finish(remembered, brought)
        assert caught.value.reason is LoginRefusal.INVALID
    kept, answer = town.returned(login, "amira")
    assert login.finish(kept, answer) == "amira"
    with pytest.raises(LoginRefusedError):
        login.finish(kept, answer)


def test_who_stops_at_the_provider_is_told_so(town: Town) -> None:
    login = town.login()
    start = login.start()
    state = dict(parse_qsl(urlsplit(start.url).query))["state"]
    with pytest.raises(LoginRefusedError) as caught:
        login.finish(start.kept, {"state": state, "iss": town.provider, "error": "access_denied"})
    assert caught.value.reason is LoginRefusal.CANCELLED


@pytest.mark.parametrize("changes", [{"client_secret": "wrong"}, {"person_claim": "email"}], ids=str)
def test_a_desk_that_is_set_up_wrong_lets_nobody_in(town: Town, changes: dict[str, str]) -> None:
    login = town.login(**changes)
    with pytest.raises(LoginRefusedError) as caught:
        login.finish(*town.returned(login, "amira"))
    assert caught.value.reason is LoginRefusal.INVALID


def test_a_desk_that_expects_another_algorithm_lets_nobody_in(town: Town) -> None:
    town.algorithm = next(other for other in IdTokenAlgorithm if other is not town.algorithm)
    login = town.login()
    with pytest.raises(LoginRefusedError) as caught:
        login.finish(*town.returned(login, "amira"))
    assert caught.value.reason is LoginRefusal.INVALID


def find_browser() -> str:
    """A Chromium that Node.js can drive. Skip loudly where there is none; in CI that is a failure."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None or shutil.which("node") is None or not Path("node_modules/playwright-core").is_dir():
        message = "no Chromium, Node.js or playwright-core is installed: the pages are not tested in a browser"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def test_a_person_with_a_keyboard_and_a_small_screen_gets_through(database_url: str) -> None:
    browser, port, passphrase = find_browser(), free_port(), "demonstration only"
    url, store = f"http://127.0.0.1:{port}", open_store(database_url)
    server = Server.on(store, Clock(datetime.now(UTC)))
    login = LoopbackLogin(url, passphrase)
    server.service = AuthorizationService(settings(issuer=url), store, server.office.service, login, server.clock)
    wallet = Wallet(server)
    with run_wallet_page() as page, serve(app_of(server.service), port):
        reference = wallet.push(wallet.request(redirect_uri=page)).request_uri
        link = f"{url}/authorize?{urlencode({'client_id': wallet.client_id, 'request_uri': reference})}"
        script = Path(__file__).with_name("authorization_pages.mjs")
        done = subprocess.run(
            ["node", str(script), browser, link, passphrase], capture_output=True, text=True, timeout=120, check=False
        )
    store.close()
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["complaints"] == []
    assert set(seen["pages"]) == {"login", "refused", "consent"}
    for name, found in seen["pages"].items():
        assert found["violations"] == [], name
        assert found["width"] == 360, name
    assert seen["pages"]["consent"]["title"].startswith("Mag uw wallet dit ophalen?")
    assert seen["url"].startswith(page + "?code=")
