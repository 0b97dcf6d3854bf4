# SPDX-License-Identifier: EUPL-1.2
"""Every way we know to damage a valid claim: one list for the verifier in Python and for the contract.

Each case is named and changes one thing. All must be refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from py_arkworks_bls12381 import G1Point

from ssi.bbs.suite import BLS12381_SHA256, R
from ssi.claim.proof import Claim
from ssi.claim.terms import SHORT_BITS, ClaimTerms

P = int("1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16)
_POINT, _SCALAR, _SHORT = 96, 32, 16


@dataclass(frozen=True)
class Tampered:
    """A damaged claim: what was done, and the result."""

    name: str
    claim: Claim
    proof: bytes


def tampered_claims(terms: ClaimTerms, claim: Claim, proof: bytes, other: bytes, seed: int = 1) -> Iterator[Tampered]:
    """Damage a valid claim in over 300 ways.

    Args:
        terms: what the claim is for.
        claim: a valid claim.
        proof: its proof.
        other: a valid proof for the same claim by the same holder.
    """
    random = Random(seed)
    points = 6 + 2 * terms.commitments
    scalars = 4 + len(terms.hidden) + terms.commitments
    for index in range(points):
        yield from _points(claim, proof, other, index, points)
    for index in range(scalars):
        yield from _integers(claim, proof, other, f"scalar {index}", points * _POINT + index * _SCALAR, _SCALAR, R)
    shorts = points * _POINT + scalars * _SCALAR
    for index in range(3 * len(terms.predicates)):
        yield from _integers(claim, proof, other, f"short {index}", shorts + index * _SHORT, _SHORT, 1 << SHORT_BITS)
    for bit in sorted(random.sample(range(8 * len(proof)), 60)):
        octets = bytearray(proof)
        octets[bit // 8] ^= 1 << bit % 8
        yield Tampered(f"bit {bit} flipped", claim, bytes(octets))
    yield from _lengths(claim, proof)
    yield from _claims(claim, proof)


def _points(claim: Claim, proof: bytes, other: bytes, index: int, count: int) -> Iterator[Tampered]:
    at = index * _POINT
    octets = proof[at : at + _POINT]
    x, y = int.from_bytes(octets[:48], "big"), int.from_bytes(octets[48:], "big")
    neighbour = (index + 1) % count * _POINT
    changes = {
        "identity": bytes(_POINT),
        "negated": octets[:48] + (P - y).to_bytes(48, "big"),
        "P1": bytes(BLS12381_SHA256.P1.to_xy_bytes_be()),
        "doubled": bytes((G1Point.from_xy_bytes_be(octets) + G1Point.from_xy_bytes_be(octets)).to_xy_bytes_be()),
        "neighbour": proof[neighbour : neighbour + _POINT],
        "off the curve": octets[:48] + ((y + 1) % P).to_bytes(48, "big"),
        "order three": (0).to_bytes(48, "big") + (2).to_bytes(48, "big"),
        "outside the subgroup": _outside_subgroup(),
    }
    if other[at : at + _POINT] != octets:  # the pseudonym is the same in both
        changes["of another proof"] = other[at : at + _POINT]
    if x + P < 1 << 384:
        changes["x + p"] = (x + P).to_bytes(48, "big") + octets[48:]
    for name, value in changes.items():
        yield Tampered(f"point {index} {name}", claim, proof[:at] + value + proof[at + _POINT :])


def _integers(
    claim: Claim, proof: bytes, other: bytes, name: str, at: int, size: int, limit: int
) -> Iterator[Tampered]:
    value = int.from_bytes(proof[at : at + size], "big")
    changes = {
        "plus one": (value + 1) % limit,
        "zero": 0,
        "negated": -value % limit,
        "plus the limit": value + limit,
        "of another proof": int.from_bytes(other[at : at + size], "big"),
        "largest": (1 << 8 * size) - 1,
    }
    for change, changed in changes.items():
        if changed < 1 << 8 * size and changed != value:
            octets = proof[:at] + changed.to_bytes(size, "big") + proof[at + size :]
            yield Tampered(f"{name} {change}", claim, octets)


def _lengths(claim: Claim, proof: bytes) -> Iterator[Tampered]:
    for name, octets in {
        "empty": b"",
        "one octet short": proof[:-1],
        "one octet long": proof + b"\x00",
        "one scalar short": proof[:-_SCALAR],
        "one point long": proof + proof[:_POINT],
        "first octet lost": proof[1:],
        "sent twice": proof + proof,
    }.items():
        yield Tampered(name, claim, octets)


def _claims(claim: Claim, proof: bytes) -> Iterator[Tampered]:
    for bit in (0, 7, 80, 159):
        recipient = int.from_bytes(claim.recipient, "big") ^ 1 << bit
        yield Tampered(f"recipient bit {bit}", replace(claim, recipient=recipient.to_bytes(20, "big")), proof)
    for days in (-2, -1, 1):
        yield Tampered(f"day {days:+}", replace(claim, as_of=claim.as_of + days), proof)
    for index, value in enumerate(claim.disclosed):
        for changed in (value + 1, value - 1):
            disclosed = (*claim.disclosed[:index], changed, *claim.disclosed[index + 1 :])
            yield Tampered(f"disclosed {index} is {changed}", replace(claim, disclosed=disclosed), proof)


def _outside_subgroup() -> bytes:
    """The point of least x on the curve y^2 = x^3 + 4 that is not in the subgroup and not of order three."""
    for x in range(1, 100):
        square = (x**3 + 4) % P
        y = pow(square, (P + 1) // 4, P)
        if y * y % P == square:
            octets = x.to_bytes(48, "big") + y.to_bytes(48, "big")
            if not G1Point.from_xy_bytes_unchecked_be(octets).is_in_subgroup():
                return octets
    raise RuntimeError("no such point")
