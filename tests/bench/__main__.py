# SPDX-License-Identifier: EUPL-1.2
"""Measure, print, and write bench.json: ``python -m tests.bench --json bench.json``."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from programmable_money.node import find_anvil
from tests.bench.figures import (
    Figure,
    gas_figures,
    payment_figures,
    proof_figures,
    rate_figures,
    replay_figures,
    table_of,
)
from tests.bench.gas import measure_gas
from tests.bench.issuing import COPIES, measure_issuing
from tests.bench.machine import facts
from tests.bench.payments import measure_payments
from tests.bench.processor import load
from tests.bench.proofs import measure_issuance, measure_proofs
from tests.bench.replay import EVENTS, measure_replay
from tests.bench.sd_jwt import measure_sd_jwt
from tests.bench.steps import measure_steps

_TARGETS = {"0": 370_000, "2": 395_000}


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description="Measure what must hold, and print whether it does.")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where the figures are written")
    parser.add_argument("--rounds", type=int, default=60, help="times each proof is made and verified")
    parser.add_argument("--citizens", type=int, default=200, help="how many wallets fetch credentials over HTTP")
    parser.add_argument("--events", type=int, default=EVENTS, help="how many events are replayed")
    parser.add_argument("--short", action="store_true", help="offer payments for ten seconds instead of sixty")
    arguments = parser.parse_args()
    console = Console(highlight=False)
    result: dict[str, Any] = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": facts()}
    console.print(f"\nOne core of: {result['machine']['processor']}, Python {result['machine']['python']}")
    result["proofs"] = measure_proofs(arguments.rounds)
    _print_proofs(console, result["proofs"])
    figures: list[Figure] = proof_figures(result["proofs"], load())
    result["issuance"] = measure_issuance(arguments.rounds)
    steps = ", ".join(
        f"{name.removesuffix('_ms').replace('_', ' ')} {ms} ms" for name, ms in result["issuance"].items()
    )
    console.print(f"Issuing a credential blindly, medians: {steps}")
    result["sd_jwt"] = measure_sd_jwt(10 * arguments.rounds)
    _print_sd_jwt(console, result["sd_jwt"])
    result["issuing"] = measure_issuing(arguments.citizens)
    _print_issuing(console, result["issuing"])
    figures += rate_figures(result["sd_jwt"], result["issuing"], load())
    result["replay"] = measure_replay(arguments.events)
    _print_replay(console, result["replay"])
    figures += replay_figures(result["replay"], load())
    target = "anvil" if find_anvil() else "embedded"
    if target == "embedded":
        console.print(
            "!! Without Node.js there is no anvil: gas is that of the embedded chain, storage is not told apart."
        )
    result["gas"] = measure_gas(target)
    _print_gas(console, result["gas"])
    figures += gas_figures(result["gas"])
    if target == "anvil":
        result["steps"] = measure_steps()
        _print_steps(console, result["steps"])
        result["payments"] = measure_payments(10 if arguments.short else 60)
        _print_payments(console, result["payments"])
        figures += payment_figures(result["payments"])
    else:
        figures.append(Figure("payments", "50 a second", "not measured: no anvil", holds=False))
    console.print(table_of(figures))
    result["holds"] = {figure.name: figure.holds for figure in figures}
    arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    console.print(f"\nWritten to {arguments.json}.")


def _print_proofs(console: Console, proofs: dict[str, dict[str, float]]) -> None:
    console.print(_by_predicates("Claim proofs, medians", proofs))
    console.print("Making includes the wallet's own verification of what it made.\n")


def _print_sd_jwt(console: Console, sd_jwt: dict[str, dict[str, float]]) -> None:
    table = Table(title="\nSD-JWT VC with eight claims, ES256, a second on one core", title_justify="left")
    for heading in ("", "stuiver", "openvc-core", "times as fast"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, figures in sd_jwt.items():
        table.add_row(name.replace("_", " "), *(f"{figure:,}" for figure in figures.values()))
    console.print(table)


def _print_issuing(console: Console, issuing: dict[str, float]) -> None:
    console.print(
        f"Over HTTP, from the offer to {COPIES} SD-JWT VCs and a BBS credential: "
        f"{issuing['citizens_per_second']} citizens a second (to reach: 20), {issuing['failures']} failures; "
        f"median {issuing['median_ms']} ms, 95% within {issuing['p95_ms']} ms. Wallets run on the same cores."
    )


def _print_replay(console: Console, replay: dict[str, float]) -> None:
    console.print(
        f"Replaying {replay['events']:,} events into the ledger and the read model: {replay['total_seconds']} s "
        f"(to reach for 100,000: 60 s): decoding {replay['decode_seconds']} s, ledger {replay['ledger_seconds']} s, "
        f"read model {replay['read_model_seconds']} s."
    )


def _print_gas(console: Console, gas: dict[str, Any]) -> None:
    table = _by_predicates(f"Gas of a whole claim transaction, on {gas['chain']}", gas["claim"])
    table.add_row("to reach", *(f"{_TARGETS[count]:,}" if count in _TARGETS else "" for count in gas["claim"]))
    console.print(table)
    console.print(", ".join(f"{name.replace('_', ' ')} {used:,} gas" for name, used in gas["money"].items()))


def _print_steps(console: Console, steps: dict[str, dict[str, int]]) -> None:
    table = Table(title="\nGas of every step, by the contracts' own tests", title_justify="left")
    for heading in ("programme", "step", "gas"):
        table.add_column(heading, justify="right" if heading == "gas" else "left")
    for programme, used in steps.items():
        for number, (step, gas) in enumerate(used.items()):
            table.add_row("" if number else programme, step, f"{gas:,}")
    console.print(table)


def _print_payments(console: Console, payments: dict[str, Any]) -> None:
    console.print(
        f"From permit to confirmed through the relayer, on anvil and {payments['database']}, all on this machine: "
        f"{payments['offered_per_second']} payments a second offered, {payments['per_second']} confirmed; "
        f"median {payments['median_ms']} ms, 95% within {payments['p95_ms']} ms (to reach: 1000); "
        f"{payments['lost']} lost, {payments['doubled']} doubled."
    )
    spent = payments["processor_ms"]
    parts = ", ".join(f"{name} {ms} ms" for name, ms in spent.items())
    console.print(f"Of a core one payment takes {sum(spent.values()):.1f} ms: {parts}.")


def _by_predicates(title: str, figures: dict[str, dict[str, Any]]) -> Table:
    """A row for each figure, a column for each number of predicates."""
    table = Table(title=f"\n{title}", title_justify="left")
    table.add_column("predicates")
    for count in figures:
        table.add_column(count, justify="right")
    for name in next(iter(figures.values())):
        table.add_row(name.replace("_", " "), *(f"{row[name]:,}" for row in figures.values()))
    return table


if __name__ == "__main__":
    main()
