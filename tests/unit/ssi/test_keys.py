# SPDX-License-Identifier: EUPL-1.2
"""Keys: they round-trip, they verify what they signed, and everything malformed is refused with its reason."""

import base64
import copy
import hashlib
import pickle
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from py_arkworks_bls12381 import G1Point, G2Point, Scalar

from ssi.errors import Reason, VerificationError
from ssi.keys import Algorithm, KeyFormatError, KeyProblem, KeyType, PrivateKey, PublicKey
from ssi.keys.multibase import MAX_TEXT_LENGTH, decode_multikey, encode_multikey

SIGNING_TYPES = (KeyType.ED25519, KeyType.P256, KeyType.SECP256K1)
MESSAGE = b"Amira is entitled to EUR 150 per child"
GENERATOR_G2 = G2Point().to_compressed_bytes()
BLS_PRIME = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB


def private_key(key_type: KeyType, seed: int = 7) -> PrivateKey:
    return PrivateKey.from_octets(key_type, hashlib.sha256(bytes([seed])).digest())


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def outside_subgroup(group: type[G1Point] | type[G2Point], length: int) -> bytes:
    """A point on the curve whose order is not the group's: found by trying small x coordinates."""
    for x in range(1, 100):
        octets = bytes([0x80]) + x.to_bytes(length - 1, "big")
        try:
            point = group.from_compressed_bytes_unchecked(octets)
        except ValueError:
            continue
        if not point.is_in_subgroup():
            return octets
    raise AssertionError("no such point among the first hundred")


def off_curve(key_type: KeyType) -> bytes:
    """A compressed encoding whose x has no y on the curve."""
    assert key_type.coordinate_length is not None
    curve = {
        KeyType.P256: ec.SECP256R1(),
        KeyType.SECP256K1: ec.SECP256K1(),
        KeyType.P384: ec.SECP384R1(),
        KeyType.P521: ec.SECP521R1(),
    }[key_type]
    for x in range(1, 100):
        octets = b"\x02" + x.to_bytes(key_type.coordinate_length, "big")
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(curve, octets)
        except ValueError:
            return octets
    raise AssertionError("no such x among the first hundred")


@pytest.mark.parametrize("key_type", SIGNING_TYPES)
def test_verifies_what_it_signed(key_type: KeyType) -> None:
    key = PrivateKey.generate(key_type)
    signature = key.sign(MESSAGE)
    assert len(signature) == 64
    key.public_key.verify(MESSAGE, signature)
    key.public_key.verify_jose(key.algorithm.value, MESSAGE, signature)


@pytest.mark.parametrize("key_type", SIGNING_TYPES)
def test_signing_is_deterministic(key_type: KeyType) -> None:
    assert private_key(key_type).sign(MESSAGE) == private_key(key_type).sign(MESSAGE)
    assert private_key(key_type).sign(MESSAGE) != private_key(key_type, 8).sign(MESSAGE)


@pytest.mark.parametrize("key_type", SIGNING_TYPES)
@pytest.mark.parametrize("position", [0, 31, 32, 63])
def test_refuses_a_changed_signature(key_type: KeyType, position: int) -> None:
    key = private_key(key_type)
    changed = bytearray(key.sign(MESSAGE))
    changed[position] ^= 1
    with pytest.raises(VerificationError) as refused:
        key.public_key.verify(MESSAGE, bytes(changed))
    assert refused.value.reason is Reason.INVALID_SIGNATURE


@pytest.mark.parametrize("key_type", SIGNING_TYPES)
def test_refuses_another_message_and_another_key(key_type: KeyType) -> None:
    signature = private_key(key_type).sign(MESSAGE)
    for key, message in ((private_key(key_type), MESSAGE + b"0"), (private_key(key_type, 8), MESSAGE)):
        with pytest.raises(VerificationError) as refused:
            key.public_key.verify(message, signature)
        assert refused.value.reason is Reason.INVALID_SIGNATURE


@pytest.mark.parametrize("key_type", SIGNING_TYPES)
@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(65), bytes(128)])
def test_refuses_a_signature_of_another_length(key_type: KeyType, signature: bytes) -> None:
    with pytest.raises(VerificationError) as refused:
        private_key(key_type).public_key.verify(MESSAGE, signature)
    assert refused.value.reason is Reason.WRONG_LENGTH


@pytest.mark.parametrize("key_type", SIGNING_TYPES)
@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(63) + b"\x01", b"\x01" + bytes(63)])
def test_refuses_degenerate_signatures(key_type: KeyType, signature: bytes) -> None:
    with pytest.raises(VerificationError) as refused:
        private_key(key_type).public_key.verify(MESSAGE, signature)
    assert refused.value.reason is Reason.INVALID_SIGNATURE


def test_refuses_an_ed25519_signature_with_a_scalar_above_the_order() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    key = private_key(KeyType.ED25519)
    signature = key.sign(MESSAGE)
    malleable = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    with pytest.raises(VerificationError) as refused:
        key.public_key.verify(MESSAGE, malleable)
    assert refused.value.reason is Reason.INVALID_SIGNATURE


def test_edwards_and_fully_specified_names_mean_the_same_key() -> None:
    key = private_key(KeyType.ED25519)
    for name in ("EdDSA", "Ed25519"):
        key.public_key.verify_jose(name, MESSAGE, key.sign(MESSAGE))


@pytest.mark.parametrize("name", ["none", "HS256", "ES384", "RS256", "eddsa", "es256", "", None, 7, [], "ES256 "])
def test_refuses_unknown_algorithms(name: object) -> None:
    with pytest.raises(VerificationError) as refused:
        Algorithm.from_jose(name)
    assert refused.value.reason is Reason.WRONG_ALGORITHM


@pytest.mark.parametrize("key_type", SIGNING_TYPES)
@pytest.mark.parametrize("name", ["EdDSA", "ES256", "ES256K", "none"])
def test_the_header_never_chooses_the_algorithm(key_type: KeyType, name: str) -> None:
    key = private_key(key_type)
    if name == {KeyType.ED25519: "EdDSA"}.get(key_type, key.algorithm.value):
        return
    with pytest.raises(VerificationError) as refused:
        key.public_key.verify_jose(name, MESSAGE, key.sign(MESSAGE))
    assert refused.value.reason is Reason.WRONG_ALGORITHM


def test_keys_that_only_credentials_use_verify_no_signature() -> None:
    with pytest.raises(VerificationError) as refused:
        PublicKey(KeyType.BLS12_381_G2, GENERATOR_G2).verify(MESSAGE, bytes(64))
    assert refused.value.reason is Reason.WRONG_ALGORITHM
    with pytest.raises(ValueError, match="do not sign"):
        PrivateKey.generate(KeyType.BLS12_381_G2)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SIGNING_TYPES), st.binary(min_size=31, max_size=31))
def test_multikey_and_jwk_round_trip(key_type: KeyType, secret: bytes) -> None:
    key = PrivateKey.from_octets(key_type, b"\x01" + secret).public_key
    assert PublicKey.from_multikey(key.to_multikey()) == key
    assert PublicKey.from_jwk(key.to_jwk()) == key


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 2**250))
def test_bls_keys_round_trip(secret: int) -> None:
    key = PublicKey(KeyType.BLS12_381_G2, (G2Point() * Scalar(secret)).to_compressed_bytes())
    assert PublicKey.from_multikey(key.to_multikey()) == key
    assert PublicKey.from_jwk(key.to_jwk()) == key
    assert key.to_jwk()["kty"] == "OKP"


def test_reads_the_bls_example_of_the_draft() -> None:
    # draft-ietf-cose-bls-key-representations, appendix, the first key in G2, without its private member
    jwk = {
        "kty": "OKP",
        "crv": "BLS12381G2",
        "x": "pVD25M3Ca0jOBmHizej_YwuVOEIadk44urQcQQD3uhITsWj5LdgRmjTkftCme9KQ"
        "EReUf5yoxPi7pDDx4UdkmTXtzuaIKm9YY2cOpT5dO26ttBSzneQEUFhHpM3sdUmf",
    }
    assert PublicKey.from_jwk(jwk).to_jwk() == jwk


def test_thumbprint_is_that_of_rfc_8037() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert PublicKey.from_jwk(jwk | {"kid": "x"}).thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_signature_is_that_of_rfc_8037() -> None:
    secret = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    signing_input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    assert b64(PrivateKey.from_octets(KeyType.ED25519, secret).sign(signing_input)) == (
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )


def test_verifies_the_es256_example_of_rfc_7515() -> None:
    key = PublicKey.from_jwk(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }
    )
    signing_input = (
        b"eyJhbGciOiJFUzI1NiJ9."
        b"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    )
    text = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    key.verify_jose("ES256", signing_input, base64.urlsafe_b64decode(text + "=="))


GOOD_MULTIKEY = private_key(KeyType.ED25519).public_key.to_multikey()
BAD_MULTIKEYS: dict[str, tuple[str, KeyProblem]] = {
    "empty": ("", KeyProblem.BAD_MULTIBASE),
    "prefix alone": ("z", KeyProblem.BAD_MULTIBASE),
    "no prefix": (GOOD_MULTIKEY[1:], KeyProblem.BAD_MULTIBASE),
    "base64url": ("u" + b64(b"\xed\x01" + bytes(32)), KeyProblem.BAD_MULTIBASE),
    "base16": ("f" + (b"\xed\x01" + bytes(32)).hex(), KeyProblem.BAD_MULTIBASE),
    "upper-case prefix": ("Z" + GOOD_MULTIKEY[1:], KeyProblem.BAD_MULTIBASE),
    "letter outside base58": (GOOD_MULTIKEY[:-1] + "0", KeyProblem.BAD_MULTIBASE),
    "line end": (GOOD_MULTIKEY + "\n", KeyProblem.BAD_MULTIBASE),
    "blank in front": (" " + GOOD_MULTIKEY, KeyProblem.BAD_MULTIBASE),
    "not ASCII": (GOOD_MULTIKEY + "é", KeyProblem.BAD_MULTIBASE),
    "too long": ("z" + "2" * MAX_TEXT_LENGTH, KeyProblem.BAD_MULTIBASE),
    "codec cut off": ("z" + base58.b58encode(b"\xed").decode(), KeyProblem.BAD_MULTICODEC),
    "codec too long": ("z" + base58.b58encode(b"\xed\x81\x00" + bytes(32)).decode(), KeyProblem.BAD_MULTICODEC),
    "codec endless": ("z" + base58.b58encode(b"\xff" * 12).decode(), KeyProblem.BAD_MULTICODEC),
    "private codec": (encode_multikey(0x1300, bytes(32)), KeyProblem.UNKNOWN_KEY_TYPE),
    "hash codec": (encode_multikey(0x12, bytes(32)), KeyProblem.UNKNOWN_KEY_TYPE),
    "pair of BLS keys": (encode_multikey(0xEE, bytes(144)), KeyProblem.UNKNOWN_KEY_TYPE),
    "one octet short": (encode_multikey(0xED, bytes(31)), KeyProblem.WRONG_LENGTH),
    "one octet long": (encode_multikey(0xED, bytes(33)), KeyProblem.WRONG_LENGTH),
    "no key": (encode_multikey(0x1200, b""), KeyProblem.WRONG_LENGTH),
    "uncompressed point": (encode_multikey(0x1200, b"\x04" + bytes(64)), KeyProblem.WRONG_LENGTH),
    "another type's length": (encode_multikey(0xEB, bytes(48)), KeyProblem.WRONG_LENGTH),
    "RSA that is no RSA": (encode_multikey(0x1205, b"\x30\x00"), KeyProblem.INVALID_RSA),
    "RSA too long": (encode_multikey(0x1205, bytes(1101)), KeyProblem.BAD_MULTIBASE),
}


@pytest.mark.parametrize(("text", "problem"), BAD_MULTIKEYS.values(), ids=BAD_MULTIKEYS)
def test_refuses_bad_multikeys(text: str, problem: KeyProblem) -> None:
    with pytest.raises(KeyFormatError) as refused:
        PublicKey.from_multikey(text)
    assert refused.value.problem is problem
    assert refused.value.reason is Reason.INVALID_PUBLIC_KEY


BAD_POINTS: dict[str, tuple[KeyType, bytes]] = {
    "Ed25519 zero": (KeyType.ED25519, bytes(32)),
    "Ed25519 identity": (KeyType.ED25519, b"\x01" + bytes(31)),
    "Ed25519 not canonical": (KeyType.ED25519, b"\xff" * 31 + b"\x7f"),
    "Ed25519 off the curve": (KeyType.ED25519, b"\x02" + bytes(31)),
    "Ed25519 order two": (KeyType.ED25519, b"\xec" + b"\xff" * 30 + b"\x7f"),
    "X25519 zero": (KeyType.X25519, bytes(32)),
    "X25519 one": (KeyType.X25519, b"\x01" + bytes(31)),
    "X25519 not canonical": (KeyType.X25519, b"\xff" * 32),
    "X25519 prime": (KeyType.X25519, (2**255 - 19).to_bytes(32, "little")),
    "P-256 off the curve": (KeyType.P256, off_curve(KeyType.P256)),
    "P-384 off the curve": (KeyType.P384, off_curve(KeyType.P384)),
    "P-521 off the curve": (KeyType.P521, off_curve(KeyType.P521)),
    "secp256k1 off the curve": (KeyType.SECP256K1, off_curve(KeyType.SECP256K1)),
    "P-256 infinity padded": (KeyType.P256, bytes(33)),
    "P-256 x above the prime": (KeyType.P256, b"\x02" + b"\xff" * 32),
    "secp256k1 bad sign octet": (
        KeyType.SECP256K1,
        b"\x05" + private_key(KeyType.SECP256K1).public_key.octets[1:],
    ),
    "secp256k1 zero sign octet": (
        KeyType.SECP256K1,
        b"\x00" + private_key(KeyType.SECP256K1).public_key.octets[1:],
    ),
    "BLS identity": (KeyType.BLS12_381_G2, b"\xc0" + bytes(95)),
    "BLS identity not canonical": (KeyType.BLS12_381_G2, b"\xff" * 96),
    "BLS without flags": (KeyType.BLS12_381_G2, bytes(96)),
    "BLS uncompressed flag": (KeyType.BLS12_381_G2, bytes([GENERATOR_G2[0] & 0x7F]) + GENERATOR_G2[1:]),
    "BLS infinity flag on a point": (KeyType.BLS12_381_G2, bytes([GENERATOR_G2[0] | 0x40]) + GENERATOR_G2[1:]),
    "BLS x above the prime": (KeyType.BLS12_381_G2, b"\x9f" + b"\xff" * 95),
    "BLS x is the prime": (
        KeyType.BLS12_381_G2,
        (BLS_PRIME | 1 << 383).to_bytes(48, "big") + GENERATOR_G2[48:],
    ),
    "BLS outside the subgroup": (KeyType.BLS12_381_G2, outside_subgroup(G2Point, 96)),
    "BLS G1 outside the subgroup": (KeyType.BLS12_381_G1, outside_subgroup(G1Point, 48)),
    "BLS G1 identity": (KeyType.BLS12_381_G1, b"\xc0" + bytes(47)),
}


@pytest.mark.parametrize(("key_type", "octets"), BAD_POINTS.values(), ids=BAD_POINTS)
def test_refuses_bad_points(key_type: KeyType, octets: bytes) -> None:
    with pytest.raises(KeyFormatError) as refused:
        PublicKey(key_type, octets)
    assert refused.value.problem is KeyProblem.INVALID_POINT
    with pytest.raises(KeyFormatError) as refused:
        PublicKey.from_multikey(encode_multikey(key_type.codec, octets))
    assert refused.value.problem is KeyProblem.INVALID_POINT


ED25519_JWK = private_key(KeyType.ED25519).public_key.to_jwk()
P256_JWK = private_key(KeyType.P256).public_key.to_jwk()
BLS_JWK = PublicKey(KeyType.BLS12_381_G2, GENERATOR_G2).to_jwk()
BAD_JWKS: dict[str, tuple[Any, KeyProblem]] = {
    "a list": ([], KeyProblem.BAD_JWK),
    "empty": ({}, KeyProblem.BAD_JWK),
    "private Ed25519": (ED25519_JWK | {"d": b64(bytes(32))}, KeyProblem.PRIVATE_MEMBER),
    "private P-256": (P256_JWK | {"d": b64(bytes(32))}, KeyProblem.PRIVATE_MEMBER),
    "private with null": (P256_JWK | {"d": None}, KeyProblem.PRIVATE_MEMBER),
    "private RSA": ({"kty": "RSA", "n": "AQAB", "e": "AQAB", "p": "AQAB"}, KeyProblem.PRIVATE_MEMBER),
    "symmetric": ({"kty": "oct", "k": "AQAB"}, KeyProblem.PRIVATE_MEMBER),
    "unknown kty": ({"kty": "oct"}, KeyProblem.UNKNOWN_KEY_TYPE),
    "kty of another curve": (ED25519_JWK | {"kty": "EC"}, KeyProblem.BAD_JWK),
    "OKP P-256": (P256_JWK | {"kty": "OKP"}, KeyProblem.BAD_JWK),
    "unknown curve": (P256_JWK | {"crv": "P-255"}, KeyProblem.UNKNOWN_KEY_TYPE),
    "unsupported curve": (ED25519_JWK | {"crv": "Ed448"}, KeyProblem.UNKNOWN_KEY_TYPE),
    "RSA as curve": ({"kty": "EC", "crv": "RSA", "x": "AA"}, KeyProblem.UNKNOWN_KEY_TYPE),
    "no curve": ({"kty": "EC", "x": "AA"}, KeyProblem.BAD_JWK),
    "curve is a list": ({"kty": "EC", "crv": ["P-256"]}, KeyProblem.BAD_JWK),
    "no x": ({"kty": "OKP", "crv": "Ed25519"}, KeyProblem.BAD_JWK),
    "no y": ({name: P256_JWK[name] for name in ("kty", "crv", "x")}, KeyProblem.BAD_JWK),
    "x is a number": (ED25519_JWK | {"x": 7}, KeyProblem.BAD_JWK),
    "x padded": (ED25519_JWK | {"x": ED25519_JWK["x"] + "="}, KeyProblem.BAD_JWK),
    "x in the other alphabet": (ED25519_JWK | {"x": "+" + ED25519_JWK["x"][1:]}, KeyProblem.BAD_JWK),
    "x with a blank": (ED25519_JWK | {"x": " " + ED25519_JWK["x"]}, KeyProblem.BAD_JWK),
    "x with unused bits": (ED25519_JWK | {"x": b64(bytes(32))[:-1] + "B"}, KeyProblem.BAD_JWK),
    "x too short": (ED25519_JWK | {"x": b64(bytes(31))}, KeyProblem.WRONG_LENGTH),
    "x too long": (P256_JWK | {"x": b64(b"\x00" + bytes(32))}, KeyProblem.WRONG_LENGTH),
    "x enormous": (P256_JWK | {"x": "A" * 100_000}, KeyProblem.BAD_JWK),
    "y of another point": (P256_JWK | {"y": P256_JWK["x"]}, KeyProblem.INVALID_POINT),
    "the origin": (P256_JWK | {"x": b64(bytes(32)), "y": b64(bytes(32))}, KeyProblem.INVALID_POINT),
    "y on an Edwards curve": (ED25519_JWK | {"y": ED25519_JWK["x"]}, KeyProblem.BAD_JWK),
    "old BLS name": (BLS_JWK | {"kty": "EC", "crv": "BLS12381_G2"}, KeyProblem.UNKNOWN_KEY_TYPE),
    "BLS identity": (BLS_JWK | {"x": b64(b"\xc0" + bytes(95))}, KeyProblem.INVALID_POINT),
    "BLS in the wrong group": (BLS_JWK | {"crv": "BLS12381G1"}, KeyProblem.WRONG_LENGTH),
    "algorithm of another type": (P256_JWK | {"alg": "EdDSA"}, KeyProblem.BAD_JWK),
    "algorithm of another curve": (P256_JWK | {"alg": "ES256K"}, KeyProblem.BAD_JWK),
    "algorithm none": (P256_JWK | {"alg": "none"}, KeyProblem.BAD_JWK),
    "algorithm is a number": (P256_JWK | {"alg": 7}, KeyProblem.BAD_JWK),
    "RSA too small": ({"kty": "RSA", "n": b64(b"\xc5" + b"\xff" * 127), "e": "AQAB"}, KeyProblem.INVALID_RSA),
    "RSA zero in front": ({"kty": "RSA", "n": b64(b"\x00\xc5" + b"\xff" * 255), "e": "AQAB"}, KeyProblem.BAD_JWK),
    "RSA even exponent": ({"kty": "RSA", "n": b64(b"\xc5" + b"\xff" * 255), "e": "Ag"}, KeyProblem.INVALID_RSA),
    "RSA empty": ({"kty": "RSA", "n": "", "e": "AQAB"}, KeyProblem.BAD_JWK),
}


@pytest.mark.parametrize(("jwk", "problem"), BAD_JWKS.values(), ids=BAD_JWKS)
def test_refuses_bad_jwks(jwk: Any, problem: KeyProblem) -> None:
    with pytest.raises(KeyFormatError) as refused:
        PublicKey.from_jwk(jwk)
    assert refused.value.problem is problem


def test_jwk_may_carry_public_members_beside_the_key() -> None:
    for extras in ({"kid": "k", "use": "sig"}, {"alg": "ES256"}, {"alg": "ECDH-ES+A128KW", "use": "enc"}):
        assert PublicKey.from_jwk(P256_JWK | extras).to_jwk() == P256_JWK
    for name in ("EdDSA", "Ed25519"):
        assert PublicKey.from_jwk(ED25519_JWK | {"alg": name}).to_jwk() == ED25519_JWK


GROUP_ORDERS = {KeyType.P256: ec.SECP256R1().group_order, KeyType.SECP256K1: ec.SECP256K1().group_order}


@pytest.mark.parametrize("key_type", SIGNING_TYPES)
@pytest.mark.parametrize("octets", [b"", bytes(31), bytes(33), bytes(64)])
def test_refuses_secrets_of_another_length(key_type: KeyType, octets: bytes) -> None:
    with pytest.raises(KeyFormatError) as refused:
        PrivateKey.from_octets(key_type, octets)
    assert refused.value.problem is KeyProblem.INVALID_SECRET
    assert refused.value.reason is Reason.INVALID_SCALAR


@pytest.mark.parametrize("key_type", GROUP_ORDERS)
def test_refuses_secrets_outside_the_group(key_type: KeyType) -> None:
    order = GROUP_ORDERS[key_type]
    for scalar in (0, order, order + 1, 2**256 - 1):
        with pytest.raises(KeyFormatError) as refused:
            PrivateKey.from_octets(key_type, scalar.to_bytes(32, "big"))
        assert refused.value.problem is KeyProblem.INVALID_SECRET
    for scalar in (1, order - 1):
        key = PrivateKey.from_octets(key_type, scalar.to_bytes(32, "big"))
        key.public_key.verify(MESSAGE, key.sign(MESSAGE))


@pytest.mark.parametrize("key_type", SIGNING_TYPES)
def test_a_private_key_does_not_show_itself(key_type: KeyType) -> None:
    key = private_key(key_type)
    shown = repr(key) + str(key)
    assert key.secret_octets.hex() not in shown
    assert repr(key.secret_octets) not in shown
    assert "secret" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(TypeError):
        copy.copy(key)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=150))
def test_only_canonical_text_decodes(raw: bytes) -> None:
    text = "z" + base58.b58encode(raw).decode()
    try:
        codec, octets = decode_multikey(text)
    except KeyFormatError:
        return
    assert encode_multikey(codec, octets) == text
