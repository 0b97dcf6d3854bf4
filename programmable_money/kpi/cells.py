# SPDX-License-Identifier: EUPL-1.2
"""Totals by category, shop or month, with small ones put together so that none is about a few people. Pure.

Invariants:

- No line is about fewer than ``SMALL_CELL`` people for certain, and none can be had as the total less the other lines.
- The sum over all lines, where it is shown, is the total.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["SMALL_CELL", "Cell", "Pseudonym", "Shown", "people_in", "protect"]

SMALL_CELL: Final = 5
"""Fewest people behind a total that is shown by itself."""


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """Somebody, as far as a chain can know.

    Attributes:
        scope: within one, different names are different people; names of two scopes may be one person's.
        name: an account or a nullifier.
    """

    scope: Hashable
    name: Hashable


def people_in(who: Iterable[Pseudonym]) -> int:
    """How many people these are at least: the most different names in one scope."""
    return max(Counter(one.scope for one in set(who)).values(), default=0)


@dataclass(frozen=True, slots=True)
class Cell:
    """Payments less refunds of one key, before anything is held back.

    Attributes:
        key: what it is about, such as ``toys`` or ``2026-03``.
        order: where it stands among others of the same amount.
        who: paid.
    """

    key: str
    order: int
    cents: int
    payments: int
    who: frozenset[Pseudonym]


@dataclass(frozen=True, slots=True)
class Shown:
    """A line that may be shown: one key, or several together because one of them is too small.

    Attributes:
        cents, payments: None when even all small ones together are too few.
    """

    keys: tuple[str, ...]
    cents: int | None
    payments: int | None

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {"keys": list(self.keys), "spent_cents": self.cents, "payments": self.payments}


def protect(cells: Iterable[Cell]) -> tuple[Shown, ...]:
    """Put cells with few people together, so that no line is about fewer than ``SMALL_CELL`` people.

    The total of all cells is public. One line that is held back could be computed from the others, so what is put
    together is at least two cells; the next smallest joins when one would stand alone or they are too few still.

    Returns:
        The largest amount first; what was put together comes last. Cells without a payment are left out.
    """
    paid = sorted((item for item in cells if item.payments), key=lambda item: (people_in(item.who), item.cents))
    held: list[Cell] = []
    while paid and (people_in(paid[0].who) < SMALL_CELL or (held and not _is_enough(held))):
        held.append(paid.pop(0))
    shown = sorted(paid, key=lambda item: (-item.cents, item.order))
    lines = [Shown((item.key,), item.cents, item.payments) for item in shown]
    if held:
        together = tuple(item.key for item in sorted(held, key=lambda item: item.order))
        if _is_enough(held):
            total, payments = sum(item.cents for item in held), sum(item.payments for item in held)
            lines.append(Shown(together, total, payments))
        else:
            lines.append(Shown(together, None, None))
    return tuple(lines)


def _is_enough(held: list[Cell]) -> bool:
    who = frozenset[Pseudonym]().union(*(item.who for item in held))
    return len(held) > 1 and people_in(who) >= SMALL_CELL
