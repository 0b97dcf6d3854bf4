# SPDX-License-Identifier: EUPL-1.2
"""What several commands of the desk start from: the passphrase, the desk, the types, the present."""

import errno
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import typer

from issuer.cli.telling import close_in_the_end, fail
from issuer.credentials import VALID_DAYS
from issuer.folder import DeskFolder
from issuer.service import Desk
from issuer.store import Store
from ssi.sealed_errors import NoPassphraseError

__all__ = [
    "PASSPHRASE_FILE",
    "desk_at",
    "now",
    "passphrase_of_desk",
    "refuse_existing",
    "secret_line",
    "store_at",
]

PASSPHRASE_FILE: Final = "STUIVER_ISSUER_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable


def passphrase_of_desk(*, confirm: bool = False) -> str:
    """The passphrase of the desk's key file, from the file that the variable names or from the terminal."""
    return secret_line(PASSPHRASE_FILE, "Passphrase of the desk", confirm=confirm)


def secret_line(variable: str, prompt: str, *, confirm: bool = False) -> str:
    """A secret: the first line of the file that a variable names, or typed where nobody sees it.

    Args:
        variable: the name of the environment variable with the file's name; never with the secret.
        prompt: what the terminal asks for.
        confirm: ask twice, for a new secret.
    Raises:
        NoPassphraseError: nothing was typed.
        OSError: the file cannot be read.
    """
    named = os.environ.get(variable)
    if named:
        return Path(named).read_bytes().decode("utf-8", "replace").split("\n", 1)[0].rstrip("\r")
    if not sys.stdin.isatty():
        fail(f"No passphrase was given. Run this in a terminal, or let {variable} name a file with it.")
    typed = typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
    if not isinstance(typed, str) or not typed:
        raise NoPassphraseError
    return typed


def desk_at(folder: Path, *, minutes: int = 60, valid_days: int = VALID_DAYS) -> Desk:
    """The desk in a folder, opened with its passphrase."""
    types = DeskFolder(folder).types()  # before a passphrase is asked for in vain
    desk = DeskFolder(folder).open(
        passphrase_of_desk(), types, clock=now, valid_days=valid_days, session_life=timedelta(minutes=minutes)
    )
    close_in_the_end(desk.store)
    return desk


def store_at(folder: Path) -> Store:
    """The database of the desk in a folder, until the command ends."""
    store = DeskFolder(folder).store()
    close_in_the_end(store)
    return store


def refuse_existing(path: Path | None) -> None:
    """FileExistsError when there is something already where a command is about to write."""
    if path is not None and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, "there is a file here already", str(path))


def now() -> datetime:
    """The present."""
    return datetime.now(UTC)
