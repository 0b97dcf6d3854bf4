# SPDX-License-Identifier: EUPL-1.2
"""The till signs what the fund will accept, and refuses the rest with the fund's own reasons."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from programmable_money.messages import (
    ZERO_ADDRESS,
    Address,
    PaymentDomain,
    PaymentPermit,
    SignedPermit,
    address_of,
)
from programmable_money.model import Amount, PaymentRecord
from programmable_money.refusals import RefusalReason
from programmable_money.till import TillError, charge_permit, refund_payment
from ssi.errors import Reason, VerificationError

AMIRA, SHOP, OTHER = b"\x11" * 32, b"\x22" * 32, b"\x33" * 32
NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
DOMAIN: Final = PaymentDomain(31337, address_of(b"\x44" * 32))


def permit(merchant: Address = ZERO_ADDRESS) -> SignedPermit:
    deadline = int((NOW + timedelta(minutes=5)).timestamp())
    return SignedPermit.sign(DOMAIN, PaymentPermit(address_of(AMIRA), merchant, 2_500, 7, deadline), AMIRA)


def paid(refunded: int = 0) -> PaymentRecord:
    return PaymentRecord(permit().permit.payment, address_of(SHOP), Amount(1_995), Amount(refunded), 0)


@pytest.mark.parametrize("merchant", [ZERO_ADDRESS, address_of(SHOP)])
@pytest.mark.parametrize("cents", [1, 2_500])
@pytest.mark.parametrize("seconds", [0, 300])
def test_charges_up_to_the_limit_and_the_deadline(merchant: Address, cents: int, seconds: int) -> None:
    shown = permit(merchant)
    made = charge_permit(shown, Amount(cents), SHOP, now=NOW + timedelta(seconds=seconds))
    made.check()
    assert (made.charge.merchant, made.charge.amount) == (address_of(SHOP), cents)
    assert made.charge.payment == shown.permit.payment
    assert made.domain == DOMAIN


@pytest.mark.parametrize(
    ("merchant", "cents", "seconds", "reason"),
    [
        (ZERO_ADDRESS, 0, 0, RefusalReason.ZERO_AMOUNT),
        (ZERO_ADDRESS, -1, 0, RefusalReason.ZERO_AMOUNT),
        (ZERO_ADDRESS, 2_501, 0, RefusalReason.AMOUNT_ABOVE_LIMIT),
        (address_of(OTHER), 100, 0, RefusalReason.WRONG_SHOP),
        (ZERO_ADDRESS, 100, 301, RefusalReason.PERMIT_EXPIRED),
    ],
)
def test_refuses_what_the_fund_would_refuse(merchant: Address, cents: int, seconds: int, reason: RefusalReason) -> None:
    with pytest.raises(TillError) as refused:
        charge_permit(permit(merchant), Amount(cents), SHOP, now=NOW + timedelta(seconds=seconds))
    assert refused.value.reason is reason


def test_refuses_a_permit_that_cato_changed() -> None:
    shown = permit()
    raised = replace(shown, permit=replace(shown.permit, limit=99_999))
    with pytest.raises(VerificationError) as refused:
        charge_permit(raised, Amount(100), SHOP, now=NOW)
    assert refused.value.reason is Reason.INVALID_SIGNATURE


def test_a_refund_adds_to_what_was_given_back_before() -> None:
    made = refund_payment(DOMAIN, paid(refunded=500), Amount(1_495), SHOP, batch=0)
    made.check(address_of(SHOP))
    assert made.refund.refunded_total == 1_995


@pytest.mark.parametrize(
    ("record", "cents", "key", "batch", "reason"),
    [
        (None, 100, SHOP, 0, RefusalReason.PAYMENT_UNKNOWN),
        (paid(), 100, OTHER, 0, RefusalReason.NOT_AUTHORISED),
        (paid(), 100, SHOP, 1, RefusalReason.PAYMENT_SETTLED),
        (paid(), 0, SHOP, 0, RefusalReason.ZERO_AMOUNT),
        (paid(), 1_996, SHOP, 0, RefusalReason.REFUND_OUT_OF_RANGE),
        (paid(refunded=500), 1_496, SHOP, 0, RefusalReason.REFUND_OUT_OF_RANGE),
    ],
)
def test_refuses_a_refund_that_the_fund_would_refuse(
    record: PaymentRecord | None, cents: int, key: bytes, batch: int, reason: RefusalReason
) -> None:
    with pytest.raises(TillError) as refused:
        refund_payment(DOMAIN, record, Amount(cents), key, batch=batch)
    assert refused.value.reason is reason
