# SPDX-License-Identifier: EUPL-1.2
"""Texts that this server gives out and recognises without remembering them: DPoP nonces and ``issuer_state``.

Layout, all base64url: 8 octets of the last moment (unix seconds, big-endian), what it says, 16 octets of HMAC-SHA256
over the purpose, a zero octet, the moment and what it says.

Invariant: a text for one purpose is never accepted for another, nor after its last moment.
"""

import hmac
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from ssi.base64url import decode_base64url, encode_base64url

__all__ = ["Purpose", "read_stamped", "stamp"]

_MOMENT: Final = 8
_MAC: Final = 16
_LONGEST: Final = 4096


class Purpose(StrEnum):
    """What a text is for."""

    PROOF_NONCE = "stuiver authorization: dpop nonce"
    OFFER = "stuiver authorization: issuer_state"


def stamp(secret: bytes, purpose: Purpose, content: bytes, until: datetime) -> str:
    """A text that ``read_stamped`` accepts until a moment, that moment included.

    Args:
        secret: 32 octets.
        content: what it says; anyone can read it.
    """
    said = int(until.timestamp()).to_bytes(_MOMENT, "big") + content
    return encode_base64url(said + _mac(secret, purpose, said))


def read_stamped(secret: bytes, purpose: Purpose, unverified: str, now: datetime) -> bytes | None:
    """What a text of ours says, or None when it is not ours, not for this purpose, or too old."""
    if len(unverified) > _LONGEST:
        return None
    try:
        octets = decode_base64url(unverified)
    except ValueError:
        return None
    said, mac = octets[:-_MAC], octets[-_MAC:]
    if len(said) < _MOMENT or not hmac.compare_digest(mac, _mac(secret, purpose, said)):
        return None
    return said[_MOMENT:] if now <= datetime.fromtimestamp(int.from_bytes(said[:_MOMENT], "big"), UTC) else None


def _mac(secret: bytes, purpose: Purpose, said: bytes) -> bytes:
    return hmac.digest(secret, purpose.encode() + b"\0" + said, sha256)[:_MAC]
