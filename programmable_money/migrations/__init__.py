# SPDX-License-Identifier: EUPL-1.2
"""The revisions of the money side's database: the read model, the relayer's outbox, settlements and shops."""

from typing import Any, Final

from edge.migrating import Migrations, SchemaError
from programmable_money.model import MoneyError

__all__ = ["MIGRATIONS", "DatabaseError", "upgrade"]

MIGRATIONS: Final = Migrations(
    "programmable_money.migrations",
    head="0005",
    tables=(
        "money_cursor",
        "relay_errand",
    ),
)


class DatabaseError(MoneyError):
    """The database has another form than this version of the program reads."""


def upgrade(engine: Any) -> None:
    """Bring a database (an SQLAlchemy engine) to the newest revision.

    Raises:
        DatabaseError: it is newer than this program, or was not made by revisions.
    """
    try:
        MIGRATIONS.upgrade(engine)
    except SchemaError as error:
        raise DatabaseError(f"the database cannot be used: {error}") from error
