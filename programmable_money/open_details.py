# SPDX-License-Identifier: EUPL-1.2
"""What the open books of one kind of programme have and those of the others do not: fund, pass, task board. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from programmable_money.budget import BudgetState
from programmable_money.messages import ZERO_ADDRESS, Address, parse_address
from programmable_money.messages.pass_offers import Reduction
from programmable_money.model import Amount, FundRules, from_unix
from programmable_money.passes.rules import PassRules
from programmable_money.tasks.model import BoardRules
from ssi.credential.document import Wording
from ssi.rulebook.spending import Category

__all__ = [
    "BoardDetails",
    "Details",
    "FundDetails",
    "OfferTotal",
    "PassDetails",
    "PublicOffer",
    "TaskStage",
    "percent_of",
]


def percent_of(part: int, whole: int) -> int:
    """Whole percents, rounded down; 0 of nothing."""
    return 100 * part // whole if whole else 0


@dataclass(frozen=True, slots=True)
class FundDetails:
    """Of a fund.

    Attributes:
        claims_cap: most claims that all validators together can vouch for.
        allotted_percent: of what was ever paid in; ``spent_percent`` is of what was allotted.
        left: what is there for new claims.
    """

    rules: FundRules
    claims_cap: int
    allotted_percent: int
    spent_percent: int
    left: BudgetState

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "claims_cap": self.claims_cap,
            "allotted_percent": self.allotted_percent,
            "spent_percent": self.spent_percent,
            "budget_left": self.left.to_json(),
        }


@dataclass(frozen=True, slots=True)
class PublicOffer:
    """An offer as its numbers stand on chain. Amounts in cents, moments aware UTC; as ``PassOffer``.

    Attributes:
        description: keccak256 of its published text.
        shop: the one that gives it, by its name in the sponsor's list; None for every shop of the category.
        title: from its published text, if the sponsor has it there; the chain has the text's hash only.
    """

    number: int
    description: bytes
    shop: str | None
    category: Category
    reduction: Reduction
    uses_per_pass: int
    sponsor_percent: int
    months: tuple[int, ...]
    price: int
    value: int
    max_reduction: int
    starts_at: datetime | None
    ends_at: datetime | None
    total: int
    is_withdrawn: bool
    title: Wording | None

    @classmethod
    def of(
        cls,
        number: int,
        members: tuple[Any, ...],
        categories: Mapping[int, Category],
        *,
        is_withdrawn: bool,
        shops: Mapping[Address, str],
        title: Wording | None,
    ) -> Self:
        """From ``Offer`` of the contract, members in its order; the rulebook's categories by index."""
        description, merchant, category, reduction, uses, percent, months, price, value, most, start, end, total = (
            members
        )
        shop = parse_address(merchant)
        return cls(
            number=number,
            description=description,
            shop=None if shop == ZERO_ADDRESS else shops.get(shop, shop),
            category=categories[category],
            reduction=Reduction(reduction),
            uses_per_pass=uses,
            sponsor_percent=percent,
            months=tuple(month + 1 for month in range(12) if months >> month & 1),
            price=price,
            value=value,
            max_reduction=most,
            starts_at=from_unix(start) if start else None,
            ends_at=from_unix(end) if end else None,
            total=total,
            is_withdrawn=is_withdrawn,
            title=title,
        )

    def to_json(self) -> dict[str, Any]:
        """For other programs; the account of a shop is on the chain only."""
        starts_at, ends_at = (
            None if moment is None else moment.isoformat(timespec="seconds")
            for moment in (self.starts_at, self.ends_at)
        )
        return {
            "offer": self.number,
            "description": "0x" + self.description.hex(),
            "is_of_one_shop": self.shop is not None,
            "category": self.category.id,
            "reduction": self.reduction.name.lower(),
            "value": self.value,
            "price_cents": self.price,
            "max_reduction_cents": self.max_reduction,
            "sponsor_percent": self.sponsor_percent,
            "months": list(self.months),
            "starts_at": starts_at,
            "ends_at": ends_at,
            "uses_per_pass": self.uses_per_pass,
            "total": self.total,
            "is_withdrawn": self.is_withdrawn,
        }


@dataclass(frozen=True, slots=True)
class OfferTotal:
    """Who paid what of an offer, or of several together because one of them was used by too few.

    Attributes:
        uses, sponsor, merchants, citizens: None when even all small ones together are too few.
    """

    offers: tuple[int, ...]
    uses: int | None
    sponsor: Amount | None
    merchants: Amount | None
    citizens: Amount | None

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        parts = {"sponsor_pays": self.sponsor, "shops_bear": self.merchants, "citizens_pay": self.citizens}
        shown = {f"{name}_cents": None if part is None else part.cents for name, part in parts.items()}
        return {"offers": list(self.offers), "uses": self.uses, **shown}


@dataclass(frozen=True, slots=True)
class PassDetails:
    """Of a pass.

    Attributes:
        activations_cap: most passes that all validators together can vouch for.
        spent_percent: what the sponsor paid of offers, of what was ever paid in.
        offers: by number.
        paid: offer by offer, as far as it may be shown.
    """

    rules: PassRules
    activations_cap: int
    spent_percent: int
    offers: tuple[PublicOffer, ...]
    paid: tuple[OfferTotal, ...]

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "activations_cap": self.activations_cap,
            "spent_percent": self.spent_percent,
            "offer_terms": [offer.to_json() for offer in self.offers],
            "paid": [total.to_json() for total in self.paid],
        }


class TaskStage(StrEnum):
    """How far a task is, as far as it matters to others."""

    FREE = "free"
    GOING_ON = "going_on"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class BoardDetails:
    """Of a task board and its purse.

    Attributes:
        collected_percent: of what was ever paid in; ``spent_percent`` is of what was collected.
        stages: how many tasks are at each; None when too few people are behind them.
    """

    rules: BoardRules
    collected_percent: int
    spent_percent: int
    stages: Mapping[TaskStage, int] | None

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        stages = self.stages
        return {
            "collected_percent": self.collected_percent,
            "spent_percent": self.spent_percent,
            "stages": {stage.value: None if stages is None else stages[stage] for stage in TaskStage},
        }


Details = FundDetails | PassDetails | BoardDetails
"""Those of one kind of programme."""
