# SPDX-License-Identifier: EUPL-1.2
"""The outbox in a database: errands, the transactions signed for them, and who has which account.

Invariants:

- A key is there once: two who bring the same errand at once get the same entry.
- What the worker writes, it writes in a transaction that first renews its lease; without the lease nothing is written.
- A state is compared and written in one statement. No two errands have the same nonce of an account at a time.
- Nothing in it decides about money: the contracts know what was done.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Engine,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import col

from edge.database import reading
from programmable_money.database import open_database
from programmable_money.messages import Address, PaymentDomain
from programmable_money.model import Amount
from programmable_money.refusals import RefusalReason
from programmable_money.relayer.errands import ErrandKind
from programmable_money.relayer.model import (
    Attempt,
    Carried,
    Entry,
    ErrandState,
    Fees,
    LeaseLostError,
    NewErrand,
    OutboxBusyError,
)
from programmable_money.relayer.work import store as tables

__all__ = ["Outbox", "Table"]

Table = tables.Table

_UNDER_WAY: Final = (ErrandState.SIGNED.value, ErrandState.SENT.value, ErrandState.MINED.value)

# Statements that the door and the worker use all the time are made once.
_KEEP: Final = insert(tables.ErrandRow)
_BY_KEY: Final = select(tables.ErrandRow).where(col(tables.ErrandRow.key) == bindparam("the_key"))
_WAITING: Final = select(col(tables.ErrandRow.id)).where(tables.FREE).limit(1)
_CARRIED: Final[Any] = (
    select(
        tables.ErrandRow,
        col(tables.AttemptRow.transaction).label("sent_transaction"),
        col(tables.AttemptRow.raw),
        col(tables.AttemptRow.highest),
        col(tables.AttemptRow.tip),
        col(tables.AttemptRow.signed_at),
        col(tables.AttemptRow.sent_at),
    )
    .join(
        tables.AttemptRow,
        and_(
            col(tables.AttemptRow.errand) == col(tables.ErrandRow.id),
            col(tables.AttemptRow.account) == col(tables.ErrandRow.account),
            col(tables.AttemptRow.nonce) == col(tables.ErrandRow.nonce),
        ),
    )
    .where(col(tables.ErrandRow.chain_id) == bindparam("the_chain"))
    .where(col(tables.ErrandRow.account).in_(bindparam("the_accounts", expanding=True)))
    .order_by(col(tables.ErrandRow.account), col(tables.ErrandRow.nonce), col(tables.AttemptRow.highest))
)


class Outbox:
    """The outbox, opened. Safe to use from several threads and processes, except in memory.

    Args:
        url: SQLAlchemy's, such as ``sqlite:///money.db`` or ``postgresql+psycopg://...``; ``sqlite://`` is in memory
            and gone with the process.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_database(url, pool=(12, 20)).engine
        # One statement is a transaction by itself: PostgreSQL need not be asked to begin and end it.
        alone = {"isolation_level": "AUTOCOMMIT"} if self._engine.dialect.name == "postgresql" else {}
        self._reading = reading(self._engine).execution_options(**alone)
        self._writing = self._engine.execution_options(**alone)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # ---- wallets and tills ----

    def find(self, key: bytes) -> Entry | None:
        """The errand with a key."""
        with self._transaction(self._reading) as connection:
            return _find(connection, key)

    def accept(self, errand: NewErrand, known: Entry | None) -> Entry:
        """Keep an errand; or the one that is there already, unless it was refused.

        Args:
            known: what ``find`` told about it.
        """
        at = tables.now()
        values: dict[str, Any] = {
            "data": errand.data,
            "since": errand.since,
            "waits_for": errand.waits_for,
            "state": ErrandState.ACCEPTED.value,
            "tries": 0,
            "accepted_at": at,
            "changed_at": at,
        }
        named = {
            "key": errand.key,
            "kind": errand.kind.value,
            "chain_id": errand.domain.chain_id,
            "fund": errand.domain.fund,
        }
        try:
            with self._transaction(self._writing) as connection:
                if known is None:
                    connection.execute(_KEEP, named | values)
                    return _new_entry(errand, at)
                refused = and_(
                    col(tables.ErrandRow.key) == errand.key, col(tables.ErrandRow.state) == ErrandState.REFUSED.value
                )
                again = update(tables.ErrandRow).where(refused).values(**values, **tables.AGAIN, transaction=None)
                if connection.execute(again).rowcount == 1:
                    return _new_entry(errand, at)
        except IntegrityError:
            pass
        found = self.find(errand.key)  # another was faster
        if found is None:
            raise OutboxBusyError("the errand was not kept; bring it again")
        return found

    def count(self) -> dict[ErrandState, int]:
        """How many errands are in each state that occurs."""
        with self._transaction(self._reading) as connection:
            rows = connection.execute(
                select(col(tables.ErrandRow.state), func.count()).group_by(col(tables.ErrandRow.state))
            )
            return {ErrandState(state): count for state, count in rows}

    def forget(self, before: datetime) -> int:
        """Delete what was over before a moment, with its transactions; returns how many errands."""
        over = and_(
            col(tables.ErrandRow.state).in_(tables.OVER),
            col(tables.ErrandRow.changed_at) < int(before.timestamp() * 1000),
        )
        with self._transaction(self._engine) as connection:
            old = select(col(tables.ErrandRow.id)).where(over)
            connection.execute(delete(tables.AttemptRow).where(col(tables.AttemptRow.errand).in_(old)))
            return connection.execute(delete(tables.ErrandRow).where(over)).rowcount

    # ---- the worker ----

    def lease(self, chain_id: int, accounts: Sequence[Address], holder: str, seconds: float) -> tuple[Address, ...]:
        """Take every account that nobody has, or whose holder has given no sign of life; returns what is held now."""
        at = tables.now()
        until = at + int(seconds * 1000)
        held: list[Address] = []
        for account in accounts:
            row = and_(col(tables.AccountRow.chain_id) == chain_id, col(tables.AccountRow.account) == account)
            free = or_(
                col(tables.AccountRow.holder).is_(None),
                col(tables.AccountRow.holder) == holder,
                col(tables.AccountRow.held_until) < at,
            )
            taking = update(tables.AccountRow).where(row, free).values(holder=holder, held_until=until)
            try:
                with self._transaction(self._engine) as connection:
                    if connection.execute(select(col(tables.AccountRow.account)).where(row)).first() is None:
                        new = {"chain_id": chain_id, "account": account, "next_nonce": 0}
                        connection.execute(insert(tables.AccountRow).values(**new, holder=holder, held_until=until))
                        taken = True
                    else:
                        taken = connection.execute(taking).rowcount == 1
            except IntegrityError:
                continue  # another process was faster
            if taken:
                held.append(account)
        return tuple(held)

    def release(self, chain_id: int, holder: str) -> None:
        """Let others have this holder's accounts at once."""
        mine = and_(col(tables.AccountRow.chain_id) == chain_id, col(tables.AccountRow.holder) == holder)
        with self._transaction(self._engine) as connection:
            connection.execute(update(tables.AccountRow).where(mine).values(holder=None, held_until=0))

    def under_way(self, chain_id: int, accounts: Sequence[Address]) -> tuple[Carried, ...]:
        """What these accounts carry, each account's lowest nonce first."""
        with self._transaction(self._reading) as connection:
            return _carried(connection, chain_id, accounts, col(tables.ErrandRow.state).in_(_UNDER_WAY))

    def has_accepted(self, chain_id: int) -> bool:
        """Whether an errand waits for an account, and for nothing else."""
        with self._transaction(self._reading) as connection:
            return connection.execute(_WAITING, {"the_chain": chain_id}).first() is not None

    def next_nonces(self, chain_id: int, accounts: Sequence[Address]) -> dict[Address, int]:
        """The nonce that each account uses next."""
        mine = and_(col(tables.AccountRow.chain_id) == chain_id, col(tables.AccountRow.account).in_(accounts))
        with self._transaction(self._reading) as connection:
            rows = connection.execute(
                select(col(tables.AccountRow.account), col(tables.AccountRow.next_nonce)).where(mine)
            )
            return {Address(account): nonce for account, nonce in rows}

    def done_from(self, chain_id: int, account: Address, nonce: int) -> tuple[Carried, ...]:
        """What an account carried to the end with this nonce or a higher one, for when the chain lost it."""
        done = and_(col(tables.ErrandRow.state) == ErrandState.FINAL.value, col(tables.ErrandRow.nonce) >= nonce)
        with self._transaction(self._reading) as connection:
            return _carried(connection, chain_id, [account], done)

    @contextmanager
    def working(self, chain_id: int, accounts: Sequence[Address], holder: str, seconds: float) -> Iterator[tables.Work]:
        """A transaction of who has these accounts; it renews the lease first.

        Raises:
            LeaseLostError: another process has one of them; nothing was written.
            StaleStateError: an errand was in another state; nothing was written.
        """
        with self._transaction(self._engine) as connection:
            mine = and_(
                col(tables.AccountRow.chain_id) == chain_id,
                col(tables.AccountRow.account).in_(accounts),
                col(tables.AccountRow.holder) == holder,
            )
            renewed = update(tables.AccountRow).where(mine).values(held_until=tables.now() + int(seconds * 1000))
            if connection.execute(renewed).rowcount != len(accounts):
                raise LeaseLostError("another process carries with this account")
            work = tables.Work(connection, chain_id)
            yield work
            work.write()

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except DatabaseError as error:
            raise OutboxBusyError(f"the database did not do it: {type(error.orig).__name__}") from error


def _new_entry(errand: NewErrand, at: int) -> Entry:
    moment = _moment(at)
    accepted = ErrandState.ACCEPTED
    return Entry(errand.key, errand.kind, errand.domain, accepted, None, None, None, None, None, moment, moment)


def _find(connection: Connection, key: bytes) -> Entry | None:
    row = connection.execute(_BY_KEY, {"the_key": key}).first()
    if row is None:
        return None
    return Entry(
        key=row.key,
        kind=ErrandKind(row.kind),
        domain=PaymentDomain(row.chain_id, Address(row.fund)),
        state=ErrandState(row.state),
        transaction=row.transaction,
        block=row.block,
        reason=None if row.reason is None else RefusalReason(row.reason),
        error=row.error,
        amount=None if row.amount is None else Amount(row.amount),
        accepted_at=_moment(row.accepted_at),
        changed_at=_moment(row.changed_at),
    )


def _carried(connection: Connection, chain_id: int, accounts: Sequence[Address], which: Any) -> tuple[Carried, ...]:
    rows: Any = connection.execute(_CARRIED.where(which), {"the_chain": chain_id, "the_accounts": list(accounts)})
    errands: dict[int, tuple[Any, list[Attempt]]] = {}
    for row in rows:
        sent_at = None if row.sent_at is None else row.sent_at / 1000
        fees = Fees(row.highest, row.tip)
        attempt = Attempt(row.sent_transaction, row.raw, fees, row.signed_at / 1000, sent_at)
        errands.setdefault(row.id, (row, []))[1].append(attempt)
    return tuple(
        Carried(
            id=row.id,
            key=row.key,
            kind=ErrandKind(row.kind),
            domain=PaymentDomain(row.chain_id, Address(row.fund)),
            data=row.data,
            since=row.since,
            state=ErrandState(row.state),
            account=Address(row.account),
            nonce=row.nonce,
            tries=row.tries,
            block_hash=row.block_hash,
            attempts=tuple(attempts),
        )
        for row, attempts in errands.values()
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
