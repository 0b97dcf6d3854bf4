# SPDX-License-Identifier: EUPL-1.2
"""Keys of a BBS signer: an integer and a point of G2.

Implements draft-irtf-cfrg-bbs-signatures, "Key Generation Operations" and "Octets to Public Key".
"""

from functools import lru_cache
from typing import Final

from py_arkworks_bls12381 import G2Point, Scalar

from ssi.bbs.suite import BP2, R, Suite, decode_g2, random_scalar
from ssi.errors import Reason, VerificationError

__all__ = ["check_secret_key", "decode_public_key", "generate_secret_key", "key_gen", "sk_to_pk"]

_LEAST_KEY_MATERIAL: Final = 32
_MOST_KEY_INFO: Final = 65535


def key_gen(suite: Suite, key_material: bytes, key_info: bytes = b"", key_dst: bytes | None = None) -> int:
    """Derive a secret key from secret octets ("Secret Key", KeyGen).

    Args:
        suite: whose hash is used; the key itself fits either suite.
        key_material: at least 32 octets that nobody can guess.
        key_info: public octets, at most 65535, to derive several keys from one material.
        key_dst: domain separation tag; by default ``ciphersuite_id || KEYGEN_DST_``.
    Raises:
        ValueError: an argument out of these bounds.
    """
    if len(key_material) < _LEAST_KEY_MATERIAL or len(key_info) > _MOST_KEY_INFO:
        raise ValueError("key material under 32 octets, or key info over 65535")
    dst = suite.identifier + b"KEYGEN_DST_" if key_dst is None else key_dst
    secret_key = suite.hash_to_scalar(key_material + len(key_info).to_bytes(2, "big") + key_info, dst)
    check_secret_key(secret_key)
    return secret_key


def generate_secret_key() -> int:
    """A fresh secret key, uniform in 1 .. R - 1."""
    while (secret_key := random_scalar()) == 0:
        pass
    return secret_key


def sk_to_pk(secret_key: int) -> bytes:
    """The public key of a secret key ("Public Key", SkToPk): 96 octets. ValueError when out of range."""
    check_secret_key(secret_key)
    return (BP2 * Scalar(secret_key)).to_compressed_bytes()


def check_secret_key(secret_key: int) -> None:
    """Hold a secret key of our own to 0 < SK < R. ValueError otherwise."""
    if not 0 < secret_key < R:
        raise ValueError("a secret key lies in 1 .. R - 1")


@lru_cache(maxsize=256)
def decode_public_key(unverified: bytes) -> G2Point:
    """Decode a public key ("Octets to Public Key"); results are kept, for a verifier meets few keys.

    Args:
        unverified: 96 octets, a compressed point of G2, as received.
    Raises:
        VerificationError: ``invalid_public_key`` for a wrong length, a non-canonical encoding, a point off the curve or
            outside the subgroup, or the identity.
    """
    try:
        return decode_g2(unverified)
    except VerificationError:
        raise VerificationError(Reason.INVALID_PUBLIC_KEY) from None
