# SPDX-License-Identifier: EUPL-1.2
"""What tests do where the development node is not installed."""

import os

import pytest

from programmable_money.node import find_anvil

__all__ = ["require_anvil"]


def require_anvil() -> None:
    """Skip loudly where the node is not installed; in CI that is a failure."""
    if find_anvil() is None:
        message = "anvil is not installed (npm ci, Node.js 20 or later): only the embedded chain is tested"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
