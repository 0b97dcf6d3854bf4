# SPDX-License-Identifier: EUPL-1.2
"""Tests marked ``anvil`` need the development node; every test may ask for a database of either kind."""

import pytest

from tests.anvil import require_anvil
from tests.postgres import database_url, empty_database_url, postgres_server, postgres_template, postgres_url

__all__ = ["database_url", "empty_database_url", "postgres_server", "postgres_template", "postgres_url"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture of a marked test is set up."""
    if item.get_closest_marker("anvil"):
        require_anvil()
