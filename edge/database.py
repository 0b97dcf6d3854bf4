# SPDX-License-Identifier: EUPL-1.2
"""A role's database: how it is opened, how its transactions begin, and what went wrong with one.

SQLite for one machine and PostgreSQL in production behave alike here: a transaction that reads first and writes later
never writes over what another one changed in between.

Invariants:

- On SQLite a transaction that may write is alone from its beginning; one that only reads waits for nobody.
- What a commit told is on the disk before it returns.
- An error of the driver does not leave this module's callers; it is told as one of ``Trouble``.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError
from sqlalchemy.pool import StaticPool

__all__ = ["IN_MEMORY", "NoDatabaseError", "Trouble", "open_engine", "reading", "trouble_of"]

IN_MEMORY: Final = "sqlite://"
"""A database that is gone when the process ends, for one thread at a time."""
_WAIT_SECONDS: Final = 30
_READING: Final = "stuiver_reading"
_LOST_RACES: Final = ("40001", "40P01")
"""PostgreSQL: a serialization failure, a deadlock."""
_DURABLE: Final = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")


class NoDatabaseError(Exception):
    """A URL is that of no database that this program knows."""


class Trouble(StrEnum):
    """What went wrong with a transaction."""

    CONFLICT = "conflict"
    """Another transaction took what this one wanted."""
    BUSY = "busy"
    """The database stayed locked."""
    DAMAGED = "damaged"
    """It cannot be read or written."""


def open_engine(url: str, *, pragmas: Sequence[str] = (), pool: tuple[int, int] = (5, 10)) -> Engine:
    """An engine for one store.

    Args:
        url: SQLAlchemy's, such as ``sqlite:///money.db`` or ``postgresql+psycopg://...``; ``IN_MEMORY``.
        pragmas: more of SQLite's settings for each connection.
        pool: connections that are kept, and most above those.
    Raises:
        NoDatabaseError: not such a URL, or a database without its driver.
    """
    options: dict[str, Any] = {"pool_size": pool[0], "max_overflow": pool[1]}
    if url in {IN_MEMORY, "sqlite:///:memory:"}:
        options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    elif url.startswith("sqlite"):
        options = {"connect_args": {"timeout": _WAIT_SECONDS}}
    try:
        engine = create_engine(url, **options)
    except (ArgumentError, ImportError) as error:
        raise NoDatabaseError from error
    if engine.dialect.name == "sqlite":

        def configure(connection: Any, _: object) -> None:
            connection.isolation_level = None  # the driver begins transactions late; ``_begin`` does it instead
            for pragma in (*_DURABLE, *pragmas):
                connection.execute(f"PRAGMA {pragma}")

        event.listen(engine, "connect", configure)
        event.listen(engine, "begin", _begin)
    return engine


def reading(engine: Engine) -> Engine:
    """The same database for transactions that only read: they see one state of it and wait for nobody who writes."""
    return engine.execution_options(**{_READING: True})


def trouble_of(error: DatabaseError) -> Trouble:
    """What a driver's error means for the transaction."""
    if isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in _LOST_RACES:
        return Trouble.CONFLICT
    return Trouble.BUSY if "locked" in str(error.orig) else Trouble.DAMAGED


def _begin(connection: Any) -> None:
    is_reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
