# SPDX-License-Identifier: EUPL-1.2
"""The payments of one fund or purse, and the shops of any programme, from their events. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from programmable_money.kpi.budget import Spending
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, from_unix

__all__ = ["Payment", "Payments", "Shops"]

_NO_CATEGORY = -1


@dataclass(slots=True)
class Payment:
    """A payment less what was refunded of it; cents, aware UTC."""

    account: Address
    merchant: Address
    cents: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Payments:
    """Everything that accounts paid, in the chain's order. Contradictions are the ledger's matter."""

    made: tuple[Payment, ...]
    refunds: int

    @classmethod
    def of(cls, events: Iterable[ChainEvent], contract: Address) -> "Payments":
        """From all events; those of other contracts are passed over."""
        made: dict[bytes, Payment] = {}
        refunds = 0
        for event in events:
            given = event.arguments
            if (event.address, event.name) == (contract, "Paid"):
                at = from_unix(event.emitted_at)
                made[given["payment"]] = Payment(given["account"], given["merchant"], given["amount"], at)
            elif (event.address, event.name) == (contract, "Refunded"):
                refunds += 1
                if payment := made.get(given["payment"]):
                    payment.cents = max(0, payment.cents - given["amount"])
        return cls(tuple(made.values()), refunds)

    @property
    def spending(self) -> tuple[Spending, ...]:
        """For the key figures."""
        return tuple(Spending(made.account, Amount(made.cents), made.at) for made in self.made)

    @property
    def spent(self) -> int:
        """All together, in cents."""
        return sum(made.cents for made in self.made)


@dataclass(frozen=True, slots=True)
class Shops:
    """The shops of one programme.

    Attributes:
        categories: index by account, of all that were ever approved.
        approved: those that take part now.
    """

    categories: dict[Address, int]
    approved: frozenset[Address]

    @classmethod
    def of(cls, events: Iterable[ChainEvent], contract: Address) -> "Shops":
        """From all events; those of other contracts are passed over."""
        categories: dict[Address, int] = {}
        approved: set[Address] = set()
        for event in events:
            if event.address != contract:
                continue
            given = event.arguments
            if event.name == "MerchantApproved":
                categories[given["merchant"]] = given["category"]
                approved.add(given["merchant"])
            elif event.name == "MerchantSuspended":
                approved.discard(given["merchant"])
        return cls(categories, frozenset(approved))

    def category_of(self, merchant: Address) -> int:
        """Index of a shop's category; -1 for one that was never approved."""
        return self.categories.get(merchant, _NO_CATEGORY)
