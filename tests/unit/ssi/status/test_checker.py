# SPDX-License-Identifier: EUPL-1.2
"""Checking a status: what it refuses, what it keeps, and what it never goes back to."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Barrier, Lock

import pytest

from ssi.errors import Reason, VerificationError
from ssi.keys import KeyType, PrivateKey, PublicKey
from ssi.sd_jwt.vc import StatusChecks
from ssi.status import (
    USUAL_FRESHNESS,
    Freshness,
    StatusChecker,
    StatusListClaims,
    StatusReference,
    TokenFormat,
    status_list_cwt,
    status_list_jwt,
)
from tests.unit.ssi.status.material import HEADER, ISSUER, KEY, NOW, TRUST, URI, VCT, claims, statuses

MINUTE = timedelta(minutes=1)


class Provider:
    """Serves one list, and counts how often it is asked."""

    def __init__(self, said: StatusListClaims, key: PrivateKey = KEY) -> None:
        self.asked = 0
        self.is_down = False
        self.say(said, key)

    def say(self, said: StatusListClaims, key: PrivateKey = KEY) -> None:
        self.token = status_list_jwt(said, key, key_header=HEADER).encode()

    def __call__(self, uri: str) -> bytes:
        self.asked += 1
        if self.is_down:
            raise OSError("nobody answers")
        return self.token


def checker(get_token: Callable[[str], bytes], freshness: Freshness = USUAL_FRESHNESS) -> StatusChecker:
    return StatusChecker(get_token, TRUST, token_format=TokenFormat.JWT, freshness=freshness)


def check(by: StatusChecks, index: int = 0, now: datetime = NOW, uri: str = URI) -> None:
    by.check(StatusReference(index, uri).to_claim(), ISSUER, VCT, now)


def refusal(by: StatusChecker, index: int = 0, now: datetime = NOW, uri: str = URI) -> VerificationError:
    with pytest.raises(VerificationError) as refused:
        check(by, index, now, uri)
    return refused.value


def test_accepts_a_valid_status() -> None:
    provider = Provider(claims())
    check(checker(provider))
    assert provider.asked == 1


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        pytest.param(1, Reason.REVOKED, id="revoked"),
        pytest.param(2, Reason.SUSPENDED, id="suspended"),
        pytest.param(3, Reason.UNKNOWN_STATUS, id="application specific"),
        pytest.param(16, Reason.UNKNOWN_STATUS, id="beyond the list"),
    ],
)
def test_refuses_a_status(index: int, reason: Reason) -> None:
    assert refusal(checker(Provider(claims())), index).reason is reason


def test_refuses_a_malformed_claim() -> None:
    with pytest.raises(VerificationError) as refused:
        checker(Provider(claims())).check({"status_list": {"idx": "0", "uri": URI}}, ISSUER, VCT, NOW)
    assert refused.value.reason is Reason.MALFORMED


def test_reads_cwts_when_told_so() -> None:
    token = status_list_cwt(claims(), KEY, key_header=HEADER)
    by = StatusChecker(lambda uri: token, TRUST, token_format=TokenFormat.CWT, freshness=USUAL_FRESHNESS)
    check(by)
    assert refusal(by, 1).reason is Reason.REVOKED


@pytest.mark.parametrize(
    ("said", "key", "detail"),
    [
        pytest.param(claims(uri=URI + "0"), KEY, Reason.MALFORMED, id="another list"),
        pytest.param(claims(issuer="did:web:other.example"), KEY, Reason.UNKNOWN_ISSUER, id="another issuer"),
        pytest.param(
            claims(issued_at=NOW - 2 * timedelta(days=1), expires_at=NOW - timedelta(days=1)),
            KEY,
            Reason.EXPIRED,
            id="expired",
        ),
        pytest.param(claims(issued_at=NOW + timedelta(hours=1)), KEY, Reason.NOT_YET_VALID, id="from the future"),
        pytest.param(
            claims(issued_at=NOW - timedelta(days=1, seconds=1), expires_at=None), KEY, Reason.TOO_OLD, id="too old"
        ),
        pytest.param(
            claims(), PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\x08"), Reason.INVALID_SIGNATURE, id="forged"
        ),
    ],
)
def test_a_list_that_cannot_be_relied_on_is_no_list(said: StatusListClaims, key: PrivateKey, detail: Reason) -> None:
    error = refusal(checker(Provider(said, key)))
    assert (error.reason, error.detail) == (Reason.STATUS_UNAVAILABLE, detail.value)


def test_no_answer_is_no_valid_status() -> None:
    provider = Provider(claims())
    provider.is_down = True
    assert refusal(checker(provider)).reason is Reason.STATUS_UNAVAILABLE


def test_asks_again_when_the_time_to_live_is_over() -> None:
    provider = Provider(claims(time_to_live=5 * MINUTE))
    by = checker(provider)
    check(by)
    check(by, now=NOW + 5 * MINUTE - timedelta(seconds=1))
    assert provider.asked == 1
    provider.say(claims(issued_at=NOW + 5 * MINUTE, listed=statuses().with_statuses({0: 1})))
    assert refusal(by, now=NOW + 5 * MINUTE).reason is Reason.REVOKED
    assert provider.asked == 2


def test_a_list_that_is_too_old_to_keep_is_not_used_when_nobody_answers() -> None:
    provider = Provider(claims(time_to_live=5 * MINUTE))
    by = checker(provider)
    check(by)
    provider.is_down = True
    check(by, now=NOW + 4 * MINUTE)
    assert refusal(by, now=NOW + 6 * MINUTE).reason is Reason.STATUS_UNAVAILABLE


def test_the_verifier_bounds_how_long_a_list_is_kept() -> None:
    provider = Provider(claims(time_to_live=timedelta(days=300), expires_at=None))
    by = checker(provider, Freshness(MINUTE, 10 * MINUTE, timedelta(days=1)))
    check(by)
    check(by, now=NOW + 10 * MINUTE)
    assert provider.asked == 2


def test_the_verifier_bounds_how_often_a_list_is_fetched() -> None:
    provider = Provider(claims(time_to_live=timedelta(seconds=1)))
    by = checker(provider, Freshness(MINUTE, 10 * MINUTE, timedelta(days=1)))
    check(by)
    check(by, now=NOW + timedelta(seconds=59))
    assert provider.asked == 1


def test_expiry_comes_before_the_time_to_live() -> None:
    provider = Provider(claims(expires_at=NOW + 5 * MINUTE, time_to_live=timedelta(hours=1)))
    by = checker(provider)
    check(by, now=NOW + 5 * MINUTE)
    error = refusal(by, now=NOW + 6 * MINUTE)
    assert (error.reason, error.detail, provider.asked) == (Reason.STATUS_UNAVAILABLE, Reason.EXPIRED.value, 2)


def test_never_goes_back_to_an_older_list() -> None:
    """Whoever serves the list cannot undo a revocation by serving yesterday's."""
    provider = Provider(claims(listed=statuses().with_statuses({0: 1})))
    by = checker(provider)
    assert refusal(by).reason is Reason.REVOKED
    provider.say(claims(issued_at=NOW - timedelta(hours=1)))
    error = refusal(by, now=NOW + timedelta(hours=2))
    assert (error.reason, error.detail) == (Reason.STATUS_UNAVAILABLE, Reason.TOO_OLD.value)


def test_a_failure_is_not_repeated_at_once_but_soon() -> None:
    provider = Provider(claims())
    provider.is_down = True
    by = checker(provider)
    refusal(by)
    provider.is_down = False
    assert refusal(by, now=NOW + timedelta(seconds=9)).reason is Reason.STATUS_UNAVAILABLE
    assert provider.asked == 1
    check(by, now=NOW + timedelta(seconds=10))
    assert provider.asked == 2


def test_can_be_told_to_fetch_before_anybody_asks() -> None:
    provider = Provider(claims())
    by = checker(provider)
    assert by.refresh(URI, ISSUER, VCT, NOW).statuses == statuses()
    check(by)
    assert provider.asked == 1


def test_trust_in_a_list_is_for_one_issuer() -> None:
    provider = Provider(claims())
    by = checker(provider)
    check(by)
    with pytest.raises(VerificationError) as refused:
        by.check(StatusReference(0, URI).to_claim(), "did:web:other.example", VCT, NOW)
    assert refused.value.detail == Reason.UNKNOWN_ISSUER.value


def test_trust_in_a_list_is_for_one_type() -> None:
    @dataclass(frozen=True)
    class OneType:
        """Trusts the issuer with one type only."""

        def status_key(
            self, unverified_header: Mapping[str, object], issuer: str, vct: str, now: datetime
        ) -> PublicKey:
            if vct != VCT:
                raise VerificationError(Reason.UNKNOWN_ISSUER)
            return TRUST.status_key(unverified_header, issuer, vct, now)

    by = StatusChecker(Provider(claims()), OneType(), token_format=TokenFormat.JWT, freshness=USUAL_FRESHNESS)
    check(by)
    with pytest.raises(VerificationError) as refused:
        by.check(StatusReference(0, URI).to_claim(), ISSUER, "urn:example:other", NOW)
    assert refused.value.detail == Reason.UNKNOWN_ISSUER.value


def test_remembers_a_bounded_number_of_lists() -> None:
    asked: list[str] = []

    def serve(uri: str) -> bytes:
        asked.append(uri)
        return status_list_jwt(claims(uri=uri), KEY, key_header=HEADER).encode()

    by = checker(serve)
    for number in range(65):
        check(by, uri=f"{URI}/{number}")
    check(by, uri=f"{URI}/64")
    assert len(asked) == 65
    check(by, uri=f"{URI}/0")
    assert len(asked) == 66


def test_many_callers_at_once_fetch_once() -> None:
    provider, lock, together = Provider(claims()), Lock(), Barrier(8)

    def serve(uri: str) -> bytes:
        with lock:
            return provider(uri)

    by = checker(serve)

    def one(_: int) -> None:
        together.wait()
        check(by)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))
    assert provider.asked == 1


@pytest.mark.parametrize("seconds", [(0, 1, 2), (2, 1, 3), (1, 3, 2)])
def test_freshness_is_in_order(seconds: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="order"):
        Freshness(*(timedelta(seconds=value) for value in seconds))
