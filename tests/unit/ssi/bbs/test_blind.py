# SPDX-License-Identifier: EUPL-1.2
"""Commitments, blind signatures and proofs of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssi.bbs.blind import (
    all_generators,
    blind_proof_gen,
    blind_proof_verify,
    blind_sign,
    blind_verify,
    commit,
    core_blind_sign,
    core_commit,
    verify_commitment,
)
from ssi.bbs.signature import core_verify
from ssi.bbs.suite import BLS12381_SHA256, MAX_MESSAGES, Interface, R, blind_interface
from ssi.errors import Reason, VerificationError
from tests.unit.ssi.bbs.material import (
    COMMITTED,
    HEADER,
    IDENTITY_G1,
    MESSAGES,
    PRESENTATION_HEADER,
    PUBLIC_KEY,
    SECRET_KEY,
)

BLIND = blind_interface(BLS12381_SHA256)
OWN = Interface(BLS12381_SHA256, BLS12381_SHA256.identifier + b"TYPED_TEST_")
COMMITMENT, SECRET_BLIND = commit(BLIND, COMMITTED)
SIGNATURE = blind_sign(BLIND, SECRET_KEY, PUBLIC_KEY, COMMITMENT, HEADER, MESSAGES)


@settings(max_examples=20, deadline=None)
@given(
    committed=st.lists(st.integers(min_value=0, max_value=R - 1), max_size=4),
    known=st.lists(st.integers(min_value=0, max_value=R - 1), max_size=4),
    entropy=st.integers(min_value=0, max_value=R - 1),
)
def test_scalars_are_signed_blind_under_an_interface_of_ones_own(
    committed: list[int], known: list[int], entropy: int
) -> None:
    octets, blind = core_commit(OWN, committed)
    commitment = verify_commitment(OWN, octets)
    extra = entropy if committed else None
    signature = core_blind_sign(OWN, SECRET_KEY, PUBLIC_KEY, commitment, known, HEADER, extra)
    final = [*committed[:-1], (committed[-1] + entropy) % R] if committed else []
    generators = all_generators(OWN, len(known), len(committed))
    core_verify(OWN, PUBLIC_KEY, signature, generators, HEADER, [*known, blind, *final])
    with pytest.raises(VerificationError) as refusal:
        core_verify(OWN, PUBLIC_KEY, signature, generators, HEADER, [*known, (blind + 1) % R, *final])
    assert refusal.value.reason is Reason.INVALID_SIGNATURE


def test_a_commitment_hides_what_it_commits_to() -> None:
    again, _ = commit(BLIND, COMMITTED)
    assert again[:48] != COMMITMENT[:48]


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", Reason.WRONG_LENGTH),
        (COMMITMENT[:80], Reason.WRONG_LENGTH),
        (COMMITMENT[:-1], Reason.WRONG_LENGTH),
        (COMMITMENT + bytes(32 * MAX_MESSAGES), Reason.WRONG_LENGTH),
        (COMMITMENT[:-32], Reason.INVALID_COMMITMENT),
        (COMMITMENT + COMMITMENT[-32:], Reason.INVALID_COMMITMENT),
        (IDENTITY_G1 + COMMITMENT[48:], Reason.INVALID_POINT),
        (bytes([COMMITMENT[0] ^ 0x20]) + COMMITMENT[1:], Reason.INVALID_COMMITMENT),
        (COMMITMENT[:48] + bytes(32) + COMMITMENT[80:], Reason.INVALID_SCALAR),
        (COMMITMENT[:-32] + R.to_bytes(32, "big"), Reason.INVALID_SCALAR),
        (COMMITMENT[:-32] + (R - 1).to_bytes(32, "big"), Reason.INVALID_COMMITMENT),
    ],
    ids=range(11),
)
def test_a_spoilt_commitment_is_refused(octets: bytes, reason: Reason) -> None:
    with pytest.raises(VerificationError) as refusal:
        blind_sign(BLIND, SECRET_KEY, PUBLIC_KEY, octets, HEADER, MESSAGES)
    assert refusal.value.reason is reason


def test_a_commitment_under_another_interface_is_refused() -> None:
    with pytest.raises(VerificationError) as refusal:
        verify_commitment(OWN, COMMITMENT)
    assert refusal.value.reason is Reason.INVALID_COMMITMENT
    verified = verify_commitment(BLIND, COMMITMENT)
    with pytest.raises(ValueError, match="another interface"):
        core_blind_sign(OWN, SECRET_KEY, PUBLIC_KEY, verified, [], HEADER)


def test_entropy_needs_a_committed_scalar() -> None:
    empty, _ = core_commit(OWN, [])
    for commitment in (None, verify_commitment(OWN, empty)):
        with pytest.raises(ValueError, match="no committed scalar"):
            core_blind_sign(OWN, SECRET_KEY, PUBLIC_KEY, commitment, [1], HEADER, 5)


def test_scalars_out_of_range_are_the_callers_bug() -> None:
    with pytest.raises(ValueError, match="out of range"):
        core_commit(OWN, [R])
    with pytest.raises(ValueError, match="too many"):
        core_commit(OWN, [1] * (MAX_MESSAGES + 1))
    with pytest.raises(ValueError, match="not a scalar"):
        core_blind_sign(OWN, SECRET_KEY, PUBLIC_KEY, None, [R], HEADER)


def test_the_signature_is_refused_for_other_committed_messages() -> None:
    blind_verify(BLIND, PUBLIC_KEY, SIGNATURE, HEADER, MESSAGES, COMMITTED, SECRET_BLIND)
    for committed, blind in ((COMMITTED[::-1], SECRET_BLIND), (COMMITTED, SECRET_BLIND ^ 1)):
        with pytest.raises(VerificationError) as refusal:
            blind_verify(BLIND, PUBLIC_KEY, SIGNATURE, HEADER, MESSAGES, committed, blind)
        assert refusal.value.reason is Reason.INVALID_SIGNATURE


def test_a_signature_without_commitment_verifies_with_a_blind_of_zero() -> None:
    signature = blind_sign(BLIND, SECRET_KEY, PUBLIC_KEY, None, HEADER, MESSAGES)
    blind_verify(BLIND, PUBLIC_KEY, signature, HEADER, MESSAGES, [], 0)


@settings(max_examples=15, deadline=None)
@given(shown=st.sets(st.integers(0, len(MESSAGES) - 1)), shown_committed=st.sets(st.integers(0, len(COMMITTED) - 1)))
def test_every_choice_of_disclosure_verifies(shown: set[int], shown_committed: set[int]) -> None:
    proof = blind_proof_gen(
        BLIND,
        PUBLIC_KEY,
        SIGNATURE,
        HEADER,
        PRESENTATION_HEADER,
        MESSAGES,
        COMMITTED,
        shown,
        shown_committed,
        SECRET_BLIND,
    )
    disclosed = {index: MESSAGES[index] for index in shown}
    committed = {index: COMMITTED[index] for index in shown_committed}
    count = len(MESSAGES)
    blind_proof_verify(BLIND, PUBLIC_KEY, proof, HEADER, PRESENTATION_HEADER, count, disclosed, committed)
    with pytest.raises(VerificationError) as refusal:
        blind_proof_verify(BLIND, PUBLIC_KEY, proof, HEADER, PRESENTATION_HEADER, 99, disclosed, committed)
    assert refusal.value.reason is Reason.WRONG_LENGTH


@pytest.mark.parametrize(("shown", "shown_committed"), [([len(MESSAGES)], []), ([], [len(COMMITTED)]), ([], [-1])])
def test_the_blind_itself_can_not_be_disclosed(shown: list[int], shown_committed: list[int]) -> None:
    with pytest.raises(VerificationError) as refusal:
        blind_proof_gen(
            BLIND,
            PUBLIC_KEY,
            SIGNATURE,
            HEADER,
            PRESENTATION_HEADER,
            MESSAGES,
            COMMITTED,
            shown,
            shown_committed,
            SECRET_BLIND,
        )
    assert refusal.value.reason is Reason.INVALID_INDEX
