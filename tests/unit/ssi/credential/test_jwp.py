# SPDX-License-Identifier: EUPL-1.2
"""The container: one text for each credential, and nothing readable before its signature is verified."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.credential.jwp import MAX_CHARACTERS, IssuedCredential, UnverifiedCredential
from ssi.errors import Reason, VerificationError
from tests.vectors.credential_material import AGE, AMIRA, BAS, HOUSEHOLD, SIGNATURE, TYPES, container, encode

CONTAINER = container(HOUSEHOLD, AMIRA)
HEADER, PAYLOADS, PROOF = CONTAINER.split(".")


def test_a_credential_comes_back_from_its_text() -> None:
    unverified = UnverifiedCredential.parse(CONTAINER, TYPES)
    assert unverified.type is HOUSEHOLD
    assert unverified.unverified_payloads == HOUSEHOLD.payloads(AMIRA)
    assert unverified.unverified_signature == SIGNATURE
    assert unverified.serialize() == CONTAINER


def test_an_issued_credential_serializes_to_what_is_parsed() -> None:
    issued = IssuedCredential(AGE, AGE.payloads(BAS), SIGNATURE)
    assert issued.serialize() == container(AGE, BAS)
    assert issued.scalars == AGE.scalars(BAS)
    assert issued.values["age_under_21"] is True
    assert issued.values["age_over_18"] is None


def test_an_unverified_credential_has_no_readable_claims() -> None:
    unverified = UnverifiedCredential.parse(CONTAINER, TYPES)
    assert not hasattr(unverified, "values")
    assert not hasattr(unverified, "scalars")
    assert not hasattr(unverified, "payloads")


@pytest.mark.parametrize(
    "credential",
    [UnverifiedCredential.parse(CONTAINER, TYPES), IssuedCredential(HOUSEHOLD, HOUSEHOLD.payloads(AMIRA), SIGNATURE)],
    ids=["unverified", "issued"],
)
def test_repr_shows_no_claim_and_no_signature(credential: UnverifiedCredential | IssuedCredential) -> None:
    assert "154060" not in repr(credential)
    assert "GM1969" not in repr(credential)
    assert repr(SIGNATURE) not in repr(credential)


def test_an_issued_credential_is_made_in_one_module_only() -> None:
    package = Path(__file__).parents[4]
    makers = {
        path.relative_to(package).as_posix()
        for folder in ("ssi", "issuer", "holder", "verifier", "programmable_money", "stuiver", "examples")
        for path in (package / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "IssuedCredential"
    }
    assert makers <= {"ssi/credential/issuance.py"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.WRONG_LENGTH),
        ("..", Reason.MALFORMED),
        (HEADER, Reason.WRONG_LENGTH),
        (f"{CONTAINER}.", Reason.WRONG_LENGTH),
        (f"{HEADER}..{PROOF}", Reason.WRONG_LENGTH),
        (f"{HEADER}.{PAYLOADS}~.{PROOF}", Reason.WRONG_LENGTH),
        (f"{HEADER}.~{PAYLOADS}.{PROOF}", Reason.WRONG_LENGTH),
        (f"{HEADER}.{PAYLOADS}.", Reason.MALFORMED),
        (f"{HEADER}.{PAYLOADS}.{PROOF}~{PROOF}", Reason.MALFORMED),
        (f"{HEADER}.{PAYLOADS}.{PROOF}\n", Reason.MALFORMED),
        (f" {CONTAINER}", Reason.MALFORMED),
        (f"{HEADER}.{PAYLOADS}.{PROOF[:-1]}", Reason.MALFORMED),
        (f"{HEADER}.{PAYLOADS}.{PROOF[:-2]}+/", Reason.MALFORMED),
        (f"{HEADER}.{PAYLOADS}.é{PROOF}", Reason.MALFORMED),
        (f"{HEADER}.{PAYLOADS}.{PROOF}{'A' * MAX_CHARACTERS}", Reason.WRONG_LENGTH),
    ],
    ids=range(15),
)
def test_a_text_that_is_no_container_is_refused(text: str, reason: Reason) -> None:
    with pytest.raises(VerificationError) as caught:
        UnverifiedCredential.parse(text, TYPES)
    assert caught.value.reason is reason


def test_a_type_that_the_reader_does_not_know_is_refused() -> None:
    with pytest.raises(VerificationError, match="no known credential type"):
        UnverifiedCredential.parse(CONTAINER, (AGE,))


def test_a_refusal_names_the_claim_and_not_its_value() -> None:
    slots = PAYLOADS.split("~")
    slots[4] = encode(b"99999999")
    with pytest.raises(VerificationError, match="income: must lie between") as caught:
        UnverifiedCredential.parse(f"{HEADER}.{'~'.join(slots)}.{PROOF}", TYPES)
    assert "99999999" not in str(caught.value)


@given(position=st.integers(0, len(CONTAINER) - 1), character=st.characters(codec="ascii"))
def test_a_changed_character_is_refused_or_kept(position: int, character: str) -> None:
    text = CONTAINER[:position] + character + CONTAINER[position + 1 :]
    try:
        unverified = UnverifiedCredential.parse(text, TYPES)
    except VerificationError:
        return
    assert unverified.serialize() == text


@given(text=st.text(alphabet="AZaz09-_.~=", max_size=200))
def test_any_text_is_refused_cleanly(text: str) -> None:
    with pytest.raises(VerificationError):
        UnverifiedCredential.parse(text, TYPES)
