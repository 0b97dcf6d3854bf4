# SPDX-License-Identifier: EUPL-1.2
"""The same attacks on each of the signed parts of a presentation: the credential, and the wallet's key binding.

Everything else about these presentations is in order, and whatever can be signed is signed with the right key.
"""

import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.keys import PrivateKey
from tests.unit.ssi.sd_jwt.material import (
    AMIRA,
    AUDIENCE,
    CATO,
    ISSUER,
    ISSUER_NAME,
    NONCE,
    SECONDS,
    VCT,
    bind,
    digest,
    disclosure,
    forge,
    verify,
)

KEYS = {"credential": ISSUER, "key binding": AMIRA}
TYPES = {"credential": "dc+sd-jwt", "key binding": "kb+jwt"}
NAME = disclosure("salt", "name", "Amira")
ELEMENT = disclosure("salt", "Amira")
Octets = Callable[[dict[str, object]], bytes]


def _as_json(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _signed(part: str, header: bytes, payload: bytes) -> str:
    signing_input = f"{encode_base64url(header)}.{encode_base64url(payload)}"
    return f"{signing_input}.{encode_base64url(KEYS[part].sign(signing_input.encode()))}"


def _presentation(
    part: str,
    *,
    header: dict[str, object] | None = None,
    header_octets: Octets = _as_json,
    payload: dict[str, object] | None = None,
    payload_octets: Octets = _as_json,
    sign: Callable[[str, bytes, bytes], str] = _signed,
) -> str:
    """A presentation one part of which is made by hand."""
    credential = forge()
    claims: dict[str, object]
    if part == "credential":
        cnf = {"jwk": AMIRA.public_key.to_jwk()}
        claims = {"iss": ISSUER_NAME, "vct": VCT, "exp": SECONDS + 1000, "cnf": cnf}
    else:
        claims = {"iat": SECONDS, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": digest(credential)}
    whole_header = header_octets({"alg": "ES256", "typ": TYPES[part], **(header or {})})
    made = sign(part, whole_header, payload_octets({**claims, **(payload or {})}))
    return bind(f"{made}~") if part == "credential" else credential + made


def _refusal(text: str) -> Reason:
    with pytest.raises(VerificationError) as refused:
        verify(text)
    return refused.value.reason


def _public_octets(key: PrivateKey, form: str) -> bytes:
    """A public key as one that confuses algorithms would use it for a secret."""
    jwk: dict[str, object] = dict(key.public_key.to_jwk())
    point = b"\x04" + decode_base64url(str(jwk["x"])) + decode_base64url(str(jwk["y"]))
    if form == "point":
        return point
    if form == "jwk":
        return _as_json(jwk)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    return public.public_bytes(Encoding.PEM if form == "pem" else Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


PARTS = pytest.mark.parametrize("part", list(KEYS))


@PARTS
def test_what_these_tests_change_is_in_order_without_the_change(part: str) -> None:
    assert verify(_presentation(part)).issuer == ISSUER_NAME


@PARTS
@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("keeps_signature", [False, True], ids=["unsigned", "signed"])
def test_algorithm_none_is_refused(part: str, name: str, keeps_signature: bool) -> None:
    def unsigned(part: str, header: bytes, payload: bytes) -> str:
        return f"{encode_base64url(header)}.{encode_base64url(payload)}."

    text = _presentation(part, header={"alg": name}, sign=_signed if keeps_signature else unsigned)
    assert _refusal(text) is Reason.WRONG_ALGORITHM


@PARTS
@pytest.mark.parametrize("form", ["point", "jwk", "pem", "der"])
@pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
def test_a_public_key_as_secret_of_hs256_is_another_algorithm(part: str, form: str, name: str) -> None:
    def authenticated(part: str, header: bytes, payload: bytes) -> str:
        text = f"{encode_base64url(header)}.{encode_base64url(payload)}"
        kind = getattr(hashlib, f"sha{name[2:]}")
        return f"{text}.{encode_base64url(hmac.new(_public_octets(KEYS[part], form), text.encode(), kind).digest())}"

    assert _refusal(_presentation(part, header={"alg": name}, sign=authenticated)) is Reason.WRONG_ALGORITHM


@PARTS
@pytest.mark.parametrize("name", ["ES384", "ES512", "ES256K", "EdDSA", "RS256", "PS256", "es256", "ES256 ", "ECDH-ES"])
def test_a_header_that_names_another_algorithm_than_the_keys_is_refused(part: str, name: str) -> None:
    assert _refusal(_presentation(part, header={"alg": name})) is Reason.WRONG_ALGORITHM


@PARTS
@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"], "exp": SECONDS + 9},
        {"crit": ["b64"], "b64": False},
        {"crit": ["b64"], "b64": True},
        {"crit": ["urn:example:extension"], "urn:example:extension": 1},
        {"crit": []},
        {"crit": None},
        {"b64": False},
    ],
    ids=["exp", "b64", "b64 as usual", "own", "empty", "null", "b64 unannounced"],
)
def test_a_critical_header_is_refused(part: str, header: dict[str, object]) -> None:
    assert _refusal(_presentation(part, header=header)) is Reason.UNKNOWN_CRITICAL_HEADER


BAD_TEXT = {
    "alone": b"\xff",
    "overlong": b"\xc0\xaf",
    "surrogate": b"\xed\xa0\x80",
    "cut off": b"\xe2\x82",
    "beyond the last": b"\xf4\x90\x80\x80",
    "latin-1": b"caf\xe9",
}


@PARTS
@pytest.mark.parametrize("place", ["header", "payload"])
@pytest.mark.parametrize("octets", BAD_TEXT.values(), ids=BAD_TEXT)
def test_octets_that_are_not_utf_8_are_refused(part: str, place: str, octets: bytes) -> None:
    def spoil(value: dict[str, object]) -> bytes:
        return _as_json(value)[:-1] + b',"x":"' + octets + b'"}'

    text = _presentation(part, header_octets=spoil) if place == "header" else _presentation(part, payload_octets=spoil)
    assert _refusal(text) is Reason.MALFORMED


@PARTS
@pytest.mark.parametrize("place", ["header", "payload"])
@pytest.mark.parametrize("codec", ["utf-16", "utf-32", "utf-8-sig"])
def test_another_encoding_than_utf_8_is_refused(part: str, place: str, codec: str) -> None:
    def encode(value: dict[str, object]) -> bytes:
        return _as_json(value).decode().encode(codec)

    text = (
        _presentation(part, header_octets=encode) if place == "header" else _presentation(part, payload_octets=encode)
    )
    assert _refusal(text) is Reason.MALFORMED


@PARTS
@pytest.mark.parametrize("place", ["header", "payload"])
@pytest.mark.parametrize("opening", [b"[", b'{"a":'], ids=["lists", "objects"])
def test_what_is_nested_too_deep_is_refused(part: str, place: str, opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"

    def nest(value: dict[str, object]) -> bytes:
        return _as_json(value)[:-1] + b',"x":' + opening * 200 + b"1" + closing * 200 + b"}"

    text = _presentation(part, header_octets=nest) if place == "header" else _presentation(part, payload_octets=nest)
    assert _refusal(text) is Reason.TOO_DEEP


@PARTS
@pytest.mark.parametrize("place", ["header", "payload"])
def test_what_is_too_large_is_refused(part: str, place: str) -> None:
    padding: dict[str, object] = {"x": "a" * 300_000}
    text = _presentation(part, header=padding) if place == "header" else _presentation(part, payload=padding)
    assert _refusal(text) is Reason.TOO_LARGE


@PARTS
@pytest.mark.parametrize("place", ["header", "payload"])
@pytest.mark.parametrize(
    "octets", [b"", b"null", b"[]", b'"a"', b"{", b"{}x", b'{"a":NaN}', b'{"a":1,"a":1}'], ids=repr
)
def test_what_is_no_object_of_json_is_refused(part: str, place: str, octets: bytes) -> None:
    def other(_: dict[str, object]) -> bytes:
        return octets

    text = _presentation(part, header_octets=other) if place == "header" else _presentation(part, payload_octets=other)
    assert _refusal(text) is Reason.MALFORMED


@PARTS
@pytest.mark.parametrize(
    "typ", ["JWT", "kb+jwt", "dc+sd-jwt", "statuslist+jwt", "dpop+jwt", "openid4vci-proof+jwt", ""]
)
def test_a_token_of_another_kind_is_refused(part: str, typ: str) -> None:
    if typ != TYPES[part]:
        assert _refusal(_presentation(part, header={"typ": typ})) is Reason.WRONG_TYPE


@PARTS
def test_a_signature_by_another_key_is_refused(part: str) -> None:
    def by_cato(part: str, header: bytes, payload: bytes) -> str:
        text = f"{encode_base64url(header)}.{encode_base64url(payload)}"
        return f"{text}.{encode_base64url(CATO.sign(text.encode()))}"

    expected = {"credential": Reason.INVALID_SIGNATURE, "key binding": Reason.FOREIGN_KEY_BINDING}
    assert _refusal(_presentation(part, sign=by_cato)) is expected[part]


@pytest.mark.parametrize("times", [2, 3, 10])
@pytest.mark.parametrize("between", [[], [disclosure("salt", "other", 1)]], ids=["together", "apart"])
def test_a_disclosure_that_is_sent_twice_is_refused(times: int, between: list[str]) -> None:
    digests = [digest(text) for text in (NAME, *between)]
    sent = [NAME, *between, *[NAME] * (times - 1)]
    assert _refusal(bind(forge({"_sd": digests}, sent))) is Reason.DUPLICATE_DISCLOSURE


@pytest.mark.parametrize(
    ("payload", "sent"),
    [
        ({"_sd": [digest(NAME), digest(NAME)]}, NAME),
        ({"_sd": [digest(NAME)], "address": {"_sd": [digest(NAME)]}}, NAME),
        ({"_sd": [digest(NAME)], "list": [{"...": digest(NAME)}]}, None),
        ({"list": [{"...": digest(ELEMENT)}, {"...": digest(ELEMENT)}]}, ELEMENT),
        ({"list": [{"...": digest(ELEMENT)}], "other": [{"...": digest(ELEMENT)}]}, ELEMENT),
    ],
    ids=["in one place", "in two places", "in an object and a list", "in a list", "in two lists"],
)
@pytest.mark.parametrize("is_shown", [False, True], ids=["hidden", "shown"])
def test_a_digest_that_stands_twice_is_refused(payload: dict[str, object], sent: str | None, is_shown: bool) -> None:
    disclosures = [sent] if is_shown and sent is not None else []
    assert _refusal(bind(forge(payload, disclosures))) is Reason.DUPLICATE_DIGEST


@pytest.mark.parametrize("octets", BAD_TEXT.values(), ids=BAD_TEXT)
@pytest.mark.parametrize("place", ["salt", "name", "value"])
def test_a_disclosure_that_is_not_utf_8_is_refused(place: str, octets: bytes) -> None:
    parts = {name: f'"{name}"'.encode() for name in ("salt", "name", "value")} | {place: b'"' + octets + b'"'}
    text = encode_base64url(b"[" + b",".join(parts.values()) + b"]")
    assert _refusal(bind(forge({"_sd": [digest(text)]}, [text]))) is Reason.MALFORMED
