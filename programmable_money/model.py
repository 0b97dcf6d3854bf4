# SPDX-License-Identifier: EUPL-1.2
"""The words of the money side as types: amounts, merchants, terms of a fund, books, events of the chain.

Invariants:

- An ``Amount`` is whole cents; it may be negative only as a difference, and nothing here rounds.
- Everything is frozen; nothing here reads a clock, a file or a chain.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NewType, Self

from edge.language import Language
from programmable_money.messages import Address

__all__ = [
    "Amount",
    "Books",
    "ChainEvent",
    "FundAddress",
    "FundBooks",
    "FundRules",
    "Language",
    "Merchant",
    "MoneyError",
    "PaymentRecord",
    "PaymentState",
    "ValidatorKey",
    "from_unix",
    "to_unix",
]

FundAddress = NewType("FundAddress", Address)
"""The contract of one programme and period."""


class MoneyError(Exception):
    """Root of every error of the money side. Messages carry no personal data."""


_EUROS: Final = re.compile(r"(?P<sign>-?)(?P<euros>[0-9]{1,15})(?:[.,](?P<cents>[0-9]{2}))?")


@dataclass(frozen=True, slots=True, order=True)
class Amount:
    """An amount of euros, kept as whole cents."""

    cents: int

    def __post_init__(self) -> None:
        if isinstance(self.cents, bool) or not isinstance(self.cents, int):
            raise TypeError("an amount is a whole number of cents")

    @classmethod
    def from_euros(cls, text: str) -> Self:
        """Parse ``12``, ``12.50`` or ``12,50``; no thousands separators, nothing rounded.

        Raises:
            ValueError: the text is something else.
        """
        match = _EUROS.fullmatch(text)
        if match is None:
            raise ValueError("an amount is written as euros with no or two decimals, such as 12.50")
        cents = int(match["euros"]) * 100 + int(match["cents"] or 0)
        return cls(-cents if match["sign"] else cents)

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.cents + other.cents)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.cents - other.cents)

    def __mul__(self, times: int) -> "Amount":
        return Amount(self.cents * times)

    def __neg__(self) -> "Amount":
        return Amount(-self.cents)

    def __bool__(self) -> bool:
        return self.cents != 0

    def format(self, language: Language = Language.EN) -> str:
        """``€ 1.234,50`` in Dutch, ``€1,234.50`` in English; the sign comes first."""
        euros, cents = divmod(abs(self.cents), 100)
        sign = "-" if self.cents < 0 else ""
        if language is Language.NL:
            return f"{sign}€ {f'{euros:,}'.replace(',', '.')},{cents:02}"
        return f"{sign}€{euros:,}.{cents:02}"

    def __str__(self) -> str:
        return self.format()

    @property
    def decimal(self) -> str:
        """``1234.50``, as in a payment file."""
        euros, cents = divmod(abs(self.cents), 100)
        return f"{'-' if self.cents < 0 else ''}{euros}.{cents:02}"


def from_unix(seconds: int) -> datetime:
    """A chain's time as an aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)


def to_unix(moment: datetime) -> int:
    """An aware datetime as a chain's time; fractions of a second are dropped.

    Raises:
        ValueError: the datetime is naive.
    """
    if moment.tzinfo is None:
        raise ValueError("a time is an aware datetime")
    return int(moment.timestamp())


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """One event of one of our contracts, decoded.

    Attributes:
        block: number of the block.
        index: position of the log within the block; (block, index) orders all events.
        emitted_at: the block's time, unix seconds.
        transaction: 0x and 64 digits.
        contract: ``MunicipalEuro``, ``TrustRegistry`` or ``Fund``.
        name: the event's name in the contract's interface.
        arguments: by the interface's names; addresses are checksummed, bytes are bytes.
    """

    block: int
    index: int
    emitted_at: int
    transaction: str
    contract: str
    address: Address
    name: str
    arguments: Mapping[str, Any] = field(hash=False)

    @property
    def order(self) -> tuple[int, int]:
        """What events are sorted by."""
        return self.block, self.index


@dataclass(frozen=True, slots=True)
class FundBooks:
    """Where the euros of one fund are, in cents, as its contract says."""

    unallocated: Amount
    accounts: Amount
    merchants: Amount
    is_paused: bool = False
    is_closed: bool = False

    @property
    def total(self) -> Amount:
        """What the fund's euro balance must be."""
        return self.unallocated + self.accounts + self.merchants


@dataclass(frozen=True, slots=True)
class Books:
    """All euros of a municipality: ``deposits - settled == supply == unallocated + accounts + merchants + outside``.

    Attributes:
        unallocated, accounts, merchants: sums over all funds.
        outside: minted and in no fund: not yet paid into one, or returned after one closed.
    """

    deposits: Amount
    settled: Amount
    supply: Amount
    unallocated: Amount
    accounts: Amount
    merchants: Amount
    outside: Amount

    @property
    def is_balanced(self) -> bool:
        """Whether both equations hold."""
        held = self.unallocated + self.accounts + self.merchants + self.outside
        return self.deposits - self.settled == self.supply == held


@dataclass(frozen=True, slots=True)
class Merchant:
    """A shop as the fund's contract knows it.

    Attributes:
        category: index of its category in the rulebook.
        balance: what the municipality owes it now.
        batch: how often it was settled.
    """

    account: Address
    category: int
    is_approved: bool
    balance: Amount
    batch: int


class PaymentState(StrEnum):
    """What has become of a payment."""

    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment as the fund's contract keeps it."""

    payment: bytes
    merchant: Address
    amount: Amount
    refunded: Amount
    batch: int

    @property
    def state(self) -> PaymentState:
        """Paid, or given back in part or in full."""
        if not self.refunded:
            return PaymentState.PAID
        return PaymentState.REFUNDED if self.refunded == self.amount else PaymentState.PARTLY_REFUNDED


@dataclass(frozen=True, slots=True)
class ValidatorKey:
    """A validator's key as the trust registry knows it. Times are unix seconds, the last one included."""

    key_id: bytes
    type_id: bytes
    validator: Address
    valid_from: int
    valid_until: int
    is_revoked: bool
    public_key: bytes
    """256 octets, EVM form."""


@dataclass(frozen=True, slots=True)
class FundRules:
    """What a fund's contract fixes for ever, apart from its claim terms.

    Attributes:
        rulebook_hash: keccak256 of the published rulebook.
        opens_at: first second of claims and payments; ``claims_until`` and ``closes_at`` are the first seconds after.
        base, unit_amount: a claim gives ``base + unit_amount * units``.
        unit: index among the disclosed claims that counts the units; None when nothing is counted.
        claims_per_validator: cap on the claims with one validator's credentials.
        categories: indexes of the shop categories where the money may be spent.
        validators: accounts of the accepted validators.
    """

    rulebook_hash: bytes
    period: int
    opens_at: int
    claims_until: int
    closes_at: int
    base: Amount
    unit_amount: Amount
    unit: int | None
    min_units: int
    max_units: int
    claims_per_validator: int
    categories: frozenset[int]
    validators: tuple[Address, ...]

    def allotment(self, disclosed: tuple[int, ...]) -> Amount:
        """What a claim that shows these values is worth."""
        units = 0 if self.unit is None else disclosed[self.unit]
        return self.base + self.unit_amount * units
