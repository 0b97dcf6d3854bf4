# SPDX-License-Identifier: EUPL-1.2
"""The key figures of a fund, against the published ones and against properties that must always hold."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.kpi import Kpi, KpiValue
from programmable_money.kpi.budget import Credit, Spending, add_months, budget_kpis, spent_in_time
from programmable_money.messages import address_of
from programmable_money.model import Amount

ACCOUNTS = tuple(address_of(number.to_bytes(32, "big")) for number in range(1, 201))
START = datetime(2026, 1, 31, 12, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LATER = datetime(2028, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 500).map(lambda days: START + timedelta(days=days))
AMOUNTS = st.integers(0, 50_000).map(Amount)
WHO = st.sampled_from(ACCOUNTS[:4])
CREDITS = st.lists(st.builds(Credit, WHO, AMOUNTS, MOMENTS), max_size=8)
SPENDING = st.lists(st.builds(Spending, WHO, AMOUNTS, MOMENTS), max_size=12)


def figure(kpi: Kpi, values: Sequence[KpiValue]) -> KpiValue:
    return next(value for value in values if value.kpi is kpi)


def town(households: int = 80, *, spent: int = 6_000) -> tuple[list[Credit], list[Spending]]:
    """Each household got 100 euros and spent some a month later."""
    credits = [Credit(account, Amount(10_000), START) for account in ACCOUNTS[:households]]
    return credits, [Spending(credit.account, Amount(spent), START + timedelta(days=30)) for credit in credits]


def test_published_kindpakket_figures_come_out() -> None:
    """About 80 households, nearly all activated, over 60% spent."""
    credits, spending = town(79, spent=6_100)
    values = budget_kpis(credits, spending, as_of=LATER, entitled=80)
    assert figure(Kpi.ACTIVATED, values) == KpiValue(Kpi.ACTIVATED, 79, 80)
    assert figure(Kpi.ACTIVATED, values).per_mille == 987
    assert figure(Kpi.SPENT, values).per_mille == 610


def test_published_heitje_figures_come_out() -> None:
    """90% spent within three months; EUR 1,215,722 for the platform, about EUR 20,000 spent in shops."""
    credits = [Credit(account, Amount(20_000), START) for account in ACCOUNTS[:100]]
    spending = [Spending(credit.account, Amount(18_000), add_months(START, 3)) for credit in credits]
    spending += [Spending(c.account, Amount(2_000), add_months(START, 3) + timedelta(seconds=1)) for c in credits]
    values = budget_kpis(credits, spending, as_of=LATER, cost=Amount.from_euros("1215722"))
    assert figure(Kpi.SPENT_WITHIN_THREE_MONTHS, values).per_mille == 900
    assert figure(Kpi.SPENT, values).per_mille == 1000
    assert figure(Kpi.COST_PER_EURO, values).per_mille == 60_786


def test_money_whose_three_months_are_not_over_does_not_count_yet() -> None:
    credits, spending = town()
    due = add_months(START, 3)
    before = figure(Kpi.SPENT_WITHIN_THREE_MONTHS, budget_kpis(credits, spending, as_of=due - timedelta(seconds=1)))
    assert before.is_held_back
    on_time = figure(Kpi.SPENT_WITHIN_THREE_MONTHS, budget_kpis(credits, spending, as_of=due))
    assert (on_time.value, on_time.whole) == (480_000, 800_000)


def test_four_households_are_too_few_and_five_are_not() -> None:
    four, five = (budget_kpis(*town(count), as_of=LATER, cost=Amount(1)) for count in (4, 5))
    assert all(value.is_held_back for value in four)
    assert not any(value.is_held_back for value in five)


def test_oldest_money_is_spent_first() -> None:
    account = ACCOUNTS[0]
    old = Credit(account, Amount(100), START)
    new = Credit(account, Amount(100), add_months(START, 2))
    late = Spending(account, Amount(150), add_months(START, 4))
    assert spent_in_time([new, old], [late]) == ((old, Amount(0)), (new, Amount(50)))


@pytest.mark.parametrize(
    ("moment", "later"),
    [
        (datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 4, 30, tzinfo=UTC)),
        (datetime(2025, 11, 30, 23, 59, 59, tzinfo=UTC), datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)),
        (datetime(2027, 11, 29, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)),
        (datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_three_months_are_calendar_months(moment: datetime, later: datetime) -> None:
    assert add_months(moment, 3) == later


@given(CREDITS, SPENDING)
def test_what_was_spent_in_time_is_never_more_than_there_was_or_was_spent(
    credits: list[Credit], spending: list[Spending]
) -> None:
    parts = spent_in_time(credits, spending)
    assert sorted(map(repr, (credit for credit, _ in parts))) == sorted(map(repr, credits))
    for credit, part in parts:
        assert 0 <= part.cents <= credit.amount.cents
    for account in ACCOUNTS[:4]:
        in_time = sum(part.cents for credit, part in parts if credit.account == account)
        assert in_time <= sum(entry.amount.cents for entry in spending if entry.account == account)


@given(CREDITS, SPENDING, st.randoms(use_true_random=False))
def test_order_of_events_and_other_peoples_money_change_nothing(
    credits: list[Credit], spending: list[Spending], chance: Random
) -> None:
    total = {
        account: sum(part.cents for credit, part in spent_in_time(credits, spending) if credit.account == account)
        for account in ACCOUNTS[:4]
    }
    chance.shuffle(credits)
    for account in ACCOUNTS[:4]:
        own = [credit for credit in credits if credit.account == account]
        mine = [entry for entry in spending if entry.account == account]
        if len({credit.at for credit in own}) == len(own) and len({entry.at for entry in mine}) == len(mine):
            assert sum(part.cents for _, part in spent_in_time(own, mine)) == total[account]


@given(CREDITS, SPENDING, st.integers(0, 700))
def test_figures_never_contradict_each_other(credits: list[Credit], spending: list[Spending], days: int) -> None:
    values = budget_kpis(credits, spending, as_of=START + timedelta(days=days), entitled=10)
    in_time = figure(Kpi.SPENT_WITHIN_THREE_MONTHS, values)
    if in_time.value is not None and in_time.whole is not None:
        assert in_time.value <= in_time.whole <= sum(credit.amount.cents for credit in credits)


# ---- the edges ----


@pytest.mark.parametrize(
    ("moment", "later"),
    [
        # 31 January, half past midnight in Amsterdam; the day before in UTC. Summer time has come by then.
        (datetime(2026, 1, 30, 23, 30, tzinfo=UTC), datetime(2026, 4, 29, 22, 30, tzinfo=UTC)),
        # 1 February, half past midnight in Amsterdam, is no 31 January.
        (datetime(2026, 1, 31, 23, 30, tzinfo=UTC), datetime(2026, 4, 30, 22, 30, tzinfo=UTC)),
        # 29 February exists in 2028 only.
        (datetime(2027, 11, 30, 12, tzinfo=UTC), datetime(2028, 2, 29, 12, tzinfo=UTC)),
        (datetime(2026, 11, 30, 12, tzinfo=UTC), datetime(2027, 2, 28, 12, tzinfo=UTC)),
        # Over the end of the year, from winter to winter.
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), datetime(2027, 3, 31, 21, 59, 59, tzinfo=UTC)),
    ],
)
def test_three_months_are_those_of_the_programmes_calendar(moment: datetime, later: datetime) -> None:
    assert add_months(moment, 3, AMSTERDAM) == later
    credits = [Credit(account, Amount(100), moment) for account in ACCOUNTS[:5]]
    for spent_at, cents in ((later, 500), (later + timedelta(seconds=1), 0)):
        spending = [Spending(credit.account, Amount(100), spent_at) for credit in credits]
        values = budget_kpis(credits, spending, as_of=later + timedelta(days=1), zone=AMSTERDAM)
        assert figure(Kpi.SPENT_WITHIN_THREE_MONTHS, values) == KpiValue(Kpi.SPENT_WITHIN_THREE_MONTHS, cents, 500)


def test_who_got_everything_back_does_not_hide_the_one_who_did_not() -> None:
    """Five people paid and four got all of it back: what is left is one person's spending."""
    credits = [Credit(account, Amount(10_000), START) for account in ACCOUNTS[:5]]
    spending = [Spending(ACCOUNTS[0], Amount(777), START)]
    spending += [Spending(account, Amount(0), START) for account in ACCOUNTS[1:5]]
    values = budget_kpis(credits, spending, as_of=LATER, cost=Amount(1_000))
    assert figure(Kpi.COST_PER_EURO, values).is_held_back
    spending[4] = Spending(ACCOUNTS[4], Amount(1), START)
    assert figure(Kpi.COST_PER_EURO, budget_kpis(credits, spending, as_of=LATER, cost=Amount(1))).is_held_back
    everybody = [Spending(account, Amount(1), START) for account in ACCOUNTS[:5]]
    assert figure(Kpi.COST_PER_EURO, budget_kpis(credits, everybody, as_of=LATER, cost=Amount(9))).whole == 5


@pytest.mark.parametrize(("late", "is_held_back"), [(0, False), (1, True), (4, True), (5, False)])
def test_part_whose_rest_is_about_a_few_people_is_held_back(late: int, is_held_back: bool) -> None:
    """All credits together are public: less those that are due, they are the few's who claimed lately."""
    credits, spending = town(20)
    credits += [Credit(account, Amount(10_000), LATER) for account in ACCOUNTS[20 : 20 + late]]
    values = budget_kpis(credits, spending, as_of=LATER)
    assert figure(Kpi.SPENT_WITHIN_THREE_MONTHS, values).is_held_back is is_held_back
    assert not figure(Kpi.SPENT, values).is_held_back


def test_cost_of_nothing_spent_has_no_ratio() -> None:
    credits, _ = town(5)
    values = budget_kpis(credits, [], as_of=LATER, cost=Amount(100))
    assert figure(Kpi.COST_PER_EURO, values).is_held_back
    assert figure(Kpi.SPENT, values) == KpiValue(Kpi.SPENT, 0, 50_000)


def test_more_claims_than_were_told_of_it_are_shown_as_they_are() -> None:
    """A ratio above one is the sponsor's wrong count, and not for us to hide."""
    assert figure(Kpi.ACTIVATED, budget_kpis(*town(12), as_of=LATER, entitled=10)).per_mille == 1_200


def test_thousands_of_credits_take_no_time_that_grows_with_their_square() -> None:
    credits = [Credit(account, Amount(100), START) for account in ACCOUNTS for _ in range(100)]
    values = budget_kpis(credits, [], as_of=LATER)
    assert figure(Kpi.SPENT_WITHIN_THREE_MONTHS, values).whole == 2_000_000
