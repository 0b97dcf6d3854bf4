# SPDX-License-Identifier: EUPL-1.2
"""Spent nonces, reviews, deferred orders and notifications in the database.

Invariants:
    * A nonce is spent by one transaction only; a deferred order is collected by one only.
    * What a wallet holds as a secret (transaction and notification identifiers) is here as its SHA-256 only.
"""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, col

from issuer.model import PersonId
from issuer.openid.model import DeferredOrder, Review, ReviewState
from issuer.openid.nonces import LiveNonce
from issuer.store import Table, Transaction

__all__ = ["IssuanceRecords"]

_CLEANED: Final = 1 / 64
"""How often spending a nonce also forgets expired ones."""


class SpentNonceRow(Table, table=True):
    """A nonce that was used and has perhaps not expired."""

    __tablename__ = "spent_nonce"
    nonce: bytes = Field(primary_key=True)
    expires_at: int = Field(index=True, sa_type=BigInteger)


class ReviewRow(Table, table=True):
    """The desk's last word about a record."""

    __tablename__ = "review"
    person: str = Field(primary_key=True, foreign_key="person.person")
    state: str
    employee: str
    reason: str
    decided_at: int = Field(sa_type=BigInteger)


class DeferredRow(Table, table=True):
    """An order that waits for the desk."""

    __tablename__ = "deferred_order"
    transaction_hash: bytes = Field(primary_key=True)
    grant_id: str
    person: str = Field(foreign_key="person.person")
    order: bytes
    expires_at: int = Field(index=True, sa_type=BigInteger)


class NotificationRow(Table, table=True):
    """That credentials were issued in one response, and what the wallet says became of them."""

    __tablename__ = "notification"
    notification_hash: bytes = Field(primary_key=True)
    grant_id: str
    person: str = Field(foreign_key="person.person", index=True)
    issued_at: int = Field(sa_type=BigInteger)
    event: str | None
    notified_at: int | None = Field(sa_type=BigInteger)


_SPEND: Final[dict[str, Any]] = {
    dialect: make(SpentNonceRow).on_conflict_do_nothing().returning(col(SpentNonceRow.nonce))
    for dialect, make in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


class IssuanceRecords:
    """The issuer's memory, in one transaction."""

    __slots__ = ("_database", "_transaction")

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._database = transaction.database

    def spend(self, nonce: LiveNonce, now: datetime) -> bool:
        """Mark a nonce as used; False when it was already."""
        connection = self._database.connection()
        if secrets.SystemRandom().random() < _CLEANED:
            connection.execute(delete(SpentNonceRow).where(col(SpentNonceRow.expires_at) < _seconds(now)))
        row = {"nonce": nonce.identifier, "expires_at": _seconds(nonce.expires_at)}
        return connection.execute(_SPEND[connection.dialect.name], row).first() is not None

    def review(self, person: PersonId) -> Review | None:
        """The desk's last word about a record, if there was any; it stays that until this transaction ends."""
        self._transaction.lock_person(person)
        row = self._database.get(ReviewRow, person)
        if row is None:
            return None
        return Review(person, ReviewState(row.state), row.employee, row.reason, _moment(row.decided_at))

    def save_review(self, review: Review) -> None:
        """Write the desk's word down in the place of the last one."""
        self._transaction.lock_person(review.person)
        values = {
            "state": review.state.value,
            "employee": review.employee,
            "reason": review.reason,
            "decided_at": _seconds(review.decided_at),
        }
        connection = self._database.connection()
        written = connection.execute(update(ReviewRow).where(col(ReviewRow.person) == review.person).values(values))
        if written.rowcount == 0:
            connection.execute(insert(ReviewRow).values(person=review.person, **values))

    def add_deferred(self, deferred: DeferredOrder, now: datetime) -> str:
        """Keep an order for later; returns the identifier to collect it with."""
        identifier = secrets.token_urlsafe(32)
        connection = self._database.connection()
        connection.execute(delete(DeferredRow).where(col(DeferredRow.expires_at) < _seconds(now)))
        connection.execute(
            insert(DeferredRow).values(
                transaction_hash=_hash(identifier),
                grant_id=deferred.grant_id,
                person=deferred.person,
                order=deferred.order,
                expires_at=_seconds(deferred.expires_at),
            )
        )
        return identifier

    def find_deferred(self, unverified_identifier: str) -> DeferredOrder | None:
        """The order with this identifier."""
        row = self._database.get(DeferredRow, _hash(unverified_identifier))
        if row is None:
            return None
        return DeferredOrder(row.grant_id, PersonId(row.person), row.order, _moment(row.expires_at))

    def take_deferred(self, unverified_identifier: str) -> bool:
        """Forget an order, because it is about to be answered; False when another transaction did so already."""
        taken = delete(DeferredRow).where(col(DeferredRow.transaction_hash) == _hash(unverified_identifier))
        return bool(self._database.connection().execute(taken).rowcount == 1)

    def add_notification(self, grant_id: str, person: PersonId, now: datetime) -> str:
        """Remember that credentials were issued; returns the identifier for what the wallet says about them."""
        identifier = secrets.token_urlsafe(24)
        self._database.connection().execute(
            insert(NotificationRow).values(
                notification_hash=_hash(identifier),
                grant_id=grant_id,
                person=person,
                issued_at=_seconds(now),
                event=None,
                notified_at=None,
            )
        )
        return identifier

    def notify(self, grant_id: str, unverified_identifier: str, event: str, now: datetime) -> bool:
        """Write down what the wallet says; False when nothing was issued under this grant and identifier."""
        told = update(NotificationRow).where(
            col(NotificationRow.notification_hash) == _hash(unverified_identifier),
            col(NotificationRow.grant_id) == grant_id,
        )
        values = {"event": event, "notified_at": _seconds(now)}
        return bool(self._database.connection().execute(told.values(values)).rowcount == 1)


def _hash(identifier: str) -> bytes:
    return hashlib.sha256(identifier.encode("utf-8", "replace")).digest()


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
