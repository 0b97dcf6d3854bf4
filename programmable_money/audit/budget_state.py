# SPDX-License-Identifier: EUPL-1.2
"""A sponsor's money in one programme as its events tell it: shops, settlements, pause, close, handing over."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from programmable_money.audit.node import Transaction
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.messages import Address
from programmable_money.model import ChainEvent

__all__ = ["BudgetRules", "BudgetState", "ShopState", "Step"]

Step = Callable[[Any, ChainEvent, Mapping[str, Any], Transaction], None]
"""What follows an event: the state, the event, its arguments, its transaction."""


class BudgetRules(Protocol):
    """What the rules of every programme have. Times are unix seconds."""

    @property
    def opens_at(self) -> int:
        """First second."""

    @property
    def closes_at(self) -> int:
        """First second after."""

    @property
    def categories(self) -> Collection[int]:
        """Indexes of the categories that shops may have."""


@dataclass(slots=True)
class ShopState:
    """A shop so far; cents."""

    category: int
    is_approved: bool
    batch: int = 0
    owed: int = 0


@dataclass(slots=True)
class BudgetState:
    """The budget of one contract, followed event by event; every event that the rules do not allow is noted.

    Attributes:
        euro: the token that its money is in.
        settled_in: cents settled by transaction and reference.
    """

    STEPS: ClassVar[Mapping[str, Step]] = {}
    rules: BudgetRules
    findings: Findings
    euro: Address
    is_paused: bool = False
    is_closed: bool = False
    sponsor: Address | None = None
    shops: dict[Address, ShopState] = field(default_factory=dict)
    settled_in: dict[tuple[str, bytes], int] = field(default_factory=dict)

    @property
    def verified(self) -> int:
        """How many signatures were found to hold."""
        return 0

    def apply(self, event: ChainEvent, transaction: Transaction) -> None:
        """Follow the next event of the contract."""
        step = type(self).STEPS.get(event.name)
        if step is not None:
            step(self, event, event.arguments, transaction)

    def is_shut(self, event: ChainEvent) -> bool:
        """Whether nothing may be paid or given back now."""
        return self.is_paused or not self.rules.opens_at <= event.emitted_at < self.rules.closes_at

    def wrong(self, kind: DifferenceKind, event: ChainEvent, text: str) -> None:
        """Note what an event breaks."""
        self.findings.add(kind, text, block=event.block, transaction=event.transaction)

    def shop_that_sells(self, event: ChainEvent, what: str) -> ShopState:
        """The shop of an event, which must be approved."""
        merchant = event.arguments["merchant"]
        shop = self.shops.get(merchant)
        if shop is None or not shop.is_approved:
            self.wrong(DifferenceKind.PAYMENT_RULE, event, f"{what}: the shop was not approved")
            shop = self.shops.setdefault(merchant, ShopState(0, False))
        return shop

    # ---- events that every programme has ----

    def handed_over(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """HandedOver."""
        if given["from"] != self.sponsor:
            self.wrong(DifferenceKind.RULES, event, "it was handed over by somebody else than its sponsor")
        self.sponsor = given["to"]

    def paused(self, event: ChainEvent, _given: Mapping[str, Any], _: Transaction) -> None:
        """Paused, Unpaused."""
        self.is_paused = event.name == "Paused"

    def closed(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """Closed."""
        if given["sponsor"] != self.sponsor:
            text = f"what was left went to {given['sponsor']}, and the sponsor was {self.sponsor}"
            self.wrong(DifferenceKind.ROLE, event, text)
        if event.emitted_at < self.rules.closes_at or self.is_closed:
            self.wrong(DifferenceKind.RULES, event, "it was closed before its end, or twice")
        self.is_closed = True

    def shop_approved(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """MerchantApproved."""
        if given["category"] not in self.rules.categories:
            text = f"shop {given['merchant']} is in a category without a rule"
            self.wrong(DifferenceKind.RULES, event, text)
        shop = self.shops.setdefault(given["merchant"], ShopState(given["category"], True))
        shop.category, shop.is_approved = given["category"], True

    def shop_suspended(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """MerchantSuspended."""
        shop = self.shops.setdefault(given["merchant"], ShopState(0, False))
        shop.is_approved = False

    def settled(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """MerchantSettled."""
        shop, reference = self.shops.get(given["merchant"]), given["settlementReference"]
        name = f"settlement 0x{reference.hex()} of {given['merchant']}"
        place = event.transaction, reference
        self.settled_in[place] = self.settled_in.get(place, 0) + given["amount"]
        if shop is None:
            self.wrong(DifferenceKind.SETTLEMENT, event, f"{name}: it is no shop")
            return
        if given["amount"] != shop.owed or given["amount"] <= 0:
            text = f"{name}: {given['amount']} cents were settled and {shop.owed} were owed"
            self.wrong(DifferenceKind.SETTLEMENT, event, text)
        if given["batch"] != shop.batch + 1:
            self.wrong(DifferenceKind.SETTLEMENT, event, f"{name}: batch {given['batch']} comes after {shop.batch}")
        shop.batch, shop.owed = given["batch"], 0


BudgetState.STEPS = {
    "HandedOver": BudgetState.handed_over,
    "Paused": BudgetState.paused,
    "Unpaused": BudgetState.paused,
    "Closed": BudgetState.closed,
    "MerchantApproved": BudgetState.shop_approved,
    "MerchantSuspended": BudgetState.shop_suspended,
    "MerchantSettled": BudgetState.settled,
}
