# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money open-books``: what a sponsor publishes about a programme of any kind, as pages or as a file."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from edge.hosts import hosts_of
from edge.serving import LOOPBACK, Service, listen, serve, url_of
from programmable_money.api import create_app
from programmable_money.audit import BooksAuditor, Names, Publisher, Told, auditor_of
from programmable_money.chain import Chain
from programmable_money.cli.options import Rpc
from programmable_money.cli.sources import finder_of, fund_at, programme_named
from programmable_money.cli.telling import plainly, progress
from programmable_money.fund import Fund
from programmable_money.messages import Address, parse_address
from programmable_money.messages.pass_offers import PassOffer
from programmable_money.model import Amount
from programmable_money.passes.contract import Pass
from programmable_money.tasks.board import TaskBoard
from ssi.atomic_file import create_file
from ssi.credential.document import Wording
from ssi.rulebook.model import ProgrammeKind, Rulebook

__all__ = ["PORT", "app"]

PORT = 8025

app = typer.Typer(help="Publish the books of a programme: for anyone, without a login.", no_args_is_help=True)

FundNamed = Annotated[str | None, typer.Option("--fund", help="Address of a fund's contract.")]
PassNamed = Annotated[str | None, typer.Option("--pass", help="Address of a pass's contract.")]
BoardNamed = Annotated[str | None, typer.Option("--board", help="Address of a task board's contract.")]
Sponsor = Annotated[str, typer.Option("--sponsor", help="Who pays, in words, such as 'Gemeente Westland'.")]
ShopList = Annotated[
    Path | None,
    typer.Option(
        "--shops",
        help="CSV with the columns account and name. A shop that is not there goes by its account.",
        exists=True,
        dir_okay=False,
    ),
]
OfferFolder = Annotated[
    Path | None,
    typer.Option("--offers", help="Folder with the documents of a pass's offers.", exists=True, file_okay=False),
]
Given = Annotated[
    Path | None,
    typer.Option("--rulebook", help="The rulebook, if it does not come with stuiver.", exists=True, dir_okay=False),
]
Entitled = Annotated[
    int | None, typer.Option("--entitled", min=1, help="Who was told of it or, of tasks, signed up; only you know.")
]
Cost = Annotated[str | None, typer.Option("--cost", help="Euros the programme cost beside what was spent.")]


@app.command("serve")
def serve_books(
    rpc: Rpc,
    sponsor: Sponsor,
    fund: FundNamed = None,
    pass_: PassNamed = None,
    board: BoardNamed = None,
    shops: ShopList = None,
    offers: OfferFolder = None,
    rulebook: Given = None,
    entitled: Entitled = None,
    cost: Cost = None,
    host: Annotated[str, typer.Option("--host", help="The address of this machine to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")] = PORT,
    public_url: Annotated[
        str | None, typer.Option("--public-url", help="Where people find it, such as https://boeken.example.")
    ] = None,
) -> None:
    """Serve the open books: pages for people, and /books.json for programs. Ctrl-C ends it.

    On this machine it works at once. For the public, put a server with a certificate before it.
    """
    with plainly():
        auditor = _auditor(rpc, (fund, pass_, board), sponsor, shops, offers, rulebook, entitled, cost)
        with progress("reading the chain", None):
            books = auditor.read()
        with listen(port, host) as listener:
            address = public_url or url_of(listener, host)
            application = create_app(auditor, hosts=hosts_of(address), https=address.startswith("https:"))
            verdict = "they balance" if books.is_checked else "THEY DO NOT BALANCE"
            typer.echo(f"The open books of {books.rulebook.title.en} {books.period} are at {address}/: {verdict}.")
            typer.echo(f"Anyone audits them with --published {address}/books.json. Ctrl-C ends this.")
            serve(Service(application, listener))


@app.command("write")
def write_books(
    rpc: Rpc,
    sponsor: Sponsor,
    fund: FundNamed = None,
    pass_: PassNamed = None,
    board: BoardNamed = None,
    shops: ShopList = None,
    offers: OfferFolder = None,
    rulebook: Given = None,
    entitled: Entitled = None,
    cost: Cost = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where to write it; there must be no file yet. Without it, it is printed."),
    ] = None,
) -> None:
    """Write the open books as of the newest block (JSON). Exits with 1 if they are not the contracts' own."""
    with plainly():
        auditor = _auditor(rpc, (fund, pass_, board), sponsor, shops, offers, rulebook, entitled, cost)
        with progress("reading the chain", None):
            books = auditor.read()
        document = json.dumps(books.to_json(), indent=1, ensure_ascii=False)
        if out is None:
            typer.echo(document)
        else:
            create_file(out, document.encode() + b"\n")
    if not books.is_checked:
        typer.echo('The books do not balance: see "checks" for the difference.', err=True)
        raise typer.Exit(1)


def _auditor(
    rpc: str,
    named: tuple[str | None, str | None, str | None],
    sponsor: str,
    shops: Path | None,
    offers: Path | None,
    rulebook: Path | None,
    entitled: int | None,
    cost: str | None,
) -> BooksAuditor:
    kind, address = programme_named(*named)
    chain = Chain.rpc(rpc)
    programme = _OPENED[kind](chain, parse_address(address))
    with _one_sentence():
        followed, types = finder_of(rulebook)(programme.scope().rulebook_hash)
    titles = {} if offers is None else _titles(offers, followed)
    names = Names(sponsor, {} if shops is None else _names(shops), titles)
    told = Told(entitled, None if cost is None else Amount.from_euros(cost))
    return auditor_of(programme, followed, types, Publisher(names, lambda: datetime.now(UTC), told))


@contextmanager
def _one_sentence() -> Iterator[None]:
    """A rulebook that nobody knows is told as every other mistake is."""
    try:
        yield
    except LookupError as error:
        raise ValueError(error.args[0]) from error


def _names(path: Path) -> Mapping[Address, str]:
    """The shops' names by account; ValueError for a file without them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"account", "name"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{path.name}: its first line must name the columns account and name")
        return {parse_address(row["account"]): row["name"] for row in rows}


def _titles(folder: Path, rulebook: Rulebook) -> Mapping[bytes, Wording]:
    """Titles of offers by the hash of their documents."""
    if rulebook.kind is not ProgrammeKind.PASS:
        raise ValueError("only a pass has offers")
    found = (PassOffer.from_json(path.read_bytes(), rulebook) for path in sorted(folder.glob("*.json")))
    return {offer.description: offer.title for offer in found}


_OPENED: Mapping[ProgrammeKind, Callable[[Chain, Address], Fund | Pass | TaskBoard]] = {
    ProgrammeKind.FUND: fund_at,
    ProgrammeKind.PASS: lambda chain, address: Pass(chain, chain.at("Pass", address)),
    ProgrammeKind.TASKS: lambda chain, address: TaskBoard(chain, chain.at("TaskBoard", address)),
}
