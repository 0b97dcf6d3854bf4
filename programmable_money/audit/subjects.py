# SPDX-License-Identifier: EUPL-1.2
"""Which programme the books are about, and its figures and details from events alone. Pure.

One for each kind: what is published and what an audit reports come out of the same functions.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from programmable_money.books import FundLedger
from programmable_money.budget import BudgetState
from programmable_money.kpi import SMALL_CELL
from programmable_money.kpi.board import board_figures
from programmable_money.kpi.budget import budget_kpis
from programmable_money.kpi.cells import Pseudonym, Shown
from programmable_money.kpi.dividing import Cells
from programmable_money.kpi.figures import Figures
from programmable_money.kpi.fund import fund_figures
from programmable_money.kpi.passes import Use, pass_figures
from programmable_money.kpi.payments import Shops
from programmable_money.kpi.tasks import People
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, FundRules
from programmable_money.open_details import (
    BoardDetails,
    Details,
    FundDetails,
    OfferTotal,
    PassDetails,
    PublicOffer,
    TaskStage,
    percent_of,
)
from programmable_money.passes.rules import PassRules
from programmable_money.tasks.ledger import TaskLedger
from programmable_money.tasks.model import BoardRules, TaskState
from ssi.credential.document import Wording
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = ["BoardSubject", "FundSubject", "Names", "PassSubject", "Subject", "Told"]

_UNKNOWN: Final = "unknown"
_STAGES: Final[Mapping[TaskState, TaskStage]] = {
    TaskState.PUBLISHED: TaskStage.FREE,
    TaskState.VERIFIED: TaskStage.DECIDED,
    TaskState.DECIDED: TaskStage.DECIDED,
    TaskState.WITHDRAWN: TaskStage.WITHDRAWN,
}
"""Whatever else a task can be, it is going on."""


@dataclass(frozen=True, slots=True)
class Told:
    """What only the sponsor knows, and what the key figures are a part of.

    Attributes:
        entitled: who was told of it; of tasks, who signed up.
        cost: what the programme cost beside the money spent.
    """

    entitled: int | None = None
    cost: Amount | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What the sponsor calls itself and others, which is not on the chain.

    Attributes:
        sponsor: who pays, in words.
        shops: by account; a shop that is not there goes by its account.
        offers: titles by the hash of the offers' published texts.
    """

    sponsor: str = ""
    shops: Mapping[Address, str] = field(default_factory=dict)
    offers: Mapping[bytes, Wording] = field(default_factory=dict)


class Subject(Protocol):
    """A programme that has books."""

    @property
    def chain_id(self) -> int:
        """Of its chain."""

    @property
    def address(self) -> Address:
        """The contract that it goes by."""

    @property
    def holder(self) -> Address:
        """The contract with its money."""

    @property
    def rulebook(self) -> Rulebook:
        """That it follows."""

    @property
    def types(self) -> tuple[CredentialType, ...]:
        """That the rulebook names."""

    @property
    def rules(self) -> FundRules | PassRules | BoardRules:
        """Of its contract."""

    def figures(self, events: Sequence[ChainEvent], as_of: datetime, told: Told) -> Figures:
        """What happened until a moment (aware UTC); spending by rule, shop and month."""

    def details(self, events: Sequence[ChainEvent], followed: FundLedger, figures: Figures, names: Names) -> Details:
        """What only its kind has; ``followed`` is the ledger of its holder by the same events."""


@dataclass(frozen=True, slots=True)
class FundSubject:
    """A fund; see ``Subject``."""

    chain_id: int
    address: Address
    rulebook: Rulebook
    types: tuple[CredentialType, ...]
    rules: FundRules

    @property
    def holder(self) -> Address:
        """The fund."""
        return self.address

    def figures(self, events: Sequence[ChainEvent], as_of: datetime, told: Told) -> Figures:
        """Claims, payments and refunds; each wallet has one account in a fund."""
        read, zone = fund_figures(events, self.address), ZoneInfo(self.rulebook.period.time_zone)
        counts = {
            "claims": len(read.credits),
            "allotted_cents": sum(credit.amount.cents for credit in read.credits),
            "payments": len(read.payments.made),
            "refunds": read.payments.refunds,
            "spent_cents": read.payments.spent,
        }
        kpis = budget_kpis(
            read.credits, read.payments.spending, as_of=as_of, entitled=told.entitled, cost=told.cost, zone=zone
        )
        paid = Cells.of((made, Pseudonym(self.address, made.account), made.cents) for made in read.payments.made)
        return Figures(counts, _divided(self, events, paid), kpis)

    def details(
        self, events: Sequence[ChainEvent], followed: FundLedger, figures: Figures, names: Names
    ) -> FundDetails:
        """Its cap, how far the budget is, and how long it lasts."""
        counts, rules = figures.counts, self.rules
        return FundDetails(
            rules=rules,
            claims_cap=rules.claims_per_validator * len(rules.validators),
            allotted_percent=percent_of(counts["allotted_cents"], followed.funded),
            spent_percent=percent_of(counts["spent_cents"], counts["allotted_cents"]),
            left=BudgetState.of(rules, followed.books),
        )


@dataclass(frozen=True, slots=True)
class PassSubject:
    """A pass; see ``Subject``."""

    chain_id: int
    address: Address
    rulebook: Rulebook
    types: tuple[CredentialType, ...]
    rules: PassRules

    @property
    def holder(self) -> Address:
        """The pass."""
        return self.address

    def figures(self, events: Sequence[ChainEvent], as_of: datetime, told: Told) -> Figures:
        """Activations, offers, uses and who paid what; what the sponsor pays, by offer too."""
        read = pass_figures(events, self.address)
        counts = {
            "activations": read.activations,
            "offers": read.offers,
            "uses": len(read.uses),
            "sponsor_pays_cents": read.total(lambda quote: quote.sponsor),
            "shops_bear_cents": read.total(lambda quote: quote.merchant),
            "citizens_pay_cents": read.total(lambda quote: quote.citizen),
        }
        cells = Cells.of(((use, use.who, use.quote.sponsor) for use in read.uses), is_final=True)
        spending = _divided(self, events, cells, "offer", lambda use: str(use.offer))
        return Figures(counts, spending, read.kpis(entitled=told.entitled, cost=told.cost))

    def details(
        self, events: Sequence[ChainEvent], followed: FundLedger, figures: Figures, names: Names
    ) -> PassDetails:
        """Its cap, its offers, and who paid what of each."""
        rules, categories = self.rules, {each.index: each for each in self.rulebook.spending.categories}
        ours = [event for event in events if event.address == self.address]
        withdrawn = {event.arguments["offer"] for event in ours if event.name == "OfferWithdrawn"}
        published = (event.arguments for event in ours if event.name == "OfferPublished")
        uses = pass_figures(ours, self.address).uses
        return PassDetails(
            rules=rules,
            activations_cap=rules.activations_per_validator * len(rules.validators),
            spent_percent=percent_of(figures.counts["sponsor_pays_cents"], followed.funded),
            offers=tuple(
                PublicOffer.of(
                    given["offer"],
                    tuple(given["terms"]),
                    categories,
                    is_withdrawn=given["offer"] in withdrawn,
                    shops=names.shops,
                    title=names.offers.get(given["terms"][0]),
                )
                for given in published
            ),
            paid=tuple(_offer_total(line, uses) for line in figures.spending["offer"]),
        )


@dataclass(frozen=True, slots=True)
class BoardSubject:
    """A task board; see ``Subject``. The holder is its purse."""

    chain_id: int
    address: Address
    holder: Address
    rulebook: Rulebook
    types: tuple[CredentialType, ...]
    rules: BoardRules

    def figures(self, events: Sequence[ChainEvent], as_of: datetime, told: Told) -> Figures:
        """Tasks, collections, payments and refunds."""
        read = board_figures(events, self.address, self.holder)
        counts = {
            "tasks": len(read.tasks.published),
            "collections": len(read.tasks.collected),
            "collected_cents": sum(credit.amount.cents for credit in read.credits),
            "payments": len(read.payments.made),
            "refunds": read.payments.refunds,
            "spent_cents": read.payments.spent,
        }
        zone = ZoneInfo(self.rulebook.period.time_zone)
        kpis = read.kpis(as_of=as_of, registered=told.entitled, cost=told.cost, zone=zone)
        paid = Cells.of((made, read.who(made.account), made.cents) for made in read.payments.made)
        return Figures(counts, _divided(self, events, paid), kpis)

    def details(
        self, events: Sequence[ChainEvent], followed: FundLedger, figures: Figures, names: Names
    ) -> BoardDetails:
        """How far tasks and coins are."""
        read = board_figures(events, self.address, self.holder)
        people = People.of(read.tasks.collected).at_least
        return BoardDetails(
            rules=self.rules,
            collected_percent=percent_of(figures.counts["collected_cents"], followed.funded),
            spent_percent=percent_of(figures.counts["spent_cents"], figures.counts["collected_cents"]),
            stages=_stages(self, events) if people >= SMALL_CELL else None,
        )


def _stages(subject: BoardSubject, events: Iterable[ChainEvent]) -> Mapping[TaskStage, int]:
    """How many tasks are at each stage; TaskLedgerError where the steps contradict each other."""
    ledger = TaskLedger(subject.rules.appeal_within)
    ledger.follow(event for event in events if event.address == subject.address)
    found = Counter(_STAGES.get(entry.record.state, TaskStage.GOING_ON) for entry in ledger.tasks.values())
    return {stage: found[stage] for stage in TaskStage}


def _divided(
    subject: Subject,
    events: Iterable[ChainEvent],
    cells: Cells,
    finer: str = "shop",
    name: Callable[[Any], str] = lambda made: str(made.merchant),
) -> Mapping[str, tuple[Shown, ...]]:
    """Spending by category, by something that has one category, and by month, with small cells put together."""
    shops, zone = Shops.of(events, subject.holder), ZoneInfo(subject.rulebook.period.time_zone)
    ids = {category.index: category.id for category in subject.rulebook.spending.categories}

    def category(made: Any) -> str:
        return ids.get(shops.category_of(made.merchant), _UNKNOWN)

    lines = cells.by(category)
    return {
        "category": lines,
        finer: cells.within(lines, category, name),
        "month": cells.by(lambda made: made.at.astimezone(zone).strftime("%Y-%m")),
    }


def _offer_total(line: Shown, uses: Iterable[Use]) -> OfferTotal:
    """Who paid what of the uses that a line is about."""
    offers = tuple(sorted(int(key) for key in line.keys))
    if line.cents is None:
        return OfferTotal(offers, None, None, None, None)
    quotes = [use.quote for use in uses if use.offer in offers]
    return OfferTotal(
        offers,
        len(quotes),
        Amount(sum(quote.sponsor for quote in quotes)),
        Amount(sum(quote.merchant for quote in quotes)),
        Amount(sum(quote.citizen for quote in quotes)),
    )
