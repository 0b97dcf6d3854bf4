# SPDX-License-Identifier: EUPL-1.2
"""The command line of a validator's desk: everything in one folder, files in, files out.

Invariants:
    * Whatever goes wrong is one line on standard error, says what to do next, and ends with exit code 1. A list of bad
      rows comes before it.
    * No file is replaced. What is personal is written for its owner only.
    * The passphrase is asked for, or is the first line of the file that STUIVER_ISSUER_PASSPHRASE_FILE names: it is
      never an argument, nor the value of a variable.
    * The modules of commands that are not asked for are not imported: they take longer than most commands do.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Final

import typer

__all__ = ["application", "main"]

_MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "records": ("init", "import"),
    "sessions": ("session", "sessions"),
    "issuing": ("issue", "issue-many", "recover"),
    "keys": ("key", "add-type", "prove-key"),
    "decisions": ("status", "review"),
    "document_keys": ("document-key",),
    "serving": ("serve", "offer"),
    "activation": ("activation",),
    "employees": ("employee",),
    "passes": ("pass",),
}
"""Which commands each module has."""
_GROUPS: Final[Mapping[str, str]] = {"activation": "activation", "employees": "employee", "passes": "pass"}
"""Modules whose commands stand below one name."""


def application(only: str | None = None) -> typer.Typer:
    """The commands: all of them, or those of the module that has the one which is about to be used.

    Args:
        only: the first word after ``issuer``.
    """
    app = typer.Typer(
        name="issuer",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help=(
            "The validator's desk: keep household records and issue credentials to wallets.\n\n"
            "In order: `init` once, `import` the household file, `session` for a person, send it to their wallet, "
            "`issue` on the wallet's request, and send the result back."
        ),
    )
    found = [module for module, commands in _MODULES.items() if only in commands]
    for module in found or _MODULES:
        commands: typer.Typer = import_module(f"issuer.cli.{module}").app
        app.add_typer(commands, name=_GROUPS.get(module))
    app.callback()(_desk)  # so that one command alone keeps its name
    return app


def _desk() -> None:
    """The desk itself does nothing."""


def main() -> None:
    """Run the command."""
    application(sys.argv[1] if len(sys.argv) > 1 else None)()
