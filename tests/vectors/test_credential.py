# SPDX-License-Identifier: EUPL-1.2
"""The credential vectors are what the code makes, and the code reads them as they say."""

import json
from datetime import date
from typing import Any

import pytest

from ssi.credential.jwp import UnverifiedCredential
from ssi.credential.types import ClaimKind, ClaimValue, CredentialType
from ssi.errors import VerificationError
from tests.vectors.credential_material import FOLDER, TYPES, files

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def vector(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def values_of(credential_type: CredentialType, listed: dict[str, Any]) -> dict[str, ClaimValue]:
    dates = {claim.name for claim in credential_type.claims if claim.kind is ClaimKind.DATE}
    return {name: date.fromisoformat(value) if name in dates else value for name, value in listed.items()}


def test_the_vectors_are_what_the_code_makes() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")} == files()


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("refused")])
def test_values_become_the_listed_payloads_and_scalars(name: str) -> None:
    case = vector(name)
    credential_type = next(known for known in TYPES if known.vct == case["type"])
    values = values_of(credential_type, case["values"])
    assert credential_type.header.hex() == case["header"]
    assert credential_type.type_id.hex() == case["type_id"]
    assert [payload.decode() for payload in credential_type.payloads(values)] == case["payloads"]
    assert [f"{scalar:064x}" for scalar in credential_type.scalars(values)] == case["scalars"]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("refused")])
def test_a_listed_credential_parses_and_serializes_to_itself(name: str) -> None:
    case = vector(name)
    unverified = UnverifiedCredential.parse(case["credential"], TYPES)
    assert unverified.type.vct == case["type"]
    assert unverified.unverified_signature.hex() == case["signature"]
    assert unverified.type.values(unverified.unverified_payloads) == values_of(unverified.type, case["values"])
    assert unverified.serialize() == case["credential"]


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("refused")])
def test_a_refused_credential_is_refused_for_its_reason(name: str) -> None:
    case = vector(name)
    with pytest.raises(VerificationError) as caught:
        UnverifiedCredential.parse(case["credential"], TYPES)
    assert caught.value.reason.value == case["result"]["reason"]
