# SPDX-License-Identifier: EUPL-1.2
"""Putting disclosures in place: structured, recursive, in arrays, and every way that it must fail."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.nesting import MAX_DEPTH
from ssi.sd_jwt.disclosures import Disclosure, digest_of, read_algorithm, write_disclosure
from ssi.sd_jwt.issue import NoDecoys, Padding, Sd, issue_sd_jwt
from ssi.sd_jwt.parse import MOST_DISCLOSURES, UnverifiedSdJwt
from ssi.sd_jwt.unpack import unpack
from tests.unit.ssi.sd_jwt.material import ISSUER, digest, disclosure

NAME = disclosure("salt", "name", "Amira")
ELEMENT = disclosure("salt", "NL")
INNER = disclosure("salt", "street", "Dorpsstraat")
OUTER = disclosure("salt", "address", {"_sd": [digest(INNER)], "country": "NL"})
_ENCODED_BADLY = NAME + "="

REFUSED: dict[str, tuple[dict[str, Any], list[str], Reason]] = {
    "a disclosure sent twice": ({"_sd": [digest(NAME)]}, [NAME, NAME], Reason.DUPLICATE_DISCLOSURE),
    "a digest that stands twice": ({"_sd": [digest(NAME)] * 2}, [NAME], Reason.DUPLICATE_DIGEST),
    "a digest of nothing that stands twice": ({"_sd": ["x", "x"]}, [], Reason.DUPLICATE_DIGEST),
    "a digest at two levels": ({"_sd": [digest(NAME)], "a": {"_sd": [digest(NAME)]}}, [NAME], Reason.DUPLICATE_DIGEST),
    "a digest in an object and an array": (
        {"_sd": [digest(ELEMENT)], "a": [{"...": digest(ELEMENT)}]},
        [],
        Reason.DUPLICATE_DIGEST,
    ),
    "a digest again inside a disclosure": (
        {"_sd": [digest(OUTER)], "a": {"_sd": [digest(INNER)]}},
        [OUTER, INNER],
        Reason.DUPLICATE_DIGEST,
    ),
    "a disclosure without digest": ({"_sd": []}, [NAME], Reason.UNREFERENCED_DISCLOSURE),
    "a disclosure whose outer one is missing": ({"_sd": [digest(OUTER)]}, [INNER], Reason.UNREFERENCED_DISCLOSURE),
    "a disclosure that was changed": (
        {"_sd": [digest(NAME)]},
        [disclosure("salt", "name", "Cato")],
        Reason.UNREFERENCED_DISCLOSURE,
    ),
    "a claim that is there already": ({"name": "Bas", "_sd": [digest(NAME)]}, [NAME], Reason.FORBIDDEN_CLAIM),
    "two disclosures of one claim": (
        {"_sd": [digest(NAME), digest(disclosure("other", "name", "Bas"))]},
        [NAME, disclosure("other", "name", "Bas")],
        Reason.FORBIDDEN_CLAIM,
    ),
    **{
        f"a disclosure of {name}": (
            {"_sd": [digest(disclosure("salt", name, []))]},
            [disclosure("salt", name, [])],
            Reason.FORBIDDEN_CLAIM,
        )
        for name in ("_sd", "...", "_sd_alg")
    },
    "three points as a claim": ({"...": digest(NAME)}, [], Reason.FORBIDDEN_CLAIM),
    "three points beside another member": ({"a": [{"...": "x", "b": 1}]}, [], Reason.FORBIDDEN_CLAIM),
    "three points in an object in an object": ({"a": {"...": "x"}}, [], Reason.FORBIDDEN_CLAIM),
    "the hash function's name below the payload": ({"a": {"_sd_alg": "sha-256"}}, [], Reason.FORBIDDEN_CLAIM),
    "digests that are no list": ({"_sd": "x"}, [], Reason.MALFORMED),
    "digests that are null": ({"_sd": None}, [], Reason.MALFORMED),
    "a digest that is a number": ({"_sd": [1]}, [], Reason.MALFORMED),
    "a digest that is a list": ({"_sd": [["x"]]}, [], Reason.MALFORMED),
    "an element's digest that is no text": ({"a": [{"...": 1}]}, [], Reason.MALFORMED),
    "an element's disclosure among members": ({"_sd": [digest(ELEMENT)]}, [ELEMENT], Reason.MALFORMED),
    "a member's disclosure among elements": ({"a": [{"...": digest(NAME)}]}, [NAME], Reason.MALFORMED),
    "a hash function that is weak": ({"_sd_alg": "sha-1"}, [], Reason.WRONG_ALGORITHM),
    "a hash function in capitals": ({"_sd_alg": "SHA-256"}, [], Reason.WRONG_ALGORITHM),
    "a hash function that is no text": ({"_sd_alg": 256}, [], Reason.WRONG_ALGORITHM),
    "a hash function that is null": ({"_sd_alg": None}, [], Reason.WRONG_ALGORITHM),
    "a disclosure that is no base64url": ({"_sd": [digest(_ENCODED_BADLY)]}, [_ENCODED_BADLY], Reason.MALFORMED),
    "a disclosure in letters that are not ASCII": ({"_sd": []}, ["é"], Reason.MALFORMED),
    **{
        f"a disclosure of {what}": (
            {"_sd": [digest(encode_base64url(octets))]},
            [encode_base64url(octets)],
            Reason.MALFORMED,
        )
        for what, octets in {
            "no JSON": b"name",
            "an object": b'{"a":1}',
            "one part": b'["salt"]',
            "four parts": b'["salt","name","value",1]',
            "a salt that is no text": b'[1,"name","value"]',
            "a long salt": b'["' + b"s" * 2000 + b'","name","value"]',
            "a name that is no text": b'["salt",1,"value"]',
            "a name that is null": b'["salt",null,"value"]',
            "bad UTF-8": b'["salt","name","\xff"]',
            "an object that repeats a name": b'["salt","name",{"a":1,"a":2}]',
            "no number": b'["salt","name",NaN]',
        }.items()
    },
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_refuses(name: str) -> None:
    payload, disclosures, reason = REFUSED[name]
    with pytest.raises(VerificationError) as refused:
        unpack(payload, disclosures)
    assert refused.value.reason is reason


def _nested(levels: int, inside: str) -> tuple[dict[str, Any], list[str]]:
    """Disclosures that each hold the next one's digest."""
    text = disclosure("salt", "a", inside)
    texts = [text]
    for _ in range(levels):
        text = disclosure("salt", "a", {"_sd": [digest(text)]})
        texts.append(text)
    return {"_sd": [digest(text)]}, texts


def test_depth_is_bounded_over_all_disclosures_together() -> None:
    payload, texts = _nested(MAX_DEPTH - 1, "deep")
    assert len(unpack(payload, texts).disclosed) == MAX_DEPTH
    with pytest.raises(VerificationError) as refused:
        unpack(*_nested(MAX_DEPTH, "too deep"))
    assert refused.value.reason is Reason.TOO_DEEP


def test_depth_of_arrays_is_bounded_too() -> None:
    text = disclosure("salt", 1)
    for _ in range(MAX_DEPTH + 1):
        text_inside, text = text, disclosure("salt", [{"...": digest(text)}])
        assert text_inside != text
    value: Any = 1
    for _ in range(MAX_DEPTH + 1):
        value = [value]
    with pytest.raises(VerificationError) as refused:
        unpack({"a": value}, [])
    assert refused.value.reason is Reason.TOO_DEEP


def test_structured_recursive_and_array_disclosures_find_their_places() -> None:
    payload = {"_sd": [digest(NAME), "a decoy", digest(OUTER)], "countries": ["BE", {"...": digest(ELEMENT)}, "DE"]}
    unpacked = unpack(payload, [INNER, ELEMENT, OUTER, NAME])
    assert unpacked.claims == {
        "name": "Amira",
        "address": {"country": "NL", "street": "Dorpsstraat"},
        "countries": ["BE", "NL", "DE"],
    }
    assert unpacked.disclosed == {
        ("name",): NAME,
        ("address",): OUTER,
        ("address", "street"): INNER,
        ("countries", 1): ELEMENT,
    }
    assert unpacked.hidden == frozenset()


def test_what_is_not_disclosed_leaves_no_trace() -> None:
    payload = {"_sd": [digest(NAME)], "_sd_alg": "sha-256", "a": {"_sd": ["x"]}, "b": ["BE", {"...": "y"}]}
    unpacked = unpack(payload, [])
    assert unpacked.claims == {"a": {}, "b": ["BE"]}
    assert unpacked.hidden == {("b", 1)}


@pytest.mark.parametrize("algorithm", ["sha-256", "sha-384", "sha-512"])
def test_knows_the_hash_functions_of_the_registry(algorithm: str) -> None:
    unpacked = unpack({"_sd": [digest_of(NAME, algorithm)], "_sd_alg": algorithm}, [NAME])
    assert unpacked.claims == {"name": "Amira"}
    assert unpacked.algorithm == read_algorithm(algorithm) == algorithm


def test_a_disclosure_says_what_was_written() -> None:
    assert Disclosure.parse(write_disclosure(b"s" * 16, "é", [1, None])) == Disclosure("é", [1, None])
    assert Disclosure.parse(write_disclosure(b"s" * 16, None, {"a": "b"})) == Disclosure(None, {"a": "b"})


def test_reads_the_example_of_the_standard() -> None:
    text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"  # RFC 9901 section 4.2.1
    assert Disclosure.parse(text) == Disclosure("family_name", "Möbius")
    assert digest_of(text, "sha-256") == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"  # section 4.2.3


def test_issues_only_what_can_be_read_again() -> None:
    for claims in ({"_sd": 1}, {"a": {"...": 1}}, {"_sd_alg": 1}, {"a": Sd(Sd(1))}, {"a": [Sd(Sd(1))]}):
        with pytest.raises(ValueError):  # noqa: PT011 - names and marks differ
            issue_sd_jwt(claims, ISSUER, typ="test")
    with pytest.raises(TypeError):
        issue_sd_jwt({"a": object()}, ISSUER, typ="test")


def test_decoys_fill_up_to_a_fixed_number() -> None:
    claims = {"a": Sd(1), "b": {"c": Sd(2)}, "d": [Sd(3), 4], "e": [5]}
    payload = UnverifiedSdJwt.parse(
        issue_sd_jwt(claims, ISSUER, typ="test", decoys=Padding(claims=5, elements=3))
    ).unverified_claims
    assert len(payload["_sd"]) == 5  # type: ignore[arg-type]
    assert len(payload["b"]["_sd"]) == 1  # type: ignore[index]
    assert [isinstance(element, dict) for element in payload["d"]] == [True, False, True, True]  # type: ignore[attr-defined]
    assert payload["e"] == [5]
    assert len(NoDecoys.__slots__) == 0


def test_no_salt_is_used_twice() -> None:
    parsed = UnverifiedSdJwt.parse(issue_sd_jwt({"a": Sd(1), "b": Sd(1), "c": [Sd(1)]}, ISSUER, typ="test"))
    salts = {json.loads(decode_base64url(text))[0] for text in parsed.disclosures}
    assert len(salts) == 3
    assert all(len(salt) == 22 for salt in salts)


def test_more_disclosures_than_are_read_are_refused() -> None:
    text = issue_sd_jwt({str(number): Sd(number) for number in range(MOST_DISCLOSURES + 1)}, ISSUER, typ="test")
    with pytest.raises(VerificationError) as refused:
        UnverifiedSdJwt.parse(text)
    assert refused.value.reason is Reason.TOO_LARGE


LEAVES = st.none() | st.booleans() | st.integers(-100, 100) | st.text("ab é", max_size=4)
NAMES = st.sampled_from(["a", "b", "c"])
MARKED: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner | inner.map(Sd), max_size=3) | st.dictionaries(NAMES, inner | inner.map(Sd), max_size=3)
    ),
    max_leaves=12,
)


def _plain(marked: Any) -> Any:
    """Claims without marks."""
    if isinstance(marked, Sd):
        return _plain(marked.value)
    if isinstance(marked, dict):
        return {name: _plain(value) for name, value in marked.items()}
    return [_plain(item) for item in marked] if isinstance(marked, list) else marked


@given(st.dictionaries(NAMES, MARKED | MARKED.filter(lambda value: not isinstance(value, Sd)).map(Sd), max_size=3))
def test_all_disclosures_give_back_all_claims(marked: dict[str, Any]) -> None:
    parsed = UnverifiedSdJwt.parse(issue_sd_jwt(marked, ISSUER, typ="test", decoys=Padding(claims=4, elements=2)))
    unpacked = unpack(parsed.unverified_claims, parsed.disclosures)
    assert unpacked.claims == _plain(marked)
    shuffled = list(parsed.disclosures)
    random.Random(1).shuffle(shuffled)
    assert unpack(parsed.unverified_claims, shuffled).claims == _plain(marked)
