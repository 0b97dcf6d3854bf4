# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money books``, ``sync``, ``scan`` and ``reasons``: what an auditor, that is anybody, can look at."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from programmable_money import raw
from programmable_money.books import BooksError
from programmable_money.chain import Chain
from programmable_money.cli.options import Funds, In, Rpc
from programmable_money.cli.sources import fund_at, municipality_of, nobody
from programmable_money.cli.telling import plainly, progress
from programmable_money.model import Language
from programmable_money.refusals import RefusalReason, sentence
from programmable_money.scan import Fragment, Needles, personal_values, scan
from programmable_money.store import Store

__all__ = ["app"]

app = typer.Typer()


@app.command()
def books(rpc: Rpc, fund: Funds, language: In = Language.EN) -> None:
    """Compute the books from all events and compare them with the contracts. Exits with 1 if they differ."""
    with plainly(language):
        chain = Chain.rpc(rpc)
        funds = [fund_at(chain, address) for address in fund]
        with progress("reading events", None):
            ledger = municipality_of(chain, funds, nobody(chain)).check_books(funds)
        result = ledger.books
        if not result.is_balanced:
            raise BooksError("supply", result.supply.cents, (result.deposits - result.settled).cents)
    table = Table("book", "amount", title="The books, equal to the contracts' own")
    for name in ("deposits", "settled", "supply", "unallocated", "accounts", "merchants", "outside"):
        table.add_row(name, getattr(result, name).format(language))
    Console().print(table)


@app.command()
def sync(
    rpc: Rpc,
    fund: Funds,
    database: Annotated[str, typer.Option("--database", help="Database URL, such as sqlite:///money.db.")],
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Throw the read model away and start again.")] = False,
) -> None:
    """Bring the read model up to date with the chain. It decides nothing and can be thrown away."""
    with plainly():
        chain = Chain.rpc(rpc)
        funds = [fund_at(chain, address) for address in fund]
        municipality = municipality_of(chain, funds, nobody(chain))
        store = Store(database)
        with progress("applying events", None):
            events = municipality.events(funds, from_block=0 if rebuild else max(0, store.last()[0]))
            applied = store.rebuild(events) if rebuild else store.apply(events)
        store.close()
    typer.echo(f"{applied} events applied")


@app.command("scan")
def scan_chain(
    rpc: Rpc,
    fund: Funds,
    people: Annotated[
        Path,
        typer.Option("--people", help="CSV with personal data, such as households.csv.", exists=True, dir_okay=False),
    ],
    from_block: Annotated[
        int, typer.Option("--from-block", help="First block, on a chain older than the contracts.")
    ] = 0,
) -> None:
    """Search everything on the chain for personal data, or a plain hash of it. Exits with 1 if there is any."""
    out = Console(highlight=False, soft_wrap=True)
    with plainly():
        chain = Chain.rpc(rpc)
        funds = [fund_at(chain, address) for address in fund]
        municipality = municipality_of(chain, funds, nobody(chain))
        with people.open(encoding="utf-8", newline="") as file:
            needles = Needles(personal_values(csv.DictReader(file)))
        contracts = [municipality.registry.contract, municipality.euro.contract, *(each.contract for each in funds)]
        public = frozenset(municipality.check_books(funds).public_numbers)
        with progress("searching", None) as advance:
            fragments = _counted(raw.fragments(chain, contracts, from_block=from_block), advance)
            report = scan(fragments, needles, public_numbers=public)
    for finding in report.findings:
        out.print(f"{finding.source}, {finding.form}: {finding.place}, octet {finding.offset}", style="red")
    typer.echo(
        f"{len(report.findings)} findings, {len(report.coincidences)} incomes equal to a public amount; "
        f"{report.octets} octets searched for {report.needles} forms"
    )
    if report.findings:
        raise typer.Exit(1)


@app.command()
def reasons(language: In = Language.EN) -> None:
    """List every reason why a contract may refuse, with the sentence that people get to read."""
    table = Table("reason", "what it says")
    for reason in RefusalReason:
        table.add_row(reason.value, sentence(reason, language))
    Console().print(table)


def _counted(fragments: Iterator[Fragment], advance: Callable[[], None]) -> Iterator[Fragment]:
    for fragment in fragments:
        advance()
        yield fragment
