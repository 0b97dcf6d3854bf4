# SPDX-License-Identifier: EUPL-1.2
"""Public JSON Web Keys to octets and back.

Sources: RFC 7517, RFC 7518 §6.2 and §6.3, RFC 8037 §2, RFC 8812 §3, draft-ietf-cose-bls-key-representations-08
(BLS keys: ``OKP`` with the compressed point as ``x``).

Invariants:
    * A JWK with a private or symmetric member is refused, whatever its type.
    * base64url values are canonical and have exactly the length of their type (RFC 7518 §6.2.1.2).
"""

from collections.abc import Mapping

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ssi.base64url import decode_base64url, encode_base64url
from ssi.keys.errors import KeyFormatError, KeyProblem
from ssi.keys.points import CURVES, keep_ec, load_ec, load_rsa
from ssi.keys.types import KeyType

__all__ = ["PRIVATE_MEMBERS", "jwk_from_octets", "octets_from_jwk"]

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
"""Members that make a JWK private or symmetric (RFC 7518 §6.2.2, §6.3.2, §6.4; ``priv`` of the AKP type)."""

_SIGNATURE_PREFIXES = ("ES", "Ed", "RS", "PS", "HS", "ML-DSA", "none")
_BY_CURVE = {key_type.value: key_type for key_type in KeyType if key_type is not KeyType.RSA}
_MAX_BASE64_LENGTH = 1400


def octets_from_jwk(unverified_jwk: Mapping[str, object]) -> tuple[KeyType, bytes]:
    """Read the key type and octets of a public JWK. Unknown members are ignored, as RFC 7517 §4 asks.

    Args:
        unverified_jwk: a decoded JSON object.
    Returns:
        The type and its octets; short Weierstrass points and RSA keys are checked, the others not yet.
    Raises:
        KeyFormatError: ``PRIVATE_MEMBER``, ``BAD_JWK``, ``UNKNOWN_KEY_TYPE``, ``WRONG_LENGTH``, ``INVALID_POINT``
            or ``INVALID_RSA``.
    """
    if not isinstance(unverified_jwk, Mapping):
        raise KeyFormatError(KeyProblem.BAD_JWK)
    if PRIVATE_MEMBERS & unverified_jwk.keys():
        raise KeyFormatError(KeyProblem.PRIVATE_MEMBER)
    key_type = _key_type(unverified_jwk)
    _check_alg(key_type, unverified_jwk.get("alg"))
    if key_type is KeyType.RSA:
        return key_type, _rsa_octets(unverified_jwk)
    length = key_type.coordinate_length
    if length is None:
        if "y" in unverified_jwk:
            raise KeyFormatError(KeyProblem.BAD_JWK)
        return key_type, _base64url_member(unverified_jwk, "x", key_type.octet_length)
    x, y = _base64url_member(unverified_jwk, "x", length), _base64url_member(unverified_jwk, "y", length)
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[key_type], b"\x04" + x + y)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFormatError(KeyProblem.INVALID_POINT) from None
    octets = (b"\x03" if y[-1] & 1 else b"\x02") + x  # compressed (SEC 1, section 2.3.3); the point is checked
    keep_ec(key_type, octets, key)
    return key_type, octets


def jwk_from_octets(key_type: KeyType, octets: bytes) -> dict[str, str]:
    """The public JWK of checked octets, with its required members only.

    Returns:
        ``kty`` and ``n``, ``e`` for RSA; ``kty``, ``crv``, ``x`` and for short Weierstrass curves ``y`` otherwise.
    """
    if key_type is KeyType.RSA:
        numbers = load_rsa(octets).public_numbers()
        return {"kty": "RSA", "n": _integer_text(numbers.n), "e": _integer_text(numbers.e)}
    length = key_type.coordinate_length
    if length is None:
        return {"kty": key_type.kty, "crv": key_type.value, "x": encode_base64url(octets)}
    point = load_ec(key_type, octets).public_numbers()
    return {
        "kty": key_type.kty,
        "crv": key_type.value,
        "x": encode_base64url(point.x.to_bytes(length, "big")),
        "y": encode_base64url(point.y.to_bytes(length, "big")),
    }


def _key_type(unverified_jwk: Mapping[str, object]) -> KeyType:
    kty, crv = unverified_jwk.get("kty"), unverified_jwk.get("crv")
    if not isinstance(kty, str):
        raise KeyFormatError(KeyProblem.BAD_JWK)
    if kty == "RSA":
        return KeyType.RSA
    if not isinstance(crv, str):
        raise KeyFormatError(KeyProblem.BAD_JWK if kty in {"EC", "OKP"} else KeyProblem.UNKNOWN_KEY_TYPE)
    key_type = _BY_CURVE.get(crv)
    if key_type is None:
        raise KeyFormatError(KeyProblem.UNKNOWN_KEY_TYPE)
    if key_type.kty != kty:
        raise KeyFormatError(KeyProblem.BAD_JWK)
    return key_type


def _check_alg(key_type: KeyType, unverified_alg: object) -> None:
    """Refuse a JWK that names a signature algorithm of another key type."""
    if unverified_alg is None:
        return
    if not isinstance(unverified_alg, str):
        raise KeyFormatError(KeyProblem.BAD_JWK)
    if key_type.algorithm is None or not unverified_alg.startswith(_SIGNATURE_PREFIXES):
        return
    accepted = {key_type.algorithm.value} | ({"EdDSA"} if key_type is KeyType.ED25519 else set())
    if unverified_alg not in accepted:
        raise KeyFormatError(KeyProblem.BAD_JWK)


def _rsa_octets(unverified_jwk: Mapping[str, object]) -> bytes:
    n, e = (_base64url_member(unverified_jwk, name, None) for name in ("n", "e"))
    if not n or not e or n[0] == 0 or e[0] == 0:  # RFC 7518 §2: the minimum number of octets
        raise KeyFormatError(KeyProblem.BAD_JWK)
    try:
        key = rsa.RSAPublicNumbers(int.from_bytes(e, "big"), int.from_bytes(n, "big")).public_key()
    except ValueError:
        raise KeyFormatError(KeyProblem.INVALID_RSA) from None
    octets = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    load_rsa(octets)
    return octets


def _base64url_member(unverified_jwk: Mapping[str, object], name: str, length: int | None) -> bytes:
    text = unverified_jwk.get(name)
    if not isinstance(text, str) or not text.isascii() or len(text) > _MAX_BASE64_LENGTH:
        raise KeyFormatError(KeyProblem.BAD_JWK)
    try:
        octets = decode_base64url(text)
    except ValueError:
        raise KeyFormatError(KeyProblem.BAD_JWK) from None
    if length is not None and len(octets) != length:
        raise KeyFormatError(KeyProblem.WRONG_LENGTH)
    return octets


def _integer_text(value: int) -> str:
    return encode_base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
