# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money shop serve``, ``link`` and ``desk-link``: shops and the sponsor's employees in browsers."""

from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Annotated, Final

import typer

from programmable_money.chain import Chain
from programmable_money.cli.options import Database, FundOption, In, Rpc, RulebookOption
from programmable_money.cli.shop_sources import Keys, ShopOption, explained, list_of_shops, present, register_of
from programmable_money.cli.sources import fund_at, key_from
from programmable_money.messages import parse_address
from programmable_money.model import Language
from programmable_money.relayer.model import RelayerSettings
from programmable_money.relayer.store import Outbox
from programmable_money.settlement.store import SettlementStore
from programmable_money.shops.desk import KeyFolder
from programmable_money.shops.model import KeyKind
from programmable_money.shops.pairing import PairingLinks

__all__ = ["PORT", "app"]

PORT: Final = 8023
HOST: Final = "127.0.0.1"

app = typer.Typer()

PublicUrl = Annotated[
    str, typer.Option("--public-url", help="Where browsers and wallets find it, such as https://shops.example.")
]
Employee = Annotated[
    str, typer.Option("--employee", help="Name of the employee, as `stuiver money settlement employee-add` has it.")
]


@app.command("serve")
def serve_shops(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    rulebook: RulebookOption,
    keys: Keys,
    key_files: Annotated[
        list[Path],
        typer.Option(
            "--key-file",
            help="File with the private key of an account that pays fees, for nothing else; repeat for each account. "
            "Without it `stuiver money relayer serve` carries, on the same outbox.",
            exists=True,
            dir_okay=False,
            default_factory=list,
        ),
    ],
    outbox: Annotated[
        str | None,
        typer.Option(
            "--outbox", envvar="STUIVER_RELAYER_DATABASE", help="Database of the relayer; --database when left out."
        ),
    ] = None,
    sponsor_key_file: Annotated[
        Path | None,
        typer.Option(
            "--sponsor-key-file",
            help="File with the sponsor's key: shops are approved and suspended on the chain as soon as that is "
            "decided. Without it the desk says which command does that.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="The address of this machine to listen on.")] = HOST,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = PORT,
    public_url: PublicUrl = "",
    depth: Annotated[
        int,
        typer.Option("--depth", min=1, help="Blocks until a transaction is final: 1 where blocks never change."),
    ] = 1,
) -> None:
    """Serve shops and the sponsor's employees in their browsers. Ctrl-C ends it; the next start goes on.

    On this machine it works at once. For the public, put a server with a certificate before it; several processes may
    serve with the same databases.
    """
    # With the web framework, which the other commands do without.
    from edge.hosts import hosts_of
    from programmable_money.relayer.app import serve, working
    from programmable_money.shops.app import ShopService

    address = (public_url or f"http://{host}:{port}").rstrip("/")
    with explained(), ExitStack() as stack:
        store = stack.enter_context(list_of_shops(database))
        employees = stack.enter_context(closing(SettlementStore(database)))
        errands = stack.enter_context(closing(Outbox(outbox or database)))
        chain = Chain.rpc(rpc, relayer_keys=[key_from(path) for path in key_files])
        opened = fund_at(chain, fund)
        register = register_of(store, opened, rulebook)
        settings = RelayerSettings(depth=depth)
        relayer, _ = stack.enter_context(working(chain, errands, programmes=[opened.address], settings=settings))
        service = ShopService.of(
            register,
            opened,
            keys=KeyFolder(keys),
            employees=employees,
            relayer=relayer,
            events=lambda: chain.events([opened.contract]),
            sponsor=None if sponsor_key_file is None else chain.account(key_from(sponsor_key_file)),
            title=f"{register.rulebook.title.nl} {opened.rules().period}",
        )
        application = service.app(hosts=hosts_of(address), public_url=address)
        typer.echo(f"Shops apply at {address}/apply; employees decide at {address}/desk. Ctrl-C ends it.")
        with suppress(KeyboardInterrupt):
            serve(application, host=host, port=port)


@app.command("link")
def link(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    rulebook: RulebookOption,
    shop: ShopOption,
    kind: Annotated[KeyKind, typer.Option("--kind", help="till: takes payments. employee: also gives money back.")],
    label: Annotated[str, typer.Option("--label", help="What it is called on statements, such as till 2.")],
    public_url: PublicUrl = f"http://{HOST}:{PORT}",
    language: In = Language.EN,
) -> None:
    """Make a link that pairs one browser with a shop, once, within ten minutes. Prints the link."""
    with explained(language), list_of_shops(database) as store, closing(SettlementStore(database)) as employees:
        register = register_of(store, fund_at(Chain.rpc(rpc), fund), rulebook)
        ticket = PairingLinks(register, employees, present).make(parse_address(shop), kind, label)
    typer.echo(f"{public_url.rstrip('/')}/pair/{ticket}?lang={language.value}")


@app.command("desk-link")
def desk_link(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    rulebook: RulebookOption,
    employee: Employee,
    public_url: PublicUrl = f"http://{HOST}:{PORT}",
    language: In = Language.EN,
) -> None:
    """Make a link that opens the sponsor's desk in one browser of an employee, once, within ten minutes."""
    with explained(language), list_of_shops(database) as store, closing(SettlementStore(database)) as employees:
        register = register_of(store, fund_at(Chain.rpc(rpc), fund), rulebook)
        ticket = PairingLinks(register, employees, present).make_desk(employee)
    typer.echo(f"{public_url.rstrip('/')}/pair/{ticket}?lang={language.value}")


@app.command("desk-revoke")
def desk_revoke(database: Database, employee: Employee) -> None:
    """Block every browser of an employee at once, such as one that was stolen. A new link lets them in again."""
    with explained(), list_of_shops(database) as store:
        count = store.browsers.revoke_desk_keys(employee, present())
    typer.echo(f"{count} browsers of {employee} blocked")
