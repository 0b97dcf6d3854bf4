# SPDX-License-Identifier: EUPL-1.2
"""Policies: reading them, the schema that says the same, the shelf."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ssi.credential.document import DocumentError
from tests.unit.verifier.material import types
from verifier.errors import PolicyFileError, UnknownPolicyError
from verifier.policy.asked import AskedProof
from verifier.policy.model import Device, Period, Policy, PolicyId
from verifier.policy.shelf import PolicyShelf, policy_schema_octets, published_policies

PUBLISHED = tuple(PolicyShelf.of_folders([published_policies()], types()))
SCHEMA = Draft202012Validator(json.loads(policy_schema_octets()))


def document(name: str) -> Any:
    """A published policy as JSON, to be changed."""
    return json.loads(next(policy for policy in PUBLISHED if policy.id.name == name).octets)


def octets(changed: Any) -> bytes:
    """A document's octets."""
    return json.dumps(changed).encode()


def credential(changed: Any, query: int = 0) -> Any:
    """The first credential of a query."""
    return changed["queries"][query]["dcql"]["credentials"][0]


def test_the_published_policies_are_the_two_that_the_project_comes_with() -> None:
    assert [str(policy.id) for policy in PUBLISHED] == ["income-allowance/v1", "under-21/v1"]


@pytest.mark.parametrize("policy", PUBLISHED, ids=lambda policy: f"{policy.id.name}-v{policy.id.version}")
def test_a_published_policy_fits_the_schema(policy: Policy) -> None:
    SCHEMA.validate(json.loads(policy.octets))


def test_a_policy_is_read_whole() -> None:
    policy = next(policy for policy in PUBLISHED if policy.id.name == "income-allowance")
    assert policy.devices == {Device.SAME, Device.OTHER}
    assert policy.pseudonym is not None
    assert (policy.pseudonym.period, policy.pseudonym.once) == (Period.CALENDAR_YEAR, True)
    asked = policy.query("bbs").credential("household_income")
    assert isinstance(asked, AskedProof)
    assert asked.constants == {"municipality": "GM1969"}
    assert asked.predicates[0].id == "income_at_most_120_percent"
    assert policy.rule("low_income").text.en.startswith("Your income is at most 120 percent")
    with pytest.raises(KeyError):
        policy.query("other")
    with pytest.raises(KeyError):
        policy.rule("other")
    with pytest.raises(KeyError):
        policy.query("bbs").credential("other")


def test_a_comma_changes_the_hash() -> None:
    policy = PUBLISHED[0]
    assert Policy.from_json(policy.octets + b"\n").hash != policy.hash


def _set(*path: str | int, value: object) -> Callable[[Any], None]:
    def change(changed: Any) -> None:
        for step in path[:-1]:
            changed = changed[step]
        changed[path[-1]] = value

    return change


def _delete(*path: str | int) -> Callable[[Any], None]:
    def change(changed: Any) -> None:
        for step in path[:-1]:
            changed = changed[step]
        del changed[path[-1]]

    return change


META = ("queries", 0, "dcql", "credentials", 0, "meta")
BROKEN: dict[str, Callable[[Any], None]] = {
    "unknown_member": _set("extra", value=1),
    "no_purpose": _delete("purpose"),
    "purpose_in_one_language": _delete("purpose", "nl"),
    "name_in_capitals": _set("name", value="Under-21"),
    "version_zero": _set("version", value=0),
    "version_true": _set("version", value=True),
    "time_zone_without_city": _set("time_zone", value="Amsterdam"),
    "no_device": _set("devices", value=[]),
    "unknown_device": _set("devices", value=["phone"]),
    "no_query": _set("queries", value=[]),
    "no_rule": _set("rules", value=[]),
    "unknown_format": _set("queries", 0, "dcql", "credentials", 0, "format", value="mso_mdoc"),
    "values_in_a_claims_query": _set("queries", 1, "dcql", "credentials", 0, "claims", 0, "values", value=[True]),
    "no_claims": _set("queries", 1, "dcql", "credentials", 0, "claims", value=[]),
    "number_in_a_path": _set("queries", 1, "dcql", "credentials", 0, "claims", 0, "path", value=["a", 1]),
    "without_holder_binding": _set(
        "queries", 1, "dcql", "credentials", 0, "require_cryptographic_holder_binding", value=False
    ),
    "two_types_for_a_proof": _set(*META, "vct_values", value=["urn:a", "urn:b"]),
    "scope_with_a_space": _set(*META, "scope", value="under 21"),
    "constant_that_is_a_list": _set(*META, "constants", "age_under_21", value=[True]),
    "keys_in_a_published_policy": _set(*META, "keys", value=["AA"]),
    "one_bound": _set(*META, "disclosed", value={"exp": [1]}),
    "coefficient_zero": _set(*META, "predicates", 0, "sum", value={"exp": 0}),
    "predicate_without_claims": _set(*META, "predicates", 0, "sum", value={}),
    "factor_too_large": _set(*META, "predicates", 0, "per_as_of", value=-128),
    "no_condition": _delete("rules", 0, "equals"),
    "two_kinds_of_condition": _set("rules", 0, "at_least", value=1),
    "condition_unknown": _set("rules", 0, "matches", value="x"),
    "equals_null": _set("rules", 0, "equals", value=None),
    "claim_and_proven": _set(
        "rules", 0, value={"id": "a", "text": {"nl": "a", "en": "a"}, "claim": ["a"], "proven": "b"}
    ),
    "no_claim": _delete("rules", 0, "claim"),
    "empty_path": _set("rules", 0, "claim", value=[]),
    "validity_zero": _set("outcome", "valid_minutes", value=0),
    "kept_for_ever": _set("retention", "days", value=100_000),
    "keep_is_no_path": _set("retention", "keep", value=["age_under_21"]),
    "pseudonym_without_words": _set("pseudonym", value={"period": "policy", "once": True}),
    "transaction_without_words": _set("transaction", value={}),
    "relative_day_in_months": _set(
        "rules",
        0,
        value={"id": "a", "text": {"nl": "a", "en": "a"}, "claim": ["b"], "on_or_after": {"today": {"months": 1}}},
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_reader_and_schema_refuse_the_same(name: str) -> None:
    changed = document("under-21")
    BROKEN[name](changed)
    assert not SCHEMA.is_valid(changed)
    with pytest.raises(DocumentError):
        Policy.from_json(octets(changed))


RULES: dict[str, dict[str, object]] = {
    "one_of": {"claim": ["age_under_21"], "one_of": [True, "x", 3]},
    "at_least": {"claim": ["age_under_21"], "at_least": 3},
    "between": {"claim": ["age_under_21"], "at_least": 3, "at_most": 5},
    "fixed_day": {"claim": ["age_under_21"], "on_or_after": "2026-01-31"},
    "relative_day": {"claim": ["age_under_21"], "on_or_before": {"today": {"years": -18, "days": 1}}},
    "proven": {"proven": "credential_valid"},
    "some_credentials": {"claim": ["age_under_21"], "equals": True, "credentials": ["age_bbs"]},
}


@pytest.mark.parametrize("name", RULES)
def test_reader_and_schema_accept_the_same(name: str) -> None:
    changed = document("under-21")
    changed["rules"][0] = {"id": "a", "text": {"nl": "a", "en": "a"}, **RULES[name]}
    SCHEMA.validate(changed)
    Policy.from_json(octets(changed))


def _twice(changed: Any, *path: str | int) -> None:
    for step in path:
        changed = changed[step]
    changed.append(deepcopy(changed[0]))


ONLY_THE_READER: dict[str, Callable[[Any], None]] = {
    "rule_twice": lambda changed: _twice(changed, "rules"),
    "query_twice": lambda changed: _twice(changed, "queries"),
    "credential_twice": lambda changed: _twice(changed, "queries", 0, "dcql", "credentials"),
    "credential_of_another_query": _set("queries", 1, "dcql", "credentials", 0, "id", value="age_bbs"),
    "predicate_twice": lambda changed: _twice(credential(changed), "meta", "predicates"),
    "path_twice": lambda changed: _twice(credential(changed, 1), "claims"),
    "set_of_unknown_credentials": _set("queries", 0, "dcql", "credential_sets", value=[{"options": [["other"]]}]),
    "rule_about_unknown_credential": _set("rules", 0, "credentials", value=["other"]),
    "bounds_in_the_wrong_order": _set(*META, "disclosed", value={"exp": [2, 1]}),
    "no_such_time_zone": _set("time_zone", value="Europe/Stuiverdorp"),
    "no_such_day": _set(
        "rules", 0, value={"id": "a", "text": {"nl": "a", "en": "a"}, "claim": ["b"], "on_or_after": "2026-02-30"}
    ),
}


@pytest.mark.parametrize("name", ONLY_THE_READER)
def test_reader_refuses_what_a_schema_cannot_see(name: str) -> None:
    changed = document("under-21")
    ONLY_THE_READER[name](changed)
    SCHEMA.validate(changed)
    with pytest.raises(DocumentError):
        Policy.from_json(octets(changed))


def publish(folder: Path, changed: Any, *, name: str | None = None, version: int | None = None) -> None:
    """Put a policy into a municipality's own folder."""
    place = folder / (name or changed["name"]) / f"v{version or changed['version']}"
    place.mkdir(parents=True)
    (place / "policy.json").write_bytes(octets(changed))


def test_a_municipality_adds_its_own_policies(tmp_path: Path) -> None:
    changed = document("under-21")
    changed["version"] = 2
    publish(tmp_path, changed)
    shelf = PolicyShelf.of_folders([published_policies(), tmp_path], types())
    assert [str(policy.id) for policy in shelf.newest()] == ["income-allowance/v1", "under-21/v2"]
    assert shelf.get(PolicyId("under-21", 1)).id.version == 1
    with pytest.raises(UnknownPolicyError):
        shelf.get(PolicyId("under-21", 3))


def test_a_published_version_cannot_be_replaced(tmp_path: Path) -> None:
    changed = document("under-21")
    changed["retention"]["days"] = 3000
    publish(tmp_path, changed)
    with pytest.raises(PolicyFileError, match="differs"):
        PolicyShelf.of_folders([published_policies(), tmp_path], types())


def test_a_policy_lies_where_it_says(tmp_path: Path) -> None:
    publish(tmp_path, document("under-21"), version=2)
    with pytest.raises(PolicyFileError, match="says that it is under-21/v1"):
        PolicyShelf.of_folders([tmp_path], types())


def test_a_broken_policy_names_its_place(tmp_path: Path) -> None:
    changed = document("under-21")
    del changed["purpose"]
    publish(tmp_path, changed)
    with pytest.raises(PolicyFileError, match=r"under-21/v1: \$\.purpose: is missing"):
        PolicyShelf.of_folders([tmp_path], types())
