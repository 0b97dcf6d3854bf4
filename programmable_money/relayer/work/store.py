# SPDX-License-Identifier: EUPL-1.2
"""The outbox's tables, and the transaction in which a worker writes down what it did.

Invariants:

- A state is compared and written in one statement. No two errands have the same nonce of an account at a time.
- What a transaction writes goes to the database at its end, each kind at once: a worker writes a lot.
"""

import time
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Connection,
    LargeBinary,
    MetaData,
    UniqueConstraint,
    Update,
    and_,
    bindparam,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

from programmable_money.messages import Address, PaymentDomain
from programmable_money.model import Amount
from programmable_money.refusals import RefusalReason
from programmable_money.relayer.errands import ErrandKind
from programmable_money.relayer.model import Attempt, Carried, ErrandState, Mined, NewErrand, StaleStateError

__all__ = ["AGAIN", "FREE", "OVER", "AccountRow", "AttemptRow", "ErrandRow", "Table", "Waiting", "Work", "now"]

AGAIN: Final[dict[str, Any]] = {
    "account": None,
    "nonce": None,
    "block": None,
    "block_hash": None,
    "reason": None,
    "error": None,
    "amount": None,
}
"""What an errand has when it starts once more."""


class Table(SQLModel):
    """Keeps the outbox's tables apart from those of others."""

    metadata = MetaData()


class ErrandRow(Table, table=True):
    """An errand. Times are unix milliseconds."""

    __tablename__ = "relay_errand"
    __table_args__ = (UniqueConstraint("chain_id", "account", "nonce", name="relay_errand_nonce"),)
    id: int | None = Field(default=None, primary_key=True)
    key: bytes = Field(unique=True, sa_type=LargeBinary)
    kind: str
    chain_id: int = Field(sa_type=BigInteger)
    fund: str
    data: bytes = Field(sa_type=LargeBinary)
    since: int = Field(sa_type=BigInteger)
    waits_for: bytes | None = Field(default=None, sa_type=LargeBinary)
    state: str = Field(index=True)
    tries: int = 0
    account: str | None = None
    nonce: int | None = Field(default=None, sa_type=BigInteger)
    transaction: str | None = None
    block: int | None = Field(default=None, sa_type=BigInteger)
    block_hash: str | None = None
    reason: str | None = None
    error: str | None = None
    amount: int | None = Field(default=None, sa_type=BigInteger)
    accepted_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)


class AttemptRow(Table, table=True):
    """A signed transaction."""

    __tablename__ = "relay_attempt"
    transaction: str = Field(primary_key=True)
    errand: int = Field(foreign_key="relay_errand.id", index=True)
    account: str
    nonce: int = Field(sa_type=BigInteger)
    raw: bytes = Field(sa_type=LargeBinary)
    highest: int = Field(sa_type=BigInteger)
    tip: int = Field(sa_type=BigInteger)
    signed_at: int = Field(sa_type=BigInteger)
    sent_at: int | None = Field(default=None, sa_type=BigInteger)


class AccountRow(Table, table=True):
    """A relayer's account on a chain, and who has it."""

    __tablename__ = "relay_account"
    chain_id: int = Field(primary_key=True, sa_type=BigInteger)
    account: str = Field(primary_key=True)
    next_nonce: int = Field(default=0, sa_type=BigInteger)
    holder: str | None = None
    held_until: int = Field(default=0, sa_type=BigInteger)


# Statements that a worker uses all the time are made once.
_ADDING: Final = insert(AttemptRow)
_GIVING: Final = (
    update(AttemptRow)
    .where(col(AttemptRow.transaction) == bindparam("the_transaction"))
    .values(sent_at=bindparam("at"))
)
OVER: Final = (ErrandState.FINAL.value, ErrandState.REFUSED.value)
"""The states in which nothing more happens."""
_First: Final = aliased(ErrandRow)
_HOLDS_UP: Final = and_(col(_First.key) == col(ErrandRow.waits_for), col(_First.state).not_in(OVER))
FREE: Final = and_(
    col(ErrandRow.chain_id) == bindparam("the_chain"),
    col(ErrandRow.state) == ErrandState.ACCEPTED.value,
    or_(col(ErrandRow.waits_for).is_(None), ~select(col(_First.id)).where(_HOLDS_UP).exists()),
)
"""An errand that nobody carries, and that waits for no other."""
_TAKING: Final = select(ErrandRow).where(FREE).order_by(col(ErrandRow.id)).with_for_update(skip_locked=True)


@cache
def _moving(names: tuple[str, ...]) -> Update:
    """Write these columns of an errand, if its state is as it was."""
    as_it_was = and_(col(ErrandRow.id) == bindparam("the_id"), col(ErrandRow.state) == bindparam("was"))
    return update(ErrandRow).where(as_it_was).values({name: bindparam(f"to_{name}") for name in names})


@dataclass(frozen=True, slots=True)
class Waiting:
    """An errand that nobody carries.

    Attributes:
        tries: how many nonces it has had.
    """

    id: int
    tries: int
    errand: NewErrand

    @property
    def key(self) -> bytes:
        """The errand's."""
        return self.errand.key

    @property
    def state(self) -> ErrandState:
        """As every errand that nobody carries."""
        return ErrandState.ACCEPTED


class Work:
    """What one transaction of the worker may write. Made by ``Outbox.working`` and gone after it."""

    __slots__ = ("_attempts", "_chain_id", "_connection", "_given", "_moves", "_nonces")

    def __init__(self, connection: Connection, chain_id: int) -> None:
        self._connection = connection
        self._chain_id = chain_id
        self._moves: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        self._attempts: list[dict[str, Any]] = []
        self._given: list[dict[str, Any]] = []
        self._nonces: dict[Address, int] = {}

    def write(self) -> None:
        """Write everything down, each kind at once.

        Raises:
            StaleStateError: an errand is in another state than the decision was made on.
        """
        for account, nonce in self._nonces.items():
            mine = and_(col(AccountRow.chain_id) == self._chain_id, col(AccountRow.account) == account)
            self._connection.execute(update(AccountRow).where(mine).values(next_nonce=nonce))
        for names, moves in self._moves.items():
            if self._connection.execute(_moving(names), moves).rowcount != len(moves):
                raise StaleStateError("an errand is in another state by now")
        if self._attempts:
            self._connection.execute(_ADDING, self._attempts)
        if self._given:
            self._connection.execute(_GIVING, self._given)

    def accepted(self, most: int) -> tuple["Waiting", ...]:
        """The oldest errands that nobody carries; other workers pass over them until this ends."""
        rows = self._connection.execute(_TAKING.limit(most), {"the_chain": self._chain_id})
        return tuple(Waiting(row.id, row.tries, _new(row)) for row in rows)

    def take_nonce(self, account: Address) -> int:
        """An account's next nonce, used by nobody else."""
        if account not in self._nonces:
            mine = and_(col(AccountRow.chain_id) == self._chain_id, col(AccountRow.account) == account)
            self._nonces[account] = self._connection.execute(
                select(col(AccountRow.next_nonce)).where(mine)
            ).scalar_one()
        nonce = self._nonces[account]
        self._nonces[account] = nonce + 1
        return nonce

    def set_next_nonce(self, account: Address, nonce: int) -> None:
        """Say which nonce an account uses next."""
        self._nonces[account] = nonce

    def sign(self, waiting: "Waiting", account: Address, nonce: int, attempt: Attempt) -> Carried:
        """From ``accepted`` to ``signed``."""
        changes = {"account": account, "nonce": nonce, "transaction": attempt.transaction, "tries": waiting.tries + 1}
        self._move(waiting.id, ErrandState.ACCEPTED, ErrandState.SIGNED, **changes)
        self._add_attempt(waiting.id, account, nonce, attempt)
        new = waiting.errand
        return Carried(
            id=waiting.id,
            key=new.key,
            kind=new.kind,
            domain=new.domain,
            data=new.data,
            since=new.since,
            state=ErrandState.SIGNED,
            account=account,
            nonce=nonce,
            tries=waiting.tries + 1,
            block_hash=None,
            attempts=(attempt,),
        )

    def replace(self, carried: Carried, attempt: Attempt) -> None:
        """Add a transaction with the same nonce and higher fees; it is ``signed`` until it is sent."""
        self._move(carried.id, carried.state, ErrandState.SIGNED, transaction=attempt.transaction)
        self._add_attempt(carried.id, carried.account, carried.nonce, attempt)

    def sent(self, carried: Carried, attempt: Attempt, at: float) -> Carried:
        """A node was given this transaction at a moment, unix seconds; from ``signed`` to ``sent``."""
        if carried.state is not ErrandState.SENT:
            self._move(carried.id, carried.state, ErrandState.SENT)
        self._given.append({"the_transaction": attempt.transaction, "at": int(at * 1000)})
        attempts = tuple(replace(one, sent_at=at) if one is attempt else one for one in carried.attempts)
        return replace(carried, state=ErrandState.SENT, attempts=attempts)

    def mined(self, carried: Carried, found: Mined) -> None:
        """It is in this block."""
        changes = {"transaction": found.transaction, "block": found.block, "block_hash": found.block_hash}
        self._move(carried.id, carried.state, ErrandState.MINED, **changes)

    def vanished(self, carried: Carried) -> None:
        """It is in no block any more: it is to be sent again, with the same nonce."""
        self._move(carried.id, carried.state, ErrandState.SIGNED, block=None, block_hash=None, amount=None)
        self._given += [{"the_transaction": attempt.transaction, "at": None} for attempt in carried.attempts]

    def finish(
        self, carried: "Carried | Waiting", amount: Amount | None, transaction: str | None, block: int | None
    ) -> bytes:
        """It is done; its key. Without a transaction it was somebody else who carried it."""
        changes = {"amount": amount.cents if amount is not None else None, "block_hash": None}
        self._move(carried.id, carried.state, ErrandState.FINAL, transaction=transaction, block=block, **changes)
        return carried.key

    def refuse(self, carried: "Carried | Waiting", reason: RefusalReason, error: str) -> bytes:
        """The contract will not have it; its key."""
        self._move(carried.id, carried.state, ErrandState.REFUSED, reason=reason.value, error=error, block_hash=None)
        return carried.key

    def start_again(self, carried: Carried) -> None:
        """Its nonce was used up without it: it waits for another one."""
        self._move(carried.id, carried.state, ErrandState.ACCEPTED, **AGAIN)

    def _move(self, errand: int, was: ErrandState, to: ErrandState, **changes: Any) -> None:
        values = {"state": to.value, "changed_at": now(), **changes}
        written = {f"to_{name}": value for name, value in values.items()}
        self._moves.setdefault(tuple(values), []).append({"the_id": errand, "was": was.value, **written})

    def _add_attempt(self, errand: int, account: Address, nonce: int, attempt: Attempt) -> None:
        self._attempts.append(
            {
                "transaction": attempt.transaction,
                "errand": errand,
                "account": account,
                "nonce": nonce,
                "raw": attempt.raw,
                "highest": attempt.fees.highest,
                "tip": attempt.fees.tip,
                "signed_at": int(attempt.signed_at * 1000),
            }
        )


def _new(row: Any) -> NewErrand:
    domain = PaymentDomain(row.chain_id, Address(row.fund))
    return NewErrand(row.key, ErrandKind(row.kind), domain, row.data, row.since, row.waits_for)


def now() -> int:
    """Unix milliseconds."""
    return int(time.time() * 1000)
