# SPDX-License-Identifier: EUPL-1.2
"""The figures that must hold, each with what was measured and how busy the machine was at the time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich.table import Table

__all__ = ["Figure", "gas_figures", "payment_figures", "proof_figures", "rate_figures", "replay_figures", "table_of"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that must hold.

    Attributes:
        load: how many processes wanted a core while it was measured; None for gas, which no load changes.
    """

    name: str
    to_reach: str
    measured: str
    holds: bool
    load: float | None = None


def proof_figures(proofs: dict[str, dict[str, float]], load: float) -> list[Figure]:
    """Making and verifying the proof of a claim with two predicates."""
    made, verified = proofs["2"]["make_ms"], proofs["2"]["verified_per_second"]
    return [
        Figure("making a proof, two predicates", "under 10 ms", f"{made} ms", made < 10, load),
        Figure("verifying it, a second on one core", "200", f"{verified}", verified >= 200, load),
    ]


def rate_figures(sd_jwt: dict[str, dict[str, float]], issuing: dict[str, float], load: float) -> list[Figure]:
    """SD-JWT beside openvc-core, and credentials over HTTP."""
    figures = [
        Figure(
            f"SD-JWT VC, {name.replace('_', ' ')}, against openvc-core",
            "1.00 times as fast",
            f"{rates['times_as_fast']:.2f} times",
            rates["times_as_fast"] >= 1,
            load,
        )
        for name, rates in sd_jwt.items()
    ]
    rate, failures = issuing["citizens_per_second"], issuing["failures"]
    holds = rate >= 20 and not failures
    measured = f"{rate}, {failures} failures"
    return [*figures, Figure("issuing, citizens a second", "20, no failures", measured, holds, load)]


def replay_figures(replay: dict[str, float], load: float) -> list[Figure]:
    """A year's events into the ledger and the read model."""
    seconds = replay["total_seconds"] * 100_000 / replay["events"]
    measured = f"{replay['total_seconds']} s for {replay['events']:,}"
    return [Figure("replay of 100,000 events", "under 60 s", measured, seconds < 60, load)]


def gas_figures(gas: dict[str, Any]) -> list[Figure]:
    """Whole transactions."""
    most = {"a claim, no predicate": 370_000, "a claim, two predicates": 395_000, "a payment": 90_000}
    used = gas["claim"]["0"]["total"], gas["claim"]["2"]["total"], gas["money"]["payment"]
    return [
        Figure(f"gas of {name}", f"under {limit:,}", f"{cost:,}", cost < limit)
        for (name, limit), cost in zip(most.items(), used, strict=True)
    ]


def payment_figures(payments: dict[str, Any]) -> list[Figure]:
    """From permit to confirmed, and the processor time of it."""
    load, rate, offered = payments["machine_load"], payments["per_second"], payments["offered_per_second"]
    slow, lost, doubled = payments["p95_ms"], payments["lost"], payments["doubled"]
    spent = round(sum(payments["processor_ms"].values()), 1)
    most = 2 * 1000 / offered / 2  # two cores, and half of them for everything else
    name = f"payments, {payments['offered']:,} offered"
    return [
        Figure(f"{name}, a second", f"{offered}", f"{rate}", round(rate) >= offered, load),
        Figure(f"{name}, 95% within", "1000 ms", f"{slow} ms", slow is not None and slow < 1000, load),
        Figure(f"{name}, lost or doubled", "0", f"{lost} lost, {doubled} doubled", not lost and not doubled, load),
        Figure("processor time of one payment", f"under {most:.0f} ms", f"{spent} ms", 0 < spent < most, load),
    ]


def table_of(figures: Iterable[Figure]) -> Table:
    """Everything that must hold, and whether it does."""
    table = Table(title="\nWhat must hold, and does it?", title_justify="left")
    for heading in ("", "to reach", "measured", "holds", "machine's load"):
        table.add_column(heading, justify="left" if not heading else "right")
    for one in figures:
        load = "" if one.load is None else f"{one.load}"
        table.add_row(one.name, one.to_reach, one.measured, "yes" if one.holds else "NO", load)
    return table
