# SPDX-License-Identifier: EUPL-1.2
"""A server on a database file of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.store import Store
from tests.unit.issuer.authorization.material import Server, Wallet


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.at(tmp_path / "desk.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def server(store: Store) -> Server:
    return Server.on(store)


@pytest.fixture
def wallet(server: Server) -> Wallet:
    return Wallet(server)
