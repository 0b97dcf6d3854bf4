# SPDX-License-Identifier: EUPL-1.2
"""Batches of payments to shops: what they are, their states, and what became of each payment. Pure.

Invariants:

- A batch is written down before anything happens for it, and its digest covers who gets paid on which account, on which
  day and from where: two different employees sign that digest.
- What became of a payment is computed from what the bank's statements say, never kept: importing twice changes nothing.
- A shop's part of a settlement is an *obligation*; each time it is put in a payment file is an *attempt*. At most one
  attempt can be open.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from programmable_money.messages import Address
from programmable_money.model import Amount, MoneyError
from programmable_money.settlement.bank_statement import BankEntry, Direction
from programmable_money.settlement.payment_file import BankAccount
from ssi.keccak import keccak256

__all__ = [
    "Batch",
    "BatchError",
    "BatchKind",
    "BatchRefusal",
    "BatchState",
    "Burn",
    "Outcome",
    "PaymentOrder",
    "Signed",
    "booked",
    "booked_as_one",
    "outcome_of",
    "paid_for",
    "payment_group",
]

_ZERO: Final = Amount(0)


class BatchRefusal(StrEnum):
    """Why a step of a settlement is not taken."""

    UNKNOWN_BATCH = "unknown_batch"
    REFERENCE_USED = "reference_used"
    WRONG_STATE = "wrong_state"
    OTHER_CHAIN = "other_chain"
    UNKNOWN_EMPLOYEE = "unknown_employee"
    EMPLOYEE_EXISTS = "employee_exists"
    SAME_EMPLOYEE = "same_employee"
    NOTHING_OWED = "nothing_owed"
    ABOVE_CEILING = "above_ceiling"
    OTHER_BURN = "other_burn"
    NOT_FINAL = "not_final"
    NOT_FAILED = "not_failed"
    UNKNOWN_PAYMENT = "unknown_payment"
    TOO_EARLY = "too_early"
    STATEMENT_CHANGED = "statement_changed"
    OTHER_ACCOUNT = "other_account"
    DEPOSIT_MINTED = "deposit_minted"
    UNKNOWN_DEPOSIT = "unknown_deposit"


_RULES: Final = {
    BatchRefusal.UNKNOWN_BATCH: "there is no batch of this reference",
    BatchRefusal.REFERENCE_USED: "this reference was used before; take a new one",
    BatchRefusal.WRONG_STATE: "the batch is not in a state that allows this",
    BatchRefusal.OTHER_CHAIN: "the batch is for another chain or another fund",
    BatchRefusal.UNKNOWN_EMPLOYEE: "this key is of no employee who may do this now",
    BatchRefusal.EMPLOYEE_EXISTS: "this name or this key is, or was, of an employee",
    BatchRefusal.SAME_EMPLOYEE: "who proposed it cannot approve it; ask a colleague",
    BatchRefusal.NOTHING_OWED: "none of these shops is owed anything",
    BatchRefusal.ABOVE_CEILING: "more is owed by now than was approved; withdraw the batch and propose again",
    BatchRefusal.OTHER_BURN: "the chain settled other shops under this reference; find out why before anything is paid",
    BatchRefusal.NOT_FINAL: "the burning is too recent to be final; try again in a while",
    BatchRefusal.NOT_FAILED: "this payment did not fail, or is in another batch already",
    BatchRefusal.UNKNOWN_PAYMENT: "no payment file has this payment",
    BatchRefusal.TOO_EARLY: "import the statements of at least five days after the day of execution first",
    BatchRefusal.STATEMENT_CHANGED: "a statement or entry of this reference was imported with another content",
    BatchRefusal.OTHER_ACCOUNT: "the statement is of another account",
    BatchRefusal.DEPOSIT_MINTED: "this deposit was minted before",
    BatchRefusal.UNKNOWN_DEPOSIT: "no imported statement has this deposit",
}


class BatchError(MoneyError):
    """A step was not taken, and nothing changed.

    Args:
        reason: which rule.
        detail: what it is about, nothing personal.
    """

    def __init__(self, reason: BatchRefusal, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {_RULES[reason]}{f' ({detail})' if detail else ''}")
        self.reason = reason
        self.detail = detail


class BatchKind(StrEnum):
    """Whether the money was on the chain until this batch, or had been burnt for an attempt that failed."""

    SETTLEMENT = "settlement"
    RETRY = "retry"


class BatchState(StrEnum):
    """specs/protocols/settlement.md section 2."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    BURNING = "burning"
    BURNT = "burnt"
    FILED = "filed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Signed:
    """Who decided, and the proof of it."""

    employee: str
    signature: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One attempt to pay one shop.

    Attributes:
        origin: reference of the settlement on the chain that the money is of.
        attempt: 1 for the first.
        proposed: what was owed when the batch was proposed.
        amount: what the chain burnt; None until it did, zero if the shop was owed nothing any more.
        end_to_end: the payment's own reference at the bank; empty until the amount is known.
        given_up: why an employee holds that the bank will never book it; empty if nobody does.
    """

    origin: str
    merchant: Address
    attempt: int
    payee: BankAccount
    proposed: Amount
    amount: Amount | None = None
    end_to_end: str = ""
    given_up: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Payments that go into one payment file.

    Attributes:
        reference: of the file, and of the burning on the chain for a settlement.
        ceiling: the most that may be burnt for it.
        searched_from: block from which the burning is looked for.
        burnt_in: the transaction.
        file: the payment file, once it is made; the same octets for ever.
    """

    reference: str
    kind: BatchKind
    chain_id: int
    fund: Address
    debtor: BankAccount
    execute_on: date
    ceiling: Amount
    proposed_at: datetime
    orders: tuple[PaymentOrder, ...]
    state: BatchState = BatchState.PROPOSED
    proposal: Signed | None = None
    approval: Signed | None = None
    searched_from: int = 0
    burnt_in: str = ""
    file: bytes | None = field(default=None, repr=False)

    @property
    def digest(self) -> bytes:
        """What both employees sign, 32 octets: everything but what becomes of it."""
        content = [
            ["stuiver/settlement/v1", self.reference, self.kind.value, self.chain_id, self.fund],
            [*astuple(self.debtor), self.execute_on.isoformat(), self.ceiling.cents],
            int(self.proposed_at.timestamp()),
            *(
                [order.origin, order.merchant, order.attempt, order.proposed.cents, *astuple(order.payee)]
                for order in self.orders
            ),
        ]
        return keccak256(json.dumps(content, separators=(",", ":")).encode())

    @property
    def proposed(self) -> Amount:
        """What was owed when it was proposed."""
        return sum((order.proposed for order in self.orders), _ZERO)

    @property
    def total(self) -> Amount:
        """What its file pays; zero until that is known."""
        return sum((order.amount or _ZERO for order in self.orders), _ZERO)


@dataclass(frozen=True, slots=True)
class Burn:
    """A settlement as the chain's events have it.

    Attributes:
        reference: as text; octets that are no text of ours are shown as 0x and digits.
        amounts: of each shop, in the order of the events.
        total: what the token burnt.
    """

    fund: Address
    reference: str
    amounts: tuple[tuple[Address, Amount], ...]
    total: Amount
    block: int
    transaction: str


class Outcome(StrEnum):
    """What became of a payment."""

    WAITING = "waiting"
    """It is in no file yet."""
    SENT = "sent"
    """In a file; no imported statement knows it."""
    BOOKED = "booked"
    RETURNED = "returned"
    """It was booked, and came back in full."""
    GIVEN_UP = "given_up"
    """An employee wrote down that the bank refused it; no statement knows it."""
    WITHDRAWN = "withdrawn"
    """Its batch was withdrawn before there was a file."""
    DISPUTED = "disputed"
    """The bank booked another amount than the file has; a person must look at it."""

    @property
    def is_failed(self) -> bool:
        """Whether it may be put in another batch."""
        return self in (Outcome.RETURNED, Outcome.GIVEN_UP, Outcome.WITHDRAWN)


def booked(entries: Iterable[BankEntry]) -> Amount:
    """What left the account for good: debits less what came back."""
    return -sum((entry.signed for entry in entries), _ZERO)


def payment_group(batch: Batch) -> str:
    """The name of the one group of payments in a batch's file."""
    return f"{batch.reference}-B1"


def booked_as_one(batch: Batch, entries: Iterable[BankEntry]) -> Amount | None:
    """What the bank booked for the whole file in one sum; None if it did not."""
    whole = [entry for entry in entries if not entry.end_to_end and entry.payment_batch == payment_group(batch)]
    return booked(whole) if whole else None


def paid_for(batch: Batch, order: PaymentOrder, entries: Sequence[BankEntry]) -> Amount:
    """What left the account for one payment and did not come back."""
    if batch.state is not BatchState.FILED or not order.amount:
        return _ZERO
    as_one = booked_as_one(batch, entries) == batch.total
    return booked(_own(order, entries)) + (order.amount if as_one else _ZERO)


def outcome_of(batch: Batch, order: PaymentOrder, entries: Sequence[BankEntry]) -> Outcome:
    """What became of a payment.

    Args:
        entries: all imported entries of the account.
    """
    if batch.state is BatchState.WITHDRAWN:
        return Outcome.WITHDRAWN
    if batch.state is not BatchState.FILED or order.amount is None:
        return Outcome.WAITING
    own, as_one = _own(order, entries), booked_as_one(batch, entries)
    if not own and as_one is None:
        return Outcome.GIVEN_UP if order.given_up else Outcome.SENT
    if as_one not in (None, batch.total):
        return Outcome.DISPUTED
    left = paid_for(batch, order, entries)
    if left == order.amount:
        return Outcome.BOOKED
    went_out = as_one is not None or any(entry.direction is Direction.OUT for entry in own)
    return Outcome.RETURNED if not left and went_out else Outcome.DISPUTED


def _own(order: PaymentOrder, entries: Iterable[BankEntry]) -> list[BankEntry]:
    return [entry for entry in entries if order.end_to_end and entry.end_to_end == order.end_to_end]
