# SPDX-License-Identifier: EUPL-1.2
"""From the events of a task board and its purse to what the key figures are computed from. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from programmable_money.kpi.budget import Credit, Spending
from programmable_money.kpi.model import KpiValue
from programmable_money.kpi.tasks import (
    Collected,
    Outcome,
    TaskPublished,
    Tasks,
    TaskVerified,
    purse_kpis,
    task_kpis,
)
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, from_unix

__all__ = ["BoardFigures", "board_figures"]

_QUARTERS = 5
"""Where a task's offer has its quarter hours."""


@dataclass(frozen=True, slots=True)
class BoardFigures:
    """What happened on a board and with its coins."""

    tasks: Tasks
    credits: tuple[Credit, ...]
    spending: tuple[Spending, ...]

    def kpis(self, *, as_of: datetime, registered: int | None = None) -> tuple[KpiValue, ...]:
        """All key figures: those of the coins, then those of the tasks.

        Args:
            as_of: the moment they are about, aware UTC; no event is later.
            registered: people who signed up, which only the sponsor knows.
        """
        coins = purse_kpis(self.tasks, self.credits, self.spending, as_of=as_of)
        return (*coins, *task_kpis(self.tasks, registered=registered))


def board_figures(events: Iterable[ChainEvent], board: Address, purse: Address) -> BoardFigures:
    """Read the events of one board and its purse; others are passed over.

    Raises:
        ValueError: a task was verified that was not published.
    """
    published: dict[int, int] = {}
    tasks: tuple[list[TaskPublished], list[TaskVerified], list[Collected]] = ([], [], [])
    credits: list[Credit] = []
    payments: dict[bytes, Spending] = {}
    for event in sorted(events, key=lambda event: event.order):
        given, moment = event.arguments, from_unix(event.emitted_at)
        match event.address, event.name:
            case (address, "TaskPublished") if address == board:
                published[given["task"]] = given["offer"][_QUARTERS]
                tasks[0].append(TaskPublished(given["task"], moment))
            case (address, "TaskVerified" | "TaskDecided") if address == board:
                if given["task"] not in published:
                    raise ValueError("a task that was verified was published before")
                outcome = _outcome(given["quarters"], published[given["task"]])
                tasks[1].append(TaskVerified(given["task"], outcome, given["quarters"], moment))
            case (address, "Collected") if address == board:
                year, slot = divmod(given["slot"], 256)
                tasks[2].append(Collected(year, slot, given["nullifier"], given["time"], moment))
            case (address, "Credited") if address == purse:
                credits.append(Credit(given["account"], Amount(given["amount"]), moment))
            case (address, "Paid") if address == purse:
                payments[given["payment"]] = Spending(given["account"], Amount(given["amount"]), moment)
            case (address, "Refunded") if address == purse:
                paid = payments[given["payment"]]
                left = paid.amount - Amount(given["amount"])
                payments[given["payment"]] = Spending(paid.account, left, paid.at)
            case _:
                continue
    return BoardFigures(Tasks(*tasks), tuple(credits), tuple(payments.values()))


def _outcome(quarters: int, worth: int) -> Outcome:
    if quarters == worth:
        return Outcome.FULL
    return Outcome.PART if quarters else Outcome.REFUSED
