# SPDX-License-Identifier: EUPL-1.2
"""``stuiver issuer pass``: the desk of a pass, which gives a pass credential to whoever activated one."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated, Final

import typer

from edge.serving import LOOPBACK, url_of
from issuer.cli.options import DEFAULT_FOLDER, Folder
from issuer.cli.serving import PublicUrl, listen_at
from issuer.cli.sources import now, passphrase_of_desk
from issuer.cli.telling import close_in_the_end, plainly
from issuer.errors import SettingsError
from issuer.passes.api import create_pass_app
from issuer.passes.folder import PassFolder, PassProgramme
from issuer.passes.model import OpenPassAccounts, PassAccounts
from issuer.serving import serve as serve_workers
from issuer.type_names import type_name

__all__ = ["app"]

_PORT: Final = 8019

app = typer.Typer(
    help="The desk of a pass. It knows no names: whoever has activated the pass on the chain gets a pass credential, "
    "and nobody else.\n\nIn order, for each pass and year: `init` in a folder of its own, register its key "
    "(`key`, `prove-key`), open the pass with `stuiver money pass open`, then `serve`.",
    no_args_is_help=True,
)


@app.command()
def init(
    name: Annotated[str, typer.Option("--name", help="Whose pass it is, such as `Gemeente Groningen`.")],
    municipality: Annotated[str, typer.Option("--municipality", help="Its CBS code, such as GM0014.")],
    rulebook: Annotated[str, typer.Option("--rulebook", help="The published rulebook of the pass.")],
    year: Annotated[int, typer.Option("--year", help="The calendar year.")],
    rulebook_version: Annotated[int, typer.Option("--rulebook-version", help="Which version of it.")] = 1,
    did: Annotated[
        str | None,
        typer.Option("--did", help="A DID for this year only, such as did:web:pas.city.example:2026; else a new one."),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Make the desk of a pass for one year: a folder with new keys under a passphrase.

    Take a new folder and DID each year, so that even this desk cannot tell that two years' passes are of one wallet.
    """
    with plainly():
        programme = PassProgramme(rulebook, rulebook_version, year)
        made = PassFolder.create(
            folder, passphrase_of_desk(confirm=True), programme, name=name, municipality=municipality, did=did
        )
        did_of_desk = made.desk.validator().did
    typer.echo(f"The desk of {rulebook} {year} is ready in {folder}.")
    typer.echo(f"Its DID is {did_of_desk}.")
    kind = programme.credential_type
    typer.echo(f"Next: `prove-key --type {type_name(kind)}`, and register the key with `stuiver money key add`.")


@app.command()
def serve(
    context: typer.Context,
    at: Annotated[str, typer.Option("--pass", help="Address of the pass's contract.")],
    rpc: Annotated[str, typer.Option("--rpc", envvar="STUIVER_RPC", help="Address of a node of the chain.")],
    host: Annotated[str, typer.Option("--host", help="The address of this machine to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")] = _PORT,
    public_url: PublicUrl = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="How many processes answer.")] = 1,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Let wallets that activated the pass fetch their pass credential here. Nobody logs in. Ctrl-C ends it."""
    with ExitStack() as stack:
        with plainly():
            place = PassFolder(folder)
            programme = place.programme()  # before a passphrase is asked for in vain
            listener = stack.enter_context(listen_at(port, host, public_url))
            address = url_of(listener, host)
            url = public_url or address
            accounts = _accounts(context.obj, rpc, at, programme)  # so that what cannot work is said now
            desk = place.open(passphrase_of_desk(), accounts, clock=now)
            close_in_the_end(desk.store)

        typer.echo(f"Listening on {address}")
        typer.echo(f"Next: citizens run `stuiver wallet pass fetch --desk {url}`. Ctrl-C ends this.")

        def own_accounts() -> PassAccounts:  # connections to a node are not shared with another process
            return _accounts(context.obj, rpc, at, programme)

        raise typer.Exit(
            serve_workers(
                lambda: create_pass_app(replace(desk, accounts=own_accounts()), url), listener, workers=workers
            )
        )


@app.command()
def show(folder: Folder = DEFAULT_FOLDER) -> None:
    """Show which pass this is the desk of, and how many got one. There are no names to show."""
    with plainly():
        place = PassFolder(folder)
        programme, validator = place.programme(), place.desk.validator()
        accounts, credentials = place.counts()
    typer.echo(f"{validator.name}: {programme.name} {programme.year}, until {programme.terms.exp}")
    typer.echo(f"DID          {validator.did}")
    typer.echo(f"accounts     {accounts}")
    typer.echo(f"credentials  {credentials}")


def _accounts(way: OpenPassAccounts | None, rpc: str, at: str, programme: PassProgramme) -> PassAccounts:
    if way is None:
        raise SettingsError("rpc", "needs the program that knows the chain: use `stuiver issuer`")
    try:
        return way(rpc, at, programme.rulebook, programme.year)
    except ValueError as error:
        raise SettingsError("pass", str(error)) from error
