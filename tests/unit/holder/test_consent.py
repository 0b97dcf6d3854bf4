# SPDX-License-Identifier: EUPL-1.2
"""The consent log: it only grows, it round-trips, and it does not print values."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holder.consent import ConsentEntry, ConsentLog, ConsentOutcome, DisclosedClaim
from holder.errors import ConsentFormatError

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ENTRY = ConsentEntry(
    at=AT,
    recipient="Kindpakket, Westerkwartier",
    disclosed=(DisclosedClaim("children", 2), DisclosedClaim("municipality", "GM1969")),
    proven=("income is at most 120% of the norm",),
    scope="ab12",
    outcome=ConsentOutcome.ACCEPTED,
)

entries = st.builds(
    ConsentEntry,
    at=st.datetimes(timezones=st.just(UTC)),
    recipient=st.text(),
    disclosed=st.lists(
        st.builds(DisclosedClaim, st.text(), st.one_of(st.none(), st.booleans(), st.integers(), st.text()))
    ).map(tuple),
    proven=st.lists(st.text()).map(tuple),
    scope=st.text(),
    outcome=st.sampled_from(ConsentOutcome),
)


@given(st.lists(entries, max_size=4))
def test_round_trips_through_json_text(made: list[ConsentEntry]) -> None:
    log = ConsentLog(tuple(made))
    assert ConsentLog.from_json(json.loads(json.dumps(log.to_json()))) == log


def test_only_grows() -> None:
    empty = ConsentLog()
    one = empty.append(ENTRY)
    two = one.append(ENTRY)
    assert (len(empty.entries), len(one.entries), len(two.entries)) == (0, 1, 2)
    assert two.is_continuation_of(one)
    assert two.is_continuation_of(two)
    assert not one.is_continuation_of(two)
    other = ConsentEntry(AT, "another", (), (), "", ConsentOutcome.DECLINED)
    assert not two.is_continuation_of(empty.append(other))


def test_does_not_print_values() -> None:
    assert "GM1969" not in repr(ConsentLog((ENTRY,)))
    assert "municipality" in repr(ENTRY)


@pytest.mark.parametrize("at", [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))])  # noqa: DTZ001
def test_times_are_in_utc(at: datetime) -> None:
    with pytest.raises(ValueError, match="UTC"):
        ConsentEntry(at, "", (), (), "", ConsentOutcome.ACCEPTED)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no time zone": ({"at": "2026-03-01T12:30:00"}, "at"),
    "another time zone": ({"at": "2026-03-01T12:30:00+01:00"}, "at"),
    "no time": ({"at": "yesterday"}, "at"),
    "time is a number": ({"at": 7}, "at"),
    "recipient is null": ({"recipient": None}, "recipient"),
    "disclosed is an object": ({"disclosed": {}}, "disclosed"),
    "claim is a text": ({"disclosed": ["children"]}, "disclosed"),
    "claim without value": ({"disclosed": [{"name": "children"}]}, "value"),
    "claim with more": ({"disclosed": [{"name": "children", "value": 2, "secretmember": 1}]}, "disclosed"),
    "claim name is a number": ({"disclosed": [{"name": 7, "value": 2}]}, "name"),
    "value is a fraction": ({"disclosed": [{"name": "income", "value": 1.5}]}, "value"),
    "value is a list": ({"disclosed": [{"name": "income", "value": []}]}, "value"),
    "proven is a text": ({"proven": "x"}, "proven"),
    "statement is a number": ({"proven": [7]}, "proven"),
    "scope is a number": ({"scope": 7}, "scope"),
    "unknown outcome": ({"outcome": "maybe"}, "outcome"),
    "outcome is a list": ({"outcome": []}, "outcome"),
    "unknown member": ({"secretmember": 7}, "entry"),
}


@pytest.mark.parametrize(("change", "member"), BAD.values(), ids=BAD)
def test_refuses_what_is_no_log(change: dict[str, Any], member: str) -> None:
    with pytest.raises(ConsentFormatError) as refused:
        ConsentLog.from_json([ENTRY.to_json() | change])
    assert refused.value.member == member
    assert "secretmember" not in str(refused.value)


@pytest.mark.parametrize("member", ["at", "recipient", "disclosed", "proven", "scope", "outcome"])
def test_names_a_missing_member(member: str) -> None:
    content = {name: value for name, value in ENTRY.to_json().items() if name != member}
    with pytest.raises(ConsentFormatError) as refused:
        ConsentLog.from_json([content])
    assert refused.value.member == member


@pytest.mark.parametrize(("content", "member"), [({}, "log"), (None, "log"), ("x", "log"), ([[]], "entry")])
def test_refuses_another_shape(content: Any, member: str) -> None:
    with pytest.raises(ConsentFormatError) as refused:
        ConsentLog.from_json(content)
    assert refused.value.member == member
