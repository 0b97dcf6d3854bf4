# SPDX-License-Identifier: EUPL-1.2
"""An issuer with a status list, a trust that knows it, and a clock's moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ssi.errors import Reason, VerificationError
from ssi.keys import KeyType, PrivateKey, PublicKey
from ssi.status import StatusList, StatusListClaims
from tests.pki import NOW

__all__ = ["HEADER", "ISSUER", "KEY", "NOW", "TRUST", "URI", "VCT", "claims", "statuses"]

ISSUER: Final = "did:web:issuer.example"
VCT: Final = "urn:example:income:1"
URI: Final = "https://issuer.example/status-lists/1"
KEY: Final = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\x07")
HEADER: Final = {"kid": f"{ISSUER}#1"}


@dataclass(frozen=True, slots=True)
class OneIssuer:
    """Trusts one key of one issuer, by its ``kid``."""

    key: PublicKey

    def status_key(self, unverified_header: Mapping[str, object], issuer: str, vct: str, now: datetime) -> PublicKey:
        """The key, or a refusal."""
        if issuer != ISSUER:
            raise VerificationError(Reason.UNKNOWN_ISSUER)
        if unverified_header.get("kid") != f"{ISSUER}#1":
            raise VerificationError(Reason.UNRESOLVABLE_KEY)
        return self.key


TRUST: Final = OneIssuer(KEY.public_key)


def statuses() -> StatusList:
    """Index 0 is valid, 1 revoked, 2 suspended, 3 has a status that nobody here knows; sixteen in all."""
    return StatusList.of_size(2, 16).with_statuses({1: 1, 2: 2, 3: 3})


def claims(
    uri: str = URI,
    issued_at: datetime = NOW,
    expires_at: datetime | None = NOW + timedelta(hours=12),
    time_to_live: timedelta | None = timedelta(minutes=15),
    listed: StatusList | None = None,
    issuer: str | None = ISSUER,
) -> StatusListClaims:
    """What the issuer says, unless told otherwise."""
    found = statuses() if listed is None else listed
    return StatusListClaims(
        uri, issued_at, expires_at, time_to_live, found, "https://issuer.example/status-lists", issuer
    )
