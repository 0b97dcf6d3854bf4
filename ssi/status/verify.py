# SPDX-License-Identifier: EUPL-1.2
"""Verify a status list token; the only module that makes a ``VerifiedStatusList`` (status.md 5).

Source: draft-ietf-oauth-status-list §8.3, steps 3 to 5.

Invariant: the key comes from the trust list, for the issuer of the credential whose status is asked. A token cannot
bring a key of its own, nor speak for another issuer, nor for another list than the one that was asked for.
"""

import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import UnverifiedJws, verify_jwt
from ssi.jose.times import check_validity, read_moment
from ssi.keys import PublicKey
from ssi.status.cose import KEY_ID, X5CHAIN, UnverifiedSign1, read_cbor, verify_sign1
from ssi.status.lists import StatusList
from ssi.status.tokens import CWT_CLAIMS, MAX_TOKEN_OCTETS, TokenFormat

__all__ = ["StatusTrust", "VerifiedStatusList", "verify_status_list_cwt", "verify_status_list_jwt"]

_LONGEST_LIFE: Final = 10 * 365 * 86400


class StatusTrust(Protocol):
    """Who may speak about the statuses of an issuer's credentials."""

    def status_key(self, unverified_header: Mapping[str, object], issuer: str, vct: str, now: datetime) -> PublicKey:
        """The key that a status list token of this issuer is signed with.

        Args:
            unverified_header: the token's header: ``kid`` or ``x5c``, as in a JWT.
            issuer: who issued the credential whose status is asked.
            vct: the type that the credential counts as.
            now: the moment for which the key must be good.
        Raises:
            VerificationError: ``UNKNOWN_ISSUER``, ``UNTRUSTED_CERTIFICATE``, ``UNRESOLVABLE_KEY`` or ``MALFORMED``.
        """
        ...


@dataclass(frozen=True, slots=True)
class VerifiedStatusList:
    """What a token says, its signature, its times and its subject being verified.

    Args:
        uri: where it was fetched, and what it says it is.
        issued_at: when it was made.
        expires_at: when nobody may rely on it any more, if it says so.
        time_to_live: how long a copy may be kept, if it says so.
        statuses: the list.
        aggregation_uri: where all lists of the issuer are named, if it says so.
    """

    uri: str
    issued_at: datetime
    expires_at: datetime | None
    time_to_live: timedelta | None
    statuses: StatusList
    aggregation_uri: str | None


def verify_status_list_jwt(
    unverified: bytes, *, uri: str, issuer: str, vct: str, now: datetime, trust: StatusTrust
) -> VerifiedStatusList:
    """Verify a token in JWT form.

    Args:
        unverified: the body of the response, as received.
        uri: where the credential says that it is.
        issuer: who issued the credential.
        vct: the type that the credential counts as.
        now: the moment for which it must hold.
        trust: whose keys count.
    Raises:
        VerificationError: ``TOO_LARGE``, ``TOO_DEEP``, ``MALFORMED``, ``UNKNOWN_CRITICAL_HEADER``, ``WRONG_TYPE``,
            ``WRONG_ALGORITHM``, ``WRONG_LENGTH``, ``INVALID_SIGNATURE``, ``EXPIRED``, ``NOT_YET_VALID``,
            ``UNKNOWN_ISSUER`` also for a token of another issuer; else as ``StatusTrust.status_key``.
    """
    if not unverified.isascii():
        raise VerificationError(Reason.MALFORMED, "not a token in compact form")
    jws = UnverifiedJws.parse(unverified.decode("ascii"), longest=MAX_TOKEN_OCTETS)
    key = trust.status_key(jws.unverified_header, issuer, vct, now)
    verified = verify_jwt(jws, key, typ=TokenFormat.JWT.value, longest=MAX_TOKEN_OCTETS)
    return _verified(verified.claims, StatusList.from_json, uri, issuer, now)


def verify_status_list_cwt(
    unverified: bytes, *, uri: str, issuer: str, vct: str, now: datetime, trust: StatusTrust
) -> VerifiedStatusList:
    """Verify a token in CWT form; arguments and errors as ``verify_status_list_jwt``."""
    message = UnverifiedSign1.parse(unverified, longest=MAX_TOKEN_OCTETS)
    key = trust.status_key(_jose_header(message.unverified_header), issuer, vct, now)
    verified = verify_sign1(message, key, typ=TokenFormat.CWT.media_type)
    labelled = read_cbor(verified.payload, longest=MAX_TOKEN_OCTETS)
    if not isinstance(labelled, dict):
        raise VerificationError(Reason.MALFORMED, "the claims are not a map")
    claims = {name: labelled[label] for name, label in CWT_CLAIMS.items() if label in labelled}
    return _verified(claims, StatusList.from_cbor, uri, issuer, now)


def _verified(
    claims: Mapping[str, object],
    read_list: Callable[[object], StatusList],
    uri: str,
    issuer: str,
    now: datetime,
) -> VerifiedStatusList:
    # (5.4) it speaks for this issuer, about this list
    if claims.get("sub") != uri:
        raise VerificationError(Reason.MALFORMED, "the token is of another list")
    if claims.get("iss", issuer) != issuer:
        raise VerificationError(Reason.UNKNOWN_ISSUER, "the token is of another issuer")
    # (5.5) at this moment
    issued_at = read_moment(claims, "iat")
    if issued_at is None:
        raise VerificationError(Reason.MALFORMED, "no iat")
    check_validity(claims, now)
    time_to_live = _time_to_live(claims)
    # (5.6) the list itself
    if "status_list" not in claims:
        raise VerificationError(Reason.MALFORMED, "no status_list")
    statuses = read_list(claims["status_list"])
    return VerifiedStatusList(
        uri, issued_at, read_moment(claims, "exp"), time_to_live, statuses, _aggregation_uri(claims["status_list"])
    )


def _time_to_live(claims: Mapping[str, object]) -> timedelta | None:
    if "ttl" not in claims:
        return None
    seconds = claims["ttl"]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds) or seconds <= 0:
        raise VerificationError(Reason.MALFORMED, "ttl is not a positive number")
    return timedelta(seconds=min(seconds, _LONGEST_LIFE))


def _aggregation_uri(status_list: object) -> str | None:
    uri = status_list.get("aggregation_uri") if isinstance(status_list, Mapping) else None
    if uri is not None and not isinstance(uri, str):
        raise VerificationError(Reason.MALFORMED, "aggregation_uri is not a text")
    return uri


def _jose_header(unverified: Mapping[object, object]) -> dict[str, object]:
    """What a COSE header says about the key, as a JWT's header says it."""
    header: dict[str, object] = {}
    kid, chain = unverified.get(KEY_ID), unverified.get(X5CHAIN)
    if kid is not None:
        if not isinstance(kid, bytes) or not kid.isascii():
            raise VerificationError(Reason.MALFORMED, "kid is not octets of ASCII text")
        header["kid"] = kid.decode("ascii")
    if chain is not None:
        certificates = [chain] if isinstance(chain, bytes) else chain
        if not isinstance(certificates, list) or not all(isinstance(one, bytes) for one in certificates):
            raise VerificationError(Reason.MALFORMED, "x5chain is neither a certificate nor certificates")
        header["x5c"] = [base64.b64encode(one).decode("ascii") for one in certificates]
    return header
