# SPDX-License-Identifier: EUPL-1.2
"""What a municipality publishes about one programme: for anyone, without a login, without a person in it. Pure.

Invariants:

- Every figure comes from the events of the chain; ``checks`` sets each one that a contract knows too beside its own.
- A total of fewer than ``SMALL_CELL`` accounts is not shown by itself and cannot be computed from what is shown.
- Shops' names come from the sponsor's own list, which is not on the chain. Nothing here names a citizen or an account.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from programmable_money.budget import BudgetState
from programmable_money.kpi import KpiValue
from programmable_money.kpi.cells import SMALL_CELL, Cell, protect
from programmable_money.messages import Address
from programmable_money.model import Amount, Books, FundRules
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook
from ssi.rulebook.spending import Category

__all__ = [
    "SMALL_CELL",
    "BooksReader",
    "CategorySpending",
    "CategoryTotal",
    "Check",
    "EventKind",
    "Figure",
    "OpenBooks",
    "PublicEvent",
    "PublicShop",
    "protect_small_cells",
]


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


class Figure(StrEnum):
    """What is compared with the contracts."""

    DEPOSITS = "deposits"
    SETTLED = "settled"
    SUPPLY = "supply"
    HELD_BY_FUND = "held_by_fund"
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


@dataclass(frozen=True, slots=True)
class PublicShop:
    """A shop that takes part: its name in the sponsor's list and its category."""

    name: str
    category: Category


@dataclass(frozen=True, slots=True)
class CategorySpending:
    """Payments less refunds in one category, before anything is held back.

    Attributes:
        accounts: who paid there, as payment accounts.
    """

    category: Category
    spent: Amount
    payments: int
    accounts: frozenset[object]


@dataclass(frozen=True, slots=True)
class CategoryTotal:
    """A line that may be shown: one category, or several together because one of them is too small.

    Attributes:
        spent, payments: None when even all small ones together are too few.
    """

    categories: tuple[Category, ...]
    spent: Amount | None
    payments: int | None


@dataclass(frozen=True, slots=True)
class OpenBooks:
    """One programme in one period, as of one block.

    Attributes:
        sponsor: who pays, in words.
        validators: number of accepted validators; ``claims`` of at most ``claims_cap`` may come from them.
        spent: payments less refunds.
        read_at: when the comparison with the contracts was made, aware UTC.
    """

    sponsor: str
    rulebook: Rulebook
    credential_type: CredentialType
    rules: FundRules
    chain_id: int
    fund: Address
    block: int
    read_at: datetime
    books: Books
    funded: Amount
    claims: int
    claims_cap: int
    allotted: Amount
    payments: int
    refunds: int
    spent: Amount
    shops: tuple[PublicShop, ...]
    categories: tuple[CategoryTotal, ...]
    events: tuple[PublicEvent, ...]
    """The newest first."""
    checks: tuple[Check, ...]
    kpis: tuple[KpiValue, ...] = ()
    left: BudgetState | None = None
    """What is there for new claims."""

    @property
    def is_checked(self) -> bool:
        """Whether the equation holds and every figure equals the contracts' own."""
        return self.books.is_balanced and all(check.agrees for check in self.checks)

    @property
    def budget(self) -> Amount:
        """Not yet allotted: in the fund, or minted and not yet paid into one."""
        return self.books.unallocated + self.books.outside

    @property
    def spent_percent(self) -> int:
        """How much of what was allotted is spent, whole percents, rounded down."""
        return _percent(self.spent, self.allotted)

    @property
    def allotted_percent(self) -> int:
        """How much of the budget is allotted, whole percents, rounded down."""
        return _percent(self.allotted, self.funded)

    def to_json(self) -> dict[str, Any]:
        """The figures for other programs. Money in cents, times in RFC 3339."""
        books = self.books
        return {
            "programme": {
                "rulebook": f"{self.rulebook.name}/v{self.rulebook.version}",
                "rulebook_hash": "0x" + self.rulebook.hash.hex(),
                "title": {"nl": self.rulebook.title.nl, "en": self.rulebook.title.en},
                "period": self.rules.period,
                "sponsor": self.sponsor,
            },
            "source": {
                "chain": self.chain_id,
                "fund": self.fund,
                "block": self.block,
                "read_at": self.read_at.isoformat(timespec="seconds"),
            },
            "books": {
                "deposits": books.deposits.cents,
                "settled": books.settled.cents,
                "supply": books.supply.cents,
                "unallocated": self.budget.cents,
                "accounts": books.accounts.cents,
                "merchants": books.merchants.cents,
            },
            "is_checked": self.is_checked,
            "checks": [
                {
                    "figure": check.figure.value,
                    "from_events": check.from_events.cents,
                    "from_contract": check.from_contract.cents,
                    "agrees": check.agrees,
                }
                for check in self.checks
            ],
            "budget_cents": self.funded.cents,
            "budget_left": None if self.left is None else self.left.to_json(),
            "claims": self.claims,
            "claims_cap": self.claims_cap,
            "allotted_cents": self.allotted.cents,
            "allotted_percent": self.allotted_percent,
            "payments": self.payments,
            "refunds": self.refunds,
            "spent_cents": self.spent.cents,
            "spent_percent": self.spent_percent,
            "shops": len(self.shops),
            "categories": [
                {
                    "categories": [category.id for category in total.categories],
                    "spent_cents": None if total.spent is None else total.spent.cents,
                    "payments": total.payments,
                }
                for total in self.categories
            ],
            "small_cell": SMALL_CELL,
            "kpis": [kpi.to_json() for kpi in self.kpis],
            "events": [
                {
                    "kind": event.kind.value,
                    "happened_at": event.happened_at.isoformat(timespec="seconds"),
                    "block": event.block,
                    "amount_cents": None if event.amount is None else event.amount.cents,
                }
                for event in self.events
            ],
        }


class BooksReader(Protocol):
    """Where the open books come from. Reads only; one thread."""

    def read(self) -> OpenBooks:
        """The books as of the newest block.

        Raises:
            MoneyError: they cannot be read, or the events contradict themselves.
        """
        ...


def protect_small_cells(spending: Iterable[CategorySpending]) -> tuple[CategoryTotal, ...]:
    """Put categories with few accounts together, so that no line is about fewer than ``SMALL_CELL`` accounts.

    The total of all categories is public. One line that is held back could be computed from the others, so what is put
    together is at least two categories; the next smallest joins when one would stand alone or they are too few still.

    Returns:
        The largest amount first; what was put together comes last. Categories without a payment are left out.
    """
    kept = list(spending)
    by_id = {item.category.id: item.category for item in kept}
    cells = [
        Cell(item.category.id, item.category.index, item.spent.cents, item.payments, item.accounts) for item in kept
    ]
    return tuple(
        CategoryTotal(
            tuple(by_id[key] for key in line.keys), None if line.cents is None else Amount(line.cents), line.payments
        )
        for line in protect(cells)
    )


def _percent(part: Amount, whole: Amount) -> int:
    return 100 * part.cents // whole.cents if whole else 0
