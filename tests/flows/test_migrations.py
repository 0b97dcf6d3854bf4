# SPDX-License-Identifier: EUPL-1.2
"""Databases are made by revisions, up and down, and have what the stores' tables say; on SQLite and PostgreSQL."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, create_engine, inspect, text
from sqlalchemy.exc import DataError

import issuer.migrations
import programmable_money.migrations
import programmable_money.settlement.store
import programmable_money.shops.store
import verifier.migrations
from edge.migrating import Migrations, SchemaError
from tests.architecture.source import ROOT, python_files


@dataclass(frozen=True)
class Role:
    """A role's revisions and the stores whose tables they make."""

    name: str
    migrations: Migrations
    upgrade: Callable[[Engine], None]

    def metadata(self) -> list[MetaData]:
        """Of all stores of the role, whichever are there."""
        found: list[MetaData] = []
        for path in python_files(self.name):
            if path.name == "store.py":
                table = import_module(".".join(path.with_suffix("").parts)).Table
                if not any(table.metadata is one for one in found):
                    found.append(table.metadata)
        return found


ROLES = [
    Role("issuer", issuer.migrations.MIGRATIONS, issuer.migrations.upgrade),
    Role("verifier", verifier.migrations.MIGRATIONS, verifier.migrations.upgrade),
    Role("programmable_money", programmable_money.migrations.MIGRATIONS, programmable_money.migrations.upgrade),
]
each_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


@each_role
def test_revisions_make_what_the_stores_say_and_take_it_away(role: Role, empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
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
def test_a_database_of_a_newer_version_is_refused_and_not_touched(role: Role, empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
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
def test_tables_without_a_revision_are_refused(role: Role, empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {next(iter(role.migrations.tables))} (id INTEGER)"))
    with pytest.raises(SchemaError, match="before its revisions"):
        role.migrations.upgrade(engine)
    engine.dispose()


def test_roles_may_share_a_database(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    for role in ROLES:
        role.upgrade(engine)
    assert [role.migrations.revision(engine) for role in ROLES] == [role.migrations.head for role in ROLES]
    engine.dispose()


@pytest.mark.parametrize(
    ("role", "narrow", "table", "column", "row"),
    [
        (ROLES[0], "0002", "pass_pin", "issued_at", "('0x1', :octets, 5, 1)"),
        (ROLES[1], "0001", "allowed", "forget_at", "('scope', :octets, 'decision', 5)"),
    ],
    ids=["issuer", "verifier"],
)
def test_times_get_64_bits_and_what_was_there_stays(
    empty_database_url: str, role: Role, narrow: str, table: str, column: str, row: str
) -> None:
    engine = create_engine(empty_database_url)
    role.upgrade(engine)
    role.migrations.downgrade(engine, narrow)
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO {table} VALUES {row}"), {"octets": b"\1" * 48})  # noqa: S608
    role.upgrade(engine)
    with engine.begin() as connection:
        assert connection.execute(text(f"SELECT {column} FROM {table}")).scalar_one() == 5  # noqa: S608
        connection.execute(text(f"UPDATE {table} SET {column} = :late"), {"late": 2**32})  # noqa: S608
    if engine.dialect.name == "postgresql":
        with pytest.raises(DataError, match="integer out of range"):
            role.migrations.downgrade(engine, narrow)
        assert role.migrations.revision(engine) == role.migrations.head
    engine.dispose()


MONEY = ROLES[-1]


@pytest.mark.parametrize("is_older", [False, True], ids=["0001 alone", "0001 and tables made without a revision"])
def test_what_an_older_version_wrote_is_kept(empty_database_url: str, is_older: bool) -> None:
    """The first version had revisions for some tables, and made those of settlements and shops by itself."""
    engine = create_engine(empty_database_url)
    MONEY.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO money_deposit VALUES (:reference, 'x', 5, 6)"), {"reference": b"\1" * 32})
    MONEY.migrations.downgrade(engine, "0001")
    assert {"shop", "settlement_batch"}.isdisjoint(inspect(engine).get_table_names())
    if is_older:
        for store in (programmable_money.settlement.store, programmable_money.shops.store):
            store.Table.metadata.create_all(engine)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO settlement_employee VALUES ('joke', '0x1', true)"))
            connection.execute(text("INSERT INTO shop_policy VALUES ('0x2', true, 'Grootketen', true)"))
    MONEY.upgrade(engine)
    assert MONEY.migrations.differences(engine, *MONEY.metadata()) == []
    with engine.connect() as connection:
        assert connection.execute(text("SELECT amount FROM money_deposit")).scalar_one() == 5
        kept = [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
            for table in ("settlement_employee", "shop_policy")
        ]
    assert kept == [int(is_older)] * 2
    engine.dispose()
