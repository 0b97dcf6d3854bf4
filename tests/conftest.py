# SPDX-License-Identifier: EUPL-1.2
"""Tests marked ``anvil`` need the development node; every test may ask for a database of either kind.

Which tests share a process, and which start first, is decided here too.
"""

from collections.abc import Mapping, Sequence

import pytest

from tests.anvil import require_anvil
from tests.postgres import (
    database_url,
    empty_database_url,
    long_database,
    new_database,
    postgres_databases,
    postgres_server,
    postgres_url,
    sqlite_template,
)

__all__ = [
    "database_url",
    "empty_database_url",
    "long_database",
    "new_database",
    "postgres_databases",
    "postgres_server",
    "postgres_url",
    "sqlite_template",
]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture of a marked test is set up."""
    if item.get_closest_marker("anvil"):
        require_anvil()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a module makes once is made in one process; what is slow starts first, so that none ends alone."""
    for item in items:
        shared = _shared(item)
        if shared and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(shared))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def _shared(item: pytest.Item) -> str:
    """A name for what a test's module makes once, with its parameter; empty when it makes nothing."""
    information = getattr(item, "_fixtureinfo", None)
    definitions: Mapping[str, Sequence[pytest.FixtureDef[object]]] = getattr(information, "name2fixturedefs", {})
    names = [name for name, found in definitions.items() if found[-1].scope == "module"]
    values = getattr(getattr(item, "callspec", None), "params", {})
    kinds = [str(values[name]) for name in sorted(names) if name in values]
    return " ".join([item.nodeid.partition("::")[0], *kinds]) if names else ""
