# SPDX-License-Identifier: EUPL-1.2
"""Strict JSON: what is read and what is refused."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.errors import Reason, VerificationError
from ssi.jose.tokens_json import LONGEST, read_json, read_object, write_json
from ssi.nesting import MAX_DEPTH

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab_$é", max_size=3), inner, max_size=4),
    max_leaves=20,
)

REFUSED = {
    "bad UTF-8": (b'{"a":"\xff"}', Reason.MALFORMED),
    "overlong UTF-8": (b'{"a":"\xc0\xaf"}', Reason.MALFORMED),
    "a byte order mark": (b'\xef\xbb\xbf{"a":1}', Reason.MALFORMED),
    "UTF-16": ('{"a":1}'.encode("utf-16"), Reason.MALFORMED),
    "a repeated name": (b'{"a":1,"a":1}', Reason.MALFORMED),
    "a repeated name inside": (b'{"b":[{"a":1,"a":2}]}', Reason.MALFORMED),
    "a name repeated by an escape": (b'{"a":1,"\\u0061":2}', Reason.MALFORMED),
    "NaN": (b'{"a":NaN}', Reason.MALFORMED),
    "infinity": (b'{"a":Infinity}', Reason.MALFORMED),
    "minus infinity": (b'{"a":-Infinity}', Reason.MALFORMED),
    "a number too large for a float": (b'{"a":1e999}', Reason.MALFORMED),
    "a number of many digits": (b'{"a":' + b"9" * 21 + b"}", Reason.MALFORMED),
    "a number of very many digits": (b'{"a":' + b"9" * 5000 + b"}", Reason.MALFORMED),
    "half of a surrogate pair": (b'{"a":"\\ud800"}', Reason.MALFORMED),
    "half of a surrogate pair in a name": (b'{"\\uDC00":1}', Reason.MALFORMED),
    "two values": (b'{"a":1}{"b":2}', Reason.MALFORMED),
    "something behind the value": (b'{"a":1} x', Reason.MALFORMED),
    "a comma at the end": (b'{"a":1,}', Reason.MALFORMED),
    "a comment": (b'{"a":1/*x*/}', Reason.MALFORMED),
    "single quotes": (b"{'a':1}", Reason.MALFORMED),
    "a control character": (b'{"a":"\x01"}', Reason.MALFORMED),
    "an array": (b"[1]", Reason.MALFORMED),
    "nothing": (b"", Reason.MALFORMED),
    "arrays nested too deep": (b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", Reason.TOO_DEEP),
    "objects nested too deep": (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), Reason.TOO_DEEP),
    "a hundred thousand brackets": (b"[" * 100_000, Reason.TOO_DEEP),
    "too many octets": (b'{"a":"' + b"x" * LONGEST + b'"}', Reason.TOO_LARGE),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_refuses(name: str) -> None:
    octets, reason = REFUSED[name]
    with pytest.raises(VerificationError) as refused:
        read_object(octets)
    assert refused.value.reason is reason


@given(st.dictionaries(st.text("abc", max_size=3), JSON, max_size=4))
def test_reads_what_it_writes(value: dict[str, object]) -> None:
    assert read_object(write_json(value)) == value


@given(JSON)
def test_reads_what_others_write(value: object) -> None:
    assert read_json(json.dumps(value, indent=1).encode()) == value


@given(st.binary(max_size=60))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    with suppress(VerificationError):
        read_json(octets)


def test_reads_a_whole_surrogate_pair_and_blanks_around() -> None:
    assert read_json(b' \n"\\ud83d\\ude00"\t') == "\N{GRINNING FACE}"


def test_the_bound_is_the_readers() -> None:
    with pytest.raises(VerificationError) as refused:
        read_json(b'"abc"', longest=4)
    assert refused.value.reason is Reason.TOO_LARGE


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert read_json(b"[" + b",".join([b"[]"] * 500) + b"]") == [[]] * 500


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"], ids=["nan", "infinity", "surrogate"])
def test_writes_nothing_that_it_would_refuse(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each of them is one
        write_json({"a": value})
