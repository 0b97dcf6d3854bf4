# SPDX-License-Identifier: EUPL-1.2
"""A service on a database of its own, of either kind."""

import pytest

from issuer.store import Store
from tests.unit.issuer.openid.material import Service, Wallet


@pytest.fixture
def service(store: Store) -> Service:
    """The service, with the cast's records."""
    return Service.on(store)


@pytest.fixture
def amira(service: Service) -> Wallet:
    """Amira's wallet, which has redeemed her letter."""
    return Wallet.activated(service)
