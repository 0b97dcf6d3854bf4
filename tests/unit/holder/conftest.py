# SPDX-License-Identifier: EUPL-1.2
"""Wallets and a validator for the tests of the wallet's use cases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from holder.service import Wallet
from tests.unit.holder.town import AMIRA, Desk, give, new_wallet


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def amira(tmp_path: Path, desk: Desk) -> Iterator[Wallet]:
    """Amira's wallet, with her credential."""
    wallet, _ = new_wallet(tmp_path)
    give(wallet, desk, "amira", AMIRA)
    yield wallet
    wallet.close()
