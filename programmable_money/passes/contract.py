# SPDX-License-Identifier: EUPL-1.2
"""One pass on a chain: its activations, its offers and their uses: ``IPass``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from programmable_money.budget_contract import BudgetContract
from programmable_money.calls import ContractCall
from programmable_money.chain import Chain, Receipt
from programmable_money.euro import MunicipalEuro
from programmable_money.fund import WrongRulesError
from programmable_money.messages import Address, Scope
from programmable_money.messages.pass_offers import PassOffer, Quote
from programmable_money.messages.passes import ACTIVATION_SLOT, ActivationMessage, SignedOfferUse, use_slot
from programmable_money.model import MoneyError
from programmable_money.passes.calls import ACTIVATION, USE, activate_call, use_call
from programmable_money.passes.rules import DESK, PassRules, summary
from programmable_money.registry import TrustRegistry
from programmable_money.rules import RulesTuple, tuples_of
from programmable_money.slotted_claims import SlottedClaims

__all__ = ["OfferState", "Pass", "WrongOfferError"]

_VALIDATORS: Final = 7


class WrongOfferError(MoneyError):
    """A document is not the one that an offer was published with."""


@dataclass(frozen=True, slots=True)
class OfferState:
    """What has become of an offer.

    Attributes:
        used: how often, by all together.
    """

    used: int
    is_withdrawn: bool


class Pass(SlottedClaims, BudgetContract):
    """One pass contract; ``Pass(chain, chain.at("Pass", address))`` for a known one."""

    @classmethod
    def deploy(
        cls, chain: Chain, rules: RulesTuple, registry: TrustRegistry, euro: MunicipalEuro, *, sponsor: LocalAccount
    ) -> "Pass":
        """Open a pass; from now on its rules are fixed."""
        addresses = registry.contract.address, euro.contract.address, sponsor.address
        return cls(chain, chain.deploy("Pass", rules, *addresses, sender=sponsor))

    # ---- reading ----

    def raw_rules(self) -> RulesTuple:
        """The contract's rules as ``programmable_money.passes.rules.pass_rules_of`` writes them."""
        frozen = tuples_of(self.chain.call(self.contract, "rules")[0])
        validators = tuple(to_checksum_address(validator) for validator in frozen[_VALIDATORS])
        desk = to_checksum_address(frozen[DESK])
        rules: RulesTuple = (*frozen[:_VALIDATORS], validators, frozen[_VALIDATORS + 1], desk, frozen[DESK + 1])
        return rules

    def rules(self) -> PassRules:
        """The rules without the claim terms."""
        return summary(self.raw_rules())

    def check_rules(self, expected: RulesTuple) -> None:
        """Refuse a pass that does not follow its rulebook; WrongRulesError names the first member that differs."""
        for index, (ours, theirs) in enumerate(zip(expected, self.raw_rules(), strict=True)):
            if ours != theirs:
                raise WrongRulesError(f"member {index} of the pass's rules is not what the rulebook says")

    def scope(self) -> Scope:
        """The programme's scope, without a slot."""
        rules = self.rules()
        return Scope(self.chain.chain_id, self.address, rules.rulebook_hash, rules.period)

    def activations_of(self, validator: Address) -> int:
        """How many activations the validator's credentials made, of ``rules().activations_per_validator``."""
        return int(self.chain.call(self.contract, "claimsOf", validator)[0])

    def is_activated(self, account: Address) -> bool:
        """Whether the desk may issue a pass credential to this account's holder."""
        return bool(self.chain.call(self.contract, "isActivated", account)[0])

    def offers(self) -> int:
        """How many offers were published; they are numbered from 1."""
        return int(self.chain.call(self.contract, "offers")[0])

    def offer_state(self, number: int) -> OfferState:
        """What has become of an offer; RefusedError ``unknown_offer``."""
        _, used, is_withdrawn = self.chain.call(self.contract, "offerOf", number)
        return OfferState(int(used), bool(is_withdrawn))

    def published_offers(self) -> dict[int, bytes]:
        """The description hash of each offer by its number, from the events."""
        events = self.chain.events([self.contract])
        return {
            event.arguments["offer"]: event.arguments["terms"][0] for event in events if event.name == "OfferPublished"
        }

    def check_offer(self, number: int, offer: PassOffer) -> None:
        """Refuse a document that is not the published one of this number: WrongOfferError."""
        members = tuple(self.chain.call(self.contract, "offerOf", number)[0])
        ours = offer.members
        if self.published_offers().get(number) != offer.description:
            raise WrongOfferError(f"offer {number} was published with another text")
        theirs = (ours[0], to_checksum_address(members[1]), *members[2:])
        if theirs != ours:
            raise WrongOfferError(f"offer {number} on the chain is not what its document says")

    def quote(self, number: int, price: int) -> Quote:
        """Who pays what of a price, as the contract says; RefusedError."""
        return Quote(*(int(part) for part in self.chain.call(self.contract, "quote", number, price)))

    # ---- the sponsor ----

    def publish_offer(self, offer: PassOffer, *, sponsor: LocalAccount) -> int:
        """Publish an offer; its number. The document must be there for everybody to read before."""
        receipt = self.chain.send(self.contract, "publishOffer", offer.members, sender=sponsor)
        return int(next(event.arguments["offer"] for event in receipt.events if event.name == "OfferPublished"))

    def withdraw_offer(self, number: int, *, sponsor: LocalAccount) -> Receipt:
        """Withdraw an offer for good."""
        return self.chain.send(self.contract, "withdrawOffer", number, sender=sponsor)

    # ---- anyone, usually a relayer ----

    def accept_activations(self, key: bytes, *, sender: LocalAccount | None = None) -> Receipt:
        """Make activations with a validator's key possible."""
        return self.accept(key, ACTIVATION_SLOT, ACTIVATION, sender=sender)

    def accept_uses(
        self, key: bytes, offer: int, numbers: Sequence[int], *, sender: LocalAccount | None = None
    ) -> tuple[Receipt, ...]:
        """(1.3) Make these uses of an offer possible with the desk's key, where nobody did before."""
        made = (self.make_sure_of(key, use_slot(offer, number), USE, sender=sender) for number in numbers)
        return tuple(receipt for receipt in made if receipt is not None)

    def activate(self, message: ActivationMessage, *, sender: LocalAccount | None = None) -> Receipt:
        """Carry an activation; the contract checks the proof."""
        return self.carry(activate_call(message), sender)

    def use(self, use: SignedOfferUse, *, sender: LocalAccount | None = None) -> Receipt:
        """Carry a use that its shop has signed. The statement must be there: ``accept_uses``."""
        return self.carry(use_call(use), sender)

    def carry(self, call: ContractCall, sender: LocalAccount | None) -> Receipt:
        """Send a call that anyone may deliver; a relayer's account pays when ``sender`` is None."""
        return self.chain.send(self.contract, call.function, *call.arguments, sender=sender)
