# SPDX-License-Identifier: EUPL-1.2
"""At the tills: visits through the year, and what shops and citizens must not get away with."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from examples.casting import Shop
from examples.stadjerspas import attempts
from examples.stadjerspas.cast import Cast, Citizen
from examples.stadjerspas.report import Report
from examples.stadjerspas.visits import Outcome, Visit
from examples.telling import Teller
from holder.passes.refusals import PassRefusedError
from programmable_money.chain import Receipt
from programmable_money.messages.passes import OfferUseMessage, SignedOfferUse
from programmable_money.model import Amount, to_unix
from programmable_money.passes.wording import pass_sentence
from programmable_money.refusals import RefusedError
from programmable_money.service import relay_offer_use
from ssi.keccak import keccak256

__all__ = ["Tills"]

_OFF_LICENCE: Final = "De Vrolijke Fles"


class Tills:
    """Every shop's till.

    Args:
        citizens: by the reference of their record.
        report: where uses are counted.
    """

    def __init__(self, cast: Cast, citizens: dict[str, Citizen], report: Report, teller: Teller) -> None:
        self.cast, self.citizens, self.report, self.teller = cast, citizens, report, teller
        self.seen: dict[str, list[SignedOfferUse]] = defaultdict(list)
        """What each shop saw, by its name."""

    def visit(self, visit: Visit) -> None:
        """Somebody comes to a till; accepted, or refused by the wallet and the contract for one and the same reason."""
        self.wait_for(visit)
        citizen, shop = self.citizens[visit.person], self.cast.shops[visit.shop]
        try:
            signed = self.show(citizen, visit.offer, shop, visit.price)
        except PassRefusedError as refused:
            self._confirm(visit, citizen, shop, refused)
            return
        self.deliver(signed)

    def wait_for(self, visit: Visit) -> None:
        """Until the visit's moment."""
        moment = to_unix(visit.at)
        if moment > self.cast.chain.now():
            self.cast.chain.travel_to(moment)

    def show(self, citizen: Citizen, offer: str, shop: Shop, price: int) -> SignedOfferUse:
        """The wallet proves, the till verifies it itself and signs. Nothing is delivered yet."""
        cast, number = self.cast, self.cast.numbers[offer]
        plan = citizen.wallet.passes.plan_use(cast.view(), number, shop.address, price, now=cast.now())
        shown = OfferUseMessage.from_json(citizen.wallet.passes.use(plan, now=cast.now()).to_json())
        till = cast.till(shop)
        signed = till.sign(till.verify(shown, offer=number, price=price, now=cast.now()))
        self.seen[shop.name].append(signed)
        return signed

    def deliver(self, signed: SignedOfferUse) -> Receipt:
        """A relayer brings it to the contract; the event says who paid what."""
        receipt = relay_offer_use(self.cast.opened, SignedOfferUse.from_json(signed.to_json()))
        used = next(event.arguments for event in receipt.events if event.name == "OfferUsed")
        price, off, part = used["price"], used["reduction"], used["sponsorPart"]
        self.report.outcomes.append(Outcome(None, price - off, part, off - part))
        self.report.citizens_cents += price - off
        self.report.sponsor_cents += part
        self.report.shops_cents += off - part
        self.report.use_gas.append(receipt.gas_used)
        return receipt

    def first_visit(self, visit: Visit) -> None:
        """One visit in slow motion: what the wallet shows, what a shop must not do with it, and the same once more."""
        self.wait_for(visit)
        cast, teller = self.cast, self.teller
        citizen, shop = self.citizens[visit.person], cast.shops[visit.shop]
        other = next(one for one in cast.shops.values() if one.category == shop.category and one is not shop)
        name = citizen.first_name
        signed = self.show(citizen, visit.offer, shop, visit.price)
        quote = cast.documents[visit.offer].quote(visit.price)
        if quote is None:
            raise RuntimeError("the first visit has a price that the offer takes")
        logged = citizen.wallet.consents.entries[-1]
        teller.say(f"{name} goes swimming. The till shows offer and price; her wallet asks her, and writes down:")
        written = [("shown", f"{item.name} = {item.value}") for item in logged.disclosed]
        teller.shown([*written, *(("proved", text) for text in logged.proven)])
        self._dishonest_shop(signed, citizen, visit, other)
        self.deliver(signed)
        teller.done(
            f"{shop.name} sees: valid. Of {Amount(visit.price)} {name} pays {Amount(quote.citizen)}, "
            f"the municipality {Amount(quote.sponsor)}, the shop {Amount(quote.merchant)}."
        )
        self.refused(f"{shop.name} delivers the same use once more.", lambda: relay_offer_use(cast.opened, signed))
        teller.sees(
            the_shop="that a pass is valid, the offer and the price; no name, no income, no account, no earlier visit",
            everyone="that somebody used this offer at this shop today, for the first time",
        )

    def refused(self, attempt: str, action: Callable[[], object]) -> None:
        """An attempt that the contract must refuse; RuntimeError if it does not."""
        try:
            action()
        except RefusedError as refused:
            self.report.attempts_refused[refused.reason.value] += 1
            self.teller.refused(attempt, refused.reason.value, pass_sentence(refused.reason))
            return
        raise RuntimeError(f"this must be refused and was accepted: {attempt}")

    def _dishonest_shop(self, signed: SignedOfferUse, citizen: Citizen, visit: Visit, other: Shop) -> None:
        """Everything that a shop could try with a use that was shown to it, or to another one."""
        cast, shown = self.cast, signed.shown
        shop = cast.shops[visit.shop]
        bottle = Shop(_OFF_LICENCE, "alcohol", "", cast.chain.account(keccak256(_OFF_LICENCE.encode())))

        def deliver(message: OfferUseMessage, by: Shop) -> Callable[[], object]:
            return lambda: relay_offer_use(cast.opened, SignedOfferUse.sign(message, by.account.key))

        dearer = attempts.own_use(citizen, cast, visit.offer, shown.number, shop.address, visit.price + 100)
        drunk = attempts.own_use(citizen, cast, visit.offer, shown.number, bottle.address, visit.price)
        self.refused(f"{other.name} signs for what {shop.name} sold.", deliver(shown, other))
        self.refused(
            f"{other.name} puts its own name into the use that was shown to {shop.name}.",
            deliver(replace(shown, merchant=other.address), other),
        )
        self.refused(
            f"{shop.name} uses the proof for another use of the offer.", deliver(replace(shown, number=1), shop)
        )
        self.refused(
            f"{shop.name} and {citizen.first_name} agree on {Amount(dearer.price)}; the offer says "
            f"{Amount(visit.price)}.",
            deliver(dearer, shop),
        )
        self.refused(f"The off-licence {_OFF_LICENCE} takes the pass.", deliver(drunk, bottle))

    def _confirm(self, visit: Visit, citizen: Citizen, shop: Shop, refused: PassRefusedError) -> None:
        """Software of one's own makes the proof all the same: the contract gives the reason that the wallet gave."""
        offer = self.cast.documents[visit.offer]
        known = next(held for held in citizen.wallet.passes.held if held.scope == self.cast.opened.scope())
        number = len(known.numbers(self.cast.numbers[visit.offer]))
        forged = attempts.own_use(citizen, self.cast, visit.offer, number, shop.address, visit.price)
        try:
            self.cast.opened.use(SignedOfferUse.sign(forged, shop.account.key))
        except RefusedError as error:
            if error.reason.value != refused.reason.value:
                raise RuntimeError(f"{refused.reason.value} in the wallet, {error.reason.value} on chain") from error
            self.report.outcomes.append(Outcome(error.reason.value))
            self.report.visits_refused[error.reason.value] += 1
            what = f"{citizen.first_name}, {visit.at.day} {visit.at:%B}: {offer.title.en}."
            self.teller.refused(what, error.reason.value, refused.text.en)
            return
        raise RuntimeError("the contract accepted what the wallet refused")
