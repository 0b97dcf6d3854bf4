# SPDX-License-Identifier: EUPL-1.2
"""The chains that every flow runs on: embedded, and anvil where Node.js is installed."""

import os
from collections.abc import Iterator

import pytest

from programmable_money.chain import Chain
from programmable_money.node import find_anvil, open_chain, run_anvil
from tests.flows.money import STARTS_AT, World


def require_anvil() -> None:
    """Skip loudly where the node is not installed; in CI that is a failure."""
    if find_anvil() is None:
        message = "anvil is not installed (npm ci, Node.js 20 or later): these flows run on the embedded chain only"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    """A fresh chain."""
    if request.param == "anvil":
        require_anvil()
    with open_chain(request.param, starts_at=STARTS_AT) as opened:
        yield opened


@pytest.fixture
def world(chain: Chain) -> World:
    """A municipality with an open fund on a fresh chain."""
    return World.open(chain)


@pytest.fixture
def anvil_url() -> Iterator[str]:
    """The URL of a fresh development node."""
    require_anvil()
    with run_anvil(STARTS_AT) as url:
        yield url
