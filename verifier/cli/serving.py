# SPDX-License-Identifier: EUPL-1.2
"""``stuiver verifier serve`` and ``desk``."""

import socket
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer
import uvicorn
from fastapi import FastAPI

from ssi.trust import NoKeyRegistry
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
HOST: Final = "127.0.0.1"

app = typer.Typer()


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="The address of this machine to listen on.")] = HOST,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")] = PORT,
    public_url: Annotated[
        str | None, typer.Option("--public-url", help="In place of the public address that `init` was given.")
    ] = None,
    database: Database = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Ask wallets and decide. Pages for citizens, and everything that their wallets call.

    On this machine it works at once. For the public, put a server with a certificate before it.
    """
    with plainly():
        verifier = _open(folder, public_url, database)
        listener = _listen(host, port)
    typer.echo(f"Listening on http://{host}:{listener.getsockname()[1]}")
    if not verifier.settings.is_loopback:
        typer.echo(f"Citizens and wallets find it at {verifier.settings.public_url}.")
    if _hangs_on_the_certificate(verifier):
        ends_on = f"{verifier.asker.chain.ends_at():%Y-%m-%d}"
        typer.echo(f"Pseudonyms hang on the certificate, which ends on {ends_on}: replace it when a period changes.")
    typer.echo("Next: open that address in a browser, choose what to prove, and scan the code. Ctrl-C ends this.")
    _run(create_app(verifier), listener)


@app.command()
def desk(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")] = DESK_PORT,
    database: Database = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Show the list of decisions with their receipts, on this machine only. It asks for no login."""
    with plainly():
        verifier = _open(folder, None, database)
        listener = _listen(HOST, port)
    typer.echo(f"Listening on http://{HOST}:{listener.getsockname()[1]}")
    typer.echo("Next: open that address in a browser on this machine. Ctrl-C ends this.")
    _run(create_desk_app(verifier), listener)


def _open(folder: Path, public_url: str | None, database: str | None) -> Verifier:
    place = VerifierFolder(folder)
    settings = place.settings()  # before a passphrase is asked for in vain
    if public_url is not None:
        settings = replace(settings, public_url=public_url)
    store = None if database is None else Store.at_url(database)
    return open_verifier(place, passphrase(), registry=NoKeyRegistry(), clock=now, settings=settings, store=store)


def _hangs_on_the_certificate(verifier: Verifier) -> bool:
    """Whether another certificate would let somebody be allowed twice in one period."""
    once = any(policy.pseudonym is not None and policy.pseudonym.once for policy in verifier.policies)
    return once and verifier.settings.client is ClientName.X509_HASH


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        fail(f"Port {port} of {host} cannot be used: {error.strerror}. Choose another with --port.")
    return listener


def _run(service: FastAPI, listener: socket.socket) -> None:
    config = uvicorn.Config(
        service, log_level="warning", access_log=False, server_header=False, ws="none", lifespan="off"
    )
    with suppress(KeyboardInterrupt):  # uvicorn has ended the open requests, and passes the signal on
        uvicorn.Server(config).run(sockets=[listener])
