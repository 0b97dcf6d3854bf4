# SPDX-License-Identifier: EUPL-1.2
"""Where the public test vectors are; every test of them skips, saying so, where they are not."""

from pathlib import Path

import pytest

from tests.vectors.shared import SHARED_VECTORS, WHERE


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """The folder of public vectors."""
    if not SHARED_VECTORS.is_dir():
        pytest.skip(WHERE)
    return SHARED_VECTORS
