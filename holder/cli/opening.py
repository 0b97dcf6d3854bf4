# SPDX-License-Identifier: EUPL-1.2
"""What all commands share: the options, the passphrase, opening a wallet, and errors as one line.

The passphrase is asked for, or read from the file that STUIVER_PASSPHRASE_FILE names: it is never an argument, nor the
value of a variable.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from holder.earning.refusals import TaskRefusedError
from holder.errors import HolderError
from holder.next_step import next_step
from holder.passes.refusals import PassRefusedError
from holder.published import published
from holder.refusals import NotEligibleError
from holder.service import Wallet
from holder.wording import NOT_MET, Language
from ssi.credential.types import ClaimValue
from ssi.errors import SsiError
from ssi.rulebook.model import Rulebook

__all__ = [
    "DEFAULT_WALLET",
    "JsonOption",
    "LanguageOption",
    "ProgrammeOption",
    "RulebookOption",
    "WalletOption",
    "ask",
    "explained",
    "open_wallet",
    "passphrase",
    "read_file",
    "valid_until",
]

PASSPHRASE_FILE: Final = "STUIVER_PASSPHRASE_FILE"  # noqa: S105
DEFAULT_WALLET: Final = Path("my.wallet")

WalletOption = Annotated[Path, typer.Option("--wallet", envvar="STUIVER_WALLET", help="The wallet's file.")]
LanguageOption = Annotated[Language, typer.Option("--language", help="Language of the texts about rules and consent.")]
RulebookOption = Annotated[
    list[Path] | None, typer.Option("--rulebook", help="A rulebook that you have read, besides the published ones.")
]
ProgrammeOption = Annotated[Path, typer.Option("--programme", help="The programme's public description (JSON).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]


@contextmanager
def explained(language: Language = Language.EN) -> Iterator[None]:
    """Turn an error into one line that says what to do next, and exit code 1."""
    try:
        yield
    except (HolderError, SsiError, OSError) as error:
        what = str(error)
        if isinstance(error, OSError) and error.filename is not None:
            what = f"{error.strerror}: {error.filename}"
        if isinstance(error, NotEligibleError):
            rules = " ".join(language.of(reason.text) for reason in error.reasons).rstrip(".")
            what = f"{language.of(NOT_MET)} {rules}"
        if isinstance(error, PassRefusedError | TaskRefusedError):
            what = language.of(error.text).rstrip(".")
        typer.echo(f"wallet: {' '.join(what.split())}. {next_step(error)}", err=True)
        raise typer.Exit(1) from error


def open_wallet(path: Path, language: Language, rulebooks: list[Path] | None = None) -> Wallet:
    """Open a wallet with everything that is published, and these rulebooks besides."""
    catalogue = published()
    for rulebook in rulebooks or ():
        octets = read_file(rulebook)
        catalogue = catalogue.with_rulebook(Rulebook.from_json(octets))
    return Wallet.open(path, passphrase(is_new=False), catalogue, language=language)


def passphrase(*, is_new: bool) -> str:
    """The passphrase, from the file that the variable names or from the person."""
    named = os.environ.get(PASSPHRASE_FILE)
    if named:
        return read_file(Path(named)).decode("utf-8", "replace").split("\n", 1)[0].rstrip("\r")
    return ask("Passphrase of the new wallet" if is_new else "Passphrase", again=is_new)


def ask(question: str, *, again: bool = False) -> str:
    """Ask for something that is not shown while it is typed."""
    answer: str = typer.prompt(question, hide_input=True, confirmation_prompt=again, err=True)
    return answer


def read_file(path: Path) -> bytes:
    """The octets of a file; OSError."""
    return path.read_bytes()


def valid_until(values: Mapping[str, ClaimValue]) -> str:
    """Until when a credential counts, in words."""
    return f"valid up to and including {values['exp']}" if "exp" in values else "valid until revoked"
