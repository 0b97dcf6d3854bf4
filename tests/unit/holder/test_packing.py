# SPDX-License-Identifier: EUPL-1.2
"""Packing awards into slots: few links, every cent of the cap, never a cent more."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holder.earning.packing import Fill, Slots, SlotUse, pack, step_of

ADULT, YOUNG = 500, 200
QUARTER = 900


def first(slots: Sequence[int]) -> int:
    return slots[0]


def packed(seconds: int, slots: Slots, *, rate: int = ADULT, terms: int = 0, pace: int = 0) -> tuple[Fill, ...]:
    return pack(seconds, rate, terms, slots, pace=pace, draw=first)


def used(**cents: int) -> Slots:
    return Slots(30, 5_000, {int(slot[1:]): SlotUse(amount, 0) for slot, amount in cents.items()})


def test_an_award_goes_into_a_fresh_slot_of_its_own() -> None:
    assert packed(8 * QUARTER, used(s0=1_000)) == (Fill(1, 7_200, 1_000),)


def test_who_works_much_fills_open_slots_first() -> None:
    """The pace needs all that is fresh; of the open slots the one is taken that the award fills best."""
    slots = used(s4=4_000, s5=3_500)
    assert packed(8 * QUARTER, slots, pace=150_000) == (Fill(4, 7_200, 1_000),)
    assert packed(12 * QUARTER, slots, pace=150_000) == (Fill(5, 10_800, 1_500),)


def test_an_award_is_split_only_when_no_slot_has_room_for_all_of_it() -> None:
    full = Slots(3, 5_000, {0: SlotUse(4_500, 0), 1: SlotUse(4_750, 0), 2: SlotUse(5_000, 0)})
    assert packed(6 * QUARTER, full) == (Fill(0, 3_600, 500), Fill(1, 1_800, 250))


def test_after_a_birthday_a_fresh_slot_is_opened_unless_none_is_left() -> None:
    slots = Slots(2, 5_000, {0: SlotUse(200, 1)})
    assert packed(4 * QUARTER, slots, pace=150_000) == (Fill(1, 3_600, 500),)
    last = Slots(1, 5_000, {0: SlotUse(200, 1)})
    assert packed(12 * 3_600, last) == (Fill(0, 34_560, 4_800),)


@pytest.mark.parametrize(("rate", "step", "cents"), [(ADULT, 36, 5), (YOUNG, 18, 1), (1_500, 12, 5), (4, 900, 1)])
def test_the_least_time_is_whole_cents(rate: int, step: int, cents: int) -> None:
    assert step_of(rate) == (step, cents)
    assert step * rate == cents * 3_600


@pytest.mark.parametrize(("rate", "hours"), [(1_500, 100), (ADULT, 300), (YOUNG, 750)])
def test_the_cap_is_reached_after_the_published_hours(rate: int, hours: int) -> None:
    fills = packed((hours + 1) * 3_600, Slots(30, 5_000, {}), rate=rate)
    assert sum(fill.cents for fill in fills) == 150_000
    assert sum(fill.seconds for fill in fills) == hours * 3_600
    assert len({fill.slot for fill in fills}) == 30


def test_nothing_is_packed_when_the_year_is_full() -> None:
    full = Slots(2, 5_000, {0: SlotUse(5_000, 0), 1: SlotUse(4_998, 1)})
    assert packed(3_600, full) == ()
    assert packed(36, full, rate=YOUNG, terms=1) == (Fill(1, 36, 2),)


AWARDS = st.lists(st.tuples(st.integers(1, 400), st.booleans()), max_size=60)


@given(AWARDS, st.integers(0, 200_000), st.integers(0, 2**32))
def test_no_slot_and_no_year_is_ever_above_its_cap(awards: list[tuple[int, bool]], pace: int, seed: int) -> None:
    slots, draw = Slots(30, 5_000, {}), random.Random(seed).choice
    for quarters, is_young in awards:
        rate, terms = (YOUNG, 1) if is_young else (ADULT, 0)
        before = slots.left
        fills = pack(quarters * QUARTER, rate, terms, slots, pace=pace, draw=draw)
        for fill in fills:
            assert fill.seconds * rate == fill.cents * 3_600
            assert 0 < fill.cents <= slots.room(fill.slot)
            slots = slots.filled(fill, terms)
        given_cents, worth = sum(fill.cents for fill in fills), quarters * rate // 4
        assert given_cents <= worth
        if given_cents < worth:
            assert all(slots.room(slot) < step_of(rate)[1] for slot in range(slots.count))
        assert slots.left == before - given_cents >= 0
