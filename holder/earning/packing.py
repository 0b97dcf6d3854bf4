# SPDX-License-Identifier: EUPL-1.2
"""Which slots an award goes into (tasks.md section 5): few links, and every cent of the cap. Pure but for one draw.

Invariants:
    * No slot is filled above its cap, and all fills of a year together never above the year's.
    * Every fill is whole cents, so that the contract takes it.
    * Nothing is left over while a slot has room for a step of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Final

__all__ = ["Fill", "SlotUse", "Slots", "pack", "step_of"]

_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class SlotUse:
    """What of a slot is used: cents, and the terms of the last collection into it."""

    cents: int
    terms: int


@dataclass(frozen=True, slots=True)
class Slots:
    """A year's slots of one person.

    Attributes:
        count: how many there are; they are numbered from 0.
        cap: most cents in each.
        used: those that are not fresh.
    """

    count: int
    cap: int
    used: Mapping[int, SlotUse]

    @property
    def fresh(self) -> tuple[int, ...]:
        """Those that nothing was collected into."""
        return tuple(slot for slot in range(self.count) if slot not in self.used)

    @property
    def left(self) -> int:
        """Cents of the year's cap that are left."""
        return self.count * self.cap - sum(use.cents for use in self.used.values())

    def room(self, slot: int) -> int:
        """Cents that are left in a slot."""
        return self.cap - (self.used[slot].cents if slot in self.used else 0)

    def filled(self, fill: "Fill", terms: int) -> "Slots":
        """The slots after a collection."""
        use = SlotUse(self.cap - self.room(fill.slot) + fill.cents, terms)
        return Slots(self.count, self.cap, {**self.used, fill.slot: use})


@dataclass(frozen=True, slots=True)
class Fill:
    """So much of an award goes into this slot."""

    slot: int
    seconds: int
    cents: int


def step_of(rate: int) -> tuple[int, int]:
    """The least time that is whole cents at a rate (cents an hour), and its cents."""
    common = gcd(rate, _HOUR)
    return _HOUR // common, rate // common


def pack(
    seconds: int, rate: int, terms: int, slots: Slots, *, pace: int, draw: Callable[[Sequence[int]], int]
) -> tuple[Fill, ...]:
    """Divide an award over slots.

    Args:
        seconds: what is to be collected.
        rate: cents an hour.
        terms: 0 for the adult rate, 1 for the young one.
        pace: cents that the rest of the year is likely to bring, by the hours so far (5.1).
        draw: picks one of several at random; wallets take fresh slots so (6.6).
    Returns:
        In the order to collect them in. What has no room this year is left out.
    """
    step, worth = step_of(rate)
    steps = seconds // step
    fills: list[Fill] = []
    while steps:
        slot = _choose(steps * worth, worth, terms, slots, pace, draw)
        if slot is None:
            break
        taken = min(steps, slots.room(slot) // worth)
        fill = Fill(slot, taken * step, taken * worth)
        fills.append(fill)
        slots = slots.filled(fill, terms)
        steps -= taken
    return tuple(fills)


def _choose(
    cents: int, worth: int, terms: int, slots: Slots, pace: int, draw: Callable[[Sequence[int]], int]
) -> int | None:
    """The slot for the next part of so many cents; None when no slot has room for a step."""
    fresh = slots.fresh if slots.cap >= worth else ()
    if fresh and len(fresh) > _slots_for(min(slots.left, pace), slots.cap):  # (5.1)
        return draw(fresh)
    open_ = [slot for slot in sorted(slots.used) if slots.room(slot) >= worth]
    roomy = [slot for slot in open_ if slots.room(slot) >= cents]
    same = [slot for slot in roomy if slots.used[slot].terms == terms]  # (6.5)
    if same:  # (5.2)
        return min(same, key=slots.room)
    if fresh:
        return draw(fresh)
    if roomy:
        return min(roomy, key=slots.room)
    return max(open_, key=slots.room, default=None)


def _slots_for(cents: int, cap: int) -> int:
    return -(-cents // cap)
