# SPDX-License-Identifier: EUPL-1.2
"""One fund as its events tell it, each event checked against the rules that its rulebook compiles to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from programmable_money.audit.claims import ClaimProofs
from programmable_money.audit.node import Transaction
from programmable_money.audit.payments import PaymentSignatures
from programmable_money.audit.registry_state import RegistryState
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.audit.spending_rules import SpendingRules
from programmable_money.messages import Address
from programmable_money.model import ChainEvent, FundRules

__all__ = ["FundState", "PaymentState", "ShopState"]

_DAY: Final = 86_400
_UNIX_EPOCH_DAY: Final = 25_567
"""1970-01-01 in days since 1900-01-01."""


@dataclass(slots=True)
class ShopState:
    """A shop so far."""

    category: int
    is_approved: bool
    batch: int = 0
    owed: int = 0


@dataclass(slots=True)
class PaymentState:
    """A payment so far; amounts in cents."""

    account: Address
    merchant: Address
    amount: int
    batch: int
    paid_at: int
    refunded: int = 0


@dataclass(slots=True)
class FundState:
    """Everything about one fund, followed event by event.

    Attributes:
        claims: number of claims by validator.
        accepted: keys whose statement the fund keeps, and where it keeps it.
        settled_in: cents settled by transaction and reference.
    """

    rules: FundRules
    registry: RegistryState
    proofs: ClaimProofs
    signatures: PaymentSignatures
    findings: Findings
    spending: SpendingRules
    is_paused: bool = False
    is_closed: bool = False
    is_opened: bool = False
    sponsor: Address | None = None
    accepted: dict[bytes, Address] = field(default_factory=dict)
    nullifiers: dict[bytes, int] = field(default_factory=dict)
    claims: dict[Address, int] = field(default_factory=dict)
    shops: dict[Address, ShopState] = field(default_factory=dict)
    payments: dict[bytes, PaymentState] = field(default_factory=dict)
    refunds: int = 0
    settled_in: dict[tuple[str, bytes], int] = field(default_factory=dict)

    def apply(self, event: ChainEvent, transaction: Transaction) -> None:
        """Follow the next event of the fund, and note whatever the rules do not allow."""
        step = _STEPS.get(event.name)
        if step is not None:
            step(self, event, event.arguments, transaction)

    # ---- the fund itself ----

    def _opened(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        if self.is_opened:
            self._wrong(DifferenceKind.RULES, event, "the fund was opened twice")
        if (given["rulebook"], given["period"]) != (self.rules.rulebook_hash, self.rules.period):
            self._wrong(DifferenceKind.RULES, event, "the fund was opened for another rulebook or period")
        self.is_opened, self.sponsor = True, given["sponsor"]

    def _handed_over(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        self.sponsor = given["to"]

    def _paused(self, event: ChainEvent, _given: Mapping[str, Any], _: Transaction) -> None:
        self.is_paused = event.name == "Paused"

    def _closed(self, event: ChainEvent, _given: Mapping[str, Any], _: Transaction) -> None:
        if event.emitted_at < self.rules.closes_at or self.is_closed:
            self._wrong(DifferenceKind.RULES, event, "the fund was closed before its end, or twice")
        self.is_closed = True

    # ---- claims ----

    def _accepted(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        key = self.registry.keys.get(given["keyId"])
        if key is None or given["validator"] != key.validator or key.validator not in self.rules.validators:
            self._wrong(DifferenceKind.CLAIM_KEY, event, "the fund accepted a key of no validator in its rules")
        self.accepted[given["keyId"]] = given["statement"]

    def _claimed(self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction) -> None:
        rules, claim = self.rules, f"claim 0x{given['nullifier'].hex()}"
        today = event.emitted_at // _DAY + _UNIX_EPOCH_DAY
        if self.is_paused or not rules.opens_at <= event.emitted_at < rules.claims_until:
            self._wrong(DifferenceKind.CLAIM_RULE, event, f"{claim}: the fund was paused or not open for claims")
        if given["asOf"] not in {today, today - 1}:
            self._wrong(DifferenceKind.CLAIM_RULE, event, f"{claim}: its day is neither that day nor the one before")
        if given["nullifier"] in self.nullifiers:
            first = self.nullifiers[given["nullifier"]]
            self._wrong(DifferenceKind.NULLIFIER_REUSED, event, f"{claim}: the same person claimed in block {first}")
        self.nullifiers.setdefault(given["nullifier"], event.block)
        key = self.registry.keys.get(given["keyId"])
        if key is None or given["keyId"] not in self.accepted:
            self._wrong(DifferenceKind.CLAIM_KEY, event, f"{claim}: its validator's key was not known or not accepted")
            return
        if key.type_id != self.proofs.terms.header.type_id:
            self._wrong(DifferenceKind.CLAIM_KEY, event, f"{claim}: its validator's key is for other credentials")
        if why := key.why_invalid(event.emitted_at):
            self._wrong(DifferenceKind.CLAIM_KEY, event, f"{claim}: its validator's key {why}")
        self.claims[key.validator] = self.claims.get(key.validator, 0) + 1
        if self.claims[key.validator] > rules.claims_per_validator:
            self._wrong(DifferenceKind.CAP_EXCEEDED, event, f"{claim}: its validator had {rules.claims_per_validator}")
        if why := self.proofs.why_wrong(event, transaction, key):
            self._wrong(DifferenceKind.CLAIM_PROOF, event, f"{claim}: {why}")

    # ---- shops ----

    def _shop_approved(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        if given["category"] not in self.rules.categories:
            self._wrong(DifferenceKind.RULES, event, f"shop {given['merchant']} is in a category without a rule")
        shop = self.shops.setdefault(given["merchant"], ShopState(given["category"], True))
        shop.category, shop.is_approved = given["category"], True

    def _shop_suspended(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        shop = self.shops.setdefault(given["merchant"], ShopState(0, False))
        shop.is_approved = False

    def _paid(self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction) -> None:
        payment, shop = f"payment 0x{given['payment'].hex()}", self.shops.get(given["merchant"])
        if self._is_shut(event):
            self._wrong(DifferenceKind.PAYMENT_RULE, event, f"{payment}: the fund was paused or not open")
        if shop is None or not shop.is_approved:
            self._wrong(DifferenceKind.PAYMENT_RULE, event, f"{payment}: the shop was not approved")
            shop = self.shops.setdefault(given["merchant"], ShopState(0, False))
        if given["payment"] in self.payments:
            self._wrong(DifferenceKind.PAYMENT_RULE, event, f"{payment}: its permit was used before")
        if given["amount"] <= 0:
            self._wrong(DifferenceKind.PAYMENT_RULE, event, f"{payment}: nothing was paid")
        shop.owed += given["amount"]
        made = PaymentState(given["account"], given["merchant"], given["amount"], shop.batch, event.emitted_at)
        self.payments[given["payment"]] = made
        if limit := self.spending.why_not_pay(given["account"], given["merchant"], shop.category, given["amount"]):
            self._wrong(DifferenceKind.PAYMENT_RULE, event, f"{payment}: {limit}")
        if why := self.signatures.why_wrong(event, transaction):
            kind = DifferenceKind.PAYMENT_SIGNATURE if why.is_signature else DifferenceKind.PAYMENT_RULE
            self._wrong(kind, event, f"{payment}: {why.text}")

    def _refunded(self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction) -> None:
        name, payment = f"refund of payment 0x{given['payment'].hex()}", self.payments.get(given["payment"])
        self.refunds += 1
        if payment is None:
            self._wrong(DifferenceKind.REFUND, event, f"{name}: there was no such payment")
            return
        shop = self.shops[payment.merchant]
        if self._is_shut(event):
            self._wrong(DifferenceKind.REFUND, event, f"{name}: the fund was paused or not open")
        if (given["account"], given["merchant"]) != (payment.account, payment.merchant):
            self._wrong(DifferenceKind.REFUND, event, f"{name}: another account or shop than the payment's")
        if payment.batch != shop.batch:
            self._wrong(DifferenceKind.REFUND, event, f"{name}: the shop was settled before")
        if not 0 < given["amount"] <= payment.amount - payment.refunded:
            self._wrong(DifferenceKind.REFUND, event, f"{name}: {given['amount']} cents of what was not left")
        if limit := self.spending.why_not_refund(payment.account, payment.merchant, shop.category, given["amount"]):
            self._wrong(DifferenceKind.REFUND, event, f"{name}: {limit}")
        if why := self.signatures.why_refund_wrong(event, transaction, payment.refunded):
            self._wrong(DifferenceKind.REFUND, event, f"{name}: {why}")
        payment.refunded += given["amount"]
        shop.owed -= given["amount"]

    def _settled(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        shop, reference = self.shops.get(given["merchant"]), given["settlementReference"]
        name = f"settlement 0x{reference.hex()} of {given['merchant']}"
        place = event.transaction, reference
        self.settled_in[place] = self.settled_in.get(place, 0) + given["amount"]
        if shop is None:
            self._wrong(DifferenceKind.SETTLEMENT, event, f"{name}: it is no shop")
            return
        if given["amount"] != shop.owed or given["amount"] <= 0:
            text = f"{name}: {given['amount']} cents were settled and {shop.owed} were owed"
            self._wrong(DifferenceKind.SETTLEMENT, event, text)
        if given["batch"] != shop.batch + 1:
            self._wrong(DifferenceKind.SETTLEMENT, event, f"{name}: batch {given['batch']} comes after {shop.batch}")
        shop.batch, shop.owed = given["batch"], 0

    # ---- inside ----

    def _is_shut(self, event: ChainEvent) -> bool:
        return self.is_paused or not self.rules.opens_at <= event.emitted_at < self.rules.closes_at

    def _wrong(self, kind: DifferenceKind, event: ChainEvent, text: str) -> None:
        self.findings.add(kind, text, block=event.block, transaction=event.transaction)


_STEPS: Final[Mapping[str, Callable[[FundState, ChainEvent, Mapping[str, Any], Transaction], None]]] = {
    "Opened": FundState._opened,
    "HandedOver": FundState._handed_over,
    "Paused": FundState._paused,
    "Unpaused": FundState._paused,
    "Closed": FundState._closed,
    "Accepted": FundState._accepted,
    "Claimed": FundState._claimed,
    "MerchantApproved": FundState._shop_approved,
    "MerchantSuspended": FundState._shop_suspended,
    "Paid": FundState._paid,
    "Refunded": FundState._refunded,
    "MerchantSettled": FundState._settled,
}
