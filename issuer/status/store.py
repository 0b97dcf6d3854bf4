# SPDX-License-Identifier: EUPL-1.2
"""Status lists in the database.

Invariants:
    * An index of a list is given out once: list and index are the primary key. Two transactions that draw the same
      index cannot both have it, on any database.
    * The version of a list changes in the transaction that changes a status in it.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Index, func, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, col, select

from issuer.model import PersonId
from issuer.status.model import Changed, IssuedStatus, ListVersion, Standing
from issuer.store import Table, Transaction
from ssi.status.lists import StatusValue

__all__ = ["StatusRecords"]

_VALID: Final = int(StatusValue.VALID)
_RANDOM: Final = secrets.SystemRandom()
_ROUNDS: Final = 16
"""Draws in one list; that ten of them do not find ten free indexes in a half-empty list never happens."""
_COUNTED: Final = 1 / 16
"""How often a draw that met a taken index looks how full the list is; counting a full list takes milliseconds."""


class StatusListRow(Table, table=True):
    """A list."""

    __tablename__ = "status_list"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    issuer: str
    is_open: bool
    version: int
    changed_at: int = Field(sa_type=BigInteger)


class StatusRow(Table, table=True):
    """The status of one copy of a credential."""

    __tablename__ = "status"
    list_number: int = Field(primary_key=True, foreign_key="status_list.number")
    list_index: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    person: str = Field(foreign_key="person.person")
    vct: str
    issued_at: int = Field(sa_type=BigInteger)
    exp: date
    status: int


class StandingRow(Table, table=True):
    """The last decision about a person's credentials of a type."""

    __tablename__ = "standing"
    person: str = Field(primary_key=True, foreign_key="person.person")
    vct: str = Field(primary_key=True)
    status: int
    decided_at: int = Field(sa_type=BigInteger)
    employee: str
    reason: str


_LIST: Final = col(StatusRow.list_number)
_STATUS: Final = col(StatusRow.status)
Index("status_of_person", col(StatusRow.person), col(StatusRow.vct))
Index("status_not_valid", _LIST, sqlite_where=_STATUS != _VALID, postgresql_where=_STATUS != _VALID)
_DRAWS: Final[Mapping[str, Any]] = {
    dialect: make(StatusRow).on_conflict_do_nothing().returning(col(StatusRow.list_index))
    for dialect, make in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


class StatusRecords:
    """The statuses, in one transaction.

    Args:
        transaction: takes part in whatever else it does.
        size: of a new list.
    """

    __slots__ = ("_database", "_size", "_transaction")

    def __init__(self, transaction: Transaction, *, size: int) -> None:
        self._transaction = transaction
        self._database = transaction.database
        self._size = size

    def give_out(
        self, person: PersonId, vct: str, count: int, *, issuer: str, issued_at: datetime, exp: date
    ) -> tuple[IssuedStatus, ...]:
        """Take random free indexes for copies of a credential, in random order, in a list of this issuer."""
        entry = {
            "person": person,
            "vct": vct,
            "issued_at": int(issued_at.timestamp()),
            "exp": exp,
            "status": _VALID,
        }
        found: list[IssuedStatus] = []
        while len(found) < count:
            number = self._open_list(issuer, issued_at)
            taken, drawn = self._draw(number, count - len(found), entry)
            found += taken
            if len(found) < count or (drawn > len(taken) and _RANDOM.random() < _COUNTED):
                self._close_when_half_full(number)
        _RANDOM.shuffle(found)
        return tuple(found)

    def _draw(self, number: int, count: int, entry: Mapping[str, object]) -> tuple[list[IssuedStatus], int]:
        """Take up to ``count`` indexes of a list in a few rounds; also returns how many were tried."""
        connection = self._database.connection()
        statement = _DRAWS[connection.dialect.name]
        found: list[int] = []
        drawn = 0
        for _ in range(_ROUNDS):
            # in ascending order, so that transactions that want the same indexes do not wait for each other in a circle
            indexes = sorted(_RANDOM.sample(range(self._size), count - len(found)))
            rows = [{**entry, "list_number": number, "list_index": index} for index in indexes]
            drawn += len(rows)
            found += connection.execute(statement, rows).scalars().all()
            if len(found) == count:
                break
        return [IssuedStatus(number, index) for index in found], drawn

    def decide(
        self,
        standing: Standing,
        changes: Collection[StatusValue],
        reason: str,
        today: date,
    ) -> Changed:
        """Write a decision down, and change every copy that has one of these statuses and has not expired.

        Args:
            standing: the decision; has a moment.
            changes: which statuses become the new one.
            reason: in words.
            today: copies whose last day is over stay as they are.
        """
        decided_at = int((standing.decided_at or datetime.now(UTC)).timestamp())
        self._transaction.lock_person(standing.person)
        values = {"status": int(standing.status), "decided_at": decided_at, "employee": standing.employee}
        values_of_row: dict[str, Any] = {**values, "reason": reason}
        connection = self._database.connection()
        of_standing = (col(StandingRow.person) == standing.person, col(StandingRow.vct) == standing.vct)
        if connection.execute(update(StandingRow).where(*of_standing).values(values_of_row)).rowcount == 0:
            connection.execute(insert(StandingRow).values(person=standing.person, vct=standing.vct, **values_of_row))
        chosen = (
            col(StatusRow.person) == standing.person,
            col(StatusRow.vct) == standing.vct,
            col(StatusRow.exp) >= today,
            _STATUS.in_([int(value) for value in changes]),
        )
        touched = connection.execute(
            select(_LIST, func.count(), func.max(col(StatusRow.exp))).where(*chosen).group_by(_LIST)
        ).all()
        connection.execute(update(StatusRow).where(*chosen).values(status=int(standing.status)))
        self._raise_versions([number for number, _, _ in touched], decided_at)
        return Changed(sum(count for _, count, _ in touched), max((exp for _, _, exp in touched), default=None))

    def end_copies_of(self, person: PersonId, now: datetime) -> int:
        """Make every copy of a person's credentials invalid for ever, of whatever type; returns how many.

        No standing changes, so new copies can be issued. Copies whose last day is over stay as they are.
        """
        self._transaction.lock_person(person)
        connection = self._database.connection()
        chosen = (
            col(StatusRow.person) == person,
            col(StatusRow.exp) >= now.date(),
            _STATUS.in_([_VALID, int(StatusValue.SUSPENDED)]),
        )
        numbers = connection.execute(select(_LIST).where(*chosen).distinct().order_by(_LIST)).scalars().all()
        ended = connection.execute(update(StatusRow).where(*chosen).values(status=int(StatusValue.INVALID)))
        self._raise_versions(numbers, int(now.timestamp()))
        return int(ended.rowcount)

    def standing(self, person: PersonId, vct: str) -> Standing:
        """The last decision about a person and a type, which nobody changes before this transaction ends."""
        self._transaction.lock_person(person)
        row = self._database.get(StandingRow, (person, vct))
        if row is None:
            return Standing(person, vct, StatusValue.VALID)
        return Standing(person, vct, StatusValue(row.status), _moment(row.decided_at), row.employee)

    def lists(self) -> tuple[ListVersion, ...]:
        """Every list."""
        rows = self._database.exec(select(StatusListRow).order_by(col(StatusListRow.number)))
        return tuple(_version(row) for row in rows)

    def find_list(self, number: int) -> ListVersion | None:
        """One list."""
        row = self._database.get(StatusListRow, number)
        return None if row is None else _version(row)

    def not_valid(self, number: int) -> dict[int, int]:
        """The statuses of a list that are not VALID, by index: of one moment, because it is one statement."""
        rows = self._database.exec(
            select(col(StatusRow.list_index), _STATUS).where(col(StatusRow.list_number) == number, _STATUS != _VALID)
        )
        return dict(rows.all())

    def count_given_out(self, number: int) -> int:
        """How many indexes of a list are taken."""
        return self._database.exec(
            select(func.count()).select_from(StatusRow).where(col(StatusRow.list_number) == number)
        ).one()

    def _raise_versions(self, numbers: Iterable[int], changed_at: int) -> None:
        for number in numbers:
            changed = update(StatusListRow).where(col(StatusListRow.number) == number)
            values = {"version": col(StatusListRow.version) + 1, "changed_at": changed_at}
            self._database.connection().execute(changed.values(values))

    def _open_list(self, issuer: str, now: datetime) -> int:
        of_issuer = select(StatusListRow.number).where(col(StatusListRow.is_open), StatusListRow.issuer == issuer)
        number = self._database.exec(of_issuer.order_by(col(StatusListRow.number)).limit(1)).first()
        if number is not None:
            return number
        last = self._database.exec(select(func.max(col(StatusListRow.number)))).one() or 0
        moment = int(now.timestamp())
        row = {"number": last + 1, "issuer": issuer, "is_open": True, "version": 1, "changed_at": moment}
        self._database.connection().execute(insert(StatusListRow).values(row))
        return last + 1

    def _close_when_half_full(self, number: int) -> None:
        if 2 * self.count_given_out(number) >= self._size:
            closed = update(StatusListRow).where(col(StatusListRow.number) == number)
            self._database.connection().execute(closed.values(is_open=False))


def _version(row: StatusListRow) -> ListVersion:
    return ListVersion(row.number, row.issuer, row.version, _moment(row.changed_at))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
