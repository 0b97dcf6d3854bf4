# SPDX-License-Identifier: EUPL-1.2
"""The seven BLS12-381 precompiles of EIP-2537, with arkworks doing the curve arithmetic.

py-evm's own precompiles are pure Python and take seconds for one claim. These take milliseconds and must not be
told apart from the originals by anything but their speed:

* **Gas** follows the originals' rules: their constants and discount tables are imported, never copied.
* **Refusals** are the originals': ``VMError`` from the same inputs, so the call fails, returns nothing and burns
  the gas it was given. The order is the originals' too: length, then gas (``OutOfGas``), then decoding.
* **Decoding** is ours, because arkworks must only ever see canonical input: a field element is 64 bytes, big-endian,
  below the field modulus (which forces its top 16 bytes to zero); the point at infinity is all zeros.
* G1ADD and G2ADD accept any point of the curve; MSM and PAIRING only points of the prime-order subgroup.
* A scalar is any 256-bit integer; it is reduced, which changes nothing on points of the subgroup.

``tests/contracts/test_precompiles.py`` compares both sides, output, refusal and gas.
"""

from collections.abc import Callable, Mapping
from typing import Final

from eth.abc import ComputationAPI
from eth.exceptions import VMError
from eth.precompiles.bls12_381 import constants as gas_rules
from eth.vm.forks.prague import constants as prague
from eth_typing import Address
from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar
from py_ecc.optimized_bls12_381.optimized_curve import field_modulus

Precompile = Callable[[ComputationAPI], None]
"""What py-evm runs at a precompile's address: reads ``msg.data``, consumes gas, sets ``output`` or raises VMError."""

FIELD_ELEMENT_BYTES: Final = 64
SCALAR_BYTES: Final = 32
G1_BYTES: Final = 2 * FIELD_ELEMENT_BYTES
G2_BYTES: Final = 4 * FIELD_ELEMENT_BYTES
_G1_PAIR_BYTES: Final = G1_BYTES + SCALAR_BYTES
_G2_PAIR_BYTES: Final = G2_BYTES + SCALAR_BYTES
_PAIRING_PAIR_BYTES: Final = G1_BYTES + G2_BYTES
_PADDING_BYTES: Final = 16
_COORDINATE_BYTES: Final = FIELD_ELEMENT_BYTES - _PADDING_BYTES

# EIP-2537, "Pairing operation": the originals write these two inside the function, so there is nothing to import.
_PAIRING_GAS_PER_PAIR: Final = 32_600
_PAIRING_GAS_BASE: Final = 37_700


def g1_add(computation: ComputationAPI) -> None:
    """G1ADD, address 0x0b: two G1 points (256 bytes) to their sum (128 bytes). No subgroup check."""
    data = _exact_input(computation, 2 * G1_BYTES)
    computation.consume_gas(gas_rules.BLS12_G1_ADD_GAS, "BLS12_G1ADD")
    computation.output = _encode(_decode_g1(data[:G1_BYTES]) + _decode_g1(data[G1_BYTES:]))


def g1_msm(computation: ComputationAPI) -> None:
    """G1MSM, address 0x0c: k pairs of point and scalar (160 k bytes, k >= 1) to one G1 point (128 bytes)."""
    pairs = _input_items(computation, _G1_PAIR_BYTES)
    gas = _msm_gas(len(pairs), gas_rules.BLS12_G1_MSM_GAS, gas_rules.G1_MSM_DISCOUNTS, gas_rules.G1_MSM_MAX_DISCOUNT)
    computation.consume_gas(gas, "BLS12_G1MSM")
    points = [_decode_g1_in_subgroup(pair[:G1_BYTES]) for pair in pairs]
    scalars = [Scalar.from_be_bytes_mod_order(pair[G1_BYTES:]) for pair in pairs]
    computation.output = _encode(G1Point.multiexp_unchecked(points, scalars))


def g2_add(computation: ComputationAPI) -> None:
    """G2ADD, address 0x0d: two G2 points (512 bytes) to their sum (256 bytes). No subgroup check."""
    data = _exact_input(computation, 2 * G2_BYTES)
    computation.consume_gas(gas_rules.BLS12_G2_ADD_GAS, "BLS12_G2ADD")
    computation.output = _encode(_decode_g2(data[:G2_BYTES]) + _decode_g2(data[G2_BYTES:]))


def g2_msm(computation: ComputationAPI) -> None:
    """G2MSM, address 0x0e: k pairs of point and scalar (288 k bytes, k >= 1) to one G2 point (256 bytes)."""
    pairs = _input_items(computation, _G2_PAIR_BYTES)
    gas = _msm_gas(len(pairs), gas_rules.BLS12_G2_MSM_GAS, gas_rules.G2_MSM_DISCOUNTS, gas_rules.G2_MSM_MAX_DISCOUNT)
    computation.consume_gas(gas, "BLS12_G2MSM")
    points = [_decode_g2_in_subgroup(pair[:G2_BYTES]) for pair in pairs]
    scalars = [Scalar.from_be_bytes_mod_order(pair[G2_BYTES:]) for pair in pairs]
    computation.output = _encode(G2Point.multiexp_unchecked(points, scalars))


def pairing_check(computation: ComputationAPI) -> None:
    """PAIRING, address 0x0f: k pairs of G1 and G2 point (384 k bytes, k >= 1) to 1 or 0 (32 bytes).

    1 when the product of the pairings is the identity of the target group.
    """
    pairs = _input_items(computation, _PAIRING_PAIR_BYTES)
    computation.consume_gas(_PAIRING_GAS_PER_PAIR * len(pairs) + _PAIRING_GAS_BASE, "BLS12_PAIRING_CHECK")
    g1_points = [_decode_g1_in_subgroup(pair[:G1_BYTES]) for pair in pairs]
    g2_points = [_decode_g2_in_subgroup(pair[G1_BYTES:]) for pair in pairs]
    computation.output = int(GT.pairing_check(g1_points, g2_points)).to_bytes(32, "big")


def map_fp_to_g1(computation: ComputationAPI) -> None:
    """MAP_FP_TO_G1, address 0x10: one field element (64 bytes) to a G1 point (128 bytes)."""
    data = _exact_input(computation, FIELD_ELEMENT_BYTES)
    computation.consume_gas(gas_rules.BLS12_MAP_FP_G1_GAS, "BLS12_MAP_FP_TO_G1")
    computation.output = _encode(G1Point.map_from_fp_be(_coordinates(data)))


def map_fp2_to_g2(computation: ComputationAPI) -> None:
    """MAP_FP2_TO_G2, address 0x11: one element of the quadratic extension (128 bytes) to a G2 point (256 bytes)."""
    data = _exact_input(computation, 2 * FIELD_ELEMENT_BYTES)
    computation.consume_gas(gas_rules.BLS12_MAP_FP2_G2_GAS, "BLS12_MAP_FP2_TO_G2")
    computation.output = _encode(G2Point.map_from_fp2_be(_coordinates(data)))


def _address(short: bytes) -> Address:
    return Address(short.rjust(20, b"\0"))


ARKWORKS_PRECOMPILES: Final[Mapping[Address, Precompile]] = {
    _address(prague.BLS12_G1ADD_PRECOMPILE_ADDRESS): g1_add,
    _address(prague.BLS12_G1MSM_PRECOMPILE_ADDRESS): g1_msm,
    _address(prague.BLS12_G2ADD_PRECOMPILE_ADDRESS): g2_add,
    _address(prague.BLS12_G2MSM_PRECOMPILE_ADDRESS): g2_msm,
    _address(prague.BLS12_PAIRING_CHECK_PRECOMPILE_ADDRESS): pairing_check,
    _address(prague.BLS12_MAP_FP_TO_G1_PRECOMPILE_ADDRESS): map_fp_to_g1,
    _address(prague.BLS12_MAP_FP2_TO_G2_PRECOMPILE_ADDRESS): map_fp2_to_g2,
}
"""The replacements by the address (20 bytes) that the Prague fork gives each operation."""


def _exact_input(computation: ComputationAPI, length: int) -> bytes:
    data = bytes(computation.msg.data)
    if len(data) != length:
        raise VMError(f"BLS12-381 input must be {length} bytes, not {len(data)}")
    return data


def _input_items(computation: ComputationAPI, size: int) -> list[bytes]:
    data = bytes(computation.msg.data)
    if not data or len(data) % size:
        raise VMError(f"BLS12-381 input must be a positive multiple of {size} bytes, not {len(data)}")
    return [data[start : start + size] for start in range(0, len(data), size)]


def _msm_gas(pairs: int, gas_per_pair: int, discounts: list[int], max_discount: int) -> int:
    discount = discounts[pairs - 1] if pairs <= len(discounts) else max_discount
    return pairs * gas_per_pair * discount // gas_rules.MSM_MULTIPLIER


def _coordinates(data: bytes) -> bytes:
    """Strip the padding of each 64-byte field element, refusing any that is not canonical."""
    coordinates = []
    for start in range(0, len(data), FIELD_ELEMENT_BYTES):
        element = data[start : start + FIELD_ELEMENT_BYTES]
        if int.from_bytes(element, "big") >= field_modulus:
            raise VMError("BLS12-381 field element is not below the field modulus")
        coordinates.append(element[_PADDING_BYTES:])
    return b"".join(coordinates)


def _decode_g1(data: bytes) -> G1Point:
    # arkworks' "unchecked" skips the subgroup check only: it reads all zeros as infinity and refuses other points
    # that are not on the curve.
    try:
        return G1Point.from_xy_bytes_unchecked_be(_coordinates(data))
    except ValueError as error:
        raise VMError("BLS12-381 G1 point is not on the curve") from error


def _decode_g1_in_subgroup(data: bytes) -> G1Point:
    point = _decode_g1(data)
    if not point.is_in_subgroup():
        raise VMError("BLS12-381 G1 point is not in the subgroup")
    return point


def _decode_g2(data: bytes) -> G2Point:
    try:
        return G2Point.from_xy_bytes_unchecked_be(_coordinates(data))
    except ValueError as error:
        raise VMError("BLS12-381 G2 point is not on the curve") from error


def _decode_g2_in_subgroup(data: bytes) -> G2Point:
    point = _decode_g2(data)
    if not point.is_in_subgroup():
        raise VMError("BLS12-381 G2 point is not in the subgroup")
    return point


def _encode(point: G1Point | G2Point) -> bytes:
    coordinates = point.to_xy_bytes_be()
    padding = bytes(_PADDING_BYTES)
    return b"".join(
        padding + coordinates[start : start + _COORDINATE_BYTES]
        for start in range(0, len(coordinates), _COORDINATE_BYTES)
    )
