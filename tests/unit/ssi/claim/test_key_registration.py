# SPDX-License-Identifier: EUPL-1.2
"""A desk's request to register its key keeps its form, and nothing else is read."""

import json
from typing import Any, Final

import pytest

from ssi.claim.key_registration import KeyRegistration
from ssi.credential.document import DocumentError

REGISTRATION: Final = KeyRegistration(31337, b"\1" * 20, b"\2" * 20, b"\3" * 32, b"\4" * 96, b"\5" * 128)


def test_reads_back_what_was_written() -> None:
    assert KeyRegistration.from_json(REGISTRATION.to_json()) == REGISTRATION


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("format", "stuiver/key-registration/v2"),
        ("chain", -1),
        ("chain", "31337"),
        ("chain", True),
        ("registry", "0x" + "01" * 19),
        ("validator", "0x" + "02" * 21),
        ("type", "03" * 32),
        ("type", "0x"),
        ("public_key", "0x" + "0A" * 96),
        ("possession", None),
        ("more", 1),
    ],
)
def test_refuses_another_form_and_names_the_member(member: str, value: Any) -> None:
    content = {**json.loads(REGISTRATION.to_json()), member: value}
    with pytest.raises(DocumentError, match=member if member != "more" else None):
        KeyRegistration.from_json(json.dumps(content).encode())


@pytest.mark.parametrize("member", json.loads(REGISTRATION.to_json()))
def test_refuses_a_registration_without_a_member(member: str) -> None:
    content = json.loads(REGISTRATION.to_json())
    del content[member]
    with pytest.raises(DocumentError):
        KeyRegistration.from_json(json.dumps(content).encode())
