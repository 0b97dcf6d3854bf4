# SPDX-License-Identifier: EUPL-1.2
"""Databases are made by revisions, up and down, and have what the stores' tables say; on SQLite and PostgreSQL."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, create_engine, inspect, text

import issuer.migrations
import programmable_money.migrations
import verifier.migrations
from edge.migrating import Migrations, SchemaError
from tests.architecture.source import ROOT, python_files
from tests.postgres import database_url, postgres_server

__all__ = ["database_url", "postgres_server"]


@dataclass(frozen=True)
class Role:
    """A role's revisions and the stores whose tables they make."""

    name: str
    migrations: Migrations
    upgrade: Callable[[Engine], None]
    elsewhere: tuple[str, ...] = ()
    """Stores that make their tables themselves, so far."""

    def metadata(self) -> list[MetaData]:
        """Of all stores of the role, whichever are there."""
        found: list[MetaData] = []
        for path in python_files(self.name):
            if path.name == "store.py" and str(path) not in self.elsewhere:
                table = import_module(".".join(path.with_suffix("").parts)).Table
                if not any(table.metadata is one for one in found):
                    found.append(table.metadata)
        return found


ROLES = [
    Role("issuer", issuer.migrations.MIGRATIONS, issuer.migrations.upgrade),
    Role("verifier", verifier.migrations.MIGRATIONS, verifier.migrations.upgrade),
    Role(
        "programmable_money",
        programmable_money.migrations.MIGRATIONS,
        programmable_money.migrations.upgrade,
        elsewhere=("programmable_money/settlement/store.py", "programmable_money/shops/store.py"),
    ),
]
each_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


@each_role
def test_revisions_make_what_the_stores_say_and_take_it_away(role: Role, database_url: str) -> None:
    engine = create_engine(database_url)
    role.upgrade(engine)
    assert role.migrations.revision(engine) == role.migrations.head
    assert role.migrations.differences(engine, *role.metadata()) == []
    role.upgrade(engine)  # once more does nothing
    role.migrations.downgrade(engine)
    assert inspect(engine).get_table_names() == []
    role.upgrade(engine)
    assert role.migrations.differences(engine, *role.metadata()) == []
    engine.dispose()


@each_role
def test_the_newest_revision_is_the_one_that_is_asked_for(role: Role) -> None:
    scripts = ScriptDirectory(str(ROOT / role.name / "migrations"))
    assert scripts.get_heads() == [role.migrations.head]


@each_role
def test_a_difference_would_be_found(role: Role, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'role.db'}")
    role.upgrade(engine)
    table = inspect(engine).get_table_names()[0]
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN surplus TEXT"))
    assert len(role.migrations.differences(engine, *role.metadata())) == 1
    engine.dispose()


@each_role
def test_a_database_of_a_newer_version_is_refused_and_not_touched(role: Role, database_url: str) -> None:
    engine = create_engine(database_url)
    role.upgrade(engine)
    with engine.begin() as connection:
        newer = f"UPDATE {role.migrations.version_table} SET version_num = '9999'"  # noqa: S608
        connection.execute(text(newer))
    before = inspect(engine).get_table_names()
    with pytest.raises(SchemaError, match="newer version"):
        role.migrations.upgrade(engine)
    with pytest.raises(Exception, match="newer version"):
        role.upgrade(engine)
    assert inspect(engine).get_table_names() == before
    engine.dispose()


@each_role
def test_tables_without_a_revision_are_refused(role: Role, database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {next(iter(role.migrations.tables))} (id INTEGER)"))
    with pytest.raises(SchemaError, match="before its revisions"):
        role.migrations.upgrade(engine)
    engine.dispose()


def test_roles_may_share_a_database(database_url: str) -> None:
    engine = create_engine(database_url)
    for role in ROLES:
        role.upgrade(engine)
    assert [role.migrations.revision(engine) for role in ROLES] == [role.migrations.head for role in ROLES]
    engine.dispose()
