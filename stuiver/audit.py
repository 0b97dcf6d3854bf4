# SPDX-License-Identifier: EUPL-1.2
"""``stuiver audit``: anyone audits a programme, with nothing but the address of a node and of its contract.

Standard output has the report, as a table or as JSON; what it is doing is shown on standard error, to people only. It
ends with 0 when it is signed off, and with 1 when there is a difference or the audit could not be made.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from edge.fetch import FetchError, GuardedFetch
from programmable_money.audit.bank import BankDeposits, read_deposit_list, read_deposit_statements
from programmable_money.audit.published import PublishedFigures
from programmable_money.audit.service import AuditRequest, audit
from programmable_money.chain import Chain
from programmable_money.cli.sources import finder_of, programme_named
from programmable_money.messages import parse_address
from programmable_money.model import Amount, MoneyError
from ssi.errors import SsiError
from stuiver.audit_report import print_report

__all__ = ["audit_programme"]


def audit_programme(
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
        typer.Option("--rulebook", help="The rulebook, if it does not come with stuiver.", exists=True),
    ] = None,
    chain: Annotated[int | None, typer.Option("--chain", help="The chain id that it must be.")] = None,
    from_block: Annotated[
        int, typer.Option("--from-block", min=0, help="First block to read, on a chain older than the contracts.")
    ] = 0,
    entitled: Annotated[
        int | None,
        typer.Option("--entitled", min=1, help="How many were told of it or, of tasks, signed up."),
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
        kind, address = programme_named(fund, pass_, board)
        request = AuditRequest(
            parse_address(address),
            finder_of(rulebook),
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
        print_report(report, Console(highlight=False, soft_wrap=True))
    if not report.is_signed_off:
        raise typer.Exit(1)


def _bank(deposits: Path | None, statements: Sequence[Path]) -> BankDeposits | None:
    """The bank's side, by a list or by its statements; None when there is neither."""
    if deposits is not None and statements:
        raise ValueError("give the bank's deposits as a list or as statements, not both")
    if statements:
        return read_deposit_statements([path.read_bytes() for path in statements])
    return None if deposits is None else read_deposit_list(deposits)


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
