# SPDX-License-Identifier: EUPL-1.2
"""What a municipality publishes about one programme: for anyone, without a login, without a person in it. Pure.

Invariants:

- Every figure comes from the events of the chain; ``checks`` sets each one that a contract knows too beside its own.
- A part of a total that is about fewer than ``SMALL_CELL`` people for certain is not shown by itself, and cannot be
  computed from what is shown.
- Shops' names come from the sponsor's own list, which is not on the chain. Nothing here names a citizen or an account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from programmable_money.kpi import SMALL_CELL
from programmable_money.kpi.figures import Figures
from programmable_money.messages import Address
from programmable_money.model import Amount, Books
from programmable_money.open_details import BoardDetails, Details, FundDetails, PassDetails
from ssi.credential.types import CredentialType
from ssi.rulebook.model import ProgrammeKind, Rulebook
from ssi.rulebook.spending import Category

__all__ = [
    "SMALL_CELL",
    "SOURCES",
    "BoardDetails",
    "BooksReader",
    "Check",
    "EventKind",
    "Figure",
    "FundDetails",
    "OpenBooks",
    "PassDetails",
    "PublicEvent",
    "PublicShop",
]

SOURCES: Final[Mapping[ProgrammeKind, str]] = {
    ProgrammeKind.FUND: "fund",
    ProgrammeKind.PASS: "pass",
    ProgrammeKind.TASKS: "board",
}
"""What the contract is called that a programme of each kind goes by."""


class EventKind(StrEnum):
    """What happened, as the public list calls it."""

    DEPOSITED = "deposited"
    OPENED = "opened"
    FUNDED = "funded"
    SHOP_APPROVED = "shop_approved"
    SHOP_SUSPENDED = "shop_suspended"
    CLAIMED = "claimed"
    PAID = "paid"
    REFUNDED = "refunded"
    ACTIVATED = "activated"
    OFFER_PUBLISHED = "offer_published"
    OFFER_WITHDRAWN = "offer_withdrawn"
    OFFER_USED = "offer_used"
    TASK_PUBLISHED = "task_published"
    TASK_WITHDRAWN = "task_withdrawn"
    TASK_CHOSEN = "task_chosen"
    TASK_RELEASED = "task_released"
    TASK_DONE = "task_done"
    TASK_VERIFIED = "task_verified"
    TASK_APPEALED = "task_appealed"
    TASK_DECIDED = "task_decided"
    COLLECTED = "collected"
    SETTLED = "settled"
    PAUSED = "paused"
    UNPAUSED = "unpaused"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """One event without the accounts that took part.

    Attributes:
        happened_at: the block's time, aware UTC.
        amount: None where no money moves.
    """

    kind: EventKind
    happened_at: datetime
    block: int
    amount: Amount | None

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "kind": self.kind.value,
            "happened_at": self.happened_at.isoformat(timespec="seconds"),
            "block": self.block,
            "amount_cents": None if self.amount is None else self.amount.cents,
        }


class Figure(StrEnum):
    """What is compared with the contracts."""

    DEPOSITS = "deposits"
    SETTLED = "settled"
    SUPPLY = "supply"
    HELD_BY_PROGRAMME = "held_by_programme"
    UNALLOCATED = "unallocated"
    ACCOUNTS = "accounts"
    MERCHANTS = "merchants"


@dataclass(frozen=True, slots=True)
class Check:
    """One figure from two sides."""

    figure: Figure
    from_events: Amount
    from_contract: Amount

    @property
    def agrees(self) -> bool:
        """Whether both sides say the same."""
        return self.from_events == self.from_contract

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "figure": self.figure.value,
            "from_events": self.from_events.cents,
            "from_contract": self.from_contract.cents,
            "agrees": self.agrees,
        }


@dataclass(frozen=True, slots=True)
class PublicShop:
    """A shop that takes part: its name in the sponsor's list and its category."""

    name: str
    category: Category


@dataclass(frozen=True, slots=True)
class OpenBooks:
    """One programme in one period, as of one block.

    Attributes:
        sponsor: who pays, in words.
        types: the credential types that the rulebook names.
        address: the contract that the programme goes by; ``holder`` is the one with its money.
        read_at: when the comparison with the contracts was made, aware UTC.
        funded: what was ever paid in.
        figures: what happened; ``counts`` has what everybody may count.
        details: what only this kind of programme has.
        events: the newest first.
    """

    sponsor: str
    rulebook: Rulebook
    types: tuple[CredentialType, ...]
    period: int
    chain_id: int
    address: Address
    holder: Address
    block: int
    read_at: datetime
    books: Books
    funded: Amount
    figures: Figures
    details: Details
    shops: tuple[PublicShop, ...]
    events: tuple[PublicEvent, ...]
    checks: tuple[Check, ...]

    @property
    def is_checked(self) -> bool:
        """Whether the equation holds and every figure equals the contracts' own."""
        return self.books.is_balanced and all(check.agrees for check in self.checks)

    @property
    def counts(self) -> Mapping[str, int]:
        """What happened, by name; in cents where it says so."""
        return self.figures.counts

    def to_json(self) -> dict[str, Any]:
        """The figures for other programs. Money in cents, times in RFC 3339."""
        names = ("deposits", "settled", "supply", "unallocated", "accounts", "merchants", "outside")
        return {
            "stuiver": "books/1",
            "programme": {
                "kind": self.rulebook.kind.value,
                "rulebook": f"{self.rulebook.name}/v{self.rulebook.version}",
                "rulebook_hash": "0x" + self.rulebook.hash.hex(),
                "title": {"nl": self.rulebook.title.nl, "en": self.rulebook.title.en},
                "period": self.period,
                "sponsor": self.sponsor,
            },
            "source": {
                "chain": self.chain_id,
                SOURCES[self.rulebook.kind]: self.address,
                "holder": self.holder,
                "block": self.block,
                "read_at": self.read_at.isoformat(timespec="seconds"),
            },
            "books": {name: getattr(self.books, name).cents for name in names},
            "is_checked": self.is_checked,
            "checks": [check.to_json() for check in self.checks],
            "budget_cents": self.funded.cents,
            **self.counts,
            **self.details.to_json(),
            "shops": len(self.shops),
            "spending": {by: [line.to_json() for line in lines] for by, lines in self.figures.spending.items()},
            "small_cell": SMALL_CELL,
            "kpis": [kpi.to_json() for kpi in self.figures.kpis],
            "events": [event.to_json() for event in self.events],
        }


class BooksReader(Protocol):
    """Where the open books come from. Reads only; one thread."""

    def read(self) -> OpenBooks:
        """The books as of the newest block.

        Raises:
            MoneyError: they cannot be read, or the events contradict themselves.
        """
        ...
