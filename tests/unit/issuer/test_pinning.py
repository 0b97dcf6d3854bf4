# SPDX-License-Identifier: EUPL-1.2
"""The decision about a pin (issuance.md 3.2 and 3.3)."""

from datetime import date, timedelta

import pytest

from issuer.errors import RefusalReason
from issuer.model import UNPINNED, Pin
from issuer.pinning import decide_pin, remove_pin
from tests.unit.issuer.material import TODAY

MINE, HERS = b"\x01" * 48, b"\x02" * 48


def decided(pin: Pin, wallet: bytes, today: date = TODAY, *, elsewhere: bool = False) -> Pin:
    after = decide_pin(pin, wallet, is_pinned_elsewhere=elsewhere, today=today)
    assert isinstance(after, Pin)
    return after


def removed(pin: Pin) -> Pin:
    after = remove_pin(pin)
    assert isinstance(after, Pin)
    return after


def test_the_first_wallet_is_pinned_and_was_never_recovered() -> None:
    pin = decided(UNPINNED, MINE)
    assert pin == Pin(MINE, None, is_recovering=False, valid_until=None)


def test_the_same_wallet_stays_as_it_is() -> None:
    pin = Pin(MINE, date(2025, 1, 1), is_recovering=False, valid_until=date(2025, 4, 1))
    assert decided(pin, MINE) == pin


def test_another_wallet_is_refused() -> None:
    pin = decided(UNPINNED, MINE)
    for elsewhere in (False, True):
        refusal = decide_pin(pin, HERS, is_pinned_elsewhere=elsewhere, today=TODAY)
        assert refusal is RefusalReason.PINNED_TO_ANOTHER_WALLET


def test_the_wallet_of_another_record_is_refused_also_in_a_recovery() -> None:
    for pin in (UNPINNED, removed(decided(UNPINNED, MINE))):
        refusal = decide_pin(pin, HERS, is_pinned_elsewhere=True, today=TODAY)
        assert refusal is RefusalReason.PINNED_TO_ANOTHER_RECORD


def test_a_recovered_record_takes_the_day_of_the_next_request_for_good() -> None:
    later = TODAY + timedelta(days=3)
    pin = decided(removed(decided(UNPINNED, MINE)), HERS, later)
    assert pin == Pin(HERS, later, is_recovering=False, valid_until=None)
    assert decided(pin, HERS, later + timedelta(days=400)).recovered_at == later


def test_the_lost_wallet_that_comes_back_counts_as_recovered_too() -> None:
    assert decided(removed(decided(UNPINNED, MINE)), MINE).recovered_at == TODAY


def test_a_second_recovery_moves_the_day_on_and_never_back() -> None:
    first = decided(removed(decided(UNPINNED, MINE)), HERS)
    second = decided(removed(first), MINE, TODAY + timedelta(days=10))
    assert second.recovered_at == TODAY + timedelta(days=10)
    assert decided(removed(second), HERS, TODAY).recovered_at == second.recovered_at


@pytest.mark.parametrize(
    ("exp", "recovered_at"), [(date(2026, 12, 29), date(2026, 12, 31)), (date(2027, 2, 1), date(2027, 2, 3))]
)
def test_the_day_is_not_before_the_lost_wallets_last_credential_can_be_used(exp: date, recovered_at: date) -> None:
    pin = removed(decided(UNPINNED, MINE).with_credential(exp))
    assert decided(pin, HERS, date(2026, 12, 20)).recovered_at == recovered_at


def test_an_expired_credential_of_the_lost_wallet_does_not_matter() -> None:
    pin = removed(decided(UNPINNED, MINE).with_credential(TODAY - timedelta(days=3)))
    assert decided(pin, HERS).recovered_at == TODAY


def test_the_last_day_of_all_credentials_counts() -> None:
    pin = UNPINNED.with_credential(date(2026, 5, 1)).with_credential(date(2026, 4, 1))
    assert pin.valid_until == date(2026, 5, 1)


def test_there_is_nothing_to_recover_without_a_pin() -> None:
    assert remove_pin(UNPINNED) is RefusalReason.NOTHING_TO_RECOVER
    assert remove_pin(removed(decided(UNPINNED, MINE))) is RefusalReason.NOTHING_TO_RECOVER
