# SPDX-License-Identifier: EUPL-1.2
"""Encodings, decoders that refuse, and the group operations around the library."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_arkworks_bls12381 import G1Point, G2Point, Scalar

from ssi.bbs.suite import (
    BLS12381_SHA256,
    BLS12381_SHAKE256,
    BP2,
    MAX_MESSAGES,
    Interface,
    R,
    Suite,
    blind_interface,
    core_interface,
    decode_g1,
    decode_g2,
    decode_scalar,
    draw_scalars,
    encode_integer,
    encode_points,
    encode_scalars,
    invert,
    msm,
    multiply,
    pairings_cancel,
    pseudonym_interface,
    random_scalar,
    random_scalars,
)
from ssi.errors import Reason, VerificationError

P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
SUITES = [BLS12381_SHA256, BLS12381_SHAKE256]
IN_RANGE = st.integers(min_value=0, max_value=R - 1)
ANY_INTEGER = st.integers(min_value=-(2**300), max_value=2**300)


def _outside_subgroup(size: int, decode: Callable[[bytes], G1Point | G2Point]) -> bytes:
    """The first encoding of a point that is on the curve and not in the subgroup."""
    for x in range(1, 1000):
        encoded = bytearray(x.to_bytes(size, "big"))
        encoded[0] |= 0x80
        try:
            point = decode(bytes(encoded))
        except ValueError:
            continue
        if not point.is_in_subgroup():
            return bytes(encoded)
    raise AssertionError("no such point among small x")


def _non_canonical_x(encoded: bytes) -> bytes:
    """The same flags with p added to x, where that still fits beside them."""
    x = int.from_bytes(encoded, "big") & ((1 << 381) - 1)
    assert x + P < 1 << 381
    return (x + P | int.from_bytes(encoded, "big") & (0b111 << 381)).to_bytes(48, "big")


def _small_x_point() -> bytes:
    """A point of the subgroup whose x + p still fits into 381 bits."""
    for k in range(1, 200):
        encoded = multiply(G1Point(), k).to_compressed_bytes()
        if (int.from_bytes(encoded, "big") & ((1 << 381) - 1)) + P < 1 << 381:
            return encoded
    raise AssertionError("no such point among small multiples")


G1 = G1Point().to_compressed_bytes()
G2 = G2Point().to_compressed_bytes()
WRONG_G1 = {
    "identity": (bytes([0xC0, *bytes(47)]), Reason.INVALID_POINT),
    "identity with a stray bit": (bytes([0xC0, *bytes(46), 1]), Reason.INVALID_POINT),
    "identity with a sign": (bytes([0xE0, *bytes(47)]), Reason.INVALID_POINT),
    "uncompressed flag": (bytes([G1[0] & 0x7F]) + G1[1:], Reason.INVALID_POINT),
    "x not below the field's order": (bytes([0x9F]) + b"\xff" * 47, Reason.INVALID_POINT),
    "x plus the field's order": (_non_canonical_x(_small_x_point()), Reason.INVALID_POINT),
    "outside the subgroup": (_outside_subgroup(48, G1Point.from_compressed_bytes_unchecked), Reason.INVALID_POINT),
    "empty": (b"", Reason.WRONG_LENGTH),
    "one octet short": (G1[:-1], Reason.WRONG_LENGTH),
    "one octet long": (G1 + b"\x00", Reason.WRONG_LENGTH),
    "all zero": (bytes(48), Reason.INVALID_POINT),
}
WRONG_G2 = {
    "identity": (bytes([0xC0, *bytes(95)]), Reason.INVALID_POINT),
    "identity with a stray bit": (bytes([0xC0, *bytes(94), 1]), Reason.INVALID_POINT),
    "x not below the field's order": (bytes([0x9F]) + b"\xff" * 95, Reason.INVALID_POINT),
    "outside the subgroup": (_outside_subgroup(96, G2Point.from_compressed_bytes_unchecked), Reason.INVALID_POINT),
    "empty": (b"", Reason.WRONG_LENGTH),
    "one octet short": (G2[:-1], Reason.WRONG_LENGTH),
    "one octet long": (G2 + b"\x00", Reason.WRONG_LENGTH),
}


@pytest.mark.parametrize(("encoded", "reason"), WRONG_G1.values(), ids=WRONG_G1.keys())
def test_refuses_what_is_no_point_of_g1(encoded: bytes, reason: Reason) -> None:
    with pytest.raises(VerificationError) as refusal:
        decode_g1(encoded)
    assert refusal.value.reason is reason


@pytest.mark.parametrize(("encoded", "reason"), WRONG_G2.values(), ids=WRONG_G2.keys())
def test_refuses_what_is_no_point_of_g2(encoded: bytes, reason: Reason) -> None:
    with pytest.raises(VerificationError) as refusal:
        decode_g2(encoded)
    assert refusal.value.reason is reason


@given(scalar=st.integers(min_value=1, max_value=R - 1))
def test_points_survive_encoding(scalar: int) -> None:
    point = multiply(G1Point(), scalar)
    assert decode_g1(encode_points([point])) == point
    other = BP2 * Scalar(scalar)
    assert decode_g2(other.to_compressed_bytes()) == other


@given(scalar=IN_RANGE)
def test_scalars_survive_encoding(scalar: int) -> None:
    assert decode_scalar(encode_scalars([scalar]), nonzero=False) == scalar


@given(scalar=st.integers(min_value=R, max_value=2**256 - 1))
def test_refuses_a_scalar_not_below_the_order(scalar: int) -> None:
    with pytest.raises(VerificationError) as refusal:
        decode_scalar(scalar.to_bytes(32, "big"), nonzero=False)
    assert refusal.value.reason is Reason.INVALID_SCALAR
    with pytest.raises(ValueError, match="not a scalar"):
        encode_scalars([scalar])


def test_refuses_zero_where_zero_is_refused() -> None:
    assert decode_scalar(bytes(32), nonzero=False) == 0
    with pytest.raises(VerificationError) as refusal:
        decode_scalar(bytes(32), nonzero=True)
    assert refusal.value.reason is Reason.INVALID_SCALAR


@pytest.mark.parametrize("length", [0, 31, 33])
def test_refuses_a_scalar_of_wrong_length(length: int) -> None:
    with pytest.raises(VerificationError) as refusal:
        decode_scalar(bytes(length), nonzero=False)
    assert refusal.value.reason is Reason.WRONG_LENGTH


def test_refuses_to_encode_a_negative_scalar() -> None:
    with pytest.raises(ValueError, match="not a scalar"):
        encode_scalars([-1])


@pytest.mark.parametrize(("points", "scalars"), [(1, 2), (2, 1), (0, 1), (1, 0)])
def test_msm_refuses_lists_of_different_lengths(points: int, scalars: int) -> None:
    with pytest.raises(ValueError, match="as many scalars as points"):
        msm([G1Point()] * points, [1] * scalars)


@given(scalars=st.lists(ANY_INTEGER, max_size=5))
def test_msm_takes_integers_modulo_the_order(scalars: list[int]) -> None:
    points = core_interface(BLS12381_SHA256).generators(len(scalars))
    expected = G1Point.identity()
    for point, scalar in zip(points, scalars, strict=True):
        expected += point * Scalar(scalar % R)
    assert msm(points, scalars) == expected


@given(scalar=st.integers(min_value=1, max_value=R - 1))
def test_inverts_every_scalar_but_zero(scalar: int) -> None:
    assert invert(scalar) * scalar % R == 1


def test_zero_has_no_inverse() -> None:
    with pytest.raises(ValueError, match="not invertible"):
        invert(R)


def test_pairings_cancel_only_for_equal_products() -> None:
    assert pairings_cancel((multiply(G1Point(), 6), BP2), (multiply(G1Point(), 2), BP2 * Scalar(R - 3)))
    assert not pairings_cancel((multiply(G1Point(), 6), BP2), (multiply(G1Point(), 2), BP2 * Scalar(R - 4)))


# --- hashing ---------------------------------------------------------------------------------------------------------


@given(message=st.binary(max_size=200), dst=st.binary(min_size=1, max_size=255))
def test_hash_to_curve_agrees_with_the_library(message: bytes, dst: bytes) -> None:
    assert BLS12381_SHA256.hash_to_curve(message, dst) == G1Point.hash_to_curve(message, dst)


@given(message=st.binary(max_size=200))
def test_both_suites_hash_into_the_subgroup_and_differ(message: bytes) -> None:
    points = [suite.hash_to_curve(message, b"dst") for suite in SUITES]
    assert all(point.is_in_subgroup() for point in points)
    assert points[0] != points[1]


@pytest.mark.parametrize("suite", SUITES)
def test_refuses_a_domain_separation_tag_over_255_octets(suite: Suite) -> None:
    assert 0 <= suite.hash_to_scalar(b"", bytes(255)) < R
    with pytest.raises(ValueError, match="too long"):
        suite.hash_to_scalar(b"", bytes(256))


@pytest.mark.parametrize("suite", SUITES)
def test_refuses_to_expand_beyond_the_hash(suite: Suite) -> None:
    with pytest.raises(ValueError, match="too long"):
        suite.expand_message(b"", b"dst", 65536)


@pytest.mark.parametrize("suite", SUITES)
def test_fixed_point_is_that_of_the_draft(suite: Suite) -> None:
    # "BLS12-381 Ciphersuites": one generator, from a seed of its own
    prefix = suite.identifier + b"H2G_HM2S_"
    seed = suite.expand_message(prefix + b"BP_MESSAGE_GENERATOR_SEED", prefix + b"SIG_GENERATOR_SEED_", 48)
    value = suite.expand_message(seed + encode_integer(1), prefix + b"SIG_GENERATOR_SEED_", 48)
    assert suite.hash_to_curve(value, prefix + b"SIG_GENERATOR_DST_") == suite.P1


def test_generators_are_distinct_and_separated_by_interface() -> None:
    interfaces = [make(suite) for suite in SUITES for make in (core_interface, blind_interface, pseudonym_interface)]
    every = [point for interface in interfaces for point in interface.generators(8) + interface.blind_generators(8)]
    assert len({point.to_compressed_bytes() for point in every}) == len(every)
    assert all(point not in (suite.P1, G1Point(), G1Point.identity()) for point in every for suite in SUITES)


def test_more_generators_extend_fewer() -> None:
    interface = Interface(BLS12381_SHA256, b"a test of its own")
    three = interface.generators(3)
    assert interface.generators(7)[:3] == three
    assert interface.generators(2) == three[:2]
    assert interface.generators(0) == ()


@pytest.mark.parametrize("count", [-1, 4 * MAX_MESSAGES + 1])
def test_refuses_an_absurd_number_of_generators(count: int) -> None:
    with pytest.raises(ValueError, match="generators"):
        core_interface(BLS12381_SHA256).generators(count)


@given(messages=st.lists(st.binary(max_size=20), max_size=4), more=st.binary(max_size=20))
def test_each_message_is_mapped_on_its_own(messages: list[bytes], more: bytes) -> None:
    interface = core_interface(BLS12381_SHAKE256)
    expected = interface.message_scalars(messages) + interface.message_scalars([more])
    assert interface.message_scalars([*messages, more]) == expected


# --- randomness ------------------------------------------------------------------------------------------------------


def test_random_scalars_are_scalars_and_differ() -> None:
    drawn = [*random_scalars(20), random_scalar()]
    assert len(set(drawn)) == len(drawn)
    assert all(0 <= scalar < R for scalar in drawn)


@pytest.mark.parametrize("given_scalars", [[1], [1, 2, 3], [1, R], [1, -1]])
def test_refuses_a_source_that_gives_something_else(given_scalars: list[int]) -> None:
    with pytest.raises(ValueError, match="source of random scalars"):
        draw_scalars(lambda count: given_scalars, 2)
