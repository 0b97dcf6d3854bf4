# SPDX-License-Identifier: EUPL-1.2
"""Links, keys of the sponsor's employees and open requests, in the database that the sponsor's list of shops is in.

Several processes may serve one programme, and a command may make a link that they honour.

Invariants:

- A link is kept under the SHA-256 of its ticket; what is in the database opens nothing.
- A link is used, a request answered and an answer collected in one statement that changes one row or none: of two that
  come at once one is refused.
- What is over is deleted when the next one is made. Keys are never deleted.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, MetaData, Text, delete, func, update
from sqlmodel import Field, Session, SQLModel, col, select

from edge.database import Database
from programmable_money.database import ConflictError
from programmable_money.messages import Address, PaymentDomain, PaymentRequest, SignedPermit
from programmable_money.shops.browsers.model import DeskKey, DeskPairing, OpenRequest, Pairing, ShopPairing
from programmable_money.shops.model import KeyKind, ShopError, ShopRefusal

__all__ = ["MOST_LINKS", "MOST_REQUESTS", "BrowserStore", "Table"]

MOST_LINKS = 50
"""Links that may be open for one shop, or for the sponsor's desk: nobody fills the list for others."""
MOST_REQUESTS = 200
"""Requests that one shop may have open."""
_DESK = "sponsor"


class Table(SQLModel):
    """Keeps this slice's tables apart from those of others."""

    metadata = MetaData()


class LinkRow(Table, table=True):
    """A link that was not used yet."""

    __tablename__ = "shop_link"
    name: bytes = Field(primary_key=True, sa_type=LargeBinary)
    account: str = Field(index=True)
    kind: str
    label: str
    until: int = Field(sa_type=BigInteger)


class DeskKeyRow(Table, table=True):
    """A key of an employee of the sponsor."""

    __tablename__ = "shop_desk_key"
    key: str = Field(primary_key=True)
    employee: str = Field(index=True)
    registered_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class RequestRow(Table, table=True):
    """A request that a till shows."""

    __tablename__ = "shop_request"
    name: str = Field(primary_key=True)
    fund: str
    till: str
    account: str = Field(index=True)
    amount: int = Field(sa_type=BigInteger)
    until: int = Field(sa_type=BigInteger)
    permit: str | None = Field(default=None, sa_type=Text)


class BrowserStore:
    """The tables; the database is opened and closed by the list of shops.

    Times are kept in whole seconds.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- links ----

    def add_link(self, name: bytes, made: Pairing, now: datetime) -> None:
        """Keep a link.

        Args:
            name: SHA-256 of its ticket.
        Raises:
            ShopError: ``too_many_open``.
        """
        row = LinkRow(name=name, until=_seconds(made.until), **_place(made))

        def keep(session: Session) -> None:
            session.connection().execute(delete(LinkRow).where(col(LinkRow.until) <= _seconds(now)))
            open_ones = select(func.count()).select_from(LinkRow).where(LinkRow.account == row.account)
            if session.exec(open_ones).one() >= MOST_LINKS:
                raise ShopError(ShopRefusal.TOO_MANY_OPEN)
            session.add(LinkRow(**row.model_dump()))

        self._database.write(keep)

    def find_link(self, name: bytes, now: datetime) -> Pairing | None:
        """What a link is for, while it counts."""
        with self._database.reading() as session:
            row = session.get(LinkRow, name)
            return None if row is None or row.until <= _seconds(now) else _pairing(row)

    def take_link(self, name: bytes, now: datetime) -> Pairing | None:
        """Use a link up; None when it was used, is too old, or never was."""
        with self._database.writing() as session:
            row = session.get(LinkRow, name)
            if row is None:
                return None
            made = _pairing(row)
            taken: Any = session.connection().execute(delete(LinkRow).where(col(LinkRow.name) == name))
            return made if taken.rowcount == 1 and made.until > now else None

    # ---- keys of the sponsor's employees ----

    def add_desk_key(self, key: DeskKey) -> None:
        """Register a key; ShopError ``key_taken``."""
        try:
            with self._database.writing() as session:
                at = _seconds(key.registered_at)
                session.add(DeskKeyRow(key=key.key, employee=key.employee, registered_at=at))
        except ConflictError:
            raise ShopError(ShopRefusal.KEY_TAKEN) from None

    def find_desk_key(self, key: Address) -> DeskKey | None:
        """A key, also a revoked one."""
        with self._database.reading() as session:
            row = session.get(DeskKeyRow, key)
            return None if row is None else _desk_key(row)

    def revoke_desk_keys(self, employee: str, at: datetime) -> int:
        """From now on no browser of an employee counts; how many did."""
        in_force = col(DeskKeyRow.employee) == employee, col(DeskKeyRow.revoked_at).is_(None)
        with self._database.writing() as session:
            revoked: Any = session.connection().execute(
                update(DeskKeyRow).where(*in_force).values(revoked_at=_seconds(at))
            )
            return int(revoked.rowcount)

    # ---- requests ----

    def add_request(self, name: str, asked: OpenRequest, now: datetime, *, kept: timedelta) -> None:
        """Keep a request; ShopError ``too_many_open``.

        Args:
            kept: how long after its end a request can still be looked at.
        """
        content = asked.content

        def keep(session: Session) -> None:
            over = col(RequestRow.until) <= _seconds(now - kept)
            session.connection().execute(delete(RequestRow).where(over))
            open_ones = select(func.count()).select_from(RequestRow).where(RequestRow.account == content.merchant)
            if session.exec(open_ones).one() >= MOST_REQUESTS:
                raise ShopError(ShopRefusal.TOO_MANY_OPEN)
            session.add(
                RequestRow(
                    name=name,
                    fund=content.domain.fund,
                    till=asked.till,
                    account=content.merchant,
                    amount=content.amount,
                    until=_seconds(asked.until),
                )
            )

        self._database.write(keep)

    def find_request(self, name: str, domain: PaymentDomain) -> OpenRequest | None:
        """A request of a fund, also one that is over or was answered."""
        with self._database.reading() as session:
            row = session.get(RequestRow, name)
            return None if row is None or row.fund != domain.fund else _request(row, domain)

    def answer_request(self, name: str, permit: SignedPermit, now: datetime) -> bool:
        """Keep the first answer; False when there is one, or the request is over."""
        where = (
            col(RequestRow.name) == name,
            col(RequestRow.permit).is_(None),
            col(RequestRow.until) > _seconds(now),
        )
        return self._changes_one(update(RequestRow).where(*where).values(permit=permit.to_json()))

    def take_request(self, name: str) -> bool:
        """Remove an answered request, to charge its answer; False when another one was faster."""
        return self._changes_one(
            delete(RequestRow).where(col(RequestRow.name) == name, col(RequestRow.permit).is_not(None))
        )

    # ---- inside ----

    def _changes_one(self, statement: Any) -> bool:
        with self._database.writing() as session:
            done: Any = session.connection().execute(statement)
            return bool(done.rowcount == 1)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _place(made: Pairing) -> dict[str, str]:
    match made:
        case ShopPairing():
            return {"account": made.shop, "kind": made.kind.value, "label": made.label}
        case DeskPairing():
            return {"account": "", "kind": _DESK, "label": made.employee}


def _pairing(row: LinkRow) -> Pairing:
    until = _moment(row.until)
    if row.kind == _DESK:
        return DeskPairing(row.label, until)
    return ShopPairing(Address(row.account), KeyKind(row.kind), row.label, until)


def _desk_key(row: DeskKeyRow) -> DeskKey:
    revoked_at = None if row.revoked_at is None else _moment(row.revoked_at)
    return DeskKey(Address(row.key), row.employee, _moment(row.registered_at), revoked_at)


def _request(row: RequestRow, domain: PaymentDomain) -> OpenRequest:
    content = PaymentRequest(domain, Address(row.account), row.amount)
    permit = None if row.permit is None else SignedPermit.from_json(row.permit)
    return OpenRequest(Address(row.till), content, _moment(row.until), permit)
