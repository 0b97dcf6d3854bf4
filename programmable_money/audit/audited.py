# SPDX-License-Identifier: EUPL-1.2
"""What an audit needs to know of a programme, whatever it hands out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from programmable_money.audit.budget_state import BudgetState
from programmable_money.audit.claim_checks import ClaimChecks
from programmable_money.audit.claims import Place
from programmable_money.audit.node import Transaction
from programmable_money.audit.report import Figures
from programmable_money.audit.spending_state import SpendingState
from programmable_money.books import FundLedger
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent
from ssi.rulebook.model import Rulebook

__all__ = [
    "Asked",
    "Audited",
    "Comparison",
    "budget_comparisons",
    "claim_comparisons",
    "spending_comparisons",
]


class Asked(NamedTuple):
    """A view of a contract and its arguments."""

    contract: str
    address: Address
    function: str
    arguments: tuple[Any, ...] = ()


class Comparison(NamedTuple):
    """What a contract must answer at the end; it may answer more than that."""

    what: str
    expected: tuple[Any, ...]
    asked: Asked


class Audited(Protocol):
    """A programme that is followed event by event."""

    @property
    def rulebook(self) -> Rulebook:
        """That it must follow."""

    @property
    def names(self) -> Mapping[Address, str]:
        """Its own contracts by address, apart from registry and token."""

    @property
    def budget(self) -> BudgetState:
        """Its money."""

    @property
    def holder(self) -> Address:
        """The contract that holds the money."""

    @property
    def registry(self) -> Address:
        """The trust registry that it relies on."""

    @property
    def claims(self) -> ClaimChecks:
        """Its claims."""

    @property
    def signatures(self) -> int:
        """How many signatures were found to hold."""

    def apply(self, event: ChainEvent, transaction: Transaction) -> None:
        """Follow the next event of its own contracts."""

    def finish(self) -> None:
        """After the last event: note what only all events together show."""

    def comparisons(self, ledger: FundLedger) -> Iterator[Comparison]:
        """Everything that its contracts must say at the end."""

    def statements(self) -> Iterator[tuple[bytes, Asked, Address, Place]]:
        """Each accepted key, where its statement is asked for, where it was announced, and its slot and terms."""

    def figures(
        self,
        events: Sequence[ChainEvent],
        followed: FundLedger,
        as_of: datetime,
        *,
        entitled: int | None,
        cost: Amount | None,
    ) -> Figures:
        """What the report says of it; the arguments as ``budget_kpis`` takes them, ``followed`` as far as it went."""


def budget_comparisons(
    contract: str, address: Address, budget: BudgetState, ledger: FundLedger
) -> Iterator[Comparison]:
    """What every contract with a budget must say."""
    books = ledger.books
    figures = (books.unallocated.cents, books.accounts.cents, books.merchants.cents, budget.is_paused, budget.is_closed)
    yield Comparison(
        "books (unallocated, accounts, merchants, paused, closed)", figures, Asked(contract, address, "books")
    )
    yield Comparison("sponsor", (budget.sponsor,), Asked(contract, address, "sponsor"))
    for merchant, shop in budget.shops.items():
        expected = shop.category, shop.is_approved, shop.owed, shop.batch
        yield Comparison(f"shop {merchant}", expected, Asked(contract, address, "merchantOf", (merchant,)))


def claim_comparisons(contract: str, address: Address, claims: ClaimChecks, counter: str) -> Iterator[Comparison]:
    """What every contract that takes claims must say.

    Args:
        counter: the view that counts a validator's claims; empty where there is none.
    """
    for validator in claims.validators[0] if counter else ():
        asked = Asked(contract, address, counter, (validator,))
        yield Comparison(f"claims of {validator}", (claims.claims.get(validator, 0),), asked)
    for nullifier in claims.nullifiers:
        yield Comparison(f"claim 0x{nullifier.hex()}", (True,), Asked(contract, address, "isClaimed", (nullifier,)))


def spending_comparisons(
    contract: str, address: Address, spending: SpendingState, ledger: FundLedger
) -> Iterator[Comparison]:
    """What every contract whose accounts pay must say."""
    for account, cents in ledger.accounts.items():
        yield Comparison(f"balance of {account}", (cents,), Asked(contract, address, "accountOf", (account,)))
    for payment, made in spending.payments.items():
        recorded = made.merchant, made.amount, made.refunded, made.batch
        yield Comparison(f"payment 0x{payment.hex()}", recorded, Asked(contract, address, "payment", (payment,)))
