# SPDX-License-Identifier: EUPL-1.2
"""Cipher suites, interfaces, encodings and the few group operations that all of BBS is written in.

Implements draft-irtf-cfrg-bbs-signatures, "Utility Operations" (generators, messages to scalars, random scalars, hash
to scalar, domain, serialisation), "Ciphersuites" and appendix "BLS12-381 hash_to_curve Definition Using SHAKE-256".
The curve itself (arithmetic, map to curve, pairing) is the library's; nothing here computes in a field of the curve.

Invariants:
    * A scalar is an ``int`` with ``0 <= s < R``. Received octets become a scalar or a point only in ``decode_scalar``,
      ``decode_g1`` and ``decode_g2``, which refuse every encoding but the canonical one, the identity, and points
      outside the subgroup. Library constructors that reduce or truncate silently are not called elsewhere.
    * Nothing here is constant time: Python integers and hashing of Python objects leak timing. See ``ssi.bbs``.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from ssi.errors import Reason, VerificationError

__all__ = [
    "BLS12381_SHA256",
    "BLS12381_SHAKE256",
    "BP2",
    "G1_BYTES",
    "G2_BYTES",
    "MAX_MESSAGES",
    "SCALAR_BYTES",
    "Interface",
    "R",
    "RandomScalars",
    "Suite",
    "blind_interface",
    "core_interface",
    "decode_g1",
    "decode_g2",
    "decode_scalar",
    "draw_scalars",
    "encode_integer",
    "encode_points",
    "encode_scalars",
    "invert",
    "msm",
    "multiply",
    "pairings_cancel",
    "pseudonym_interface",
    "random_scalar",
    "random_scalars",
]

R: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""Order of G1, G2 and GT: every scalar is an integer modulo R."""
_FIELD_ORDER: Final = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16
)
BP2: Final = G2Point()
"""The base point of G2 (the library's default point)."""
SCALAR_BYTES: Final = 32
G1_BYTES: Final = 48
G2_BYTES: Final = 96
EXPAND_LEN: Final = 48
"""Octets that are hashed or drawn for one scalar: ceil((ceil(log2 R) + 128) / 8)."""
MAX_MESSAGES: Final = 1024
"""Most messages a received proof or commitment may cover. Ours, not the draft's: bounds the work a stranger causes."""
_MAX_GENERATORS: Final = 4 * MAX_MESSAGES

RandomScalars = Callable[[int], Sequence[int]]
"""Gives that many independent scalars; ``random_scalars`` except where a test vector fixes them."""


# --- suites ----------------------------------------------------------------------------------------------------------


def _expand_message_xmd(message: bytes, dst: bytes, length: int) -> bytes:
    """expand_message_xmd with SHA-256 (RFC 9380, section 5.3.1)."""
    blocks = -(-length // 32)
    if blocks > 255 or length > 65535 or len(dst) > 255:
        raise ValueError("expand_message: output or domain separation tag too long")
    dst_prime = dst + bytes([len(dst)])
    first = hashlib.sha256(bytes(64) + message + length.to_bytes(2, "big") + b"\x00" + dst_prime).digest()
    block = hashlib.sha256(first + b"\x01" + dst_prime).digest()
    output = block
    for index in range(2, blocks + 1):
        mixed = (int.from_bytes(first, "big") ^ int.from_bytes(block, "big")).to_bytes(32, "big")
        block = hashlib.sha256(mixed + bytes([index]) + dst_prime).digest()
        output += block
    return output[:length]


def _expand_message_xof(message: bytes, dst: bytes, length: int) -> bytes:
    """expand_message_xof with SHAKE-256 (RFC 9380, section 5.3.2)."""
    if length > 65535 or len(dst) > 255:
        raise ValueError("expand_message: output or domain separation tag too long")
    tail = length.to_bytes(2, "big") + dst + bytes([len(dst)])
    return hashlib.shake_256(message + tail).digest(length)


@dataclass(frozen=True, slots=True)
class Suite:
    """A BBS cipher suite over BLS12-381 ("BLS12-381 Ciphersuites"); the two differ in their hash and so in ``P1``."""

    identifier: bytes
    """The draft's ``ciphersuite_id``, ending in an underscore."""
    P1: G1Point = field(compare=False)
    """The suite's fixed point of G1."""
    expand_message: Callable[[bytes, bytes, int], bytes] = field(compare=False)
    """``(message, dst, length) -> length octets``; ValueError when dst is over 255 octets or length too great."""

    def hash_to_scalar(self, message: bytes, dst: bytes) -> int:
        """Hash octets to a scalar ("Hash to Scalar"). ValueError when dst is longer than 255 octets."""
        return int.from_bytes(self.expand_message(message, dst, EXPAND_LEN), "big") % R

    def hash_to_curve(self, message: bytes, dst: bytes) -> G1Point:
        """Hash octets to a point of G1 with unknown discrete logarithm (RFC 9380, section 3, hash_to_curve).

        The library's map clears the cofactor, and clearing is linear, so the sum of the two mapped field elements is
        the point that RFC 9380 gets by clearing once after adding.
        """
        uniform = self.expand_message(message, dst, 128)
        first, second = (int.from_bytes(half, "big") % _FIELD_ORDER for half in (uniform[:64], uniform[64:]))
        return G1Point.map_from_fp_be(first.to_bytes(G1_BYTES, "big")) + G1Point.map_from_fp_be(
            second.to_bytes(G1_BYTES, "big")
        )


BLS12381_SHA256: Final = Suite(
    identifier=b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_",
    P1=G1Point.from_compressed_bytes(
        bytes.fromhex(
            "a8ce256102840821a3e94ea9025e4662b205762f9776b3a766c872b948f1fd225e7c59698588e70d11406d161b4e28c9"
        )
    ),
    expand_message=_expand_message_xmd,
)
BLS12381_SHAKE256: Final = Suite(
    identifier=b"BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_",
    P1=G1Point.from_compressed_bytes(
        bytes.fromhex(
            "8929dfbc7e6642c4ed9cba0856e493f8b9d7d5fcb0c31ef8fdcd34d50648a56c795e106e9eada6e0bda386b414150755"
        )
    ),
    expand_message=_expand_message_xof,
)


# --- interfaces ------------------------------------------------------------------------------------------------------

# Per (suite, api_id): the last seed value and every generator so far. Replaced whole, so readers never see half a step.
_GENERATORS: dict[tuple[Suite, bytes], tuple[bytes, tuple[G1Point, ...]]] = {}


def _create_generators(suite: Suite, api_id: bytes, count: int) -> tuple[G1Point, ...]:
    """The first ``count`` generators of an interface ("Generators Calculation"), kept and extended between calls."""
    if not 0 <= count <= _MAX_GENERATORS:
        raise ValueError(f"between 0 and {_MAX_GENERATORS} generators")
    seed_dst = api_id + b"SIG_GENERATOR_SEED_"
    known = _GENERATORS.get((suite, api_id))
    if known is None:
        known = suite.expand_message(api_id + b"MESSAGE_GENERATOR_SEED", seed_dst, EXPAND_LEN), ()
    value, points = known
    if len(points) < count:
        fresh = list(points)
        for index in range(len(points) + 1, count + 1):
            value = suite.expand_message(value + encode_integer(index), seed_dst, EXPAND_LEN)
            fresh.append(suite.hash_to_curve(value, api_id + b"SIG_GENERATOR_DST_"))
        points = tuple(fresh)
        _GENERATORS[suite, api_id] = value, points
    return points[:count]


@dataclass(frozen=True, slots=True)
class Interface:
    """A BBS interface ("Defining New Interfaces"): a suite and the identifier that separates all its hashes."""

    suite: Suite
    api_id: bytes
    """The whole identifier: the suite's, then the interface's own name, for example ``...H2G_HM2S_``."""

    def generators(self, count: int) -> tuple[G1Point, ...]:
        """Q_1, H_1, ... H_(count - 1), the generators of the signature ("Generators Calculation")."""
        return _create_generators(self.suite, self.api_id, count)

    def blind_generators(self, count: int) -> tuple[G1Point, ...]:
        """Q_2, J_1, ... J_(count - 1), the generators of a commitment (blind draft, "Commitment Computation")."""
        return _create_generators(self.suite, b"BLIND_" + self.api_id, count)

    def hash_to_scalar(self, message: bytes, suffix: bytes = b"H2S_") -> int:
        """Hash octets to a scalar under the tag ``api_id || suffix``."""
        return self.suite.hash_to_scalar(message, self.api_id + suffix)

    def message_scalars(self, messages: Sequence[bytes]) -> list[int]:
        """Map each octet message to its scalar ("Messages to Scalars")."""
        return [self.hash_to_scalar(message, b"MAP_MSG_TO_SCALAR_AS_HASH_") for message in messages]

    def domain(self, public_key: bytes, generators: Sequence[G1Point], header: bytes) -> int:
        """The scalar of everything a signature is bound to besides its messages ("Domain Calculation").

        Args:
            public_key: 96 octets, as the signer publishes them.
            generators: Q_1, H_1, ... H_L; with a commitment also Q_2, J_1, ... J_M after them.
            header: what the signer binds publicly.
        """
        parts = encode_integer(len(generators) - 1) + encode_points(generators) + self.api_id
        return self.hash_to_scalar(public_key + parts + encode_integer(len(header)) + header)


def core_interface(suite: Suite) -> Interface:
    """The plain interface over octet messages ("BBS Signatures Interface")."""
    return Interface(suite, suite.identifier + b"H2G_HM2S_")


def blind_interface(suite: Suite) -> Interface:
    """The interface of blind signatures (blind draft, "Blind BBS Signatures Interface")."""
    return Interface(suite, suite.identifier + b"BLIND_H2G_HM2S_")


def pseudonym_interface(suite: Suite) -> Interface:
    """The interface of signatures with pseudonyms (pseudonym draft, "BBS Pseudonym Interface")."""
    return Interface(suite, suite.identifier + b"H2G_HM2S_PSEUDONYM_")


# --- group operations ------------------------------------------------------------------------------------------------


def msm(points: Sequence[G1Point], scalars: Sequence[int]) -> G1Point:
    """Sum of ``scalars[i] * points[i]``; integers of any size and sign are taken modulo R.

    Raises:
        ValueError: lists of different lengths (the library would silently drop the longer one's tail).
    """
    if len(points) != len(scalars):
        raise ValueError("msm: as many scalars as points")
    return G1Point.multiexp_unchecked(list(points), [Scalar(scalar % R) for scalar in scalars])


def multiply(point: G1Point, scalar: int) -> G1Point:
    """``scalar * point``; the integer is taken modulo R."""
    return point * Scalar(scalar % R)


def invert(scalar: int) -> int:
    """The inverse modulo R. ValueError for a multiple of R."""
    return pow(scalar, -1, R)


def pairings_cancel(left: tuple[G1Point, G2Point], right: tuple[G1Point, G2Point]) -> bool:
    """Whether ``e(left) * e(right)`` is the identity of GT."""
    return GT.pairing_check([left[0], right[0]], [left[1], right[1]])


# --- randomness ------------------------------------------------------------------------------------------------------


def random_scalar() -> int:
    """A uniformly random scalar ("Random Scalars"), from the operating system's generator."""
    return int.from_bytes(secrets.token_bytes(EXPAND_LEN), "big") % R


def random_scalars(count: int) -> list[int]:
    """``count`` independent uniformly random scalars ("Random Scalars")."""
    return [random_scalar() for _ in range(count)]


def draw_scalars(source: RandomScalars, count: int) -> list[int]:
    """Ask a source for ``count`` scalars and hold it to the number and the range. ValueError otherwise."""
    scalars = list(source(count))
    if len(scalars) != count or not all(0 <= scalar < R for scalar in scalars):
        raise ValueError("the source of random scalars gave another number of them, or one out of range")
    return scalars


# --- encodings -------------------------------------------------------------------------------------------------------


def encode_integer(value: int) -> bytes:
    """A length or an index as 8 octets ("Serialize")."""
    return value.to_bytes(8, "big")


def encode_scalars(scalars: Sequence[int]) -> bytes:
    """Scalars as 32 octets each ("Serialize"). ValueError for an integer outside 0 .. R - 1."""
    if not all(0 <= scalar < R for scalar in scalars):
        raise ValueError("not a scalar: outside 0 .. R - 1")
    return b"".join(scalar.to_bytes(SCALAR_BYTES, "big") for scalar in scalars)


def encode_points(points: Sequence[G1Point]) -> bytes:
    """Points of G1, compressed, 48 octets each ("Serialize")."""
    return b"".join(point.to_compressed_bytes() for point in points)


def decode_scalar(unverified: bytes, *, nonzero: bool) -> int:
    """Decode 32 octets to a scalar.

    Args:
        unverified: big-endian octets, as received.
        nonzero: whether zero is refused as well, as in a signature or a proof.
    Raises:
        VerificationError: ``wrong_length``, or ``invalid_scalar`` when not below R (or zero).
    """
    if len(unverified) != SCALAR_BYTES:
        raise VerificationError(Reason.WRONG_LENGTH, "a scalar has 32 octets")
    scalar = int.from_bytes(unverified, "big")
    if scalar >= R or (nonzero and scalar == 0):
        raise VerificationError(Reason.INVALID_SCALAR)
    return scalar


def decode_g1(unverified: bytes) -> G1Point:
    """Decode 48 octets to a point of G1 other than the identity.

    Raises:
        VerificationError: ``wrong_length``, or ``invalid_point`` when not on the curve, not in the subgroup, not the
            canonical encoding, or the identity.
    """
    if len(unverified) != G1_BYTES:
        raise VerificationError(Reason.WRONG_LENGTH, "a point of G1 has 48 octets")
    try:
        point = G1Point.from_compressed_bytes(unverified)
    except ValueError:
        raise VerificationError(Reason.INVALID_POINT) from None
    # The library accepts stray bits beside the infinity flag, so compare with what it would write itself.
    if point == G1Point.identity() or point.to_compressed_bytes() != unverified:
        raise VerificationError(Reason.INVALID_POINT)
    return point


def decode_g2(unverified: bytes) -> G2Point:
    """Decode 96 octets to a point of G2 other than the identity; raises as ``decode_g1``."""
    if len(unverified) != G2_BYTES:
        raise VerificationError(Reason.WRONG_LENGTH, "a point of G2 has 96 octets")
    try:
        point = G2Point.from_compressed_bytes(unverified)
    except ValueError:
        raise VerificationError(Reason.INVALID_POINT) from None
    if point == G2Point.identity() or point.to_compressed_bytes() != unverified:
        raise VerificationError(Reason.INVALID_POINT)
    return point
