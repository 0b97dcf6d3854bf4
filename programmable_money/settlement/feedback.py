# SPDX-License-Identifier: EUPL-1.2
"""What the bank did: importing statements, and deposits that they show (specs/protocols/settlement.md sections 4, 5).

Invariants:

- An imported file is kept whole or not at all. Importing it again, or another statement with the same entries, changes
  nothing.
- A deposit is minted under a reference that is computed from the entry's identity, so that the token itself refuses a
  second time, whatever was imported, lost or crashed.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from programmable_money.euro import MunicipalEuro
from programmable_money.messages import Address
from programmable_money.model import Amount
from programmable_money.settlement.bank_statement import BankEntry, Direction, read_statements
from programmable_money.settlement.model import Batch, BatchError, BatchRefusal, Outcome, outcome_of
from programmable_money.settlement.payment_file import SettlementError, reference_octets
from programmable_money.settlement.service import Settlements

__all__ = ["Deposit", "Imported", "deposits_of", "import_statements", "mint_deposit", "named_reference"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed.

    Attributes:
        statements: how many the file has.
        entries: how many of their entries were not known.
        changed: end-to-end ids of payments of which more is known now, with their outcome.
    """

    statements: int
    entries: int
    changed: tuple[tuple[str, Outcome], ...]


@dataclass(frozen=True, slots=True)
class Deposit:
    """Money that arrived on the account and is no payment that came back.

    Attributes:
        reference: under which it is minted; 25 characters, of the day and the entry's identity.
        named: the reference that the payer wrote, if it can be one: it may have been minted under that by hand.
    """

    reference: str
    amount: Amount
    entry: BankEntry
    named: str


def import_statements(settlements: Settlements, unverified: bytes, *, iban: str) -> Imported:
    """Import a camt.053 file.

    Args:
        iban: the municipality's account that holds the deposits.
    Raises:
        StatementError: the file cannot be relied on.
        BatchError: ``other_account``, or ``statement_changed``: it contradicts what was imported before.
    """
    statements = read_statements(unverified)  # (4.1)
    if any(statement.iban != iban for statement in statements):  # (4.2)
        raise BatchError(BatchRefusal.OTHER_ACCOUNT)
    before = _outcomes(settlements, iban)
    added = settlements.store.add_statements(statements, settlements.clock())  # (4.3)
    after = _outcomes(settlements, iban)
    changed = tuple((name, outcome) for name, outcome in after.items() if before.get(name) is not outcome)
    return Imported(len(statements), added, changed)


def _outcomes(settlements: Settlements, iban: str) -> dict[str, Outcome]:
    entries = settlements.store.entries(iban)
    return {
        order.end_to_end: outcome_of(batch, order, entries)
        for batch in settlements.store.batches()
        if batch.debtor.iban == iban
        for order in batch.orders
        if order.end_to_end
    }


def deposits_of(iban: str, entries: Iterable[BankEntry], batches: Iterable[Batch]) -> tuple[Deposit, ...]:
    """The deposits among entries (5.1)."""
    ours = {order.end_to_end for batch in batches for order in batch.orders if order.end_to_end}
    return tuple(
        Deposit(_deposit_reference(iban, entry), entry.amount, entry, named_reference(entry))
        for entry in entries
        if entry.direction is Direction.IN and not entry.is_return and entry.end_to_end not in ours
    )


def mint_deposit(
    settlements: Settlements, euro: MunicipalEuro, reference: str, *, iban: str, to: Address, minter: LocalAccount
) -> Deposit:
    """Mint a deposit that a statement shows, cent for cent, once (5.2).

    Args:
        reference: ``Deposit.reference``.
        to: the sponsor.
    Raises:
        BatchError: ``unknown_deposit`` or ``deposit_minted``.
        RefusedError: the token refused.
    """
    known = deposits_of(iban, settlements.store.entries(iban), settlements.store.batches())
    deposit = next((deposit for deposit in known if deposit.reference == reference), None)
    if deposit is None:
        raise BatchError(BatchRefusal.UNKNOWN_DEPOSIT)
    if any(euro.is_deposited(reference_octets(name)) for name in (deposit.reference, deposit.named) if name):
        raise BatchError(BatchRefusal.DEPOSIT_MINTED)
    euro.mint(to, deposit.amount, reference_octets(deposit.reference), minter=minter)
    return deposit


def _deposit_reference(iban: str, entry: BankEntry) -> str:
    identity = hashlib.sha256(f"{iban}\n{entry.key}".encode()).hexdigest()
    return f"{entry.booked_on:%Y%m%d}-{identity[:16]}"


def named_reference(entry: BankEntry) -> str:
    """The reference that the payer wrote, if it can be one; empty otherwise."""
    try:
        reference_octets(entry.remittance)
    except SettlementError:
        return ""
    return entry.remittance
