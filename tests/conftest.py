# SPDX-License-Identifier: EUPL-1.2
"""Tests marked ``anvil`` need the development node."""

import pytest

from tests.anvil import require_anvil


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture of a marked test is set up."""
    if item.get_closest_marker("anvil"):
        require_anvil()
