# SPDX-License-Identifier: EUPL-1.2
"""What was spent, divided by something, with small cells put together. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from programmable_money.kpi.cells import Cell, Shown, protect

__all__ = ["Cells", "spenders"]

Who = TypeVar("Who")


@dataclass(frozen=True, slots=True)
class Cells:
    """Entries that can be divided.

    Attributes:
        entries: what it is, whose it is (an account, a pseudonym), and its cents.
    """

    entries: tuple[tuple[Any, object, int], ...]

    @classmethod
    def of(cls, entries: Iterable[tuple[Any, object, int]]) -> "Cells":
        """From entries in any order."""
        return cls(tuple(entries))

    def by(self, key: Callable[[Any], str]) -> tuple[Shown, ...]:
        """Totals by a key of what each entry is."""
        keys = sorted({key(item) for item, _, _ in self.entries})
        cells = []
        for order, one in enumerate(keys):
            within = [(who, cents) for item, who, cents in self.entries if key(item) == one]
            cells.append(Cell(one, order, sum(cents for _, cents in within), len(within), spenders(within)))
        return protect(cells)


def spenders(entries: Iterable[tuple[Who, int]]) -> frozenset[Who]:
    """Whom a total is about: who was given everything back does not hide the others."""
    spent: dict[Who, int] = {}
    for who, cents in entries:
        spent[who] = spent.get(who, 0) + cents
    return frozenset(who for who, cents in spent.items() if cents > 0)
