# SPDX-License-Identifier: EUPL-1.2
"""Checking a claim proof off chain: the same equation as the contract's (claim.md section 7).

Invariants:
    * The only module that makes a ``VerifiedClaim``.
"""

from dataclasses import dataclass

from py_arkworks_bls12381 import G1Point

from ssi.bbs.suite import BP2, R, msm, pairings_cancel
from ssi.claim.encoding import encode_xy
from ssi.claim.proof import Claim, Proof, batch, challenge, digest
from ssi.claim.statement import Statement
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256

__all__ = ["VerifiedClaim", "verify_claim"]


@dataclass(frozen=True, slots=True)
class VerifiedClaim:
    """What a valid proof establishes.

    Attributes:
        pseudonym: the point ``nym`` as 96 octets x || y, the same for one credential holder throughout a scope.
        claim: the recipient, day and disclosed values that the proof is bound to.
    """

    pseudonym: bytes
    claim: Claim

    @property
    def nullifier(self) -> bytes:
        """(2.2) 32 octets, under which a contract remembers the pseudonym."""
        return keccak256(self.pseudonym)


def verify_claim(statement: Statement, claim: Claim, unverified_proof: bytes) -> VerifiedClaim:
    """Verify a claim proof and return what it establishes.

    Implements claim.md 7.1 to 7.7. Does not look at the rulebook, the clock, or earlier pseudonyms (7.8).

    Args:
        statement: computed from the validator's key, the terms and the scope.
        claim: recipient, day and disclosed values as received.
        unverified_proof: the proof as received, ``statement.terms.proof_length`` octets.
    Raises:
        VerificationError: ``wrong_length``, ``invalid_point``, ``invalid_scalar``, ``invalid_challenge`` or
            ``invalid_proof``.
    """
    claim.check(statement.terms)
    proof = Proof.from_octets(unverified_proof, statement.terms)
    transcript = digest(statement, claim, proof.point_octets)
    c = challenge(transcript, statement.terms.kappa)
    if c * proof.scalars[0] % R != 1:  # (7.4); c = 0 has no inverse, so it is refused here too
        raise VerificationError(Reason.INVALID_CHALLENGE)
    rho = batch(transcript, proof.response_octets)
    if rho == 0:  # (7.5)
        raise VerificationError(Reason.INVALID_PROOF)
    X = _batched_relations(statement, claim, proof, c, rho)
    if not pairings_cancel((proof.points[0], statement.W), (X, BP2)):  # (7.7)
        raise VerificationError(Reason.INVALID_PROOF)
    return VerifiedClaim(encode_xy(proof.points[2]), claim)


def _batched_relations(statement: Statement, claim: Claim, proof: Proof, c: int, rho: int) -> G1Point:
    """(7.7) X, as one multi-scalar multiplication."""
    terms = statement.terms
    inverse, e, r1, r3 = proof.scalars[:4]
    responses = proof.messages[: len(terms.hidden)]
    rho2 = rho * rho % R
    # one scalar for each fixed point: OP, Bv, hidden, disclosed
    fixed = [rho2 * responses[-1], rho * c]
    fixed += [rho * response for response in responses]
    fixed += [rho * c * value for value in claim.disclosed]
    # Abar, D, nym, T1, T2, U
    variable = [inverse * e, inverse * r1 + rho * r3, -rho2 * c, -inverse, -rho, -rho2]
    response_at = dict(zip(terms.hidden, responses, strict=True))
    weight = rho2 * rho % R
    for index in range(terms.commitments):
        fixed[0] += weight * proof.messages[len(terms.hidden) + index]
        first = index * terms.per_commitment
        for slot, predicate in enumerate(terms.predicates[first : first + terms.per_commitment]):
            # (7.6)
            z_x = sum(term.coefficient * response_at[term.position] for term in predicate.terms)
            z_x += c * predicate.offset(claim.as_of)
            short = proof.short[3 * (first + slot) : 3 * (first + slot) + 3]
            f = c * (4 * z_x + c) - sum(z * z for z in short)
            for base, response in enumerate((*short, f), start=1 + 4 * slot):
                fixed[base] += weight * response
        variable += [-weight * c, -weight]
        weight = weight * rho % R
    return msm([statement.op, *statement.bases, *proof.points], fixed + variable)
