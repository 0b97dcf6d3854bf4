# SPDX-License-Identifier: EUPL-1.2
"""The pre-check in the wallet: every reason at once, and the same answer as the printed table."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.credential.types import ClaimValue, ClaimValueError
from ssi.rulebook.qualification import Allowed, Denied, denial_codes, qualify
from tests.unit.ssi.rulebook.material import HOUSEHOLD, KINDPAKKET, rulebook

TODAY = date(2026, 11, 22)
AMIRA: dict[str, ClaimValue] = {
    "exp": date(2027, 1, 31),
    "recovered_at": 0,
    "municipality": "GM1969",
    "children": 3,
    "income": 154_060,
    "norm": 128_383,
}


def decide(**changes: ClaimValue) -> Allowed | Denied:
    return qualify(AMIRA | changes, KINDPAKKET, HOUSEHOLD, period=2026, as_of=TODAY)


def codes(**changes: ClaimValue) -> list[str]:
    decision = decide(**changes)
    return [denial.code for denial in decision.reasons] if isinstance(decision, Denied) else []


def test_amira_is_exactly_at_the_limit_and_qualifies_for_three_children() -> None:
    assert decide() == Allowed(45_000)


def test_cato_earns_one_cent_more_and_does_not() -> None:
    assert codes(income=154_061) == ["income_at_most_120_percent"]


def test_nobody_earns_too_little() -> None:
    assert decide(income=0) == Allowed(45_000)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"municipality": "GM1970"}, "municipality_differs"),
        ({"municipality": "gm1969"}, "municipality_differs"),
        ({"children": 0}, "children_below_minimum"),
        ({"children": 16}, "children_above_maximum"),
        ({"children": 31}, "children_above_maximum"),
        ({"norm": 128_382}, "income_at_most_120_percent"),
        ({"norm": 0}, "income_at_most_120_percent"),
        ({"exp": TODAY - timedelta(days=1)}, "credential_valid"),
        ({"exp": 0}, "credential_valid"),
        ({"recovered_at": date(2026, 1, 1)}, "not_recovered_in_period"),
        ({"recovered_at": TODAY}, "not_recovered_in_period"),
    ],
)
def test_each_rule_has_its_own_reason(changes: dict[str, ClaimValue], code: str) -> None:
    assert codes(**changes) == [code]


@pytest.mark.parametrize(
    ("changes", "cents"),
    [
        ({"children": 1}, 15_000),
        ({"children": 15}, 225_000),
        ({"exp": TODAY}, 45_000),
        ({"recovered_at": date(2025, 12, 31)}, 45_000),
        ({"income": 154_059}, 45_000),
    ],
)
def test_every_bound_is_included(changes: dict[str, ClaimValue], cents: int) -> None:
    assert decide(**changes) == Allowed(cents)


def test_a_wallet_recovered_this_year_qualifies_next_year() -> None:
    values = AMIRA | {"recovered_at": TODAY, "exp": date(2027, 6, 1)}
    assert isinstance(qualify(values, KINDPAKKET, HOUSEHOLD, period=2026, as_of=TODAY), Denied)
    assert qualify(values, KINDPAKKET, HOUSEHOLD, period=2027, as_of=date(2027, 1, 2)) == Allowed(45_000)


def test_all_reasons_are_collected_in_the_rulebooks_order() -> None:
    everything = codes(municipality="GM0000", children=0, income=999_999, exp=0, recovered_at=TODAY)
    assert everything == [code for code in denial_codes(KINDPAKKET.rules) if code != "children_above_maximum"]


def test_a_reason_is_in_words_and_shows_no_value() -> None:
    decision = decide(income=987_654, children=0)
    assert isinstance(decision, Denied)
    texts = [text for denial in decision.reasons for text in (denial.text.nl, denial.text.en)]
    assert "Aantal kinderen: ten minste 1." in texts
    assert "Your income is at most 120 percent of the norm for your household." in texts
    assert not any("987" in text or "9876" in text for text in texts)


def test_values_of_another_type_are_refused() -> None:
    with pytest.raises(ClaimValueError, match="income: is missing"):
        decide(income=None)


@given(data=st.data())
def test_the_predicate_and_the_printed_limit_say_the_same(data: st.DataObject) -> None:
    assert KINDPAKKET.norms is not None
    household = data.draw(st.sampled_from(KINDPAKKET.norms.households))
    limit = KINDPAKKET.norms.limit(household.kind, 120)
    income = data.draw(st.integers(limit - 3, limit + 3) | st.integers(0, (1 << 24) - 1))
    allowed = isinstance(decide(norm=household.norm_cents, income=income), Allowed)
    assert allowed == (income <= limit)
    assert limit == dict(household.printed_limits)[120]


def test_a_base_amount_is_added_once() -> None:
    with_base = rulebook((("allotment", "base_cents"), 2_500))
    assert qualify(AMIRA, with_base, HOUSEHOLD, period=2026, as_of=TODAY) == Allowed(47_500)
