# SPDX-License-Identifier: EUPL-1.2
"""What was spent, divided by something, with small cells put together. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from programmable_money.kpi.cells import Cell, Pseudonym, Shown, protect

__all__ = ["Cells"]


@dataclass(frozen=True, slots=True)
class Cells:
    """Entries that can be divided.

    Attributes:
        entries: what it is, whose it is, and its cents.
        is_final: whether nothing is ever given back, so that an entry of no cents is about somebody, too.
    """

    entries: tuple[tuple[Any, Pseudonym, int], ...]
    is_final: bool = False

    @classmethod
    def of(cls, entries: Iterable[tuple[Any, Pseudonym, int]], *, is_final: bool = False) -> "Cells":
        """From entries in any order."""
        return cls(tuple(entries), is_final)

    def by(self, key: Callable[[Any], str]) -> tuple[Shown, ...]:
        """Totals by a key of what each entry is."""
        within: dict[str, list[tuple[Pseudonym, int]]] = {}
        for item, who, cents in self.entries:
            within.setdefault(key(item), []).append((who, cents))
        return protect(
            Cell(one, order, sum(cents for _, cents in within[one]), len(within[one]), self._who(within[one]))
            for order, one in enumerate(sorted(within))
        )

    def within(
        self, lines: Iterable[Shown], key: Callable[[Any], str], finer: Callable[[Any], str]
    ) -> tuple[Shown, ...]:
        """Each of these lines divided further: a finer line that is held back is no line less other finer ones.

        Args:
            lines: ``by(key)``.
            finer: a key of which each has one ``key``, as a shop has one category.
        """
        found: list[Shown] = []
        for line in lines:
            inside = Cells(tuple(entry for entry in self.entries if key(entry[0]) in line.keys), self.is_final)
            if line.cents is None:
                found.append(Shown(tuple(sorted({finer(item) for item, _, _ in inside.entries})), None, None))
            else:
                found += inside.by(finer)
        return tuple(found)

    def _who(self, entries: Iterable[tuple[Pseudonym, int]]) -> frozenset[Pseudonym]:
        """Whom a total is about: who was given everything back does not hide the others."""
        spent: dict[Pseudonym, int] = {}
        for who, cents in entries:
            spent[who] = spent.get(who, 0) + cents
        return frozenset(who for who, cents in spent.items() if self.is_final or cents > 0)
