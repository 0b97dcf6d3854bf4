# SPDX-License-Identifier: EUPL-1.2
"""DCQL: reading a query, choosing what to disclose, checking what was disclosed (OpenID4VP 1.0 sections 6 and 7)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssi.credential.document import DocumentError
from ssi.errors import Reason, VerificationError
from ssi.openid.dcql import ClaimsPath, DcqlQuery, is_same_value, select
from ssi.openid.dcql_check import Presented, check_response
from ssi.openid.dcql_match import Held, Matched, match

PID = "https://credentials.example.com/identity_credential"
ARTHUR: dict[str, Any] = {
    "name": "Arthur Dent",
    "address": {"street_address": "42 Market Street", "locality": "Milliways", "postal_code": "12345"},
    "degrees": [
        {"type": "Bachelor of Science", "university": "University of Betelgeuse"},
        {"type": "Master of Science", "university": "University of Betelgeuse"},
    ],
    "nationalities": ["British", "Betelgeusian"],
    "age": 42,
    "adult": True,
}
ARTHURS = Held("arthur", "dc+sd-jwt", PID, ARTHUR)


def _sd_jwt(id_: str = "pid", vct: str = PID, **members: object) -> dict[str, Any]:
    return {"id": id_, "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}, **members}


def _query(*credentials: Mapping[str, object], **members: object) -> DcqlQuery:
    return DcqlQuery.from_json(json.dumps({"credentials": list(credentials), **members}).encode())


def _claims(*paths: Sequence[object], **members: object) -> list[dict[str, object]]:
    return [{"path": path, **members} for path in paths]


def _match(query: DcqlQuery, *held: Held, qualifies: bool = True) -> Matched:
    return match(query, held, qualifies=lambda _, __: qualifies)


def _not_met(query: DcqlQuery, *held: Held) -> None:
    with pytest.raises(VerificationError) as caught:
        _match(query, *held)
    assert caught.value.reason is Reason.QUERY_NOT_MET


# claims path pointers


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (("name",), ["Arthur Dent"]),
        (("address",), [ARTHUR["address"]]),
        (("address", "street_address"), ["42 Market Street"]),
        (("degrees", None, "type"), ["Bachelor of Science", "Master of Science"]),
        (("nationalities", 1), ["Betelgeusian"]),
        (("nationalities", 2), []),
        (("nationalities", "x"), []),
        (("name", "x"), []),
        (("name", None), []),
        (("address", 0), []),
        (("nothing",), []),
        (("degrees", 0, "nothing"), []),
        (("nationalities", None, "x"), []),
    ],
    ids=range(13),
)
def test_pointers_select_as_the_specification_says(path: ClaimsPath, values: list[object]) -> None:
    assert [value for _, value in select(ARTHUR, path)] == values


def test_selected_places_are_concrete() -> None:
    assert [path for path, _ in select(ARTHUR, ("degrees", None, "type"))] == [
        ("degrees", 0, "type"),
        ("degrees", 1, "type"),
    ]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)
_paths = st.lists(st.text(max_size=2) | st.integers(0, 3) | st.none(), min_size=1, max_size=4).map(tuple)


@settings(max_examples=200, deadline=None)
@given(_json, _paths)
def test_every_selected_place_leads_to_its_value(claims: object, path: ClaimsPath) -> None:
    for place, value in select(claims, path):
        assert None not in place
        assert select(claims, place) == ((place, value),)


def test_types_of_values_count() -> None:
    assert is_same_value(True, True)
    assert not is_same_value(True, 1)
    assert not is_same_value(1, "1")
    assert not is_same_value(1.0, 1)


# reading


def test_a_query_is_read_and_written_alike() -> None:
    document = {
        "credentials": [
            _sd_jwt(
                claims=[{"id": "a", "path": ["x", None, 0], "values": ["v", 1, True]}, {"id": "b", "path": ["y"]}],
                claim_sets=[["a"], ["b"]],
                multiple=True,
                trusted_authorities=[{"type": "aki", "values": ["s9tIpPmhxdiuNkHMEWNpYim8S8Y"]}],
                require_cryptographic_holder_binding=False,
            ),
            {"id": "mdl", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.7367.1.mVRC"}},
        ],
        "credential_sets": [{"options": [["pid"], ["mdl"]]}, {"options": [["mdl"]], "required": False}],
    }
    query = DcqlQuery.from_json(json.dumps(document | {"future": 1}).encode())
    assert query.to_json() == document
    assert DcqlQuery.from_json(json.dumps(query.to_json()).encode()) == query


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, "$.credentials"),
        ({"credentials": []}, "$.credentials"),
        ({"credentials": [_sd_jwt()] * 2}, "$.credentials"),
        ({"credentials": [_sd_jwt("")]}, "$.credentials[0].id"),
        ({"credentials": [_sd_jwt("a b")]}, "$.credentials[0].id"),
        ({"credentials": [{"id": "a", "format": "dc+sd-jwt"}]}, "$.credentials[0].meta"),
        ({"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {}}]}, "$.credentials[0].meta.vct_values"),
        ({"credentials": [_sd_jwt() | {"meta": {"vct_values": []}}]}, "$.credentials[0].meta.vct_values"),
        ({"credentials": [_sd_jwt(claims=[])]}, "$.credentials[0].claims"),
        ({"credentials": [_sd_jwt(claims=_claims([]))]}, "$.credentials[0].claims[0].path"),
        ({"credentials": [_sd_jwt(claims=_claims([-1]))]}, "$.credentials[0].claims[0].path[0]"),
        ({"credentials": [_sd_jwt(claims=_claims([True]))]}, "$.credentials[0].claims[0].path[0]"),
        ({"credentials": [_sd_jwt(claims=_claims(["a"] * 17))]}, "$.credentials[0].claims[0].path"),
        ({"credentials": [_sd_jwt(claims=_claims(["a"], values=[]))]}, "$.credentials[0].claims[0].values"),
        ({"credentials": [_sd_jwt(claims=_claims(["a"], values=[None]))]}, "$.credentials[0].claims[0].values[0]"),
        ({"credentials": [_sd_jwt(claims=_claims(["a"], ["b"], id="x"))]}, "$.credentials[0].claims"),
        ({"credentials": [_sd_jwt(claim_sets=[["a"]])]}, "$.credentials[0].claim_sets"),
        ({"credentials": [_sd_jwt(claims=_claims(["a"]), claim_sets=[["a"]])]}, "$.credentials[0].claim_sets"),
        ({"credentials": [_sd_jwt(claims=_claims(["a"], id="a"), claim_sets=[["b"]])]}, "$.credentials[0].claim_sets"),
        ({"credentials": [_sd_jwt(multiple="yes")]}, "$.credentials[0].multiple"),
        (
            {"credentials": [_sd_jwt(trusted_authorities=[{"type": "aki"}])]},
            "$.credentials[0].trusted_authorities[0].values",
        ),
        ({"credentials": [_sd_jwt()], "credential_sets": [{"options": [["other"]]}]}, "$.credential_sets"),
        ({"credentials": [_sd_jwt()], "credential_sets": [{"options": []}]}, "$.credential_sets[0].options"),
        ({"credentials": [_sd_jwt()], "credential_sets": [{"options": [[]]}]}, "$.credential_sets[0].options[0]"),
        ({"credentials": [_sd_jwt(f"c{i}") for i in range(51)]}, "$.credentials"),
        ({"credentials": [_sd_jwt(claims=_claims(["a"])) | {"format": "dc+jwp"}]}, "$.credentials[0].claims"),
    ],
    ids=range(26),
)
def test_an_inconsistent_query_is_refused_by_field(document: object, path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        DcqlQuery.from_json(json.dumps(document).encode())
    assert caught.value.path == path


# the wallet


def test_without_claims_nothing_is_disclosed() -> None:
    [choice] = _match(_query(_sd_jwt()), ARTHURS).chosen
    assert choice.paths == ()


def test_what_is_asked_is_disclosed_and_no_more() -> None:
    query = _query(_sd_jwt(claims=_claims(["name"], ["address", "locality"], ["degrees", None, "type"], ["name"])))
    [choice] = _match(query, ARTHURS).chosen
    assert choice.paths == (("name",), ("address", "locality"), ("degrees", None, "type"))


@pytest.mark.parametrize(
    "path", [["nothing"], ["address", "country"], ["nationalities", 2], ["name", "first"]], ids=range(4)
)
def test_a_credential_without_a_claim_is_not_presented(path: list[object]) -> None:
    _not_met(_query(_sd_jwt(claims=_claims(["name"], path))), ARTHURS)


@pytest.mark.parametrize(
    ("path", "values", "matches"),
    [
        (["name"], ["Ford Prefect", "Arthur Dent"], True),
        (["name"], ["arthur dent"], False),
        (["age"], [42], True),
        (["age"], ["42"], False),
        (["adult"], [True], True),
        (["adult"], [1], False),
        (["address"], ["42 Market Street"], False),
    ],
    ids=range(7),
)
def test_values_are_matched_by_type_and_value(path: list[object], values: list[object], matches: bool) -> None:
    query = _query(_sd_jwt(claims=_claims(path, values=values)))
    if matches:
        assert _match(query, ARTHURS).chosen[0].paths == (tuple(path),)
    else:
        _not_met(query, ARTHURS)


def test_of_many_elements_only_those_with_the_value_are_disclosed() -> None:
    query = _query(_sd_jwt(claims=_claims(["nationalities", None], values=["British"])))
    assert _match(query, ARTHURS).chosen[0].paths == (("nationalities", 0),)


def _sets(*sets: list[str]) -> DcqlQuery:
    claims = [{"id": name, "path": [name]} for name in ("name", "age", "adult", "nothing")]
    return _query(_sd_jwt(claims=claims, claim_sets=list(sets)))


def test_the_first_set_of_claims_that_can_be_met_is_chosen() -> None:
    assert _match(_sets(["nothing"], ["age"], ["name"]), ARTHURS).chosen[0].paths == (("age",),)
    _not_met(_sets(["nothing"], ["nothing", "age"]), ARTHURS)


def test_a_later_set_that_is_a_part_of_an_earlier_one_is_better() -> None:
    assert _match(_sets(["name", "age"], ["age"]), ARTHURS).chosen[0].paths == (("age",),)


@pytest.mark.parametrize(
    "held",
    [
        Held("x", "mso_mdoc", PID, ARTHUR),
        Held("x", "dc+sd-jwt", "https://other.example", ARTHUR),
        Held("x", "dc+sd-jwt", PID, ARTHUR, holder_bound=False),
    ],
    ids=["format", "type", "unbound"],
)
def test_another_kind_of_credential_is_not_presented(held: Held) -> None:
    _not_met(_query(_sd_jwt()), held)


def test_an_unbound_credential_is_presented_where_that_is_asked() -> None:
    query = _query(_sd_jwt(require_cryptographic_holder_binding=False))
    assert _match(query, Held("x", "dc+sd-jwt", PID, ARTHUR, holder_bound=False)).chosen


def test_only_credentials_of_trusted_authorities_are_presented() -> None:
    query = _query(_sd_jwt(trusted_authorities=[{"type": "aki", "values": ["a", "b"]}]))
    _not_met(query, ARTHURS)
    _not_met(query, Held("x", "dc+sd-jwt", PID, ARTHUR, frozenset({("etsi_tl", "a")})))
    assert _match(query, Held("x", "dc+sd-jwt", PID, ARTHUR, frozenset({("aki", "b")}))).chosen


def test_a_bbs_credential_is_presented_when_it_qualifies() -> None:
    query = _query({"id": "bbs", "format": "dc+jwp", "meta": {"vct_values": [PID], "scope": "s"}})
    held = Held("x", "dc+jwp", PID, {})
    assert _match(query, held).chosen[0].paths == ()
    with pytest.raises(VerificationError):
        _match(query, held, qualifies=False)


def _alternatives() -> DcqlQuery:
    return _query(
        _sd_jwt("pid", "pid", claims=_claims(["name"], ["age"])),
        _sd_jwt("reduced", "reduced", claims=_claims(["name"])),
        _sd_jwt("extra", "extra"),
        credential_sets=[{"options": [["pid"], ["reduced"]]}, {"options": [["extra"]], "required": False}],
    )


def test_of_the_options_the_one_that_discloses_least_is_chosen_and_nothing_optional() -> None:
    held = [Held(vct, "dc+sd-jwt", vct, ARTHUR) for vct in ("pid", "reduced", "extra")]
    matched = _match(_alternatives(), *held)
    assert [choice.query.id for choice in matched.chosen] == ["reduced"]
    assert matched.optional == (("extra",),)
    assert set(matched.per_query) == {"pid", "reduced", "extra"}
    assert [choice.query.id for choice in _match(_alternatives(), held[0]).chosen] == ["pid"]


def test_without_a_required_option_nothing_is_presented() -> None:
    _not_met(_alternatives(), Held("extra", "dc+sd-jwt", "extra", ARTHUR))
    _not_met(_query(_sd_jwt("a"), _sd_jwt("b", "other")), ARTHURS)


def test_every_credential_that_could_answer_is_offered_for_choice() -> None:
    second = Held("second", "dc+sd-jwt", PID, ARTHUR)
    matched = _match(_query(_sd_jwt(claims=_claims(["name"]))), ARTHURS, second)
    assert [choice.held.id for choice in matched.per_query["pid"]] == ["arthur", "second"]
    assert matched.chosen[0].held is ARTHURS


# the verifier


def _presented(claims: Mapping[str, object], *disclosed: ClaimsPath, **members: Any) -> Presented:
    values: dict[str, Any] = {"format": "dc+sd-jwt", "vct": PID, "holder_bound": True} | members
    return Presented(claims=claims, disclosed=frozenset(disclosed), **values)


def _refused(query: DcqlQuery, presented: Mapping[str, list[Presented]]) -> Reason:
    with pytest.raises(VerificationError) as caught:
        check_response(query, presented)
    return caught.value.reason


NAME = _query(_sd_jwt(claims=_claims(["name"])))


def test_what_was_asked_is_accepted() -> None:
    check_response(NAME, {"pid": [_presented({"name": "A"}, ("name",))]})
    check_response(NAME, {"pid": [_presented({"name": "A", "iss": "i"})]})
    nested = _query(_sd_jwt(claims=_claims(["address", "locality"])))
    shown = {"address": {"locality": "M"}}
    check_response(nested, {"pid": [_presented(shown, ("address",), ("address", "locality"))]})


@pytest.mark.parametrize(
    ("presented", "reason"),
    [
        ({}, Reason.QUERY_NOT_MET),
        ({"pid": []}, Reason.OVER_DISCLOSURE),
        ({"other": [_presented({"name": "A"})]}, Reason.OVER_DISCLOSURE),
        ({"pid": [_presented({})]}, Reason.QUERY_NOT_MET),
        ({"pid": [_presented({"name": "A"}, vct="x")]}, Reason.QUERY_NOT_MET),
        ({"pid": [_presented({"name": "A"}, format="dc+jwp")]}, Reason.QUERY_NOT_MET),
        ({"pid": [_presented({"name": "A"}, holder_bound=False)]}, Reason.MISSING_KEY_BINDING),
        ({"pid": [_presented({"name": "A"}), _presented({"name": "A"})]}, Reason.OVER_DISCLOSURE),
        ({"pid": [_presented({"name": "A", "age": 42}, ("name",), ("age",))]}, Reason.OVER_DISCLOSURE),
    ],
    ids=["nothing", "empty", "unasked", "claim", "type", "format", "unbound", "twice", "more-claims"],
)
def test_less_or_more_than_asked_is_refused(presented: Mapping[str, list[Presented]], reason: Reason) -> None:
    assert _refused(NAME, presented) is reason


def test_several_presentations_are_accepted_where_several_were_asked() -> None:
    query = _query(_sd_jwt(claims=_claims(["name"]), multiple=True))
    check_response(query, {"pid": [_presented({"name": "A"}), _presented({"name": "B"})]})
    assert _refused(query, {"pid": [_presented({"name": "A"}), _presented({})]}) is Reason.QUERY_NOT_MET


def test_exactly_one_set_of_claims_is_accepted() -> None:
    query = _sets(["name"], ["age"])
    check_response(query, {"pid": [_presented({"age": 1}, ("age",))]})
    both = _presented({"age": 1, "name": "A"}, ("age",), ("name",))
    assert _refused(query, {"pid": [both]}) is Reason.OVER_DISCLOSURE
    assert _refused(query, {"pid": [_presented({"adult": True}, ("adult",))]}) is Reason.QUERY_NOT_MET


def test_values_that_were_asked_for_are_checked() -> None:
    query = _query(_sd_jwt(claims=_claims(["adult"], values=[True])))
    check_response(query, {"pid": [_presented({"adult": True})]})
    for value in (1, "true", False):
        assert _refused(query, {"pid": [_presented({"adult": value})]}) is Reason.QUERY_NOT_MET


def test_array_elements_may_have_moved_up_but_no_other_may_be_disclosed() -> None:
    query = _query(_sd_jwt(claims=_claims(["nationalities", 1])))
    check_response(query, {"pid": [_presented({"nationalities": ["B"]}, ("nationalities", 1))]})
    other = _presented({"nationalities": ["A"]}, ("nationalities", 0))
    assert _refused(query, {"pid": [other]}) is Reason.OVER_DISCLOSURE
    every = _query(_sd_jwt(claims=_claims(["nationalities", None])))
    check_response(every, {"pid": [_presented({"nationalities": ["B"]}, ("nationalities", 5))]})


def test_what_stands_beside_what_was_asked_is_too_much() -> None:
    query = _query(_sd_jwt(claims=_claims(["address", "locality"])))
    shown = _presented({"address": {"locality": "M", "street": "S"}}, ("address", "locality"), ("address", "street"))
    assert _refused(query, {"pid": [shown]}) is Reason.OVER_DISCLOSURE


def test_one_presentation_may_serve_two_queries_for_the_same_credential() -> None:
    query = _query(_sd_jwt("a", claims=_claims(["name"])), _sd_jwt("b", claims=_claims(["age"])))
    both = _presented({"name": "A", "age": 1}, ("name",), ("age",))
    check_response(query, {"a": [both], "b": [both]})


def test_one_option_of_each_set_is_accepted() -> None:
    query = _alternatives()
    pid, reduced, extra = (
        [_presented({"name": "A", "age": 1}, ("name",), vct=vct)] for vct in ("pid", "reduced", "extra")
    )
    check_response(query, {"pid": pid})
    check_response(query, {"reduced": reduced})
    assert _refused(query, {"pid": pid, "reduced": reduced}) is Reason.OVER_DISCLOSURE
    assert _refused(query, {"extra": extra}) is Reason.QUERY_NOT_MET
    assert _refused(query, {}) is Reason.QUERY_NOT_MET
    check_response(query, {"reduced": reduced, "extra": [_presented({}, vct="extra")]})


def test_trusted_authorities_are_checked() -> None:
    query = _query(_sd_jwt(trusted_authorities=[{"type": "aki", "values": ["a"]}]))
    assert _refused(query, {"pid": [_presented({})]}) is Reason.QUERY_NOT_MET
    check_response(query, {"pid": [_presented({}, authorities=frozenset({("aki", "a")}))]})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["name", "age", "adult", "address"]), min_size=1, max_size=4, unique=True), st.data())
def test_what_the_wallet_chooses_the_verifier_accepts_and_any_more_it_refuses(
    names: list[str], data: st.DataObject
) -> None:
    query = _query(_sd_jwt(claims=_claims(*([name] for name in names))))
    [choice] = _match(query, ARTHURS).chosen
    shown = {str(path[0]): ARTHUR[str(path[0])] for path in choice.paths}
    check_response(query, {"pid": [_presented(shown, *choice.paths)]})
    extra = data.draw(st.sampled_from(["nationalities", "degrees"]))
    more = _presented({**shown, extra: ARTHUR[extra]}, *choice.paths, (extra,))
    assert _refused(query, {"pid": [more]}) is Reason.OVER_DISCLOSURE
