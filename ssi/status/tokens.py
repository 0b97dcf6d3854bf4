# SPDX-License-Identifier: EUPL-1.2
"""Status list tokens: a signed list, as a JWT or as a CWT (status.md 3).

Source: draft-ietf-oauth-status-list §5. Signing here, verifying in ``ssi.status.verify``.
"""

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import cbor2

from ssi.jose.jws import Signer, sign_jwt
from ssi.status.cose import KEY_ID, X5CHAIN, sign1
from ssi.status.lists import StatusList

__all__ = ["CWT_CLAIMS", "MAX_TOKEN_OCTETS", "StatusListClaims", "TokenFormat", "status_list_cwt", "status_list_jwt"]

MAX_TOKEN_OCTETS: Final = 1 << 22
"""Most octets of a token that is received."""


class TokenFormat(StrEnum):
    """How a token is written; the value is its type, ``typ`` of a JWT."""

    JWT = "statuslist+jwt"
    CWT = "statuslist+cwt"

    @property
    def media_type(self) -> str:
        """For ``Accept`` and ``Content-Type``, and the ``typ`` of a CWT."""
        return f"application/{self.value}"


CWT_CLAIMS: Final = {"iss": 1, "sub": 2, "exp": 4, "nbf": 5, "iat": 6, "ttl": 65534, "status_list": 65533}
"""The labels of a CWT's claims (RFC 8392 §4; the draft §5.2)."""


@dataclass(frozen=True, slots=True)
class StatusListClaims:
    """What a token says.

    Args:
        uri: where it is published; credentials name this very text.
        issued_at: when it was made, whole seconds count.
        expires_at: when nobody may rely on it any more.
        time_to_live: how long a copy may be kept before a fresh one is fetched.
        statuses: the list.
        aggregation_uri: where all lists of the issuer are named.
        issuer: who says so, as in the credentials.
    """

    uri: str
    issued_at: datetime
    expires_at: datetime | None
    time_to_live: timedelta | None
    statuses: StatusList
    aggregation_uri: str | None = None
    issuer: str | None = None

    def __post_init__(self) -> None:
        if self.time_to_live is not None and self.time_to_live < timedelta(seconds=1):
            raise ValueError("a token lives at least a second")
        if self.expires_at is not None and self.expires_at <= self.issued_at:
            raise ValueError("a token expires after it was issued")

    def registered(self) -> dict[str, object]:
        """All claims but the list, by their JWT names."""
        claims: dict[str, object] = {} if self.issuer is None else {"iss": self.issuer}
        claims |= {"sub": self.uri, "iat": math.floor(self.issued_at.timestamp())}
        if self.expires_at is not None:
            claims["exp"] = math.floor(self.expires_at.timestamp())
        if self.time_to_live is not None:
            claims["ttl"] = math.floor(self.time_to_live.total_seconds())
        return claims


def status_list_jwt(claims: StatusListClaims, signer: Signer, *, key_header: Mapping[str, object]) -> str:
    """Sign a list as a JWT.

    Args:
        claims: what it says.
        signer: the issuer's key.
        key_header: how to find that key: ``kid``, a DID URL of the issuer, or ``x5c``.
    Raises:
        ValueError: ``key_header`` sets ``alg``, ``typ`` or ``crit``.
    """
    body = claims.registered() | {"status_list": claims.statuses.to_json(claims.aggregation_uri)}
    return sign_jwt(body, signer, typ=TokenFormat.JWT.value, header=key_header)


def status_list_cwt(claims: StatusListClaims, signer: Signer, *, key_header: Mapping[str, object]) -> bytes:
    """Sign a list as a CWT in a COSE_Sign1; arguments as ``status_list_jwt``.

    Raises:
        ValueError: ``key_header`` holds something else than ``kid`` or ``x5c``.
    """
    body = claims.registered() | {"status_list": claims.statuses.to_cbor(claims.aggregation_uri)}
    payload = cbor2.dumps({CWT_CLAIMS[name]: value for name, value in body.items()}, canonical=True)
    return sign1(payload, signer, typ=TokenFormat.CWT.media_type, header=_cose_header(key_header))


def _cose_header(key_header: Mapping[str, object]) -> dict[int, object]:
    header: dict[int, object] = {}
    for name, value in key_header.items():
        match name, value:
            case "kid", str(kid):
                header[KEY_ID] = kid.encode("utf-8")
            case "x5c", [*texts] if texts:
                chain = [base64.b64decode(str(text), validate=True) for text in texts]
                header[X5CHAIN] = chain[0] if len(chain) == 1 else chain
            case _:
                raise ValueError("a token's key is named by kid or x5c")
    return header
