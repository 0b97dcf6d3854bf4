# SPDX-License-Identifier: EUPL-1.2
"""``stuiver audit``: anyone audits a programme, with nothing but the address of a node and of its contract.

Standard output has the report, as a table or as JSON; what it is doing is shown on standard error, to people only. It
ends with 0 when it is signed off, and with 1 when there is a difference or the audit could not be made.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

import specs
from edge.fetch import FetchError, GuardedFetch
from programmable_money.audit.bank import BankDeposits, read_deposit_list, read_deposit_statements
from programmable_money.audit.published import PublishedFigures
from programmable_money.audit.report import AuditReport
from programmable_money.audit.service import AuditRequest, audit
from programmable_money.chain import Chain
from programmable_money.cli.sources import find_published
from programmable_money.kpi import Kpi, KpiValue
from programmable_money.messages import parse_address
from programmable_money.model import Amount, MoneyError, from_unix
from ssi.credential.types import CredentialType
from ssi.errors import SsiError
from ssi.rulebook.model import ProgrammeKind, Rulebook

__all__ = ["audit_fund", "find_rulebook"]

_MOST_RULEBOOK: Final = 262_144
_WORDS: Final[Mapping[Kpi, str]] = {
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


def audit_fund(
    rpc: Annotated[
        str, typer.Option("--rpc", envvar="STUIVER_RPC", help="Address of a node, such as http://127.0.0.1:8017/rpc.")
    ],
    fund: Annotated[str | None, typer.Option("--fund", help="Address of a fund's contract.")] = None,
    pass_: Annotated[str | None, typer.Option("--pass", help="Address of a pass's contract.")] = None,
    board: Annotated[str | None, typer.Option("--board", help="Address of a task board's contract.")] = None,
    published: Annotated[
        str | None, typer.Option("--published", help="What the sponsor publishes: a file, or the URL of books.json.")
    ] = None,
    bank: Annotated[
        Path | None,
        typer.Option(
            "--bank",
            help="CSV of the bank's deposits with the columns reference, amount and date, such as "
            "KP-2026-1,3000.00,2026-03-01.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    bank_statement: Annotated[
        list[Path] | None,
        typer.Option(
            "--bank-statement",
            help="The bank's own statement of the account with the deposits (camt.053); repeat for each.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    rulebook: Annotated[
        Path | None,
        typer.Option("--rulebook", help="The rulebook, if it is none that comes with stuiver.", exists=True),
    ] = None,
    chain: Annotated[int | None, typer.Option("--chain", help="The chain id that it must be.")] = None,
    from_block: Annotated[
        int, typer.Option("--from-block", min=0, help="First block to read, on a chain older than the contracts.")
    ] = 0,
    entitled: Annotated[
        int | None, typer.Option("--entitled", min=1, help="Households that were told of it, for the key figures.")
    ] = None,
    cost: Annotated[
        str | None, typer.Option("--cost", help="Euros the programme cost beside what was spent, for the key figures.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Audit a programme from the chain alone: replay it, verify every proof and signature again, compare every figure.

    Needs no login. Ends with 0 when it is signed off, and with 1 when there is any difference; all are listed.
    """
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        kind, address = _one_of(fund, pass_, board)
        request = AuditRequest(
            parse_address(address),
            find_rulebook if rulebook is None else _given(rulebook),
            kind,
            chain_id=chain,
            published=None if published is None else PublishedFigures.from_json(_octets_of(published)),
            bank=_bank(bank, bank_statement or ()),
            from_block=from_block,
            entitled=entitled,
            cost=None if cost is None else Amount.from_euros(cost),
        )
        with _bars() as bars:
            report = audit(Chain.rpc(rpc), request, bars)
    except (MoneyError, SsiError, LookupError, ValueError, OSError) as error:
        errors.print(f"The audit could not be made: {error}", style="red", markup=False)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=1))
    else:
        _print(report, Console(highlight=False, soft_wrap=True))
    if not report.is_signed_off:
        raise typer.Exit(1)


def _one_of(fund: str | None, pass_: str | None, board: str | None) -> tuple[ProgrammeKind, str]:
    given = [
        (kind, address)
        for kind, address in zip(ProgrammeKind, (fund, pass_, board), strict=True)
        if address is not None
    ]
    if len(given) != 1:
        raise ValueError("say which programme: --fund, --pass or --board, and one of them")
    return given[0]


def find_rulebook(rulebook_hash: bytes) -> tuple[Rulebook, tuple[CredentialType, ...]]:
    """The rulebook with this hash among those that come with stuiver, and the types of credential that it names.

    Raises:
        LookupError: there is none.
    """
    found = find_published(rulebook_hash)
    if found is not None:
        return found, _types_of(found)
    raise LookupError(f"the fund follows a rulebook that is not known here: 0x{rulebook_hash.hex()}; give --rulebook")


def _bank(deposits: Path | None, statements: Sequence[Path]) -> BankDeposits | None:
    """The bank's side, by a list or by its statements; None when there is neither."""
    if deposits is not None and statements:
        raise ValueError("give the bank's deposits as a list or as statements, not both")
    if statements:
        return read_deposit_statements([path.read_bytes() for path in statements])
    return None if deposits is None else read_deposit_list(deposits)


def _given(path: Path) -> Callable[[bytes], tuple[Rulebook, tuple[CredentialType, ...]]]:
    octets = path.read_bytes()
    if len(octets) > _MOST_RULEBOOK:
        raise ValueError("the rulebook is too long")
    rulebook = Rulebook.from_json(octets)
    return lambda _: (rulebook, _types_of(rulebook))


def _types_of(rulebook: Rulebook) -> tuple[CredentialType, ...]:
    return tuple(CredentialType.from_json(specs.credential_type_octets(*named)) for named in rulebook.types)


def _octets_of(source: str) -> bytes:
    """What a file or a URL holds; a service on this machine may be asked, too."""
    if not source.startswith(("http://", "https://")):
        return Path(source).read_bytes()
    try:
        return GuardedFetch.for_this_machine().get(source, accept="application/json").octets
    except FetchError as error:
        raise ValueError(f"what is published cannot be had: {error}") from error


class _Bars:
    """The steps of an audit as progress bars."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._last: TaskID | None = None

    def start(self, what: str, total: int) -> Callable[[int], None]:
        """A step begins, and the one before is done."""
        if self._last is not None:
            self._shown.remove_task(self._last)
        task = self._last = self._shown.add_task(what, total=total)
        return lambda done: self._shown.advance(task, done)


@contextmanager
def _bars() -> Iterator[_Bars]:
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        yield _Bars(shown)


def _print(report: AuditReport, out: Console) -> None:
    books, checked = report.books, report.checked
    out.print(
        f"{report.kind.value.capitalize()} {report.programme} on chain {report.chain_id}, rulebook {report.rulebook}"
    )
    out.print(f"As of block {report.block}, {report.block_hash}")
    out.print(f"Sponsor {report.sponsor}")
    for hand_over in report.hand_overs:
        moment = from_unix(hand_over.at)
        out.print(f"Handed over by {hand_over.former} on {moment:%Y-%m-%d %H:%M} UTC, block {hand_over.block}")
    out.print("")
    table = Table("what the events say", "", show_header=False, box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for name in ("deposits", "settled", "supply", "unallocated", "accounts", "merchants", "outside"):
        table.add_row(name, getattr(books, name).format())
    for name, count in report.figures.counts.items():
        words = name.removesuffix("_cents").replace("_", " ")
        table.add_row(words, Amount(count).format() if name.endswith("_cents") else str(count))
    for kpi in report.figures.kpis:
        table.add_row(_WORDS[kpi.kpi], _in_words(kpi))
    out.print(table)
    for by, cells in report.figures.spending.items():
        out.print(f"\nSpent by {by}")
        for cell in cells:
            what = "held back: too few accounts" if cell.cents is None else Amount(cell.cents).format()
            out.print(f"  {' + '.join(cell.keys)}: {what}", markup=False)
    out.print(
        f"\nChecked: {checked.events} events in {checked.blocks} blocks, {checked.proofs} claim proofs, "
        f"{checked.signatures} signatures, {checked.storage} answers of the contracts, "
        f"{checked.published} published figures."
    )
    if report.is_signed_off:
        out.print("SIGNED OFF: no difference.", style="green")
        return
    out.print(f"NOT SIGNED OFF: {len(report.differences)} differences.", style="red")
    for difference in report.differences:
        place = "" if difference.block is None else f" block {difference.block}"
        place += "" if difference.transaction is None else f" transaction {difference.transaction}"
        out.print(f"  {difference.kind.value}{place}: {difference.text}", markup=False)


def _in_words(kpi: KpiValue) -> str:
    if kpi.value is None:
        return "held back: too few people"
    if kpi.kpi is Kpi.COST_PER_EURO:
        return (
            "nothing was spent"
            if kpi.per_mille is None
            else f"€{kpi.per_mille // 1000}.{kpi.per_mille % 1000 // 10:02}"
        )
    if kpi.kpi is Kpi.HOURS:
        return f"{kpi.value / 4:.2f}"
    value = Amount(kpi.value).format() if kpi.kpi in _MONEY else str(kpi.value)
    return value if kpi.per_mille is None else f"{value}, {kpi.per_mille // 10}.{kpi.per_mille % 10}%"
