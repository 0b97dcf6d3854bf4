# SPDX-License-Identifier: EUPL-1.2
"""Pseudonyms: constant in a context, bound to the signature, and never without their secrets."""

from typing import Any

import pytest
from py_arkworks_bls12381 import G1Point

from ssi.bbs.blind import all_generators, core_commit
from ssi.bbs.proof import Proof
from ssi.bbs.pseudonym import (
    blind_sign_with_nym,
    calculate_pseudonym,
    commit_with_nym,
    core_proof_gen_with_nym,
    core_proof_verify_with_nym,
    decode_pseudonym,
    evaluate_nym_polynomial,
    proof_gen_with_nym,
    proof_verify_with_nym,
    verify_finalize_with_nym,
)
from ssi.bbs.suite import BLS12381_SHA256, R, pseudonym_interface
from ssi.errors import Reason, VerificationError
from tests.unit.ssi.bbs.material import (
    COMMITTED,
    CONTEXT,
    ENTROPY,
    HEADER,
    IDENTITY_G1,
    MESSAGES,
    NYMS,
    OTHER_PUBLIC_KEY,
    PRESENTATION_HEADER,
    PUBLIC_KEY,
    SECRET_KEY,
)

NYM = pseudonym_interface(BLS12381_SHA256)
COMMITMENT, BLIND = commit_with_nym(NYM, COMMITTED, NYMS)
SIGNATURE = blind_sign_with_nym(NYM, SECRET_KEY, PUBLIC_KEY, COMMITMENT, len(NYMS), ENTROPY, HEADER, MESSAGES)
SECRETS = verify_finalize_with_nym(NYM, PUBLIC_KEY, SIGNATURE, HEADER, MESSAGES, COMMITTED, NYMS, ENTROPY, BLIND)
SCALARS = [*NYM.message_scalars(MESSAGES), BLIND, *NYM.message_scalars(COMMITTED), *SECRETS]
GENERATORS = all_generators(NYM, len(MESSAGES), len(COMMITTED) + len(NYMS))


def _prove(context: bytes = CONTEXT) -> tuple[bytes, bytes]:
    return proof_gen_with_nym(
        NYM,
        PUBLIC_KEY,
        SIGNATURE,
        HEADER,
        PRESENTATION_HEADER,
        SECRETS,
        context,
        MESSAGES,
        COMMITTED,
        [0],
        [1],
        BLIND,
    )


def _check(proof: bytes, pseudonym: bytes, **changes: Any) -> None:
    arguments: dict[str, Any] = {
        "public_key": PUBLIC_KEY,
        "header": HEADER,
        "presentation_header": PRESENTATION_HEADER,
        "context_id": CONTEXT,
        "nym_count": len(NYMS),
        "message_count": len(MESSAGES),
        "disclosed": {0: MESSAGES[0]},
        "disclosed_committed": {1: COMMITTED[1]},
    }
    proof_verify_with_nym(NYM, proof=proof, pseudonym=pseudonym, **{**arguments, **changes})


def test_the_pseudonym_is_constant_in_a_context_and_differs_between_contexts() -> None:
    first, second, elsewhere = _prove(), _prove(), _prove(b"another context")
    _check(*first)
    _check(*second)
    _check(*elsewhere, context_id=b"another context")
    assert first[1] == second[1] == calculate_pseudonym(NYM, CONTEXT, SECRETS).to_compressed_bytes()
    assert elsewhere[1] != first[1]


def test_the_signers_entropy_changes_the_last_secret_only() -> None:
    assert [*NYMS[:-1], NYMS[-1] + ENTROPY] == SECRETS


def test_the_polynomial_is_that_of_the_draft() -> None:
    z = evaluate_nym_polynomial(NYM, CONTEXT, [0, 1])
    assert evaluate_nym_polynomial(NYM, CONTEXT, [5, 6, 7]) == (5 + 6 * z + 7 * z * z) % R


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"context_id": b"another context"}, Reason.INVALID_PROOF),
        ({"header": b""}, Reason.INVALID_PROOF),
        ({"presentation_header": b""}, Reason.INVALID_PROOF),
        ({"public_key": OTHER_PUBLIC_KEY}, Reason.INVALID_PROOF),
        ({"public_key": b""}, Reason.INVALID_PUBLIC_KEY),
        ({"nym_count": len(NYMS) - 1}, Reason.INVALID_PROOF),
        ({"nym_count": len(NYMS) + 1}, Reason.INVALID_INDEX),
        ({"nym_count": 99}, Reason.WRONG_LENGTH),
        ({"message_count": len(MESSAGES) + 1}, Reason.INVALID_INDEX),
        ({"message_count": 99}, Reason.WRONG_LENGTH),
        ({"message_count": -1}, Reason.WRONG_LENGTH),
        ({"disclosed": {1: MESSAGES[0]}}, Reason.INVALID_PROOF),
        ({"disclosed": {0: MESSAGES[1]}}, Reason.INVALID_PROOF),
        ({"disclosed_committed": {0: COMMITTED[1]}}, Reason.INVALID_PROOF),
        ({"disclosed_committed": {len(COMMITTED): b""}}, Reason.INVALID_INDEX),
    ],
)
def test_anything_changed_is_refused(changes: dict[str, Any], reason: Reason) -> None:
    with pytest.raises(VerificationError) as refusal:
        _check(*_prove(), **changes)
    assert refusal.value.reason is reason


@pytest.mark.parametrize(
    "pseudonym", [b"", IDENTITY_G1, bytes(48), G1Point().to_compressed_bytes(), IDENTITY_G1 + b"\x00"]
)
def test_refuses_what_is_no_pseudonym(pseudonym: bytes) -> None:
    with pytest.raises(VerificationError) as refusal:
        decode_pseudonym(pseudonym)
    assert refusal.value.reason is Reason.INVALID_PSEUDONYM


def test_someone_elses_pseudonym_is_refused() -> None:
    proof, _ = _prove()
    with pytest.raises(VerificationError) as refusal:
        _check(proof, calculate_pseudonym(NYM, CONTEXT, NYMS).to_compressed_bytes())
    assert refusal.value.reason is Reason.INVALID_PROOF


@pytest.mark.parametrize("index", [-1, len(SCALARS) - len(NYMS), len(SCALARS) - 1, len(SCALARS)])
def test_a_nym_secret_is_never_disclosed(index: int) -> None:
    with pytest.raises(VerificationError) as refusal:
        core_proof_gen_with_nym(
            NYM,
            PUBLIC_KEY,
            SIGNATURE,
            GENERATORS,
            HEADER,
            PRESENTATION_HEADER,
            CONTEXT,
            SCALARS,
            [index],
            len(NYMS),
        )
    assert refusal.value.reason is Reason.INVALID_INDEX


def test_a_disclosed_nym_secret_is_refused_by_the_verifier() -> None:
    octets, pseudonym = _prove()
    proof = Proof.from_bytes(octets)
    last = len(SCALARS) - 1
    shown = {0: SCALARS[0], last: SECRETS[-1]}
    with pytest.raises(VerificationError) as refusal:
        core_proof_verify_with_nym(
            NYM, PUBLIC_KEY, proof, pseudonym, CONTEXT, len(NYMS), GENERATORS, HEADER, PRESENTATION_HEADER, shown
        )
    assert refusal.value.reason is Reason.INVALID_INDEX


def test_the_signer_refuses_more_nym_secrets_than_were_committed() -> None:
    octets, _ = core_commit(NYM, [1])
    for nym_count in (0, 2):
        with pytest.raises(VerificationError) as refusal:
            blind_sign_with_nym(NYM, SECRET_KEY, PUBLIC_KEY, octets, nym_count, ENTROPY, HEADER, MESSAGES)
        assert refusal.value.reason is Reason.WRONG_LENGTH


def test_the_holder_refuses_entropy_that_was_not_added() -> None:
    with pytest.raises(VerificationError) as refusal:
        verify_finalize_with_nym(NYM, PUBLIC_KEY, SIGNATURE, HEADER, MESSAGES, COMMITTED, NYMS, ENTROPY + 1, BLIND)
    assert refusal.value.reason is Reason.INVALID_SIGNATURE


def test_no_nym_secret_at_all_is_the_callers_bug() -> None:
    with pytest.raises(ValueError, match="nym secret"):
        commit_with_nym(NYM, COMMITTED, [])
    with pytest.raises(ValueError, match="nym secret"):
        verify_finalize_with_nym(NYM, PUBLIC_KEY, SIGNATURE, HEADER, MESSAGES, COMMITTED, [], ENTROPY, BLIND)
    with pytest.raises(ValueError, match="nym secret"):
        _check(*_prove(), nym_count=0)


@pytest.mark.parametrize("nym_secrets", [[], [0], [0, 0]])
def test_secrets_that_give_the_identity_have_no_pseudonym(nym_secrets: list[int]) -> None:
    with pytest.raises(ValueError, match="no pseudonym"):
        calculate_pseudonym(NYM, CONTEXT, nym_secrets)
