# SPDX-License-Identifier: EUPL-1.2
"""The bank's side of the reserve: which deposits it booked, under which reference, and from which day they count.

A list (CSV) or the bank's own statements (camt.053). The chain cannot see a bank; whoever has its statements can.

Invariants:

- A deposit counts from the start of the day that the bank booked it on, in the municipality's time zone, and never
  before; without a day it counts from the beginning.
- Each booked entry counts once, under whichever of its references it was minted.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from programmable_money.model import Amount, to_unix
from programmable_money.settlement import reference_octets
from programmable_money.settlement.bank_statement import BankStatement, Direction, read_statements
from programmable_money.settlement.feedback import deposits_of, named_reference

__all__ = ["BankDeposits", "BankMovement", "read_deposit_list", "read_deposit_statements"]

_ZONE: Final = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class BankMovement:
    """Money that the bank booked under a reference.

    Attributes:
        identity: of the booked entry, so that it counts once.
        cents: below zero when the bank took it back.
        counts_from: unix seconds; 0 when the day is not known.
    """

    identity: str
    cents: int
    counts_from: int = 0


BankDeposits = Mapping[bytes, tuple[BankMovement, ...]]
"""What the bank says, by the reference as the token has it (32 octets)."""


def read_deposit_list(path: Path) -> BankDeposits:
    """A CSV with the columns reference, amount and, where the day is known, date (2026-03-02).

    Raises:
        ValueError: the columns are others, a reference occurs twice, or a date is none.
        SettlementError: a reference is none.
    """
    deposits: dict[bytes, tuple[BankMovement, ...]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not {"reference", "amount"} <= set(rows.fieldnames or ()):
            raise ValueError("the bank's deposits have the columns reference and amount, and date if it is known")
        for row in rows:
            reference = reference_octets(row["reference"] or "")
            if reference in deposits:
                raise ValueError(f"the bank's deposits name the reference {row['reference']} twice")
            cents, day = Amount.from_euros(row["amount"] or "").cents, row.get("date") or ""
            counts_from = _starts_at(date.fromisoformat(day)) if day else 0
            deposits[reference] = (BankMovement(row["reference"], cents, counts_from),)
    return deposits


def read_deposit_statements(files: Iterable[bytes], *, iban: str | None = None) -> BankDeposits:
    """The deposits on the bank's own statements (camt.053), which may overlap.

    A deposit has two references: the one that ``stuiver money settlement mint`` makes from the entry, and the one that
    the payer wrote. A correction by which the bank takes a deposit back counts under the reference that it repeats.

    Args:
        files: as received.
        iban: the account that holds the deposits; None for the account that all statements are of.
    Raises:
        StatementError: a file cannot be relied on.
        ValueError: the statements are of several accounts, or of another one.
    """
    statements = [statement for octets in files for statement in read_statements(octets)]
    accounts = {statement.iban for statement in statements} | ({iban} if iban else set())
    if len(accounts) != 1:
        raise ValueError("the bank's statements must be of one account: the one that holds the deposits")
    return _deposits(accounts.pop(), statements)


def _deposits(iban: str, statements: Iterable[BankStatement]) -> BankDeposits:
    entries = {entry.key: entry for statement in statements for entry in statement.entries}
    found: dict[bytes, list[BankMovement]] = {}
    for deposit in deposits_of(iban, entries.values(), ()):
        movement = BankMovement(deposit.entry.key, deposit.amount.cents, _starts_at(deposit.entry.booked_on))
        for reference in {deposit.reference, deposit.named} - {""}:
            found.setdefault(reference_octets(reference), []).append(movement)
    for entry in entries.values():
        reference = named_reference(entry)
        if entry.direction is Direction.OUT and entry.is_return and reference:
            back = BankMovement(entry.key, -entry.amount.cents, _starts_at(entry.booked_on))
            found.setdefault(reference_octets(reference), []).append(back)
    return {reference: tuple(movements) for reference, movements in found.items()}


def _starts_at(day: date) -> int:
    return to_unix(datetime.combine(day, time(), _ZONE))
