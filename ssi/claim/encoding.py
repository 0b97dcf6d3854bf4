# SPDX-License-Identifier: EUPL-1.2
"""Points as the Ethereum virtual machine reads them: uncompressed, for keccak and for EIP-2537.

``x || y`` is 96 octets; the *EVM form* pads each coordinate to 64 octets. A point of G2 is x.c0, x.c1, y.c0, y.c1.
"""

from typing import Final

from py_arkworks_bls12381 import G1Point, G2Point

from ssi.errors import Reason, VerificationError

__all__ = ["POINT_BYTES", "decode_xy", "encode_xy", "evm_g1", "evm_g2"]

POINT_BYTES: Final = 96
_COORDINATE: Final = 48


def encode_xy(point: G1Point) -> bytes:
    """``x || y``, 96 octets. ValueError for the identity, which no message of ours contains."""
    if point == G1Point.identity():
        raise ValueError("the identity has no encoding here")
    return bytes(point.to_xy_bytes_be())


def decode_xy(unverified: bytes) -> G1Point:
    """(7.2) Decode 96 octets to a point of G1 other than the identity.

    Raises:
        VerificationError: ``invalid_point`` when not on the curve, not in the subgroup, a coordinate is not below the
            field's order, or all octets are zero.
    """
    if len(unverified) != POINT_BYTES or not any(unverified):
        raise VerificationError(Reason.INVALID_POINT)
    try:
        point = G1Point.from_xy_bytes_be(unverified)
    except ValueError:
        raise VerificationError(Reason.INVALID_POINT) from None
    if bytes(point.to_xy_bytes_be()) != unverified:
        raise VerificationError(Reason.INVALID_POINT)
    return point


def _pad(octets: bytes) -> bytes:
    coordinates = (octets[at : at + _COORDINATE] for at in range(0, len(octets), _COORDINATE))
    return b"".join(bytes(16) + coordinate for coordinate in coordinates)


def evm_g1(point: G1Point) -> bytes:
    """A point of G1 in EVM form, 128 octets."""
    return _pad(encode_xy(point))


def evm_g2(point: G2Point) -> bytes:
    """A point of G2 in EVM form, 256 octets. The library's own order of coordinates is EIP-2537's."""
    return _pad(bytes(point.to_xy_bytes_be()))
