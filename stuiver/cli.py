# SPDX-License-Identifier: EUPL-1.2
"""The command ``stuiver``: every role's commands and the stories, under one name."""

from importlib.metadata import version
from typing import Annotated

import typer

from holder.cli import app as wallet
from issuer.cli import app as issuer
from programmable_money.cli import app as money
from stuiver.demo import app as demo
from stuiver.up import up

__all__ = ["app", "main"]

app = typer.Typer(
    help="Prove that you qualify, show nothing else; spend a municipal budget where its rules allow.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.add_typer(demo, name="demo")
app.command()(up)
app.add_typer(issuer, name="issuer")
app.add_typer(wallet, name="wallet")
app.add_typer(money, name="money")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stuiver {version('stuiver')}")
        raise typer.Exit


@app.callback()
def stuiver(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Prove that you qualify, show nothing else; spend a municipal budget where its rules allow."""


def main() -> None:
    """Run the command."""
    app()
