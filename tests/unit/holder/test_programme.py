# SPDX-License-Identifier: EUPL-1.2
"""Reading a programme's public description: everything malformed is refused with the field and the rule."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode

from holder.programme import ProgrammeView
from holder.refusals import ProgrammeFormatError
from ssi.claim.registry_key import registry_key_id
from ssi.keccak import keccak256
from tests.unit.holder.town import INCOME, Desk, programme


@pytest.fixture(scope="module")
def description() -> str:
    return programme(Desk()).to_json()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d.pop("scope"), "$.scope"),
        (lambda d: d.update(more=1), "$.more"),
        (lambda d: d.update(stuiver="programme/2"), "$.stuiver"),
        (lambda d: d.update(chain="1"), "$.chain"),
        (lambda d: d.update(chain=-1), "$.chain"),
        (lambda d: d.update(chain=True), "$.chain"),
        (lambda d: d.update(fund="0x12"), "$.fund"),
        (lambda d: d.update(fund=None), "$.fund"),
        (lambda d: d.update(rulebook="0x00"), "$.rulebook"),
        (lambda d: d.update(rulebook=d["rulebook"].upper()), "$.rulebook"),
        (lambda d: d.update(period=1.5), "$"),
        (lambda d: d["keys"][0].update(public_key="0x" + "00" * 96), "$.keys[0].public_key"),
        (lambda d: d["keys"][0].update(key="0x0"), "$.keys[0].key"),
        (lambda d: d["keys"][0].pop("statement"), "$.keys[0].statement"),
        (lambda d: d["terms"].update(disclosed=[256]), "$.terms.disclosed[0]"),
        (lambda d: d["terms"]["constants"][0].update(scalar="0x01"), "$.terms.constants[0].scalar"),
        (lambda d: d["terms"]["predicates"][0].update(terms=[]), "$.terms.predicates[0].terms"),
        (lambda d: d["terms"]["predicates"][0].update(per_as_of=128), "$.terms.predicates[0].per_as_of"),
        (lambda d: d["terms"]["predicates"][0]["terms"][0].update(coefficient=2**31), "terms[0].coefficient"),
    ],
)
def test_a_malformed_description_is_refused_with_the_field(
    description: str, change: Callable[[dict[str, Any]], object], path: str
) -> None:
    document = json.loads(description)
    change(document)
    with pytest.raises(ProgrammeFormatError) as caught:
        ProgrammeView.from_json(json.dumps(document).encode())
    assert caught.value.path.endswith(path.removeprefix("$")) or caught.value.path == path


@pytest.mark.parametrize("octets", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"\xef\xbb\xbf{}"])
def test_what_is_no_description_is_refused(octets: bytes) -> None:
    with pytest.raises(ProgrammeFormatError):
        ProgrammeView.from_json(octets)


def test_deep_nesting_is_refused_before_it_can_end_the_process() -> None:
    with pytest.raises(ProgrammeFormatError, match="deeper"):
        ProgrammeView.from_json(b"[" * 200_000)


def test_a_keys_id_is_the_registrys() -> None:
    public_key = Desk().public_key
    assert registry_key_id(INCOME.type_id, public_key) == keccak256(
        abi_encode(["bytes32", "bytes"], [INCOME.type_id, public_key])
    )
