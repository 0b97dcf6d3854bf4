# SPDX-License-Identifier: EUPL-1.2
"""One pass as its events tell it: activations, offers and uses, each checked against the rules (pass.md)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from programmable_money.abi import interface
from programmable_money.audit.budget_state import BudgetState
from programmable_money.audit.calls import calls_in
from programmable_money.audit.claim_checks import ClaimChecks, Told, matches
from programmable_money.audit.claims import CarriedClaim, Place
from programmable_money.audit.node import Transaction
from programmable_money.audit.report import DifferenceKind
from programmable_money.messages import ZERO_ADDRESS, Address, PaymentDomain, parse_address, recipient
from programmable_money.messages.pass_offers import Quote, Reduction, split
from programmable_money.messages.passes import OfferUseMessage, SignedOfferUse, use_recipient, use_slot
from programmable_money.model import ChainEvent, from_unix
from programmable_money.passes.calls import ACTIVATION, USE
from programmable_money.passes.rules import PassRules
from ssi.claim.proof import Claim
from ssi.errors import VerificationError

__all__ = ["ACTIVATING", "OfferTerms", "PassState"]

_ACTIVATE: Final = interface("Pass").functions["activate"]
_USE: Final = interface("Pass").functions["use"]
ACTIVATING: Final = Place(0, ACTIVATION)
"""Where a pass is activated."""


@dataclass(slots=True)
class OfferTerms:
    """An offer's numbers as they stand on chain, and what became of it. Cents, unix seconds.

    Attributes:
        months: bit 0 is January.
        used: how often, by all together.
    """

    members: tuple[Any, ...]
    used: int = 0
    is_withdrawn: bool = False

    @property
    def uses_per_pass(self) -> int:
        """How often each pass may use it."""
        return int(self.members[4])

    def why_not(self, at: int, number: int) -> str | None:
        """Why nobody can use it now for the ``number``-th time, in words; None when somebody can."""
        months, starts_at, ends_at, total = self.members[6], *self.members[10:13]
        if self.is_withdrawn:
            return "the offer was withdrawn"
        if at < starts_at or (ends_at and at >= ends_at):
            return "the offer had not started, or was over"
        if not months >> (from_unix(at).month - 1) & 1:
            return "the offer does not hold in that month"
        if total and self.used >= total:
            return "the offer had run out"
        return None if number < self.uses_per_pass else "a pass may not use the offer that often"

    def why_not_here(self, merchant: Address, category: int) -> str | None:
        """Why a shop cannot give it, in words."""
        only = parse_address(self.members[1])
        if only not in {ZERO_ADDRESS, merchant} or category != self.members[2]:
            return "another shop gives the offer"
        return None

    def quote(self, price: int) -> Quote | None:
        """Who pays what of a price; None for a price that it does not have."""
        _, _, _, reduction, _, percent, _, own, value, most, *_ = self.members
        return split(price, own_price=own, reduction=Reduction(reduction), value=value, most=most, percent=percent)


@dataclass(slots=True, kw_only=True)
class PassState(BudgetState):
    """Everything about one pass, followed event by event.

    Args:
        registry, euro: those that the contract names.
        domain: what shops sign for.
    Attributes:
        signed: how many shops' signatures were found to hold.
    """

    rules: PassRules
    claims: ClaimChecks
    registry: Address
    domain: PaymentDomain
    is_opened: bool = False
    activated: dict[Address, int] = field(default_factory=dict)
    offers: dict[int, OfferTerms] = field(default_factory=dict)
    signed: int = 0

    @property
    def verified(self) -> int:
        """How many shops' signatures were found to hold."""
        return self.signed

    def opened(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """PassOpened."""
        if self.is_opened:
            self.wrong(DifferenceKind.RULES, event, "the pass was opened twice")
        if (given["rulebook"], given["period"]) != (self.rules.rulebook_hash, self.rules.period):
            self.wrong(DifferenceKind.RULES, event, "the pass was opened for another rulebook or period")
        if (given["registry"], given["euro"]) != (self.registry, self.euro):
            self.wrong(DifferenceKind.RULES, event, "the pass was opened with another registry or euro than it names")
        self.is_opened, self.sponsor = True, given["sponsor"]

    def accepted(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """SlotAccepted."""
        self.claims.accept(event, Place(given["slot"], given["terms"]))

    def activation(self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction) -> None:
        """Activated."""
        told = Told.of(event, "activation", ACTIVATING)
        if self.is_paused or not self.rules.opens_at <= event.emitted_at < self.rules.activate_until:
            self.wrong(DifferenceKind.CLAIM_RULE, event, f"{told.name}: it was paused or not open for activations")
        if given["account"] in self.activated:
            self.wrong(DifferenceKind.CLAIM_RULE, event, f"{told.name}: its account had a pass")
        self.activated.setdefault(given["account"], event.emitted_at)
        self.claims.check(told, self._activations_in(event, transaction))

    def _activations_in(self, event: ChainEvent, transaction: Transaction) -> Iterator[CarriedClaim]:
        for call in calls_in(transaction.octets, _ACTIVATE):
            if matches(call, event, "keyId", "account", "asOf"):
                yield CarriedClaim(Claim(recipient(call["account"]), call["asOf"], ()), call["proof"])

    # ---- offers ----

    def offer_published(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """OfferPublished."""
        number, members = given["offer"], tuple(given["terms"])
        if number != len(self.offers) + 1:
            self.wrong(DifferenceKind.RULES, event, f"offer {number} is not the next one")
        if members[2] not in self.rules.categories:
            self.wrong(DifferenceKind.RULES, event, f"offer {number} is for shops of a category without a rule")
        self.offers[number] = OfferTerms(members)

    def offer_withdrawn(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """OfferWithdrawn."""
        offer = self.offers.get(given["offer"])
        if offer is None or offer.is_withdrawn:
            self.wrong(DifferenceKind.RULES, event, f"offer {given['offer']} cannot be withdrawn")
            return
        offer.is_withdrawn = True

    def offer_used(self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction) -> None:
        """OfferUsed."""
        number, name = given["number"], f"use 0x{given['nullifier'].hex()} of offer {given['offer']}"
        if self.is_shut(event):
            self.wrong(DifferenceKind.PAYMENT_RULE, event, f"{name}: it was paused or not open")
        shop = self.shop_that_sells(event, name)
        shop.owed += given["sponsorPart"]
        offer = self.offers.get(given["offer"])
        if offer is None:
            self.wrong(DifferenceKind.PAYMENT_RULE, event, f"{name}: there is no such offer")
            return
        why = offer.why_not(event.emitted_at, number) or offer.why_not_here(given["merchant"], shop.category)
        if why is not None:
            self.wrong(DifferenceKind.PAYMENT_RULE, event, f"{name}: {why}")
        quote = offer.quote(given["price"])
        if quote is None or (given["reduction"], given["sponsorPart"]) != (quote.reduction, quote.sponsor):
            text = f"{name}: another price, reduction or sponsor's part than the offer's"
            self.wrong(DifferenceKind.PAYMENT_RULE, event, text)
        offer.used += 1
        if offer.used > len(self.activated) * offer.uses_per_pass:
            text = f"{name}: more uses than {len(self.activated)} passes may make"
            self.wrong(DifferenceKind.CAP_EXCEEDED, event, text)
        told = Told(
            event,
            name,
            given["nullifier"],
            given["keyId"],
            given["asOf"],
            Place(use_slot(given["offer"], number), USE),
        )
        shown = list(self._uses_in(event, transaction))
        self.claims.check(told, (self._carried(use.shown) for use in shown))
        if any(self._is_signed(use) for use in shown if use.shown.nullifier == given["nullifier"]):
            self.signed += 1
        else:
            self.wrong(DifferenceKind.PAYMENT_SIGNATURE, event, f"{name}: the shop did not sign it")

    def _uses_in(self, event: ChainEvent, transaction: Transaction) -> Iterator[SignedOfferUse]:
        """The uses that the event's transaction carries, of the same offer, number, key, shop, price and day."""
        for call in calls_in(transaction.octets, _USE):
            if not matches(call, event, "offer", "number", "keyId", "merchant", "price", "asOf"):
                continue
            place = call["offer"], call["number"], call["keyId"]
            shown = OfferUseMessage(self.domain, *place, call["merchant"], call["price"], call["asOf"], call["proof"])
            try:
                yield SignedOfferUse(self.domain, call["signature"], shown)
            except VerificationError:
                continue

    @staticmethod
    def _carried(shown: OfferUseMessage) -> CarriedClaim:
        return CarriedClaim(Claim(use_recipient(shown.merchant, shown.price), shown.as_of, ()), shown.proof)

    @staticmethod
    def _is_signed(use: SignedOfferUse) -> bool:
        try:
            use.check()
        except VerificationError:
            return False
        return True


PassState.STEPS = {
    **BudgetState.STEPS,
    "PassOpened": PassState.opened,
    "SlotAccepted": PassState.accepted,
    "Activated": PassState.activation,
    "OfferPublished": PassState.offer_published,
    "OfferWithdrawn": PassState.offer_withdrawn,
    "OfferUsed": PassState.offer_used,
}
