# SPDX-License-Identifier: EUPL-1.2
"""The revisions of the verifier's database."""

from typing import Any, Final

from edge.migrating import Migrations, SchemaError
from verifier.errors import VerifierError

__all__ = ["MIGRATIONS", "DatabaseVersionError", "upgrade"]

MIGRATIONS: Final = Migrations("verifier.migrations", head="0002", tables=("request", "decision"))


class DatabaseVersionError(VerifierError):
    """The database has another form than this version of the program reads."""


def upgrade(engine: Any) -> None:
    """Bring a database (an SQLAlchemy engine) to the newest revision.

    Raises:
        DatabaseVersionError: it is newer than this program, or was not made by revisions.
    """
    try:
        MIGRATIONS.upgrade(engine)
    except SchemaError as error:
        raise DatabaseVersionError(f"the verifier's database cannot be used: {error}") from error
