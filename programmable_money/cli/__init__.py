# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money``: programmes, the till, the relayer, books and settlements from the command line.

Commands that need a chain take ``--rpc``. Commands that send transactions or sign at a till do so here, with the key in
the file that ``--key-file`` names: a key is never an argument, nor the value of a variable, and never leaves this
machine. The modules of commands that are not asked for are not imported: they take longer than most commands do.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

import typer

__all__ = ["application"]

_MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": ("account",),
    "setting_up": ("setup", "admit", "deposit"),
    "relay": ("relay",),
    "books": ("books", "sync", "scan", "reasons"),
    "open_books": ("open-books",),
    "settlement": ("settle", "payment-file", "close"),
    "budget": ("budget",),
    "handing_over": ("handover", "roles"),
    "keys": ("key",),
    "rulebooks": ("rulebook",),
    "funds": ("fund",),
    "passes": ("pass",),
    "till": ("till",),
    "relayer": ("relayer",),
    "database": ("database",),
    "batches": ("settlement",),
    "shops": ("shop",),
    "tasks": ("task",),
}
"""Which commands each module has."""
_GROUPS: Final[Mapping[str, str]] = {
    "accounts": "account",
    "keys": "key",
    "rulebooks": "rulebook",
    "funds": "fund",
    "passes": "pass",
    "till": "till",
    "open_books": "open-books",
    "relayer": "relayer",
    "database": "database",
    "batches": "settlement",
    "shops": "shop",
    "tasks": "task",
}
"""Modules whose commands stand below one name."""


def application(only: str | None = None) -> typer.Typer:
    """The commands: all of them, or those of the module that has the one which is about to be used.

    Args:
        only: the first word after ``money``.
    """
    app = typer.Typer(
        name="money",
        help="Programmes, payments, books and settlements.\n\n"
        "In order: `account new`, `setup`, `admit`, `key add`, `fund open`, `fund accept`, `fund approve`; "
        "then `relay` what wallets and tills make; at the end `settle`, `books` and `close`.",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,  # a traceback with local variables would show keys
    )
    found = [module for module, commands in _MODULES.items() if only in commands]
    for module in found or _MODULES:
        commands: typer.Typer = import_module(f"programmable_money.cli.{module}").app
        app.add_typer(commands, name=_GROUPS.get(module))
    app.callback()(_money)  # so that one command alone keeps its name
    return app


def _money() -> None:
    """The money side itself does nothing."""
