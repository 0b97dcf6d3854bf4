# SPDX-License-Identifier: EUPL-1.2
"""docs/verifier.md names every route, setting, member of a policy and of a receipt, and every way to ask."""

import json
import re
from dataclasses import fields

import pytest

from ssi.jose.jws import UnverifiedJws
from ssi.keys import KeyType, PrivateKey
from tests.architecture.source import ROOT
from tests.unit.verifier.material import AMIRA, BuildTown, Citizen, Validator, Wallet
from tests.unit.verifier.test_receipts import RECEIPT
from verifier.folder import VerifierFolder
from verifier.policy.shelf import policy_schema_octets
from verifier.settings import ClientName, VerifierSettings

SCHEMA = json.loads(policy_schema_octets())
TEXT = (ROOT / "docs" / "verifier.md").read_text(encoding="utf-8")


def named(word: str) -> bool:
    """Whether the page has a word in code style."""
    return re.search(rf"`[^`]*(?<![\w-]){re.escape(word)}(?![\w-])[^`]*`", TEXT) is not None


def test_every_route_is_described(build_town: BuildTown) -> None:
    paths = build_town().browser.get("/openapi.json").json()["paths"]
    assert [path for path in paths if not named(path.replace("{id_}", "{id}"))] == []


def test_every_setting_is_described() -> None:
    written = {"request_life": "request_minutes"}
    assert [one.name for one in fields(VerifierSettings) if not named(written.get(one.name, one.name))] == []
    assert [client.value for client in ClientName if not named(client.value)] == []


def test_every_member_of_a_policy_is_described() -> None:
    members = set(SCHEMA["properties"]) - {"name", "version", "time_zone"}
    members |= set(SCHEMA["properties"]["rules"]["items"]["properties"]) - {"id", "text", "claim", "credentials"}
    assert {member for member in members if not named(member)} == set()


def test_every_member_of_a_receipt_is_described(build_town: BuildTown) -> None:
    validator = Validator()
    town = build_town(validator=validator)
    text = Wallet(Citizen.of(validator, AMIRA), town).present(town.start("income-allowance")["link"]).json()["receipt"]
    members = {*UnverifiedJws.parse(text).unverified_claims(), "claims"}
    assert {member for member in members if not named(member)} == set()
    signed = RECEIPT.sign(PrivateKey.generate(KeyType.P256))
    assert json.loads(UnverifiedJws.parse(signed).unverified_payload).keys() <= members


@pytest.mark.parametrize("place", ["trust", "anchor", "certificate", "database"])
def test_every_file_of_the_folder_is_described(place: str) -> None:
    assert named(getattr(VerifierFolder(ROOT), place).name)
