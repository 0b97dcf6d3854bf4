# SPDX-License-Identifier: EUPL-1.2
"""The read model: tables filled from events and from nothing else, to be thrown away and rebuilt at any time.

Invariants:

- The only module that knows the database. Table classes end in ``Row`` and do not leave it.
- No table holds a balance: balances are the contracts'.
- Applying the same events again changes nothing; a rebuild and a step-by-step run give the same rows.
- SQLite and PostgreSQL; a database is brought to the newest revision when it is opened.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import BigInteger, LargeBinary, MetaData, delete
from sqlmodel import Field, Session, SQLModel, col, select

from edge.database import in_code_order
from programmable_money.database import open_database
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, FundAddress
from programmable_money.records import (
    ClaimRecord,
    DepositRecord,
    FundRecord,
    KeyRecord,
    PaymentEntry,
    SettlementRecord,
    ShopRecord,
)

__all__ = ["Store", "Table"]


_FLUSH_EVERY: Final = 1_000
"""Events whose rows are written together; a look-up writes what is waiting first."""


class Table(SQLModel):
    """Keeps the read model's tables apart from those of others."""

    metadata = MetaData()


class CursorRow(Table, table=True):
    """How far the events were applied: one row."""

    __tablename__ = "money_cursor"
    id: int = Field(default=1, primary_key=True)
    block: int = Field(default=-1, sa_type=BigInteger)
    index: int = -1


class DepositRow(Table, table=True):
    """A deposit."""

    __tablename__ = "money_deposit"
    reference: bytes = Field(primary_key=True, sa_type=LargeBinary)
    to: str
    amount: int = Field(sa_type=BigInteger)
    minted_at: int = Field(sa_type=BigInteger)


class FundRow(Table, table=True):
    """A fund."""

    __tablename__ = "money_fund"
    fund: str = Field(primary_key=True)
    rulebook_hash: bytes = Field(sa_type=LargeBinary)
    period: int = Field(sa_type=BigInteger)
    sponsor: str
    funded: int = Field(default=0, sa_type=BigInteger)
    is_paused: bool = False
    is_closed: bool = False


class KeyRow(Table, table=True):
    """A validator's key."""

    __tablename__ = "money_key"
    key_id: bytes = Field(primary_key=True, sa_type=LargeBinary)
    type_id: bytes = Field(sa_type=LargeBinary)
    validator: str = Field(index=True)
    valid_from: int = Field(sa_type=BigInteger)
    valid_until: int = Field(sa_type=BigInteger)
    is_revoked: bool = False


class ClaimRow(Table, table=True):
    """A claim."""

    __tablename__ = "money_claim"
    fund: str = Field(primary_key=True)
    nullifier: bytes = Field(primary_key=True, sa_type=LargeBinary)
    key_id: bytes = Field(sa_type=LargeBinary)
    account: str = Field(index=True)
    amount: int = Field(sa_type=BigInteger)
    as_of: int
    claimed_at: int = Field(sa_type=BigInteger)


class PaymentRow(Table, table=True):
    """A payment."""

    __tablename__ = "money_payment"
    fund: str = Field(primary_key=True)
    payment: bytes = Field(primary_key=True, sa_type=LargeBinary)
    account: str = Field(index=True)
    merchant: str = Field(index=True)
    amount: int = Field(sa_type=BigInteger)
    refunded: int = Field(default=0, sa_type=BigInteger)
    paid_at: int = Field(sa_type=BigInteger)


class ShopRow(Table, table=True):
    """A shop in a fund."""

    __tablename__ = "money_shop"
    fund: str = Field(primary_key=True)
    merchant: str = Field(primary_key=True)
    category: int
    is_approved: bool
    batch: int = 0


class SettlementRow(Table, table=True):
    """A shop's part of a settlement."""

    __tablename__ = "money_settlement"
    fund: str = Field(primary_key=True)
    merchant: str = Field(primary_key=True)
    batch: int = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)
    reference: bytes = Field(index=True, sa_type=LargeBinary)
    settled_at: int = Field(sa_type=BigInteger)


class Store:
    """The read model in one database.

    Args:
        url: SQLAlchemy's, such as ``sqlite:///money.db`` or ``postgresql+psycopg://...``.
    """

    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def last(self) -> tuple[int, int]:
        """Block and index of the last event applied; (-1, -1) when empty."""
        with self._database.reading() as session:
            cursor = session.get(CursorRow, 1)
            return (-1, -1) if cursor is None else (cursor.block, cursor.index)

    def rebuild(self, events: Iterable[ChainEvent]) -> int:
        """Throw everything away and apply all events; returns how many."""
        ordered = _in_order(events)

        def again(session: Session) -> int:
            for table in reversed(Table.metadata.sorted_tables):
                session.connection().execute(delete(table))
            return _apply(session, ordered)

        return self._database.write(again)

    def apply(self, events: Iterable[ChainEvent]) -> int:
        """Apply what comes after the last event applied, in order and in one transaction; returns how many."""
        ordered = _in_order(events)
        return self._database.write(lambda session: _apply(session, ordered))

    def deposits(self) -> tuple[DepositRecord, ...]:
        """All deposits, in order of time."""
        with self._database.reading() as session:
            rows = session.exec(select(DepositRow).order_by(col(DepositRow.minted_at), col(DepositRow.reference)))
            return tuple(
                DepositRecord(row.reference, Address(row.to), Amount(row.amount), row.minted_at) for row in rows
            )

    def funds(self) -> tuple[FundRecord, ...]:
        """All funds, by period and address."""
        with self._database.reading() as session:
            return tuple(
                FundRecord(
                    FundAddress(Address(row.fund)),
                    row.rulebook_hash,
                    row.period,
                    Address(row.sponsor),
                    Amount(row.funded),
                    row.is_paused,
                    row.is_closed,
                )
                for row in session.exec(select(FundRow).order_by(col(FundRow.period), in_code_order(col(FundRow.fund))))
            )

    def keys(self) -> tuple[KeyRecord, ...]:
        """All validators' keys, by validator and start."""
        with self._database.reading() as session:
            return tuple(
                KeyRecord(
                    row.key_id, row.type_id, Address(row.validator), row.valid_from, row.valid_until, row.is_revoked
                )
                for row in session.exec(
                    select(KeyRow).order_by(in_code_order(col(KeyRow.validator)), col(KeyRow.valid_from))
                )
            )

    def claims(self, fund: Address) -> tuple[ClaimRecord, ...]:
        """A fund's claims, in order of time."""
        with self._database.reading() as session:
            rows = select(ClaimRow).where(ClaimRow.fund == fund)
            return tuple(
                ClaimRecord(
                    Address(row.fund),
                    row.nullifier,
                    row.key_id,
                    Address(row.account),
                    Amount(row.amount),
                    row.as_of,
                    row.claimed_at,
                )
                for row in session.exec(rows.order_by(col(ClaimRow.claimed_at), col(ClaimRow.nullifier)))
            )

    def payments(
        self, fund: Address, *, merchant: Address | None = None, account: Address | None = None
    ) -> tuple[PaymentEntry, ...]:
        """A fund's payments, in order of time; of one shop or account if named."""
        rows = select(PaymentRow).where(PaymentRow.fund == fund)
        if merchant is not None:
            rows = rows.where(PaymentRow.merchant == merchant)
        if account is not None:
            rows = rows.where(PaymentRow.account == account)
        with self._database.reading() as session:
            return tuple(
                PaymentEntry(
                    Address(row.fund),
                    row.payment,
                    Address(row.account),
                    Address(row.merchant),
                    Amount(row.amount),
                    Amount(row.refunded),
                    row.paid_at,
                )
                for row in session.exec(rows.order_by(col(PaymentRow.paid_at), col(PaymentRow.payment)))
            )

    def shops(self, fund: Address) -> tuple[ShopRecord, ...]:
        """A fund's shops, by account."""
        with self._database.reading() as session:
            rows = select(ShopRow).where(ShopRow.fund == fund).order_by(in_code_order(col(ShopRow.merchant)))
            return tuple(
                ShopRecord(Address(row.fund), Address(row.merchant), row.category, row.is_approved, row.batch)
                for row in session.exec(rows)
            )

    def settlements(self, fund: Address) -> tuple[SettlementRecord, ...]:
        """A fund's settlements, in order of time."""
        with self._database.reading() as session:
            rows = select(SettlementRow).where(SettlementRow.fund == fund)
            return tuple(
                SettlementRecord(
                    Address(row.fund),
                    Address(row.merchant),
                    row.batch,
                    Amount(row.amount),
                    row.reference,
                    row.settled_at,
                )
                for row in session.exec(
                    rows.order_by(col(SettlementRow.settled_at), in_code_order(col(SettlementRow.merchant)))
                )
            )


_Arguments = Mapping[str, Any]


_Row = TypeVar("_Row", bound=SQLModel)


def _in_order(events: Iterable[ChainEvent]) -> list[ChainEvent]:
    return sorted(events, key=lambda event: event.order)


def _apply(session: Session, ordered: Sequence[ChainEvent]) -> int:
    # Of two that apply at once the second one waits here, and starts where the first one ended.
    cursor = session.exec(select(CursorRow).with_for_update()).first() or CursorRow()
    session.add(cursor)
    session.flush()
    applied = 0
    for event in ordered:
        if event.order <= (cursor.block, cursor.index):
            continue
        step = _STEPS.get((event.contract, event.name))
        if step is not None:
            step(session, event, event.arguments)
        cursor.block, cursor.index = event.order
        applied += 1
        if applied % _FLUSH_EVERY == 0:
            session.flush()
    return applied


def _existing(session: Session, row: type[_Row], key: Any) -> _Row:
    found = session.get(row, key)
    if found is None:
        raise RuntimeError(f"the events do not start at the first one: {row.__tablename__} has no such row")
    return found


def _deposited(session: Session, event: ChainEvent, given: _Arguments) -> None:
    row = DepositRow(
        reference=given["depositReference"], to=given["to"], amount=given["amount"], minted_at=event.emitted_at
    )
    session.add(row)


def _opened(session: Session, event: ChainEvent, given: _Arguments) -> None:
    rulebook, period, sponsor = given["rulebook"], given["period"], given["sponsor"]
    session.add(FundRow(fund=event.address, rulebook_hash=rulebook, period=period, sponsor=sponsor))


def _funded(session: Session, event: ChainEvent, given: _Arguments) -> None:
    _existing(session, FundRow, event.address).funded += given["amount"]


def _handed_over(session: Session, event: ChainEvent, given: _Arguments) -> None:
    _existing(session, FundRow, event.address).sponsor = given["to"]


def _paused(session: Session, event: ChainEvent, given: _Arguments) -> None:
    _existing(session, FundRow, event.address).is_paused = event.name == "Paused"


def _closed(session: Session, event: ChainEvent, given: _Arguments) -> None:
    _existing(session, FundRow, event.address).is_closed = True


def _key_added(session: Session, event: ChainEvent, given: _Arguments) -> None:
    session.add(
        KeyRow(
            key_id=given["keyId"],
            type_id=given["typeId"],
            validator=given["validator"],
            valid_from=given["validFrom"],
            valid_until=given["validUntil"],
        )
    )


def _key_retired(session: Session, event: ChainEvent, given: _Arguments) -> None:
    _existing(session, KeyRow, given["keyId"]).valid_until = given["validUntil"]


def _key_revoked(session: Session, event: ChainEvent, given: _Arguments) -> None:
    _existing(session, KeyRow, given["keyId"]).is_revoked = True


def _claimed(session: Session, event: ChainEvent, given: _Arguments) -> None:
    session.add(
        ClaimRow(
            fund=event.address,
            nullifier=given["nullifier"],
            key_id=given["keyId"],
            account=given["account"],
            amount=given["amount"],
            as_of=given["asOf"],
            claimed_at=event.emitted_at,
        )
    )


def _shop_approved(session: Session, event: ChainEvent, given: _Arguments) -> None:
    shop = session.get(ShopRow, (event.address, given["merchant"]))
    if shop is None:
        shop = ShopRow(fund=event.address, merchant=given["merchant"], category=given["category"], is_approved=True)
    shop.category, shop.is_approved = given["category"], True
    session.add(shop)


def _shop_suspended(session: Session, event: ChainEvent, given: _Arguments) -> None:
    _existing(session, ShopRow, (event.address, given["merchant"])).is_approved = False


def _paid(session: Session, event: ChainEvent, given: _Arguments) -> None:
    session.add(
        PaymentRow(
            fund=event.address,
            payment=given["payment"],
            account=given["account"],
            merchant=given["merchant"],
            amount=given["amount"],
            paid_at=event.emitted_at,
        )
    )


def _refunded(session: Session, event: ChainEvent, given: _Arguments) -> None:
    _existing(session, PaymentRow, (event.address, given["payment"])).refunded += given["amount"]


def _settled(session: Session, event: ChainEvent, given: _Arguments) -> None:
    merchant, batch = given["merchant"], given["batch"]
    _existing(session, ShopRow, (event.address, merchant)).batch += 1
    session.add(
        SettlementRow(
            fund=event.address,
            merchant=merchant,
            batch=batch,
            amount=given["amount"],
            reference=given["settlementReference"],
            settled_at=event.emitted_at,
        )
    )


_STEPS: Final[Mapping[tuple[str, str], Callable[[Session, ChainEvent, _Arguments], None]]] = {
    ("MunicipalEuro", "Deposited"): _deposited,
    ("TrustRegistry", "KeyAdded"): _key_added,
    ("TrustRegistry", "KeyRetired"): _key_retired,
    ("TrustRegistry", "KeyRevoked"): _key_revoked,
    ("Fund", "Opened"): _opened,
    ("Fund", "Funded"): _funded,
    ("Fund", "HandedOver"): _handed_over,
    ("Fund", "Paused"): _paused,
    ("Fund", "Unpaused"): _paused,
    ("Fund", "Closed"): _closed,
    ("Fund", "Claimed"): _claimed,
    ("Fund", "MerchantApproved"): _shop_approved,
    ("Fund", "MerchantSuspended"): _shop_suspended,
    ("Fund", "Paid"): _paid,
    ("Fund", "Refunded"): _refunded,
    ("Fund", "MerchantSettled"): _settled,
}
