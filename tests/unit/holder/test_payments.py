# SPDX-License-Identifier: EUPL-1.2
"""Permits: what the wallet signs at the till, and what it does not."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from holder.payments import MAX_LIFETIME
from holder.refusals import PermitRefusal, PermitRefusedError, UnknownAccountError
from holder.service import Wallet
from holder.wallet_file import KeyWork
from programmable_money.messages import ZERO_ADDRESS, PaymentDomain, PaymentRequest, SignedPermit
from tests.unit.holder.town import (
    CATALOGUE,
    FUND,
    NOW,
    PASSPHRASE,
    SCOPE,
    SHOP,
    Desk,
    new_wallet,
    other_fund,
    programme,
    reopened,
)

DOMAIN = PaymentDomain(SCOPE.chain_id, FUND)
AMSTERDAM, YEAR = ZoneInfo("Europe/Amsterdam"), SCOPE.period


@pytest.fixture
def claimed(amira: Wallet, desk: Desk) -> Wallet:
    """Amira's wallet after her claim of 450 euros."""
    amira.claim(amira.plan_claim(programme(desk), now=NOW), now=NOW)
    return amira


def _refusal(wallet: Wallet, limit: int, lifetime: timedelta = timedelta(minutes=1)) -> PermitRefusal:
    before = wallet._store.contents
    with pytest.raises(PermitRefusedError) as caught:
        wallet.sign_permit(SCOPE, limit, now=NOW, lifetime=lifetime)
    assert wallet._store.contents == before
    return caught.value.reason


def test_a_permit_is_signed_by_the_scopes_account(claimed: Wallet) -> None:
    message = SignedPermit.from_json(claimed.sign_permit(SCOPE, 1250, now=NOW, merchant=SHOP).to_json())
    message.check()
    permit = message.permit
    assert (permit.account, permit.merchant, permit.limit) == (claimed.account_address(SCOPE), SHOP, 1250)
    assert permit.deadline == int(NOW.timestamp()) + 60
    assert message.domain == DOMAIN


def test_a_deadline_does_not_tell_the_seconds_of_the_wallets_clock(claimed: Wallet) -> None:
    odd = NOW + timedelta(seconds=17)
    deadline = claimed.sign_permit(SCOPE, 1, now=odd).permit.deadline
    assert deadline % 5 == 0
    assert 55 <= deadline - odd.timestamp() <= 60, "never longer than was said"


def test_a_permit_is_logged_with_what_the_shop_sees(claimed: Wallet, tmp_path: Path) -> None:
    permit = claimed.sign_permit(SCOPE, 1250, now=NOW, merchant=SHOP).permit
    claimed.sign_permit(SCOPE, 100, now=NOW)
    claimed.close()
    with reopened(tmp_path) as again:
        named, anybody = again.consents.entries[-2:]
        assert again.accounts[0].permits[0].nonce == permit.nonce
    shown = {claim.name: claim.value for claim in named.disclosed}
    assert named.recipient == SHOP
    assert (shown["limit_cents"], shown["account"], shown["payment"]) == (1250, permit.account, permit.payment.hex())
    assert anybody.recipient == "Any shop that takes part"


def test_nonces_are_never_signed_twice(claimed: Wallet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = claimed.sign_permit(SCOPE, 1, now=NOW).permit.nonce
    claimed.close()
    draws = iter([first, first, 7])
    monkeypatch.setattr("holder.payments.secrets.randbits", lambda bits: next(draws))
    with reopened(tmp_path) as again:
        assert again.sign_permit(SCOPE, 1, now=NOW).permit.nonce == 7


@pytest.mark.parametrize("moment", [datetime(YEAR, 1, 1, tzinfo=AMSTERDAM), datetime(YEAR + 1, 1, 1, tzinfo=AMSTERDAM)])
def test_a_permit_is_signed_in_the_programmes_period_only(claimed: Wallet, moment: datetime) -> None:
    """From the first second of the year to the last, in the municipality."""
    inside = timedelta(seconds=-1) if moment.year > YEAR else timedelta(0)
    outside = timedelta(seconds=-1) if moment.year == YEAR else timedelta(0)
    before = claimed.consents
    with pytest.raises(PermitRefusedError) as caught:
        claimed.sign_permit(SCOPE, 100, now=moment + outside)
    assert caught.value.reason is PermitRefusal.OUTSIDE_PERIOD
    assert claimed.consents == before
    claimed.sign_permit(SCOPE, 100, now=moment + inside).check()


def test_many_nonces_differ_and_are_wide(claimed: Wallet) -> None:
    nonces = {claimed.sign_permit(SCOPE, 1, now=NOW).permit.nonce for _ in range(20)}
    assert len(nonces) == 20
    assert max(nonces).bit_length() > 110


def test_the_limit_is_at_most_the_known_balance(claimed: Wallet) -> None:
    assert claimed.sign_permit(SCOPE, 45_000, now=NOW).permit.limit == 45_000
    assert _refusal(claimed, 45_001) is PermitRefusal.ABOVE_BALANCE
    claimed.learn_balance(SCOPE, 1000)
    assert _refusal(claimed, 1001) is PermitRefusal.ABOVE_BALANCE
    assert len(claimed.accounts[0].permits) == 1
    assert _refusal(claimed, 0) is PermitRefusal.NO_AMOUNT
    assert _refusal(claimed, -5) is PermitRefusal.NO_AMOUNT
    with pytest.raises(ValueError, match="negative"):
        claimed.learn_balance(SCOPE, -1)


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=9), MAX_LIFETIME + timedelta(seconds=1)])
def test_a_permit_lives_for_seconds_or_minutes(claimed: Wallet, lifetime: timedelta) -> None:
    assert _refusal(claimed, 100, lifetime) is PermitRefusal.TOO_LONG


def test_without_a_claim_there_is_no_account(amira: Wallet) -> None:
    with pytest.raises(UnknownAccountError):
        amira.sign_permit(SCOPE, 1, now=NOW)


def test_a_restored_wallet_pays_from_the_same_account_once_it_knows_the_balance(tmp_path: Path) -> None:
    wallet, phrase = new_wallet(tmp_path)
    restored = Wallet.restore(tmp_path / "new.wallet", PASSPHRASE, phrase, CATALOGUE, work=KeyWork.INTERACTIVE)
    restored.learn_balance(SCOPE, 500)
    assert restored.sign_permit(SCOPE, 500, now=NOW).permit.account == wallet.account_address(SCOPE)


def test_a_shops_request_gives_a_permit_for_exactly_that(claimed: Wallet) -> None:
    permit = claimed.sign_requested(SCOPE, PaymentRequest(DOMAIN, SHOP, 799), 1000, now=NOW).permit
    assert (permit.merchant, permit.limit) == (SHOP, 799)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (PaymentRequest(DOMAIN, SHOP, 1001), PermitRefusal.OTHER_AMOUNT),
        (PaymentRequest(replace(DOMAIN, fund=other_fund(1)), SHOP, 799), PermitRefusal.OTHER_FUND),
        (PaymentRequest(replace(DOMAIN, chain_id=1), SHOP, 799), PermitRefusal.OTHER_FUND),
        (PaymentRequest(DOMAIN, ZERO_ADDRESS, 799), PermitRefusal.NO_SHOP),
        (PaymentRequest(DOMAIN, SHOP, 0), PermitRefusal.NO_AMOUNT),
    ],
)
def test_a_shops_request_for_something_else_is_refused(
    claimed: Wallet, request_: PaymentRequest, reason: PermitRefusal
) -> None:
    with pytest.raises(PermitRefusedError) as caught:
        claimed.sign_requested(SCOPE, request_, 1000, now=NOW)
    assert caught.value.reason is reason
    assert claimed.accounts[0].permits == ()
