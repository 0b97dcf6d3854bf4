# SPDX-License-Identifier: EUPL-1.2
"""The vectors of the claim proof (specs/vectors/claim): how they are made.

``python -m tests.vectors.claim_material`` writes them anew; a test holds that this changes nothing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssi.bbs.keys import key_gen, sk_to_pk
from ssi.bbs.signature import Signature, core_sign
from ssi.bbs.suite import BLS12381_SHA256, R, encode_points
from ssi.claim.header import CLAIMS, TypeHeader
from ssi.claim.proof import Claim, batch, challenge, digest
from ssi.claim.prove import PreparedClaim, Witness
from ssi.claim.statement import Statement
from ssi.claim.terms import SHORT_BITS, ClaimTerms, Constant, Disclosed, Predicate, Term
from ssi.claim.verify import verify_claim
from ssi.errors import VerificationError
from tests.claims import HEADER, MUNICIPALITY, PREDICATES, ZUIDHORN, Household

FOLDER = Path(__file__).parents[2] / "specs" / "vectors" / "claim"
_SEED = b"stuiver/claim/v1 vectors"


@dataclass
class SeededRandomness:
    """Numbers that follow from a seed: for vectors only."""

    seed: bytes
    drawn: int = 0

    def _next(self) -> int:
        self.drawn += 1
        return BLS12381_SHA256.hash_to_scalar(self.seed + self.drawn.to_bytes(8, "big"), b"STUIVER_VECTORS_")

    def scalar(self) -> int:
        """The next scalar."""
        return self._next()

    def short(self) -> int:
        """The next 126 bits."""
        return self._next() % (1 << SHORT_BITS)


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every vector: file name without ending, and content."""
    amira, at_bounds = Household(), Household(exp=45_300, recovered_at=45_199, children=0)
    yield "claim-without-predicates", _case(amira, 0)
    yield "claim-with-one-predicate", _case(amira, 1)
    yield "claim-of-the-child-budget", _case(amira, 3)
    yield "claim-with-four-predicates", _case(amira, 4)
    yield "claim-at-every-bound", _case(at_bounds, 3)
    valid = _case(amira, 3)
    proof = bytes.fromhex(valid["proof"])
    scalars = 96 * 10
    yield "refused-wrong-length", _refused(valid, proof[:-1])
    yield "refused-identity", _refused(valid, bytes(96) + proof[96:])
    yield "refused-off-the-curve", _refused(valid, proof[:95] + bytes([proof[95] ^ 1]) + proof[96:])
    yield "refused-scalar-above-order", _refused(valid, _set(proof, scalars + 32, 32, R))
    yield "refused-long-short-response", _refused(valid, _set(proof, len(proof) - 16, 16, 1 << SHORT_BITS))
    yield (
        "refused-disclosed-beyond-width",
        _refused({**valid, "claim": {**valid["claim"], "disclosed": [3 + R]}}, proof),
    )
    yield "refused-challenge", _refused(valid, _set(proof, scalars, 32, 1))
    yield "refused-other-recipient", _refused({**valid, "claim": {**valid["claim"], "recipient": "11" * 20}}, proof)
    response = int.from_bytes(proof[scalars + 32 : scalars + 64], "big")
    yield "refused-response", _refused(valid, _set(proof, scalars + 32, 32, (response + 1) % R))
    short = int.from_bytes(proof[-16:], "big")
    yield "refused-short-response", _refused(valid, _set(proof, len(proof) - 16, 16, short - 1))


def _set(proof: bytes, at: int, size: int, value: int) -> bytes:
    return proof[:at] + value.to_bytes(size, "big") + proof[at + size :]


def _terms(count: int) -> ClaimTerms:
    return ClaimTerms(HEADER, (Constant(MUNICIPALITY, ZUIDHORN),), (Disclosed(3, 0, 15),), PREDICATES[:count])


def _case(household: Household, predicates: int) -> dict[str, Any]:
    terms = _terms(predicates)
    secret_key = key_gen(BLS12381_SHA256, _SEED.ljust(32, b"."))
    public_key = sk_to_pk(secret_key)
    randomness = SeededRandomness(_SEED)
    scalars = (*household.scalars, randomness.scalar(), randomness.scalar())
    octets = core_sign(CLAIMS, secret_key, public_key, HEADER.generators, HEADER.combined, scalars)
    signature = Signature.from_bytes(octets)
    statement = Statement.of(terms, public_key, b"stuiver/scope/v1 of the vectors")
    claim = Claim(bytes.fromhex("5075") * 10, 45_300, (household.children,))
    ready = PreparedClaim.of(statement, claim, Witness(signature.point, signature.exponent, scalars))
    proof = ready.prove(randomness)
    points = 96 * (6 + 2 * terms.commitments)
    transcript = digest(statement, claim, proof[:points])
    return {
        "public_key": public_key.hex(),
        "context_id": statement.context_id.hex(),
        "terms": describe(terms),
        "statement": {
            "type_id": terms.header.type_id.hex(),
            "domain": f"{terms.header.domain(public_key):064x}",
            "OP": encode_points([statement.op]).hex(),
            "Bv": encode_points([statement.bv]).hex(),
            "hidden": list(terms.hidden),
            "kappa": terms.kappa,
            "commitments": terms.commitments,
            "S": statement.S.hex(),
            "octets": statement.octets.hex(),
        },
        "signature": octets.hex(),
        "scalars": [f"{scalar:064x}" for scalar in scalars],
        "claim": {"recipient": claim.recipient.hex(), "as_of": claim.as_of, "disclosed": list(claim.disclosed)},
        "proof": proof.hex(),
        "transcript": {
            "digest": transcript.hex(),
            "c": f"{challenge(transcript, terms.kappa):064x}",
            "rho": f"{batch(transcript, proof[points:]):064x}",
        },
        "nullifier": verify_claim(statement, claim, proof).nullifier.hex(),
        "result": {"valid": True},
    }


def _refused(valid: dict[str, Any], proof: bytes) -> dict[str, Any]:
    kept = {name: valid[name] for name in ("public_key", "context_id", "terms", "claim")}
    case = {**kept, "proof": proof.hex()}
    try:
        verify_claim(*read(case))
    except VerificationError as error:
        return {**case, "result": {"valid": False, "reason": error.reason.value}}
    raise RuntimeError("a case that must be refused is accepted")


def describe(terms: ClaimTerms) -> dict[str, Any]:
    """Terms as JSON."""
    return {
        "header": terms.header.octets.hex(),
        "constants": [[constant.position, f"{constant.scalar:064x}"] for constant in terms.constants],
        "disclosed": [[item.position, item.minimum, item.maximum] for item in terms.disclosed],
        "predicates": [
            {
                "terms": [[term.position, term.coefficient] for term in predicate.terms],
                "constant": predicate.constant,
                "per_as_of": predicate.per_as_of,
            }
            for predicate in terms.predicates
        ],
    }


def read(case: dict[str, Any]) -> tuple[Statement, Claim, bytes]:
    """Statement, claim and proof of a vector, computed from its inputs only."""
    described = case["terms"]
    terms = ClaimTerms(
        TypeHeader.from_octets(bytes.fromhex(described["header"])),
        tuple(Constant(position, int(scalar, 16)) for position, scalar in described["constants"]),
        tuple(Disclosed(*item) for item in described["disclosed"]),
        tuple(
            Predicate(tuple(Term(*term) for term in item["terms"]), item["constant"], item["per_as_of"])
            for item in described["predicates"]
        ),
    )
    statement = Statement.of(terms, bytes.fromhex(case["public_key"]), bytes.fromhex(case["context_id"]))
    shown = case["claim"]
    claim = Claim(bytes.fromhex(shown["recipient"]), shown["as_of"], tuple(shown["disclosed"]))
    return statement, claim, bytes.fromhex(case["proof"])


def write() -> None:
    """Write every vector into specs/vectors/claim."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in cases():
        (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    write()
