# SPDX-License-Identifier: EUPL-1.2
"""The validator's database: records, pins, sessions, and a log of what was issued and recovered.

Invariants:
    * A pin is unique both ways, held by the tables themselves: one row for each person, and no two rows with the same
      issuance pseudonym. Two transactions that race for one pin cannot both commit, on any database.
    * A session's nonce is spent by one transaction only.
    * No claim of a credential is stored beside the household record that the validator has anyway.
    * Times are unix seconds, days are ISO dates, both as the database's plain types.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Self

from sqlalchemy import BigInteger, MetaData, func, insert, update
from sqlmodel import Field, SQLModel, col, select
from sqlmodel import Session as DatabaseSession

from edge.database import IN_MEMORY, Database, NoDatabaseError, Trouble, in_code_order
from issuer import migrations
from issuer.errors import SettingsError, StoreBusyError, StoreDamagedError
from issuer.model import UNPINNED, CredentialRecord, Household, PersonId, Pin, Recovery, Session
from issuer.turns import Turns

__all__ = ["ConflictError", "Store", "Table", "Transaction"]

_CHUNK: Final = 1000
_WAIT_SECONDS: Final = 30


class ConflictError(Exception):
    """Another transaction was faster; nothing of this one was kept, and it may be tried again."""


class Table(SQLModel):
    """Keeps this package's tables apart from those of others in the same process; the slices' stores use it too."""

    metadata = MetaData()


class PersonRow(Table, table=True):
    """A household record."""

    __tablename__ = "person"
    person: str = Field(primary_key=True)
    name: str
    birth_date: date
    address: str
    kind: str
    income_cents: int = Field(sa_type=BigInteger)
    norm_cents: int = Field(sa_type=BigInteger)
    children: int
    municipality: str


class PinRow(Table, table=True):
    """Which wallet a record belongs to."""

    __tablename__ = "pin"
    person: str = Field(primary_key=True, foreign_key="person.person")
    issuance_pseudonym: bytes | None = Field(default=None, unique=True)
    recovered_at: date | None
    is_recovering: bool
    valid_until: date | None


class SessionRow(Table, table=True):
    """A nonce that was given to a person."""

    __tablename__ = "session"
    nonce: bytes = Field(primary_key=True)
    person: str = Field(foreign_key="person.person", index=True)
    expires_at: int = Field(index=True, sa_type=BigInteger)
    used_at: int | None = Field(sa_type=BigInteger)


class CredentialRow(Table, table=True):
    """That a credential was issued."""

    __tablename__ = "credential"
    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key="person.person", index=True)
    vct: str
    key_id: bytes
    issued_at: int = Field(sa_type=BigInteger)
    exp: date


class RecoveryRow(Table, table=True):
    """That a person was let begin again with another wallet, by whom and why."""

    __tablename__ = "recovery"
    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key="person.person", index=True)
    employee: str
    reason: str
    recovered_at: int = Field(sa_type=BigInteger)


_PERSON: Final = col(PinRow.person)
_PIN_COLUMNS: Final = {
    name: col(getattr(PinRow, name)) for name in ("issuance_pseudonym", "recovered_at", "is_recovering", "valid_until")
}


class Transaction:
    """What one transaction may read and write. Made by ``Store.transaction`` and gone after it."""

    __slots__ = ("_database",)

    def __init__(self, database: DatabaseSession) -> None:
        self._database = database

    @property
    def database(self) -> DatabaseSession:
        """For the ``store.py`` of this package's slices: their tables take part in the same transaction."""
        return self._database

    def find_household(self, person: PersonId) -> Household | None:
        """The record of a person."""
        row = self._database.get(PersonRow, person)
        return None if row is None else _household(row)

    def lock_person(self, person: PersonId) -> None:
        """Keep every other transaction that does the same for this person waiting until this one ends."""
        self._database.exec(select(PersonRow.person).where(PersonRow.person == person).with_for_update()).first()

    def find_session(self, nonce: bytes) -> Session | None:
        """The session with this nonce."""
        row = self._database.get(SessionRow, nonce)
        if row is None:
            return None
        used_at = None if row.used_at is None else _moment(row.used_at)
        return Session(PersonId(row.person), row.nonce, _moment(row.expires_at), used_at)

    def add_session(self, session: Session) -> None:
        """Keep a new session."""
        self._database.add(
            SessionRow(
                nonce=session.nonce, person=session.person, expires_at=_seconds(session.expires_at), used_at=None
            )
        )
        self._database.flush()

    def spend_session(self, nonce: bytes, at: datetime) -> bool:
        """Mark a session as used; False when it was already."""
        spent = self._database.connection().execute(
            update(SessionRow)
            .where(SessionRow.nonce == nonce, SessionRow.used_at.is_(None))  # type: ignore[union-attr, arg-type]
            .values(used_at=_seconds(at))
        )
        return spent.rowcount == 1

    def spend_sessions_of(self, person: PersonId, at: datetime) -> None:
        """Mark every open session of a person as used."""
        self._database.connection().execute(
            update(SessionRow)
            .where(SessionRow.person == person, SessionRow.used_at.is_(None))  # type: ignore[union-attr, arg-type]
            .values(used_at=_seconds(at))
        )

    def forget_sessions(self, expired_before: datetime) -> None:
        """Delete sessions that expired before a moment."""
        for row in self._database.exec(select(SessionRow).where(SessionRow.expires_at < _seconds(expired_before))):
            self._database.delete(row)

    def pin(self, person: PersonId) -> Pin:
        """The pin of a person's record; ``UNPINNED`` when there never was one."""
        row = self._database.get(PinRow, person)
        if row is None:
            return UNPINNED
        return Pin(row.issuance_pseudonym, row.recovered_at, row.is_recovering, row.valid_until)

    def is_pinned_elsewhere(self, issuance_pseudonym: bytes, person: PersonId) -> bool:
        """Whether the record of anybody else is pinned to this wallet."""
        holder = self._database.exec(
            select(PinRow.person).where(PinRow.issuance_pseudonym == issuance_pseudonym, PinRow.person != person)
        ).first()
        return holder is not None

    def save_pin(self, person: PersonId, pin: Pin, *, replacing: Pin) -> None:
        """Write a record's pin in the place of the one that the decision was made on.

        Compares and writes in one statement, so that of two transactions which read the same pin only one writes, on
        any database and at any isolation level.

        Raises:
            ConflictError: the record's pin is another by now, or another record has this wallet.
        """
        connection = self._database.connection()
        unchanged = [column.is_not_distinct_from(getattr(replacing, name)) for name, column in _PIN_COLUMNS.items()]
        values = {name: getattr(pin, name) for name in _PIN_COLUMNS}
        written = connection.execute(
            update(PinRow).where(_PERSON.is_not_distinct_from(person), *unchanged).values(values)
        )
        if written.rowcount == 0:
            if replacing != UNPINNED:
                raise ConflictError
            connection.execute(insert(PinRow).values(person=person, **values))
        self._database.expire_all()

    def add_credential(self, record: CredentialRecord) -> None:
        """Log that a credential was issued."""
        self._database.add(
            CredentialRow(
                person=record.person,
                vct=record.vct,
                key_id=record.key_id,
                issued_at=_seconds(record.issued_at),
                exp=record.exp,
            )
        )

    def add_recovery(self, recovery: Recovery) -> None:
        """Log that a person was let begin again."""
        self._database.add(
            RecoveryRow(
                person=recovery.person,
                employee=recovery.employee,
                reason=recovery.reason,
                recovered_at=_seconds(recovery.recovered_at),
            )
        )

    def save_households(
        self, households: Sequence[Household], progress: Callable[[int, int], None] | None = None
    ) -> int:
        """Add records, or replace those of the same persons; pins stay. Returns how many were new."""
        added = 0
        for start in range(0, len(households), _CHUNK):
            rows = [_row(household) for household in households[start : start + _CHUNK]]
            known = set(
                self._database.exec(
                    select(PersonRow.person).where(PersonRow.person.in_([row["person"] for row in rows]))  # type: ignore[attr-defined]
                )
            )
            new = [row for row in rows if row["person"] not in known]
            changed = [row for row in rows if row["person"] in known]
            if new:
                self._database.execute(insert(PersonRow), new)
            if changed:
                self._database.execute(update(PersonRow), changed)
            added += len(new)
            if progress is not None:
                progress(start + len(rows), len(households))
        return added

    def persons(self) -> tuple[PersonId, ...]:
        """Everybody with a record, in order."""
        return tuple(
            PersonId(person)
            for person in self._database.exec(select(PersonRow.person).order_by(in_code_order(col(PersonRow.person))))
        )

    def credentials_of(self, person: PersonId) -> tuple[CredentialRecord, ...]:
        """What was issued to a person, oldest first."""
        rows = self._database.exec(select(CredentialRow).where(CredentialRow.person == person).order_by("id"))
        return tuple(
            CredentialRecord(PersonId(row.person), row.vct, row.key_id, _moment(row.issued_at), row.exp) for row in rows
        )

    def recoveries_of(self, person: PersonId) -> tuple[Recovery, ...]:
        """The recoveries of a person's record, oldest first."""
        rows = self._database.exec(select(RecoveryRow).where(RecoveryRow.person == person).order_by("id"))
        return tuple(
            Recovery(PersonId(row.person), row.employee, row.reason, _moment(row.recovered_at)) for row in rows
        )

    def count_pins(self) -> int:
        """How many records belong to a wallet."""
        pinned = select(func.count()).select_from(PinRow).where(PinRow.issuance_pseudonym.is_not(None))  # type: ignore[union-attr]
        return self._database.exec(pinned).one()


class Store:
    """The database, opened. Safe to use from several threads and processes."""

    def __init__(self, database: Database, *, turns: Turns | None = None) -> None:
        self._database = database
        self._turns = turns

    @classmethod
    def at(cls, path: Path) -> Self:
        """Open or create an SQLite file; a new one is readable by its owner only."""
        path.touch(mode=0o600, exist_ok=True)
        turns = Turns(path.with_name(f"{path.name}.turn"), seconds=_WAIT_SECONDS)
        return cls(_open(f"sqlite:///{path}"), turns=turns)

    @classmethod
    def in_memory(cls) -> Self:
        """A database that is gone when the process ends, for demonstrations; for one thread."""
        return cls(_open(IN_MEMORY))

    @classmethod
    def at_url(cls, url: str) -> Self:
        """Open any database that SQLAlchemy knows, PostgreSQL in production.

        Raises:
            SettingsError: not the URL of a database that this program knows.
        """
        try:
            return cls(_open(url))
        except NoDatabaseError:
            raise SettingsError("database.url", "must be the URL of a database that this program knows") from None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Everything inside is kept, or nothing when an error leaves the block.

        Raises:
            ConflictError: another transaction took what this one wanted.
            StoreBusyError: the database stayed locked.
            StoreDamagedError: it cannot be read or written.
        """
        turn = nullcontext() if self._turns is None else self._turns.mine()
        with turn, self._database.writing() as session:
            yield Transaction(session)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """As ``transaction``, for looking only: waits for nobody who writes, and sees one state of the database."""
        with self._database.reading() as session:
            yield Transaction(session)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()
        if self._turns is not None:
            self._turns.close()


def _open(url: str) -> Database:
    return Database.open(url, upgrade=migrations.upgrade, tell=_trouble)


def _trouble(trouble: Trouble) -> Exception:
    match trouble:
        case Trouble.CONFLICT:
            return ConflictError()
        case Trouble.BUSY:
            return StoreBusyError()
        case Trouble.DAMAGED:
            return StoreDamagedError()


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _row(household: Household) -> dict[str, object]:
    return {name: getattr(household, name) for name in PersonRow.model_fields}


def _household(row: PersonRow) -> Household:
    return Household(
        person=PersonId(row.person),
        name=row.name,
        birth_date=row.birth_date,
        address=row.address,
        kind=row.kind,
        income_cents=row.income_cents,
        norm_cents=row.norm_cents,
        children=row.children,
        municipality=row.municipality,
    )
