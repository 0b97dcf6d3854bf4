# SPDX-License-Identifier: EUPL-1.2
"""The report of an audit for a person, on a terminal or in a file."""

from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console
from rich.table import Table

from programmable_money.audit.report import AuditReport, Difference
from programmable_money.kpi import Kpi, KpiValue
from programmable_money.kpi.cells import SMALL_CELL, Shown
from programmable_money.model import Amount, from_unix
from ssi.rulebook.model import ProgrammeKind

__all__ = ["print_report"]

_PROGRAMMES: Final[Mapping[ProgrammeKind, str]] = {
    ProgrammeKind.FUND: "fund",
    ProgrammeKind.PASS: "pass",
    ProgrammeKind.TASKS: "task board",
}
_BOOKS: Final[Mapping[str, str]] = {
    "deposits": "paid in at the bank",
    "settled": "paid to shops by the bank",
    "supply": "so there must be",
    "unallocated": "free budget",
    "accounts": "with citizens",
    "merchants": "owed to shops",
    "outside": "in no budget, or another programme's",
}
_KPIS: Final[Mapping[Kpi, str]] = {
    Kpi.ACTIVATED: "activated",
    Kpi.SPENT: "spent",
    Kpi.SPENT_WITHIN_THREE_MONTHS: "spent within three months",
    Kpi.HOURS: "hours",
    Kpi.VALIDATED: "tasks validated in full",
    Kpi.COMPLETED: "tasks completed",
    Kpi.ACTIVE: "people active, at least",
    Kpi.ACTIVE_AT_MOST: "people active, at most",
    Kpi.COST_PER_EURO: "cost for each euro spent",
}
_MONEY: Final = frozenset({Kpi.SPENT, Kpi.SPENT_WITHIN_THREE_MONTHS})
_HELD_BACK: Final = f"held back: fewer than {SMALL_CELL} people"


def print_report(report: AuditReport, out: Console) -> None:
    """Everything that was found; the verdict comes last."""
    _heading(report, out)
    books, figures = report.books, report.figures
    money = ((words, getattr(books, name).format(), "") for name, words in _BOOKS.items())
    happened = ((_words(name), _count(name, count), "") for name, count in figures.counts.items())
    out.print(_table("The money", money))
    out.print(_table("What happened", happened))
    out.print(_table("Key figures", ((_KPIS[kpi.kpi], _value(kpi), _share(kpi)) for kpi in figures.kpis)))
    for by, lines in figures.spending.items():
        out.print(_table(f"Spent by {by}", ((_keys(by, line), _spent(line), _times(line)) for line in lines)))
    checked = report.checked
    out.print(
        _table(
            "Checked",
            (
                ("blocks read", f"{checked.blocks:,}", ""),
                ("events followed, each against the rules", f"{checked.events:,}", ""),
                ("proofs verified again", f"{checked.proofs:,}", ""),
                ("signatures verified again", f"{checked.signatures:,}", ""),
                ("answers of the contracts", f"{checked.storage:,}", ""),
                ("published figures", f"{checked.published:,}" if checked.published else "none were given", ""),
            ),
        )
    )
    if report.is_signed_off:
        out.print("SIGNED OFF: no difference.", style="green")
        return
    count = len(report.differences)
    out.print(f"NOT SIGNED OFF: {count} difference{'' if count == 1 else 's'}.", style="red")
    for difference in report.differences:
        out.print(f"  {difference.kind.value}{_place(difference)}: {difference.text}", markup=False)


def _heading(report: AuditReport, out: Console) -> None:
    out.print(f"Audit of the {_PROGRAMMES[report.kind]} {report.programme}", style="bold")
    out.print(f"Rulebook {report.rulebook}, chain {report.chain_id}")
    out.print(f"As of block {report.block}, {from_unix(report.at):%Y-%m-%d %H:%M:%S} UTC, {report.block_hash}")
    out.print(f"Sponsor {report.sponsor}")
    for hand_over in report.hand_overs:
        moment = from_unix(hand_over.at)
        out.print(f"Handed over by {hand_over.former} on {moment:%Y-%m-%d %H:%M} UTC, block {hand_over.block}")
    out.print("")


def _table(title: str, rows: Iterable[tuple[str, str, str]]) -> Table:
    table = Table(title=f"[bold]{title}[/bold]", title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right")
    table.add_column(justify="right")
    for row in rows:
        table.add_row(*row)
    table.add_row("", "", "")
    return table


def _words(name: str) -> str:
    return name.removesuffix("_cents").replace("_", " ")


def _count(name: str, count: int) -> str:
    return Amount(count).format() if name.endswith("_cents") else f"{count:,}"


def _keys(by: str, line: Shown) -> str:
    return " + ".join(f"offer {key}" if by == "offer" else key for key in line.keys)


def _spent(line: Shown) -> str:
    return _HELD_BACK if line.cents is None else Amount(line.cents).format()


def _times(line: Shown) -> str:
    return "" if line.payments is None else f"in {line.payments:,}"


def _value(kpi: KpiValue) -> str:
    if kpi.value is None:
        return _HELD_BACK
    if kpi.kpi is Kpi.COST_PER_EURO:
        return "nothing was spent" if kpi.per_mille is None else Amount(kpi.per_mille // 10).format()
    if kpi.kpi is Kpi.HOURS:
        return f"{kpi.value / 4:.2f}"
    return Amount(kpi.value).format() if kpi.kpi in _MONEY else f"{kpi.value:,}"


def _share(kpi: KpiValue) -> str:
    if kpi.per_mille is None or kpi.kpi is Kpi.COST_PER_EURO:
        return ""
    return f"{kpi.per_mille // 10}.{kpi.per_mille % 10}%"


def _place(difference: Difference) -> str:
    place = "" if difference.block is None else f" block {difference.block}"
    return place if difference.transaction is None else f"{place} transaction {difference.transaction}"
