# SPDX-License-Identifier: EUPL-1.2
"""The table of employees.

Invariant: failed log-ins are counted by compare-and-write, so that no two of them count as one.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import BigInteger, insert, update
from sqlmodel import Field, col, select

from edge.database import in_code_order
from issuer.store import ConflictError, Table, Transaction

__all__ = ["Employee", "EmployeeTable"]


class EmployeeRow(Table, table=True):
    """Who may log in at the desk."""

    __tablename__ = "employee"
    name: str = Field(primary_key=True)
    passphrase_hash: str
    epoch: int
    is_active: bool
    failures: int
    paused_until: int | None = Field(sa_type=BigInteger)


@dataclass(frozen=True, slots=True)
class Employee:
    """An employee as kept.

    Attributes:
        name: unique for ever; four-eyes approval compares it.
        passphrase_hash: Argon2id, in the text form of libsodium.
        epoch: grows when the passphrase changes, and when the employee logs out or leaves: older sessions end.
        failures: wrong passphrases in a row.
    """

    name: str
    passphrase_hash: str = field(repr=False)
    epoch: int = 0
    is_active: bool = True
    failures: int = 0
    paused_until: datetime | None = None


_COLUMNS: Final = {name: col(getattr(EmployeeRow, name)) for name in EmployeeRow.model_fields}


class EmployeeTable:
    """What one transaction may read and write about employees."""

    __slots__ = ("_database",)

    def __init__(self, transaction: Transaction) -> None:
        self._database = transaction.database

    def find(self, name: str) -> Employee | None:
        """One employee, also one who has left."""
        row = self._database.get(EmployeeRow, name, populate_existing=True)
        return None if row is None else _employee(row)

    def all(self) -> tuple[Employee, ...]:
        """Everybody, by name."""
        return tuple(
            _employee(row)
            for row in self._database.exec(select(EmployeeRow).order_by(in_code_order(col(EmployeeRow.name))))
        )

    def add(self, employee: Employee) -> None:
        """Keep a new one; ConflictError when the name is taken."""
        self._database.execute(insert(EmployeeRow), [_values(employee)])

    def save(self, employee: Employee, *, replacing: Employee) -> None:
        """Write an employee in the place of the one that the decision was made on.

        Raises:
            ConflictError: it is another by now.
        """
        unchanged = [_COLUMNS[name].is_not_distinct_from(value) for name, value in _values(replacing).items()]
        written = self._database.connection().execute(update(EmployeeRow).where(*unchanged).values(_values(employee)))
        if written.rowcount != 1:
            raise ConflictError
        self._database.expire_all()


def _values(employee: Employee) -> dict[str, object]:
    until = employee.paused_until
    return {
        "name": employee.name,
        "passphrase_hash": employee.passphrase_hash,
        "epoch": employee.epoch,
        "is_active": employee.is_active,
        "failures": employee.failures,
        "paused_until": None if until is None else int(until.timestamp()),
    }


def _employee(row: EmployeeRow) -> Employee:
    until = None if row.paused_until is None else datetime.fromtimestamp(row.paused_until, UTC)
    return Employee(row.name, row.passphrase_hash, row.epoch, row.is_active, row.failures, until)
