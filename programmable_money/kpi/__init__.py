# SPDX-License-Identifier: EUPL-1.2
"""Key figures of a programme, computed from its events and from nothing else. Pure; docs/audit.md has the formulas.

``cells`` and ``dividing`` keep figures about few people from being shown or computed; ``model`` and ``figures`` say
what a figure is; ``budget`` has those of a fund and ``tasks`` those of tasks that earn. ``fund``, ``passes`` and
``board`` read the events of each kind of programme, and ``payments`` what accounts paid and which shops there are.

Invariants:

- The same events give the same figures: no clock, no database; the moment is passed in.
- A figure about fewer than ``SMALL_CELL`` people exists only without its numbers.
- Nothing is rounded up: a ratio is whole thousandths, rounded down.
"""

from programmable_money.kpi.cells import SMALL_CELL
from programmable_money.kpi.model import Kpi, KpiValue

__all__ = ["SMALL_CELL", "Kpi", "KpiValue"]
