# SPDX-License-Identifier: EUPL-1.2
"""A service on a database of its own."""

from pathlib import Path

import pytest

from tests.unit.issuer.openid.material import Service, Wallet


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """The service, with the cast's records."""
    return Service.at(tmp_path)


@pytest.fixture
def amira(service: Service) -> Wallet:
    """Amira's wallet, which has redeemed her letter."""
    return Wallet.activated(service)
