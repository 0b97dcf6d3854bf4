# SPDX-License-Identifier: EUPL-1.2
"""Our own vectors of presentations: still what the code makes, and still what it accepts and refuses."""

import json
from datetime import datetime
from typing import Any

import pytest

from ssi.claim.statement import Statement
from ssi.errors import Reason, VerificationError
from ssi.presentation import AnyPseudonym, verify_claim_presentation
from ssi.presentation.binding import context_id
from tests.vectors.presentation_material import FOLDER, cases, read

FILES = sorted(path.stem for path in FOLDER.glob("*.json"))
REASONS = {
    Reason.MALFORMED,
    Reason.UNKNOWN_ISSUER,
    Reason.NOT_YET_VALID,
    Reason.TOO_OLD,
    Reason.WRONG_LENGTH,
    Reason.QUERY_NOT_MET,
    Reason.INVALID_CHALLENGE,
    Reason.INVALID_PROOF,
}
"""The reasons of presentation.md section 5 that a file alone can show; ``replayed`` needs a memory."""


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return content


def test_the_files_are_what_the_code_makes() -> None:
    made = dict(cases())
    assert set(FILES) == set(made)
    for name, content in made.items():
        assert _load(name) == content, f"{name}: run python -m tests.vectors.presentation_material, explain the change"


@pytest.mark.parametrize("name", FILES)
def test_a_vector_is_accepted_or_refused_as_it_says(name: str) -> None:
    case = _load(name)
    request, binding = read(case)
    now = datetime.fromisoformat(case["now"])
    if not case["result"]["valid"]:
        with pytest.raises(VerificationError) as caught:
            verify_claim_presentation(case["element"], request, binding, now=now, pseudonyms=AnyPseudonym())
        assert caught.value.reason.value == case["result"]["reason"]
        return
    context = context_id(binding.client_id, request.scope)
    assert context.hex() == case["context_id"]
    assert Statement.of(request.terms, request.keys[0], context).S.hex() == case["S"]
    verified = verify_claim_presentation(case["element"], request, binding, now=now, pseudonyms=AnyPseudonym())
    assert case["result"] == {
        "valid": True,
        "pseudonym": verified.pseudonym.hex(),
        "disclosed": dict(verified.disclosed),
        "key_id": verified.key_id,
        "as_of": verified.as_of.isoformat(),
    }


def test_every_reason_of_the_specification_has_a_vector_and_no_other() -> None:
    found = {_load(name)["result"].get("reason") for name in FILES} - {None}
    assert found == {reason.value for reason in REASONS}
    text = (FOLDER.parents[1] / "protocols" / "presentation.md").read_text()
    assert all(f"`{reason.value}`" in text for reason in REASONS)
