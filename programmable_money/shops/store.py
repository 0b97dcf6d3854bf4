# SPDX-License-Identifier: EUPL-1.2
"""The sponsor's list of shops, and the desks' keys and charges. Not on the chain, and not made from it.

Invariants:

- One method is one transaction; a state changes only from the state that the caller saw.
- A key belongs to one shop for ever: revoked, it is never registered again.
- Nothing is deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, MetaData, func, update
from sqlmodel import Field, Session, SQLModel, col, select

from edge.database import in_code_order
from programmable_money.database import ConflictError, open_database
from programmable_money.messages import Address
from programmable_money.model import Amount
from programmable_money.settlement.payment_file import BankAccount
from programmable_money.shops.browsers.store import BrowserStore
from programmable_money.shops.model import (
    MOST_APPLICATIONS,
    TAKES_PART,
    Application,
    Approval,
    ApprovalState,
    KeyKind,
    Shop,
    ShopError,
    ShopKey,
    ShopPolicy,
    ShopRefusal,
)

__all__ = ["ChargeRecord", "ShopStore", "Table"]


class Table(SQLModel):
    """Keeps this slice's tables apart from those of others."""

    metadata = MetaData()


class ShopAccountRow(Table, table=True):
    """A shop."""

    __tablename__ = "shop"
    account: str = Field(primary_key=True)
    name: str
    iban: str
    bic: str
    category: str
    contact: str
    is_chain_store: bool


class ApprovalRow(Table, table=True):
    """A shop's place in one programme."""

    __tablename__ = "shop_approval"
    account: str = Field(primary_key=True)
    fund: str = Field(primary_key=True)
    state: str
    proposed_by: str = ""
    agreed_by: str = ""
    note: str = ""


class PolicyRow(Table, table=True):
    """What the sponsor asks of shops in one programme."""

    __tablename__ = "shop_policy"
    fund: str = Field(primary_key=True)
    excludes_chains: bool
    chains: str
    four_eyes: bool


class KeyRow(Table, table=True):
    """A key of a till or of an employee."""

    __tablename__ = "shop_key"
    key: str = Field(primary_key=True)
    account: str = Field(index=True)
    kind: str
    label: str
    registered_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class ChargeRow(Table, table=True):
    """A charge that a shop's desk signed."""

    __tablename__ = "shop_charge"
    fund: str = Field(primary_key=True)
    payment: bytes = Field(primary_key=True, sa_type=LargeBinary)
    account: str = Field(primary_key=True, index=True)
    label: str
    payer: str
    nonce: str
    amount: int = Field(sa_type=BigInteger)
    charged_at: int = Field(sa_type=BigInteger)


class LogRow(Table, table=True):
    """Who did what."""

    __tablename__ = "shop_log"
    id: int | None = Field(default=None, primary_key=True)
    at: int = Field(sa_type=BigInteger)
    employee: str
    action: str
    subject: str


@dataclass(frozen=True, slots=True)
class ChargeRecord:
    """What a desk keeps of a charge, to be able to give it back.

    Attributes:
        payer, nonce: account and nonce of the permit; the relayer of a refund needs them.
        label: of the till or employee.
    """

    fund: Address
    payment: bytes
    shop: Address
    label: str
    payer: Address
    nonce: int
    amount: Amount
    charged_at: datetime


class ShopStore:
    """The list in one database.

    Args:
        url: SQLAlchemy's, such as ``sqlite:///money.db`` or ``postgresql+psycopg://...``.
    """

    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    @property
    def browsers(self) -> BrowserStore:
        """What is kept of browsers, in the same database."""
        return BrowserStore(self._database)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # ---- shops ----

    def apply(self, application: Application, fund: Address, at: datetime, employee: ShopKey | None = None) -> None:
        """Write an application down. A shop that is known may ask for another programme with the same details.

        Args:
            employee: the key of who applies.
        Raises:
            ShopError: ``account_taken``: the account is of a shop with other details; ``wrong_state``: it asked before;
                ``key_taken``; ``too_many_open``: ``MOST_APPLICATIONS`` wait.
        """

        def keep(session: Session) -> None:
            row, known = _shop_row(application), session.get(ShopAccountRow, application.account)
            if known is None:
                session.add(row)
            elif known.model_dump() != row.model_dump():
                raise ShopError(ShopRefusal.ACCOUNT_TAKEN)
            if session.get(ApprovalRow, (application.account, fund)) is not None:
                raise ShopError(ShopRefusal.WRONG_STATE)
            if session.exec(_count_applied(fund)).one() >= MOST_APPLICATIONS:
                raise ShopError(ShopRefusal.TOO_MANY_OPEN)
            if employee is not None:
                if session.get(KeyRow, employee.key) is not None:
                    raise ShopError(ShopRefusal.KEY_TAKEN)
                session.add(_key_row(employee))
            session.add(ApprovalRow(account=application.account, fund=fund, state=ApprovalState.APPLIED.value))
            session.add(_log(at, "", "apply", application.account))

        self._database.write(keep)

    def find_shop(self, account: Address) -> Shop | None:
        """A shop."""
        with self._database.reading() as session:
            row = session.get(ShopAccountRow, account)
            return None if row is None else _shop(session, row)

    def shops(self) -> tuple[Shop, ...]:
        """All of them, by name."""
        with self._database.reading() as session:
            rows = session.exec(
                select(ShopAccountRow).order_by(
                    in_code_order(col(ShopAccountRow.name)), in_code_order(col(ShopAccountRow.account))
                )
            ).all()
            return tuple(_shop(session, row) for row in rows)

    def move(
        self,
        account: Address,
        fund: Address,
        before: Sequence[ApprovalState],
        after: ApprovalState,
        *,
        employee: str,
        at: datetime,
        values: Mapping[str, str],
    ) -> None:
        """Change a shop's place in a programme; ShopError ``wrong_state`` if it is in none of ``before``."""
        where = (
            col(ApprovalRow.account) == account,
            col(ApprovalRow.fund) == fund,
            col(ApprovalRow.state).in_([state.value for state in before]),
        )
        with self._database.writing() as session:
            statement = update(ApprovalRow).where(*where).values(state=after.value, **values)
            moved: Any = session.connection().execute(statement)
            if moved.rowcount != 1:
                raise ShopError(ShopRefusal.WRONG_STATE)
            session.add(_log(at, employee, after.value, account))

    def directory(self, fund: Address) -> dict[Address, BankAccount]:
        """The bank accounts of the shops that take part, or did: they may still be owed something."""
        found = ((shop, shop.approval(fund)) for shop in self.shops())
        return {shop.account: shop.bank for shop, approval in found if approval and approval.state in TAKES_PART}

    def set_policy(self, fund: Address, policy: ShopPolicy, *, employee: str, at: datetime) -> None:
        """From now on this is what the sponsor asks of shops."""

        def keep(session: Session) -> None:
            row = session.get(PolicyRow, fund) or PolicyRow(fund=fund, excludes_chains=False, chains="", four_eyes=True)
            row.excludes_chains, row.four_eyes = policy.excludes_chains, policy.four_eyes
            row.chains = "\n".join(sorted(policy.chains))
            session.add(row)
            session.add(_log(at, employee, "policy", fund))

        self._database.write(keep)

    def policy(self, fund: Address) -> ShopPolicy:
        """What the sponsor asks of shops; two employees and nothing else if it never said."""
        with self._database.reading() as session:
            row = session.get(PolicyRow, fund)
            if row is None:
                return ShopPolicy()
            return ShopPolicy(row.excludes_chains, frozenset(filter(None, row.chains.split("\n"))), row.four_eyes)

    # ---- keys ----

    def add_key(self, key: ShopKey) -> None:
        """Register a key; ShopError ``key_taken``: it is or was registered."""
        try:
            with self._database.writing() as session:
                session.add(_key_row(key))
                session.add(_log(key.registered_at, "", f"register {key.kind.value}", key.key))
        except ConflictError:
            raise ShopError(ShopRefusal.KEY_TAKEN) from None

    def revoke_key(self, key: Address, at: datetime) -> None:
        """From now on nothing is signed for it; ShopError ``key_not_in_force``."""
        statement = update(KeyRow).where(col(KeyRow.key) == key, col(KeyRow.revoked_at).is_(None))
        with self._database.writing() as session:
            revoked: Any = session.connection().execute(statement.values(revoked_at=int(at.timestamp())))
            if revoked.rowcount != 1:
                raise ShopError(ShopRefusal.KEY_NOT_IN_FORCE)
            session.add(_log(at, "", "revoke", key))

    def find_key(self, key: Address) -> ShopKey | None:
        """A key, also a revoked one."""
        with self._database.reading() as session:
            row = session.get(KeyRow, key)
            return None if row is None else _key(row)

    def keys(self, shop: Address) -> tuple[ShopKey, ...]:
        """All keys of a shop, oldest first."""
        with self._database.reading() as session:
            rows = (
                select(KeyRow)
                .where(KeyRow.account == shop)
                .order_by(col(KeyRow.registered_at), in_code_order(col(KeyRow.key)))
            )
            return tuple(_key(row) for row in session.exec(rows))

    # ---- charges ----

    def add_charge(self, charge: ChargeRecord, *, is_paid: bool) -> None:
        """Keep a charge.

        Of a payment that this shop charges again, because the fund refused the first time, the last amount counts and
        the first moment stays: whoever charges anew wins no time to cancel. What other shops have is theirs.

        Args:
            is_paid: whether the fund has the payment; then the first charge of it stays as it is.
        """

        def keep(session: Session) -> None:
            row = session.get(ChargeRow, (charge.fund, charge.payment, charge.shop))
            if row is None:
                session.add(_charge_row(charge))
            elif not is_paid:
                row.label, row.amount = charge.label, charge.amount.cents
                session.add(row)

        self._database.write(keep)

    def find_charge(self, fund: Address, payment: bytes, shop: Address) -> ChargeRecord | None:
        """What is kept of a shop's charge."""
        with self._database.reading() as session:
            row = session.get(ChargeRow, (fund, payment, shop))
            return None if row is None else _charge(row)

    def charges_of(self, fund: Address, payment: bytes) -> tuple[ChargeRecord, ...]:
        """The charges of all shops that signed for one payment; the fund takes one of them at most."""
        with self._database.reading() as session:
            rows = select(ChargeRow).where(ChargeRow.fund == fund, ChargeRow.payment == payment)
            return tuple(_charge(row) for row in session.exec(rows))

    def charges(self, shop: Address) -> tuple[ChargeRecord, ...]:
        """All charges of a shop, oldest first."""
        with self._database.reading() as session:
            rows = (
                select(ChargeRow)
                .where(ChargeRow.account == shop)
                .order_by(col(ChargeRow.charged_at), in_code_order(col(ChargeRow.label)))
            )
            return tuple(_charge(row) for row in session.exec(rows))

    def history(self, account: Address) -> tuple[tuple[datetime, str, str], ...]:
        """What was decided about a shop: when, who, what; in order."""
        return tuple((at, who, what) for at, who, what, about in self.log() if about == account)

    def log(self) -> tuple[tuple[datetime, str, str, str], ...]:
        """When, who, what, about what; in order."""
        with self._database.reading() as session:
            rows = session.exec(select(LogRow).order_by(col(LogRow.id)))
            return tuple((_moment(row.at), row.employee, row.action, row.subject) for row in rows)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _log(at: datetime, employee: str, action: str, subject: str) -> LogRow:
    return LogRow(at=int(at.timestamp()), employee=employee, action=action, subject=subject)


def _shop_row(application: Application) -> ShopAccountRow:
    return ShopAccountRow(
        account=application.account,
        name=application.bank.name,
        iban=application.bank.iban,
        bic=application.bank.bic,
        category=application.category,
        contact=application.contact,
        is_chain_store=application.is_chain_store,
    )


def _shop(session: Session, row: ShopAccountRow) -> Shop:
    approvals = (
        select(ApprovalRow).where(ApprovalRow.account == row.account).order_by(in_code_order(col(ApprovalRow.fund)))
    )
    return Shop(
        account=Address(row.account),
        bank=BankAccount(row.name, row.iban, row.bic),
        category=row.category,
        contact=row.contact,
        is_chain_store=row.is_chain_store,
        approvals=tuple(
            Approval(Address(found.fund), ApprovalState(found.state), found.proposed_by, found.agreed_by, found.note)
            for found in session.exec(approvals)
        ),
    )


def _count_applied(fund: Address) -> Any:
    is_open = ApprovalRow.fund == fund, ApprovalRow.state == ApprovalState.APPLIED.value
    return select(func.count()).select_from(ApprovalRow).where(*is_open)


def _key_row(key: ShopKey) -> KeyRow:
    at = int(key.registered_at.timestamp())
    return KeyRow(key=key.key, account=key.shop, kind=key.kind.value, label=key.label, registered_at=at)


def _key(row: KeyRow) -> ShopKey:
    revoked_at = None if row.revoked_at is None else _moment(row.revoked_at)
    shop, kind = Address(row.account), KeyKind(row.kind)
    return ShopKey(Address(row.key), shop, kind, row.label, _moment(row.registered_at), revoked_at)


def _charge_row(charge: ChargeRecord) -> ChargeRow:
    return ChargeRow(
        fund=charge.fund,
        payment=charge.payment,
        account=charge.shop,
        label=charge.label,
        payer=charge.payer,
        nonce=str(charge.nonce),
        amount=charge.amount.cents,
        charged_at=int(charge.charged_at.timestamp()),
    )


def _charge(row: ChargeRow) -> ChargeRecord:
    return ChargeRecord(
        fund=Address(row.fund),
        payment=row.payment,
        shop=Address(row.account),
        label=row.label,
        payer=Address(row.payer),
        nonce=int(row.nonce),
        amount=Amount(row.amount),
        charged_at=_moment(row.charged_at),
    )
