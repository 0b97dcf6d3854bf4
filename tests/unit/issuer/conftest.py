# SPDX-License-Identifier: EUPL-1.2
"""The desk's database, empty; on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from issuer.store import Store
from tests.unit.issuer.material import open_store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A fresh database of either kind."""
    opened = open_store(database_url)
    yield opened
    opened.close()
