# SPDX-License-Identifier: EUPL-1.2
"""The statement: everything a proof speaks about that does not depend on the claimer (claim.md sections 2 to 4).

A wallet and a contract compute the same octets, each from what it trusts; comparing S compares everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from py_arkworks_bls12381 import G1Point, G2Point

from ssi.bbs.pseudonym import context_generator
from ssi.bbs.suite import BLS12381_SHA256, BP2, decode_g2, msm
from ssi.claim.encoding import encode_xy, evm_g1, evm_g2
from ssi.claim.header import CLAIMS
from ssi.claim.terms import ClaimTerms, Predicate, TermsError
from ssi.keccak import keccak256

__all__ = ["Statement"]

_TAG = b"stuiver/claim/v1/squares"
_PAIRS = 2
_COORDINATE = 48


@dataclass(frozen=True, slots=True)
class Statement:
    """One validator's key, one programme's terms, one scope, and the points they imply.

    Build it with ``of``; the fields are consistent only then.

    Attributes:
        W: the validator's public key.
        op: the point of the scope.
        bv: (4.1) the shared point of domain and constants.
        hidden_generators: one for each position of ``terms.hidden``.
        disclosed_generators: one for each of ``terms.disclosed``.
        octets: (4.3) the statement octets with S in place, as the contract keeps them.
        S: (4.4) 32 octets.
    """

    terms: ClaimTerms
    context_id: bytes
    W: G2Point
    op: G1Point
    bv: G1Point
    hidden_generators: tuple[G1Point, ...]
    disclosed_generators: tuple[G1Point, ...]
    octets: bytes
    S: bytes

    @classmethod
    def of(cls, terms: ClaimTerms, public_key: bytes, context_id: bytes) -> "Statement":
        """Compute the statement of a programme for one validator's key.

        Args:
            terms: the programme's terms, already checked.
            public_key: 96 octets, compressed point of G2.
            context_id: the scope (2.1).
        Raises:
            VerificationError: the public key is not a point of G2 other than the identity (3.6).
            TermsError: points coincide (3.6); cannot happen by chance.
        """
        W = decode_g2(public_key)
        q1, *generators = terms.header.generators
        op = context_generator(CLAIMS, context_id)  # (2.2)
        known = [BLS12381_SHA256.P1, q1] + [generators[constant.position] for constant in terms.constants]
        scalars = [1, terms.header.domain(public_key)] + [constant.scalar for constant in terms.constants]
        bv = msm(known, scalars)
        _check_distinct([op, bv, BLS12381_SHA256.P1, q1, *generators])
        hidden = tuple(generators[position] for position in terms.hidden)
        disclosed = tuple(generators[claim.position] for claim in terms.disclosed)
        words = b"".join(_predicate_word(predicate, terms.hidden) for predicate in terms.predicates)
        pairing = bytes(128) + evm_g2(W) + bytes(128) + evm_g2(BP2)
        records = b"".join(evm_g1(point) + bytes(32) for point in (op, bv, *hidden, *disclosed))
        body = words + pairing + records
        shape = (len(hidden), len(disclosed), len(terms.predicates), _PAIRS, terms.kappa)
        prefix = _TAG + len(context_id).to_bytes(32, "big") + context_id
        S = keccak256(prefix + b"".join(n.to_bytes(32, "big") for n in shape) + bytes(32) + body)
        return cls(terms, context_id, W, op, bv, hidden, disclosed, S + body, S)

    @property
    def bases(self) -> tuple[G1Point, ...]:
        """(6.2) G_1, G_2, ...: the generators of the square commitments after G_0 = OP."""
        return (self.bv, *self.hidden_generators, *self.disclosed_generators)


def _check_distinct(points: Sequence[G1Point]) -> None:
    """(3.6) Refuse the identity, and points that are equal or opposite: they share their x."""
    if any(point == G1Point.identity() for point in points):
        raise TermsError("3.6", "no point of a statement is the identity")
    if len({encode_xy(point)[:_COORDINATE] for point in points}) != len(points):
        raise TermsError("3.6", "no two points of a statement are equal or opposite")


def _predicate_word(predicate: Predicate, hidden: tuple[int, ...]) -> bytes:
    """(4.2) The word of a predicate, 32 octets."""
    word = 0
    for slot, term in enumerate(predicate.terms):
        word |= (hidden.index(term.position) | (term.coefficient % (1 << 32)) << 8) << 40 * slot
    word |= (predicate.constant % (1 << 64)) << 160
    word |= (predicate.per_as_of % (1 << 8)) << 224
    word |= len(predicate.terms) << 232
    return word.to_bytes(32, "big")
