# SPDX-License-Identifier: EUPL-1.2
"""From the events of a pass to its key figures: activations, uses of offers, and who paid what. Pure.

Nobody can tell whether two uses are one person's: each number of an offer has a pseudonym of its own. But a person has
*one* pseudonym for each number of an offer, so the uses with one number of one offer are as many people.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from programmable_money.kpi.cells import Pseudonym, people_in
from programmable_money.kpi.model import Kpi, KpiValue
from programmable_money.messages import Address
from programmable_money.messages.pass_offers import Quote
from programmable_money.model import Amount, ChainEvent, from_unix

__all__ = ["PassFigures", "Use", "pass_figures"]


@dataclass(frozen=True, slots=True)
class Use:
    """A use of an offer; cents, aware UTC.

    Attributes:
        who: the pseudonym of this offer and number.
    """

    offer: int
    merchant: Address
    who: Pseudonym
    quote: Quote
    at: datetime


@dataclass(frozen=True, slots=True)
class PassFigures:
    """What happened with a pass. Amounts in cents.

    Attributes:
        offers: how many were published.
    """

    activations: int
    offers: int
    uses: tuple[Use, ...]

    def total(self, part: Callable[[Quote], int]) -> int:
        """A part of the prices of all uses."""
        return sum(part(use.quote) for use in self.uses)

    def kpis(self, *, entitled: int | None = None, cost: Amount | None = None) -> tuple[KpiValue, ...]:
        """The key figures.

        Args:
            entitled: people who were told of it, which only the sponsor knows.
            cost: what the programme cost beside what the sponsor paid of offers, which only the sponsor knows.
        Returns:
            Activated; active and active at most, of those who activated; the cost where it is known.
        """
        people = people_in(use.who for use in self.uses)
        most = max(people, min(len({use.who for use in self.uses}), self.activations))
        values = [
            KpiValue.of(Kpi.ACTIVATED, self.activations, entitled, people=self.activations),
            KpiValue.of(Kpi.ACTIVE, people, self.activations, people=people),
            KpiValue.of(Kpi.ACTIVE_AT_MOST, most, self.activations, people=people),
        ]
        if cost is not None:
            spent = self.total(lambda quote: quote.sponsor)
            values.append(KpiValue.of(Kpi.COST_PER_EURO, cost.cents, spent, people=people))
        return tuple(values)


def pass_figures(events: Iterable[ChainEvent], address: Address) -> PassFigures:
    """Read the events of one pass; others are passed over."""
    activated: set[Address] = set()
    offers = 0
    uses: list[Use] = []
    for event in events:
        given = event.arguments
        match event.address == address and event.name:
            case "Activated":
                activated.add(given["account"])
            case "OfferPublished":
                offers += 1
            case "OfferUsed":
                price, off, part = given["price"], given["reduction"], given["sponsorPart"]
                who = Pseudonym((given["offer"], given["number"]), given["nullifier"])
                quote = Quote(price - off, part, off - part)
                uses.append(Use(given["offer"], given["merchant"], who, quote, from_unix(event.emitted_at)))
    return PassFigures(len(activated), offers, tuple(uses))
