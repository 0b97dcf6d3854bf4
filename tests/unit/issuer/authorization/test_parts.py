# SPDX-License-Identifier: EUPL-1.2
"""The small parts: addresses, texts that are recognised, settings, wording, and what is forgotten."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from edge.headers import ContentPolicy
from edge.language import Language
from issuer.activation.errors import ActivationRefusal
from issuer.authorization.errors import Advice, LoginRefusal, LoginRefusedError, OAuthError
from issuer.authorization.login import LoopbackLogin
from issuer.authorization.model import TokenBinding
from issuer.authorization.nonces import Purpose, read_stamped, stamp
from issuer.authorization.redirects import is_allowed_redirect, is_custom_scheme, is_registered, origin_of
from issuer.authorization.settings import Lifetimes
from issuer.authorization.wording import ADVICE, LOGIN_REFUSALS, describe
from issuer.errors import SettingsError
from issuer.store import Store
from ssi.openid.errors import ErrorCode
from ssi.openid.offer import PRE_AUTHORIZED_CODE
from tests.unit.issuer.authorization.material import (
    REDIRECT,
    SECRET,
    Server,
    Wallet,
    configuration,
    logged_in,
    settings,
)
from tests.unit.issuer.material import AMIRA, START

ALLOWED = (
    "https://wallet.example/cb",
    "https://wallet.example:8443/cb?x=1&y=%20",
    "https://[2001:db8::1]/cb",
    "http://127.0.0.1:51234/cb",
    "http://[::1]/cb",
    "http://localhost:1/",
    "org.example.wallet:/cb",
    "org.example.wallet://cb",
)
REFUSED = (
    "",
    "wallet.example/cb",
    "//wallet.example/cb",
    "http://wallet.example/cb",
    "http://localhost.example/cb",
    "http://127.0.0.1.example/cb",
    "https://user@wallet.example/cb",
    "http://127.0.0.1@wallet.example/cb",
    "https://wallet.example/cb#fragment",
    "https://wallet.example/cb#",
    "https:///cb",
    "https:wallet.example",
    "https://wallet.example;script-src/cb",
    "https://wallet.example:99999/cb",
    "https://wallet.example\\@evil.example/",
    "https://wallet.example/a b",
    "https://wallet.example/\r\nSet-Cookie: x",
    "https://wallét.example/",
    "HTTPS://wallet.example/cb",
    "javascript:alert(1)",
    "data:text/html,x",
    "org.example.other:/cb",
    "https://wallet.example/" + "x" * 2000,
)


@pytest.mark.parametrize("address", ALLOWED)
def test_addresses_that_a_browser_may_return_to(address: str) -> None:
    assert is_allowed_redirect(address, {"org.example.wallet"})
    assert ContentPolicy(forms=("'self'", origin_of(address))).text


@pytest.mark.parametrize("address", REFUSED, ids=lambda address: repr(address[:40]))
def test_addresses_that_it_may_not(address: str) -> None:
    assert not is_allowed_redirect(address, {"org.example.wallet"})


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_not(address: str) -> None:
    if is_allowed_redirect(address, {"org.example.wallet"}):
        assert ContentPolicy(forms=(origin_of(address),)).text


def test_a_listed_address_is_matched_exactly_but_for_the_port_of_this_machine() -> None:
    listed = ("http://127.0.0.1:1/cb", REDIRECT)
    assert is_registered(REDIRECT, listed)
    assert is_registered("http://127.0.0.1:2/cb", listed)
    for other in ("http://127.0.0.1:2/cb/", "http://localhost:1/cb", REDIRECT + "?", "https://wallet.example:443/cb"):
        assert not is_registered(other, listed)


@pytest.mark.parametrize("scheme", ["https", "javascript", "data", "file", "Wallet", "1a", "x", "", "wal let"])
def test_schemes_that_are_no_applications(scheme: str) -> None:
    assert not is_custom_scheme(scheme)
    with pytest.raises(SettingsError):
        settings(redirect_schemes=frozenset({scheme}))


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_a_stamped_text_says_what_it_said_until_its_moment(content: bytes, seconds: int) -> None:
    until = START + timedelta(seconds=seconds)
    made = stamp(SECRET, Purpose.OFFER, content, until)
    assert read_stamped(SECRET, Purpose.OFFER, made, until) == content
    assert read_stamped(SECRET, Purpose.OFFER, made, until + timedelta(seconds=1)) is None
    assert read_stamped(SECRET, Purpose.PROOF_NONCE, made, until) is None
    assert read_stamped(bytes(32), Purpose.OFFER, made, until) is None


@given(st.text(max_size=100))
def test_no_other_text_is_ours(unverified: str) -> None:
    assert read_stamped(SECRET, Purpose.PROOF_NONCE, unverified, START) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://issuer.example"},
        {"issuer": "https://issuer.example/"},
        {"issuer": "https://issuer.example?x"},
        {"issuer": "https://a@issuer.example"},
        {"issuer": "issuer.example"},
        {"issuer": "https://["},
        {"issuer_name": " "},
        {"configurations": ()},
        {"configurations": (configuration("a"), configuration("a"))},
        {"configurations": (configuration("a b"),)},
        {"secret": bytes(31)},
    ],
    ids=lambda changes: "-".join(f"{name}" for name in changes),
)
def test_settings_that_cannot_work_are_refused_at_the_start(changes: Mapping[str, Any]) -> None:
    with pytest.raises(SettingsError):
        settings(**changes)


@pytest.mark.parametrize(
    "changes",
    [{"access_token": timedelta(minutes=4)}, {"access_token": timedelta(minutes=11)}, {"code": timedelta(hours=1)}],
    ids=str,
)
def test_times_out_of_range_are_refused(changes: Mapping[str, timedelta]) -> None:
    with pytest.raises(SettingsError):
        Lifetimes(**changes)


def test_every_refusal_has_words_that_oauth_allows() -> None:
    assert set(ADVICE) == set(Advice)
    assert set(LOGIN_REFUSALS) == set(LoginRefusal)
    allowed = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")
    for advice in (*Advice, *ActivationRefusal):
        error = OAuthError(ErrorCode.INVALID_GRANT, advice)
        for language in Language:
            assert allowed.fullmatch(describe(error, language)), advice
    assert describe(
        OAuthError(ErrorCode.INVALID_REQUEST, Advice.MALFORMED, detail="$.x: is missing"), Language.EN
    ).endswith("($.x: is missing)")


def test_secrets_and_persons_stay_out_of_what_is_printed(server: Server, wallet: Wallet) -> None:
    code, pin = server.letter()
    answer = wallet.redeem(code, pin)
    shown = repr((answer, settings(), server.visits, server.service.metadata()))
    assert answer.refresh_token is not None
    for secret in (code, pin, answer.access_token, answer.refresh_token, repr(SECRET)):
        assert secret not in shown


def test_no_secret_is_in_the_database(server: Server, wallet: Wallet, store: Store) -> None:
    letter = server.letter()
    answer = wallet.redeem(*letter)
    reference = wallet.push(wallet.request()).request_uri
    code = logged_in(wallet)
    with store.transaction() as transaction:
        connection = transaction.database.connection()
        tables = inspect(connection).get_table_names()
        rows = [connection.execute(text(f'select * from "{name}"')).all() for name in tables]  # noqa: S608
    assert "authorization_grant" in tables
    assert any(AMIRA in str(found) for found in rows)
    for secret in (*letter, answer.access_token, answer.refresh_token, reference, code):
        assert secret is not None
        assert secret not in str(rows)


def test_what_has_expired_is_forgotten(server: Server, wallet: Wallet, store: Store) -> None:
    wallet.redeem(*server.letter())
    wallet.push(wallet.request())
    wallet.exchange(logged_in(wallet))
    server.visits.follow(wallet.client_id, wallet.push(wallet.request()).request_uri)

    def counts() -> dict[str, int]:
        with store.transaction() as transaction:
            connection = transaction.database.connection()
            return {
                name: connection.execute(text(f"select count(*) from {name}")).scalar_one()  # noqa: S608
                for name in inspect(connection).get_table_names()
                if name.startswith("authorization_")
            }

    assert len(counts()) == 7
    assert all(counts().values())
    server.clock.now += timedelta(hours=1)
    wallet.push(wallet.request())  # a request of anybody sweeps
    left = counts()
    assert left["authorization_proof"] == left["authorization_visit"] == left["authorization_access_token"] == 0
    assert left["authorization_request"] == 1
    assert left["authorization_grant"] == left["authorization_refresh_token"] == 2
    server.clock.pass_days(31)
    server.service.forget_expired()
    assert not any(counts().values())


# the login for demonstrations


def test_the_demonstration_is_for_this_machine(tmp_path: Path) -> None:
    for url in ("https://desk.example", "http://10.0.0.1:8018", "https://localhost.example"):
        with pytest.raises(SettingsError):
            LoopbackLogin(url, "long enough")
    with pytest.raises(SettingsError):
        LoopbackLogin("http://127.0.0.1:8018", "short")
    file = tmp_path / "passphrase"
    file.write_bytes("wachtzin één\nmore".encode())
    login = LoopbackLogin.from_file("http://127.0.0.1:8018", file)
    assert login.start().url == "http://127.0.0.1:8018/authorize/login"
    assert login.finish("", {"person": " amira ", "passphrase": "wachtzin één"}) == "amira"
    file.write_bytes(b"\xff" * 20)
    with pytest.raises(SettingsError):
        LoopbackLogin.from_file("http://127.0.0.1:8018", file)


def test_wrong_passphrases_cost_time() -> None:
    login = LoopbackLogin("http://localhost", "long enough")
    reasons = []
    for _ in range(11):
        with pytest.raises(LoginRefusedError) as caught:
            login.finish("", {"person": "amira", "passphrase": "wrong"})
        reasons.append(caught.value.reason)
    assert reasons == [LoginRefusal.WRONG] * 10 + [LoginRefusal.TOO_MANY]


# any request at all

NAMES = (
    *("grant_type", "pre-authorized_code", "tx_code", "code", "redirect_uri", "code_verifier", "refresh_token"),
    *("client_id", "scope", "authorization_details", "response_type", "code_challenge", "code_challenge_method"),
    *("state", "issuer_state", "dpop_jkt", "request", "request_uri", "x"),
)
VALUES = st.sampled_from([
    "", "code", "S256", PRE_AUTHORIZED_CODE, "authorization_code", "refresh_token", "x" * 43, REDIRECT, "[]", "[{}]",
    '[{"type":"openid_credential","credential_configuration_id":"age-sd-jwt"}]', "scope:age-sd-jwt", "000000",
])  # fmt: skip


@pytest.fixture(scope="module")
def anybodys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = Store.at(tmp_path_factory.mktemp("fuzz") / "desk.sqlite")
    yield Server.on(store, token_binding=TokenBinding.DPOP_OR_BEARER)
    store.close()


@hypothesis_settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), VALUES | st.text(max_size=30)), max_size=12), st.text(max_size=30))
def test_any_request_is_answered_or_refused(anybodys: Server, pairs: list[tuple[str, str]], proof: str) -> None:
    for work in (anybodys.service.token, anybodys.service.push):
        for proofs in ([], [proof]):
            with suppress(OAuthError):  # nothing else may be raised
                assert work(pairs, proofs).to_json()
    with pytest.raises(OAuthError):
        anybodys.service.authorise(f"DPoP {proof}", [proof], method="POST", url="https://desk.example/credential")
