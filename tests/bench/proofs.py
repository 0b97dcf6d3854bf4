# SPDX-License-Identifier: EUPL-1.2
"""Time to make and to verify claim proofs, and to issue credentials, in one process on one core."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

import specs
from ssi.bbs.keys import generate_secret_key, sk_to_pk
from ssi.bbs.suite import random_scalar
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim, Witness
from ssi.claim.statement import Statement
from ssi.claim.verify import verify_claim
from ssi.credential.issuance import accept, issue
from ssi.credential.pinning import holder_entropy, request_issuance
from ssi.credential.types import ClaimValue, CredentialType
from tests.claims import PREDICATES, Household, claim, sign, statement

__all__ = ["measure_issuance", "measure_proofs"]


def measure_proofs(rounds: int) -> dict[str, dict[str, float]]:
    """For 0, 1, 2 and 4 predicates: median milliseconds to make and verify a proof, and its octets.

    Making includes the search for squares and the wallet's own verification.
    """
    results = {}
    for count in (0, 1, 2, 4):
        ours, witness, shown = statement(PREDICATES[:count]), sign(Household()), claim()
        proof = PreparedClaim.of(ours, shown, witness).prove()
        attempt = PreparedClaim.of(ours, shown, witness)
        make, made_alone, verify = _alternate(
            rounds,
            partial(_make, ours, shown, witness),
            attempt.prove,
            partial(verify_claim, ours, shown, proof),
        )
        results[str(count)] = {
            "octets": len(proof),
            "make_ms": round(make, 2),
            "make_prepared_ms": round(made_alone, 2),
            "verify_ms": round(verify, 2),
            "verified_per_second": round(1000 / verify),
        }
    return results


def measure_issuance(rounds: int) -> dict[str, float]:
    """Median milliseconds of each step of issuing a household credential blindly."""
    credential_type = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
    key, secret, desk, nonce = generate_secret_key(), random_scalar(), "did:web:desk.example", bytes(16)
    values: dict[str, ClaimValue] = {
        "exp": 45_400,
        "recovered_at": 0,
        "municipality": "GM1969",
        "children": 3,
        "income": 1,
        "norm": 2,
    }
    pending = request_issuance(secret, validator=desk, nonce=nonce)
    entropy = holder_entropy(bytes(32), "amira")
    verified = pending.request.verify(validator=desk, nonce=nonce)
    issuance = issue(key, credential_type, values, verified, entropy)
    public_key = sk_to_pk(key)
    request, check, sign_blindly, take = _alternate(
        rounds,
        lambda: request_issuance(secret, validator=desk, nonce=nonce),
        lambda: pending.request.verify(validator=desk, nonce=nonce),
        lambda: issue(key, credential_type, values, verified, entropy),
        lambda: accept(issuance, pending, [credential_type], public_key),
    )
    return {
        "request_ms": round(request, 2),
        "verify_request_ms": round(check, 2),
        "sign_ms": round(sign_blindly, 2),
        "accept_ms": round(take, 2),
    }


def _make(ours: Statement, shown: Claim, witness: Witness) -> bytes:
    return PreparedClaim.of(ours, shown, witness).prove()


def _alternate(rounds: int, *actions: Callable[[], object]) -> list[float]:
    """Median milliseconds of each action, taken in turns so that a slower minute touches all alike."""
    times: list[list[float]] = [[] for _ in actions]
    for action in actions:
        action()
    for _ in range(rounds):
        for taken, action in zip(times, actions, strict=True):
            start = time.perf_counter()
            action()
            taken.append(1000 * (time.perf_counter() - start))
    return [median(taken) for taken in times]
