# SPDX-License-Identifier: EUPL-1.2
"""A server on a database of its own, of either kind."""

import pytest

from issuer.store import Store
from tests.unit.issuer.authorization.material import Server, Wallet


@pytest.fixture
def server(store: Store) -> Server:
    return Server.on(store)


@pytest.fixture
def wallet(server: Server) -> Wallet:
    return Wallet(server)
