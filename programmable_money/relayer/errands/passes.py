# SPDX-License-Identifier: EUPL-1.2
"""What passes take from a relayer: activations and uses of offers (pass.md 2 and 3)."""

from dataclasses import dataclass

from programmable_money.calls import ContractCall
from programmable_money.messages.passes import ActivationMessage, SignedOfferUse, pseudonym_hash
from programmable_money.passes.calls import USE, activate_call, use_call
from programmable_money.relayer.errands.effects import Effect
from programmable_money.relayer.errands.errand import Errand, ErrandKind, ErrandOfOne, address_octets, number_octets
from programmable_money.relayer.errands.statements import StatementErrand, is_signed

__all__ = ["ActivationErrand", "OfferUseErrand"]


@dataclass(frozen=True, slots=True)
class ActivationErrand(ErrandOfOne[ActivationMessage]):
    """An activation as the wallet made it: its pseudonym and pass account."""

    KIND = ErrandKind.ACTIVATION
    WIRE, PATH = "activation/1", "activations"
    TYPE = ActivationMessage
    EFFECT = Effect(
        "Pass",
        "activate",
        "Activated",
        {"nullifier": lambda given: pseudonym_hash(given["proof"]), "account": lambda given: given["account"]},
    )

    @property
    def achieves(self) -> bytes:
        """Pseudonym and account."""
        return self.message.nullifier + address_octets(self.message.account)

    @property
    def call(self) -> ContractCall:
        """What is asked of the pass."""
        return activate_call(self.message)


@dataclass(frozen=True, slots=True)
class OfferUseErrand(ErrandOfOne[SignedOfferUse]):
    """The use of an offer, signed by its shop: its pseudonym, offer, shop and price."""

    KIND = ErrandKind.OFFER_USE
    WIRE, PATH = f"{SignedOfferUse.KIND}/1", "offer-uses"
    TYPE = SignedOfferUse
    EFFECT = Effect(
        "Pass",
        "use",
        "OfferUsed",
        {
            "nullifier": lambda given: pseudonym_hash(given["proof"]),
            "offer": lambda given: given["offer"],
            "merchant": lambda given: given["merchant"],
            "number": lambda given: given["number"],
            "price": lambda given: given["price"],
        },
        amount="sponsorPart",
    )

    @property
    def achieves(self) -> bytes:
        """Pseudonym, shop, offer, number and price."""
        shown = self.message.shown
        members = number_octets(shown.offer, shown.number, shown.price)
        return shown.nullifier + address_octets(shown.merchant) + members

    @property
    def call(self) -> ContractCall:
        """What is asked of the pass."""
        return use_call(self.message)

    @property
    def first(self) -> Errand:
        """(1.3) The statement of its slot."""
        shown = self.message.shown
        return StatementErrand(self.name, self.domain, shown.key_id, shown.slot, USE)

    @property
    def is_signed(self) -> bool:
        """Whether its shop signed it."""
        return is_signed(self.message)
