# SPDX-License-Identifier: EUPL-1.2
"""Signed tokens: what verifies, and each way not to."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from ssi.base64url import encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import LONGEST_HEADER, UnverifiedJws, is_type, sign_jwt, verify_jws, verify_jwt
from ssi.keys import Algorithm, KeyType, PrivateKey, PublicKey
from ssi.keys.points import load_ec

KEY = PrivateKey.from_octets(KeyType.P256, bytes(range(1, 33)))
OTHER = PrivateKey.from_octets(KeyType.P256, bytes(range(2, 34)))
CLAIMS: dict[str, object] = {"sub": "amira", "n": 1, "list": [True, None, "é"]}


def part(value: object) -> str:
    """A part of a token."""
    return encode_base64url(value if isinstance(value, bytes) else json.dumps(value).encode())


def token(header: object, payload: object = CLAIMS, signer: PrivateKey = KEY) -> str:
    """A token with any header, signed correctly."""
    signing_input = f"{part(header)}.{part(payload)}"
    return f"{signing_input}.{part(signer.sign(signing_input.encode()))}"


def refusal(text: str, key: PublicKey = KEY.public_key, typ: str = "test+jwt") -> Reason:
    """Why a token is refused."""
    with pytest.raises(VerificationError) as refused:
        verify_jwt(UnverifiedJws.parse(text), key, typ=typ)
    return refused.value.reason


@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.ED25519, KeyType.SECP256K1])
def test_verifies_what_it_signs(key_type: KeyType) -> None:
    key = PrivateKey.generate(key_type)
    text = sign_jwt(CLAIMS, key, typ="test+jwt", header={"kid": "1"})
    verified = verify_jwt(UnverifiedJws.parse(text), key.public_key, typ="test+jwt")
    assert verified.claims == CLAIMS
    assert verified.header == {"alg": key.algorithm.value, "typ": "test+jwt", "kid": "1"}


def test_accepts_the_older_name_of_ed25519() -> None:
    key = PrivateKey.generate(KeyType.ED25519)
    text = token({"alg": "EdDSA", "typ": "test+jwt"}, signer=key)
    assert verify_jwt(UnverifiedJws.parse(text), key.public_key, typ="test+jwt").claims == CLAIMS


def test_a_signer_may_keep_its_key_to_itself() -> None:
    class Module:
        algorithm = Algorithm.ES256
        public_key = KEY.public_key

        def sign(self, message: bytes) -> bytes:
            return KEY.sign(message)

    text = sign_jwt(CLAIMS, Module(), typ="test+jwt")
    assert verify_jws(UnverifiedJws.parse(text), KEY.public_key, typ="test+jwt").payload


@pytest.mark.parametrize("typ", ["test+jwt", "application/test+jwt", "Application/TEST+JWT", "TEST+jwt"])
def test_compares_types_as_media_types(typ: str) -> None:
    assert verify_jwt(UnverifiedJws.parse(token({"alg": "ES256", "typ": typ})), KEY.public_key, typ="test+jwt").claims


def test_a_type_is_text() -> None:
    assert not is_type(None, "jwt")
    assert not is_type(["jwt"], "jwt")


def _with_hmac() -> str:
    """The classic confusion: a MAC whose secret is the public key, as its PEM."""
    pem = load_ec(KeyType.P256, KEY.public_key.octets).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signing_input = f"{part({'alg': 'HS256', 'typ': 'test+jwt'})}.{part(CLAIMS)}"
    return f"{signing_input}.{part(hmac.digest(pem, signing_input.encode(), hashlib.sha256))}"


GOOD = token({"alg": "ES256", "typ": "test+jwt"})
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")
ES256: Mapping[str, Any] = {"alg": "ES256", "typ": "test+jwt"}
REFUSED = {
    "alg none without signature": (f"{part({**ES256, 'alg': 'none'})}.{PAYLOAD}.", Reason.WRONG_ALGORITHM),
    "alg none with a signature": (token({**ES256, "alg": "none"}), Reason.WRONG_ALGORITHM),
    "alg none in capitals": (token({**ES256, "alg": "NONE"}), Reason.WRONG_ALGORITHM),
    "a MAC keyed with the public key": (_with_hmac(), Reason.WRONG_ALGORITHM),
    "another curve's algorithm": (token({**ES256, "alg": "ES384"}), Reason.WRONG_ALGORITHM),
    "the algorithm of another key type": (token({**ES256, "alg": "Ed25519"}), Reason.WRONG_ALGORITHM),
    "an algorithm in small letters": (token({**ES256, "alg": "es256"}), Reason.WRONG_ALGORITHM),
    "no algorithm": (token({"typ": "test+jwt"}), Reason.MALFORMED),
    "an algorithm that is no text": (token({**ES256, "alg": ["ES256"]}), Reason.MALFORMED),
    "no type": (token({"alg": "ES256"}), Reason.WRONG_TYPE),
    "another type": (token({**ES256, "typ": "JWT"}), Reason.WRONG_TYPE),
    "a type that is no text": (token({**ES256, "typ": 1}), Reason.WRONG_TYPE),
    "a critical extension": (token({**ES256, "crit": ["exp"], "exp": 1}), Reason.UNKNOWN_CRITICAL_HEADER),
    "an empty list of critical extensions": (token({**ES256, "crit": []}), Reason.UNKNOWN_CRITICAL_HEADER),
    "an unencoded payload": (token({**ES256, "b64": False}), Reason.UNKNOWN_CRITICAL_HEADER),
    "another key": (token(ES256, signer=OTHER), Reason.INVALID_SIGNATURE),
    "another payload": (f"{HEADER}.{part({'sub': 'cato'})}.{SIGNATURE}", Reason.INVALID_SIGNATURE),
    "another header": (f"{part({**ES256, 'kid': '2'})}.{PAYLOAD}.{SIGNATURE}", Reason.INVALID_SIGNATURE),
    "a signature of zeros": (f"{HEADER}.{PAYLOAD}.{part(bytes(64))}", Reason.INVALID_SIGNATURE),
    "a signature cut short": (f"{HEADER}.{PAYLOAD}.{part(bytes(63))}", Reason.WRONG_LENGTH),
    "no signature": (f"{HEADER}.{PAYLOAD}.", Reason.WRONG_LENGTH),
    "a signature in another encoding": (
        f"{HEADER}.{PAYLOAD}.{part(b'0E' + bytes(69))}",
        Reason.WRONG_LENGTH,
    ),
    "two parts": (f"{HEADER}.{PAYLOAD}", Reason.MALFORMED),
    "four parts": (f"{GOOD}.{SIGNATURE}", Reason.MALFORMED),
    "padding": (f"{HEADER}==.{PAYLOAD}.{SIGNATURE}", Reason.MALFORMED),
    "a blank in front": (f" {GOOD}", Reason.MALFORMED),
    "the alphabet of base64": (f"{HEADER}.{PAYLOAD}+.{SIGNATURE}", Reason.MALFORMED),
    "letters that are not ASCII": (f"{HEADER}.é{PAYLOAD}.{SIGNATURE}", Reason.MALFORMED),
    "bits that no octet holds": (f"{HEADER}.{PAYLOAD}.{SIGNATURE[:-1]}B", Reason.MALFORMED),
    "a header that is no object": (token(["ES256"]), Reason.MALFORMED),
    "a header that repeats a name": (token(b'{"alg":"none","alg":"ES256","typ":"test+jwt"}'), Reason.MALFORMED),
    "a header in bad UTF-8": (token(b'{"alg":"ES256","typ":"\xff"}'), Reason.MALFORMED),
    "a header nested too deep": (token(b'{"alg":"ES256","x":' + b"[" * 70 + b"]" * 70 + b"}"), Reason.TOO_DEEP),
    "a header of many octets": (token({**ES256, "x5c": ["A" * LONGEST_HEADER]}), Reason.TOO_LARGE),
    "claims that are no object": (token(ES256, [1]), Reason.MALFORMED),
    "claims that repeat a name": (token(ES256, b'{"sub":"a","sub":"b"}'), Reason.MALFORMED),
    "claims nested too deep": (token(ES256, b'{"a":' + b"[" * 70 + b"]" * 70 + b"}"), Reason.TOO_DEEP),
    "a token of many characters": (f"{HEADER}.{part(b'x' * 200_000)}.{SIGNATURE}", Reason.TOO_LARGE),
    "a signature of many characters": (f"{HEADER}.{PAYLOAD}.{'A' * 2000}", Reason.MALFORMED),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_refuses(name: str) -> None:
    text, reason = REFUSED[name]
    assert refusal(text) is reason


def test_a_key_that_cannot_verify_refuses() -> None:
    from_elsewhere = PublicKey.from_jwk({"kty": "OKP", "crv": "X25519", "x": encode_base64url(b"\x09" + bytes(31))})
    assert refusal(GOOD, from_elsewhere) is Reason.WRONG_ALGORITHM


@pytest.mark.parametrize("name", ["alg", "typ", "crit", "b64"])
def test_signs_no_header_that_contradicts_it(name: str) -> None:
    with pytest.raises(ValueError, match="arguments of their own"):
        sign_jwt(CLAIMS, KEY, typ="test+jwt", header={name: "x"})


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("ABCdef019-_.~"))
def test_no_changed_character_verifies(position: int, character: str) -> None:
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    if changed != GOOD:
        refusal(changed)


@given(st.text(max_size=80))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    refusal(text)
