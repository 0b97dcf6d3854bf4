# SPDX-License-Identifier: EUPL-1.2
"""A shop's till for a pass: it verifies the proof itself, then signs what it gives (pass.md 3.2). Pure.

The contract verifies again, and it alone decides what the sponsor owes. The till's own check is for the shop: it needs
nothing but what was read from the chain before, and says at once whether to give the offer.

Invariants:

- The only module that makes a ``VerifiedUse``; ``PassTill.sign`` takes nothing else, and each one once.
- A ``VerifiedUse`` says that a pass is valid, for which offer, and who pays what. Nothing else is learnt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from programmable_money.messages import ZERO_ADDRESS, Address, PaymentDomain, Scope, address_of
from programmable_money.messages.pass_offers import PassOffer, Quote
from programmable_money.messages.passes import OfferUseMessage, SignedOfferUse, use_recipient
from programmable_money.refusals import RefusalReason
from programmable_money.till import TillError
from ssi.claim.proof import Claim
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms
from ssi.claim.verify import verify_claim
from ssi.credential.days import day_number
from ssi.errors import VerificationError

__all__ = ["PassTill", "VerifiedUse"]


@dataclass(frozen=True, slots=True)
class VerifiedUse:
    """A valid pass. Made by ``PassTill.verify``.

    Attributes:
        offer: its number.
        quote: who pays what; the citizen pays ``quote.citizen`` at the till.
    """

    offer: int
    quote: Quote
    shown: OfferUseMessage = field(repr=False)


@dataclass(slots=True)
class PassTill:
    """One shop's till for one pass.

    Args:
        scope: of the pass, without a slot.
        terms: what a use must prove, compiled from the rulebook.
        desk_keys: public keys (96 octets) with which the desk issues, by their ids, as the registry has them now.
        offers: by number, each compared with the chain (``Pass.check_offer``).
        category: of the shop, its index in the rulebook.
        private_key: the shop's, 32 octets.
        is_claimed: whether the contract knows a nullifier already; for a till without a network, what it last read.
    """

    scope: Scope
    terms: ClaimTerms
    desk_keys: Mapping[bytes, bytes]
    offers: Mapping[int, PassOffer]
    category: int
    private_key: bytes = field(repr=False)
    is_claimed: Callable[[bytes], bool]
    _given: set[bytes] = field(default_factory=set, repr=False)

    @property
    def merchant(self) -> Address:
        """The shop's account."""
        return address_of(self.private_key)

    def verify(self, shown: OfferUseMessage, *, offer: int, price: int, now: datetime) -> VerifiedUse:
        """Verify what a wallet shows for what the till asked.

        Args:
            shown: as received.
            offer: the number of the offer that the till shows.
            price: cents, before the reduction, that the till shows.
            now: aware.
        Raises:
            TillError: with the reason for which the contract would refuse.
        """
        quote = self._quote(offer, price, now)
        if shown.domain != PaymentDomain(self.scope.chain_id, self.scope.fund):
            raise TillError(RefusalReason.PROOF_INVALID)
        if shown.merchant != self.merchant:
            raise TillError(RefusalReason.WRONG_SHOP)
        if shown.offer != offer:
            raise TillError(RefusalReason.BAD_INPUT)
        if shown.price != price:
            raise TillError(RefusalReason.WRONG_PRICE)
        if shown.number >= self.offers[offer].uses_per_pass:
            raise TillError(RefusalReason.OFFER_USED_UP)
        if shown.key_id not in self.desk_keys:
            raise TillError(RefusalReason.VALIDATOR_NOT_ACCEPTED)
        today = day_number(now.astimezone(UTC).date())
        if shown.as_of not in {today - 1, today}:
            raise TillError(RefusalReason.STALE_CLAIM)
        statement = Statement.of(self.terms, self.desk_keys[shown.key_id], self.scope.in_slot(shown.slot).context_id)
        claim = Claim(use_recipient(shown.merchant, shown.price), shown.as_of, ())
        try:
            verified = verify_claim(statement, claim, shown.proof)
        except VerificationError as error:
            raise TillError(RefusalReason.PROOF_INVALID) from error
        if verified.nullifier in self._given or self.is_claimed(verified.nullifier):
            raise TillError(RefusalReason.ALREADY_CLAIMED)
        return VerifiedUse(offer, quote, shown)

    def sign(self, use: VerifiedUse) -> SignedOfferUse:
        """Sign a use that was verified; whoever has the result delivers it to the contract.

        Raises:
            TillError: ``already_claimed``: this till has signed it before.
        """
        if use.shown.nullifier in self._given:
            raise TillError(RefusalReason.ALREADY_CLAIMED)
        self._given.add(use.shown.nullifier)
        return SignedOfferUse.sign(use.shown, self.private_key)

    def _quote(self, number: int, price: int, now: datetime) -> Quote:
        """What the offer is worth here and now; refuses what this till should not even show."""
        if number not in self.offers:
            raise TillError(RefusalReason.UNKNOWN_OFFER)
        offer = self.offers[number]
        closed = offer.why_not(now)
        if closed is not None:
            raise TillError(RefusalReason(closed.value))
        if offer.merchant not in {ZERO_ADDRESS, self.merchant}:
            raise TillError(RefusalReason.WRONG_SHOP)
        if offer.category != self.category:
            raise TillError(RefusalReason.OFFER_OF_OTHER_SHOPS)
        quote = offer.quote(price)
        if quote is None:
            raise TillError(RefusalReason.WRONG_PRICE)
        return quote
