# SPDX-License-Identifier: EUPL-1.2
"""The twelve goals that Heerlen published, with targets and results, beside what the chain computes.

Which goals were met is worked out here from the two published columns. What only a survey or an administration can
tell is shown as such, never made up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from programmable_money.kpi import Kpi, KpiValue

__all__ = ["GOALS", "Goal", "computed", "met"]


@dataclass(frozen=True, slots=True)
class Goal:
    """One row: what was aimed at, and what came of it, in the row's unit.

    Attributes:
        kpi: how the chain computes it; None when it cannot.
        source: who alone can tell, when the chain cannot.
        is_lower_better: for a cost.
    """

    title: str
    unit: str
    target: int
    result: int
    kpi: Kpi | None = None
    source: str = ""
    is_lower_better: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the published result reaches the published target."""
        return self.result <= self.target if self.is_lower_better else self.result >= self.target

    def shown(self, value: int) -> str:
        """A value in the row's unit."""
        sign = "+" if self.unit in {"points", "% change"} and value > 0 else ""
        percent = "%" if self.unit.startswith("%") else ""
        return f"{sign}{value:,}{percent}"


GOALS: Final = (
    Goal("man-hours", "hours", 150, 1_818, Kpi.HOURS),
    Goal("tasks validated as done well", "%", 90, 99, Kpi.VALIDATED),
    Goal("coins spent within three months", "%", 80, 90, Kpi.SPENT_WITHIN_THREE_MONTHS),
    Goal("published tasks completed", "%", 95, 84, Kpi.COMPLETED),
    Goal("registered, aged 18 to 65", "%", 5, 1, source="the sponsor's list"),
    Goal("active among registered", "%", 85, 13, Kpi.ACTIVE),
    Goal("rating of the pavement", "points", 1, 1, source="a survey"),
    Goal("rating of street furniture", "points", 1, 1, source="a survey"),
    Goal("cleanliness", "points", 1, 0, source="a survey"),
    Goal("maintenance frequency", "% change", 50, 50, source="the works department"),
    Goal("cost of maintenance", "% change", -30, -30, source="the accounts", is_lower_better=True),
    Goal("cohesion", "% change", 8, 4, source="a survey"),
)
"""In the order in which they were published."""


def met() -> int:
    """How many of the goals were met, by the published columns."""
    return sum(goal.is_met for goal in GOALS)


def computed(goal: Goal, values: Mapping[Kpi, KpiValue]) -> str:
    """What the chain says about a goal, or who else would have to."""
    if goal.kpi is None:
        return f"not on chain: {goal.source}"
    found = values[goal.kpi]
    if found.value is None:
        return "held back: too few people"
    if goal.kpi is Kpi.HOURS:
        hours, quarters = divmod(found.value, 4)
        return f"{hours:,}" if not quarters else f"{hours:,} and {quarters} quarters"
    if goal.kpi is Kpi.ACTIVE:
        most = values[Kpi.ACTIVE_AT_MOST]
        return f"at least {_percent(found)}, at most {_percent(most)}"
    return _percent(found)


def _percent(value: KpiValue) -> str:
    if value.per_mille is None:
        return f"{value.value}"
    whole, tenth = divmod(value.per_mille, 10)
    return f"{whole}.{tenth}%"
