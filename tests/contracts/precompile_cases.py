# SPDX-License-Identifier: EUPL-1.2
"""Inputs for the seven BLS12-381 operations of EIP-2537: valid ones and every way to be refused.

Points come from py_ecc, the library under the originals, so that nothing here depends on what is tested.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from random import Random

from py_ecc.bls.hash_to_curve import map_to_curve_G1, map_to_curve_G2
from py_ecc.fields import optimized_bls12_381_FQ as FQ
from py_ecc.fields import optimized_bls12_381_FQ2 as FQ2
from py_ecc.optimized_bls12_381.optimized_curve import (
    G1,
    G2,
    curve_order,
    field_modulus,
    multiply,
    neg,
    normalize,
)

R = curve_order
P = field_modulus
PLENTY_OF_GAS = 2_000_000

SCALARS = (0, 1, 2, R - 1, R, R + 1, 2**255, 2**256 - 1)


class Operation(IntEnum):
    """The operations, each by the last byte of its address."""

    G1ADD = 0x0B
    G1MSM = 0x0C
    G2ADD = 0x0D
    G2MSM = 0x0E
    PAIRING = 0x0F
    MAP_FP_TO_G1 = 0x10
    MAP_FP2_TO_G2 = 0x11

    @property
    def address(self) -> bytes:
        return int(self).to_bytes(20, "big")


@dataclass(frozen=True, slots=True)
class Case:
    """One call: an operation, its input, the gas it is given, and a sentence for the test's id."""

    name: str
    operation: Operation
    data: bytes
    gas: int = PLENTY_OF_GAS

    def __str__(self) -> str:
        return f"{self.operation.name}: {self.name}"


def element(value: int) -> bytes:
    return value.to_bytes(64, "big")


def g1(point: tuple[FQ, FQ, FQ]) -> bytes:
    return b"".join(element(int(coordinate)) for coordinate in normalize(point))


def g2(point: tuple[FQ2, FQ2, FQ2]) -> bytes:
    return b"".join(element(int(part)) for coordinate in normalize(point) for part in coordinate.coeffs)


def scalar(value: int) -> bytes:
    return value.to_bytes(32, "big")


_random = Random("BLS12-381 precompiles")


def _number(bound: int = R) -> int:
    return _random.randrange(1, bound)


G1_POINTS = [multiply(G1, _number()) for _ in range(6)]
G2_POINTS = [multiply(G2, _number()) for _ in range(6)]
# On the curve before the cofactor is cleared, hence not in the subgroup; and of an order that divides the cofactor.
G1_OUTSIDE = map_to_curve_G1(FQ(_number(P)))
G2_OUTSIDE = map_to_curve_G2(FQ2([_number(P), _number(P)]))
G1_COFACTOR = multiply(G1_OUTSIDE, R)
G2_COFACTOR = multiply(G2_OUTSIDE, R)
G1_ORDER_3 = (FQ(0), FQ(2), FQ(1))

A1, B1 = g1(G1_POINTS[0]), g1(G1_POINTS[1])
A2, B2 = g2(G2_POINTS[0]), g2(G2_POINTS[1])
O1, O2 = bytes(128), bytes(256)


def _spoiled(point: bytes) -> Iterator[tuple[str, bytes]]:
    """Every way in which an encoding can be wrong by itself, for a point of either group or a bare field element."""
    for index in range(len(point) // 64):
        start = 64 * index
        yield f"element {index} plus the modulus", point[:start] + _plus_modulus(point, start) + point[start + 64 :]
        yield f"element {index} is the modulus", point[:start] + element(P) + point[start + 64 :]
        yield f"element {index} all ones", point[:start] + b"\xff" * 64 + point[start + 64 :]
        for offset in (0, 15):
            padded = bytearray(point)
            padded[start + offset] = 1
            yield f"element {index} top byte {offset} set", bytes(padded)


def _plus_modulus(point: bytes, start: int) -> bytes:
    return element(int.from_bytes(point[start : start + 64], "big") + P)


def _off_curve(point: bytes) -> Iterator[tuple[str, bytes]]:
    yield "off curve by one", point[:-1] + bytes([point[-1] ^ 1])
    yield "x zero only", bytes(len(point) // 2) + point[len(point) // 2 :]
    yield "y zero only", point[: len(point) // 2] + bytes(len(point) // 2)
    yield "coordinates swapped", point[len(point) // 2 :] + point[: len(point) // 2]


def _lengths(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "one byte short", data[:-1]
    yield "one byte long", data + b"\0"
    yield "one byte", b"\0"
    yield "half", data[: len(data) // 2]


def _flips(data: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    for _ in range(count):
        flipped = bytearray(data)
        bit = _random.randrange(8 * len(data))
        flipped[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit} flipped", bytes(flipped)


def _add_inputs(group: int) -> Iterator[tuple[str, bytes]]:
    if group == 1:
        a, b, o = A1, B1, O1
        minus, outside, cofactor = g1(neg(G1_POINTS[0])), g1(G1_OUTSIDE), g1(G1_COFACTOR)
        three = g1(G1_ORDER_3)
        yield "order three doubled", three + three
        yield "order three and its negative", three + g1(neg(G1_ORDER_3))
        yield "order three and a point", three + a
    else:
        a, b, o = A2, B2, O2
        minus, outside, cofactor = g2(neg(G2_POINTS[0])), g2(G2_OUTSIDE), g2(G2_COFACTOR)
    yield "two points", a + b
    yield "doubling", a + a
    yield "a point and its negative", a + minus
    yield "infinity first", o + a
    yield "infinity last", a + o
    yield "two infinities", o + o
    yield "outside the subgroup doubled", outside + outside
    yield "outside the subgroup and a point", outside + a
    yield "outside the subgroup and infinity", outside + o
    yield "cofactor and outside", cofactor + outside
    for name, point in (*_spoiled(a), *_off_curve(a)):
        yield f"first {name}", point + b
        yield f"second {name}", b + point
    yield "infinity plus the modulus", element(P) + o[64:] + a
    yield from _lengths(a + b)
    yield "three points", a + b + a
    pool = [g1(point) for point in (*G1_POINTS, G1_OUTSIDE, G1_COFACTOR, G1_ORDER_3)]
    if group == 2:
        pool = [g2(point) for point in (*G2_POINTS, G2_OUTSIDE, G2_COFACTOR)]
    for index in range(20):
        yield f"random {index}", _random.choice(pool) + _random.choice(pool)
    yield from _flips(a + b, 8)


def _msm_inputs(group: int) -> Iterator[tuple[str, bytes]]:
    if group == 1:
        points, o = [g1(point) for point in G1_POINTS], O1
        minus, outside, cofactor = g1(neg(G1_POINTS[0])), g1(G1_OUTSIDE), g1(G1_COFACTOR)
        yield "order three", g1(G1_ORDER_3) + scalar(3)
    else:
        points, o = [g2(point) for point in G2_POINTS], O2
        minus, outside, cofactor = g2(neg(G2_POINTS[0])), g2(G2_OUTSIDE), g2(G2_COFACTOR)
    a = points[0]
    for value in SCALARS:
        yield f"scalar {value:#x}", a + scalar(value)
    for value in (0, R, 2**256 - 1):
        yield f"infinity times {value:#x}", o + scalar(value)
    for count in range(2, 6):
        yield f"{count} pairs", b"".join(point + scalar(_number(2**256)) for point in points[:count])
    yield "equal points", (a + scalar(5)) * 2
    yield "cancelling points", a + scalar(7) + minus + scalar(7)
    yield "cancelling scalars", a + scalar(7) + a + scalar(R - 7)
    yield "infinity among points", a + scalar(3) + o + scalar(9) + points[1] + scalar(4)
    for name, point in (("outside the subgroup", outside), ("of cofactor order", cofactor)):
        yield f"{name}", point + scalar(2)
        yield f"{name}, scalar zero", point + scalar(0)
        yield f"{name}, second of two", a + scalar(3) + point + scalar(2)
    for name, point in (*_spoiled(a), *_off_curve(a)):
        yield name, point + scalar(3)
        yield f"{name}, second of two", o + scalar(3) + point + scalar(3)
    yield "off curve, scalar zero", a[:-1] + bytes([a[-1] ^ 1]) + scalar(0)
    yield from _lengths(a + scalar(3))
    for index in range(8):
        chosen = _random.choices([*points, o], k=_random.randrange(1, 4))
        numbers = (_random.choice([_number(2**256), _random.choice(SCALARS)]) for _ in chosen)
        yield f"random {index}", b"".join(point + scalar(value) for point, value in zip(chosen, numbers, strict=True))
    yield "two pairs, one byte short", (a + scalar(3) + a + scalar(4))[:-1]
    yield from _flips(a + scalar(_number()), 6)


def _pairing_inputs() -> Iterator[tuple[str, bytes]]:
    ax, bx = _number(2**64), _number(2**64)
    p, minus_p = g1(multiply(G1, ax)), g1(neg(multiply(G1, ax)))
    q = g2(multiply(G2, bx))
    yield "one pair, false", p + q
    yield "two pairs, true", p + q + minus_p + q
    yield "two pairs, false", p + q + p + q
    yield "bilinear, true", p + q + g1(neg(multiply(G1, ax * bx % R))) + g2(G2)
    yield "three pairs, true", p + q + g1(neg(multiply(G1, ax - 1))) + q + g1(neg(G1)) + q
    yield "five pairs, infinities between, true", O1 + q + p + q + O1 + O2 + minus_p + q + p + O2
    yield "four pairs, infinities, false", O1 + q + p + q + p + O2 + O1 + O2
    yield "G1 infinity, true", O1 + q
    yield "G2 infinity, true", p + O2
    yield "both infinite, true", O1 + O2
    for name, point in (
        ("outside", g1(G1_OUTSIDE)),
        ("of cofactor order", g1(G1_COFACTOR)),
        ("of order three", g1(G1_ORDER_3)),
    ):
        yield f"G1 {name}", point + q
        yield f"G1 {name}, G2 infinite", point + O2
    for name, point in (("outside", g2(G2_OUTSIDE)), ("of cofactor order", g2(G2_COFACTOR))):
        yield f"G2 {name}", p + point
        yield f"G2 {name}, G1 infinite", O1 + point
        yield f"G2 {name}, second of two", O1 + O2 + O1 + point
    for name, point in (*_spoiled(p), *_off_curve(p)):
        yield f"G1 {name}", point + O2
    for name, point in (*_spoiled(q), *_off_curve(q)):
        yield f"G2 {name}", O1 + point
    for index in range(4):
        base = _random.choice(G1_POINTS)
        first, second = _number(2**32), _number(2**32)
        last = (first * second + index % 2) % R  # odd ones are off by one, hence false
        pair = g1(multiply(base, first)) + g2(multiply(G2, second))
        yield f"random {index}", pair + g1(neg(multiply(base, last))) + g2(G2)
    yield "groups swapped", q + p
    yield from _lengths(p + q)
    yield from _flips(p + q, 6)


# The simplified SWU map's exceptional inputs for G1 (its denominator is zero), and inputs that it sends into the
# kernel of the 11-isogeny (the isogeny's denominator is zero, so the result is infinity).
_SWU_ROOT = pow(-pow(11, -1, P), (P + 1) // 4, P)
_KERNEL_INPUTS = (
    0x0A2605E5991FCF3E63728A7A1468D79BACAA5F23F3816AADCD38EFDD330C6D4F5BBF450F92156E0E23E16E3252BCD042,
    0x1377C0192D99508A317127ABF17C64205C7AAD448380027EFB47AE73EA231DBD6ECD3F2841B63D309C35BB8FD13E48F0,
)


def _map_inputs(elements: int) -> Iterator[tuple[str, bytes]]:
    valid = b"".join(element(_number(P)) for _ in range(elements))
    special = (0, 1, 2, P - 1, P - 2, (P - 1) // 2, (P + 1) // 2)
    for value in special:
        yield f"{value:#x} first", element(value) + bytes(64 * (elements - 1))
        if elements == 2:
            yield f"{value:#x} second", element(0) + element(value)
            yield f"{value:#x} twice", element(value) * 2
    if elements == 1:
        yield "exceptional for the map", element(_SWU_ROOT)
        yield "exceptional for the map, negative", element(P - _SWU_ROOT)
        for value in _KERNEL_INPUTS:
            yield f"exceptional for the isogeny {value % 65536:#x}", element(value)
            yield f"exceptional for the isogeny, negative {value % 65536:#x}", element(P - value)
    for index in range(8):
        yield f"random {index}", b"".join(element(_number(P)) for _ in range(elements))
    yield from _spoiled(valid)
    yield from _lengths(valid)
    yield from _flips(valid, 6)


def _gas_limits(operation: Operation, valid: bytes, wrong: bytes, price: int) -> Iterator[Case]:
    """Too little gas is noticed after a wrong length and before a wrong point."""
    yield Case("exactly enough gas", operation, valid, price)
    yield Case("one gas too little", operation, valid, price - 1)
    yield Case("no gas", operation, valid, 0)
    yield Case("wrong element, enough gas", operation, wrong, price)
    yield Case("wrong element, one gas too little", operation, wrong, price - 1)
    yield Case("wrong length, no gas", operation, valid[:-1], 0)


def _plain(operation: Operation, inputs: Iterator[tuple[str, bytes]]) -> Iterator[Case]:
    for name, data in inputs:
        yield Case(name, operation, data)


def _all_cases() -> Iterator[Case]:
    yield from _plain(Operation.G1ADD, _add_inputs(1))
    yield from _gas_limits(Operation.G1ADD, A1 + B1, A1 + B1[64:] + B1[:64], 375)
    yield from _plain(Operation.G2ADD, _add_inputs(2))
    yield from _gas_limits(Operation.G2ADD, A2 + B2, A2 + B2[128:] + B2[:128], 600)
    yield from _plain(Operation.G1MSM, _msm_inputs(1))
    yield from _gas_limits(Operation.G1MSM, A1 + scalar(3), A1[::-1] + scalar(3), 12_000)
    yield from _plain(Operation.G2MSM, _msm_inputs(2))
    yield from _gas_limits(Operation.G2MSM, A2 + scalar(3), A2[::-1] + scalar(3), 22_500)
    yield from _plain(Operation.PAIRING, _pairing_inputs())
    yield from _gas_limits(Operation.PAIRING, O1 + A2, O1 + A2[::-1], 32_600 + 37_700)
    yield from _plain(Operation.MAP_FP_TO_G1, _map_inputs(1))
    yield from _gas_limits(Operation.MAP_FP_TO_G1, element(5), element(P), 5_500)
    yield from _plain(Operation.MAP_FP2_TO_G2, _map_inputs(2))
    yield from _gas_limits(Operation.MAP_FP2_TO_G2, element(5) * 2, element(5) + element(P), 23_800)


CASES = tuple(_all_cases())

VALID = {
    Operation.G1ADD: A1 + B1,
    Operation.G1MSM: A1 + scalar(_number()) + B1 + scalar(_number()),
    Operation.G2ADD: A2 + B2,
    Operation.G2MSM: A2 + scalar(_number()) + B2 + scalar(_number()),
    Operation.PAIRING: A1 + A2 + g1(neg(G1_POINTS[0])) + A2,
    Operation.MAP_FP_TO_G1: element(_number(P)),
    Operation.MAP_FP2_TO_G2: element(_number(P)) + element(_number(P)),
}
"""One accepted input of each operation, for the runs through real transactions."""
REFUSED = {
    Operation.G1ADD: A1 + A1[64:] + A1[:64],
    Operation.G1MSM: g1(G1_OUTSIDE) + scalar(3),
    Operation.G2ADD: A2 + A2[:-1],
    Operation.G2MSM: g2(G2_OUTSIDE) + scalar(3),
    Operation.PAIRING: A1 + g2(G2_OUTSIDE),
    Operation.MAP_FP_TO_G1: element(P),
    Operation.MAP_FP2_TO_G2: b"",
}
"""One refused input of each operation."""
__all__ = ["CASES", "PLENTY_OF_GAS", "REFUSED", "VALID", "Case", "Operation"]
