# SPDX-License-Identifier: EUPL-1.2
"""Making a claim proof (claim.md section 6). Runs in the wallet; nothing here leaves it but the proof's octets."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from py_arkworks_bls12381 import G1Point

from ssi.bbs.suite import R, invert, msm, multiply
from ssi.claim.encoding import encode_xy
from ssi.claim.proof import Claim, challenge, digest
from ssi.claim.randomness import SYSTEM, Randomness
from ssi.claim.squares import three_squares
from ssi.claim.statement import Statement
from ssi.claim.terms import SHORT_BITS
from ssi.claim.verify import VerifiedClaim, verify_claim
from ssi.errors import SsiError

__all__ = ["NotQualifiedError", "PreparedClaim", "Witness"]


class NotQualifiedError(SsiError):
    """The credential does not meet the terms; found before anything is proved or sent.

    Args:
        predicates: indexes of the predicates that do not hold.
        positions: positions of constants or disclosed claims that differ from what the terms or the claim say.
    """

    def __init__(self, predicates: tuple[int, ...], positions: tuple[int, ...]) -> None:
        super().__init__("the credential does not meet the terms of this programme")
        self.predicates = predicates
        self.positions = positions


@dataclass(frozen=True, slots=True)
class Witness:
    """A signature and the scalars it signs; secret.

    Attributes:
        A, e: the signature (1.6).
        scalars: L + 2 of them: the claims, the prover blind, the nym secret.
    """

    A: G1Point = field(repr=False)
    e: int = field(repr=False)
    scalars: tuple[int, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PreparedClaim:
    """A claim that holds, with its square decompositions found: what takes a telling time is done.

    Build it with ``of``, then call ``prove``, as often as needed.
    """

    statement: Statement
    claim: Claim
    witness: Witness = field(repr=False)
    roots: tuple[tuple[int, int, int], ...] = field(repr=False)
    B: G1Point = field(repr=False)

    @classmethod
    def of(cls, statement: Statement, claim: Claim, witness: Witness) -> "PreparedClaim":
        """Check the claim against the credential and decompose the values of its predicates.

        Raises:
            NotQualifiedError: a predicate, constant or disclosed value does not hold for this credential.
            VerificationError: the claim has not the shape that the terms ask for.
        """
        terms = statement.terms
        claim.check(terms)
        scalars = witness.scalars
        values = [predicate.evaluate(scalars, claim.as_of) for predicate in terms.predicates]
        failed = tuple(index for index, value in enumerate(values) if not 0 <= value <= terms.x_max)
        shown = [(constant.position, constant.scalar) for constant in terms.constants]
        shown += [(item.position, value) for item, value in zip(terms.disclosed, claim.disclosed, strict=True)]
        differing = tuple(position for position, value in shown if scalars[position] != value)
        if failed or differing:
            raise NotQualifiedError(failed, differing)
        hidden = [scalars[position] for position in terms.hidden]
        points = [statement.bv, *statement.hidden_generators, *statement.disclosed_generators]
        B = msm(points, [1, *hidden, *claim.disclosed])
        return cls(statement, claim, witness, tuple(three_squares(value) for value in values), B)

    def prove(self, randomness: Randomness = SYSTEM) -> bytes:
        """Make a proof and verify it; arguments and errors as ``prove_verified``, of which this is the first part."""
        return self.prove_verified(randomness)[0]

    def prove_verified(self, randomness: Randomness = SYSTEM) -> tuple[bytes, VerifiedClaim]:
        """Make a proof and verify it (6.6); the proof, and what it establishes.

        Args:
            randomness: only a test vector gives another source.
        Returns:
            ``statement.terms.proof_length`` octets, fresh at each call; two proofs are linkable only by the pseudonym.
        Raises:
            VerificationError: the credential's signature does not hold for this validator's key.
        """
        while True:
            proof = self._attempt(randomness)
            if proof is not None:
                break
        return proof, verify_claim(self.statement, self.claim, proof)

    def _attempt(self, randomness: Randomness) -> bytes | None:
        """(6.1 to 6.5) One run; None when the rejection sampling asks for another."""
        statement, terms = self.statement, self.statement.terms
        hidden = [self.witness.scalars[position] for position in terms.hidden]
        r1, r2, e_mask, r1_mask, r3_mask = (randomness.scalar() for _ in range(5))
        masks = [randomness.scalar() for _ in hidden]
        if r1 == 0 or r2 == 0:
            return None
        # (6.1)
        D = multiply(self.B, r2)
        Abar = multiply(self.witness.A, r1 * r2)
        T1 = msm([Abar, D], [e_mask, r1_mask])
        T2 = msm([D, *statement.hidden_generators], [r3_mask, *masks])
        points = [Abar, D, multiply(statement.op, hidden[-1]), T1, T2, multiply(statement.op, masks[-1])]
        # (6.2)
        commitments = [
            _Commitment.draw(statement, dict(zip(terms.hidden, masks, strict=True)), self.roots, first, randomness)
            for first in range(0, len(terms.predicates), terms.per_commitment)
        ]
        for commitment in commitments:
            points += [commitment.C, commitment.TC]
        octets = b"".join(encode_xy(point) for point in points)
        # (6.3)
        c = challenge(digest(statement, self.claim, octets), terms.kappa)
        if c == 0:
            return None
        # (6.4)
        scalars = [invert(c), e_mask + c * self.witness.e, r1_mask - c * r1, r3_mask - c * invert(r2)]
        scalars += [mask + c * value for mask, value in zip(masks, hidden, strict=True)]
        scalars += [commitment.blind_mask + c * commitment.blind for commitment in commitments]
        short = [z for commitment in commitments for z in commitment.respond(c)]
        # (6.5)
        lowest = ((1 << terms.kappa) - 1) * terms.root_max
        if not all(lowest <= z < 1 << SHORT_BITS for z in short):
            return None
        responses = b"".join((scalar % R).to_bytes(32, "big") for scalar in scalars)
        return octets + responses + b"".join(z.to_bytes(16, "big") for z in short)


@dataclass(frozen=True, slots=True)
class _Commitment:
    """(6.2) A commitment to the roots of some predicates, and to their masks."""

    C: G1Point
    TC: G1Point
    blind: int
    blind_mask: int
    roots: list[int]
    root_masks: list[int]

    @classmethod
    def draw(
        cls,
        statement: Statement,
        masks: dict[int, int],
        all_roots: Sequence[tuple[int, int, int]],
        first: int,
        randomness: Randomness,
    ) -> "_Commitment":
        """Commit to the predicates from index ``first`` on, as many as share a commitment."""
        end = first + statement.terms.per_commitment
        blind, blind_mask = randomness.scalar(), randomness.scalar()
        committed, masked = [blind], [blind_mask]
        roots: list[int] = []
        root_masks: list[int] = []
        for predicate, ys in zip(statement.terms.predicates[first:end], all_roots[first:end], strict=True):
            fresh = [randomness.short() for _ in ys]
            x_mask = sum(term.coefficient * masks[term.position] for term in predicate.terms)
            committed += [*ys, 4 * x_mask - 2 * sum(y * mask for y, mask in zip(ys, fresh, strict=True))]
            masked += [*fresh, -sum(mask * mask for mask in fresh)]
            roots += ys
            root_masks += fresh
        bases = [statement.op, *statement.bases][: len(committed)]
        return cls(msm(bases, committed), msm(bases, masked), blind, blind_mask, roots, root_masks)

    def respond(self, c: int) -> list[int]:
        """(6.4) The short responses, integers."""
        return [mask + c * root for mask, root in zip(self.root_masks, self.roots, strict=True)]
