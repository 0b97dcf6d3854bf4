# SPDX-License-Identifier: EUPL-1.2
"""A PostgreSQL server for tests: a cluster of its own in a temporary folder, on a socket, gone afterwards.

``tests/conftest.py`` has the fixtures. A test that takes ``database_url`` runs on SQLite and on PostgreSQL; the server
starts with the first one that asks and serves the whole run. It sorts as Dutch people do, which SQLite does not, so
that a store that leaves the order to the server is found out. PostgreSQL 15 or later. A server refuses to run as root;
the tests then run it as another user of the machine.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

import issuer.migrations
import programmable_money.migrations
import verifier.migrations

__all__ = [
    "Server",
    "database_url",
    "empty_database_url",
    "find_postgres",
    "postgres_server",
    "postgres_template",
    "postgres_url",
    "require_postgres",
    "run_server",
]

_USER = "stuiver"
_SORTING = ("--locale=C", "--locale-provider=icu", "--icu-locale=nl-NL")
_UNPRIVILEGED = ("postgres", "nobody")


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

    def create_template(self) -> str:
        """A database with the tables of every role at the newest revision; gives its name, to copy from."""
        url = self.create_database()
        engine = create_engine(url)
        for migrations in (issuer.migrations, verifier.migrations, programmable_money.migrations):
            migrations.upgrade(engine)
        engine.dispose()
        return str(engine.url.database)


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
def postgres_template(postgres_server: Server) -> str:
    """The database that is copied for each test: to make every table anew takes ten times as long."""
    return postgres_server.create_template()


@pytest.fixture
def postgres_url(postgres_server: Server, postgres_template: str) -> str:
    """The URL of a fresh PostgreSQL database, with the tables of every role."""
    return postgres_server.create_database(postgres_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh database, without a row: each test runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fresh.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


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
