# SPDX-License-Identifier: EUPL-1.2
"""The tables of a pass's desk: pins of pass accounts, and the challenges that were given.

Invariants:
    * A pin is unique both ways, held by the table: one row for each account, and no two with one issuance pseudonym.
    * A pin is written once and never changed. A nonce is spent by one transaction only.
    * Nothing of a person is stored: an account of one period, and a pseudonym of one validator.
"""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, delete, func, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, col, select

from issuer.passes.model import PassAccount, PassSession
from issuer.store import ConflictError, Table, Transaction

__all__ = ["PassTables"]


class PassPinRow(Table, table=True):
    """Which secret a pass account's credentials are for."""

    __tablename__ = "pass_pin"
    account: str = Field(primary_key=True)
    issuance_pseudonym: bytes = Field(unique=True)
    issued_at: int = Field(sa_type=BigInteger)
    issued: int


class PassSessionRow(Table, table=True):
    """A nonce that was given to whoever says to hold a pass account."""

    __tablename__ = "pass_session"
    nonce: bytes = Field(primary_key=True)
    account: str
    expires_at: int = Field(index=True, sa_type=BigInteger)
    used_at: int | None = Field(sa_type=BigInteger)


class PassTables:
    """What one transaction may read and write about a pass's credentials."""

    __slots__ = ("_database",)

    def __init__(self, transaction: Transaction) -> None:
        self._database = transaction.database

    def add_session(self, session: PassSession) -> None:
        """Keep a new session."""
        self._database.add(
            PassSessionRow(
                nonce=session.nonce, account=session.account, expires_at=_seconds(session.expires_at), used_at=None
            )
        )
        self._database.flush()

    def find_session(self, nonce: bytes) -> PassSession | None:
        """The session with this nonce."""
        row = self._database.get(PassSessionRow, nonce)
        if row is None:
            return None
        used_at = None if row.used_at is None else _moment(row.used_at)
        return PassSession(PassAccount(row.account), row.nonce, _moment(row.expires_at), used_at)

    def spend_session(self, nonce: bytes, at: datetime) -> bool:
        """Mark a session as used; False when it was already."""
        unused = col(PassSessionRow.nonce) == nonce, col(PassSessionRow.used_at).is_(None)
        spent = self._database.connection().execute(update(PassSessionRow).where(*unused).values(used_at=_seconds(at)))
        return spent.rowcount == 1

    def forget_sessions(self, expired_before: datetime) -> None:
        """Delete sessions that expired before a moment."""
        self._database.connection().execute(
            delete(PassSessionRow).where(col(PassSessionRow.expires_at) < _seconds(expired_before))
        )

    def pin(self, account: PassAccount) -> bytes | None:
        """The issuance pseudonym that an account is pinned to, 48 octets; None if it never asked."""
        row = self._database.get(PassPinRow, account)
        return None if row is None else row.issuance_pseudonym

    def is_pinned_elsewhere(self, issuance_pseudonym: bytes, account: PassAccount) -> bool:
        """Whether another account is pinned to this wallet."""
        holder = self._database.exec(
            select(PassPinRow.account).where(
                PassPinRow.issuance_pseudonym == issuance_pseudonym, PassPinRow.account != account
            )
        ).first()
        return holder is not None

    def add_pin(self, account: PassAccount, issuance_pseudonym: bytes, at: datetime) -> None:
        """Pin an account for good; ConflictError when another transaction was faster."""
        values = {
            "account": account,
            "issuance_pseudonym": issuance_pseudonym,
            "issued_at": _seconds(at),
            "issued": 1,
        }
        try:
            self._database.connection().execute(insert(PassPinRow).values(values))
        except IntegrityError as error:
            raise ConflictError from error
        self._database.expire_all()

    def count_issued(self, account: PassAccount, at: datetime) -> None:
        """Count one more credential of an account that is pinned."""
        self._database.connection().execute(
            update(PassPinRow)
            .where(col(PassPinRow.account) == account)
            .values(issued=col(PassPinRow.issued) + 1, issued_at=_seconds(at))
        )
        self._database.expire_all()

    def counts(self) -> tuple[int, int]:
        """How many accounts are pinned, and how many credentials they got."""
        accounts, credentials = self._database.exec(
            select(func.count(), func.coalesce(func.sum(PassPinRow.issued), 0)).select_from(PassPinRow)
        ).one()
        return int(accounts), int(credentials)

    def issued(self, account: PassAccount) -> int:
        """How many credentials the account got; all for one secret."""
        row = self._database.get(PassPinRow, account)
        return 0 if row is None else row.issued


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
