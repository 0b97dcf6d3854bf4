# SPDX-License-Identifier: EUPL-1.2
"""What several commands share: the folder, the passphrase, the clock, and one line for every error."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from ssi.credential.document import DocumentError
from ssi.errors import SsiError, VerificationError
from ssi.sealed_errors import (
    DamagedFileError,
    NoPassphraseError,
    SealedFileError,
    SealedFileMissingError,
    WrongFilePassphraseError,
)
from verifier.errors import (
    FolderExistsError,
    FolderMissingError,
    KeyFileError,
    PolicyFileError,
    PolicyRefusedError,
    SettingsError,
    StoreBusyError,
    StoreDamagedError,
    TrustListMissingError,
    VerifierError,
)

__all__ = ["DEFAULT_FOLDER", "Database", "Folder", "fail", "now", "passphrase", "plainly"]

PASSPHRASE_FILE: Final = "STUIVER_VERIFIER_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
DEFAULT_FOLDER: Final = Path(".stuiver") / "verifier"

Folder = Annotated[
    Path,
    typer.Option("--folder", envvar="STUIVER_VERIFIER_FOLDER", help="The folder of the verifier, with its keys."),
]

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="STUIVER_VERIFIER_DATABASE",
        help="Address of a database to use in place of the folder's own, such as postgresql+psycopg://...",
    ),
]

_LINES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (FolderExistsError, "There is a verifier in this folder already; it was left as it is. Choose another --folder."),
    (FolderMissingError, "There is no verifier in this folder. Make one with `init`, or choose its --folder."),
    (
        TrustListMissingError,
        "There is no trust.json in this folder: nobody's credentials would count. Make one with `trust`.",
    ),
    (SettingsError, "The setting {error}. Correct it and try again."),
    (PolicyRefusedError, "This policy may not be used: {error}. Correct it and try again."),
    (PolicyFileError, "The policy {error}. Correct it and try again."),
    (KeyFileError, "The key file has an unexpected content ({error.member}). Put keys.sealed back from the backup."),
    (StoreBusyError, "The database is busy, and nothing was changed. Try again in a moment."),
    (
        StoreDamagedError,
        (
            "The database is damaged or the disk is full. Make room, or put verifier.sqlite back. "
            "If --database names a server, see that it runs and that you may use it."
        ),
    ),
    (WrongFilePassphraseError, "The passphrase is not the one of this verifier. Try again."),
    (NoPassphraseError, "A verifier needs a passphrase. Choose one and try again."),
    (SealedFileMissingError, "The key file is missing. Put keys.sealed back from the backup."),
    (DamagedFileError, "The key file is damaged ({error.damage}). Put keys.sealed back from the backup."),
    (SealedFileError, "The key file cannot be used ({error}). Close other programs that use it, or update this one."),
    (DocumentError, "The file does not have the form that was expected ({error}). Correct it and try again."),
    (VerificationError, "This is not accepted: {error}. Ask whoever gave it to you for another."),
)


@contextmanager
def plainly() -> Iterator[None]:
    """Every expected error becomes one line and exit code 1; a bug stays a traceback."""
    try:
        yield
    except (VerifierError, SsiError) as error:
        fail(next((line.format(error=error) for kind, line in _LINES if isinstance(error, kind)), str(error)))
    except OSError as error:
        fail(f"{error.filename or 'The file'}: {error.strerror or 'cannot be used'}. Check it and try again.")


def fail(line: str) -> NoReturn:
    """One line on standard error, exit code 1."""
    typer.echo(f"Error: {line}", err=True)
    raise typer.Exit(1)


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def passphrase(*, confirm: bool = False) -> str:
    """The passphrase of the key file, from the file that the variable names or from the terminal."""
    named = os.environ.get(PASSPHRASE_FILE)
    if named:
        return Path(named).read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    if not sys.stdin.isatty():
        fail(f"There is nobody to ask for the passphrase. Put it in a file and name that with {PASSPHRASE_FILE}.")
    return str(typer.prompt("Passphrase of the verifier", hide_input=True, confirmation_prompt=confirm, err=True))
