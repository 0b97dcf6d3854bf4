# SPDX-License-Identifier: EUPL-1.2
"""The figures of a programme of any kind: what was counted, what was spent on what, the key figures. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from programmable_money.kpi.cells import Shown
from programmable_money.kpi.model import KpiValue

__all__ = ["Figures"]


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in a programme.

    Attributes:
        counts: by name, in the order in which they are shown; those whose name ends in ``_cents`` are money.
        spending: what was spent, by what it is divided by (``category``, ``shop``, ``month``, ``offer``); cells of few
            people are put together.
    """

    counts: Mapping[str, int]
    spending: Mapping[str, tuple[Shown, ...]]
    kpis: tuple[KpiValue, ...]
