# SPDX-License-Identifier: EUPL-1.2
"""From the events of a task board and its purse to what the key figures are computed from. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from programmable_money.kpi.budget import Credit
from programmable_money.kpi.cells import Pseudonym, people_in
from programmable_money.kpi.model import Kpi, KpiValue
from programmable_money.kpi.payments import Payments
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
    """What happened on a board and with its coins.

    Attributes:
        owners: of payment accounts: the pseudonym that collected into each.
    """

    tasks: Tasks
    credits: tuple[Credit, ...]
    payments: Payments
    owners: Mapping[Address, Pseudonym]

    def who(self, account: Address) -> Pseudonym:
        """Whose an account is. Who cannot be told from others is nobody more than they are."""
        return self.owners.get(account, Pseudonym(account, account))

    def kpis(
        self,
        *,
        as_of: datetime,
        registered: int | None = None,
        cost: Amount | None = None,
        zone: tzinfo = UTC,
    ) -> tuple[KpiValue, ...]:
        """All key figures: those of the coins, then those of the tasks, then the cost where it is known.

        Args:
            as_of: the moment they are about, aware UTC; no event is later.
            registered: people who signed up, which only the sponsor knows.
            cost: what the programme cost beside the coins, which only the sponsor knows.
            zone: whose calendar the three months are of.
        """
        coins = purse_kpis(self.tasks, self.credits, self.payments.spending, as_of=as_of, zone=zone)
        values = [*coins, *task_kpis(self.tasks, registered=registered)]
        if cost is not None:
            people = people_in(self.who(made.account) for made in self.payments.made if made.cents)
            values.append(KpiValue.of(Kpi.COST_PER_EURO, cost.cents, self.payments.spent, people=people))
        return tuple(values)


def board_figures(events: Iterable[ChainEvent], board: Address, purse: Address) -> BoardFigures:
    """Read the events of one board and its purse; others are passed over.

    Raises:
        ValueError: a task was verified that was not published.
    """
    published: dict[int, int] = {}
    tasks: tuple[list[TaskPublished], list[TaskVerified], list[Collected]] = ([], [], [])
    credits: list[Credit] = []
    owners: dict[Address, Pseudonym] = {}
    ordered = sorted(events, key=lambda event: event.order)
    for event in ordered:
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
                owners[given["account"]] = Pseudonym(given["slot"], given["nullifier"])
                tasks[2].append(Collected(year, slot, given["nullifier"], given["time"], moment))
            case (address, "Credited") if address == purse:
                credits.append(Credit(given["account"], Amount(given["amount"]), moment))
            case _:
                continue
    return BoardFigures(Tasks(*tasks), tuple(credits), Payments.of(ordered, purse), owners)


def _outcome(quarters: int, worth: int) -> Outcome:
    if quarters == worth:
        return Outcome.FULL
    return Outcome.PART if quarters else Outcome.REFUSED
