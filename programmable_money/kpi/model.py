# SPDX-License-Identifier: EUPL-1.2
"""What a key figure is: a count or an amount, what it is a part of, and whether it may be shown. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from programmable_money.kpi.cells import SMALL_CELL

__all__ = ["Kpi", "KpiValue"]


class Kpi(StrEnum):
    """The key figures; docs/audit.md has each one's formula."""

    ACTIVATED = "activated"
    SPENT = "spent"
    SPENT_WITHIN_THREE_MONTHS = "spent_within_three_months"
    HOURS = "hours"
    VALIDATED = "validated"
    COMPLETED = "completed"
    ACTIVE = "active"
    ACTIVE_AT_MOST = "active_at_most"
    COST_PER_EURO = "cost_per_euro"


@dataclass(frozen=True, slots=True)
class KpiValue:
    """A key figure. Build it with ``of``: only that keeps small numbers back.

    Attributes:
        value: claims, cents, quarter hours, tasks or people; None when it is about too few people.
        whole: what it is a part of, in the same unit; None when it is a part of nothing, or held back.
    """

    kpi: Kpi
    value: int | None
    whole: int | None

    @classmethod
    def of(cls, kpi: Kpi, value: int, whole: int | None, *, people: int) -> Self:
        """A figure about so many people, without its numbers when they are fewer than ``SMALL_CELL``.

        Raises:
            ValueError: a number is below zero.
        """
        if value < 0 or people < 0 or (whole is not None and whole < 0):
            raise ValueError("a key figure counts something")
        if people < SMALL_CELL:
            return cls(kpi, None, None)
        return cls(kpi, value, whole)

    @property
    def is_held_back(self) -> bool:
        """Whether it is about too few people."""
        return self.value is None

    @property
    def per_mille(self) -> int | None:
        """``value / whole`` in thousandths, rounded down; None without a whole."""
        return 1000 * self.value // self.whole if self.value is not None and self.whole else None

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {"kpi": self.kpi.value, "value": self.value, "whole": self.whole, "per_mille": self.per_mille}
