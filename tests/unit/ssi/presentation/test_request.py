# SPDX-License-Identifier: EUPL-1.2
"""What a verifier may ask of a BBS credential (presentation.md section 1)."""

import json
from typing import Any

import pytest

from ssi.base64url import encode_base64url
from ssi.credential.document import DocumentError
from ssi.credential.types import CredentialType
from ssi.presentation import ClaimRequest
from tests.unit.ssi.presentation.material import EXPIRY, INCOME, INCOME_RULE, PUBLIC_KEY, TYPES, meta, request

TEXT = {"nl": "Een regel.", "en": "A rule."}


def test_a_request_is_read_and_written_alike() -> None:
    asked = request()
    assert asked.to_meta() == meta() | {"predicates": [EXPIRY, {**INCOME_RULE, "per_as_of": 0}]}
    assert ClaimRequest.from_meta(asked.to_meta(), TYPES) == asked
    assert json.loads(json.dumps(asked.to_meta())) == asked.to_meta()
    assert asked.disclosed_names == ("children",)


def test_keys_are_found_by_their_name_in_the_registry() -> None:
    asked = request()
    assert asked.find_key(asked.key_id(PUBLIC_KEY)) == PUBLIC_KEY
    assert asked.find_key("x") is None


def _predicate(**changes: object) -> dict[str, Any]:
    return {"sum": {"income": -1}, "plus": 1000, "text": TEXT, **changes}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"vct_values": ["urn:stuiver:credential:unknown:1"]}, "$.vct_values[0]"),
        ({"vct_values": [INCOME.vct, INCOME.vct]}, "$.vct_values"),
        ({"scope": ""}, "$.scope"),
        ({"scope": "two  spaces"}, "$.scope"),
        ({"scope": "new\nline"}, "$.scope"),
        ({"scope": "x" * 201}, "$.scope"),
        ({"constants": {"income": 1.5}}, "$.constants.income"),
        ({"constants": {"income": -1}}, "$.constants.income"),
        ({"constants": {"nothing": 1}}, "$.constants.nothing"),
        ({"disclosed": {"children": [5, 1]}}, "$.disclosed.children"),
        ({"disclosed": {"children": [1]}}, "$.disclosed.children"),
        ({"disclosed": {"children": [0, 32]}}, "$"),
        ({"disclosed": {"municipality": [0, 1]}, "constants": {}}, "$"),
        ({"predicates": []}, "$.predicates"),
        ({"predicates": [EXPIRY, _predicate(sum={})]}, "$.predicates[1].sum"),
        ({"predicates": [EXPIRY, _predicate(sum={"income": 0})]}, "$.predicates[1].sum.income"),
        ({"predicates": [EXPIRY, _predicate(sum={"none": 1})]}, "$.predicates[1].sum.none"),
        (
            {
                "predicates": [
                    EXPIRY,
                    _predicate(sum={"municipality": 1}),
                ],
                "constants": {},
            },
            "$",
        ),
        ({"predicates": [EXPIRY, _predicate(sum={"income": 1 << 30, "norm": 3})]}, "$"),
        ({"predicates": [EXPIRY, _predicate(surprise=1)]}, "$.predicates[1].surprise"),
        ({"predicates": [EXPIRY, _predicate(text={"en": "only"})]}, "$.predicates[1].text.nl"),
        ({"keys": []}, "$.keys"),
        ({"keys": [encode_base64url(bytes(96))]}, "$.keys[0]"),
        ({"keys": ["short"]}, "$.keys[0]"),
        ({"surprise": 1}, "$.surprise"),
    ],
    ids=lambda value: None if isinstance(value, str) else json.dumps(value)[:40],
)
def test_a_malformed_or_unsound_request_is_refused(changes: dict[str, object], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        request(**changes)
    assert caught.value.path == path


@pytest.mark.parametrize(
    "predicates",
    [[INCOME_RULE], [{**EXPIRY, "plus": 1}], [{**EXPIRY, "per_as_of": 0}], [{**EXPIRY, "sum": {"exp": 2}}]],
    ids=["none", "expired-yesterday", "no-day", "doubled"],
)
def test_a_request_must_refuse_what_has_expired(predicates: list[object]) -> None:
    with pytest.raises(DocumentError, match="expired"):
        request(predicates=predicates)


def test_a_stricter_expiry_is_accepted() -> None:
    assert request(predicates=[{**EXPIRY, "plus": -30}]).predicates[0].plus == -30


def _type_with(claim: dict[str, object]) -> CredentialType:
    exp = {"name": "exp", "kind": "date", "bits": 17, "title": {"nl": "Geldig tot", "en": "Valid until"}}
    claims = [exp, {"name": "income", "kind": "cents", "bits": 24, "title": {"nl": "Inkomen", "en": "Income"}}, claim]
    document = {"vct": "urn:stuiver:credential:test:1", "title": {"nl": "Toets", "en": "Test"}, "claims": claims}
    return CredentialType.from_json(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("claim", "changes"),
    [
        ({"name": "nationality", "kind": "text", "title": TEXT}, {"constants": {"nationality": "NL"}}),
        ({"name": "x7", "kind": "text", "title": {"nl": "Nationaliteit", "en": "X"}}, {"constants": {"x7": "NL"}}),
        ({"name": "gender", "kind": "count", "bits": 2, "title": TEXT}, {"disclosed": {"gender": [0, 3]}}),
        (
            {"name": "birthplace", "kind": "count", "bits": 16, "title": TEXT},
            {"predicates": [EXPIRY, _predicate(sum={"birthplace": 1})]},
        ),
        ({"name": "group", "kind": "text", "title": TEXT}, {"constants": {"group": "geloof"}}),
        ({"name": "group", "kind": "text", "title": TEXT}, {"scope": "ethnicity-survey"}),
    ],
    ids=["constant", "title", "disclosed", "predicate", "value", "scope"],
)
def test_nobody_may_decide_on_who_somebody_is(claim: dict[str, object], changes: dict[str, object]) -> None:
    credential_type = _type_with(claim)
    base = meta(vct_values=[credential_type.vct], constants={}, disclosed={}, predicates=[EXPIRY])
    with pytest.raises(DocumentError, match="nobody may decide on it"):
        ClaimRequest.from_meta(base | changes, [credential_type])


def test_the_wallet_is_warned_of_exact_amounts_and_of_words() -> None:
    words = {"nl": "Ongeacht nationaliteit.", "en": "Whatever the nationality."}
    asked = request(disclosed={"income": [0, 999_999]}, predicates=[{**EXPIRY, "text": words}])
    assert [path for path, _ in asked.warnings] == [
        "$.disclosed.income",
        "$.predicates[0].text.nl",
        "$.predicates[0].text.en",
    ]
