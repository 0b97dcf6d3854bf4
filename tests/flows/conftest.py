# SPDX-License-Identifier: EUPL-1.2
"""The chains that every flow runs on: embedded, and anvil where Node.js is installed."""

import os
from collections.abc import Iterator

import pytest

from programmable_money.chain import Chain
from programmable_money.node import find_anvil, open_chain
from tests.flows.money import STARTS_AT, World


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    """A fresh chain."""
    target: str = request.param
    if target == "anvil" and find_anvil() is None:
        message = (
            "anvil is not installed: run npm ci with Node.js 20 or later, or these flows are tested on one chain only"
        )
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with open_chain(target, starts_at=STARTS_AT) as opened:
        yield opened


@pytest.fixture
def world(chain: Chain) -> World:
    """A municipality with an open fund on a fresh chain."""
    return World.open(chain)
