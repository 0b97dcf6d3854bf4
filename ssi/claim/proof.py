# SPDX-License-Identifier: EUPL-1.2
"""The octets of a claim proof and its transcript (claim.md 5, 6.3, 7.1 to 7.5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from py_arkworks_bls12381 import G1Point

from ssi.bbs.suite import R, decode_scalar
from ssi.claim.encoding import POINT_BYTES, decode_xy
from ssi.claim.statement import Statement
from ssi.claim.terms import DAY_LIMIT, SHORT_BITS, ClaimTerms
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256

__all__ = ["Claim", "Proof", "batch", "challenge", "digest"]

_SCALAR = 32
_SHORT = 16
_CORE_POINTS = 6
_CORE_SCALARS = 4


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim shows besides its proof; all of it is bound by the proof.

    Attributes:
        recipient: the payment account, 20 octets.
        as_of: the day of the claim, days since 1900-01-01.
        disclosed: the values of the disclosed claims, in ascending position.
    """

    recipient: bytes
    as_of: int
    disclosed: tuple[int, ...] = ()

    def check(self, terms: ClaimTerms) -> None:
        """(7.1, 7.3) Raise VerificationError unless the values have the shape that the terms ask for."""
        if len(self.recipient) != 20 or len(self.disclosed) != len(terms.disclosed):
            raise VerificationError(Reason.WRONG_LENGTH, "a recipient of 20 octets and each disclosed claim once")
        limits = [1 << terms.header.widths[claim.position] for claim in terms.disclosed]
        if not all(0 <= value < limit for value, limit in zip(self.disclosed, limits, strict=True)):
            raise VerificationError(Reason.INVALID_SCALAR, "a disclosed value is beyond its width")
        if not 0 <= self.as_of < DAY_LIMIT:
            raise VerificationError(Reason.INVALID_SCALAR, "the day is out of range")


def digest(statement: Statement, claim: Claim, points: bytes) -> bytes:
    """(6.3) The hash that the challenge is cut from; ``points`` are all points of the proof, as sent."""
    values = b"".join(value.to_bytes(32, "big") for value in (claim.as_of, *claim.disclosed))
    return keccak256(statement.S + bytes(12) + claim.recipient + values + points)


def challenge(transcript: bytes, kappa: int) -> int:
    """(6.3) The number made of the leading ``kappa`` bits of the digest."""
    return int.from_bytes(transcript, "big") >> (256 - kappa)


def batch(transcript: bytes, responses: bytes) -> int:
    """(7.5) rho, which depends on every point and every response as sent."""
    return int.from_bytes(keccak256(transcript + responses), "big") % R


@dataclass(frozen=True, slots=True)
class Proof:
    """A decoded proof: every point, scalar and short response is canonical and in range, nothing else is known yet.

    Attributes:
        points: Abar, D, nym, T1, T2, U, then C and TC of each commitment.
        scalars: 1/c, e^, r1^, r3^, the responses of the hidden messages, then z_r of each commitment.
        short: z_1, z_2, z_3 of each predicate.
        point_octets, response_octets: the same as sent, for the transcript.
    """

    points: tuple[G1Point, ...]
    scalars: tuple[int, ...]
    short: tuple[int, ...]
    point_octets: bytes
    response_octets: bytes

    @classmethod
    def from_octets(cls, unverified: bytes, terms: ClaimTerms) -> "Proof":
        """Decode a proof for these terms.

        Raises:
            VerificationError: (7.1) ``wrong_length``, (7.2) ``invalid_point``, (7.3) ``invalid_scalar``.
        """
        if len(unverified) != terms.proof_length:
            raise VerificationError(Reason.WRONG_LENGTH, f"a proof of {terms.proof_length} octets")
        count = _CORE_POINTS + 2 * terms.commitments
        point_octets, responses = unverified[: POINT_BYTES * count], unverified[POINT_BYTES * count :]
        points = tuple(decode_xy(part) for part in _split(point_octets, POINT_BYTES))
        split = _SCALAR * (_CORE_SCALARS + len(terms.hidden) + terms.commitments)
        scalars = tuple(decode_scalar(part, nonzero=False) for part in _split(responses[:split], _SCALAR))
        short = tuple(int.from_bytes(part, "big") for part in _split(responses[split:], _SHORT))
        if any(value >> SHORT_BITS for value in short):
            raise VerificationError(Reason.INVALID_SCALAR, "a short response is too long")
        return cls(points, scalars, short, point_octets, responses)

    @property
    def messages(self) -> Sequence[int]:
        """The responses m^ of the hidden messages, then those of the commitments' blindings."""
        return self.scalars[_CORE_SCALARS:]


def _split(octets: bytes, size: int) -> list[bytes]:
    return [octets[at : at + size] for at in range(0, len(octets), size)]
