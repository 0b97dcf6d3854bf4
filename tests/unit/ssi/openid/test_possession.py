# SPDX-License-Identifier: EUPL-1.2
"""Key proofs, DPoP proofs and code verifiers: accepted when they hold, each refusal with its reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import UnverifiedJws, sign_jwt
from ssi.keys import Algorithm, KeyType, PrivateKey
from ssi.openid.dpop import (
    access_token_hash,
    make_dpop_proof,
    normal_url,
    unverified_dpop_nonce,
    verify_dpop_proof,
    verify_dpop_proof_of_token,
)
from ssi.openid.pkce import code_challenge, make_code_verifier, verify_code_verifier
from ssi.openid.proof import UnverifiedKeyProof, make_key_proof

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
KEY = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\7")
OTHER_KEY = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\x08")
EDWARDS = PrivateKey.from_octets(KeyType.ED25519, bytes(32))
ISSUER = "https://issuer.example"
URL = "https://server.example/token"
TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
MINUTE = timedelta(minutes=1)


class Spent:
    """Remembers identifiers, as a server's store does."""

    def __init__(self) -> None:
        self.until: dict[str, datetime] = {}

    def spend(self, identifier: str, until: datetime) -> bool:
        is_new = identifier not in self.until
        self.until[identifier] = until
        return is_new


def _signed(claims: dict[str, Any], typ: str, *, key: PrivateKey = KEY, header: dict[str, Any] | None = None) -> str:
    return sign_jwt(claims, key, typ=typ, header={"jwk": key.public_key.to_jwk()} if header is None else header)


def _without_signature(text: str) -> str:
    return text.rpartition(".")[0] + "."


def _private_jwk() -> dict[str, str]:
    return KEY.public_key.to_jwk() | {"d": "AAAA"}


# key proofs

CLAIMS: dict[str, Any] = {"aud": ISSUER, "iat": int(NOW.timestamp()), "nonce": "c-nonce"}
PROOF_TYP = "openid4vci-proof+jwt"


def _verify_key_proof(text: str, *, client_id: str | None = None) -> None:
    UnverifiedKeyProof.parse(text).verify(
        audience=ISSUER, nonce="c-nonce", now=NOW, max_age=5 * MINUTE, client_id=client_id
    )


def test_a_key_proof_establishes_the_key() -> None:
    text = make_key_proof(KEY, audience=ISSUER, nonce="c-nonce", issued_at=NOW, client_id=None)
    unverified = UnverifiedKeyProof.parse(text)
    assert unverified.unverified_nonce == "c-nonce"
    assert "c-nonce" not in repr(unverified)
    verified = unverified.verify(audience=ISSUER, nonce="c-nonce", now=NOW, max_age=MINUTE, client_id="wallet")
    assert verified.key == KEY.public_key
    assert verified.issued_at == NOW


def test_a_key_proof_may_name_its_client() -> None:
    text = make_key_proof(KEY, audience=ISSUER, nonce="c-nonce", issued_at=NOW, client_id="wallet")
    _verify_key_proof(text, client_id="wallet")


def test_the_key_proof_of_the_specification_is_read() -> None:
    text = (
        "eyJ0eXAiOiJvcGVuaWQ0dmNpLXByb29mK2p3dCIsImFsZyI6IkVTMjU2Iiwiandr"
        "Ijp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoiblVXQW9BdjNYWml0aDhF"
        "N2kxOU9kYXhPTFlGT3dNLVoyRXVNMDJUaXJUNCIsInkiOiJIc2tIVThCalVpMVU5"
        "WHFpN1N3bWo4Z3dBS18weGtjRGpFV183MVNvc0VZIn19.eyJhdWQiOiJodHRwczo"
        "vL2NyZWRlbnRpYWwtaXNzdWVyLmV4YW1wbGUuY29tIiwiaWF0IjoxNzAxOTYwNDQ"
        "0LCJub25jZSI6IkxhclJHU2JtVVBZdFJZTzZCUTR5bjgifQ.-a3EDsxClUB4O3LeD"
        "D5DVGEnNMT01FCQW4P6-2-BNBqc_Zxf0Qw4CWayLEpqkAomlkLb9zioZoipdP-jvh1WlA"
    )
    unverified = UnverifiedKeyProof.parse(text)
    assert unverified.unverified_nonce == "LarRGSbmUPYtRYO6BQ4yn8"
    verified = unverified.verify(
        audience="https://credential-issuer.example.com",
        nonce="LarRGSbmUPYtRYO6BQ4yn8",
        now=datetime.fromtimestamp(1701960444, UTC),
        max_age=MINUTE,
        client_id=None,
    )
    assert verified.key.to_jwk()["x"] == "nUWAoAv3XZith8E7i19OdaxOLYFOwM-Z2EuM02TirT4"


KEY_PROOFS: dict[str, tuple[str, Reason]] = {
    "audience": (_signed(CLAIMS | {"aud": "https://evil.example"}, PROOF_TYP), Reason.WRONG_AUDIENCE),
    "audience-array": (_signed(CLAIMS | {"aud": [ISSUER]}, PROOF_TYP), Reason.WRONG_AUDIENCE),
    "no-audience": (_signed({"iat": CLAIMS["iat"], "nonce": "c-nonce"}, PROOF_TYP), Reason.WRONG_AUDIENCE),
    "nonce": (_signed(CLAIMS | {"nonce": "another"}, PROOF_TYP), Reason.WRONG_NONCE),
    "no-nonce": (_signed({"aud": ISSUER, "iat": CLAIMS["iat"]}, PROOF_TYP), Reason.WRONG_NONCE),
    "nonce-number": (_signed(CLAIMS | {"nonce": 5}, PROOF_TYP), Reason.MALFORMED),
    "old": (_signed(CLAIMS | {"iat": CLAIMS["iat"] - 361}, PROOF_TYP), Reason.TOO_OLD),
    "future": (_signed(CLAIMS | {"iat": CLAIMS["iat"] + 61}, PROOF_TYP), Reason.NOT_YET_VALID),
    "no-iat": (_signed({"aud": ISSUER, "nonce": "c-nonce"}, PROOF_TYP), Reason.MALFORMED),
    "iat-text": (_signed(CLAIMS | {"iat": str(CLAIMS["iat"])}, PROOF_TYP), Reason.MALFORMED),
    "issuer-after-anonymous-access": (_signed(CLAIMS | {"iss": "wallet"}, PROOF_TYP), Reason.UNKNOWN_ISSUER),
    "typ": (_signed(CLAIMS, "JWT"), Reason.WRONG_TYPE),
    "dpop-typ": (_signed(CLAIMS, "dpop+jwt"), Reason.WRONG_TYPE),
    "no-key": (_signed(CLAIMS, PROOF_TYP, header={}), Reason.UNRESOLVABLE_KEY),
    "kid": (_signed(CLAIMS, PROOF_TYP, header={"kid": "did:key:z6Mk#z6Mk"}), Reason.UNRESOLVABLE_KEY),
    "two-keys": (
        _signed(CLAIMS, PROOF_TYP, header={"jwk": KEY.public_key.to_jwk(), "kid": "x"}),
        Reason.UNRESOLVABLE_KEY,
    ),
    "key-is-text": (_signed(CLAIMS, PROOF_TYP, header={"jwk": "key"}), Reason.UNRESOLVABLE_KEY),
    "private-key": (_signed(CLAIMS, PROOF_TYP, header={"jwk": _private_jwk()}), Reason.INVALID_PUBLIC_KEY),
    "not-a-point": (
        _signed(CLAIMS, PROOF_TYP, header={"jwk": KEY.public_key.to_jwk() | {"y": "A" * 43}}),
        Reason.INVALID_PUBLIC_KEY,
    ),
    "another-key": (
        _signed(CLAIMS, PROOF_TYP, header={"jwk": OTHER_KEY.public_key.to_jwk()}),
        Reason.INVALID_SIGNATURE,
    ),
    "algorithm": (_signed(CLAIMS, PROOF_TYP, key=EDWARDS), Reason.WRONG_ALGORITHM),
    "confusion": (
        _signed(CLAIMS, PROOF_TYP, header={"jwk": EDWARDS.public_key.to_jwk()}),
        Reason.WRONG_ALGORITHM,
    ),
    "no-signature": (_without_signature(_signed(CLAIMS, PROOF_TYP)), Reason.WRONG_LENGTH),
    "two-parts": ("a.b", Reason.MALFORMED),
    "too-large": ("a" * (1 << 15), Reason.TOO_LARGE),
}


@pytest.mark.parametrize("name", KEY_PROOFS)
def test_a_key_proof_that_does_not_hold_is_refused(name: str) -> None:
    text, reason = KEY_PROOFS[name]
    with pytest.raises(VerificationError) as caught:
        _verify_key_proof(text)
    assert caught.value.reason is reason


def test_a_key_proof_of_another_client_is_refused() -> None:
    text = make_key_proof(KEY, audience=ISSUER, nonce="c-nonce", issued_at=NOW, client_id="somebody")
    with pytest.raises(VerificationError) as caught:
        _verify_key_proof(text, client_id="wallet")
    assert caught.value.reason is Reason.UNKNOWN_ISSUER


def test_an_issuer_chooses_the_algorithms_of_key_proofs() -> None:
    text = make_key_proof(EDWARDS, audience=ISSUER, nonce="c-nonce", issued_at=NOW, client_id=None)
    verified = UnverifiedKeyProof.parse(text).verify(
        audience=ISSUER,
        nonce="c-nonce",
        now=NOW,
        max_age=MINUTE,
        client_id=None,
        algorithms={Algorithm.ED25519},
    )
    assert verified.key == EDWARDS.public_key


# DPoP


def _dpop(**changes: Any) -> str:
    values: dict[str, Any] = {"nonce": None, "access_token": None, "issued_at": NOW, "jti": "-BwC3ESc6acc2lTc"}
    return make_dpop_proof(KEY, **{"method": "POST", "url": URL, **values, **changes})


def _verify_dpop(text: str, spent: Spent | None = None, *, nonce: str | None = None, now: datetime = NOW) -> None:
    verify_dpop_proof(
        text, method="POST", url=URL, nonce=nonce, now=now, max_age=MINUTE, spent=Spent() if spent is None else spent
    )


def _verify_with_token(text: str, *, token: str = TOKEN, thumbprint: str = KEY.public_key.thumbprint()) -> None:
    verify_dpop_proof_of_token(
        text,
        method="POST",
        url=URL,
        nonce=None,
        now=NOW,
        max_age=MINUTE,
        spent=Spent(),
        access_token=token,
        thumbprint=thumbprint,
    )


def test_a_dpop_proof_establishes_the_key() -> None:
    proof = verify_dpop_proof(
        _dpop(url=f"{URL}?a=b#c", nonce="n"),
        method="POST",
        url=URL,
        nonce="n",
        now=NOW,
        max_age=MINUTE,
        spent=Spent(),
    )
    assert proof.thumbprint == KEY.public_key.thumbprint()
    assert unverified_dpop_nonce(_dpop(nonce="n")) == "n"
    assert unverified_dpop_nonce(_dpop()) is None


def test_the_claims_of_a_dpop_proof_are_those_of_the_rfc() -> None:
    claims = UnverifiedJws.parse(_dpop(access_token=TOKEN)).unverified_claims()
    assert claims["ath"] == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    assert set(claims) == {"jti", "htm", "htu", "iat", "ath"}


def test_a_dpop_proof_is_accepted_once_and_remembered_as_long_as_it_could_come_again() -> None:
    spent = Spent()
    _verify_dpop(_dpop(), spent)
    with pytest.raises(VerificationError) as caught:
        _verify_dpop(_dpop(), spent)
    assert caught.value.reason is Reason.REPLAYED
    [until] = spent.until.values()
    with pytest.raises(VerificationError) as late:
        _verify_dpop(_dpop(issued_at=NOW + timedelta(seconds=60)), now=until + timedelta(seconds=1))
    assert late.value.reason is Reason.TOO_OLD


def test_a_refused_dpop_proof_spends_no_identifier() -> None:
    spent = Spent()
    with pytest.raises(VerificationError):
        _verify_dpop(_dpop(method="GET"), spent)
    assert not spent.until


def test_a_dpop_proof_of_a_token_holds_for_that_token_and_key() -> None:
    _verify_with_token(_dpop(access_token=TOKEN))
    for text, token, thumbprint in (
        (_dpop(access_token=TOKEN), "another", KEY.public_key.thumbprint()),
        (_dpop(), TOKEN, KEY.public_key.thumbprint()),
        (_dpop(access_token=TOKEN), TOKEN, OTHER_KEY.public_key.thumbprint()),
    ):
        with pytest.raises(VerificationError) as caught:
            _verify_with_token(text, token=token, thumbprint=thumbprint)
        assert caught.value.reason is Reason.FOREIGN_KEY_BINDING
    assert len(access_token_hash("é")) == 43


DPOP_CLAIMS: dict[str, Any] = {"jti": "a", "htm": "POST", "htu": URL, "iat": int(NOW.timestamp())}


def _dpop_of(typ: str = "dpop+jwt", header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {name: value for name, value in (DPOP_CLAIMS | changes).items() if value is not ...}
    return _signed(claims, typ, header=header)


DPOP_PROOFS: dict[str, tuple[str, Reason]] = {
    "method": (_dpop_of(htm="GET"), Reason.WRONG_AUDIENCE),
    "method-case": (_dpop_of(htm="post"), Reason.WRONG_AUDIENCE),
    "no-method": (_dpop_of(htm=...), Reason.WRONG_AUDIENCE),
    "path": (_dpop_of(htu="https://server.example/tokens"), Reason.WRONG_AUDIENCE),
    "host": (_dpop_of(htu="https://server.example.evil.example/token"), Reason.WRONG_AUDIENCE),
    "scheme": (_dpop_of(htu="http://server.example/token"), Reason.WRONG_AUDIENCE),
    "port": (_dpop_of(htu="https://server.example:8443/token"), Reason.WRONG_AUDIENCE),
    "no-url": (_dpop_of(htu=...), Reason.WRONG_AUDIENCE),
    "url-nonsense": (_dpop_of(htu="https://["), Reason.WRONG_AUDIENCE),
    "url-scheme": (_dpop_of(htu="ftp://server.example/token"), Reason.WRONG_AUDIENCE),
    "url-without-host": (_dpop_of(htu="https:///token"), Reason.WRONG_AUDIENCE),
    "url-long": (_dpop_of(htu=URL + "?" + "a" * 3000), Reason.WRONG_AUDIENCE),
    "old": (_dpop_of(iat=DPOP_CLAIMS["iat"] - 121), Reason.TOO_OLD),
    "future": (_dpop_of(iat=DPOP_CLAIMS["iat"] + 61), Reason.NOT_YET_VALID),
    "no-iat": (_dpop_of(iat=...), Reason.MALFORMED),
    "no-jti": (_dpop_of(jti=...), Reason.MALFORMED),
    "jti-empty": (_dpop_of(jti=""), Reason.MALFORMED),
    "jti-long": (_dpop_of(jti="a" * 257), Reason.MALFORMED),
    "jti-number": (_dpop_of(jti=5), Reason.MALFORMED),
    "typ": (_dpop_of(typ="JWT"), Reason.WRONG_TYPE),
    "no-key": (_dpop_of(header={}), Reason.UNRESOLVABLE_KEY),
    "private-key": (_dpop_of(header={"jwk": _private_jwk()}), Reason.INVALID_PUBLIC_KEY),
    "another-key": (_dpop_of(header={"jwk": OTHER_KEY.public_key.to_jwk()}), Reason.INVALID_SIGNATURE),
    "not-a-token": ("x", Reason.MALFORMED),
}


@pytest.mark.parametrize("name", DPOP_PROOFS)
def test_a_dpop_proof_that_does_not_hold_is_refused(name: str) -> None:
    text, reason = DPOP_PROOFS[name]
    with pytest.raises(VerificationError) as caught:
        _verify_dpop(text)
    assert caught.value.reason is reason


@pytest.mark.parametrize("sent", [None, "old"], ids=["missing", "another"])
def test_a_demanded_dpop_nonce_must_be_there(sent: str | None) -> None:
    with pytest.raises(VerificationError) as caught:
        _verify_dpop(_dpop(nonce=sent), nonce="fresh")
    assert caught.value.reason is Reason.WRONG_NONCE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://Server.EXAMPLE:443/token", URL),
        ("https://server.example/a/../token", URL),
        ("https://server.example/./token", URL),
        ("https://server.example/%74oken", URL),
        ("https://server.example/token?x=1#y", URL),
        ("https://server.example", "https://server.example/"),
        ("http://[::1]:80/a", "http://[::1]/a"),
        ("https://server.example/a/b/..", "https://server.example/a/"),
    ],
    ids=range(8),
)
def test_addresses_are_compared_in_their_normal_form(one: str, other: str) -> None:
    assert normal_url(one) == normal_url(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://server.example/token/", URL),
        ("https://server.example/Token", URL),
        ("https://server.example//token", URL),
        ("https://server.example/a%2Ftoken", "https://server.example/a/token"),
    ],
    ids=range(4),
)
def test_addresses_that_differ_stay_different(one: str, other: str) -> None:
    assert normal_url(one) != normal_url(other)


# PKCE


def test_the_challenge_of_the_rfc() -> None:
    verifier = make_code_verifier(
        bytes([116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186])
        + bytes([22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121])
    )
    assert verifier == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    challenge = code_challenge(verifier)
    assert challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    verify_code_verifier(verifier, challenge)
    with pytest.raises(ValueError, match="32 random octets"):
        make_code_verifier(b"short")


@pytest.mark.parametrize(
    ("verifier", "reason"),
    [
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXj", Reason.INVALID_PROOF),
        ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Reason.INVALID_PROOF),
        ("", Reason.MALFORMED),
        ("a" * 42, Reason.MALFORMED),
        ("a" * 129, Reason.MALFORMED),
        ("a" * 42 + "+", Reason.MALFORMED),
    ],
    ids=["another", "the-challenge-itself", "empty", "short", "long", "character"],
)
def test_a_verifier_of_another_request_is_refused(verifier: str, reason: Reason) -> None:
    with pytest.raises(VerificationError) as caught:
        verify_code_verifier(verifier, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    assert caught.value.reason is reason
