# SPDX-License-Identifier: EUPL-1.2
"""Every payment's two signatures and every refund's one again, off chain, from the transaction's own input."""

from dataclasses import dataclass
from typing import Any, Final

from programmable_money.abi import interface
from programmable_money.audit.calls import calls_in
from programmable_money.audit.node import Transaction
from programmable_money.messages import (
    ZERO_ADDRESS,
    Charge,
    PaymentDomain,
    PaymentPermit,
    Refund,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    parse_address,
    payment_id,
)
from programmable_money.model import ChainEvent
from ssi.errors import VerificationError

__all__ = ["PaymentSignatures", "Refusal"]

_PAY: Final = interface("Fund").functions["pay"]
_REFUND: Final = interface("Fund").functions["refund"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a payment should not have happened.

    Attributes:
        is_signature: whether somebody did not sign what happened; otherwise a rule was broken.
    """

    text: str
    is_signature: bool


_NOT_CARRIED: Final = Refusal("its transaction carries no such payment", True)


@dataclass(slots=True)
class PaymentSignatures:
    """Verifies the payments and refunds of one contract.

    Args:
        products: bit i is set if articles of product group i may be sold; 0 where no group is named.
    Attributes:
        verified: how many signatures were found to hold.
    """

    domain: PaymentDomain
    products: int = 0
    verified: int = 0

    def why_wrong(self, event: ChainEvent, transaction: Transaction) -> Refusal | None:
        """Why an event ``Paid`` is not what account and shop signed; None when it is."""
        given, why = event.arguments, _NOT_CARRIED
        for call in calls_in(transaction.octets, _PAY):
            account, shop, limit, nonce, deadline = call["permit"]
            permit = PaymentPermit(parse_address(account), parse_address(shop), limit, nonce, deadline)
            if (permit.payment, permit.account) != (given["payment"], given["account"]):
                continue
            found = self._why_call_wrong(event, call, permit)
            if found is None:
                self.verified += 2
                return None
            why = found
        return why

    def _why_call_wrong(self, event: ChainEvent, call: dict[str, Any], permit: PaymentPermit) -> Refusal | None:
        merchant, amount = event.arguments["merchant"], event.arguments["amount"]
        if (call["merchant"], call["amount"]) != (merchant, amount):
            return Refusal("the charge names another shop or amount", True)
        if permit.merchant not in {ZERO_ADDRESS, merchant}:
            return Refusal("the permit is for another shop", False)
        if amount > permit.limit:
            return Refusal(f"{amount} cents were charged and the permit allows {permit.limit}", False)
        if event.emitted_at > permit.deadline:
            return Refusal("the permit had expired", False)
        product = call["product"]
        if not (self.products >> min(product, 256) & 1 if self.products else product == 0):
            return Refusal(f"product group {product} may not be sold", False)
        try:
            SignedPermit(self.domain, call["permitSignature"], permit).check()
        except VerificationError:
            return Refusal("the account did not sign the permit", True)
        try:
            charge = Charge(permit.payment, merchant, amount, product)
            SignedCharge(self.domain, call["chargeSignature"], charge).check()
        except VerificationError:
            return Refusal("the shop did not sign the charge", True)
        return None

    def why_refund_wrong(self, event: ChainEvent, transaction: Transaction, refunded: int) -> str | None:
        """Why an event ``Refunded`` is not what the shop signed, in words; None when it is.

        Args:
            refunded: cents refunded of the payment before.
        """
        given, why = event.arguments, "its transaction carries no such refund"
        for call in calls_in(transaction.octets, _REFUND):
            if payment_id(call["account"], call["nonce"]) != given["payment"]:
                continue
            total = call["refundedTotal"]
            if total != refunded + given["amount"]:
                why = f"the shop signed {total} cents in all, and {refunded} and {given['amount']} were given back"
                continue
            try:
                SignedRefund(self.domain, call["signature"], Refund(given["payment"], total)).check(given["merchant"])
            except VerificationError:
                why = "the shop did not sign the refund"
                continue
            self.verified += 1
            return None
        return why
