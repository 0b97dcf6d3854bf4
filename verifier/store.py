# SPDX-License-Identifier: EUPL-1.2
"""The verifier's database: open requests, decisions until they are forgotten, pseudonyms until their period is over.

Invariants:
    * A request is answered by one transaction only: ``answer`` compares the stage and writes in one statement, on any
      database and at any isolation level.
    * One final decision that allows for each pseudonym in a scope, held by the table itself.
    * No presentation and no claim that a policy does not keep is ever written.
    * Times are unix seconds.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from sqlalchemy import BigInteger, MetaData, delete, update
from sqlmodel import Field, SQLModel, col, select
from sqlmodel import Session as DatabaseSession

from edge.database import IN_MEMORY, Database, NoDatabaseError, Trouble, in_code_order
from ssi.errors import Reason
from verifier import migrations
from verifier.errors import SettingsError, StoreBusyError, StoreDamagedError
from verifier.model import DecisionRecord, PresentationRequest, Refusal, RequestId, Stage, WalletRefusal
from verifier.policy.deciding import Allowed, Denied
from verifier.policy.model import Device, PolicyId

__all__ = ["ConflictError", "Store", "Table", "Transaction"]

_PRAGMAS: Final = ("secure_delete = ON",)
"""What is deleted is overwritten; without a write-ahead log, which would keep it for a while."""


class ConflictError(Exception):
    """Another transaction was faster; nothing of this one was kept, and it may be tried again."""


class Table(SQLModel):
    """Keeps this package's tables apart from those of others in the same process."""

    metadata = MetaData()


class RequestRow(Table, table=True):
    """A request, from the start until it is forgotten."""

    __tablename__ = "request"
    id: str = Field(primary_key=True)
    policy: str
    version: int
    device: str
    query: str | None
    nonce: str = Field(unique=True)
    state: str
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(index=True, sa_type=BigInteger)
    browser_hash: bytes
    response_key: str | None
    stage: str
    attempts: int
    response_code_hash: bytes | None
    reason: str | None
    correlation: str | None


class DecisionRow(Table, table=True):
    """A decision and its receipt."""

    __tablename__ = "decision"
    id: str = Field(primary_key=True)
    request: str = Field(unique=True)
    policy: str
    version: int
    allowed: bool
    reasons: str
    decided_at: int = Field(index=True, sa_type=BigInteger)
    receipt: str
    pseudonym: bytes | None
    scope: str | None
    is_final: bool
    forget_at: int = Field(index=True, sa_type=BigInteger)


class AllowedRow(Table, table=True):
    """That a pseudonym was allowed in a scope; outlives the decision if the period does."""

    __tablename__ = "allowed"
    scope: str = Field(primary_key=True)
    pseudonym: bytes = Field(primary_key=True)
    decision: str = Field(index=True)
    forget_at: int = Field(index=True, sa_type=BigInteger)


class Transaction:
    """What one transaction may read and write. Made by ``Store.transaction`` and gone after it."""

    __slots__ = ("_database",)

    def __init__(self, database: DatabaseSession) -> None:
        self._database = database

    def add_request(self, request: PresentationRequest) -> None:
        """Keep a new request."""
        self._database.add(
            RequestRow(
                id=request.id,
                policy=request.policy.name,
                version=request.policy.version,
                device=request.device.value,
                query=request.query,
                nonce=request.nonce,
                state=request.state,
                created_at=_seconds(request.created_at),
                expires_at=_seconds(request.expires_at),
                browser_hash=request.browser_hash,
                response_key=request.response_key,
                stage=request.stage.value,
                attempts=request.attempts,
                response_code_hash=request.response_code_hash,
                reason=None,
                correlation=None,
            )
        )
        self._database.flush()

    def find_request(self, id_: RequestId) -> PresentationRequest | None:
        """The request with this id."""
        row = self._database.get(RequestRow, id_)
        return None if row is None else _request(row)

    def refuse(
        self, request: PresentationRequest, refusal: Refusal, *, response_code_hash: bytes | None = None
    ) -> bool:
        """Note that an answer did not pass, if the request still is as it was read.

        Args:
            response_code_hash: of the code with which the browser comes back, when the wallet declined.
        """
        stage = Stage.DECLINED if isinstance(refusal.reason, WalletRefusal) else Stage.REFUSED
        return self._change(
            request,
            stage=stage.value,
            attempts=request.attempts + 1,
            reason=refusal.reason.value,
            correlation=refusal.correlation,
            response_code_hash=response_code_hash,
        )

    def answer(self, request: PresentationRequest, *, stage: Stage, response_code_hash: bytes | None) -> bool:
        """Spend the request's nonce; False when somebody did before. The key for answers is deleted."""
        return self._change(
            request,
            stage=stage.value,
            response_code_hash=response_code_hash,
            response_key=None,
            reason=None,
            correlation=None,
        )

    def finish(self, request: PresentationRequest) -> bool:
        """The browser came back: the decision is final, and the code for that is spent.

        Raises:
            ConflictError: the decision gave way at this very moment.
        """
        if not self._change(request, stage=Stage.FINISHED.value, response_code_hash=None):
            return False
        changed = self._database.connection().execute(
            update(DecisionRow).where(col(DecisionRow.request) == request.id).values(is_final=True)
        )
        self._database.expire_all()
        if changed.rowcount != 1:
            raise ConflictError
        return True

    def _change(self, request: PresentationRequest, **values: object) -> bool:
        changed = self._database.connection().execute(
            update(RequestRow)
            .where(
                col(RequestRow.id) == request.id,
                col(RequestRow.stage) == request.stage.value,
                col(RequestRow.attempts) == request.attempts,
            )
            .values(values)
        )
        self._database.expire_all()
        return changed.rowcount == 1

    def add_decision(self, record: DecisionRecord) -> None:
        """Keep a decision."""
        self._database.add(
            DecisionRow(
                id=record.id,
                request=record.request,
                policy=record.policy.name,
                version=record.policy.version,
                allowed=isinstance(record.decision, Allowed),
                reasons=json.dumps(record.decision.reasons),
                decided_at=_seconds(record.decided_at),
                receipt=record.receipt,
                pseudonym=record.pseudonym,
                scope=record.scope,
                is_final=record.is_final,
                forget_at=_seconds(record.forget_at),
            )
        )
        self._database.flush()

    def was_allowed(self, scope: str, pseudonym: bytes) -> bool:
        """Whether a final decision allowed this pseudonym in this scope.

        One that is not final gives way: the browser that started never came back, so nothing was handed out.

        Raises:
            ConflictError: that browser comes back at this very moment.
        """
        row = self._database.get(AllowedRow, (scope, pseudonym))
        if row is None:
            return False
        decision = self._database.get(DecisionRow, row.decision)
        if decision is None or decision.is_final:
            return True
        # What was read may be over by now: whoever deletes or finishes first, the other one finds no row.
        gave_way = self._database.connection().execute(
            delete(DecisionRow).where(col(DecisionRow.id) == row.decision, col(DecisionRow.is_final).is_(False))
        )
        if gave_way.rowcount != 1:
            raise ConflictError
        self._database.connection().execute(
            delete(AllowedRow).where(
                col(AllowedRow.scope) == scope,
                col(AllowedRow.pseudonym) == pseudonym,
                col(AllowedRow.decision) == row.decision,
            )
        )
        self._database.expunge_all()
        return False

    def add_allowed(self, scope: str, pseudonym: bytes, decision: str, forget_at: datetime) -> None:
        """Remember a pseudonym; ``ConflictError`` at the end of the transaction when another was faster."""
        self._database.add(
            AllowedRow(scope=scope, pseudonym=pseudonym, decision=decision, forget_at=_seconds(forget_at))
        )
        self._database.flush()

    def find_decision(self, request: RequestId) -> DecisionRecord | None:
        """The decision about a request."""
        row = self._database.exec(select(DecisionRow).where(DecisionRow.request == request)).first()
        return None if row is None else _decision(row)

    def decisions(self, *, most: int) -> Sequence[DecisionRecord]:
        """The final decisions, newest first."""
        rows = self._database.exec(
            select(DecisionRow)
            .where(col(DecisionRow.is_final))
            .order_by(col(DecisionRow.decided_at).desc(), in_code_order(col(DecisionRow.id)))
            .limit(most)
        )
        return tuple(_decision(row) for row in rows)

    def forget(self, now: datetime, requests_before: datetime) -> None:
        """Delete what is over: requests that expired before a moment, decisions and pseudonyms whose time has come.

        The key for answers goes as soon as a request expires.
        """
        connection = self._database.connection()
        connection.execute(
            update(RequestRow)
            .where(col(RequestRow.expires_at) < _seconds(now), col(RequestRow.response_key).is_not(None))
            .values(response_key=None)
        )
        connection.execute(delete(RequestRow).where(col(RequestRow.expires_at) < _seconds(requests_before)))
        connection.execute(delete(DecisionRow).where(col(DecisionRow.forget_at) <= _seconds(now)))
        connection.execute(delete(AllowedRow).where(col(AllowedRow.forget_at) <= _seconds(now)))
        self._database.expire_all()


class Store:
    """The database, opened. Safe to use from several threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def at(cls, path: Path) -> Self:
        """Open or create an SQLite file; a new one is readable by its owner only."""
        path.touch(mode=0o600, exist_ok=True)
        return cls(_open(f"sqlite:///{path}"))

    @classmethod
    def in_memory(cls) -> Self:
        """A database that is gone when the process ends; for one thread at a time."""
        return cls(_open(IN_MEMORY))

    @classmethod
    def at_url(cls, url: str) -> Self:
        """Open any database that SQLAlchemy knows, PostgreSQL in production; SettingsError for no address of one."""
        try:
            return cls(_open(url))
        except NoDatabaseError:
            raise SettingsError(
                "database", "must be the address of a database, such as postgresql+psycopg://"
            ) from None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Everything inside is kept, or nothing when an error leaves the block.

        Raises:
            ConflictError: another transaction took what this one wanted.
            StoreBusyError: the database stayed locked.
            StoreDamagedError: it cannot be read or written.
        """
        with self._database.writing() as session:
            yield Transaction(session)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()


def _open(url: str) -> Database:
    return Database.open(url, upgrade=migrations.upgrade, tell=_trouble, pragmas=_PRAGMAS)


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


def _refusal(row: RequestRow) -> Refusal | None:
    if row.reason is None:
        return None
    reason = WalletRefusal(row.reason) if row.stage == Stage.DECLINED.value else Reason(row.reason)
    return Refusal(reason, row.correlation or "")


def _request(row: RequestRow) -> PresentationRequest:
    return PresentationRequest(
        id=RequestId(row.id),
        policy=PolicyId(row.policy, row.version),
        device=Device(row.device),
        query=row.query,
        nonce=row.nonce,
        state=row.state,
        created_at=_moment(row.created_at),
        expires_at=_moment(row.expires_at),
        browser_hash=row.browser_hash,
        response_key=row.response_key,
        stage=Stage(row.stage),
        attempts=row.attempts,
        response_code_hash=row.response_code_hash,
        refusal=_refusal(row),
    )


def _decision(row: DecisionRow) -> DecisionRecord:
    reasons = tuple(json.loads(row.reasons))
    return DecisionRecord(
        id=row.id,
        request=RequestId(row.request),
        policy=PolicyId(row.policy, row.version),
        decision=Allowed(reasons) if row.allowed else Denied(reasons),
        decided_at=_moment(row.decided_at),
        receipt=row.receipt,
        pseudonym=row.pseudonym,
        scope=row.scope,
        is_final=row.is_final,
        forget_at=_moment(row.forget_at),
    )
