# SPDX-License-Identifier: EUPL-1.2
"""An offer of a pass as it is published: a JSON document, and the numbers of it that stand on chain. Pure.

    {"stuiver": "pass-offer/1",
     "title": {"nl": "..", "en": ".."}, "text": {"nl": "..", "en": ".."},
     "category": "courses",                                  id of the rulebook: what kind of shop gives it
     "shop": "0x..",                                         left out: every approved shop of the category
     "reduction": {"kind": "free"},                          or {"kind": "fixed", "cents": 3000},
                                                             or {"kind": "percentage", "percent": 25}
     "price_cents": 7500,                                    left out: the till enters the price
     "max_reduction_cents": 5000,                            left out: no other limit than the price
     "sponsor_percent": 100,                                 of the reduction; the shop bears the rest
     "months": [6, 7, 9], "starts_at": "2023-06-18T22:00:00Z", "ends_at": "2023-09-01T00:00:00Z",   or neither
     "uses_per_pass": 1, "total": 100}                       total left out: as many as come

On chain stand the numbers, and keccak256 of the document's octets as ``description``.

Invariants:

- A ``PassOffer`` that exists is one that the contract publishes (``PassOffers.check``).
- ``quote`` is the contract's ``quote``, to the cent; a property test holds it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any, Final, Self

from programmable_money.messages.identifiers import ZERO_ADDRESS, Address, parse_address
from ssi.credential.document import Node, Wording, parse_document
from ssi.errors import VerificationError
from ssi.keccak import keccak256
from ssi.rulebook.model import Rulebook

__all__ = ["MOST_CENTS", "NotNow", "PassOffer", "Quote", "Reduction", "split"]

MOST_CENTS: Final = (1 << 40) - 1
"""The largest price that the contract takes."""
_MEMBERS: Final = (
    "stuiver",
    "title",
    "text",
    "category",
    "reduction",
    "sponsor_percent",
    "months",
    "uses_per_pass",
)
_OPTIONAL: Final = ("shop", "price_cents", "max_reduction_cents", "starts_at", "ends_at", "total")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_LONGEST_TEXT: Final = 4_000
_MONTHS: Final = 12
_ALL: Final = 100
_MOST_USES: Final = 255
_UINT32: Final = (1 << 32) - 1
_UINT40: Final = (1 << 40) - 1


class Reduction(IntEnum):
    """How an offer lowers the price; the values are the contract's."""

    FREE = 0
    FIXED = 1
    PERCENTAGE = 2


class NotNow(StrEnum):
    """Why an offer cannot be used at a moment; the values are the codes of the contract's reasons."""

    NOT_STARTED = "offer_not_started"
    OVER = "offer_over"
    NOT_THIS_MONTH = "offer_not_this_month"


_KINDS: Final[Mapping[str, Reduction]] = {kind.name.lower(): kind for kind in Reduction}


@dataclass(frozen=True, slots=True)
class Quote:
    """Who pays what of a price, in cents; the three are the price together."""

    citizen: int
    sponsor: int
    merchant: int

    @property
    def price(self) -> int:
        """Before the reduction."""
        return self.citizen + self.reduction

    @property
    def reduction(self) -> int:
        """What the offer takes off."""
        return self.sponsor + self.merchant


@dataclass(frozen=True, slots=True)
class PassOffer:
    """An offer. Made by ``from_json``. Amounts in cents, moments aware UTC.

    Attributes:
        category: the index of its category in the rulebook.
        merchant: the one shop that gives it; the zero address for every approved shop of the category.
        value: of a FIXED reduction its cents, of a PERCENTAGE its percents, otherwise 0.
        price: 0 if the till enters it.
        max_reduction: 0 for no other limit than the price.
        months: of the year, 1 to 12, UTC.
        starts_at, ends_at: first moment with and first moment without it; None for those of the pass.
        total: how often it may be used by all together; 0 for no limit.
        octets: the document as published.
    """

    title: Wording
    text: Wording
    category: int
    merchant: Address
    reduction: Reduction
    value: int
    price: int
    max_reduction: int
    sponsor_percent: int
    months: frozenset[int]
    starts_at: datetime | None
    ends_at: datetime | None
    uses_per_pass: int
    total: int
    octets: bytes = field(repr=False)

    @classmethod
    def from_json(cls, unverified: bytes, rulebook: Rulebook) -> Self:
        """Read a published document.

        Args:
            rulebook: of the pass; it has the categories.
        Raises:
            DocumentError: with the path of the field and the rule that it breaks.
        """
        document = parse_document(unverified).members(_MEMBERS, _OPTIONAL)
        document["stuiver"].choice(("pass-offer/1",))
        categories = {category.id: category.index for category in rulebook.spending.categories}
        reduction, value = _reduction(document["reduction"])
        price, most = (_cents(document, name) for name in ("price_cents", "max_reduction_cents"))
        # where the till enters the price, something else must bound what the sponsor pays
        if not price and not most and reduction is not Reduction.FIXED:
            Node(None, "$.max_reduction_cents").refuse("must be there when the till enters the price")
        starts_at, ends_at = (_moment(document, name) for name in ("starts_at", "ends_at"))
        if starts_at is not None and ends_at is not None and ends_at <= starts_at:
            document["ends_at"].refuse("must be after starts_at")
        return cls(
            title=document["title"].wording(),
            text=_long_wording(document["text"]),
            category=categories[document["category"].choice(tuple(categories))],
            merchant=_shop(document["shop"]) if "shop" in document else ZERO_ADDRESS,
            reduction=reduction,
            value=value,
            price=price,
            max_reduction=most,
            sponsor_percent=document["sponsor_percent"].integer(0, _ALL),
            months=_months(document["months"]),
            starts_at=starts_at,
            ends_at=ends_at,
            uses_per_pass=document["uses_per_pass"].integer(1, _MOST_USES),
            total=document["total"].integer(1, _UINT32) if "total" in document else 0,
            octets=bytes(unverified),
        )

    @property
    def description(self) -> bytes:
        """keccak256 of the document as published, 32 octets: its name on chain."""
        return keccak256(self.octets)

    @property
    def members(self) -> tuple[Any, ...]:
        """``Offer`` of the contract, in its order."""
        return (
            self.description,
            self.merchant,
            self.category,
            int(self.reduction),
            self.uses_per_pass,
            self.sponsor_percent,
            sum(1 << (month - 1) for month in self.months),
            self.price,
            self.value,
            self.max_reduction,
            0 if self.starts_at is None else int(self.starts_at.timestamp()),
            0 if self.ends_at is None else int(self.ends_at.timestamp()),
            self.total,
        )

    def why_not(self, at: datetime) -> NotNow | None:
        """(3.3) Why it cannot be used at an aware moment, the first reason that the contract has; None if it can be."""
        moment = at.astimezone(UTC)
        if self.starts_at is not None and moment < self.starts_at:
            return NotNow.NOT_STARTED
        if self.ends_at is not None and moment >= self.ends_at:
            return NotNow.OVER
        return None if moment.month in self.months else NotNow.NOT_THIS_MONTH

    def quote(self, price: int) -> Quote | None:
        """(3.4) Who pays what of a price in cents; None for a price that the contract refuses.

        That is nothing or less, more than ``MOST_CENTS``, or another than the offer's own.
        """
        return split(
            price,
            own_price=self.price,
            reduction=self.reduction,
            value=self.value,
            most=self.max_reduction,
            percent=self.sponsor_percent,
        )


def split(price: int, *, own_price: int, reduction: Reduction, value: int, most: int, percent: int) -> Quote | None:
    """(3.4) Who pays what of a price in cents, by an offer's numbers as they stand on chain; as ``PassOffer.quote``."""
    if not 0 < price <= MOST_CENTS or (own_price and price != own_price):
        return None
    off = price
    if reduction is Reduction.FIXED:
        off = min(price, value)
    elif reduction is Reduction.PERCENTAGE:
        off = (price * value + _ALL // 2) // _ALL
    if most:
        off = min(off, most)
    part = off * percent // _ALL
    return Quote(price - off, part, off - part)


def _reduction(node: Node) -> tuple[Reduction, int]:
    members = node.members(("kind",), ("cents", "percent"))
    kind = _KINDS[members["kind"].choice(tuple(_KINDS))]
    if kind is Reduction.FIXED:
        return kind, node.members(("kind", "cents"))["cents"].integer(1, MOST_CENTS)
    if kind is Reduction.PERCENTAGE:
        return kind, node.members(("kind", "percent"))["percent"].integer(1, _ALL)
    node.members(("kind",))
    return kind, 0


def _cents(document: Mapping[str, Node], name: str) -> int:
    return document[name].integer(1, MOST_CENTS) if name in document else 0


def _shop(node: Node) -> Address:
    try:
        shop = parse_address(node.value)
    except VerificationError as error:
        node.refuse(error.detail)
    if shop == ZERO_ADDRESS:
        node.refuse("must be a shop; leave it out for every shop of the category")
    return shop


def _months(node: Node) -> frozenset[int]:
    months = [item.integer(1, _MONTHS) for item in node.items(1, _MONTHS)]
    if months != sorted(set(months)):
        node.refuse("must name each month once, in order")
    return frozenset(months)


def _moment(document: Mapping[str, Node], name: str) -> datetime | None:
    if name not in document:
        return None
    node = document[name]
    try:
        moment = datetime.fromisoformat(node.text(_MOMENT)).astimezone(UTC)
    except ValueError:
        node.refuse("must be a moment in UTC that exists, such as 2023-06-18T22:00:00Z")
    if not 0 < moment.timestamp() <= _UINT40:
        node.refuse("must be after 1 January 1970")
    return moment


def _long_wording(node: Node) -> Wording:
    texts = node.members(("nl", "en"))
    return Wording(texts["nl"].text(longest=_LONGEST_TEXT), texts["en"].text(longest=_LONGEST_TEXT))
