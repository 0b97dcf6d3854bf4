# SPDX-License-Identifier: EUPL-1.2
"""The times in a token: ``iat``, ``nbf`` and ``exp`` (RFC 7519 section 4.1), as seconds since 1970.

Clocks differ: ``SKEW`` is how far another's clock may be ahead of ours or behind it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from ssi.errors import Reason, VerificationError

__all__ = ["SKEW", "check_made_recently", "check_validity", "read_moment"]

SKEW: Final = timedelta(seconds=60)
"""Difference of clocks that is tolerated."""
_LAST: Final = 253402300799
"""The last second of the year 9999."""


def read_moment(unverified_claims: Mapping[str, object], name: str) -> datetime | None:
    """The moment of one claim, or None where it is absent.

    Raises:
        VerificationError: ``MALFORMED`` for anything but a number of seconds between the years 1970 and 9999.
    """
    seconds = _read_seconds(unverified_claims, name)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def check_validity(unverified_claims: Mapping[str, object], now: datetime) -> None:
    """Check ``exp``, ``nbf`` and that ``iat`` is not in the future, each where it is present.

    Raises:
        VerificationError: ``EXPIRED``, ``NOT_YET_VALID``, or ``MALFORMED``.
    """
    seconds, skew = now.timestamp(), SKEW.total_seconds()
    expires = _read_seconds(unverified_claims, "exp")
    if expires is not None and seconds >= expires + skew:
        raise VerificationError(Reason.EXPIRED)
    for name in ("nbf", "iat"):
        begins = _read_seconds(unverified_claims, name)
        if begins is not None and seconds < begins - skew:
            raise VerificationError(Reason.NOT_YET_VALID)


def check_made_recently(unverified_claims: Mapping[str, object], now: datetime, max_age: timedelta) -> datetime:
    """Check that ``iat`` is there, not in the future, and not longer ago than ``max_age``; give it back.

    Raises:
        VerificationError: ``MALFORMED``, ``NOT_YET_VALID`` or ``TOO_OLD``.
    """
    made_at = read_moment(unverified_claims, "iat")
    if made_at is None:
        raise VerificationError(Reason.MALFORMED, "no iat")
    if made_at > now + SKEW:
        raise VerificationError(Reason.NOT_YET_VALID)
    if made_at < now - max_age - SKEW:
        raise VerificationError(Reason.TOO_OLD)
    return made_at


def _read_seconds(unverified_claims: Mapping[str, object], name: str) -> float | None:
    if name not in unverified_claims:
        return None
    value = unverified_claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST:
        raise VerificationError(Reason.MALFORMED, "a time is not a number of seconds")
    return value
