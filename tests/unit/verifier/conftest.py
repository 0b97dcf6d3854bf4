# SPDX-License-Identifier: EUPL-1.2
"""The verifier's database, empty; on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.unit.verifier.material import BuildTown, Town
from verifier.store import Store


@pytest.fixture
def build_town(new_database: Callable[[], str]) -> Iterator[BuildTown]:
    """Builds towns, each on a database of its own of either kind."""
    with ExitStack() as opened:

        def build(**settings: Any) -> Town:
            store = Store.at_url(new_database())
            opened.callback(store.close)
            return Town.build(store=store, **settings)

        yield build


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A fresh database of either kind."""
    opened = Store.at_url(database_url)
    yield opened
    opened.close()
