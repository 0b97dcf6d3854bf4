# SPDX-License-Identifier: EUPL-1.2
"""``stuiver verifier serve`` and ``desk``."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from edge.registries import chosen_registry
from edge.serving import LOOPBACK, Listener, ListenError, Service, listen
from edge.serving import serve as serve_apps
from ssi.trust import KeyRegistry, NoKeyRegistry
from verifier.app import create_app, create_desk_app
from verifier.cli.options import DEFAULT_FOLDER, Database, Folder, fail, now, passphrase, plainly
from verifier.folder import VerifierFolder
from verifier.opening import open_verifier
from verifier.service import Verifier
from verifier.settings import ClientName
from verifier.store import Store

__all__ = ["DESK_PORT", "PORT", "app"]

PORT: Final = 8019
DESK_PORT: Final = 8020

app = typer.Typer()

Rpc = Annotated[
    str | None,
    typer.Option("--rpc", envvar="STUIVER_RPC", help="The node of the chain, such as http://127.0.0.1:8545."),
]
Registry = Annotated[
    str | None,
    typer.Option(
        "--registry",
        envvar="STUIVER_REGISTRY",
        help="The trust registry on that chain, for entries of the trust list that say so.",
    ),
]


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option("--host", help="The address of this machine to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")] = PORT,
    public_url: Annotated[
        str | None, typer.Option("--public-url", help="In place of the public address that `init` was given.")
    ] = None,
    rpc: Rpc = None,
    registry: Registry = None,
    database: Database = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Ask wallets and decide. Pages for citizens, and everything that their wallets call.

    On this machine it works at once. For the public, put a server with a certificate before it.
    """
    with plainly():
        keys = _registry(context, rpc, registry)
        verifier = _open(folder, public_url, database, keys)
        listener = _listen(port, host)
    typer.echo(f"Listening on http://{host}:{listener.getsockname()[1]}")
    if not verifier.settings.is_loopback:
        typer.echo(f"Citizens and wallets find it at {verifier.settings.public_url}.")
    if _hangs_on_the_certificate(verifier):
        ends_on = f"{verifier.asker.chain.ends_at():%Y-%m-%d}"
        typer.echo(f"Pseudonyms hang on the certificate, which ends on {ends_on}: replace it when a period changes.")
    typer.echo("Next: open that address in a browser, choose what to prove, and scan the code. Ctrl-C ends this.")
    serve_apps(Service(create_app(verifier), listener))


@app.command()
def desk(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")] = DESK_PORT,
    database: Database = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Show the list of decisions with their receipts, on this machine only. It asks for no login."""
    with plainly():
        verifier = _open(folder, None, database, NoKeyRegistry())
        listener = _listen(port, LOOPBACK)
    typer.echo(f"Listening on http://{LOOPBACK}:{listener.getsockname()[1]}")
    typer.echo("Next: open that address in a browser on this machine. Ctrl-C ends this.")
    serve_apps(Service(create_desk_app(verifier), listener))


def _registry(context: typer.Context, rpc: str | None, registry: str | None) -> KeyRegistry:
    try:
        return chosen_registry(context.obj, rpc=rpc, registry=registry)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--registry") from None


def _listen(port: int, host: str) -> Listener:
    try:
        return listen(port, host)
    except ListenError as error:
        fail(f"Port {port} of {host} cannot be used: {error.strerror}. Choose another with --port.")


def _open(folder: Path, public_url: str | None, database: str | None, registry: KeyRegistry) -> Verifier:
    place = VerifierFolder(folder)
    settings = place.settings()  # before a passphrase is asked for in vain
    if public_url is not None:
        settings = replace(settings, public_url=public_url)
    store = None if database is None else Store.at_url(database)
    return open_verifier(place, passphrase(), registry=registry, clock=now, settings=settings, store=store)


def _hangs_on_the_certificate(verifier: Verifier) -> bool:
    """Whether another certificate would let somebody be allowed twice in one period."""
    once = any(policy.pseudonym is not None and policy.pseudonym.once for policy in verifier.policies)
    return once and verifier.settings.client is ClientName.X509_HASH
