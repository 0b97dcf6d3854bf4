# SPDX-License-Identifier: EUPL-1.2
"""The JSON Canonicalization Scheme (RFC 8785) by its library gives the octets of its public vectors."""

import json
from typing import Any

import pytest
import rfc8785

from tests.vectors.shared import SHARED_VECTORS, WHERE

FOLDER = SHARED_VECTORS / "jcs" / "testdata"
NAMES = sorted(path.name for path in (FOLDER / "input").glob("*.json"))
PARAMS: list[Any] = [pytest.param(name, id=name.removesuffix(".json")) for name in NAMES] or [
    pytest.param("", id="absent", marks=pytest.mark.skip(reason=WHERE))
]


@pytest.mark.parametrize("name", PARAMS)
def test_input_becomes_output(name: str) -> None:
    value = json.loads((FOLDER / "input" / name).read_bytes())
    assert rfc8785.dumps(value) == (FOLDER / "output" / name).read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("name", PARAMS)
def test_output_is_its_own_canonical_form(name: str) -> None:
    octets = (FOLDER / "output" / name).read_bytes().rstrip(b"\n")
    assert rfc8785.dumps(json.loads(octets)) == octets
