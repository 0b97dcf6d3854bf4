# SPDX-License-Identifier: EUPL-1.2
"""base64url without padding (RFC 7515, section 2), in its one canonical form."""

import base64
import binascii

__all__ = ["decode_base64url", "encode_base64url"]


def encode_base64url(octets: bytes) -> str:
    """The text of octets."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decode_base64url(unverified: str) -> bytes:
    """The octets of a text; exactly what ``encode_base64url`` writes is accepted.

    Raises:
        ValueError: another character, padding, or bits that no octet holds.
    """
    try:
        octets = base64.b64decode(unverified + "=" * (-len(unverified) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("not base64url") from None
    if encode_base64url(octets) != unverified:
        raise ValueError("not base64url in canonical form")
    return octets
