# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money relayer``: a relayer that wallets and tills reach over HTTP."""

from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from edge.hosts import hosts_of
from programmable_money.chain import Chain
from programmable_money.cli.options import Rpc
from programmable_money.cli.sources import key_from, programme_at
from programmable_money.cli.telling import plainly
from programmable_money.relayer.app import relaying, serve
from programmable_money.relayer.model import RelayerSettings
from programmable_money.relayer.store import Outbox

__all__ = ["PORT", "app"]

PORT: Final = 8022
HOST: Final = "127.0.0.1"

app = typer.Typer(help="Serve wallets and tills: carry what they bring, and pay the fees.", no_args_is_help=True)

Database = Annotated[
    str,
    typer.Option(
        envvar="STUIVER_RELAYER_DATABASE",
        help="Where the outbox is kept, such as sqlite:///outbox.db or postgresql+psycopg://host/name.",
    ),
]


@app.command("serve")
def serve_relayer(
    rpc: Rpc,
    key_files: Annotated[
        list[Path],
        typer.Option(
            "--key-file",
            help="File with the private key of an account that pays fees, for nothing else; repeat for each account.",
            exists=True,
            dir_okay=False,
        ),
    ],
    programmes: Annotated[
        list[str],
        typer.Option("--programme", help="Address of a fund, pass, task board or purse to carry for; repeat for each."),
    ],
    database: Database,
    host: Annotated[str, typer.Option("--host", help="The address of this machine to listen on.")] = HOST,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = PORT,
    public_url: Annotated[
        str | None, typer.Option("--public-url", help="Where wallets and tills find it, such as https://pay.example.")
    ] = None,
    depth: Annotated[
        int,
        typer.Option("--depth", min=1, help="Blocks until a transaction is final: 1 where blocks never change."),
    ] = 1,
) -> None:
    """Carry what wallets and tills bring over HTTP, for these programmes. Ctrl-C ends it; the next start goes on.

    On this machine it works at once. For the public, put a server with a certificate before it.
    """
    address = public_url or f"http://{host}:{port}"
    with plainly(), closing(Outbox(database)) as outbox:
        chain = Chain.rpc(rpc, relayer_keys=[key_from(path) for path in key_files])
        served = [programme_at(chain, address) for address in programmes]
        https = address.startswith("https:")
        settings = RelayerSettings(depth=depth)
        with relaying(
            chain, outbox, programmes=served, hosts=hosts_of(address), settings=settings, https=https
        ) as application:
            typer.echo(f"Wallets and tills find it at {address}/relay. Ctrl-C ends it.")
            with suppress(KeyboardInterrupt):
                serve(application, host=host, port=port)


@app.command()
def show(database: Database) -> None:
    """Tell how many errands are in each state."""
    with plainly(), closing(Outbox(database)) as outbox:
        for state, count in sorted(outbox.count().items()):
            typer.echo(f"{state.value} {count}")


@app.command()
def forget(
    database: Database,
    days: Annotated[int, typer.Option("--days", min=1, help="How long what is over is kept.")] = 30,
) -> None:
    """Delete errands that were over long ago; the chain keeps what they did."""
    with plainly(), closing(Outbox(database)) as outbox:
        typer.echo(f"{outbox.forget(datetime.now(UTC) - timedelta(days=days))} errands forgotten")
