# SPDX-License-Identifier: EUPL-1.2
"""Commands that are given a database: either kind works, and what cannot be used is told in a sentence."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from issuer.migrations import DatabaseVersionError
from issuer.store import Store as IssuerStore
from issuer.wording import explain
from programmable_money.cli import application
from verifier.migrations import DatabaseVersionError as VerifierVersionError
from verifier.store import Store as VerifierStore

COMMANDS = {
    "read model": ("database", "upgrade"),
    "outbox": ("relayer", "show"),
    "settlements": ("settlement", "list"),
    "shops": ("shop", "list", "--fund", "0x" + "11" * 20),
}


@pytest.fixture(params=list(COMMANDS))
def command(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return COMMANDS[request.param]


def run(command: tuple[str, ...], database: str) -> tuple[int, str]:
    done = CliRunner().invoke(application(), [*command, "--database", database])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def made_newer(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for role in ("issuer", "verifier", "programmable_money"):
            connection.execute(text(f"UPDATE {role}_revision SET version_num = '9999'"))  # noqa: S608
    engine.dispose()


def test_a_database_of_either_kind_is_used(command: tuple[str, ...], database_url: str) -> None:
    assert run(command, database_url)[0] == 0


def test_one_of_a_newer_version_is_refused_with_what_to_do(command: tuple[str, ...], postgres_url: str) -> None:
    made_newer(postgres_url)
    code, said = run(command, postgres_url)
    assert code == 1
    assert "made by a newer version of this program: install that version" in " ".join(said.split())


@pytest.mark.parametrize("address", ["papers.db", "nosuch://host/name", "postgresql+psycopg://host:port/name"])
def test_what_is_no_address_is_refused_with_one_that_is(command: tuple[str, ...], address: str) -> None:
    code, said = run(command, address)
    assert code == 1
    assert "write sqlite:///money.db for a file, or postgresql+psycopg://user@host/name" in " ".join(said.split())


def test_a_server_that_is_not_there_is_told(command: tuple[str, ...], tmp_path: Path) -> None:
    code, said = run(command, f"postgresql+psycopg://joke:secret@/name?host={tmp_path}")
    assert code == 1
    assert "the database cannot be reached" in said
    assert "secret" not in said


def test_the_desk_and_the_verifier_refuse_a_newer_one_with_what_to_do(postgres_url: str) -> None:
    made_newer(postgres_url)
    with pytest.raises(DatabaseVersionError) as desk:
        IssuerStore.at_url(postgres_url)
    assert "install that version" in explain(desk.value)
    with pytest.raises(VerifierVersionError, match="install that version"):
        VerifierStore.at_url(postgres_url)
