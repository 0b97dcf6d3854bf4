# SPDX-License-Identifier: EUPL-1.2
"""Choosing what to disclose: exactly what a path asks for, and what lies on the way."""

import pytest

from ssi.errors import Reason, VerificationError
from ssi.sd_jwt.issue import Padding, Sd, issue_sd_jwt
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.places import ClaimPath, select_issued, select_visible
from ssi.sd_jwt.present import choose_disclosures, present_sd_jwt
from ssi.sd_jwt.unpack import unpack
from tests.unit.ssi.sd_jwt.material import AMIRA, AUDIENCE, ISSUER, NONCE, NOW, issue, verify

CREDENTIAL = UnverifiedSdJwt.parse(
    issue_sd_jwt(
        {
            "name": Sd("Amira"),
            "address": Sd({"street": Sd("Dorpsstraat"), "country": "NL"}),
            "countries": [Sd("BE"), "NL", Sd("DE")],
            "children": Sd([Sd({"name": "A", "age": Sd(3)}), Sd({"name": "B", "age": Sd(5)})]),
            "open": {"a": 1},
        },
        ISSUER,
        typ="test",
        decoys=Padding(claims=6, elements=3),
    )
)
EVERYTHING_OPEN: dict[str, object] = {"countries": ["NL"], "open": {"a": 1}}

CHOICES: dict[str, tuple[list[ClaimPath], dict[str, object]]] = {
    "nothing": ([], EVERYTHING_OPEN),
    "a claim that is open anyway": ([["open"]], EVERYTHING_OPEN),
    "one claim": ([["name"]], {**EVERYTHING_OPEN, "name": "Amira"}),
    "the same claim twice": ([["name"], ["name"]], {**EVERYTHING_OPEN, "name": "Amira"}),
    "an object with all in it": (
        [["address"]],
        {**EVERYTHING_OPEN, "address": {"country": "NL", "street": "Dorpsstraat"}},
    ),
    "an open member of a hidden object": ([["address", "country"]], {**EVERYTHING_OPEN, "address": {"country": "NL"}}),
    "an element by position": ([["countries", 0]], {**EVERYTHING_OPEN, "countries": ["BE", "NL"]}),
    "every element": ([["countries", None]], {**EVERYTHING_OPEN, "countries": ["BE", "NL", "DE"]}),
    "one member of every element": (
        [["children", None, "age"]],
        {**EVERYTHING_OPEN, "children": [{"name": "A", "age": 3}, {"name": "B", "age": 5}]},
    ),
    "an open member of one element": ([["children", 1, "name"]], {**EVERYTHING_OPEN, "children": [{"name": "B"}]}),
}


@pytest.mark.parametrize("name", list(CHOICES))
def test_shows_exactly(name: str) -> None:
    paths, shown = CHOICES[name]
    choice = choose_disclosures(CREDENTIAL, paths)
    assert {key: value for key, value in choice.claims.items() if key != "cnf"} == shown
    seen = UnverifiedSdJwt.parse(choice.bound_text)
    assert unpack(seen.unverified_claims, seen.disclosures).claims == choice.claims


@pytest.mark.parametrize(
    "path",
    [
        ["nobody"],
        ["address", "nobody"],
        ["countries", 3],
        ["countries", -1],
        ["name", "first"],
        ["open", 0],
        ["open", None],
    ],
    ids=str,
)
def test_a_path_that_leads_nowhere_is_refused(path: list[str | int | None]) -> None:
    with pytest.raises(VerificationError) as refused:
        choose_disclosures(CREDENTIAL, [["name"], path])
    assert refused.value.reason is Reason.QUERY_NOT_MET


def test_disclosures_keep_their_order() -> None:
    choice = choose_disclosures(CREDENTIAL, [["name"], ["address"], ["countries", None]])
    texts = list(UnverifiedSdJwt.parse(choice.bound_text).disclosures)
    assert texts == [text for text in CREDENTIAL.disclosures if text in texts]


def test_choosing_and_signing_in_one_step() -> None:
    text = present_sd_jwt(UnverifiedSdJwt.parse(issue()), [["norm"]], AMIRA, audience=AUDIENCE, nonce=NONCE, now=NOW)
    assert verify(text).disclosed == {("norm",)}


def test_positions_count_visible_elements_or_issued_ones() -> None:
    seen = UnverifiedSdJwt.parse(choose_disclosures(CREDENTIAL, [["countries", 2]]).bound_text)
    unpacked = unpack(seen.unverified_claims, seen.disclosures)
    assert unpacked.claims["countries"] == ["NL", "DE"]
    assert select_visible(unpacked, ["countries", 0]) == [("countries", 1)]
    assert select_visible(unpacked, ["countries", None]) == [("countries", 1), ("countries", 2)]
    assert select_issued(unpacked, ["countries", 0]) == [("countries", 0)]
    assert select_issued(unpacked, ["countries", None]) == [("countries", position) for position in range(4)]
    assert select_issued(unpacked, ["countries", 0, "deeper"]) == []
