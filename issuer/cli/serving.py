# SPDX-License-Identifier: EUPL-1.2
"""``stuiver issuer serve`` and ``offer``: the service for wallets, and links to it."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from edge.qr import qr_svg
from edge.serving import LOOPBACK, Listener, ListenError, listen, url_of
from issuer.activation.settings import SETTINGS_FILE, Sender
from issuer.app import IssuerSettings, create_app, offer_link
from issuer.authorization.model import TokenBinding
from issuer.cli.logins import login_of
from issuer.cli.options import DEFAULT_FOLDER, Folder
from issuer.cli.sources import now, passphrase_of_desk, refuse_existing
from issuer.cli.telling import close_in_the_end, fail, plainly
from issuer.errors import SettingsError
from issuer.folder import DeskFolder
from issuer.serving import serve
from ssi.atomic_file import create_file

__all__ = ["PublicUrl", "app", "listen_at"]

app = typer.Typer()

PublicUrl = Annotated[
    str | None,
    typer.Option("--public-url", help="Where wallets find the service, such as https://desk.example."),
]
_THIS_MACHINE = (LOOPBACK, "::1", "localhost")


@app.command(name="serve")
def serve_(
    host: Annotated[str, typer.Option("--host", help="The address of this machine to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")] = 8018,
    public_url: PublicUrl = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="How many processes answer.")] = 1,
    oidc: Annotated[
        Path | None, typer.Option("--oidc", help="JSON file with the OpenID Connect provider that people log in at.")
    ] = None,
    demonstration_login: Annotated[
        Path | None,
        typer.Option(
            "--demonstration-login", help="File with a passphrase that lets anybody log in; this machine only."
        ),
    ] = None,
    any_wallet: Annotated[
        bool, typer.Option("--bearer", help="Also give tokens that are bound to no key, to wallets without DPoP.")
    ] = False,
    no_desk: Annotated[
        bool, typer.Option("--no-desk", help="Leave the employees' pages out, so that they are not on the internet.")
    ] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Let wallets fetch their credentials here, by OpenID4VCI.

    On this machine it works at once. For the public, put a server with a certificate before it and give its address
    with --public-url. Letters always work; with --oidc people may log in instead. Ctrl-C ends it, after the requests
    that are being answered.
    """
    with ExitStack() as stack:
        with plainly():
            place = DeskFolder(folder)
            types = place.types()  # before a passphrase is asked for in vain
            listener = stack.enter_context(listen_at(port, host, public_url))
            address = url_of(listener, host)
            url = public_url or address
            sender = _sender(folder)
            names_us = sender is not None and sender.public_url == url
            settings = IssuerSettings(
                url,
                TokenBinding.DPOP_OR_BEARER if any_wallet else TokenBinding.DPOP,
                login=login_of(url, oidc=oidc, passphrase_file=demonstration_login, clock=now),
                sender=sender if names_us else None,
                has_desk=not no_desk,
            )
            passphrase = passphrase_of_desk()
            desk = place.open(passphrase, types, clock=now)
            keys = place.service_keys(passphrase)
            del passphrase
            close_in_the_end(desk.store)  # each worker opens its own connections
            create_app(settings, desk, keys)  # so that what cannot work is said now
        typer.echo(f"Listening on {address}")
        if settings.public_url != address:
            typer.echo(f"Wallets find it at {settings.public_url}.")
        if sender is not None and not names_us:
            typer.echo(
                f"Letters name {sender.public_url}, not this address: run `activation setup` again to change it."
            )
        if not no_desk:
            typer.echo(f"Employees log in at {settings.public_url}/desk.")
        typer.echo("Next: send people their letters, and let them scan the code in it with a wallet. Ctrl-C ends this.")
        raise typer.Exit(serve(lambda: create_app(settings, desk, keys), listener, workers=workers))


def listen_at(port: int, host: str, public_url: str | None) -> Listener:
    """A socket that listens; beyond this machine only when the service is told its public address."""
    if public_url is None and host not in _THIS_MACHINE:
        raise SettingsError("public-url", "must be given when the service listens beyond this machine")
    try:
        return listen(port, host)
    except ListenError as error:
        fail(f"Port {port} of {host} cannot be used: {error.strerror}. Choose another with --port.")


def _sender(folder: Path) -> Sender | None:
    """Who sends letters, if that was said."""
    return Sender.read(folder) if (folder / SETTINGS_FILE).exists() else None


@app.command()
def offer(
    type_name: Annotated[str, typer.Argument(help="The type of credential, such as age or age/v2.")],
    public_url: Annotated[str, typer.Option("--public-url", help="Where wallets find the service.")],
    svg: Annotated[Path | None, typer.Option("--svg", help="Also write the link as a QR code, SVG.")] = None,
    by_value: Annotated[
        bool, typer.Option("--by-value", help="Put the whole offer into the link: for wallets that fetch none.")
    ] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Print a link that lets anybody with a wallet log in and fetch a credential; for a web page or a poster.

    The service must let people log in, see `serve --oidc`. It holds nothing about a person. Letters with a code and a
    PIN are made by `activation`.
    """
    with plainly():
        refuse_existing(svg)
        link = offer_link(IssuerSettings(public_url), DeskFolder(folder).types(), type_name, by_value=by_value)
        if svg is not None:
            picture = str(qr_svg(link, label=f"Credential offer: {type_name}"))
            create_file(svg, picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode())
    typer.echo(link)
