# SPDX-License-Identifier: EUPL-1.2
"""How the money side opens its database: brought to the newest revision, and told in its own errors.

The read model, settlements and shops use it; each may have a database of its own, or all of them one.
"""

from typing import Any

from edge.database import Database, NoDatabaseError, Trouble
from programmable_money import migrations
from programmable_money.model import MoneyError

__all__ = ["ConflictError", "StoreError", "open_database"]


class StoreError(MoneyError):
    """The database did not do it; nothing was changed."""


class ConflictError(StoreError):
    """Another transaction was faster; it may be tried again."""


def open_database(url: str, **options: Any) -> Database:
    """Open a database, SQLAlchemy's ``sqlite:///money.db`` or ``postgresql+psycopg://...``.

    Args:
        options: as ``Database.open``.
    Raises:
        StoreError: there is none, or it cannot be reached.
        migrations.DatabaseError: it is newer than this program, or was not made by revisions.
    """
    try:
        return Database.open(url, upgrade=migrations.upgrade, tell=_told, **options)
    except NoDatabaseError:
        raise StoreError(
            "this is no database's address: write sqlite:///money.db for a file, or "
            "postgresql+psycopg://user@host/name for PostgreSQL"
        ) from None


def _told(trouble: Trouble) -> StoreError:
    match trouble:
        case Trouble.CONFLICT:
            return ConflictError("another process changed the same at this moment; try again")
        case Trouble.BUSY:
            return StoreError("the database is busy, and nothing was changed; try again in a moment")
        case Trouble.DAMAGED:
            return StoreError(
                "the database cannot be reached, read or written, and nothing was changed: see that it runs, that its "
                "address is right and that its disk has room"
            )
