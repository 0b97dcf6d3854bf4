# SPDX-License-Identifier: EUPL-1.2
"""A desk with the cast's records, on SQLite and on PostgreSQL."""

import pytest

from issuer.service import Desk
from issuer.store import Store
from tests.unit.issuer.material import Clock, desk


@pytest.fixture
def clock() -> Clock:
    """The time of the tests."""
    return Clock()


@pytest.fixture
def office(store: Store, clock: Clock) -> Desk:
    """The desk."""
    return desk(store, clock)
