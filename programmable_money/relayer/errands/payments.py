# SPDX-License-Identifier: EUPL-1.2
"""Payments and refunds, of a fund or a purse. Each is two messages, which belong together by the id of the payment."""

from dataclasses import dataclass
from typing import Self

from programmable_money.calls import ContractCall, pay_call, refund_call
from programmable_money.messages import (
    Address,
    Charge,
    PaymentDomain,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    payment_id,
)
from programmable_money.relayer.errands.effects import Effect, RunningTotal
from programmable_money.relayer.errands.errand import Errand, ErrandKind, address_octets, errand_key, number_octets

__all__ = ["PaidWith", "PaymentErrand", "RefundErrand", "charge_key"]

_PERMIT_ACCOUNT, _PERMIT_NONCE = 0, 3
"""Where a permit's members are in a call."""
_REFUNDED = 2
"""Where the contract's answer about a payment has what was given back."""


@dataclass(frozen=True, slots=True)
class PaidWith:
    """What a shop keeps of the permit of a payment: enough to carry a refund, and nothing that could be charged.

    Attributes:
        payer, nonce: of the permit.
    """

    domain: PaymentDomain
    payer: Address
    nonce: int

    @classmethod
    def of(cls, permit: SignedPermit) -> Self:
        """What to keep of a permit."""
        return cls(permit.domain, permit.permit.account, permit.permit.nonce)

    def is_of(self, domain: PaymentDomain, payment: bytes) -> bool:
        """Whether it is of this payment, there."""
        return self.domain == domain and payment_id(self.payer, self.nonce) == payment


@dataclass(frozen=True, slots=True)
class PaymentErrand(Errand):
    """A citizen's permit and the shop's charge: its permit, shop and amount."""

    KIND = ErrandKind.PAYMENT
    EFFECT = Effect(
        "Fund",
        "pay",
        "Paid",
        {
            "payment": lambda given: payment_id(given["permit"][_PERMIT_ACCOUNT], given["permit"][_PERMIT_NONCE]),
            "merchant": lambda given: given["merchant"],
            "amount": lambda given: given["amount"],
        },
        amount="amount",
    )
    permit: SignedPermit
    charge: SignedCharge

    @property
    def domain(self) -> PaymentDomain:
        """Of the charge."""
        return self.charge.domain

    @property
    def is_consistent(self) -> bool:
        """Whether the permit is for the same contract and chain, and for the same payment."""
        return PaidWith.of(self.permit).is_of(self.domain, self.charge.charge.payment)

    @property
    def achieves(self) -> bytes:
        """Payment, shop, amount and product group."""
        return _taken(self.charge.charge)

    @property
    def call(self) -> ContractCall:
        """What is asked of the fund or purse."""
        return pay_call(self.permit, self.charge)


def charge_key(domain: PaymentDomain, charge: Charge) -> bytes:
    """Key of the errand of a payment, for who has no signatures."""
    return errand_key(ErrandKind.PAYMENT, domain, _taken(charge))


def _taken(charge: Charge) -> bytes:
    return charge.payment + address_octets(charge.merchant) + number_octets(charge.amount, charge.product)


@dataclass(frozen=True, slots=True)
class RefundErrand(Errand):
    """A shop's refund, with the permit of the payment, or what the shop kept of it: its payment and total."""

    KIND = ErrandKind.REFUND
    EFFECT = Effect(
        "Fund",
        "refund",
        "Refunded",
        {"payment": lambda given: payment_id(given["account"], given["nonce"])},
        amount="amount",
        total=RunningTotal(
            view="payment",
            of=lambda given: payment_id(given["account"], given["nonce"]),
            output=_REFUNDED,
            adds="amount",
            wanted=lambda given: int(given["refundedTotal"]),
            parts=("payment",),
        ),
    )
    permit: SignedPermit | PaidWith
    refund: SignedRefund

    @property
    def domain(self) -> PaymentDomain:
        """Of the refund."""
        return self.refund.domain

    @property
    def is_consistent(self) -> bool:
        """Whether the permit is for the same contract and chain, and for the same payment."""
        return self._paid_with.is_of(self.domain, self.refund.refund.payment)

    @property
    def achieves(self) -> bytes:
        """Payment and total."""
        return self.refund.refund.payment + number_octets(self.refund.refund.refunded_total)

    @property
    def call(self) -> ContractCall:
        """What is asked of the fund or purse."""
        used = self._paid_with
        return refund_call(used.payer, used.nonce, self.refund)

    @property
    def _paid_with(self) -> PaidWith:
        return self.permit if isinstance(self.permit, PaidWith) else PaidWith.of(self.permit)
