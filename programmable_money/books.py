# SPDX-License-Identifier: EUPL-1.2
"""The books, computed from nothing but events, and their comparison with what the contracts say. Pure.

Invariants:

- Anyone who has the events gets the same books: no clock, no database, no order but the chain's.
- A step that no contract of ours can take (a balance below zero, a refund above a payment) is an error, not a number.
- A difference with the chain's own state is an error that names both values.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from programmable_money.messages import Address
from programmable_money.model import Amount, Books, ChainEvent, FundBooks, MoneyError

__all__ = ["BooksError", "FundLedger", "Ledger", "compare", "ledger_from", "same"]

_ZERO = Amount(0)
_BUDGETS = ("Fund", "Pass", "Purse")
"""The contracts that hold a sponsor's money."""
_AMOUNTS = ("amount", "returned", "price", "reduction", "sponsorPart")
"""Arguments of events that are cents."""
Arguments = Mapping[str, Any]


class BooksError(MoneyError):
    """The events contradict themselves or the chain.

    Args:
        what: the figure, such as ``supply`` or ``unallocated of 0x...``.
        from_events, from_chain: both values, in cents.
    """

    def __init__(self, what: str, from_events: int, from_chain: int) -> None:
        super().__init__(f"{what}: {from_events} cents by the events, {from_chain} cents by the chain")
        self.what = what
        self.from_events = from_events
        self.from_chain = from_chain


@dataclass(slots=True)
class FundLedger:
    """The money of one fund, pass or purse, followed event by event. Amounts in cents.

    Attributes:
        accounts, merchants: balances that were ever touched; change them with ``give`` and ``take`` only.
        accounts_total, merchants_total: their sums, kept up with every step.
        payments: amount still charged for each payment.
        claims: number of claims for each validator key.
        spent: payments less refunds; of a pass, what the sponsor pays of offers.
    """

    address: Address
    unallocated: int = 0
    accounts: dict[Address, int] = field(default_factory=dict)
    merchants: dict[Address, int] = field(default_factory=dict)
    accounts_total: int = 0
    merchants_total: int = 0
    payments: dict[bytes, int] = field(default_factory=dict)
    claims: dict[bytes, int] = field(default_factory=dict)
    funded: int = 0
    allotted: int = 0
    spent: int = 0
    settled: int = 0
    is_paused: bool = False
    is_closed: bool = False

    @property
    def books(self) -> FundBooks:
        """What the contract's ``books()`` must say."""
        accounts, merchants = Amount(self.accounts_total), Amount(self.merchants_total)
        return FundBooks(Amount(self.unallocated), accounts, merchants, self.is_paused, self.is_closed)

    def give(self, amount: int, *, account: Address | None = None, merchant: Address | None = None) -> None:
        """Credit an account or a shop."""
        if account is not None:
            self.accounts[account] = self.accounts.get(account, 0) + amount
            self.accounts_total += amount
        if merchant is not None:
            self.merchants[merchant] = self.merchants.get(merchant, 0) + amount
            self.merchants_total += amount

    def take(self, amount: int, *, account: Address | None = None, merchant: Address | None = None) -> None:
        """Debit an account or a shop; BooksError when it has less."""
        if account is not None:
            self.accounts[account] = _less(self.accounts, account, amount, "account")
            self.accounts_total -= amount
        if merchant is not None:
            self.merchants[merchant] = _less(self.merchants, merchant, amount, "merchant")
            self.merchants_total -= amount


@dataclass(slots=True)
class Ledger:
    """All euros of one token contract, followed event by event.

    Attributes:
        public_numbers: every amount and balance that the events show or imply, in cents.
    """

    deposits: int = 0
    settled: int = 0
    funds: dict[Address, FundLedger] = field(default_factory=dict)
    public_numbers: set[int] = field(default_factory=set)

    @property
    def books(self) -> Books:
        """The books of the municipality."""
        parts = [fund.books for fund in self.funds.values()]
        unallocated = sum((part.unallocated for part in parts), _ZERO)
        accounts = sum((part.accounts for part in parts), _ZERO)
        merchants = sum((part.merchants for part in parts), _ZERO)
        supply = Amount(self.deposits - self.settled)
        return Books(
            deposits=Amount(self.deposits),
            settled=Amount(self.settled),
            supply=supply,
            unallocated=unallocated,
            accounts=accounts,
            merchants=merchants,
            outside=supply - unallocated - accounts - merchants,
        )

    def apply(self, event: ChainEvent) -> None:
        """Follow the next event. Events that move no money change nothing.

        Raises:
            BooksError: the event takes more than there is.
        """
        arguments = event.arguments
        if event.contract == "MunicipalEuro":
            if event.name == "Deposited":
                self.deposits += arguments["amount"]
            elif event.name == "Settled":
                self.settled += arguments["amount"]
        elif event.contract in _BUDGETS:
            fund = self.funds.setdefault(event.address, FundLedger(event.address))
            _FUND_STEPS.get(event.name, _ignore)(fund, arguments)
            self.public_numbers |= {fund.unallocated, fund.funded, fund.allotted, fund.spent, fund.settled}
            self.public_numbers |= {arguments[name] for name in _AMOUNTS if name in arguments}
            self.public_numbers |= {fund.accounts_total, fund.merchants_total}
            for balances, name in ((fund.accounts, "account"), (fund.merchants, "merchant")):
                if name in arguments:
                    self.public_numbers.add(balances.get(arguments[name], 0))
        self.public_numbers |= {self.deposits, self.settled, self.deposits - self.settled}


def ledger_from(events: Iterable[ChainEvent]) -> Ledger:
    """Follow all events from the first on, in the chain's order."""
    ledger = Ledger()
    for event in sorted(events, key=lambda event: event.order):
        ledger.apply(event)
    return ledger


def compare(ledger: Ledger, supply: Amount, funds: Mapping[Address, FundBooks], held: Mapping[Address, Amount]) -> None:
    """Compare the books from events with the contracts' own state.

    Args:
        supply: the token's total supply.
        funds: what each fund's ``books()`` says.
        held: each fund's balance at the token.
    Raises:
        BooksError: for the first figure that differs.
    """
    books = ledger.books
    same("supply", books.supply, supply)
    for address, theirs in funds.items():
        ours = ledger.funds.get(address, FundLedger(address)).books
        same(f"unallocated of {address}", ours.unallocated, theirs.unallocated)
        same(f"accounts of {address}", ours.accounts, theirs.accounts)
        same(f"merchants of {address}", ours.merchants, theirs.merchants)
        same(f"euros of {address}", ours.total, held[address])
    if books.outside < _ZERO:
        same("supply against what the funds hold", books.supply, books.supply - books.outside)


def same(what: str, ours: Amount, theirs: Amount) -> None:
    """BooksError unless the events' figure is the chain's."""
    if ours != theirs:
        raise BooksError(what, ours.cents, theirs.cents)


def _less(balances: Mapping[Address, int], holder: Address, amount: int, what: str) -> int:
    balance = balances.get(holder, 0)
    if balance < amount:
        raise BooksError(f"{what} {holder}", balance, amount)
    return balance - amount


def _ignore(fund: FundLedger, event: Arguments) -> None:
    """An event that moves no money."""


def _funded(fund: FundLedger, event: Arguments) -> None:
    fund.unallocated += event["amount"]
    fund.funded += event["amount"]


def _claimed(fund: FundLedger, event: Arguments) -> None:
    _credited(fund, event)
    fund.claims[event["keyId"]] = fund.claims.get(event["keyId"], 0) + 1


def _credited(fund: FundLedger, event: Arguments) -> None:
    _take_unallocated(fund, event["amount"])
    fund.give(event["amount"], account=event["account"])


def _offer_used(fund: FundLedger, event: Arguments) -> None:
    part = event["sponsorPart"]
    _take_unallocated(fund, part)
    fund.give(part, merchant=event["merchant"])
    fund.spent += part


def _take_unallocated(fund: FundLedger, amount: int) -> None:
    if fund.unallocated < amount:
        raise BooksError(f"unallocated of {fund.address}", fund.unallocated, amount)
    fund.unallocated -= amount
    fund.allotted += amount


def _paid(fund: FundLedger, event: Arguments) -> None:
    fund.take(event["amount"], account=event["account"])
    fund.give(event["amount"], merchant=event["merchant"])
    fund.payments[event["payment"]] = event["amount"]
    fund.spent += event["amount"]


def _refunded(fund: FundLedger, event: Arguments) -> None:
    charged = fund.payments.get(event["payment"], 0)
    if charged < event["amount"]:
        raise BooksError(f"payment 0x{event['payment'].hex()}", charged, event["amount"])
    fund.payments[event["payment"]] = charged - event["amount"]
    fund.take(event["amount"], merchant=event["merchant"])
    fund.give(event["amount"], account=event["account"])
    fund.spent -= event["amount"]


def _settled(fund: FundLedger, event: Arguments) -> None:
    if fund.merchants.get(event["merchant"], 0) != event["amount"]:
        raise BooksError(f"merchant {event['merchant']}", fund.merchants.get(event["merchant"], 0), event["amount"])
    fund.take(event["amount"], merchant=event["merchant"])
    fund.settled += event["amount"]


def _closed(fund: FundLedger, event: Arguments) -> None:
    fund.unallocated = 0
    fund.accounts = dict.fromkeys(fund.accounts, 0)
    fund.accounts_total = 0
    fund.is_closed = True


def _paused(fund: FundLedger, event: Arguments) -> None:
    fund.is_paused = True


def _unpaused(fund: FundLedger, event: Arguments) -> None:
    fund.is_paused = False


_FUND_STEPS: Mapping[str, Callable[[FundLedger, Arguments], None]] = {
    "Funded": _funded,
    "Claimed": _claimed,
    "Credited": _credited,
    "OfferUsed": _offer_used,
    "Paid": _paid,
    "Refunded": _refunded,
    "MerchantSettled": _settled,
    "Closed": _closed,
    "Paused": _paused,
    "Unpaused": _unpaused,
}
