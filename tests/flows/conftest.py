# SPDX-License-Identifier: EUPL-1.2
"""The chains that every flow runs on: embedded, and anvil where Node.js is installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from programmable_money.chain import Chain
from programmable_money.node import open_chain, run_anvil
from tests.flows.money import STARTS_AT, World


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    """A fresh chain."""
    with open_chain(request.param, starts_at=STARTS_AT) as opened:
        yield opened


@pytest.fixture
def world(chain: Chain) -> World:
    """A municipality with an open fund on a fresh chain."""
    return World.open(chain)


@pytest.fixture
def database_of_chain(chain: Chain, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database: SQLite beside the embedded chain, PostgreSQL beside anvil, for tests that take long.

    What is about the database takes ``database_url``, and runs on both kinds.
    """
    if "embedded" in request.node.callspec.id:
        return f"sqlite:///{tmp_path / 'fresh.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def anvil_url() -> Iterator[str]:
    """The URL of a fresh development node."""
    with run_anvil(STARTS_AT) as url:
        yield url
