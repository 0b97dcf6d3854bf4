# SPDX-License-Identifier: EUPL-1.2
"""The tables of activation codes: batches, codes, a log, employees, and a count of wrong PINs for each minute.

Invariants:
    * A change of state compares and writes in one statement: of two transactions that saw the same state one writes,
      the other gets ``ConflictError``, on any database and at any isolation level.
    * A person has at most one open code: the unique column ``open_person`` holds it.
    * Of a code its hash is kept, of a PIN a keyed hash. Nothing is kept about the wallet that used them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, delete, insert, text, update
from sqlmodel import Field, col, select

from edge.language import Language
from issuer.activation.model import TIMED, Action, ActivationCode, ActivationState, Approval, Batch, Event
from issuer.model import PersonId
from issuer.store import ConflictError, Table, Transaction

__all__ = ["ActivationTables", "KeptCode"]

_CHUNK: Final = 500
_MINUTE: Final = 60
_COUNT_ATTEMPT: Final = text(
    "INSERT INTO activation_attempts (minute, is_known, attempts) VALUES (:minute, :is_known, 1) "
    "ON CONFLICT (minute, is_known) DO UPDATE SET attempts = activation_attempts.attempts + 1"
)


class BatchRow(Table, table=True):
    """A list that an employee has prepared."""

    __tablename__ = "activation_batch"
    id: int | None = Field(default=None, primary_key=True)
    prepared_by: str
    prepared_at: int = Field(sa_type=BigInteger)
    approved_by: str | None = None
    approved_at: int | None = Field(default=None, sa_type=BigInteger)


class CodeRow(Table, table=True):
    """A person's code."""

    __tablename__ = "activation_code"
    id: int | None = Field(default=None, primary_key=True)
    batch: int = Field(foreign_key="activation_batch.id", index=True)
    person: str = Field(foreign_key="person.person", index=True)
    open_person: str | None = Field(default=None, unique=True)
    language: str
    credentials: str
    state: str = Field(index=True)
    code_hash: bytes | None = Field(default=None, unique=True)
    pin_hash: bytes | None = None
    wrong_pins: int = 0
    sent_at: int | None = Field(default=None, sa_type=BigInteger)
    expires_at: int | None = Field(default=None, index=True, sa_type=BigInteger)
    redeemed_at: int | None = Field(default=None, sa_type=BigInteger)
    replaces: int | None = None


class EventRow(Table, table=True):
    """Who did what, when and why."""

    __tablename__ = "activation_event"
    id: int | None = Field(default=None, primary_key=True)
    action: str
    at: int = Field(sa_type=BigInteger)
    employee: str | None
    code: int | None = Field(default=None, index=True)
    batch: int | None = Field(default=None, index=True)
    reason: str = ""


class AttemptsRow(Table, table=True):
    """How many wrong attempts there were in a minute, on known codes and on unknown ones."""

    __tablename__ = "activation_attempts"
    minute: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False}, sa_type=BigInteger)
    is_known: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    attempts: int


_CODE: Final = {name: col(getattr(CodeRow, name)) for name in CodeRow.model_fields}


@dataclass(frozen=True, slots=True)
class KeptCode:
    """What is kept of a code whose letter was made, for comparing."""

    code: ActivationCode
    code_hash: bytes = field(repr=False)
    pin_hash: bytes = field(repr=False)


class ActivationTables:
    """What one transaction may read and write about activation codes."""

    __slots__ = ("_database",)

    def __init__(self, transaction: Transaction) -> None:
        self._database = transaction.database

    # batches

    def add_batch(
        self, approvals: Sequence[Approval], *, employee: str, at: datetime, replaces: int | None = None
    ) -> int:
        """Keep a prepared list, perhaps in the place of a code; ConflictError when a person on it has an open code."""
        row = BatchRow(prepared_by=employee, prepared_at=_seconds(at))
        self._database.add(row)
        self._database.flush()
        batch = _id(row.id)
        self._database.execute(
            insert(CodeRow),
            [
                {
                    "batch": batch,
                    "person": approval.person,
                    "open_person": approval.person,
                    "language": approval.language.value,
                    "credentials": " ".join(approval.credentials),
                    "state": ActivationState.PREPARED.value,
                    "wrong_pins": 0,
                    "replaces": replaces,
                }
                for approval in approvals
            ],
        )
        return batch

    def find_batch(self, batch: int) -> Batch | None:
        """One list."""
        row = self._database.get(BatchRow, batch, populate_existing=True)
        return None if row is None else _batch(row)

    def batches(self) -> tuple[Batch, ...]:
        """Every list, the newest first."""
        return tuple(_batch(row) for row in self._database.exec(select(BatchRow).order_by(col(BatchRow.id).desc())))

    def approve_batch(self, batch: int, *, employee: str, at: datetime) -> None:
        """Approve a list and its codes; ConflictError when it was approved already, or by who prepared it."""
        written = self._database.connection().execute(
            update(BatchRow)
            .where(
                col(BatchRow.id) == batch, col(BatchRow.approved_by).is_(None), col(BatchRow.prepared_by) != employee
            )
            .values(approved_by=employee, approved_at=_seconds(at))
        )
        if written.rowcount != 1:
            raise ConflictError
        self._database.connection().execute(
            update(CodeRow)
            .where(_CODE["batch"] == batch, _CODE["state"] == ActivationState.PREPARED.value)
            .values(state=ActivationState.APPROVED.value)
        )
        self._database.expire_all()

    # codes

    def find_code(self, code: int) -> ActivationCode | None:
        """One code, as its row stands."""
        row = self._database.get(CodeRow, code, populate_existing=True)
        return None if row is None else _code(row)

    def codes(
        self,
        *,
        batch: int | None = None,
        person: PersonId | None = None,
        state: ActivationState | None = None,
        now: datetime,
        most: int | None = None,
        after: int = 0,
    ) -> tuple[ActivationCode, ...]:
        """Codes in the order in which they were prepared; a state is that at ``now``."""
        asked = select(CodeRow).where(_CODE["id"] > after).order_by(_CODE["id"])
        if batch is not None:
            asked = asked.where(_CODE["batch"] == batch)
        if person is not None:
            asked = asked.where(_CODE["person"] == person)
        over = _CODE["state"].in_([state.value for state in TIMED]) & (_CODE["expires_at"] <= _seconds(now))
        if state is ActivationState.EXPIRED:
            asked = asked.where((_CODE["state"] == state.value) | over)
        elif state is not None:
            asked = asked.where(_CODE["state"] == state.value, ~over)
        if most is not None:
            asked = asked.limit(most)
        return tuple(_code(row) for row in self._database.exec(asked))

    def open_persons(self, persons: Iterable[PersonId]) -> frozenset[PersonId]:
        """Who of these has an open code."""
        found: set[PersonId] = set()
        asked = list(persons)
        for start in range(0, len(asked), _CHUNK):
            rows = self._database.exec(
                select(CodeRow.open_person).where(_CODE["open_person"].in_(asked[start : start + _CHUNK]))
            )
            found.update(PersonId(person) for person in rows if person is not None)
        return frozenset(found)

    def find_kept(self, code_hash: bytes) -> KeptCode | None:
        """The code with this hash."""
        row = self._database.exec(
            select(CodeRow).where(_CODE["code_hash"] == code_hash).execution_options(populate_existing=True)
        ).first()
        if row is None or row.code_hash is None or row.pin_hash is None:
            return None
        return KeptCode(_code(row), row.code_hash, row.pin_hash)

    def send(self, code: ActivationCode, *, code_hash: bytes, pin_hash: bytes, at: datetime, until: datetime) -> None:
        """Code and PIN of an approved code begin to work."""
        self._change(
            code,
            state=ActivationState.SENT.value,
            code_hash=code_hash,
            pin_hash=pin_hash,
            wrong_pins=0,
            sent_at=_seconds(at),
            expires_at=_seconds(until),
        )

    def end(self, code: ActivationCode, state: ActivationState) -> None:
        """Revoke or replace a code, or note that its time is over."""
        self._change(code, state=state.value, open_person=None)

    def redeem(self, code: ActivationCode, at: datetime) -> None:
        """Use a code, once."""
        self._change(code, state=ActivationState.REDEEMED.value, open_person=None, redeemed_at=_seconds(at))

    def count_wrong_pin(self, code: ActivationCode | None, *, locks: bool, at: datetime) -> None:
        """Count a wrong PIN; for an unknown code, do the same work on no row.

        Args:
            code: as the decision saw it; None when there is no such code.
            locks: whether this one was the last.
            at: now; only its minute is kept, and it says nothing about the code.
        """
        wrong, state = (0, ActivationState.SENT) if code is None else (code.wrong_pins, code.state)
        written = self._database.connection().execute(
            update(CodeRow)
            .where(
                _CODE["id"] == (0 if code is None else code.id),
                _CODE["state"] == state.value,
                _CODE["wrong_pins"] == wrong,
            )
            .values(wrong_pins=wrong + 1, state=(ActivationState.LOCKED if locks else state).value)
        )
        if code is not None and written.rowcount != 1:
            raise ConflictError
        self._database.connection().execute(
            _COUNT_ATTEMPT, {"minute": _seconds(at) // _MINUTE, "is_known": int(code is not None)}
        )
        self._database.expire_all()

    def wrong_pins_in_minute(self, at: datetime) -> int:
        """How many wrong PINs there were for known codes in this minute; guesses of codes are idle and do not count."""
        found = self._database.exec(
            select(AttemptsRow.attempts).where(
                col(AttemptsRow.minute) == _seconds(at) // _MINUTE, col(AttemptsRow.is_known) == 1
            )
        ).first()
        return found or 0

    def forget_attempts(self, before: datetime) -> None:
        """Delete the counts of earlier minutes."""
        self._database.connection().execute(
            delete(AttemptsRow).where(col(AttemptsRow.minute) < _seconds(before) // _MINUTE)
        )

    def _change(self, code: ActivationCode, **values: object) -> None:
        """Write a code in the place of the one that the decision was made on; ConflictError when that has changed."""
        written = self._database.connection().execute(
            update(CodeRow)
            .where(
                _CODE["id"] == code.id,
                _CODE["state"] == code.state.value,
                _CODE["wrong_pins"] == code.wrong_pins,
                _CODE["sent_at"].is_not_distinct_from(None if code.sent_at is None else _seconds(code.sent_at)),
            )
            .values(**values)
        )
        if written.rowcount != 1:
            raise ConflictError
        self._database.expire_all()

    # log

    def log(self, events: Iterable[Event]) -> None:
        """Keep who did what."""
        rows: list[dict[str, Any]] = [
            {
                "action": event.action.value,
                "at": _seconds(event.at),
                "employee": event.employee,
                "code": event.code,
                "batch": event.batch,
                "reason": event.reason,
            }
            for event in events
        ]
        if rows:
            self._database.execute(insert(EventRow), rows)

    def events(self, *, code: int | None = None, batch: int | None = None) -> tuple[Event, ...]:
        """The log, of one code or of one batch and its codes, oldest first."""
        asked = select(EventRow).order_by(col(EventRow.id))
        if code is not None:
            asked = asked.where(col(EventRow.code) == code)
        if batch is not None:
            asked = asked.where(col(EventRow.batch) == batch)
        return tuple(
            Event(Action(row.action), _moment(row.at), row.employee, row.code, row.batch, row.reason)
            for row in self._database.exec(asked)
        )


def _id(value: int | None) -> int:
    if value is None:
        raise RuntimeError("a row has no number before it is written")
    return value


def _batch(row: BatchRow) -> Batch:
    return Batch(_id(row.id), row.prepared_by, _moment(row.prepared_at), row.approved_by, _maybe(row.approved_at))


def _code(row: CodeRow) -> ActivationCode:
    return ActivationCode(
        id=_id(row.id),
        batch=row.batch,
        person=PersonId(row.person),
        language=Language(row.language),
        credentials=tuple(row.credentials.split(" ")),
        state=ActivationState(row.state),
        wrong_pins=row.wrong_pins,
        sent_at=_maybe(row.sent_at),
        expires_at=_maybe(row.expires_at),
        redeemed_at=_maybe(row.redeemed_at),
        replaces=row.replaces,
    )


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: int | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)
