# SPDX-License-Identifier: EUPL-1.2
"""Signing a list of scalars, and verifying it, for octet messages and for scalars.

Implements draft-irtf-cfrg-bbs-signatures, "Signature Generation", "Signature Verification", "CoreSign", "CoreVerify",
"Signature to Octets" and "Octets to Signature". Deterministic: the same input gives the same signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from py_arkworks_bls12381 import G1Point

from ssi.bbs.keys import check_secret_key, decode_public_key
from ssi.bbs.suite import (
    BP2,
    G1_BYTES,
    SCALAR_BYTES,
    Interface,
    R,
    decode_g1,
    decode_scalar,
    encode_points,
    encode_scalars,
    invert,
    msm,
    multiply,
    pairings_cancel,
)
from ssi.errors import Reason, VerificationError

__all__ = ["SIGNATURE_BYTES", "Signature", "core_sign", "core_verify", "sign", "sign_point", "signed_point", "verify"]

SIGNATURE_BYTES: Final = G1_BYTES + SCALAR_BYTES


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature (A, e): well formed, which says nothing about whether it holds."""

    point: G1Point
    exponent: int

    @classmethod
    def from_bytes(cls, unverified: bytes) -> Self:
        """Decode 80 octets ("Octets to Signature").

        Raises:
            VerificationError: ``wrong_length``, ``invalid_point`` or ``invalid_scalar`` (e may not be zero).
        """
        if len(unverified) != SIGNATURE_BYTES:
            raise VerificationError(Reason.WRONG_LENGTH, "a signature has 80 octets")
        return cls(decode_g1(unverified[:G1_BYTES]), decode_scalar(unverified[G1_BYTES:], nonzero=True))

    def to_bytes(self) -> bytes:
        """Encode as 80 octets ("Signature to Octets")."""
        return encode_points([self.point]) + encode_scalars([self.exponent])


def signed_point(interface: Interface, generators: Sequence[G1Point], domain: int, scalars: Sequence[int]) -> G1Point:
    """B = P1 + Q_1 * domain + H_1 * msg_1 + ... + H_L * msg_L ("CoreSign", step 3).

    Raises:
        ValueError: not exactly one generator more than scalars.
    """
    return msm([interface.suite.P1, *generators], [1, domain, *scalars])


def sign_point(secret_key: int, point: G1Point, exponent: int) -> bytes:
    """A = B / (SK + e), encoded with e ("CoreSign", steps 4 and 5). ValueError when SK + e is zero modulo R."""
    return Signature(multiply(point, invert(secret_key + exponent)), exponent).to_bytes()


def core_sign(
    interface: Interface,
    secret_key: int,
    public_key: bytes,
    generators: Sequence[G1Point],
    header: bytes,
    scalars: Sequence[int],
) -> bytes:
    """Sign scalars ("CoreSign").

    Args:
        interface: whose identifier separates the hashes.
        secret_key: in 1 .. R - 1.
        public_key: 96 octets, that key's own.
        generators: Q_1, H_1, ... H_L, one more than scalars.
        header: what is bound publicly.
        scalars: each in 0 .. R - 1.
    Returns:
        80 octets.
    Raises:
        ValueError: a key or scalar out of range, or another number of generators.
    """
    check_secret_key(secret_key)
    domain = interface.domain(public_key, generators, header)
    exponent = interface.hash_to_scalar(encode_scalars([secret_key, *scalars, domain]))
    return sign_point(secret_key, signed_point(interface, generators, domain, scalars), exponent)


def core_verify(
    interface: Interface,
    public_key: bytes,
    signature: bytes,
    generators: Sequence[G1Point],
    header: bytes,
    scalars: Sequence[int],
) -> None:
    """Verify a signature over scalars ("CoreVerify"); arguments as in ``core_sign``.

    Raises:
        VerificationError: ``wrong_length``, ``invalid_point`` or ``invalid_scalar`` for the signature's form,
            ``invalid_public_key``, or ``invalid_signature`` when the pairing equation does not hold.
        ValueError: a scalar out of range, or not exactly one generator more than scalars.
    """
    unverified = Signature.from_bytes(signature)
    key = decode_public_key(public_key)
    if not all(0 <= scalar < R for scalar in scalars):
        raise ValueError("not a scalar: outside 0 .. R - 1")
    domain = interface.domain(public_key, generators, header)
    point = signed_point(interface, generators, domain, scalars)
    rest = multiply(unverified.point, unverified.exponent) - point
    if not pairings_cancel((unverified.point, key), (rest, BP2)):
        raise VerificationError(Reason.INVALID_SIGNATURE)


def sign(interface: Interface, secret_key: int, public_key: bytes, header: bytes, messages: Sequence[bytes]) -> bytes:
    """Sign octet messages ("Signature Generation (Sign)"); see ``core_sign``."""
    generators = interface.generators(len(messages) + 1)
    return core_sign(interface, secret_key, public_key, generators, header, interface.message_scalars(messages))


def verify(interface: Interface, public_key: bytes, signature: bytes, header: bytes, messages: Sequence[bytes]) -> None:
    """Verify a signature over octet messages ("Signature Verification (Verify)"); see ``core_verify``."""
    generators = interface.generators(len(messages) + 1)
    core_verify(interface, public_key, signature, generators, header, interface.message_scalars(messages))
