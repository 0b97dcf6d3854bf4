# SPDX-License-Identifier: EUPL-1.2
"""A status list: for each index a small number, packed into octets, written as zlib (specs/protocols/status.md 1).

Source: draft-ietf-oauth-status-list §4.

Invariants:
    * An index counts from the least significant bits of the first octet; every index of the octets has a value.
    * No more is decompressed than the caller's bound: a small text cannot become a large list.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError

__all__ = ["BITS", "MAX_LIST_OCTETS", "StatusList", "StatusValue"]

BITS: Final = (1, 2, 4, 8)
"""How many bits one status may have."""
MAX_LIST_OCTETS: Final = 1 << 21
"""Most octets that a received list may have when it is unpacked: eight million statuses of two bits."""
_LEVEL: Final = 9


class StatusValue(IntEnum):
    """The registered meanings of a status."""

    VALID = 0
    INVALID = 1
    """Revoked, for good."""
    SUSPENDED = 2
    """Not to be accepted for the time being."""


@dataclass(frozen=True, slots=True)
class StatusList:
    """One status per index.

    Args:
        bits: of one status: 1, 2, 4 or 8.
        octets: the packed statuses, at least one octet.
    """

    bits: int
    octets: bytes

    def __post_init__(self) -> None:
        if self.bits not in BITS or not self.octets:
            raise ValueError("a status has 1, 2, 4 or 8 bits, and a list at least one octet")

    @classmethod
    def of_size(cls, bits: int, size: int) -> Self:
        """A list of ``size`` statuses that are all VALID; ValueError unless they fill whole octets."""
        if bits not in BITS or size <= 0 or size * bits % 8:
            raise ValueError("statuses of 1, 2, 4 or 8 bits must fill whole octets")
        return cls(bits, bytes(size * bits // 8))

    def __len__(self) -> int:
        return len(self.octets) * 8 // self.bits

    def get(self, unverified_index: int) -> int:
        """The status at an index that a credential names.

        Raises:
            VerificationError: ``UNKNOWN_STATUS``: the list does not reach the index.
        """
        if not 0 <= unverified_index < len(self):
            raise VerificationError(Reason.UNKNOWN_STATUS, "the list does not reach the index")
        octet, shift = divmod(unverified_index * self.bits, 8)
        return self.octets[octet] >> shift & (1 << self.bits) - 1

    def with_statuses(self, statuses: Mapping[int, int]) -> Self:
        """A new list in which these indexes have these statuses and all others what they had.

        Raises:
            ValueError: an index beyond the list, or a status that does not fit into its bits.
        """
        octets, most = bytearray(self.octets), (1 << self.bits) - 1
        for index, status in statuses.items():
            if not 0 <= index < len(self) or not 0 <= status <= most:
                raise ValueError("no such index, or the status has too many bits")
            octet, shift = divmod(index * self.bits, 8)
            octets[octet] = octets[octet] & ~(most << shift) | status << shift
        return type(self)(self.bits, bytes(octets))

    def compress(self) -> bytes:
        """The octets as zlib data."""
        return zlib.compress(self.octets, _LEVEL)

    @classmethod
    def decompress(cls, bits: int, unverified: bytes, *, most: int = MAX_LIST_OCTETS) -> Self:
        """Unpack zlib data, to at most ``most`` octets.

        Raises:
            VerificationError: ``TOO_LARGE`` beyond the bound; ``MALFORMED`` if it is no complete zlib stream, has
                octets after it, or is empty.
        """
        stream = zlib.decompressobj()
        try:
            octets = stream.decompress(unverified, most + 1)
        except zlib.error:
            raise VerificationError(Reason.MALFORMED, "the list is not zlib data") from None
        if len(octets) > most:
            raise VerificationError(Reason.TOO_LARGE, "the list unpacks to more than is read")
        if not stream.eof or stream.unused_data or not octets:
            raise VerificationError(Reason.MALFORMED, "the list is cut off, empty, or something follows it")
        return cls(bits, octets)

    def to_json(self, aggregation_uri: str | None = None) -> dict[str, object]:
        """The claim ``status_list`` of a JWT."""
        return self._members(encode_base64url(self.compress()), aggregation_uri)

    def to_cbor(self, aggregation_uri: str | None = None) -> dict[str, object]:
        """The claim of a CWT, to be encoded."""
        return self._members(self.compress(), aggregation_uri)

    def _members(self, packed: str | bytes, aggregation_uri: str | None) -> dict[str, object]:
        aggregation = {} if aggregation_uri is None else {"aggregation_uri": aggregation_uri}
        return {"bits": self.bits, "lst": packed, **aggregation}

    @classmethod
    def from_json(cls, unverified: object, *, most: int = MAX_LIST_OCTETS) -> Self:
        """Read the claim ``status_list`` of a JWT; errors as ``decompress``."""
        bits, packed = _bits_and_list(unverified)
        if not isinstance(packed, str):
            raise VerificationError(Reason.MALFORMED, "lst is not a text")
        try:
            octets = decode_base64url(packed)
        except ValueError:
            raise VerificationError(Reason.MALFORMED, "lst is not base64url") from None
        return cls.decompress(bits, octets, most=most)

    @classmethod
    def from_cbor(cls, unverified: object, *, most: int = MAX_LIST_OCTETS) -> Self:
        """Read the decoded claim of a CWT; errors as ``decompress``."""
        bits, packed = _bits_and_list(unverified)
        if not isinstance(packed, bytes):
            raise VerificationError(Reason.MALFORMED, "lst is not an octet string")
        return cls.decompress(bits, packed, most=most)


def _bits_and_list(unverified: object) -> tuple[int, object]:
    if not isinstance(unverified, Mapping):
        raise VerificationError(Reason.MALFORMED, "status_list is not an object")
    bits = unverified.get("bits")
    if isinstance(bits, bool) or not isinstance(bits, int) or bits not in BITS:
        raise VerificationError(Reason.MALFORMED, "bits is not 1, 2, 4 or 8")
    return bits, unverified.get("lst")
