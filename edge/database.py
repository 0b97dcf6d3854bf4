# SPDX-License-Identifier: EUPL-1.2
"""A role's database: how it is opened, how its transactions begin and end, and what went wrong with one.

SQLite for one machine and PostgreSQL in production behave alike here: a transaction that reads first and writes later
never writes over what another one changed in between, or it is told so.

Invariants:

- On SQLite a transaction that may write is alone from its beginning; one that only reads waits for nobody.
- What a commit told is on the disk before it returns.
- An error of the driver is told as one of ``Trouble``, without the values that were to be written.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

__all__ = [
    "IN_MEMORY",
    "JOURNALLED",
    "Database",
    "NoDatabaseError",
    "Trouble",
    "in_code_order",
    "open_engine",
    "reading",
    "trouble_of",
]

IN_MEMORY: Final = "sqlite://"
"""A database that is gone when the process ends, for one thread at a time."""
_WAIT_SECONDS: Final = 30
_TRIES: Final = 5
_POOL: Final = (5, 10)
_READING: Final = "stuiver_reading"
_LOST_RACES: Final = ("40001", "40P01")
"""SQLSTATE of a transaction that must be tried again: serialization failure, deadlock."""
JOURNALLED: Final = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
"""SQLite's settings: with a write-ahead log readers and the one writer do not wait for each other, and a commit is one
flush to disk."""
_T = TypeVar("_T")


class NoDatabaseError(Exception):
    """A URL is that of no database that this program knows."""


class Trouble(StrEnum):
    """What went wrong with a transaction; nothing of it was kept."""

    CONFLICT = "conflict"
    """Another transaction took what this one wanted."""
    BUSY = "busy"
    """The database stayed locked."""
    DAMAGED = "damaged"
    """It cannot be reached, read or written."""


def open_engine(
    url: str,
    *,
    pragmas: Sequence[str] = JOURNALLED,
    pool: tuple[int, int] = _POOL,
    wait: float = _WAIT_SECONDS,
) -> Engine:
    """An engine for one store.

    Args:
        url: SQLAlchemy's, such as ``sqlite:///money.db`` or ``postgresql+psycopg://...``; ``IN_MEMORY``.
        pragmas: SQLite's settings for each connection.
        pool: how many connections are kept, and how many more there may be.
        wait: seconds until an SQLite file that another one writes to is busy.
    Raises:
        NoDatabaseError: not such a URL, or a database without its driver.
    """
    options: dict[str, Any] = {"pool_size": pool[0], "max_overflow": pool[1]}
    if url in {IN_MEMORY, "sqlite:///:memory:"}:
        options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    elif url.startswith("sqlite"):
        options = {"connect_args": {"timeout": wait}}
    try:
        engine = create_engine(url, hide_parameters=True, **options)
    except (ArgumentError, ImportError, ValueError) as error:
        raise NoDatabaseError from error
    if engine.dialect.name == "sqlite":

        def configure(connection: Any, _: object) -> None:
            connection.isolation_level = None  # the driver begins transactions late; ``_begin`` does it instead
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        event.listen(engine, "connect", configure)
        event.listen(engine, "begin", _begin)
    return engine


def reading(engine: Engine) -> Engine:
    """The same database for transactions that only read: they see one state of it and wait for nobody who writes."""
    options: dict[str, Any] = {_READING: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    return engine.execution_options(**options)


def trouble_of(error: DatabaseError) -> Trouble:
    """What a driver's error means for the transaction."""
    if isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in _LOST_RACES:
        return Trouble.CONFLICT
    return Trouble.BUSY if "locked" in str(error.orig) else Trouble.DAMAGED


class Database:
    """Transactions on an engine.

    Args:
        tell: the error of its role for a trouble.
    """

    __slots__ = ("_engine", "_readers", "_tell")

    def __init__(self, engine: Engine, tell: Callable[[Trouble], Exception]) -> None:
        self._engine = engine
        self._readers = reading(engine)
        self._tell = tell

    @classmethod
    def open(
        cls,
        url: str,
        *,
        upgrade: Callable[[Engine], None],
        tell: Callable[[Trouble], Exception],
        pragmas: Sequence[str] = JOURNALLED,
        pool: tuple[int, int] = _POOL,
    ) -> Self:
        """Open a database and bring it to the newest revision.

        Raises:
            NoDatabaseError: as ``open_engine``.
            Exception: what ``upgrade`` and ``tell`` give.
        """
        engine = open_engine(url, pragmas=pragmas, pool=pool)
        opened = cls(engine, tell)
        try:
            with opened._told():
                upgrade(engine)
        except BaseException:
            opened.close()
            raise
        return opened

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Everything inside is kept, or nothing when an error leaves the block; raises what ``tell`` gives."""
        with self._told(), Session(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """As ``writing``, for looking only: waits for nobody who writes, and sees one state of the database."""
        with self._told(), Session(self._readers) as session, session.begin():
            yield session

    def write(self, work: Callable[[Session], _T]) -> _T:
        """Do work in a transaction; when another was faster, once more from the beginning, on what that one left.

        Args:
            work: touches nothing but the session, and decides anew each time.
        """
        for _ in range(_TRIES - 1):
            try:
                with Session(self._engine) as session, session.begin():
                    return work(session)
            except DatabaseError as error:
                trouble = trouble_of(error)
                if trouble is not Trouble.CONFLICT:
                    raise self._tell(trouble) from error
        with self.writing() as session:
            return work(session)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            trouble = trouble_of(error)
            raise self._tell(trouble) from (None if trouble is Trouble.CONFLICT else error)

    @property
    def engine(self) -> Engine:
        """For a store that writes its own statements and transactions."""
        return self._engine

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


class in_code_order(FunctionElement[Any]):  # noqa: N801 - used as a function
    """A text in ``order_by``: by its characters' codes, as SQLite and Python do, and not by a server's language."""

    name = "in_code_order"
    inherit_cache = True


@compiles(in_code_order)
def _as_it_is(element: Any, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(in_code_order, "postgresql")
def _by_code(element: Any, compiler: Any, **options: Any) -> str:
    return f'{_as_it_is(element, compiler, **options)} COLLATE "C"'


def _begin(connection: Any) -> None:
    is_reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
