# SPDX-License-Identifier: EUPL-1.2
"""The fixtures of the passes' flow tests: a chain in June, and a city with an open pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from programmable_money.chain import Chain
from programmable_money.node import open_chain
from programmable_money.refusals import RefusalReason, RefusedError
from tests.flows.city import STARTS_AT, City

__all__ = ["chain", "city", "refused"]


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    """A fresh chain, in June."""
    with open_chain(request.param, starts_at=STARTS_AT) as opened:
        yield opened


@pytest.fixture
def city(chain: Chain, tmp_path: Path) -> Iterator[City]:
    opened = City.open(chain, tmp_path)
    yield opened
    opened.close()


@contextmanager
def refused(reason: RefusalReason) -> Iterator[pytest.ExceptionInfo[RefusedError]]:
    """The contract refuses what is done inside, for this reason."""
    with pytest.raises(RefusedError) as error:
        yield error
    assert error.value.reason is reason, error.value.error
