# SPDX-License-Identifier: EUPL-1.2
"""Prove and decide, with real processes: ``stuiver verifier serve``, a validator's status list over HTTP, and a wallet.

The wallet is driven here with the core's functions and the guarded fetch; everything goes over sockets on this machine.
Amira proves and is allowed; Bas, on her household, has a credential that was revoked, and tries hers; Cato is refused.
"""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, inspect, text

from edge.fetch import Fetched, GuardedFetch, StatusError
from ssi.base64url import encode_base64url
from ssi.bbs.keys import sk_to_pk
from ssi.keys import KeyType, PrivateKey, PublicKey
from ssi.openid.request import AuthorizationRequest
from ssi.openid.response import AuthorizationResponse, DirectPostAnswer, encrypt_response
from ssi.openid.signed_request import RequestReference, RequestUriPost, parse_request_link, verify_request
from ssi.presentation import Binding, ClaimRequest, present
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import present_sd_jwt
from ssi.trust import Anchors
from tests.unit.verifier.material import RESOLVER, Citizen, Person, Validator, types
from verifier.policy.deciding import Allowed, Denied
from verifier.receipts import VerifiedReceipt, verify_receipt

STUIVER = str(Path(sys.executable).with_name("stuiver"))
REVOKED = {1: 1}
"""The status of Bas's credential."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    """A validator whose status list is served."""
    made = Validator(now=datetime.now(UTC), status_url=f"http://127.0.0.1:{free_port()}/status-lists/1")
    token = made.status_token(REVOKED)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/statuslist+jwt")
            self.send_header("Content-Length", str(len(token)))
            self.end_headers()
            self.wfile.write(token)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", int(made.status_url.split(":")[2].partition("/")[0])), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(frozen=True)
class Service:
    """A verifier in a process of its own."""

    url: str
    database: str
    run: Callable[..., str]
    anchors: Anchors


@pytest.fixture(scope="module")
def service(validator: Validator, long_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    place = tmp_path_factory.mktemp("verifier")
    folder, passphrase, url = place / "verifier", place / "passphrase", f"http://127.0.0.1:{free_port()}"
    passphrase.write_text("a long passphrase\n")
    environment = {"STUIVER_VERIFIER_PASSPHRASE_FILE": str(passphrase), "STUIVER_VERIFIER_FOLDER": str(folder)}

    def run(*words: str) -> str:
        done = subprocess.run(
            [STUIVER, "verifier", *words], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("init", "--name", "Gemeente Westerkwartier", "--public-url", url)
    entries = [
        {
            "name": {"nl": "Gemeente", "en": "Municipality"},
            "vcts": [vct],
            "dids": [validator.did],
            "bbs_keys": [{"public_key": encode_base64url(sk_to_pk(key)), "valid_until": "2200-01-01T00:00:00Z"}],
        }
        for vct, key in validator.secrets.items()
    ]
    (folder / "trust.json").write_text(json.dumps({"format": "stuiver/trust-list/v1", "issuers": entries}))
    command = [STUIVER, "verifier", "serve", "--port", url.rpartition(":")[2], "--database", long_database]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"Listening on {url}\n"
            yield Service(url, long_database, run, Anchors.from_pem([(folder / "anchor.pem").read_text()]))
        finally:
            process.terminate()
            process.wait(10)


@dataclass(frozen=True)
class Phone:
    """A wallet, over real HTTP."""

    citizen: Citizen
    service: Service
    fetch: GuardedFetch

    def open(self, link: str, *formats: str) -> AuthorizationRequest:
        """Fetch and verify what a link asks."""
        found = parse_request_link(link)
        assert isinstance(found, RequestReference)
        metadata = json.dumps({"vp_formats_supported": {name: {} for name in formats}})
        sent = RequestUriPost("a-nonce-of-the-wallet", metadata).to_form()
        octets = self.fetch.post_form(found.request_uri, sent, accept="application/oauth-authz-req+jwt").octets
        return verify_request(
            octets.decode(),
            client_id=found.client_id,
            wallet_nonce="a-nonce-of-the-wallet",
            now=datetime.now(UTC),
            dids=RESOLVER,
            certificates=self.service.anchors,
        ).request

    def answer(self, request: AuthorizationRequest) -> Fetched:
        """Present and send."""
        (query,) = request.dcql_query.credentials
        audience, texts = str(request.client_id), request.transactions_of(query.id)
        shown: str | dict[str, object]
        if query.format == "dc+sd-jwt":
            shown = present_sd_jwt(
                UnverifiedSdJwt.parse(self.citizen.age_sd_jwt),
                [claim.path for claim in query.claims],
                self.citizen.key,
                audience=audience,
                nonce=request.nonce,
                now=datetime.now(UTC),
            )
        else:
            asked = ClaimRequest.from_meta(query.meta, types())
            held = self.citizen.age if "age" in asked.credential_type.vct else self.citizen.income
            binding = Binding(audience, request.nonce, request.response_uri, texts)
            shown = present(held, asked, binding, as_of=datetime.now(UTC).date())
        response = AuthorizationResponse({query.id: (shown,)}, request.state)
        return self.fetch.post_form(request.response_uri, encrypt_response(response, request).to_form())


def years_ago(years: int) -> Any:
    today = datetime.now(UTC).date()
    return today.replace(year=today.year - years, day=1)


@pytest.fixture(scope="module")
def cast(validator: Validator, service: Service) -> dict[str, Phone]:
    fetch = GuardedFetch.for_this_machine()
    persons = {
        "amira": Person(years_ago(19), 154060),
        "bas": Person(years_ago(20), 154060),
        "cato": Person(years_ago(45), 154061),
    }
    return {
        name: Phone(Citizen.of(validator, person, index=index), service, fetch)
        for index, (name, person) in enumerate(persons.items())
    }


@pytest.fixture
def browser(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url) as client:
        yield client


def start(browser: httpx.Client, policy: str, device: str) -> dict[str, Any]:
    answer = browser.post("/requests", data={"policy": policy, "version": "1", "device": device})
    assert answer.status_code == 201, answer.text
    started: dict[str, Any] = answer.json()
    return started


def receipt_of(browser: httpx.Client, text: str) -> VerifiedReceipt:
    jwks = browser.get("/jwks").json()["keys"]
    return verify_receipt(text, {jwk["kid"]: PublicKey.from_jwk(jwk) for jwk in jwks})


def refusal(answer: Callable[[], Fetched]) -> str:
    with pytest.raises(StatusError) as caught:
        answer()
    return str(json.loads(caught.value.response.octets)["reason"])


@pytest.mark.parametrize("format_", ["dc+jwp", "dc+sd-jwt"])
def test_amira_proves_that_she_is_under_21_on_her_own_phone(
    format_: str, browser: httpx.Client, cast: dict[str, Phone], service: Service, tmp_path: Path
) -> None:
    started = start(browser, "under-21", "same")
    amira = cast["amira"]
    request = amira.open(started["link"], "dc+sd-jwt", format_)
    assert [query.format for query in request.dcql_query.credentials] == [format_]
    told = amira.answer(request).octets
    back = DirectPostAnswer.from_json(told).redirect_uri
    assert back is not None
    page = browser.get(back, headers={"Accept": "text/html", "Accept-Language": "nl"}, follow_redirects=True)
    assert "Het jongerentarief geldt voor u." in page.text
    assert "receipt" not in json.loads(told)
    receipt = browser.get(f"/requests/{started['id']}/receipt").text
    assert receipt_of(browser, receipt).decision == Allowed(("age_under_21",))
    (tmp_path / "receipt.jwt").write_text(receipt)
    said = service.run("check-receipt", str(tmp_path / "receipt.jwt"), "--verifier", service.url)
    assert "allowed: age_under_21" in said
    assert "(as published here)" in said


def test_amira_gets_the_income_allowance_once(browser: httpx.Client, cast: dict[str, Phone]) -> None:
    decisions, page = [], httpx.Response(0)
    for _ in range(2):
        started = start(browser, "income-allowance", "other")
        told = cast["amira"].answer(cast["amira"].open(started["link"], "dc+jwp")).octets
        decisions.append(receipt_of(browser, json.loads(told)["receipt"]).decision)
        page = browser.get(f"/requests/{started['id']}", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert decisions == [Allowed(("lives_here", "low_income")), Denied(("once_per_period",))]
    assert "You have been given this once before in this period." in page.text


def test_bas_cannot_use_what_was_revoked_nor_what_is_hers(browser: httpx.Client, cast: dict[str, Phone]) -> None:
    bas, started = cast["bas"], start(browser, "under-21", "other")
    request = bas.open(started["link"], "dc+sd-jwt")
    assert refusal(lambda: bas.answer(request)) == "revoked"
    page = browser.get(f"/requests/{started['id']}", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert "Your credential was taken back" in page.text
    thief = replace(bas, citizen=replace(bas.citizen, age_sd_jwt=cast["amira"].citizen.age_sd_jwt))
    with pytest.raises(ValueError, match="bound to another key"):
        thief.answer(request)


def test_cato_is_refused_and_told_why(browser: httpx.Client, cast: dict[str, Phone]) -> None:
    cato, started = cast["cato"], start(browser, "under-21", "other")
    told = cato.answer(cato.open(started["link"], "dc+sd-jwt")).octets
    assert receipt_of(browser, json.loads(told)["receipt"]).decision == Denied(("age_under_21",))
    page = browser.get(f"/requests/{started['id']}", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert "The youth rate does not apply to you" in page.text


def test_cato_cannot_make_a_request_of_his_own(cast: dict[str, Phone], browser: httpx.Client) -> None:
    """A request object that another key signed is none for any wallet."""
    forger = PrivateKey.generate(KeyType.P256)
    assert forger.public_key.thumbprint() not in {jwk["kid"] for jwk in browser.get("/jwks").json()["keys"]}
    started = start(browser, "under-21", "other")
    link = started["link"].replace("x509_hash%3A", "x509_hash%3AA")
    with pytest.raises(Exception, match="unknown_issuer"):
        cast["amira"].open(link, "dc+jwp")


def kept(database: str) -> bytes:
    """Everything in a database: its file, or each row on a server."""
    _, is_file, path = database.partition("sqlite:///")
    if is_file:
        return Path(path).read_bytes()
    engine = create_engine(database)
    with engine.connect() as connection:
        tables = [text(f'SELECT * FROM "{name}"') for name in inspect(engine).get_table_names()]  # noqa: S608
        rows = [str(connection.execute(table).all()) for table in tables]
    engine.dispose()
    return "".join(rows).encode()


def test_the_employee_sees_decisions_and_no_citizens(service: Service, cast: dict[str, Phone]) -> None:
    octets = kept(service.database)
    assert b"under-21" in octets
    amira = cast["amira"].citizen
    for personal in (amira.age_sd_jwt.encode(), b"154060", b"birth_date", str(years_ago(19)).encode()):
        assert personal not in octets
