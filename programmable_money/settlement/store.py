# SPDX-License-Identifier: EUPL-1.2
"""The sponsor's own papers of settlements: employees, batches, orders, imported statements, and a log.

Unlike the read model this cannot be rebuilt from the chain: bank accounts and decisions are not there. It decides
nothing about money that the chain holds.

Invariants:

- One method is one transaction. A batch changes state only from the state that the caller saw, in one statement, so
  that of two processes one wins and the other changes nothing.
- The tables themselves hold that an obligation has one attempt of each number, a reference one batch, an entry of the
  bank one row.
- Nothing is deleted.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, LargeBinary, MetaData, UniqueConstraint, update
from sqlmodel import Field, Session, SQLModel, col, select

from edge.database import in_code_order
from programmable_money.database import ConflictError, open_database
from programmable_money.messages import Address
from programmable_money.model import Amount
from programmable_money.settlement.bank_statement import BankEntry, BankStatement, Direction
from programmable_money.settlement.model import (
    Batch,
    BatchError,
    BatchKind,
    BatchRefusal,
    BatchState,
    Burn,
    PaymentOrder,
    Signed,
)
from programmable_money.settlement.payment_file import BankAccount

__all__ = ["SettlementStore", "Table"]


class Table(SQLModel):
    """Keeps this slice's tables apart from those of others."""

    metadata = MetaData()


class EmployeeRow(Table, table=True):
    """Who may propose and approve."""

    __tablename__ = "settlement_employee"
    name: str = Field(primary_key=True)
    account: str = Field(unique=True)
    is_active: bool = True


class BatchRow(Table, table=True):
    """A batch without its orders."""

    __tablename__ = "settlement_batch"
    reference: str = Field(primary_key=True)
    kind: str
    chain_id: int = Field(sa_type=BigInteger)
    fund: str
    debtor_name: str
    debtor_iban: str
    debtor_bic: str
    execute_on: date
    ceiling: int = Field(sa_type=BigInteger)
    proposed_at: int = Field(sa_type=BigInteger, index=True)
    state: str
    searched_from: int = Field(default=0, sa_type=BigInteger)
    burnt_in: str = ""
    file: bytes | None = Field(default=None, sa_type=LargeBinary)


class DecisionRow(Table, table=True):
    """A proposal or an approval."""

    __tablename__ = "settlement_decision"
    reference: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    employee: str
    signature: bytes = Field(sa_type=LargeBinary)
    at: int = Field(sa_type=BigInteger)


class OrderRow(Table, table=True):
    """One attempt to pay one shop's part of a settlement."""

    __tablename__ = "settlement_order"
    __table_args__ = (UniqueConstraint("reference", "number"),)
    origin: str = Field(primary_key=True)
    merchant: str = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    reference: str
    number: int
    name: str
    iban: str
    bic: str
    proposed: int = Field(sa_type=BigInteger)
    amount: int | None = Field(default=None, sa_type=BigInteger)
    end_to_end: str = Field(default="", index=True)
    given_up: str = ""


class StatementRow(Table, table=True):
    """An imported statement."""

    __tablename__ = "settlement_statement"
    iban: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    digest: str
    from_day: date
    to_day: date
    opening: int = Field(sa_type=BigInteger)
    closing: int = Field(sa_type=BigInteger)


class EntryRow(Table, table=True):
    """An imported entry, or part of one."""

    __tablename__ = "settlement_entry"
    iban: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    statement: str
    booked_on: date
    amount: int = Field(sa_type=BigInteger)
    direction: str
    is_return: bool
    end_to_end: str
    payment_batch: str
    reason: str
    remittance: str


class LogRow(Table, table=True):
    """Who did what."""

    __tablename__ = "settlement_log"
    id: int | None = Field(default=None, primary_key=True)
    at: int = Field(sa_type=BigInteger)
    employee: str
    action: str
    subject: str


_ENTRY: Final = ("key", "booked_on", "is_return", "end_to_end", "payment_batch", "reason", "remittance")


class SettlementStore:
    """The papers in one database.

    Args:
        url: SQLAlchemy's, such as ``sqlite:///money.db`` or ``postgresql+psycopg://...``.
    """

    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # ---- employees ----

    def add_employee(self, name: str, account: Address) -> None:
        """Let somebody propose and approve; neither name nor account is ever given to somebody else."""
        try:
            with self._database.writing() as session:
                session.add(EmployeeRow(name=name, account=account))
        except ConflictError:
            raise BatchError(BatchRefusal.EMPLOYEE_EXISTS) from None

    def remove_employee(self, name: str) -> None:
        """Let somebody decide no longer; what they decided stays."""
        with self._database.writing() as session:
            row = session.get(EmployeeRow, name)
            if row is None:
                raise BatchError(BatchRefusal.UNKNOWN_EMPLOYEE)
            row.is_active = False
            session.add(row)

    def find_employee(self, account: Address, *, who_left: bool = False) -> str | None:
        """The name of who may decide with this account's key now; or could once, if ``who_left``."""
        with self._database.reading() as session:
            row = session.exec(select(EmployeeRow).where(EmployeeRow.account == account)).one_or_none()
            return row.name if row is not None and (row.is_active or who_left) else None

    def is_employee(self, name: str) -> bool:
        """Whether somebody of this name may decide now."""
        with self._database.reading() as session:
            row = session.get(EmployeeRow, name)
            return row is not None and row.is_active

    def employees(self) -> tuple[tuple[str, Address, bool], ...]:
        """Name, account, and whether they may decide now."""
        with self._database.reading() as session:
            rows = session.exec(select(EmployeeRow).order_by(in_code_order(col(EmployeeRow.name))))
            return tuple((row.name, Address(row.account), row.is_active) for row in rows)

    # ---- batches ----

    def add_batch(self, batch: Batch) -> None:
        """Write a proposed batch down.

        Raises:
            BatchError: ``reference_used``, or ``not_failed`` when an attempt of that number exists.
        """
        try:
            self._database.write(lambda session: _keep_batch(session, batch))
        except ConflictError:  # one attempt of an obligation twice in the batch itself
            raise BatchError(BatchRefusal.NOT_FAILED) from None

    def find_batch(self, reference: str) -> Batch | None:
        """A batch with its orders."""
        with self._database.reading() as session:
            row = session.get(BatchRow, reference)
            return None if row is None else _batch(session, row)

    def batches(self) -> tuple[Batch, ...]:
        """All of them, oldest first."""
        with self._database.reading() as session:
            rows = session.exec(
                select(BatchRow).order_by(col(BatchRow.proposed_at), in_code_order(col(BatchRow.reference)))
            ).all()
            return tuple(_batch(session, row) for row in rows)

    def approve(self, reference: str, approval: Signed) -> None:
        """From proposed to approved."""
        with self._database.writing() as session:
            _move(session, reference, (BatchState.PROPOSED,), BatchState.APPROVED)
            session.add(_decision_row(reference, "approval", approval))
            session.add(_log(approval.at, approval.employee, "approve", reference))

    def withdraw(self, reference: str, employee: str, at: datetime) -> None:
        """From proposed or approved to withdrawn; not once the burning may have begun."""
        with self._database.writing() as session:
            _move(session, reference, (BatchState.PROPOSED, BatchState.APPROVED), BatchState.WITHDRAWN)
            session.add(_log(at, employee, "withdraw", reference))

    def begin_burning(self, reference: str, searched_from: int) -> None:
        """From approved to burning: from now on the chain is asked whether it happened."""
        with self._database.writing() as session:
            _move(session, reference, (BatchState.APPROVED,), BatchState.BURNING, searched_from=searched_from)

    def record_burn(self, burn: Burn, end_to_end: dict[Address, str], at: datetime) -> None:
        """From burning to burnt, with what the chain's events say."""
        amounts = dict(burn.amounts)
        with self._database.writing() as session:
            _move(session, burn.reference, (BatchState.BURNING,), BatchState.BURNT, burnt_in=burn.transaction)
            for row in session.exec(select(OrderRow).where(OrderRow.reference == burn.reference)):
                merchant = Address(row.merchant)
                row.amount = amounts.get(merchant, Amount(0)).cents
                row.end_to_end = end_to_end.get(merchant, "")
                session.add(row)
            session.add(_log(at, "", "burn", burn.reference))

    def record_file(self, batch: Batch, file: bytes, at: datetime) -> None:
        """From burnt, or for a retry from approved, to filed."""
        before = BatchState.BURNT if batch.kind is BatchKind.SETTLEMENT else BatchState.APPROVED
        with self._database.writing() as session:
            _move(session, batch.reference, (before,), BatchState.FILED, file=file)
            session.add(_log(at, "", "file", batch.reference))

    def give_up(self, end_to_end: str, reason: str, employee: str, at: datetime) -> None:
        """Write down that the bank refused a payment."""
        with self._database.writing() as session:
            row = session.exec(select(OrderRow).where(OrderRow.end_to_end == end_to_end)).one()
            row.given_up = reason
            session.add(row)
            session.add(_log(at, employee, "give up", end_to_end))

    # ---- the bank ----

    def add_statements(self, statements: Sequence[BankStatement], at: datetime) -> int:
        """Keep the statements of a file, all or none; how many of their entries were new.

        Raises:
            BatchError: ``statement_changed``: an id, or the reference of an entry, came with another content before.
        """
        return self._database.write(lambda session: _keep_statements(session, statements, at))

    def entries(self, iban: str) -> tuple[BankEntry, ...]:
        """All imported entries of an account, oldest first."""
        with self._database.reading() as session:
            rows = select(EntryRow).where(EntryRow.iban == iban)
            return tuple(
                _entry(row)
                for row in session.exec(rows.order_by(col(EntryRow.booked_on), in_code_order(col(EntryRow.key))))
            )

    def statements(self, iban: str) -> tuple[BankStatement, ...]:
        """All imported statements of an account, oldest first, without their entries."""
        with self._database.reading() as session:
            rows = select(StatementRow).where(StatementRow.iban == iban)
            return tuple(
                BankStatement(
                    row.id, row.iban, row.from_day, row.to_day, Amount(row.opening), Amount(row.closing), entries=()
                )
                for row in session.exec(rows.order_by(col(StatementRow.to_day), col(StatementRow.from_day)))
            )

    def log(self) -> tuple[tuple[datetime, str, str, str], ...]:
        """When, who, what, about what; in order."""
        with self._database.reading() as session:
            rows = session.exec(select(LogRow).order_by(col(LogRow.id)))
            return tuple((_moment(row.at), row.employee, row.action, row.subject) for row in rows)


def _move(session: Session, reference: str, before: Sequence[BatchState], after: BatchState, **values: object) -> None:
    states = [state.value for state in before]
    statement = update(BatchRow).where(col(BatchRow.reference) == reference, col(BatchRow.state).in_(states))
    moved: Any = session.connection().execute(statement.values(state=after.value, **values))
    if moved.rowcount != 1:
        raise BatchError(BatchRefusal.WRONG_STATE)


def _keep_batch(session: Session, batch: Batch) -> None:
    if batch.proposal is None:
        raise TypeError("a batch is kept with its proposal")
    if session.get(BatchRow, batch.reference) is not None:
        raise BatchError(BatchRefusal.REFERENCE_USED)
    for order in batch.orders:
        if session.get(OrderRow, (order.origin, order.merchant, order.attempt)) is not None:
            raise BatchError(BatchRefusal.NOT_FAILED)
    session.add(_batch_row(batch))
    session.add(_decision_row(batch.reference, "proposal", batch.proposal))
    session.add_all(_order_row(batch.reference, number, order) for number, order in enumerate(batch.orders, start=1))
    session.add(_log(batch.proposal.at, batch.proposal.employee, "propose", batch.reference))


def _keep_statements(session: Session, statements: Sequence[BankStatement], at: datetime) -> int:
    added = 0
    for statement in statements:
        known = session.get(StatementRow, (statement.iban, statement.id))
        if known is None:
            added += _keep_statement(session, statement)
            session.add(_log(at, "", "import", statement.id))
        elif known.digest != statement.digest:
            raise BatchError(BatchRefusal.STATEMENT_CHANGED)
    return added


def _keep_statement(session: Session, statement: BankStatement) -> int:
    session.add(
        StatementRow(
            iban=statement.iban,
            id=statement.id,
            digest=statement.digest,
            from_day=statement.from_day,
            to_day=statement.to_day,
            opening=statement.opening.cents,
            closing=statement.closing.cents,
        )
    )
    added = 0
    for entry in statement.entries:
        row = session.get(EntryRow, (statement.iban, entry.key))
        if row is None:
            session.add(_entry_row(statement, entry))
            added += 1
        elif _entry(row) != entry:
            raise BatchError(BatchRefusal.STATEMENT_CHANGED)
    session.flush()
    return added


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _log(at: datetime, employee: str, action: str, subject: str) -> LogRow:
    return LogRow(at=int(at.timestamp()), employee=employee, action=action, subject=subject)


def _batch_row(batch: Batch) -> BatchRow:
    return BatchRow(
        reference=batch.reference,
        kind=batch.kind.value,
        chain_id=batch.chain_id,
        fund=batch.fund,
        debtor_name=batch.debtor.name,
        debtor_iban=batch.debtor.iban,
        debtor_bic=batch.debtor.bic,
        execute_on=batch.execute_on,
        ceiling=batch.ceiling.cents,
        proposed_at=int(batch.proposed_at.timestamp()),
        state=batch.state.value,
    )


def _decision_row(reference: str, kind: str, signed: Signed) -> DecisionRow:
    at = int(signed.at.timestamp())
    return DecisionRow(reference=reference, kind=kind, employee=signed.employee, signature=signed.signature, at=at)


def _order_row(reference: str, number: int, order: PaymentOrder) -> OrderRow:
    return OrderRow(
        origin=order.origin,
        merchant=order.merchant,
        attempt=order.attempt,
        reference=reference,
        number=number,
        name=order.payee.name,
        iban=order.payee.iban,
        bic=order.payee.bic,
        proposed=order.proposed.cents,
        amount=None if order.amount is None else order.amount.cents,
        end_to_end=order.end_to_end,
    )


def _batch(session: Session, row: BatchRow) -> Batch:
    orders = session.exec(
        select(OrderRow).where(OrderRow.reference == row.reference).order_by(col(OrderRow.number))
    ).all()
    decisions = {
        found.kind: Signed(found.employee, found.signature, _moment(found.at))
        for found in session.exec(select(DecisionRow).where(DecisionRow.reference == row.reference))
    }
    return Batch(
        reference=row.reference,
        kind=BatchKind(row.kind),
        chain_id=row.chain_id,
        fund=Address(row.fund),
        debtor=BankAccount(row.debtor_name, row.debtor_iban, row.debtor_bic),
        execute_on=row.execute_on,
        ceiling=Amount(row.ceiling),
        proposed_at=_moment(row.proposed_at),
        orders=tuple(_orders(orders)),
        state=BatchState(row.state),
        proposal=decisions.get("proposal"),
        approval=decisions.get("approval"),
        searched_from=row.searched_from,
        burnt_in=row.burnt_in,
        file=row.file,
    )


def _orders(rows: Iterable[OrderRow]) -> Iterable[PaymentOrder]:
    for row in rows:
        yield PaymentOrder(
            origin=row.origin,
            merchant=Address(row.merchant),
            attempt=row.attempt,
            payee=BankAccount(row.name, row.iban, row.bic),
            proposed=Amount(row.proposed),
            amount=None if row.amount is None else Amount(row.amount),
            end_to_end=row.end_to_end,
            given_up=row.given_up,
        )


def _entry_row(statement: BankStatement, entry: BankEntry) -> EntryRow:
    same = {name: getattr(entry, name) for name in _ENTRY}
    return EntryRow(
        **same,
        iban=statement.iban,
        statement=statement.id,
        amount=entry.amount.cents,
        direction=entry.direction.value,
    )


def _entry(row: EntryRow) -> BankEntry:
    same: dict[str, Any] = {name: getattr(row, name) for name in _ENTRY}
    return BankEntry(**same, amount=Amount(row.amount), direction=Direction(row.direction))
