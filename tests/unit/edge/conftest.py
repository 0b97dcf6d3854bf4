# SPDX-License-Identifier: EUPL-1.2
"""Fixtures of the tests of the guarded fetch."""

import sys

import pytest

from tests.unit.edge.servers import Authority


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


_connected: list[str] = []


def _notice(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        _connected.append(str(arguments[1][:2]) if isinstance(arguments[1], tuple) else str(arguments[1]))


sys.addaudithook(_notice)


@pytest.fixture
def connections() -> list[str]:
    """Every address that this process connects to during the test, as the interpreter itself reports it."""
    _connected.clear()
    return _connected
