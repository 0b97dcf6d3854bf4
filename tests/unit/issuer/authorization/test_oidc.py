# SPDX-License-Identifier: EUPL-1.2
"""ID tokens and a provider's documents: what is believed and what is not. A real provider is in the flow tests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from edge.fetched import Fetched, FetchError, FetchReason, StatusError
from issuer.authorization.errors import LoginRefusedError
from issuer.authorization.id_token import IdTokenAlgorithm, find_key, parse_id_token, verify_id_token
from issuer.authorization.oidc import OidcLogin, OidcSettings
from issuer.errors import SettingsError
from ssi.base64url import encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.keys import KeyType
from ssi.keys.private import PrivateKey
from tests.unit.issuer.material import START, Clock

PROVIDER = "https://login.example/realm"
DESK = "https://desk.example"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = PrivateKey.generate(KeyType.P256)


def rsa_jwk(key: rsa.RSAPrivateKey = RSA, **more: str) -> dict[str, object]:
    numbers = key.public_key().public_numbers()
    n, e = (number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (numbers.n, numbers.e))
    return {"kty": "RSA", "n": encode_base64url(n), "e": encode_base64url(e), **more}


def token(claims: Mapping[str, object], algorithm: str = "RS256", **header: object) -> str:
    """A token signed with the key of its algorithm, or not signed."""
    parts = [{"alg": algorithm, **header}, claims]
    text = ".".join(encode_base64url(json.dumps(part).encode()) for part in parts)
    if algorithm == "RS256":
        signature = RSA.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        signature = EC.sign(text.encode()) if algorithm == "ES256" else b""
    return f"{text}.{encode_base64url(signature)}"


def claims(**changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "iss": PROVIDER,
        "aud": "desk",
        "sub": "1",
        "reference": "amira",
        "nonce": "n",
        "iat": int(START.timestamp()),
        "exp": int(START.timestamp()) + 300,
        **changes,
    }
    return {name: value for name, value in values.items() if value is not ...}


def verified(text: str, algorithm: IdTokenAlgorithm = IdTokenAlgorithm.RS256, key: Any = None) -> Mapping[str, object]:
    unverified = parse_id_token(text)
    found = find_key(
        unverified.unverified_header, [rsa_jwk(), EC.public_key.to_jwk()] if key is None else [key], algorithm
    )
    assert found is not None
    return verify_id_token(
        unverified, found, algorithm=algorithm, issuer=PROVIDER, client_id="desk", nonce="n", now=START
    ).claims


@pytest.mark.parametrize("algorithm", IdTokenAlgorithm, ids=str)
@pytest.mark.parametrize(
    "changes", [{}, {"aud": ["desk", "x"], "azp": "desk"}, {"aud": ["desk"]}, {"azp": "desk"}], ids=str
)
def test_a_token_that_holds_says_who_it_is(algorithm: IdTokenAlgorithm, changes: dict[str, object]) -> None:
    assert verified(token(claims(**changes), algorithm), algorithm)["reference"] == "amira"
    assert verified(token(claims(), algorithm, typ="JWT"), algorithm)["sub"] == "1"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": PROVIDER + "/"}, Reason.UNKNOWN_ISSUER),
        ({"iss": ...}, Reason.UNKNOWN_ISSUER),
        ({"aud": "other"}, Reason.WRONG_AUDIENCE),
        ({"aud": ...}, Reason.WRONG_AUDIENCE),
        ({"aud": []}, Reason.WRONG_AUDIENCE),
        ({"aud": ["desk", "other"]}, Reason.WRONG_AUDIENCE),
        ({"aud": "desk", "azp": "other"}, Reason.WRONG_AUDIENCE),
        ({"nonce": "other"}, Reason.WRONG_NONCE),
        ({"nonce": ...}, Reason.WRONG_NONCE),
        ({"nonce": ["n"]}, Reason.WRONG_NONCE),
        ({"exp": int(START.timestamp()) - 61}, Reason.EXPIRED),
        ({"iat": int(START.timestamp()) + 120}, Reason.NOT_YET_VALID),
        ({"exp": ...}, Reason.MALFORMED),
        ({"iat": ...}, Reason.MALFORMED),
        ({"exp": "soon"}, Reason.MALFORMED),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_token_with_other_claims_is_refused(changes: dict[str, object], reason: Reason) -> None:
    with pytest.raises(VerificationError) as caught:
        verified(token(claims(**changes)))
    assert caught.value.reason is reason


def refused(text: str, **settings: Any) -> Reason:
    with pytest.raises(VerificationError) as caught:
        verified(text, **settings)
    return caught.value.reason


def test_a_token_chooses_neither_algorithm_nor_key() -> None:
    assert refused(token(claims(), "none")) is Reason.WRONG_ALGORITHM
    assert refused(token(claims(), "HS256")) is Reason.WRONG_ALGORITHM
    assert refused(token(claims(), "ES256")) is Reason.WRONG_ALGORITHM
    assert refused(token(claims()), algorithm=IdTokenAlgorithm.ES256) is Reason.WRONG_ALGORITHM
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert refused(token(claims()), key=rsa_jwk(other)) is Reason.INVALID_SIGNATURE
    stolen = PrivateKey.generate(KeyType.P256).public_key.to_jwk()
    assert refused(token(claims(), "ES256"), algorithm=IdTokenAlgorithm.ES256, key=stolen) is Reason.INVALID_SIGNATURE
    assert refused(token(claims(), crit=["x"])) is Reason.UNKNOWN_CRITICAL_HEADER
    assert refused(token(claims(), typ="at+jwt")) is Reason.WRONG_TYPE
    assert refused("x" * 40_000) is Reason.TOO_LARGE


def test_a_key_is_found_only_when_there_is_no_doubt() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - to be refused
    ours = rsa_jwk(kid="1", alg="RS256", use="sig")

    def found(header: dict[str, object], *keys: object) -> bool:
        return find_key(header, keys, IdTokenAlgorithm.RS256) is not None

    assert found({"kid": "1"}, ours, rsa_jwk(kid="2"), EC.public_key.to_jwk(), 3, {"kty": "RSA"})
    assert found({}, ours)
    assert not found({}, ours, rsa_jwk(kid="2"))
    assert not found({"kid": "1"}, ours, ours)
    assert not found({"kid": "3"}, ours)
    assert not found({"kid": "1"}, rsa_jwk(weak, kid="1"))
    assert not found({"kid": "1"}, rsa_jwk(kid="1", use="enc"))
    assert not found({"kid": "1"}, rsa_jwk(kid="1", alg="PS256"))
    assert not found({"kid": "1"}, {**ours, "d": "AQAB"})


@dataclass
class Realm:
    """A provider without a network: its documents, and an ID token for whatever code comes."""

    clock: Clock = field(default_factory=Clock)
    document: dict[str, object] = field(
        default_factory=lambda: {
            "issuer": PROVIDER,
            "authorization_endpoint": "https://login.example/login?tenant=1",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://login.example/keys",
        }
    )
    keys: list[object] = field(default_factory=lambda: [rsa_jwk(kid="1")])
    kid: str = "1"
    nonce: str = ""
    claims: dict[str, object] = field(default_factory=dict)
    answer: object = None
    error: FetchError | None = None
    asked: list[str] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)

    def get(self, url: str, *, accept: str, most: int | None = None) -> Fetched:
        self.asked.append(url)
        if self.error is not None:
            raise self.error
        document = {"keys": self.keys} if url.endswith("/keys") else self.document
        return Fetched(200, json.dumps(document).encode(), accept, {})

    def post_form(
        self, url: str, fields: Mapping[str, str], *, most: int | None = None, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        self.sent = {**fields, **(headers or {})}
        if self.error is not None:
            raise self.error
        good = {"id_token": token(claims(nonce=self.nonce, **self.claims), kid=self.kid)}
        answer = good if self.answer is None else self.answer
        return Fetched(200, json.dumps(answer).encode(), "application/json", {})

    def login(self, **changes: Any) -> OidcLogin:
        settings = OidcSettings(**{"issuer": PROVIDER, "client_id": "desk", "person_claim": "reference", **changes})
        return OidcLogin(settings, DESK, self, self.clock)

    def result(self, login: OidcLogin, **more: str) -> str:
        """Who comes out, or why nobody."""
        try:
            start = login.start()
            query = dict(parse_qsl(urlsplit(start.url).query))
            self.nonce = query["nonce"]
            return login.finish(start.kept, {"state": query["state"], "code": "c", **more})
        except LoginRefusedError as error:
            return error.reason.value


def test_a_login_asks_for_what_the_standard_says() -> None:
    realm = Realm()
    login = realm.login(scopes=("profile",), acr_values=("substantial", "high"))
    start = login.start()
    query = dict(parse_qsl(urlsplit(start.url).query))
    assert start.url.startswith("https://login.example/login?tenant=1&response_type=code")
    assert query["redirect_uri"] == f"{DESK}/authorize/callback"
    assert (query["scope"], query["acr_values"]) == ("openid profile", "substantial high")
    assert (query["code_challenge_method"], len(query["code_challenge"])) == ("S256", 43)
    assert query["nonce"] not in repr(start)
    realm.claims = {"acr": "high"}
    assert realm.result(login) == "amira"
    assert realm.sent["client_id"] == "desk"
    for reached in ("low", None, ["high"]):
        realm.claims = {"acr": reached}
        assert realm.result(login) == "invalid"


@pytest.mark.parametrize("state", ["", "x", "é", "\ud800"], ids=ascii)
def test_an_answer_with_another_state_is_not_of_this_login(state: str) -> None:
    realm = Realm()
    assert realm.result(realm.login(), state=state) == "invalid"
    assert realm.sent == {}


def test_a_secret_goes_into_the_header_and_nowhere_else() -> None:
    realm = Realm()
    login = realm.login(client_secret="s+ e:")
    assert realm.result(login) == "amira"
    assert realm.sent["Authorization"] == "Basic ZGVzazpzJTJCK2UlM0E="
    assert "client_id" not in realm.sent
    assert "s+ e:" not in repr(OidcSettings(PROVIDER, "desk", "reference", "s+ e:"))


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://login.example"},
        {"token_endpoint": "http://login.example/token"},
        {"token_endpoint": "http://127.0.0.1/token"},
        {"authorization_endpoint": "javascript:x"},
        {"authorization_endpoint": "https://login.example/login#x"},
        {"jwks_uri": None},
        {"jwks_uri": 1},
    ],
    ids=str,
)
def test_a_provider_with_other_documents_is_not_used(changes: dict[str, object]) -> None:
    realm = Realm()
    realm.document |= changes
    assert realm.result(realm.login()) == "unavailable"


@pytest.mark.parametrize("value", [None, "", 7, ["amira"], "x" * 201], ids=lambda value: str(value)[:10])
def test_a_claim_that_is_no_reference_is_nobody(value: object) -> None:
    realm = Realm(claims={"reference": value})
    assert realm.result(realm.login()) == "invalid"


def test_what_the_token_endpoint_may_answer() -> None:
    realm = Realm()
    login = realm.login()
    answers: tuple[object, ...] = ({}, {"id_token": 1}, {"id_token": "x"}, [])
    for answer in answers:
        realm.answer = answer
        assert realm.result(login) == "invalid"
    for status, expected in ((400, "invalid"), (401, "invalid"), (503, "unavailable")):
        realm.error = StatusError("https://login.example", Fetched(status, b"{}", "", {}))
        assert realm.result(login) == expected
    realm.error = FetchError(FetchReason.TIMED_OUT)
    assert realm.result(login) == "unavailable"
    realm.error = None
    realm.answer = None
    assert realm.result(login, iss=PROVIDER) == "amira"
    assert realm.result(login, iss="https://other.example") == "invalid"


def test_a_provider_that_does_not_answer_is_left_alone_for_some_seconds() -> None:
    realm = Realm(error=FetchError(FetchReason.TIMED_OUT))
    login = realm.login()
    assert [realm.result(login) for _ in range(3)] == ["unavailable"] * 3
    assert len(realm.asked) == 1
    realm.error = None
    assert realm.result(login) == "unavailable"
    realm.clock.now += timedelta(seconds=10)
    assert realm.result(login) == "amira"


def test_new_keys_of_the_provider_are_fetched_but_not_all_the_time() -> None:
    realm = Realm()
    login = realm.login()
    assert realm.result(login) == "amira"
    realm.kid, realm.keys = "2", [rsa_jwk(kid="2")]
    assert realm.result(login) == "invalid"
    realm.clock.now += timedelta(seconds=61)
    assert realm.result(login) == "amira"
    assert realm.asked.count("https://login.example/keys") == 2
    assert realm.asked.count(f"{PROVIDER}/.well-known/openid-configuration") == 1
    realm.clock.now += timedelta(minutes=2)
    realm.claims = {"iat": int(realm.clock.now.timestamp()), "exp": int(realm.clock.now.timestamp()) + 60}
    assert realm.result(login) == "amira"
    realm.clock.now += timedelta(hours=2)
    realm.claims = {"iat": int(realm.clock.now.timestamp()), "exp": int(realm.clock.now.timestamp()) + 60}
    assert realm.result(login) == "amira"
    assert realm.asked.count(f"{PROVIDER}/.well-known/openid-configuration") == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://login.example"},
        {"issuer": "https://login.example?x"},
        {"client_id": ""},
        {"person_claim": ""},
    ],
    ids=str,
)
def test_settings_of_a_login_that_cannot_work_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        Realm().login(**changes)
