# SPDX-License-Identifier: EUPL-1.2
"""The key figures of tasks, against Heerlen's published ones and against properties that must always hold."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.kpi import Kpi, KpiValue
from programmable_money.kpi.tasks import Collected, Outcome, TaskPublished, Tasks, TaskVerified, task_kpis

START = datetime(2021, 1, 1, tzinfo=UTC)


def task(number: int) -> bytes:
    return number.to_bytes(32, "big")


def verified(number: int, outcome: Outcome, quarters: int, day: int = 0) -> TaskVerified:
    return TaskVerified(task(number), outcome, quarters, START + timedelta(days=day))


def collected(person: int, slot: int = 0, year: int = 2021) -> Collected:
    return Collected(year, slot, task(1_000 * slot + person), 4, START)


def test_heerlens_published_figures_come_out() -> None:
    """1,818 hours; 99% of what was verified done well; 84% of what was published completed; 13% active."""
    published = [TaskPublished(task(number), START) for number in range(1_000)]
    full = [verified(number, Outcome.FULL, 8) for number in range(833)]
    full += [verified(833, Outcome.PART, 1_818 * 4 - 833 * 8 - 7), verified(834, Outcome.PART, 7)]
    full += [verified(number, Outcome.REFUSED, 0) for number in range(835, 841)]
    people = [collected(person) for person in range(112)] + [collected(person, slot=1) for person in range(30)]
    hours, done_well, completed, active = task_kpis(Tasks(published, full, people), registered=860)
    assert hours == KpiValue(Kpi.HOURS, 1_818 * 4, None)
    assert (done_well.kpi, done_well.per_mille) == (Kpi.VALIDATED, 990)
    assert (completed.kpi, completed.value, completed.whole) == (Kpi.COMPLETED, 835, 1_000)
    assert (active.kpi, active.value, active.per_mille) == (Kpi.ACTIVE, 112, 130)


def test_second_employee_after_an_appeal_has_the_last_word() -> None:
    published = [TaskPublished(task(1), START)]
    decisions = [verified(1, Outcome.FULL, 6, day=2), verified(1, Outcome.REFUSED, 0, day=1)]
    values = task_kpis(Tasks(published, decisions, [collected(person) for person in range(5)]))
    assert [value.value for value in values] == [6, 1, 1, 5]


def test_four_people_are_too_few_and_five_are_not() -> None:
    for people, held_back in ((4, True), (5, False)):
        values = task_kpis(Tasks([], [], [collected(person) for person in range(people)]))
        assert {value.is_held_back for value in values} == {held_back}


def test_task_that_was_never_published_is_an_error() -> None:
    with pytest.raises(ValueError, match="published before"):
        task_kpis(Tasks([], [verified(1, Outcome.FULL, 1)], []))


@pytest.mark.parametrize(("outcome", "quarters"), [(Outcome.REFUSED, 1), (Outcome.FULL, 0), (Outcome.PART, -1)])
def test_refused_task_awards_nothing_and_any_other_something(outcome: Outcome, quarters: int) -> None:
    with pytest.raises(ValueError, match="awards"):
        verified(1, outcome, quarters)


DECISIONS = st.tuples(st.integers(0, 9), st.sampled_from(Outcome), st.integers(1, 40), st.integers(0, 300))


@given(st.lists(DECISIONS, max_size=20), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=20))
def test_parts_are_never_more_than_their_wholes(
    decisions: list[tuple[int, Outcome, int, int]], people: list[tuple[int, int]]
) -> None:
    published = [TaskPublished(task(number), START) for number in range(10)]
    decided = [
        verified(number, outcome, 0 if outcome is Outcome.REFUSED else quarters, day)
        for number, outcome, quarters, day in decisions
    ]
    got = [collected(person, slot) for person, slot in people]
    hours, done_well, completed, active = task_kpis(Tasks(published, decided, got), registered=10)
    persons = len({person for person, slot in people if slot == 0})
    assert active.is_held_back == hours.is_held_back == (persons < 5)
    if not active.is_held_back:
        assert active.value == persons
        for figure in (done_well, completed):
            assert figure.value is not None
            assert figure.whole is not None
            assert figure.value <= figure.whole
        assert hours.value is not None
        assert hours.value <= sum(quarters for _, _, quarters, _ in decisions)
