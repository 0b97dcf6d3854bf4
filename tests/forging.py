# SPDX-License-Identifier: EUPL-1.2
"""The forgery that one public proof would allow if a verifier did not check the challenge (claim.md 7.4)."""

from ssi.bbs.suite import BP2, R, invert, msm, multiply, pairings_cancel
from ssi.claim.encoding import encode_xy
from ssi.claim.proof import Claim, Proof, batch, challenge, digest
from ssi.claim.prove import _Commitment
from ssi.claim.randomness import Randomness
from ssi.claim.squares import three_squares
from ssi.claim.statement import Statement
from ssi.claim.terms import SHORT_BITS
from ssi.claim.verify import _batched_relations

__all__ = ["forge_from_public_proof", "relations_hold"]


def forge_from_public_proof(
    statement: Statement,
    seen: Claim,
    public_proof: bytes,
    claim: Claim,
    invented: tuple[int, ...],
    randomness: Randomness,
) -> bytes:
    """A claim of a household that nobody signed, from the proof of a household that somebody did.

    A public proof gives away Abar and ``Bbar = (T1 - e^ Abar - r1^ D) / c``, which is SK Abar. With T1 = Bbar, e^ and
    r1^ zero, and "1/c" = 1, the signature's relation holds for any D and any c; all else is proved honestly.

    Args:
        seen: what the public proof is for.
        claim: what the forgery is for.
        invented: L + 2 scalars that meet the terms and are in no signature.
    """
    terms = statement.terms
    public = Proof.from_octets(public_proof, terms)
    Abar, D, _, T1 = public.points[:4]
    inverse, e, r1 = public.scalars[:3]
    Bbar = msm([T1, Abar, D], [inverse, -inverse * e, -inverse * r1])
    hidden = [invented[position] for position in terms.hidden]
    B = msm(
        [statement.bv, *statement.hidden_generators, *statement.disclosed_generators], [1, *hidden, *claim.disclosed]
    )
    roots = tuple(three_squares(predicate.evaluate(invented, claim.as_of)) for predicate in terms.predicates)
    assert challenge(digest(statement, seen, public.point_octets), terms.kappa) * inverse % R == 1
    while True:
        r2, r3_mask = randomness.scalar(), randomness.scalar()
        masks = [randomness.scalar() for _ in hidden]
        D = multiply(B, r2)
        T2 = msm([D, *statement.hidden_generators], [r3_mask, *masks])
        points = [Abar, D, multiply(statement.op, hidden[-1]), Bbar, T2, multiply(statement.op, masks[-1])]
        mask_of = dict(zip(terms.hidden, masks, strict=True))
        commitments = [
            _Commitment.draw(statement, mask_of, roots, first, randomness)
            for first in range(0, len(terms.predicates), terms.per_commitment)
        ]
        for commitment in commitments:
            points += [commitment.C, commitment.TC]
        octets = b"".join(encode_xy(point) for point in points)
        c = challenge(digest(statement, claim, octets), terms.kappa)
        short = [z for commitment in commitments for z in commitment.respond(c)]
        if all(z < 1 << SHORT_BITS for z in short):
            break
    scalars = [1, 0, 0, r3_mask - c * invert(r2)]
    scalars += [mask + c * value for mask, value in zip(masks, hidden, strict=True)]
    scalars += [commitment.blind_mask + c * commitment.blind for commitment in commitments]
    responses = b"".join((scalar % R).to_bytes(32, "big") for scalar in scalars)
    return octets + responses + b"".join(z.to_bytes(16, "big") for z in short)


def relations_hold(statement: Statement, claim: Claim, proof: bytes) -> bool:
    """(7.5 to 7.7) Whether everything but 7.4 is met: what a verifier that forgets it would see."""
    claim.check(statement.terms)
    decoded = Proof.from_octets(proof, statement.terms)
    transcript = digest(statement, claim, decoded.point_octets)
    c, rho = challenge(transcript, statement.terms.kappa), batch(transcript, decoded.response_octets)
    X = _batched_relations(statement, claim, decoded, c, rho)
    return rho != 0 and pairings_cancel((decoded.points[0], statement.W), (X, BP2))
