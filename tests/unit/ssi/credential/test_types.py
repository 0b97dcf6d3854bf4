# SPDX-License-Identifier: EUPL-1.2
"""Credential types: reading one, and the one encoding of every value."""

import json
import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs import credential_type_octets
from ssi.bbs.suite import BLS12381_SHA256, R
from ssi.claim.header import TypeHeader
from ssi.credential.days import EPOCH, date_of, day_number
from ssi.credential.document import DocumentError
from ssi.credential.types import ClaimValue, ClaimValueError, CredentialType, find_type
from ssi.keccak import keccak256

HOUSEHOLD = CredentialType.from_json(credential_type_octets("household-income", 1))
AGE = CredentialType.from_json(credential_type_octets("age", 1))
AMIRA: dict[str, ClaimValue] = {
    "exp": date(2027, 1, 31),
    "recovered_at": 0,
    "municipality": "GM1969",
    "children": 3,
    "income": 154_060,
    "norm": 128_383,
}
BAS: dict[str, ClaimValue] = {"exp": 46_000, "recovered_at": 0, "birth_date": date(2006, 12, 24)}
API_ID = b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_H2G_STUIVER_CLAIMS_V1_"

days = st.integers(0, (1 << 17) - 1)
texts = st.text(st.characters(exclude_categories=["Cc", "Cs"], codec="utf-8"), min_size=1, max_size=20).map(
    lambda text: unicodedata.normalize("NFC", text)
)
households = st.fixed_dictionaries(
    {
        "exp": days.map(date_of),
        "recovered_at": days.map(date_of),
        "municipality": texts,
        "children": st.integers(0, 31),
        "income": st.integers(0, (1 << 24) - 1),
        "norm": st.integers(0, (1 << 20) - 1),
    }
)
flags = st.sampled_from([None, True, False])
ages = st.fixed_dictionaries(
    {
        "exp": days.map(date_of),
        "recovered_at": days.map(date_of),
        "birth_date": days.map(date_of),
        "age_under_21": flags,
        "age_over_18": flags,
    }
)


def document(**changes: Any) -> dict[str, Any]:
    return {**json.loads(credential_type_octets("age", 1)), **changes}


def claim(**changes: Any) -> dict[str, Any]:
    definition = {"name": "x", "kind": "count", "bits": 5, "title": {"nl": "x", "en": "x"}, **changes}
    return {name: value for name, value in definition.items() if value is not ...}


# --- what a type promises --------------------------------------------------------------------------------------------


def test_household_income_has_the_published_positions_and_widths() -> None:
    names = ("exp", "recovered_at", "municipality", "children", "income", "norm")
    assert tuple(claim.name for claim in HOUSEHOLD.claims) == names
    assert HOUSEHOLD.widths == (17, 17, 0, 5, 24, 20)
    assert [HOUSEHOLD.position(name) for name in names] == [0, 1, 2, 3, 4, 5]
    assert (HOUSEHOLD.name, HOUSEHOLD.version) == ("household-income", 1)


def test_age_has_the_published_positions_and_widths() -> None:
    assert AGE.widths == (17, 17, 17, 0, 0)
    assert [claim.optional for claim in AGE.claims] == [False, False, False, True, True]


def test_the_issuer_header_is_compact_json_with_sorted_members() -> None:
    assert AGE.issuer_header == (
        b'{"alg":"BBS-STUIVER-1","claims":{"age_over_18":[4,false],"age_under_21":[3,false],"birth_date":[2,true],'
        b'"exp":[0,true],"recovered_at":[1,true]},"typ":"JPT","vct":"urn:stuiver:credential:age:1",'
        b'"widths":[17,17,17,0,0]}'
    )


@pytest.mark.parametrize("credential_type", [HOUSEHOLD, AGE], ids=lambda known: known.name)
def test_the_signed_header_starts_with_the_number_of_claims_and_the_widths(credential_type: CredentialType) -> None:
    count = len(credential_type.claims)
    assert credential_type.header[0] == count
    assert tuple(credential_type.header[1 : 1 + count]) == credential_type.widths
    assert credential_type.header[1 + count :] == credential_type.issuer_header
    assert credential_type.type_id == keccak256(credential_type.header)


@pytest.mark.parametrize("credential_type", [HOUSEHOLD, AGE], ids=lambda known: known.name)
def test_the_claim_proof_reads_the_same_header(credential_type: CredentialType) -> None:
    assert credential_type.type_header == TypeHeader.from_octets(credential_type.header)
    assert credential_type.type_header.type_id == credential_type.type_id


def test_the_header_does_not_depend_on_titles() -> None:
    other = document(title={"nl": "anders", "en": "other"})
    assert CredentialType.from_json(json.dumps(other).encode()).header == AGE.header


def test_a_type_is_found_by_its_exact_issuer_header_only() -> None:
    assert find_type((AGE, HOUSEHOLD), HOUSEHOLD.issuer_header) is HOUSEHOLD
    assert find_type((AGE, HOUSEHOLD), HOUSEHOLD.issuer_header + b" ") is None
    assert find_type((AGE,), HOUSEHOLD.issuer_header) is None


def test_a_type_knows_its_claims() -> None:
    assert AGE.has_claim("birth_date")
    assert not AGE.has_claim("income")
    with pytest.raises(KeyError):
        AGE.position("income")


# --- values ----------------------------------------------------------------------------------------------------------


def test_a_numeric_scalar_is_the_number_itself() -> None:
    scalars = HOUSEHOLD.scalars(AMIRA)
    assert scalars[0] == (date(2027, 1, 31) - date(1900, 1, 1)).days
    assert scalars[1] == 0
    assert scalars[3:] == (3, 154_060, 128_383)


def test_a_text_scalar_is_the_hash_of_its_octets_under_our_own_interface() -> None:
    tag = API_ID + b"MAP_MSG_TO_SCALAR_AS_HASH_"
    assert HOUSEHOLD.scalars(AMIRA)[2] == BLS12381_SHA256.hash_to_scalar(b"GM1969", tag)
    assert HOUSEHOLD.scalar("municipality", "GM1969") == HOUSEHOLD.scalars(AMIRA)[2]


def test_an_absent_claim_carries_the_decoy() -> None:
    tag = API_ID + b"MAP_MSG_TO_SCALAR_AS_HASH_"
    decoy = BLS12381_SHA256.hash_to_scalar(b"JWP-BBS-DECOY", tag)
    assert AGE.payloads(BAS)[3:] == (b"JWP-BBS-DECOY",) * 2
    assert AGE.scalars(BAS)[3:] == (decoy, decoy)
    assert AGE.values(AGE.payloads(BAS))["age_under_21"] is None


def test_booleans_are_the_words_true_and_false() -> None:
    assert AGE.payloads(BAS | {"age_under_21": True, "age_over_18": False})[3:] == (b"true", b"false")


def test_a_wallet_never_recovered_reads_as_the_first_day_of_1900() -> None:
    assert HOUSEHOLD.values(HOUSEHOLD.payloads(AMIRA))["recovered_at"] == EPOCH


@given(values=households)
def test_every_household_comes_back_from_its_payloads(values: dict[str, ClaimValue]) -> None:
    payloads = HOUSEHOLD.payloads(values)
    assert HOUSEHOLD.values(payloads) == values
    scalars = HOUSEHOLD.scalars(values)
    assert scalars == HOUSEHOLD.scalars_of(payloads)
    for scalar, width in zip(scalars, HOUSEHOLD.widths, strict=True):
        assert 0 <= scalar < (1 << width if width else R)


@given(values=ages)
def test_every_age_comes_back_from_its_payloads(values: dict[str, ClaimValue]) -> None:
    assert AGE.values(AGE.payloads(values)) == values


@given(first=households, second=households)
def test_different_households_have_different_payloads(
    first: dict[str, ClaimValue], second: dict[str, ClaimValue]
) -> None:
    assert (HOUSEHOLD.payloads(first) == HOUSEHOLD.payloads(second)) == (first == second)


@given(payload=st.binary(max_size=12) | st.from_regex(rb"\A[0-9]{1,9}\Z"), position=st.integers(0, 5))
def test_an_accepted_payload_is_the_one_that_would_be_written(payload: bytes, position: int) -> None:
    payloads = list(HOUSEHOLD.payloads(AMIRA))
    payloads[position] = payload
    try:
        values = HOUSEHOLD.values(payloads)
    except ClaimValueError:
        return
    assert HOUSEHOLD.payloads(values) == tuple(payloads)


@given(number=days)
def test_day_numbers_and_dates_are_inverse(number: int) -> None:
    assert day_number(date_of(number)) == number
    assert date_of(number) == EPOCH + timedelta(days=number)


@pytest.mark.parametrize("number", [-1, 1 << 17])
def test_a_day_number_outside_17_bits_has_no_date(number: int) -> None:
    with pytest.raises(ValueError, match="day number"):
        date_of(number)


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2258, 11, 12), date.max], ids=str)
def test_a_date_outside_17_bits_has_no_day_number(day: date) -> None:
    with pytest.raises(ValueError, match="1900"):
        day_number(day)


BAD_VALUES: list[tuple[str, Any, str]] = [
    ("exp", None, "is missing"),
    ("exp", "2027-01-31", "a date or a day number"),
    ("exp", True, "a date or a day number"),
    ("exp", 1.0, "a date or a day number"),
    ("exp", -1, "between 0 and 131071"),
    ("exp", 1 << 17, "between 0 and 131071"),
    ("exp", date(1899, 12, 31), "from 1900-01-01"),
    ("exp", date(2258, 11, 12), "from 1900-01-01"),
    ("recovered_at", None, "is missing"),
    ("municipality", None, "is missing"),
    ("municipality", 1969, "must be a text"),
    ("municipality", b"GM1969", "must be a text"),
    ("municipality", "", "1 to 256 octets"),
    ("municipality", "x" * 257, "1 to 256 octets"),
    ("municipality", "é" * 129, "1 to 256 octets"),
    ("municipality", "JWP-BBS-DECOY", "marks an absent claim"),
    ("municipality", "e\u0301", "normal form C"),
    ("municipality", "GM1969\n", "control characters"),
    ("municipality", "GM\x00", "control characters"),
    ("municipality", "\x85", "control characters"),
    ("municipality", "\ud800", "lone surrogates"),
    ("children", None, "is missing"),
    ("children", -1, "between 0 and 31"),
    ("children", 32, "between 0 and 31"),
    ("children", True, "a whole number"),
    ("children", "3", "a whole number"),
    ("children", 3.0, "a whole number"),
    ("children", date(2020, 1, 1), "a whole number"),
    ("income", -1, "between 0 and 16777215"),
    ("income", 1 << 24, "between 0 and 16777215"),
    ("income", R, "between 0 and 16777215"),
    ("income", "1540.60", "a whole number"),
    ("norm", 1 << 20, "between 0 and 1048575"),
    ("norm", None, "is missing"),
]


@pytest.mark.parametrize(
    ("name", "value", "rule"), BAD_VALUES, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(BAD_VALUES)]
)
def test_a_value_outside_its_claim_is_refused_by_name_and_rule(name: str, value: Any, rule: str) -> None:
    with pytest.raises(ClaimValueError, match=rule) as caught:
        HOUSEHOLD.scalars(AMIRA | {name: value})
    assert caught.value.claim == name
    assert str(caught.value).startswith(f"{name}: ")


def test_an_error_never_shows_the_value() -> None:
    with pytest.raises(ClaimValueError) as caught:
        HOUSEHOLD.payloads(AMIRA | {"income": 987_654_321})
    assert "987" not in str(caught.value)
    with pytest.raises(ClaimValueError) as caught:
        HOUSEHOLD.payloads(AMIRA | {"municipality": "secret\x00"})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value", [1, 0, "true", "waar", 1.0, date(2020, 1, 1)], ids=repr)
def test_only_true_and_false_are_booleans(value: Any) -> None:
    with pytest.raises(ClaimValueError, match="must be true or false"):
        AGE.payloads(BAS | {"age_under_21": value})


def test_an_unknown_claim_is_refused() -> None:
    with pytest.raises(ClaimValueError, match="is not a claim of this credential type"):
        HOUSEHOLD.payloads(AMIRA | {"nationality": "NL"})


def test_a_missing_claim_is_refused() -> None:
    for name in AMIRA:
        with pytest.raises(ClaimValueError, match=f"{name}: is missing"):
            HOUSEHOLD.payloads({other: value for other, value in AMIRA.items() if other != name})


BAD_PAYLOADS: list[tuple[CredentialType, int, bytes]] = [
    *(
        (HOUSEHOLD, 4, octets)
        for octets in (b"", b"00", b"01", b"+1", b"-0", b" 1", b"1 ", b"1e3", b"0x1", b"1.0", b"1\n")
    ),
    *((HOUSEHOLD, 4, octets) for octets in ("١".encode(), b"16777216", b"99999999999", b"JWP-BBS-DECOY", b"true")),
    *((HOUSEHOLD, 2, octets) for octets in (b"", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"JWP-BBS-DECOY", b"a\x1f")),
    *(
        (AGE, 3, octets)
        for octets in (b"", b"True", b"TRUE", b"1", b"0", b"true ", b"JWP-BBS-DECOY ", b"jwp-bbs-decoy")
    ),
    (AGE, 0, b"131072"),
]


@pytest.mark.parametrize(("credential_type", "position", "payload"), BAD_PAYLOADS)
def test_a_payload_that_nothing_encodes_to_is_refused(
    credential_type: CredentialType, position: int, payload: bytes
) -> None:
    payloads = list(credential_type.payloads(AMIRA if credential_type is HOUSEHOLD else BAS))
    payloads[position] = payload
    with pytest.raises(ClaimValueError) as caught:
        credential_type.values(payloads)
    assert caught.value.claim == credential_type.claims[position].name


@pytest.mark.parametrize("count", [0, 5, 7])
def test_another_number_of_payloads_is_the_callers_mistake(count: int) -> None:
    with pytest.raises(ValueError, match="as many payloads"):
        HOUSEHOLD.values([b"0"] * count)


# --- reading a type --------------------------------------------------------------------------------------------------

BAD_DOCUMENTS: dict[str, tuple[Any, str, str]] = {
    "no vct": ({"title": {"nl": "x", "en": "x"}, "claims": [claim()]}, "$.vct", "is missing"),
    "unknown member": (document(header={}), "$.header", "not a member"),
    "vct of another form": (document(vct="https://example.org/age"), "$.vct", "must match"),
    "vct without version": (document(vct="urn:stuiver:credential:age"), "$.vct", "must match"),
    "vct of version 0": (document(vct="urn:stuiver:credential:age:0"), "$.vct", "must match"),
    "vct in capitals": (document(vct="urn:stuiver:credential:Age:1"), "$.vct", "must match"),
    "vct that is a number": (document(vct=1), "$.vct", "must be a string"),
    "title in one language": (document(title={"nl": "x"}), "$.title.en", "is missing"),
    "empty title": (document(title={"nl": "", "en": "x"}), "$.title.nl", "characters"),
    "no claims": (document(claims=[]), "$.claims", "1 to 16 items"),
    "claims that are an object": (document(claims={}), "$.claims", "must be an array"),
    "17 claims": (document(claims=[claim(name=f"x{n}") for n in range(17)]), "$.claims", "1 to 16 items"),
    "a name twice": (document(claims=[claim(), claim()]), "$.claims[1].name", "must differ"),
    "a name in capitals": (document(claims=[claim(name="Income")]), "$.claims[0].name", "must match"),
    "a name with a hyphen": (document(claims=[claim(name="a-b")]), "$.claims[0].name", "must match"),
    "a long name": (document(claims=[claim(name="x" * 41)]), "$.claims[0].name", "characters"),
    "a claim that is a text": (document(claims=["x"]), "$.claims[0]", "must be an object"),
    "an unknown kind": (document(claims=[claim(kind="float")]), "$.claims[0].kind", "must be one of"),
    "no kind": (document(claims=[claim(kind=...)]), "$.claims[0].kind", "is missing"),
    "no bits": (document(claims=[claim(bits=...)]), "$.claims[0].bits", "is missing"),
    "bits 0": (document(claims=[claim(bits=0)]), "$.claims[0].bits", "between 1 and 32"),
    "bits 33": (document(claims=[claim(bits=33)]), "$.claims[0].bits", "between 1 and 32"),
    "bits true": (document(claims=[claim(bits=True)]), "$.claims[0].bits", "whole number"),
    "bits as text": (document(claims=[claim(bits="5")]), "$.claims[0].bits", "whole number"),
    "a date of 16 bits": (document(claims=[claim(kind="date", bits=16)]), "$.claims[0].bits", "must be 17"),
    "bits of a text": (document(claims=[claim(kind="text")]), "$.claims[0].bits", "is hashed"),
    "bits of a boolean": (document(claims=[claim(kind="boolean", bits=1)]), "$.claims[0].bits", "is hashed"),
    "an optional number": (document(claims=[claim(optional=True)]), "$.claims[0].optional", "decoy"),
    "optional as a number": (
        document(claims=[claim(kind="text", bits=..., optional=1)]),
        "$.claims[0].optional",
        "true or false",
    ),
    "a claim without title": (document(claims=[claim(title=...)]), "$.claims[0].title", "is missing"),
    "an array": ([], "$", "must be an object"),
}


@pytest.mark.parametrize("case", BAD_DOCUMENTS)
def test_a_bad_type_is_refused_with_path_and_rule(case: str) -> None:
    content, path, rule = BAD_DOCUMENTS[case]
    with pytest.raises(DocumentError) as caught:
        CredentialType.from_json(json.dumps(content).encode())
    assert caught.value.path == path
    assert rule in caught.value.rule


@pytest.mark.parametrize(
    ("octets", "rule"),
    [
        (b"", "must be JSON"),
        (b"{", "must be JSON"),
        (b"\xff\xfe{}", "must be UTF-8"),
        (b"\xef\xbb\xbf{}", "must be JSON"),
        (b'{"vct":1,"vct":2}', "repeat a member"),
        (b'{"claims":[{"bits":5,"bits":6}]}', "repeat a member"),
        (b'{"vct":1.0}', "whole number"),
        (b'{"vct":1e2}', "whole number"),
        (b'{"vct":NaN}', "whole number"),
        (b'{"vct":-Infinity}', "whole number"),
        (b'{"vct":' + b"1" * 5000 + b"}", "more than 20 digits"),
        (b"[" * 100_000, "must not nest"),
        (b" " * (1 << 18) + b"{}", "octets"),
    ],
    ids=range(13),
)
def test_a_document_that_is_not_strict_json_is_refused(octets: bytes, rule: str) -> None:
    with pytest.raises(DocumentError, match=rule):
        CredentialType.from_json(octets)
