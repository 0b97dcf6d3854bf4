# SPDX-License-Identifier: EUPL-1.2
"""Payments and refunds of one contract as its events tell them, each checked against rules and signatures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from programmable_money.audit.budget_state import BudgetState
from programmable_money.audit.node import Transaction
from programmable_money.audit.payments import PaymentSignatures
from programmable_money.audit.report import DifferenceKind
from programmable_money.audit.spending_rules import SpendingRules
from programmable_money.messages import Address
from programmable_money.model import ChainEvent

__all__ = ["PaymentState", "SpendingState"]


@dataclass(slots=True)
class PaymentState:
    """A payment so far; amounts in cents."""

    account: Address
    merchant: Address
    amount: int
    batch: int
    paid_at: int
    refunded: int = 0


@dataclass(slots=True, kw_only=True)
class SpendingState(BudgetState):
    """A contract whose accounts pay: a fund or a purse."""

    signatures: PaymentSignatures
    spending: SpendingRules
    payments: dict[bytes, PaymentState] = field(default_factory=dict)
    refunds: int = 0

    @property
    def verified(self) -> int:
        """How many signatures of accounts and shops were found to hold."""
        return self.signatures.verified

    def paid(self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction) -> None:
        """Paid."""
        payment = f"payment 0x{given['payment'].hex()}"
        if self.is_shut(event):
            self.wrong(DifferenceKind.PAYMENT_RULE, event, f"{payment}: it was paused or not open")
        shop = self.shop_that_sells(event, payment)
        if given["payment"] in self.payments:
            self.wrong(DifferenceKind.PAYMENT_RULE, event, f"{payment}: its permit was used before")
        if given["amount"] <= 0:
            self.wrong(DifferenceKind.PAYMENT_RULE, event, f"{payment}: nothing was paid")
        shop.owed += given["amount"]
        made = PaymentState(given["account"], given["merchant"], given["amount"], shop.batch, event.emitted_at)
        self.payments[given["payment"]] = made
        if limit := self.spending.why_not_pay(given["account"], given["merchant"], shop.category, given["amount"]):
            self.wrong(DifferenceKind.PAYMENT_RULE, event, f"{payment}: {limit}")
        if why := self.signatures.why_wrong(event, transaction):
            kind = DifferenceKind.PAYMENT_SIGNATURE if why.is_signature else DifferenceKind.PAYMENT_RULE
            self.wrong(kind, event, f"{payment}: {why.text}")

    def refunded(self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction) -> None:
        """Refunded."""
        name, payment = f"refund of payment 0x{given['payment'].hex()}", self.payments.get(given["payment"])
        self.refunds += 1
        if payment is None:
            self.wrong(DifferenceKind.REFUND, event, f"{name}: there was no such payment")
            return
        shop = self.shops[payment.merchant]
        if self.is_shut(event):
            self.wrong(DifferenceKind.REFUND, event, f"{name}: it was paused or not open")
        if (given["account"], given["merchant"]) != (payment.account, payment.merchant):
            self.wrong(DifferenceKind.REFUND, event, f"{name}: another account or shop than the payment's")
        if payment.batch != shop.batch:
            self.wrong(DifferenceKind.REFUND, event, f"{name}: the shop was settled before")
        if not 0 < given["amount"] <= payment.amount - payment.refunded:
            self.wrong(DifferenceKind.REFUND, event, f"{name}: {given['amount']} cents of what was not left")
        if limit := self.spending.why_not_refund(payment.account, payment.merchant, shop.category, given["amount"]):
            self.wrong(DifferenceKind.REFUND, event, f"{name}: {limit}")
        if why := self.signatures.why_refund_wrong(event, transaction, payment.refunded):
            self.wrong(DifferenceKind.REFUND, event, f"{name}: {why}")
        payment.refunded += given["amount"]
        shop.owed -= given["amount"]


SpendingState.STEPS = {**BudgetState.STEPS, "Paid": SpendingState.paid, "Refunded": SpendingState.refunded}
