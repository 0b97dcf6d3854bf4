# SPDX-License-Identifier: EUPL-1.2
"""The command ``stuiver up``."""

import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from edge.serving import LOOPBACK, Listener, Service, serve
from examples.kindpakket.cast import Cast
from issuer.app import IssuerSettings
from issuer.app import create_app as issuer_app
from issuer.errors import HouseholdFileError, IssuerError
from issuer.model import Household
from programmable_money.api import create_app as books_app
from programmable_money.audit import FundAuditor
from programmable_money.fund import Fund
from programmable_money.model import MoneyError
from programmable_money.relayer.app import embedded_app, embedded_relayer
from programmable_money.relayer.service import Relayer
from programmable_money.relayer.store import Outbox
from programmable_money.rpc import Gateway, Limits
from programmable_money.rpc.api import add_rpc, limiter
from programmable_money.rpc.embedded import EmbeddedAnswers
from programmable_money.settlement.store import SettlementStore
from programmable_money.shops.store import ShopStore
from programmable_money.trusting import ChainKeyRegistry
from ssi.errors import SsiError
from stuiver.up.api import START, StartPages, start_router
from stuiver.up.chain_thread import MainThreadRegistry
from stuiver.up.letters import LetterBox
from stuiver.up.ports import COUNT, PORT, Ports, take_ports
from stuiver.up.programme import Programme, UpError, auditor, open_programme
from stuiver.up.shops import TillShops, open_shops
from stuiver.up.town import EMPLOYEES, Town, build_town, open_town
from verifier.app import create_app as verifier_app
from verifier.app import create_desk_app
from verifier.errors import VerifierError

__all__ = ["up"]


def up(
    port: Annotated[
        int,
        typer.Option(min=1, max=65536 - COUNT, help="The first of six ports in a row on this machine."),
    ] = PORT,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start all over; the old chain and town are kept beside the new ones.")
    ] = False,
    households: Annotated[
        Path | None,
        typer.Option(help="For a new chain: your own household file with the columns of the sample.", dir_okay=False),
    ] = None,
    folder: Annotated[Path, typer.Option(file_okay=False, help="Where everything is kept.")] = Path(".stuiver"),
) -> None:
    """Start a municipality on this machine: a chain with a running Kindpakket, a validator, a verifier, pages to click.

    Stop it with Ctrl-C. The next start goes on where it stopped.
    """
    console = Console(highlight=False, soft_wrap=True)
    signal.signal(signal.SIGTERM, _interrupt)
    passphrases: dict[str, str] = {}

    def settle_in(home: Path, cast: Cast, fund: Fund, records: Sequence[Household]) -> None:
        passphrases.update(build_town(home, ports, cast, fund, records))

    try:
        with (
            take_ports(port) as (ports, listeners),
            open_programme(
                folder, fresh=fresh, households=households, settle_in=settle_in, console=console
            ) as programme,
        ):
            registry = MainThreadRegistry(ChainKeyRegistry.of(programme.registry))
            town = open_town(programme.home, ports, registry, _now)
            reader = auditor(programme)
            papers = f"sqlite:///{programme.home / 'shops.sqlite'}"
            with (
                closing(Outbox(f"sqlite:///{programme.home / 'outbox.sqlite'}")) as outbox,
                closing(ShopStore(papers)) as store,
                closing(SettlementStore(papers)) as employees,
            ):
                relayer = embedded_relayer(programme.chain, outbox, programmes=[programme.fund.address])
                shops = open_shops(programme, store, employees, relayer, ports, _now)
                apps = _services(programme, town, ports, reader, relayer, shops, listeners)
                _tell(reader, passphrases, ports, console)
                serve(*apps, started=registry.answer_others)
            console.print("\nStopped. The next start goes on from here.")
    except KeyboardInterrupt:
        console.print("\nStopped before it was ready. Nothing that was there is lost.")
    except (UpError, MoneyError, IssuerError, VerifierError, SsiError, OSError) as error:
        lines = error.rows if isinstance(error, HouseholdFileError) else ()
        typer.echo("\n  ".join([f"stuiver up: {error}", *map(str, lines)]), err=True)
        raise typer.Exit(1) from error


def _services(
    programme: Programme,
    town: Town,
    ports: Ports,
    reader: FundAuditor,
    relayer: Relayer,
    shops: TillShops,
    listeners: Sequence[Listener],
) -> tuple[Service, ...]:
    """Everything that answers, in the order of the ports."""
    letters = LetterBox(programme.home, town.desk, town.sender, EMPLOYEES, _now)
    letters.fill()
    home = programme.home.resolve()
    books = books_app(reader, hosts=[LOOPBACK, "localhost"], is_example=True)
    books.include_router(
        start_router(
            StartPages(
                ports,
                letters,
                town.verifier,
                town.trust.resolve(),
                programme.fund.address,
                programme.registry.contract.address,
                town.anchor.resolve(),
                home,
                Path(sys.argv[0]).resolve().parent,
                shops,
            )
        )
    )
    limits = Limits()
    add_rpc(books, Gateway(EmbeddedAnswers(programme.chain, limits), limits), rate=limiter())
    apps = (
        books,
        issuer_app(IssuerSettings(Ports.url(ports.issuer), sender=town.sender), town.desk, town.keys),
        verifier_app(town.verifier),
        create_desk_app(town.verifier),
        embedded_app(relayer, hosts=[LOOPBACK, "localhost"]),
        shops.service.app(hosts=[LOOPBACK, "localhost"], public_url=shops.url),
    )
    return tuple(Service(app, listener) for app, listener in zip(apps, listeners, strict=True))


def _tell(reader: FundAuditor, passphrases: Mapping[str, str], ports: Ports, console: Console) -> None:
    """Say that it is there."""
    books = reader.read()
    verdict = "the books balance" if books.is_checked else "[red]the books do not balance[/red]"
    title = f"{books.rulebook.title.en} {books.period}"
    console.print(f"{title}: {books.counts['claims']} claims, {books.counts['payments']} payments, {verdict}.")
    if _now().year > books.period:
        console.print("That year is over. For a programme of this year: stuiver up --fresh")
    if passphrases:
        console.print("\n  Employees of the desk, for this machine only; shown this once:")
        for name, passphrase in passphrases.items():
            console.print(f"    {name:<6} {passphrase}")
    console.print(f"\n  Open [bold]{Ports.url(ports.books)}{START}[/bold] in your browser. Ctrl-C stops it.\n")


def _now() -> datetime:
    return datetime.now(UTC)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
