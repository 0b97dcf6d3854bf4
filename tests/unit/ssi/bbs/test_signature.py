# SPDX-License-Identifier: EUPL-1.2
"""Signing and verifying, over octets and over scalars."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssi.bbs.signature import Signature, core_sign, core_verify, sign, verify
from ssi.bbs.suite import BLS12381_SHA256, BLS12381_SHAKE256, R, core_interface
from ssi.errors import Reason, VerificationError
from tests.unit.ssi.bbs.material import HEADER, IDENTITY_G1, MESSAGES, OTHER_PUBLIC_KEY, PUBLIC_KEY, SECRET_KEY

CORE = core_interface(BLS12381_SHA256)
SIGNATURE = sign(CORE, SECRET_KEY, PUBLIC_KEY, HEADER, MESSAGES)


@settings(max_examples=20, deadline=None)
@given(messages=st.lists(st.binary(max_size=40), max_size=6), header=st.binary(max_size=40))
def test_what_is_signed_verifies(messages: list[bytes], header: bytes) -> None:
    for suite in (BLS12381_SHA256, BLS12381_SHAKE256):
        interface = core_interface(suite)
        signature = sign(interface, SECRET_KEY, PUBLIC_KEY, header, messages)
        verify(interface, PUBLIC_KEY, signature, header, messages)
        assert Signature.from_bytes(signature).to_bytes() == signature


@settings(max_examples=20, deadline=None)
@given(scalars=st.lists(st.integers(min_value=0, max_value=R - 1), max_size=6), at=st.integers(0, 5))
def test_a_changed_scalar_is_refused(scalars: list[int], at: int) -> None:
    generators = CORE.generators(len(scalars) + 1)
    signature = core_sign(CORE, SECRET_KEY, PUBLIC_KEY, generators, HEADER, scalars)
    core_verify(CORE, PUBLIC_KEY, signature, generators, HEADER, scalars)
    if scalars:
        scalars[at % len(scalars)] = (scalars[at % len(scalars)] + 1) % R
        with pytest.raises(VerificationError) as refusal:
            core_verify(CORE, PUBLIC_KEY, signature, generators, HEADER, scalars)
        assert refusal.value.reason is Reason.INVALID_SIGNATURE


@pytest.mark.parametrize(
    ("public_key", "header", "messages"),
    [
        (OTHER_PUBLIC_KEY, HEADER, MESSAGES),
        (PUBLIC_KEY, b"", MESSAGES),
        (PUBLIC_KEY, HEADER, MESSAGES[:-1]),
        (PUBLIC_KEY, HEADER, [*MESSAGES, b""]),
        (PUBLIC_KEY, HEADER, MESSAGES[::-1]),
    ],
)
def test_another_key_header_or_message_is_refused(public_key: bytes, header: bytes, messages: list[bytes]) -> None:
    with pytest.raises(VerificationError) as refusal:
        verify(CORE, public_key, SIGNATURE, header, messages)
    assert refusal.value.reason is Reason.INVALID_SIGNATURE


def test_the_other_suite_refuses() -> None:
    with pytest.raises(VerificationError) as refusal:
        verify(core_interface(BLS12381_SHAKE256), PUBLIC_KEY, SIGNATURE, HEADER, MESSAGES)
    assert refusal.value.reason is Reason.INVALID_SIGNATURE


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (b"", Reason.WRONG_LENGTH),
        (SIGNATURE[:-1], Reason.WRONG_LENGTH),
        (SIGNATURE + b"\x00", Reason.WRONG_LENGTH),
        (IDENTITY_G1 + SIGNATURE[48:], Reason.INVALID_POINT),
        (bytes(48) + SIGNATURE[48:], Reason.INVALID_POINT),
        (SIGNATURE[:48] + bytes(32), Reason.INVALID_SCALAR),
        (SIGNATURE[:48] + R.to_bytes(32, "big"), Reason.INVALID_SCALAR),
        (SIGNATURE[:48] + (R - 1).to_bytes(32, "big"), Reason.INVALID_SIGNATURE),
        (bytes([SIGNATURE[0] ^ 0x20]) + SIGNATURE[1:], Reason.INVALID_SIGNATURE),
    ],
)
def test_a_malformed_signature_is_refused(signature: bytes, reason: Reason) -> None:
    with pytest.raises(VerificationError) as refusal:
        verify(CORE, PUBLIC_KEY, signature, HEADER, MESSAGES)
    assert refusal.value.reason is reason


def test_a_malformed_public_key_is_refused() -> None:
    with pytest.raises(VerificationError) as refusal:
        verify(CORE, PUBLIC_KEY[:-1], SIGNATURE, HEADER, MESSAGES)
    assert refusal.value.reason is Reason.INVALID_PUBLIC_KEY


def test_a_wrong_number_of_generators_is_the_callers_bug() -> None:
    with pytest.raises(ValueError, match="as many scalars as points"):
        core_sign(CORE, SECRET_KEY, PUBLIC_KEY, CORE.generators(2), HEADER, [1, 2])
    with pytest.raises(ValueError, match="as many scalars as points"):
        core_verify(CORE, PUBLIC_KEY, SIGNATURE, CORE.generators(4), HEADER, [1, 2])


@pytest.mark.parametrize("scalar", [-1, R])
def test_a_scalar_out_of_range_is_the_callers_bug(scalar: int) -> None:
    with pytest.raises(ValueError, match="not a scalar"):
        core_sign(CORE, SECRET_KEY, PUBLIC_KEY, CORE.generators(2), HEADER, [scalar])
    with pytest.raises(ValueError, match="not a scalar"):
        core_verify(CORE, PUBLIC_KEY, SIGNATURE, CORE.generators(2), HEADER, [scalar])
