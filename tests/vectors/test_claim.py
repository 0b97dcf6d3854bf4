# SPDX-License-Identifier: EUPL-1.2
"""Our own vectors of the claim proof: still what the code makes, and still what it accepts and refuses."""

import json
from typing import Any

import pytest

from ssi.claim.proof import batch, challenge, digest
from ssi.claim.verify import verify_claim
from ssi.errors import Reason, VerificationError
from tests.vectors.claim_material import FOLDER, cases, read

FILES = sorted(FOLDER.glob("*.json"))
REASONS = {
    Reason.WRONG_LENGTH,
    Reason.INVALID_POINT,
    Reason.INVALID_SCALAR,
    Reason.INVALID_CHALLENGE,
    Reason.INVALID_PROOF,
}
"""The reasons of claim.md section 7."""


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return content


def test_the_files_are_what_the_code_makes() -> None:
    made = dict(cases())
    assert {path.stem for path in FILES} == set(made)
    for name, content in made.items():
        assert _load(name) == content, f"{name}: run python -m tests.vectors.claim_material and explain the change"


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_a_vector_is_accepted_or_refused_as_it_says(name: str) -> None:
    case = _load(name)
    statement, claim, proof = read(case)
    if not case["result"]["valid"]:
        with pytest.raises(VerificationError) as caught:
            verify_claim(statement, claim, proof)
        assert caught.value.reason.value == case["result"]["reason"]
        return
    assert verify_claim(statement, claim, proof).nullifier.hex() == case["nullifier"]
    assert statement.octets.hex() == case["statement"]["octets"]
    points = 96 * (6 + 2 * statement.terms.commitments)
    transcript = digest(statement, claim, proof[:points])
    assert transcript.hex() == case["transcript"]["digest"]
    assert challenge(transcript, statement.terms.kappa) == int(case["transcript"]["c"], 16)
    assert batch(transcript, proof[points:]) == int(case["transcript"]["rho"], 16)


def test_every_reason_of_the_specification_has_a_vector_and_no_other() -> None:
    found = {_load(path.stem)["result"].get("reason") for path in FILES} - {None}
    assert found == {reason.value for reason in REASONS}
    text = (FOLDER.parents[1] / "protocols" / "claim.md").read_text()
    assert all(f"`{reason.value}`" in text for reason in REASONS)
