# SPDX-License-Identifier: EUPL-1.2
"""The command ``stuiver``: every role's commands and the stories, under one name.

A role's commands are imported when they are asked for: a wallet starts without the libraries of the chain.
"""

import gc
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from issuer.passes.model import PassAccounts
    from ssi.rulebook.model import Rulebook
    from ssi.trust import KeyRegistry

__all__ = ["application", "main", "open_pass_accounts", "open_registry"]


def _demo(app: typer.Typer) -> None:
    from stuiver.demo import app as demo

    app.add_typer(demo, name="demo")


def _up(app: typer.Typer) -> None:
    from stuiver.up.command import up

    app.command()(up)


def _audit(app: typer.Typer) -> None:
    from stuiver.audit import audit_programme

    app.command("audit")(audit_programme)


def _issuer(app: typer.Typer) -> None:
    from issuer.cli import application as issuer

    app.add_typer(issuer(sys.argv[2] if len(sys.argv) > 2 else None), name="issuer")


def _wallet(app: typer.Typer) -> None:
    from holder.cli import app as wallet

    app.add_typer(wallet, name="wallet")


def _money(app: typer.Typer) -> None:
    from programmable_money.cli import application as money

    app.add_typer(money(sys.argv[2] if len(sys.argv) > 2 else None), name="money")


def _verifier(app: typer.Typer) -> None:
    from verifier.cli import app as verifier

    app.add_typer(verifier, name="verifier")


_PARTS: Final[Mapping[str, Callable[[typer.Typer], None]]] = {
    "demo": _demo,
    "up": _up,
    "audit": _audit,
    "issuer": _issuer,
    "verifier": _verifier,
    "wallet": _wallet,
    "money": _money,
}


def application(only: str | None = None) -> typer.Typer:
    """The command with all its parts, or with the one that is about to be used.

    Args:
        only: ``demo``, ``up``, ``audit``, ``issuer``, ``verifier``, ``wallet`` or ``money``.
    """
    app = typer.Typer(
        help="Prove that you qualify, show nothing else; spend a municipal budget where its rules allow.",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
    )
    app.callback()(stuiver)
    for name, mount in _PARTS.items():
        if only is None or name == only:
            mount(app)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stuiver {version('stuiver')}")
        raise typer.Exit


def stuiver(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Prove that you qualify, show nothing else; spend a municipal budget where its rules allow."""


def open_registry(url: str, address: str) -> "KeyRegistry":
    """The trust registry at an address, by a node: how verifiers and wallets reach a chain. See ``OpenRegistry``."""
    from programmable_money.trusting import ChainKeyRegistry

    return ChainKeyRegistry.at_node(url, address)


def open_pass_accounts(url: str, address: str, rulebook: "Rulebook", year: int) -> "PassAccounts":
    """The accounts of a pass, by a node: how the desk of a pass reaches a chain. See ``OpenPassAccounts``."""
    from stuiver.passes import PassAccountsAtNode

    return PassAccountsAtNode.of(url, address, rulebook, year)


def main() -> None:
    """Run the command."""
    asked = sys.argv[1] if len(sys.argv) > 1 else None
    way = open_pass_accounts if asked == "issuer" else open_registry
    try:
        application(asked if asked in _PARTS else None)(obj=way)
    finally:
        gc.freeze()  # the process ends: what was imported is not searched for rubbish, which takes a while
