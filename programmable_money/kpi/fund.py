# SPDX-License-Identifier: EUPL-1.2
"""From the events of a fund to what its key figures are computed from. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from programmable_money.kpi.budget import Credit
from programmable_money.kpi.payments import Payments
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent, from_unix

__all__ = ["FundFigures", "fund_figures"]


@dataclass(frozen=True, slots=True)
class FundFigures:
    """What happened in a fund."""

    credits: tuple[Credit, ...]
    payments: Payments


def fund_figures(events: Iterable[ChainEvent], fund: Address) -> FundFigures:
    """Read the events of one fund; others are passed over."""
    kept = [event for event in events if event.address == fund]
    credits = (
        Credit(event.arguments["account"], Amount(event.arguments["amount"]), from_unix(event.emitted_at))
        for event in kept
        if event.name == "Claimed"
    )
    return FundFigures(tuple(credits), Payments.of(kept, fund))
