# SPDX-License-Identifier: EUPL-1.2
"""The revisions of the validator's database."""

from typing import Any, Final

from edge.migrating import Migrations, SchemaError
from issuer.errors import DatabaseVersionError

__all__ = ["MIGRATIONS", "DatabaseVersionError", "upgrade"]

MIGRATIONS: Final = Migrations("issuer.migrations", head="0003", tables=("person", "pin"))


def upgrade(engine: Any) -> None:
    """Bring a database (an SQLAlchemy engine) to the newest revision.

    Raises:
        DatabaseVersionError: it is newer than this program, or was not made by revisions.
    """
    try:
        MIGRATIONS.upgrade(engine)
    except SchemaError as error:
        raise DatabaseVersionError(f"The desk's database cannot be used: {error}.") from error
