# SPDX-License-Identifier: EUPL-1.2
"""The key figures of tasks, against Heerlen's published ones and against properties that must always hold."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.kpi import Kpi, KpiValue
from programmable_money.kpi.budget import Credit, Spending
from programmable_money.kpi.tasks import (
    Collected,
    Outcome,
    People,
    TaskPublished,
    Tasks,
    TaskVerified,
    purse_kpis,
    task_kpis,
)
from programmable_money.messages import Address
from programmable_money.model import Amount

START = datetime(2021, 1, 1, tzinfo=UTC)
SLOTS = 30


def verified(number: int, outcome: Outcome, quarters: int, day: int = 0) -> TaskVerified:
    return TaskVerified(number, outcome, quarters, START + timedelta(days=day))


def collected(person: int, slot: int = 0, year: int = 2021) -> Collected:
    """A person has one pseudonym in each slot of each year."""
    return Collected(year, slot, f"{person} in {slot} of {year}".encode().ljust(32), 3_600, START)


def test_heerlens_published_figures_come_out() -> None:
    """1,818 hours; 99% of what was verified done well; 84% of what was published completed; 13% active."""
    published = [TaskPublished(number, START) for number in range(1_000)]
    full = [verified(number, Outcome.FULL, 8) for number in range(833)]
    full += [verified(833, Outcome.PART, 1_818 * 4 - 833 * 8 - 7), verified(834, Outcome.PART, 7)]
    full += [verified(number, Outcome.REFUSED, 0) for number in range(835, 841)]
    people = [collected(person, slot=7) for person in range(112)] + [collected(person, slot=1) for person in range(30)]
    hours, done_well, completed, active, most = task_kpis(Tasks(published, full, people), registered=860)
    assert hours == KpiValue(Kpi.HOURS, 1_818 * 4, None)
    assert (done_well.kpi, done_well.per_mille) == (Kpi.VALIDATED, 990)
    assert (completed.kpi, completed.value, completed.whole) == (Kpi.COMPLETED, 835, 1_000)
    assert (active.kpi, active.value, active.per_mille) == (Kpi.ACTIVE, 112, 130)
    assert (most.kpi, most.value) == (Kpi.ACTIVE_AT_MOST, 142)


def test_second_employee_after_an_appeal_has_the_last_word() -> None:
    published = [TaskPublished(1, START)]
    decisions = [verified(1, Outcome.FULL, 6, day=2), verified(1, Outcome.REFUSED, 0, day=1)]
    values = task_kpis(Tasks(published, decisions, [collected(person) for person in range(5)]))
    assert [value.value for value in values] == [6, 1, 1, 5, 5]


def test_four_people_are_too_few_and_five_are_not() -> None:
    for people, held_back in ((4, True), (5, False)):
        values = task_kpis(Tasks([], [], [collected(person) for person in range(people)]))
        assert {value.is_held_back for value in values} == {held_back}


def test_four_people_in_many_slots_are_four_people_still() -> None:
    """A count of pseudonyms would show a figure about four people."""
    entries = [collected(person, slot) for person in range(4) for slot in range(SLOTS)]
    assert People.of(entries) == People(4, 120)
    assert all(value.is_held_back for value in task_kpis(Tasks([], [], entries)))


def test_task_that_was_never_published_is_an_error() -> None:
    with pytest.raises(ValueError, match="published before"):
        task_kpis(Tasks([], [verified(1, Outcome.FULL, 1)], []))


@pytest.mark.parametrize(("outcome", "quarters"), [(Outcome.REFUSED, 1), (Outcome.FULL, 0), (Outcome.PART, -1)])
def test_refused_task_awards_nothing_and_any_other_something(outcome: Outcome, quarters: int) -> None:
    with pytest.raises(ValueError, match="awards"):
        verified(1, outcome, quarters)


PLACES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, SLOTS - 1), st.integers(2021, 2023)), max_size=80)


@given(PLACES)
def test_the_people_lie_between_the_bounds_whatever_slots_they_take(places: Sequence[tuple[int, int, int]]) -> None:
    people = {person for person, _, _ in places}
    found = People.of(collected(*place) for place in places)
    assert found.at_least <= len(people) <= found.at_most


@given(PLACES, st.integers(1, 60))
def test_a_share_of_the_registered_is_never_above_one(places: Sequence[tuple[int, int, int]], more: int) -> None:
    entries = [collected(*place) for place in places]
    registered = len({person for person, _, _ in places}) + more
    active, most = task_kpis(Tasks([], [], entries), registered=registered)[3:]
    if active.value is not None and most.value is not None:
        assert active.value <= most.value <= registered


DECISIONS = st.tuples(st.integers(0, 9), st.sampled_from(Outcome), st.integers(1, 40), st.integers(0, 300))


@given(st.lists(DECISIONS, max_size=20), PLACES)
def test_parts_are_never_more_than_their_wholes(
    decisions: list[tuple[int, Outcome, int, int]], places: Sequence[tuple[int, int, int]]
) -> None:
    published = [TaskPublished(number, START) for number in range(10)]
    decided = [
        verified(number, outcome, 0 if outcome is Outcome.REFUSED else quarters, day)
        for number, outcome, quarters, day in decisions
    ]
    entries = [collected(*place) for place in places]
    hours, done_well, completed, active, _ = task_kpis(Tasks(published, decided, entries), registered=50)
    assert active.is_held_back == hours.is_held_back == (People.of(entries).at_least < 5)
    if not active.is_held_back:
        for figure in (done_well, completed):
            assert figure.value is not None
            assert figure.whole is not None
            assert figure.value <= figure.whole
        assert hours.value is not None
        assert hours.value <= sum(quarters for _, _, quarters, _ in decisions)


def test_coins_count_by_people_and_not_by_payment_accounts() -> None:
    """Five slots of one person are five payment accounts, and one person."""
    accounts = [Address(f"0x{number:040x}") for number in range(1, 6)]
    credits = [Credit(account, Amount(1_000), START) for account in accounts]
    spent = [Spending(account, Amount(900), START + timedelta(days=30)) for account in accounts]
    alone = Tasks([], [], [collected(1, slot) for slot in range(5)])
    five = Tasks([], [], [collected(person) for person in range(5)])
    as_of = START + timedelta(days=200)
    assert [value.is_held_back for value in purse_kpis(alone, credits, spent, as_of=as_of)] == [True, True]
    all_spent, in_time = purse_kpis(five, credits, spent, as_of=as_of)
    assert (all_spent.per_mille, in_time.kpi, in_time.per_mille) == (900, Kpi.SPENT_WITHIN_THREE_MONTHS, 900)
    early = purse_kpis(five, credits, spent, as_of=START + timedelta(days=60))[1]
    assert early.is_held_back
