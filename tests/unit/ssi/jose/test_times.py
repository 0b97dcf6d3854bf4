# SPDX-License-Identifier: EUPL-1.2
"""The times of tokens."""

from datetime import UTC, datetime, timedelta

import pytest

from ssi.errors import Reason, VerificationError
from ssi.jose.times import SKEW, check_made_recently, check_validity, read_moment

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
SKEW_SECONDS = int(SKEW.total_seconds())

REFUSED: dict[str, tuple[dict[str, object], Reason]] = {
    "expired": ({"exp": SECONDS - SKEW_SECONDS}, Reason.EXPIRED),
    "expired long ago": ({"exp": 0}, Reason.EXPIRED),
    "not yet valid": ({"nbf": SECONDS + SKEW_SECONDS + 1}, Reason.NOT_YET_VALID),
    "made in the future": ({"iat": SECONDS + SKEW_SECONDS + 1}, Reason.NOT_YET_VALID),
    "a time as text": ({"exp": str(SECONDS)}, Reason.MALFORMED),
    "a time as true": ({"exp": True}, Reason.MALFORMED),
    "a time that is null": ({"exp": None}, Reason.MALFORMED),
    "a negative time": ({"nbf": -1}, Reason.MALFORMED),
    "a time after the year 9999": ({"exp": 10**19}, Reason.MALFORMED),
    "a time that is a list": ({"iat": [SECONDS]}, Reason.MALFORMED),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_refuses(name: str) -> None:
    claims, reason = REFUSED[name]
    with pytest.raises(VerificationError) as refused:
        check_validity(claims, NOW)
    assert refused.value.reason is reason


def test_accepts_what_is_valid_now_within_the_skew() -> None:
    check_validity({}, NOW)
    check_validity({"exp": SECONDS - SKEW_SECONDS + 1, "nbf": SECONDS + SKEW_SECONDS, "iat": SECONDS - 0.5}, NOW)


def test_reads_a_moment() -> None:
    assert read_moment({"exp": SECONDS}, "exp") == NOW
    assert read_moment({}, "exp") is None


RECENT: dict[str, tuple[dict[str, object], Reason]] = {
    "no time": ({}, Reason.MALFORMED),
    "too old": ({"iat": SECONDS - 301 - SKEW_SECONDS}, Reason.TOO_OLD),
    "in the future": ({"iat": SECONDS + SKEW_SECONDS + 1}, Reason.NOT_YET_VALID),
}


@pytest.mark.parametrize("name", list(RECENT))
def test_refuses_what_was_not_made_recently(name: str) -> None:
    claims, reason = RECENT[name]
    with pytest.raises(VerificationError) as refused:
        check_made_recently(claims, NOW, timedelta(minutes=5))
    assert refused.value.reason is reason


def test_gives_back_when_it_was_made() -> None:
    assert check_made_recently({"iat": SECONDS - 300}, NOW, timedelta(minutes=5)) == NOW - timedelta(minutes=5)
