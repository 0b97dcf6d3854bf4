# SPDX-License-Identifier: EUPL-1.2
"""The revisions of the validator's database."""

from typing import Any, Final

from edge.migrating import Migrations, SchemaError
from issuer.errors import IssuerError

__all__ = ["MIGRATIONS", "DatabaseVersionError", "upgrade"]

MIGRATIONS: Final = Migrations("issuer.migrations", head="0002", tables=("person", "pin"))


class DatabaseVersionError(IssuerError):
    """The database has another form than this version of the program reads."""


def upgrade(engine: Any) -> None:
    """Bring a database (an SQLAlchemy engine) to the newest revision.

    Raises:
        DatabaseVersionError: it is newer than this program, or was not made by revisions.
    """
    try:
        MIGRATIONS.upgrade(engine)
    except SchemaError as error:
        raise DatabaseVersionError(f"the validator's database cannot be used: {error}") from error
