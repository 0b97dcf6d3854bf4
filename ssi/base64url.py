# SPDX-License-Identifier: EUPL-1.2
"""base64url without padding (RFC 7515, section 2), in its one canonical form."""

import binascii
from typing import Final

__all__ = ["decode_base64url", "encode_base64url"]

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
"""What is not of this alphabet becomes what no decoder takes."""
_PADDING: Final = (b"", b"", b"==", b"=")
_LAST: Final = ("", "", "AQgw", "AEIMQUYcgkosw048")
"""The last characters that hold no bits beyond the last octet, by the length modulo 4."""


def encode_base64url(octets: bytes) -> str:
    """The text of octets."""
    return binascii.b2a_base64(octets, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def decode_base64url(unverified: str) -> bytes:
    """The octets of a text; exactly what ``encode_base64url`` writes is accepted.

    Raises:
        ValueError: another character, padding, or bits that no octet holds.
    """
    rest = len(unverified) & 3
    if rest and (rest == 1 or unverified[-1] not in _LAST[rest]):
        raise ValueError("not base64url in canonical form")
    try:
        text = unverified.encode("ascii").translate(_FROM_URL)
        return binascii.a2b_base64(text + _PADDING[rest], strict_mode=True)
    except ValueError:  # binascii.Error and UnicodeEncodeError are both
        raise ValueError("not base64url") from None
