# SPDX-License-Identifier: EUPL-1.2
"""Conditions and decisions: total, strict about kinds, and with all reasons."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.credential.document import Node
from tests.unit.verifier.test_policy import document, octets
from verifier.policy.conditions import Condition, DateLimit, Fact, Proven, condition
from verifier.policy.deciding import Allowed, Denied, Shown, decide
from verifier.policy.model import Policy

TODAY = date(2026, 6, 1)
FACTS = st.one_of(st.text(), st.integers(), st.booleans(), st.dates())


def parsed(members: Mapping[str, object]) -> Condition:
    return condition(Node(members))


@pytest.mark.parametrize(
    ("members", "fact", "holds"),
    [
        ({"equals": True}, True, True),
        ({"equals": True}, 1, False),
        ({"equals": 1}, True, False),
        ({"equals": "1"}, 1, False),
        ({"equals": "GM1969"}, "GM1969", True),
        ({"one_of": ["a", "b"]}, "b", True),
        ({"one_of": ["a", "b"]}, "c", False),
        ({"one_of": [0]}, False, False),
        ({"at_least": 3}, 3, True),
        ({"at_least": 3}, 2, False),
        ({"at_least": 3, "at_most": 5}, 6, False),
        ({"at_most": 5}, True, False),
        ({"at_most": 5}, "4", False),
        ({"on_or_after": "2026-06-01"}, date(2026, 6, 1), True),
        ({"on_or_after": "2026-06-02"}, date(2026, 6, 1), False),
        ({"on_or_before": "2026-06-01"}, "2026-06-01", True),
        ({"on_or_before": "2026-06-01"}, "2026-06-02", False),
        ({"on_or_before": "2026-06-01"}, "20260601", False),
        ({"on_or_before": "2026-06-01"}, "2026-06-31", False),
        ({"on_or_before": "2026-06-01"}, 45_000, False),
        ({"on_or_before": {"today": {"years": -18}}}, date(2008, 6, 1), True),
        ({"on_or_before": {"today": {"years": -18}}}, date(2008, 6, 2), False),
        ({"on_or_after": {"today": {"years": -21, "days": 1}}}, date(2005, 6, 2), True),
        ({"on_or_after": {"today": {"years": -21, "days": 1}}}, date(2005, 6, 1), False),
    ],
)
def test_a_condition_holds(members: dict[str, object], fact: Fact, holds: bool) -> None:
    decides = parsed(members)
    assert not isinstance(decides, Proven)
    assert decides.holds(fact, TODAY) is holds


def test_the_29th_of_february_becomes_the_first_of_march() -> None:
    assert DateLimit(None, years=-18).on(date(2028, 2, 29)) == date(2010, 3, 1)
    assert DateLimit(None, years=-20).on(date(2028, 2, 29)) == date(2008, 2, 29)


@given(fact=FACTS, bound=st.integers(-(10**6), 10**6))
def test_every_condition_is_total(fact: Fact, bound: int) -> None:
    for members in ({"equals": bound}, {"one_of": [bound, "x", True]}, {"at_least": bound}, {"at_most": bound}):
        decides = parsed(members)
        assert not isinstance(decides, Proven)
        assert decides.holds(fact, TODAY) in (True, False)
    days = parsed({"on_or_after": (TODAY + timedelta(days=bound % 1000)).isoformat()})
    assert not isinstance(days, Proven)
    assert days.holds(fact, TODAY) in (True, False)


@given(number=st.integers(-(10**9), 10**9), least=st.integers(-(10**9), 10**9), most=st.integers(-(10**9), 10**9))
def test_bounds_are_inclusive(number: int, least: int, most: int) -> None:
    decides = parsed({"at_least": least, "at_most": most})
    assert not isinstance(decides, Proven)
    assert decides.holds(number, TODAY) is (least <= number <= most)


TEXT = {"nl": "a", "en": "a"}


def policy(*rules: dict[str, Any]) -> Policy:
    """The policy about age with other rules."""
    changed = document("under-21")
    changed["rules"] = [{"id": f"r{index}", "text": TEXT, **rule} for index, rule in enumerate(rules)]
    return Policy.from_json(octets(changed))


AGE = ("age_under_21",)
TRUE = {"claim": ["age_under_21"], "equals": True}
FALSE = {"claim": ["age_under_21"], "equals": False}
PROVEN = {"proven": "credential_valid"}


def test_allows_when_every_rule_holds_and_names_them() -> None:
    asked = policy(TRUE, PROVEN)
    shown = {"age_bbs": Shown({AGE: True}, frozenset({"credential_valid"}))}
    assert decide(asked, asked.query("bbs"), shown, TODAY) == Allowed(("r0", "r1"))


def test_denies_with_every_reason() -> None:
    asked = policy(FALSE, TRUE, PROVEN, {"claim": ["age_under_21"], "at_least": 1})
    shown = {"age_bbs": Shown({AGE: True})}
    assert decide(asked, asked.query("bbs"), shown, TODAY) == Denied(("r0", "r2", "r3"))


def test_nobody_is_allowed_by_leaving_a_claim_out() -> None:
    asked = policy(TRUE)
    assert decide(asked, asked.query("bbs"), {"age_bbs": Shown({})}, TODAY) == Denied(("r0",))


def test_nobody_is_allowed_by_leaving_a_credential_out() -> None:
    asked = policy(TRUE)
    assert decide(asked, asked.query("bbs"), {}, TODAY) == Denied(("r0",))


def test_a_rule_about_another_credential_does_not_hold() -> None:
    asked = policy({**TRUE, "credentials": ["age_sd_jwt"]})
    assert decide(asked, asked.query("bbs"), {"age_bbs": Shown({AGE: True})}, TODAY) == Denied(("r0",))
    assert decide(asked, asked.query("sd_jwt"), {"age_sd_jwt": Shown({AGE: True})}, TODAY) == Allowed(("r0",))


def test_what_is_shown_stays_out_of_logs() -> None:
    assert "GM1969" not in repr(Shown({("municipality",): "GM1969"}))
