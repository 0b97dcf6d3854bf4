# SPDX-License-Identifier: EUPL-1.2
"""A PostgreSQL server for tests: a cluster of its own in a temporary folder, on a socket, gone afterwards.

``tests/conftest.py`` has the fixtures. A test that takes ``database_url`` runs on SQLite and on PostgreSQL; one that
needs several databases takes ``new_database``. The server starts with the first test that asks and serves the whole
run. It sorts as Dutch people do, which SQLite does not, so that a store that leaves the order to the server is found
out. PostgreSQL 15 or later. A server refuses to run as root; the tests then run it as another user of the machine.

To make a database takes a quarter of a second, to empty one a fiftieth of that: tests of one process use the same ones.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

import issuer.migrations
import programmable_money.migrations
import verifier.migrations

__all__ = [
    "Databases",
    "Server",
    "choose_database",
    "create_tables",
    "database_url",
    "empty_database_url",
    "find_postgres",
    "long_database",
    "new_database",
    "postgres_databases",
    "postgres_server",
    "postgres_url",
    "require_postgres",
    "run_server",
    "sqlite_template",
]

NewDatabase = Callable[[], str]
"""Gives the URL of a database with the tables of every role and without a row, each time another one."""

_USER = "stuiver"
_SORTING = ("--locale=C", "--locale-provider=icu", "--icu-locale=nl-NL")
_UNPRIVILEGED = ("postgres", "nobody")
_ROLES = (issuer.migrations, verifier.migrations, programmable_money.migrations)
_FORM = """
    SELECT md5(string_agg(concat_ws(' ', c.relname, a.attname, a.atttypid, a.attnotnull), ',' ORDER BY relname, attnum))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
"""
_EMPTY = """
    DO $$
    DECLARE name text;
    BEGIN
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid();
        SET LOCAL session_replication_role = replica;  -- whatever refers to whatever
        FOR name IN SELECT quote_ident(tablename) FROM pg_tables
            WHERE schemaname = 'public' AND right(tablename, 9) <> '_revision'
            LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
        FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public'
            LOOP EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART'; END LOOP;
    END $$
"""


def find_postgres() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``, the newest that is installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    installed = sorted(
        (folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()),
        key=lambda folder: int(folder.parent.name),
    )
    return installed[-1] if installed else None


def require_postgres() -> Path:
    """The folder with the programs. Skip loudly where they are not installed; in CI that is a failure."""
    programs = find_postgres()
    if programs is None:
        message = "PostgreSQL is not installed: only SQLite is tested"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return programs


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``folder`` has its socket."""

    folder: Path

    def url(self, database: str) -> str:
        """The URL of a database, for SQLAlchemy."""
        return f"postgresql+psycopg://{_USER}@/{database}?host={self.folder}"

    def create_database(self, template: str = "template1") -> str:
        """A fresh database, empty or with what the template has; gives its URL."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(host=str(self.folder), user=_USER, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self.url(name)


class Databases:
    """Databases with the tables of every role, used by one test after another: each gets them without a row.

    One whose tables a test changed is not used again.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        template = server.create_database()
        create_tables(template)
        self._template = template.partition("@/")[2].partition("?")[0]
        self._form = self._form_of(template)
        self._free: list[str] = []
        self._taken: list[str] = []

    def take(self) -> str:
        """The URL of a database for the test that runs."""
        url = self._reused() or self.create()
        self._taken.append(url)
        return url

    def create(self) -> str:
        """The URL of a database for more than one test."""
        return self._server.create_database(self._template)

    def give_back(self) -> None:
        """The test is over."""
        self._free += self._taken
        self._taken.clear()

    def _reused(self) -> str | None:
        while self._free:
            url = self._free.pop()
            if self._form_of(url) == self._form:
                with self._connect(url) as connection:
                    connection.execute(_EMPTY)
                return url
        return None

    def _connect(self, url: str) -> psycopg.Connection:
        return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)

    def _form_of(self, url: str) -> tuple[object, ...]:
        """What the tables are made of, and their revisions."""
        asked = [_FORM, *(f"SELECT version_num FROM {role.MIGRATIONS.version_table}" for role in _ROLES)]  # noqa: S608
        with self._connect(url) as connection:
            return tuple(tuple(connection.execute(sql.encode()).fetchall()) for sql in asked)


def choose_database(folder: Path, url: str) -> None:
    """Let a role's folder use a database of a server; where the URL is a file's, the folder keeps its own."""
    if not url.startswith("sqlite"):
        (folder / "database.url").write_text(f"{url}\n", encoding="utf-8")


def create_tables(url: str) -> None:
    """Make the tables of every role at the newest revision."""
    engine = create_engine(url)
    for role in _ROLES:
        role.upgrade(engine)
    engine.dispose()


@contextmanager
def run_server() -> Iterator[Server]:
    """A server for as long as the context lasts."""
    programs = require_postgres()
    folder = Path(tempfile.mkdtemp(prefix="stuiver-pg-"))
    user = _unprivileged() if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)

    def run(program: str, *words: str) -> None:
        # The server inherits the outputs, so they are not pipes: nobody would see the end of them.
        with (folder / f"{program}.out").open("ab") as out:
            done = subprocess.run(
                [str(programs / program), *words], user=user, cwd=folder, stdout=out, stderr=out, check=False
            )
        if done.returncode != 0:
            pytest.fail(f"{program} failed: {(folder / f'{program}.out').read_text('utf-8', 'replace')}")

    data = str(folder / "data")
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=60"
    try:
        run("initdb", "-D", data, "-U", _USER, "-A", "trust", "-E", "UTF8", *_SORTING, "--no-sync")
        run("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "server.log"), "-w", "start")
        try:
            yield Server(folder)
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server for this test run."""
    with run_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: Server) -> Databases:
    """The databases of this test run."""
    return Databases(postgres_server)


@pytest.fixture
def postgres_url(postgres_databases: Databases) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database, with the tables of every role."""
    yield postgres_databases.take()
    postgres_databases.give_back()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables of every role, to copy."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    create_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes fresh databases, without a row: each test runs on both kinds."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        numbers = count()

        def copy() -> str:
            path = tmp_path / f"fresh-{next(numbers)}.sqlite"
            shutil.copy(template, path)
            return f"sqlite:///{path}"

        yield copy
    else:
        databases: Databases = request.getfixturevalue("postgres_databases")
        yield databases.take
        databases.give_back()


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """The URL of a fresh database, without a row: each test runs on both kinds."""
    return new_database()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def long_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """As ``database_url``, one for all tests of a module, such as for a service in a process of its own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('long') / 'fresh.sqlite'}"
    databases: Databases = request.getfixturevalue("postgres_databases")
    return databases.create()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """As ``database_url``, without a table, too."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    server: Server = request.getfixturevalue("postgres_server")
    return server.create_database()


def _unprivileged() -> str:
    for name in _UNPRIVILEGED:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise RuntimeError("there is no user that could run PostgreSQL")
