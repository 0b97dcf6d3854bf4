# SPDX-License-Identifier: EUPL-1.2
"""A role's database, brought to the form that this version of the program reads: alembic, run from the role's package.

A role has a package ``<role>.migrations`` with an ``env.py`` and ``versions``. Which revision a database has stands in
its table ``<role>_revision``, so that roles may share a database.

Invariants:

- An upgrade is one transaction: all of it is done, or nothing. Two processes that start at once do it once.
- A database that a newer version of the program made, or that has tables and no revision, is refused and not touched.
"""

from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, Integer, MetaData, inspect, text

from edge.database import reading

__all__ = ["Migrations", "SchemaError"]

_LOCK = 0x737475697665  # "stuive": which lock of PostgreSQL an upgrade takes


class SchemaError(Exception):
    """A database has another form than this version of the program reads, and cannot be brought to it."""


@dataclass(frozen=True, slots=True)
class Migrations:
    """A role's revisions.

    Attributes:
        package: such as ``issuer.migrations``.
        head: the newest revision.
        tables: what the first revision makes; a database that has one of them and no revision is not ours to change.
    """

    package: str
    head: str
    tables: Collection[str]

    @property
    def version_table(self) -> str:
        """Where a database keeps its revision."""
        return f"{self.package.partition('.')[0]}_revision"

    def upgrade(self, engine: Engine) -> None:
        """Bring a database to the newest revision; an empty one, too.

        Raises:
            SchemaError: it is newer than this program, or was not made by revisions.
        """
        if self.revision(engine) == self.head:
            return
        with engine.begin() as connection:
            _wait_for_turn(connection)
            now = self._revision(connection)
            if now == self.head:  # another process was faster
                return
            if now is None and set(inspect(connection).get_table_names()) & set(self.tables):
                raise SchemaError(
                    "it was made by a version of this program from before its revisions: start with a new one, or give "
                    "the address of another"
                )
            self._run(connection, command.upgrade, "head")

    def downgrade(self, engine: Engine, revision: str = "base") -> None:
        """Bring a database back to an older revision; what that one does not have is gone."""
        with engine.begin() as connection:
            _wait_for_turn(connection)
            self._run(connection, command.downgrade, revision)
            if revision == "base":
                connection.execute(text(f"DROP TABLE {self.version_table}"))

    def revision(self, engine: Engine) -> str | None:
        """The revision that a database has; None before the first."""
        with reading(engine).connect() as connection:
            return self._revision(connection)

    def differences(self, engine: Engine, *metadata: MetaData) -> list[Any]:
        """What a database has otherwise than these tables say, as alembic tells it; nothing if it is the same."""
        whole = MetaData()
        for part in metadata:
            for table in part.sorted_tables:
                table.to_metadata(whole)
        options = {"version_table": self.version_table, "compare_type": _is_other_type, "compare_server_default": True}
        with engine.connect() as connection:
            return list(compare_metadata(MigrationContext.configure(connection, opts=options), whole))

    def _revision(self, connection: Connection) -> str | None:
        if not inspect(connection).has_table(self.version_table):
            return None
        row = connection.execute(text(f"SELECT version_num FROM {self.version_table}")).first()  # noqa: S608
        return None if row is None else str(row[0])

    def _run(self, connection: Connection, do: Any, revision: str) -> None:
        config = Config()
        location = str(files(self.package))
        config.set_main_option("script_location", location.replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        config.attributes["version_table"] = self.version_table
        try:
            do(config, revision)
        except CommandError as error:
            known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
            if self._revision(connection) in known:
                raise
            raise SchemaError(
                "it was made by a newer version of this program: install that version, or put the backup back that was "
                "made before it"
            ) from error


def _is_other_type(
    context: MigrationContext, _column: object, _wanted_column: object, found: object, wanted: object
) -> bool | None:
    """Whether a column has another type than its table says: alembic's answer, except where SQLite has one for both."""
    both_are_integers = isinstance(found, Integer) and isinstance(wanted, Integer)
    return False if both_are_integers and context.dialect.name == "sqlite" else None


def _wait_for_turn(connection: Connection) -> None:
    """One upgrade at a time; on SQLite a transaction that writes is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
