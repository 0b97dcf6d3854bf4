# SPDX-License-Identifier: EUPL-1.2
"""A merchant's till: what it signs, and what it refuses to sign because the fund would refuse it. Pure.

The fund decides again, and it alone decides; a refusal here only comes sooner, and costs the relayer nothing.
"""

from datetime import datetime

from programmable_money.messages import (
    ZERO_ADDRESS,
    Charge,
    PaymentDomain,
    Refund,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    address_of,
)
from programmable_money.model import Amount, MoneyError, PaymentRecord, to_unix
from programmable_money.refusals import RefusalReason
from ssi.rulebook.spending import Spending, SpentBefore

__all__ = ["TillError", "charge_permit", "refund_payment"]


class TillError(MoneyError):
    """The till does not sign.

    Args:
        reason: the one for which the fund would refuse.
    """

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def charge_permit(
    permit: SignedPermit,
    amount: Amount,
    private_key: bytes,
    *,
    now: datetime,
    product: int = 0,
    rules: Spending | None = None,
    before: SpentBefore = SpentBefore(),  # noqa: B008  # frozen
) -> SignedCharge:
    """Ask for an amount of what a citizen's permit allows.

    Args:
        permit: as shown at the till.
        private_key: the merchant's, 32 octets.
        now: aware.
        product: number of the product group that is sold; 0 where the rulebook has none.
        rules: how the fund's money may be spent, by its rulebook; None when the till does not know it.
        before: what the permit's account spent before, as far as the till knows it.
    Raises:
        VerificationError: ``invalid_signature``: the permit's account did not sign it.
        TillError: ``zero_amount``, ``wrong_shop``, ``amount_above_limit``, ``permit_expired``; by the rules
            ``not_whole_vouchers``, ``payment_limit``, ``product_not_allowed``, ``shop_limit`` or ``category_limit``.
    """
    permit.check()
    merchant, allowed = address_of(private_key), permit.permit
    if amount <= Amount(0):
        raise TillError(RefusalReason.ZERO_AMOUNT)
    if allowed.merchant not in {ZERO_ADDRESS, merchant}:
        raise TillError(RefusalReason.WRONG_SHOP)
    if amount > Amount(allowed.limit):
        raise TillError(RefusalReason.AMOUNT_ABOVE_LIMIT)
    if to_unix(now) > allowed.deadline:
        raise TillError(RefusalReason.PERMIT_EXPIRED)
    broken = None if rules is None else rules.broken_by(amount.cents, before, product)
    if broken is not None:
        raise TillError(RefusalReason(broken.value))
    return SignedCharge.sign(permit.domain, Charge(allowed.payment, merchant, amount.cents, product), private_key)


def refund_payment(
    domain: PaymentDomain,
    paid: PaymentRecord | None,
    amount: Amount,
    private_key: bytes,
    *,
    batch: int,
    rules: Spending | None = None,
) -> SignedRefund:
    """Give back an amount of a payment, on top of what was given back before.

    Args:
        domain: of the fund that was paid from.
        paid: the payment as the fund keeps it; None if it keeps none.
        private_key: the merchant's, 32 octets.
        batch: how often the merchant was settled by now, as the fund says.
        rules: as ``charge_permit`` takes them.
    Raises:
        TillError: ``payment_unknown``, ``not_authorised``, ``payment_settled``, ``zero_amount``,
            ``refund_out_of_range`` or ``not_whole_vouchers``.
    """
    if paid is None:
        raise TillError(RefusalReason.PAYMENT_UNKNOWN)
    if paid.merchant != address_of(private_key):
        raise TillError(RefusalReason.NOT_AUTHORISED)
    if paid.batch != batch:
        raise TillError(RefusalReason.PAYMENT_SETTLED)
    if amount <= Amount(0):
        raise TillError(RefusalReason.ZERO_AMOUNT)
    total = paid.refunded + amount
    if total > paid.amount:
        raise TillError(RefusalReason.REFUND_OUT_OF_RANGE)
    if rules is not None and not rules.is_whole(total.cents):
        raise TillError(RefusalReason.NOT_WHOLE_VOUCHERS)
    return SignedRefund.sign(domain, Refund(paid.payment, total.cents), private_key)
