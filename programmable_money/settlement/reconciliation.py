# SPDX-License-Identifier: EUPL-1.2
"""Chain, payment files and bank, compared to the cent (specs/protocols/settlement.md section 6). Pure.

Invariants:

- Every difference has a place and an amount. Nothing is netted: two differences that cancel out are two differences.
- What the bank holds beyond what chain and files call for is the sum of the differences between chain and bank, always;
  if it is not, the code is wrong and says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from programmable_money.model import Amount
from programmable_money.settlement.bank_statement import BankEntry, BankStatement
from programmable_money.settlement.burning import ChainBooks
from programmable_money.settlement.feedback import Deposit, deposits_of
from programmable_money.settlement.model import (
    Batch,
    BatchKind,
    BatchState,
    Burn,
    Outcome,
    PaymentOrder,
    booked_as_one,
    outcome_of,
    paid_for,
    payment_group,
)

__all__ = ["Difference", "DifferenceKind", "Reconciliation", "reconcile"]

_ZERO: Final = Amount(0)


class DifferenceKind(StrEnum):
    """What does not agree."""

    # chain and files
    NO_BATCH = "no_batch"
    """The chain burnt, and no batch is for it."""
    NO_BURN = "no_burn"
    """A file was made, and the chain has no such settlement."""
    FILE_DIFFERS = "file_differs"
    """The file pays a shop another amount than the chain burnt for it."""
    # files and bank
    NOT_FILED = "not_filed"
    NOT_BOOKED = "not_booked"
    FAILED = "failed"
    """It came back, or the bank refused it: pay it again."""
    DISPUTED = "disputed"
    """The bank booked another amount."""
    PAID_TOO_MUCH = "paid_too_much"
    """A shop got more than the chain burnt for it, such as by two payments."""
    # chain and bank
    OPENING = "opening"
    """What the account held before the first statement."""
    GAP = "gap"
    """A statement begins with another balance than the one before ended with."""
    NOT_MINTED = "not_minted"
    """A deposit that is not on the chain."""
    NO_DEPOSIT = "no_deposit"
    """Minted, and no statement has the deposit."""
    DEPOSIT_DIFFERS = "deposit_differs"
    UNEXPLAINED = "unexplained"
    """An entry that is no deposit and no payment of ours."""

    @property
    def is_of_bank_and_chain(self) -> bool:
        """Whether it moves the bank's balance away from what the chain calls for."""
        return self in _OF_BANK_AND_CHAIN


_OF_BANK_AND_CHAIN: Final = frozenset(
    {
        DifferenceKind.OPENING,
        DifferenceKind.GAP,
        DifferenceKind.NOT_MINTED,
        DifferenceKind.NO_DEPOSIT,
        DifferenceKind.DEPOSIT_DIFFERS,
        DifferenceKind.UNEXPLAINED,
    }
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree.

    Attributes:
        place: where to look: a settlement reference, an end-to-end id, a deposit, an entry, a statement.
        expected: by the chain or the file.
        found: by the file or the bank.
    """

    kind: DifferenceKind
    place: str
    expected: Amount
    found: Amount

    @property
    def amount(self) -> Amount:
        """``found - expected``."""
        return self.found - self.expected


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The comparison.

    Attributes:
        supply: euros on the chain.
        still_to_pay: burnt, and not (or no longer) paid by the bank; below zero if more was paid.
        bank: closing balance of the last statement.
    """

    supply: Amount
    still_to_pay: Amount
    bank: Amount
    differences: tuple[Difference, ...]

    @property
    def surplus(self) -> Amount:
        """What the bank holds beyond supply and what is still to be paid; below zero, money is missing."""
        return self.bank - self.supply - self.still_to_pay


def reconcile(
    chain: ChainBooks,
    iban: str,
    batches: Sequence[Batch],
    entries: Sequence[BankEntry],
    statements: Sequence[BankStatement],
) -> Reconciliation:
    """Compare.

    Args:
        chain: of one municipality's euro, with all its funds.
        iban: the account that holds the deposits.
        batches: all; those of other accounts are left out.
        entries, statements: all imported ones of this account, oldest first.
    """
    own = [batch for batch in batches if batch.debtor.iban == iban]
    paid = sum((paid_for(batch, order, entries) for batch in own for order in batch.orders), _ZERO)
    burnt = sum((burn.total for burn in chain.burns), _ZERO)
    differences = (
        *_settlements(chain.burns, own, entries),
        *_statements(statements, entries),
        *_deposits(chain, deposits_of(iban, entries, own)),
        *_unexplained(iban, own, entries),
    )
    bank = statements[-1].closing if statements else _ZERO
    result = Reconciliation(chain.supply, burnt - paid, bank, differences)
    apart = sum((item.amount for item in differences if item.kind.is_of_bank_and_chain), _ZERO)
    if apart != result.surplus:
        raise RuntimeError("the differences do not add up to the surplus")
    return result


def _settlements(burns: Sequence[Burn], batches: Sequence[Batch], entries: Sequence[BankEntry]) -> Iterator[Difference]:
    """(6.1) Chain against files, (6.2) files against bank: each shop's part of each settlement."""
    first = {(batch.fund, batch.reference): batch for batch in batches if batch.kind is BatchKind.SETTLEMENT}
    seen = {(burn.fund, burn.reference) for burn in burns}
    for burn in burns:
        batch = first.get((burn.fund, burn.reference))
        if batch is None:
            yield Difference(DifferenceKind.NO_BATCH, burn.reference, burn.total, _ZERO)
            continue
        parts = dict(burn.amounts)
        for order in batch.orders:
            burnt = parts.pop(order.merchant, _ZERO)
            yield from _obligation(batch, order, burnt, batches, entries)
        for merchant, amount in parts.items():
            yield Difference(DifferenceKind.NO_BATCH, f"{burn.reference}, {merchant}", amount, _ZERO)
    for place, batch in first.items():
        if place not in seen and batch.state in (BatchState.BURNT, BatchState.FILED):
            yield Difference(DifferenceKind.NO_BURN, batch.reference, _ZERO, batch.total)


_KINDS: Final = {
    Outcome.WAITING: DifferenceKind.NOT_FILED,
    Outcome.SENT: DifferenceKind.NOT_BOOKED,
    Outcome.RETURNED: DifferenceKind.FAILED,
    Outcome.GIVEN_UP: DifferenceKind.FAILED,
    Outcome.WITHDRAWN: DifferenceKind.FAILED,
}


def _obligation(
    batch: Batch, order: PaymentOrder, burnt: Amount, batches: Sequence[Batch], entries: Sequence[BankEntry]
) -> Iterator[Difference]:
    attempts = [
        (other, attempt)
        for other in batches
        for attempt in other.orders
        if (other.fund, attempt.origin, attempt.merchant) == (batch.fund, order.origin, order.merchant)
    ]
    for _, attempt in attempts:
        if attempt.amount is not None and attempt.amount != burnt:
            yield Difference(DifferenceKind.FILE_DIFFERS, attempt.end_to_end, burnt, attempt.amount)
    paid = sum((paid_for(other, attempt, entries) for other, attempt in attempts), _ZERO)
    last, attempt = max(attempts, key=lambda found: found[1].attempt)
    place = attempt.end_to_end or f"{attempt.origin}, {attempt.merchant}"
    if paid > burnt:
        yield Difference(DifferenceKind.PAID_TOO_MUCH, place, burnt, paid)
    elif paid < burnt:
        kind = _KINDS.get(outcome_of(last, attempt, entries), DifferenceKind.DISPUTED)
        yield Difference(kind, place, burnt, paid)


def _statements(statements: Sequence[BankStatement], entries: Sequence[BankEntry]) -> Iterator[Difference]:
    """(6.3) The statements follow each other, and hold all entries."""
    if not statements:
        return
    opening = statements[0].opening
    if opening:
        yield Difference(DifferenceKind.OPENING, f"statement {statements[0].id}", _ZERO, opening)
    known = sum((entry.signed for entry in entries), _ZERO)
    missing = statements[-1].closing - opening - known
    before = statements[0]
    for after in statements[1:]:
        if after.from_day < before.to_day:  # it tells again of days that are known; its entries were compared on import
            continue
        if before.closing != after.opening:
            yield Difference(DifferenceKind.GAP, f"statement {after.id}", before.closing, after.opening)
            missing -= after.opening - before.closing
        before = after
    if missing:
        yield Difference(DifferenceKind.GAP, "all statements", _ZERO, missing)


def _deposits(chain: ChainBooks, deposits: Sequence[Deposit]) -> Iterator[Difference]:
    """(6.4) Each deposit at the bank was minted, and the other way round."""
    minted = dict(chain.deposits)
    for deposit in deposits:
        name = deposit.reference if deposit.reference in minted else deposit.named
        amount = minted.pop(name, None)
        if amount is None:
            yield Difference(DifferenceKind.NOT_MINTED, deposit.reference, _ZERO, deposit.amount)
        elif amount != deposit.amount:
            yield Difference(DifferenceKind.DEPOSIT_DIFFERS, name, amount, deposit.amount)
    for name, amount in minted.items():
        yield Difference(DifferenceKind.NO_DEPOSIT, name, amount, _ZERO)


def _unexplained(iban: str, batches: Sequence[Batch], entries: Sequence[BankEntry]) -> Iterator[Difference]:
    """(6.5) Each other entry is of a payment of ours."""
    filed = [batch for batch in batches if batch.state is BatchState.FILED]
    payments = {order.end_to_end for batch in filed for order in batch.orders if order.end_to_end}
    groups = {payment_group(batch) for batch in filed if booked_as_one(batch, entries) == batch.total}
    deposits = {deposit.entry.key for deposit in deposits_of(iban, entries, batches)}
    for entry in entries:
        is_group = not entry.end_to_end and entry.payment_batch in groups
        if entry.end_to_end not in payments and not is_group and entry.key not in deposits:
            yield Difference(DifferenceKind.UNEXPLAINED, entry.key, _ZERO, entry.signed)
