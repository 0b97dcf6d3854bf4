# SPDX-License-Identifier: EUPL-1.2
"""Nonces for proofs (OpenID4VCI 1.0 section 7) that are remembered only when they are used.

    nonce = expiry (8) || randomness (16) || MAC (16), in base64url

Invariants:
    * Any process of the service recognises what another one made: the MAC's secret is the service's.
    * A nonce that holds says when it expires, so that the memory of spent ones can forget it then.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError

__all__ = ["NONCE_LIFE", "LiveNonce", "NonceMint"]

NONCE_LIFE: Final = timedelta(seconds=300)
_TIME: Final = 8
_RANDOM: Final = 16
_MAC: Final = 16


@dataclass(frozen=True, slots=True)
class LiveNonce:
    """A nonce that this service made and that has not expired. Whether it was used the database says."""

    text: str = field(repr=False)
    octets: bytes = field(repr=False)
    expires_at: datetime

    @property
    def identifier(self) -> bytes:
        """What a spent nonce is remembered by, 16 octets."""
        return self.octets[_TIME : _TIME + _RANDOM]


@dataclass(frozen=True, slots=True)
class NonceMint:
    """Makes nonces, and recognises its own.

    Args:
        secret: 32 octets, for nothing else.
        life: how long a nonce may be used.
        randomness: gives so many unpredictable octets.
    """

    secret: bytes = field(repr=False)
    life: timedelta = NONCE_LIFE
    randomness: Callable[[int], bytes] = secrets.token_bytes

    def make(self, now: datetime) -> str:
        """A fresh nonce, base64url of 40 octets."""
        body = int((now + self.life).timestamp()).to_bytes(_TIME, "big") + self.randomness(_RANDOM)
        return encode_base64url(body + self._mac(body))

    def recognise(self, unverified: str, now: datetime) -> LiveNonce:
        """Check a nonce.

        Raises:
            VerificationError: ``WRONG_NONCE``: not one of ours. ``EXPIRED``.
        """
        try:
            octets = decode_base64url(unverified)
        except ValueError:
            octets = b""
        body, mac = octets[:-_MAC], octets[-_MAC:]
        if len(body) != _TIME + _RANDOM or not hmac.compare_digest(mac, self._mac(body)):
            raise VerificationError(Reason.WRONG_NONCE, "not a nonce of this issuer")
        expires_at = datetime.fromtimestamp(int.from_bytes(body[:_TIME], "big"), UTC)
        if now >= expires_at:
            raise VerificationError(Reason.EXPIRED, "the nonce")
        return LiveNonce(unverified, octets, expires_at)

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self.secret, b"c_nonce" + body, hashlib.sha256)[:_MAC]
