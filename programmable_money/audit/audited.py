# SPDX-License-Identifier: EUPL-1.2
"""What an audit needs to know of a programme, whatever it hands out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from programmable_money.audit.budget_state import BudgetState
from programmable_money.audit.claim_checks import ClaimChecks
from programmable_money.audit.claims import Place
from programmable_money.audit.node import Transaction
from programmable_money.audit.spending_state import SpendingState
from programmable_money.audit.subjects import Subject
from programmable_money.books import FundLedger
from programmable_money.messages import Address
from programmable_money.model import ChainEvent

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


@dataclass(slots=True)
class Audited:
    """A programme that is followed event by event: what all kinds have in common.

    Attributes:
        CONTRACT, HOLDER: what its contracts are called: the one that it goes by, and the one with its money.
        subject: which it is, and what figures it has.
        budget: its money.
        claims: its claims.
        registry: the trust registry that it relies on.
    """

    CONTRACT: ClassVar[str]
    HOLDER: ClassVar[str]
    subject: Subject
    budget: BudgetState
    claims: ClaimChecks
    registry: Address

    @property
    def names(self) -> Mapping[Address, str]:
        """Its own contracts by address, apart from registry and token."""
        return {self.subject.address: self.CONTRACT, self.subject.holder: self.HOLDER}

    @property
    def signatures(self) -> int:
        """How many signatures were found to hold."""
        return self.budget.verified

    def apply(self, event: ChainEvent, transaction: Transaction) -> None:
        """Follow the next event of its own contracts."""
        self.budget.apply(event, transaction)

    def finish(self) -> None:
        """After the last event: note what only all events together show."""

    def comparisons(self, ledger: FundLedger) -> Iterator[Comparison]:
        """Everything that its contracts must say at the end."""
        return budget_comparisons(self.HOLDER, self.subject.holder, self.budget, ledger)

    def statements(self) -> Iterator[tuple[bytes, Asked, Address, Place]]:
        """Each accepted key, where its statement is asked for, where it was announced, and its slot and terms."""
        for (key_id, place), announced in self.claims.accepted.items():
            yield key_id, self._asked("statementOf", key_id, *place), announced, place

    def _asked(self, function: str, *arguments: Any) -> Asked:
        return Asked(self.CONTRACT, self.subject.address, function, arguments)


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
