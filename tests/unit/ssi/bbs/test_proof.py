# SPDX-License-Identifier: EUPL-1.2
"""Proofs of a signature: what holds, what is refused and why."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssi.bbs.proof import (
    Proof,
    core_proof_gen,
    core_proof_verify,
    pair_disclosed,
    proof_gen,
    proof_init,
    proof_verify,
)
from ssi.bbs.signature import Signature, core_sign, sign
from ssi.bbs.suite import BLS12381_SHA256, MAX_MESSAGES, R, core_interface
from ssi.errors import Reason, VerificationError
from tests.unit.ssi.bbs.material import (
    HEADER,
    IDENTITY_G1,
    MESSAGES,
    OTHER_PUBLIC_KEY,
    PRESENTATION_HEADER,
    PUBLIC_KEY,
    SECRET_KEY,
)

CORE = core_interface(BLS12381_SHA256)
SIGNATURE = sign(CORE, SECRET_KEY, PUBLIC_KEY, HEADER, MESSAGES)
PROOF = proof_gen(CORE, PUBLIC_KEY, SIGNATURE, HEADER, PRESENTATION_HEADER, MESSAGES, [0, 2])
DISCLOSED = {0: MESSAGES[0], 2: MESSAGES[2]}


def _reason(proof: bytes, disclosed: dict[int, bytes], *, public_key: bytes = PUBLIC_KEY) -> Reason:
    with pytest.raises(VerificationError) as refusal:
        proof_verify(CORE, public_key, proof, HEADER, PRESENTATION_HEADER, disclosed)
    return refusal.value.reason


@settings(max_examples=20, deadline=None)
@given(
    scalars=st.lists(st.integers(min_value=0, max_value=R - 1), max_size=6),
    shown=st.sets(st.integers(0, 5)),
    presentation_header=st.binary(max_size=20),
)
def test_every_choice_of_disclosure_verifies(scalars: list[int], shown: set[int], presentation_header: bytes) -> None:
    generators = CORE.generators(len(scalars) + 1)
    signature = core_sign(CORE, SECRET_KEY, PUBLIC_KEY, generators, HEADER, scalars)
    indexes = {index for index in shown if index < len(scalars)}
    octets = core_proof_gen(CORE, PUBLIC_KEY, signature, generators, HEADER, presentation_header, scalars, indexes)
    proof = Proof.from_bytes(octets)
    assert proof.to_bytes() == octets
    assert len(proof.message_hats) == len(scalars) - len(indexes)
    disclosed = {index: scalars[index] for index in indexes}
    core_proof_verify(CORE, PUBLIC_KEY, proof, generators, HEADER, presentation_header, disclosed)
    with pytest.raises(VerificationError) as refusal:
        core_proof_verify(CORE, PUBLIC_KEY, proof, generators, HEADER, presentation_header + b"!", disclosed)
    assert refusal.value.reason is Reason.INVALID_PROOF


def test_two_proofs_of_one_signature_share_nothing() -> None:
    again = proof_gen(CORE, PUBLIC_KEY, SIGNATURE, HEADER, PRESENTATION_HEADER, MESSAGES, [0, 2])
    pieces = [{proof[at : at + 16] for at in range(0, len(proof), 16)} for proof in (PROOF, again)]
    assert not pieces[0] & pieces[1]


@given(bit=st.integers(min_value=0, max_value=8 * len(PROOF) - 1))
@settings(max_examples=100, deadline=None)
def test_every_flipped_bit_is_refused(bit: int) -> None:
    spoilt = bytearray(PROOF)
    spoilt[bit // 8] ^= 1 << bit % 8
    assert _reason(bytes(spoilt), DISCLOSED) in {Reason.INVALID_PROOF, Reason.INVALID_POINT, Reason.INVALID_SCALAR}


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        (b"", Reason.WRONG_LENGTH),
        (PROOF[:240], Reason.WRONG_LENGTH),
        (PROOF[:-1], Reason.WRONG_LENGTH),
        (PROOF + b"\x00", Reason.WRONG_LENGTH),
        (PROOF + bytes(32 * MAX_MESSAGES), Reason.WRONG_LENGTH),
        (PROOF[:-32], Reason.INVALID_PROOF),
        (PROOF + PROOF[-32:], Reason.INVALID_PROOF),
        (IDENTITY_G1 + PROOF[48:], Reason.INVALID_POINT),
        (PROOF[:48] + IDENTITY_G1 + PROOF[96:], Reason.INVALID_POINT),
        (PROOF[:96] + IDENTITY_G1 + PROOF[144:], Reason.INVALID_POINT),
        *((PROOF[:at] + bytes(32) + PROOF[at + 32 :], Reason.INVALID_SCALAR) for at in range(144, len(PROOF), 32)),
        *(
            (PROOF[:at] + R.to_bytes(32, "big") + PROOF[at + 32 :], Reason.INVALID_SCALAR)
            for at in range(144, len(PROOF), 32)
        ),
    ],
)
def test_a_malformed_proof_is_refused(proof: bytes, reason: Reason) -> None:
    assert _reason(proof, DISCLOSED) is reason


@pytest.mark.parametrize(
    ("disclosed", "reason"),
    [
        ({}, Reason.INVALID_PROOF),
        ({0: MESSAGES[0]}, Reason.INVALID_PROOF),
        ({0: MESSAGES[2], 2: MESSAGES[0]}, Reason.INVALID_PROOF),
        ({0: MESSAGES[0], 1: MESSAGES[2]}, Reason.INVALID_PROOF),
        ({**DISCLOSED, 3: MESSAGES[3]}, Reason.INVALID_PROOF),
        ({0: MESSAGES[0], 4: MESSAGES[2]}, Reason.INVALID_INDEX),
        ({-1: MESSAGES[0], 2: MESSAGES[2]}, Reason.INVALID_INDEX),
    ],
)
def test_another_disclosure_is_refused(disclosed: dict[int, bytes], reason: Reason) -> None:
    proof_verify(CORE, PUBLIC_KEY, PROOF, HEADER, PRESENTATION_HEADER, DISCLOSED)
    assert _reason(PROOF, disclosed) is reason


def test_another_public_key_is_refused() -> None:
    assert _reason(PROOF, DISCLOSED, public_key=OTHER_PUBLIC_KEY) is Reason.INVALID_PROOF
    assert _reason(PROOF, DISCLOSED, public_key=b"") is Reason.INVALID_PUBLIC_KEY


def test_a_forged_signature_gives_a_proof_that_only_the_pairing_refuses() -> None:
    # Everything but the signature is honest, so the challenge agrees: the last check stands alone.
    forged = Signature(Signature.from_bytes(SIGNATURE).point, 7).to_bytes()
    proof = proof_gen(CORE, PUBLIC_KEY, forged, HEADER, PRESENTATION_HEADER, MESSAGES, [0, 2])
    assert _reason(proof, DISCLOSED) is Reason.INVALID_PROOF


@pytest.mark.parametrize(
    ("indexes", "messages", "reason"),
    [
        ([0, 0], [b"", b""], Reason.INVALID_INDEX),
        ([2, 0], [b"", b""], Reason.INVALID_INDEX),
        ([0], [b"", b""], Reason.WRONG_LENGTH),
    ],
)
def test_refuses_positions_that_do_not_ascend(indexes: list[int], messages: list[bytes], reason: Reason) -> None:
    with pytest.raises(VerificationError) as refusal:
        pair_disclosed(indexes, messages)
    assert refusal.value.reason is reason


def test_refuses_more_disclosed_messages_than_anyone_signs() -> None:
    assert _reason(PROOF, dict.fromkeys(range(2 * MAX_MESSAGES), b"")) is Reason.WRONG_LENGTH


@pytest.mark.parametrize("index", [-1, len(MESSAGES)])
def test_refuses_to_disclose_what_was_not_signed(index: int) -> None:
    with pytest.raises(VerificationError) as refusal:
        proof_gen(CORE, PUBLIC_KEY, SIGNATURE, HEADER, PRESENTATION_HEADER, MESSAGES, [index])
    assert refusal.value.reason is Reason.INVALID_INDEX


@pytest.mark.parametrize("random_scalars", [[1] * 4, [0, 1, 1, 1, 1], [1, 0, 1, 1, 1]])
def test_refuses_too_few_or_zero_blinds(random_scalars: list[int]) -> None:
    signature = Signature.from_bytes(sign(CORE, SECRET_KEY, PUBLIC_KEY, HEADER, []))
    with pytest.raises(ValueError, match=r"blind is zero|five random scalars"):
        proof_init(CORE, PUBLIC_KEY, signature, CORE.generators(1), random_scalars, HEADER, [], [])


def test_a_wrong_number_of_generators_is_the_callers_bug() -> None:
    with pytest.raises(ValueError, match="one generator more"):
        core_proof_verify(CORE, PUBLIC_KEY, Proof.from_bytes(PROOF), CORE.generators(4), HEADER, b"", {})
