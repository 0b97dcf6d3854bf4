# SPDX-License-Identifier: EUPL-1.2
"""Checks that octets are a usable public key, with the libraries that implement each curve.

Every check is the library's: PyNaCl for Curve25519, ``cryptography`` for the short Weierstrass curves and RSA,
``py-arkworks-bls12381`` for BLS12-381. What is added here is canonicity: octets that decode but would be encoded
differently are refused, so that one key has one encoding and comparing octets compares keys.
"""

from functools import lru_cache
from threading import Lock
from typing import Final

import nacl.bindings
import nacl.exceptions
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from py_arkworks_bls12381 import G1Point, G2Point

from ssi.keys.errors import KeyFormatError, KeyProblem
from ssi.keys.types import KeyType

__all__ = ["CURVES", "check_public_octets", "compress", "keep_ec", "load_ec", "load_rsa"]

CURVES: dict[KeyType, ec.EllipticCurve] = {
    KeyType.P256: ec.SECP256R1(),
    KeyType.P384: ec.SECP384R1(),
    KeyType.P521: ec.SECP521R1(),
    KeyType.SECP256K1: ec.SECP256K1(),
}

_X25519_PRIME = 2**255 - 19
_ANY_SCALAR = bytes(31) + b"\x40"
_RSA_BITS = range(2048, 8193)
_RSA_MAX_OCTETS = 1100
_MOST_LOADED: Final = 1024
_loaded: dict[tuple[KeyType, bytes], ec.EllipticCurvePublicKey] = {}
_lock: Final = Lock()


@lru_cache(maxsize=1024)
def check_public_octets(key_type: KeyType, octets: bytes) -> None:
    """Check that octets are the canonical encoding of a usable public key. Remembers the last keys it accepted.

    Raises:
        KeyFormatError: ``WRONG_LENGTH``, ``INVALID_POINT`` or ``INVALID_RSA``.
    """
    if key_type.octet_length is not None and len(octets) != key_type.octet_length:
        raise KeyFormatError(KeyProblem.WRONG_LENGTH)
    match key_type:
        case KeyType.ED25519:
            # canonical, on the curve, in the prime-order subgroup, not of small order
            valid = bool(nacl.bindings.crypto_core_ed25519_is_valid_point(octets))
        case KeyType.X25519:
            valid = _is_x25519(octets)
        case KeyType.BLS12_381_G1 | KeyType.BLS12_381_G2:
            valid = _is_bls(key_type, octets)
        case KeyType.RSA:
            load_rsa(octets)
            return
        case _:
            load_ec(key_type, octets)
            return
    if not valid:
        raise KeyFormatError(KeyProblem.INVALID_POINT)


def load_ec(key_type: KeyType, octets: bytes) -> ec.EllipticCurvePublicKey:
    """Load a compressed SEC 1 point of one of ``CURVES``. Remembers the last keys: finding y again is slow.

    Raises:
        KeyFormatError: ``INVALID_POINT`` if it is not on the curve or not in compressed form.
    """
    known = _loaded.get((key_type, octets))
    if known is not None:
        return known
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[key_type], octets)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFormatError(KeyProblem.INVALID_POINT) from None
    if compress(key) != octets:
        raise KeyFormatError(KeyProblem.INVALID_POINT)
    keep_ec(key_type, octets, key)
    return key


def keep_ec(key_type: KeyType, octets: bytes, key: ec.EllipticCurvePublicKey) -> None:
    """Remember a key that the library has loaded, so that ``load_ec`` finds it by its compressed encoding."""
    with _lock:
        if len(_loaded) >= _MOST_LOADED:
            del _loaded[next(iter(_loaded))]  # the one that came first
        _loaded[key_type, octets] = key


def compress(key: ec.EllipticCurvePublicKey) -> bytes:
    """The compressed SEC 1 encoding: one octet for the sign of y, then x."""
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)


def load_rsa(octets: bytes) -> rsa.RSAPublicKey:
    """Load a DER-encoded PKCS#1 ``RSAPublicKey``.

    Raises:
        KeyFormatError: ``INVALID_RSA`` if it is anything else, not canonical, or outside 2048 to 8192 bits.
    """
    if len(octets) > _RSA_MAX_OCTETS:
        raise KeyFormatError(KeyProblem.WRONG_LENGTH)
    try:
        key = serialization.load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFormatError(KeyProblem.INVALID_RSA) from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size not in _RSA_BITS:
        raise KeyFormatError(KeyProblem.INVALID_RSA)
    if key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1) != octets:
        raise KeyFormatError(KeyProblem.INVALID_RSA)
    return key


def _is_x25519(octets: bytes) -> bool:
    """True for a canonical coordinate outside the small subgroup; libsodium refuses to multiply any other."""
    if int.from_bytes(octets, "little") >= _X25519_PRIME:
        return False
    try:
        nacl.bindings.crypto_scalarmult(_ANY_SCALAR, octets)
    except nacl.exceptions.CryptoError:
        return False
    return True


def _is_bls(key_type: KeyType, octets: bytes) -> bool:
    group = G1Point if key_type is KeyType.BLS12_381_G1 else G2Point
    try:
        point = group.from_compressed_bytes(octets)
    except ValueError:
        return False
    if point == group.identity() or not point.is_in_subgroup():
        return False
    return point.to_compressed_bytes() == octets  # the library reads several texts as the identity
