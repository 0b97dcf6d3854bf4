# SPDX-License-Identifier: EUPL-1.2
"""Finding the files of the public test vectors when tests are collected."""

import json
from pathlib import Path
from typing import Any

import pytest

SHARED_VECTORS = (Path(__file__).resolve().parents[2] / ".." / "shared" / "vectors").resolve()
WHERE = "public vectors are expected in ../shared/vectors beside the repository"


def vector_files(folder: str) -> list[str]:
    """Every JSON file below a folder of the vectors, as paths relative to it; none where the vectors are absent."""
    root = SHARED_VECTORS / folder
    return sorted(str(path.relative_to(root)) for path in root.rglob("*.json"))


def vector_params(folder: str, kind: str) -> list[Any]:
    """Parameters (the file's path, its name as the test's id) for each file that has ``kind`` in its path."""
    found = [pytest.param(name, id=name.removesuffix(".json")) for name in vector_files(folder) if kind in name]
    return found or [pytest.param("", id="absent", marks=pytest.mark.skip(reason=WHERE))]


def load_vector(folder: str, name: str) -> Any:
    """The content of one file."""
    return json.loads((SHARED_VECTORS / folder / name).read_text(encoding="utf-8"))
