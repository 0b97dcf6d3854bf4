# SPDX-License-Identifier: EUPL-1.2
"""The outbox: one entry for a key, leases, and states that are compared before they are written."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from programmable_money.messages import PaymentDomain, address_of
from programmable_money.model import Amount
from programmable_money.refusals import RefusalReason
from programmable_money.relayer.errands import ErrandKind
from programmable_money.relayer.model import (
    Attempt,
    Carried,
    ErrandState,
    Fees,
    LeaseLostError,
    NewErrand,
    StaleStateError,
)
from programmable_money.relayer.store import Outbox

CHAIN: Final = 31337
DOMAIN: Final = PaymentDomain(CHAIN, address_of(b"\x44" * 32))
ACCOUNT, OTHER = address_of(b"\x51" * 32), address_of(b"\x52" * 32)


def errand(number: int) -> NewErrand:
    return NewErrand(bytes([number]) * 32, ErrandKind.PAYMENT, DOMAIN, b"\x01\x02", 7)


def attempt(number: int, highest: int = 8) -> Attempt:
    return Attempt(f"0x{number:064x}", b"\x02raw", Fees(highest, 1), 1_000.0)


@pytest.fixture
def outbox(database_url: str) -> Iterator[Outbox]:
    with closing(Outbox(database_url)) as opened:
        yield opened


def sign(outbox: Outbox, number: int) -> Carried:
    """Accept an errand and sign for it."""
    return sign_new(outbox, errand(number), attempt(number))


def sign_new(outbox: Outbox, new: NewErrand, made: Attempt) -> Carried:
    """The same; those that wait for it are left."""
    outbox.accept(new, None)
    assert outbox.lease(CHAIN, [ACCOUNT], "me", 10) == (ACCOUNT,)
    with outbox.working(CHAIN, [ACCOUNT], "me", 10) as work:
        (waiting,) = work.accepted(5)
        assert waiting.errand == new
        return work.sign(waiting, ACCOUNT, work.take_nonce(ACCOUNT), made)


def test_an_errand_is_kept_once_however_many_bring_it_at_once(outbox: Outbox) -> None:
    with ThreadPoolExecutor(8) as threads:
        entries = list(threads.map(lambda _: outbox.accept(errand(1), None), range(16)))
    assert {entry.state for entry in entries} == {ErrandState.ACCEPTED}
    assert outbox.count() == {ErrandState.ACCEPTED: 1}
    found = outbox.find(errand(1).key)
    assert found is not None
    assert (found.kind, found.domain, found.amount) == (ErrandKind.PAYMENT, DOMAIN, None)
    assert outbox.find(errand(2).key) is None


@pytest.mark.parametrize("end", [ErrandState.FINAL, ErrandState.REFUSED])
def test_an_errand_waits_for_another_one_to_be_over(outbox: Outbox, end: ErrandState) -> None:
    first, waits = errand(1), replace(errand(2), waits_for=errand(1).key)
    outbox.accept(waits, None)
    assert outbox.has_accepted(CHAIN)  # what it waits for is not there, or was forgotten
    signed = sign_new(outbox, first, attempt(1))
    assert not outbox.has_accepted(CHAIN)
    with outbox.working(CHAIN, [ACCOUNT], "me", 10) as work:
        assert work.accepted(5) == ()
        if end is ErrandState.FINAL:
            work.finish(signed, None, signed.attempts[0].transaction, 9)
        else:
            work.refuse(signed, RefusalReason.ALREADY_DONE, "FundAlreadyAccepted")
    assert outbox.has_accepted(CHAIN)
    with outbox.working(CHAIN, [ACCOUNT], "me", 10) as work:
        (waiting,) = work.accepted(5)
        assert (waiting.errand, waiting.key, waiting.state) == (waits, waits.key, ErrandState.ACCEPTED)
        assert work.refuse(waiting, RefusalReason.PROOF_INVALID, "ClaimInvalidProof") == waits.key
    found = outbox.find(waits.key)
    assert found is not None
    assert (found.state, found.reason) == (ErrandState.REFUSED, RefusalReason.PROOF_INVALID)


def test_an_errand_goes_its_way_and_is_told(outbox: Outbox) -> None:
    signed = sign(outbox, 1)
    assert (signed.nonce, signed.tries, signed.state) == (0, 1, ErrandState.SIGNED)
    assert outbox.under_way(CHAIN, [ACCOUNT]) == (signed,)
    with outbox.working(CHAIN, [ACCOUNT], "me", 10) as work:
        sent = work.sent(signed, signed.attempts[0], 1_234.5)
    assert outbox.under_way(CHAIN, [ACCOUNT]) == (sent,)
    with outbox.working(CHAIN, [ACCOUNT], "me", 10) as work:
        assert work.finish(sent, Amount(5), sent.attempts[0].transaction, 9) == errand(1).key
    found = outbox.find(errand(1).key)
    assert found is not None
    assert (found.state, found.amount, found.block) == (ErrandState.FINAL, Amount(5), 9)
    assert outbox.under_way(CHAIN, [ACCOUNT]) == ()
    assert [one.nonce for one in outbox.done_from(CHAIN, ACCOUNT, 0)] == [0]
    assert outbox.next_nonces(CHAIN, [ACCOUNT]) == {ACCOUNT: 1}


def test_a_state_is_written_only_in_the_place_of_the_one_that_was_seen(outbox: Outbox) -> None:
    signed = sign(outbox, 1)
    with outbox.working(CHAIN, [ACCOUNT], "me", 10) as work:
        work.sent(signed, signed.attempts[0], 1.0)
    with pytest.raises(StaleStateError), outbox.working(CHAIN, [ACCOUNT], "me", 10) as work:
        work.refuse(signed, RefusalReason.PAUSED, "FundPaused")
    found = outbox.find(errand(1).key)
    assert found is not None
    assert found.state is ErrandState.SENT


def test_without_the_lease_nothing_is_written(outbox: Outbox) -> None:
    signed = sign(outbox, 1)
    assert outbox.lease(CHAIN, [ACCOUNT, OTHER], "you", 10) == (OTHER,)
    with pytest.raises(LeaseLostError), outbox.working(CHAIN, [ACCOUNT, OTHER], "you", 10) as work:
        work.refuse(signed, RefusalReason.PAUSED, "FundPaused")
    assert outbox.under_way(CHAIN, [ACCOUNT]) == (signed,)


def test_a_lease_ends_and_can_be_given_back(outbox: Outbox) -> None:
    assert outbox.lease(CHAIN, [ACCOUNT], "me", 0.05) == (ACCOUNT,)
    time.sleep(0.1)
    assert outbox.lease(CHAIN, [ACCOUNT], "you", 60) == (ACCOUNT,)
    assert outbox.lease(CHAIN, [ACCOUNT], "me", 60) == ()
    outbox.release(CHAIN, "you")
    assert outbox.lease(CHAIN, [ACCOUNT], "me", 60) == (ACCOUNT,)


def test_what_was_refused_may_be_brought_again(outbox: Outbox) -> None:
    signed = sign(outbox, 1)
    with outbox.working(CHAIN, [ACCOUNT], "me", 10) as work:
        work.refuse(signed, RefusalReason.NOT_ENOUGH_BALANCE, "FundInsufficientBalance")
    refused = outbox.find(errand(1).key)
    assert refused is not None
    assert (refused.state, refused.reason) == (ErrandState.REFUSED, RefusalReason.NOT_ENOUGH_BALANCE)
    again = outbox.accept(errand(1), refused)
    assert (again.state, again.reason) == (ErrandState.ACCEPTED, None)
    assert outbox.find(errand(1).key) == again
    assert outbox.accept(errand(1), refused).state is ErrandState.ACCEPTED


def test_a_replacement_comes_after_the_lower_one(outbox: Outbox) -> None:
    signed = sign(outbox, 1)
    with outbox.working(CHAIN, [ACCOUNT], "me", 10) as work:
        work.replace(signed, attempt(2, highest=9))
    (found,) = outbox.under_way(CHAIN, [ACCOUNT])
    assert [one.fees.highest for one in found.attempts] == [8, 9]


def test_only_what_is_over_is_forgotten(outbox: Outbox) -> None:
    signed = sign(outbox, 1)
    outbox.accept(errand(2), None)
    with outbox.working(CHAIN, [ACCOUNT], "me", 10) as work:
        work.finish(signed, None, None, None)
    assert outbox.forget(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert outbox.forget(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert outbox.count() == {ErrandState.ACCEPTED: 1}
