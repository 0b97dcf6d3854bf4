# SPDX-License-Identifier: EUPL-1.2
"""Encrypted messages: the one algorithm there is, and every other refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto import jwe, jwk

from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.jwe import ENCRYPTIONS, EphemeralKey, encrypt, read_jwe_header
from ssi.jose.tokens_json import LONGEST
from ssi.keys import KeyType, PrivateKey

KEY = EphemeralKey.generate(kid="1")
GOOD = encrypt(b"a message", KEY.public_jwk(), "A256GCM")
PARTS = GOOD.split(".")
P384 = jwk.JWK.generate(kty="EC", crv="P-384")


def with_header(**changes: Any) -> str:
    """The message with another header; None takes a member away."""
    header = {**json.loads(decode_base64url(PARTS[0])), **changes}
    octets = json.dumps({name: value for name, value in header.items() if value is not None}).encode()
    return ".".join([encode_base64url(octets), *PARTS[1:]])


def by_library(header: dict[str, Any], key: jwk.JWK | None = None) -> str:
    """A message that the library would make and read, but we do not."""
    algorithms = [header["alg"], header["enc"]]
    message = jwe.JWE(b"a message", protected=json.dumps(header), algs=algorithms)
    message.add_recipient(key or jwk.JWK(**KEY.public_key.to_jwk()))
    return str(message.serialize(compact=True))


@pytest.mark.parametrize("enc", ENCRYPTIONS)
def test_decrypts_what_it_encrypts(enc: str) -> None:
    text = encrypt(b"a message", KEY.public_jwk(), enc, apu=b"wallet", apv=b"nonce", cty="json")
    assert KEY.decrypt(text) == b"a message"
    header = read_jwe_header(text)
    assert (header["kid"], header["enc"], header["cty"]) == ("1", enc, "json")
    assert (header["apu"], header["apv"]) == (encode_base64url(b"wallet"), encode_base64url(b"nonce"))


def test_a_key_comes_back_from_its_secret() -> None:
    again = EphemeralKey.from_secret(KEY.to_secret())
    assert again == KEY
    assert again.decrypt(GOOD) == b"a message"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kid":"1","x":"A","y":"A","d":"A"}', "null"])
def test_refuses_to_load_what_is_no_secret(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's own or ours
        EphemeralKey.from_secret(text)


def test_shows_nothing_of_the_secret() -> None:
    secret = json.loads(KEY.to_secret())["d"]
    assert secret not in repr(KEY)
    assert secret not in json.dumps(KEY.public_jwk())


def test_its_name_is_its_thumbprint_unless_given() -> None:
    key = EphemeralKey.generate()
    assert key.kid == key.public_key.thumbprint()
    assert key.public_jwk() == {**key.public_key.to_jwk(), "kid": key.kid, "use": "enc", "alg": "ECDH-ES"}


def _flip(position: int) -> str:
    parts = list(PARTS)
    octets = bytearray(decode_base64url(parts[position]))
    octets[0] ^= 1
    parts[position] = encode_base64url(bytes(octets))
    return ".".join(parts)


REFUSED = {
    "a changed ciphertext": (_flip(3), Reason.UNDECRYPTABLE),
    "a changed tag": (_flip(4), Reason.UNDECRYPTABLE),
    "a changed vector": (_flip(2), Reason.UNDECRYPTABLE),
    "a changed header": (with_header(kid="2"), Reason.UNDECRYPTABLE),
    "another receiver": (encrypt(b"x", EphemeralKey.generate().public_jwk(), "A128GCM"), Reason.UNDECRYPTABLE),
    "another party": (with_header(apu="AA"), Reason.UNDECRYPTABLE),
    "an algorithm that wraps a key": (by_library({"alg": "ECDH-ES+A128KW", "enc": "A128GCM"}), Reason.WRONG_ALGORITHM),
    "another content encryption": (by_library({"alg": "ECDH-ES", "enc": "A128CBC-HS256"}), Reason.WRONG_ALGORITHM),
    "compression": (by_library({"alg": "ECDH-ES", "enc": "A128GCM", "zip": "DEF"}), Reason.WRONG_ALGORITHM),
    "another curve": (by_library({"alg": "ECDH-ES", "enc": "A128GCM"}, P384), Reason.WRONG_ALGORITHM),
    "the algorithm dir": (with_header(alg="dir"), Reason.WRONG_ALGORITHM),
    "the algorithm none": (with_header(alg="none"), Reason.WRONG_ALGORITHM),
    "no algorithm": (with_header(alg=None), Reason.WRONG_ALGORITHM),
    "no content encryption": (with_header(enc=None), Reason.WRONG_ALGORITHM),
    "a critical extension": (with_header(crit=["exp"]), Reason.UNKNOWN_CRITICAL_HEADER),
    "no ephemeral key": (with_header(epk=None), Reason.INVALID_PUBLIC_KEY),
    "an ephemeral key off the curve": (
        with_header(
            epk={"kty": "EC", "crv": "P-256", "x": encode_base64url(bytes(32)), "y": encode_base64url(bytes(32))}
        ),
        Reason.INVALID_PUBLIC_KEY,
    ),
    "an ephemeral key with its secret": (
        with_header(epk={**KEY.public_key.to_jwk(), "d": encode_base64url(bytes(32))}),
        Reason.INVALID_PUBLIC_KEY,
    ),
    "party information that is no text": (with_header(apu=1), Reason.MALFORMED),
    "a wrapped key": (".".join([PARTS[0], "AAAA", *PARTS[2:]]), Reason.MALFORMED),
    "a short vector": (".".join([*PARTS[:2], "AAAA", *PARTS[3:]]), Reason.MALFORMED),
    "a short tag": (".".join([*PARTS[:4], encode_base64url(bytes(12))]), Reason.MALFORMED),
    "four parts": (".".join(PARTS[:4]), Reason.MALFORMED),
    "six parts": (f"{GOOD}.AAAA", Reason.MALFORMED),
    "padding": (".".join([PARTS[0] + "=", *PARTS[1:]]), Reason.MALFORMED),
    "a header that is no object": (".".join([encode_base64url(b"[]"), *PARTS[1:]]), Reason.MALFORMED),
    "too many characters": ("A" * (LONGEST + 1), Reason.TOO_LARGE),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_refuses(name: str) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(VerificationError) as refused:
        KEY.decrypt(text)
    assert refused.value.reason is reason


RECIPIENTS: dict[str, tuple[dict[str, Any], Reason]] = {
    "a key for signatures": ({**KEY.public_jwk(), "use": "sig"}, Reason.WRONG_ALGORITHM),
    "a key of another algorithm": ({**KEY.public_jwk(), "alg": "ECDH-ES+A256KW"}, Reason.WRONG_ALGORITHM),
    "another curve": (P384.export_public(as_dict=True), Reason.WRONG_ALGORITHM),
    "a key of Edwards": (dict(PrivateKey.generate(KeyType.ED25519).public_key.to_jwk()), Reason.WRONG_ALGORITHM),
    "a private key": ({**KEY.public_jwk(), "d": "AAAA"}, Reason.INVALID_PUBLIC_KEY),
    "a name that is no text": ({**KEY.public_jwk(), "kid": 1}, Reason.INVALID_PUBLIC_KEY),
    "no key": ({}, Reason.INVALID_PUBLIC_KEY),
}


@pytest.mark.parametrize("name", list(RECIPIENTS))
def test_does_not_encrypt_to(name: str) -> None:
    recipient, reason = RECIPIENTS[name]
    with pytest.raises(VerificationError) as refused:
        encrypt(b"x", recipient, "A128GCM")
    assert refused.value.reason is reason


def test_a_content_encryption_of_ours_is_chosen() -> None:
    with pytest.raises(ValueError, match="A128GCM"):
        encrypt(b"x", KEY.public_jwk(), "A192GCM")


@given(st.text(max_size=80))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        KEY.decrypt(text)
