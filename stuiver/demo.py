# SPDX-License-Identifier: EUPL-1.2
"""``stuiver demo``: the stories under examples/, told on a chain of your choice."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from examples.heitje import story as heitje_story
from examples.kindpakket.cast import read_households
from examples.kindpakket.story import Story
from examples.stadjerspas import story as stadjerspas_story
from examples.stadjerspas.cast import read_households as read_city
from examples.telling import Teller
from holder.errors import HolderError
from issuer.errors import HouseholdFileError, IssuerError
from programmable_money.model import MoneyError
from programmable_money.node import open_chain

__all__ = ["app"]

app = typer.Typer(
    help="Tell a story from beginning to end: real proofs, a real chain, and a check of every figure.",
    no_args_is_help=True,
)
_STARTS_AT = datetime(2024, 11, 1, 9, tzinfo=UTC)
"""When the story plays on a test chain; on a node behind a URL it plays now."""


@app.callback()
def stories() -> None:
    """Tell a story from beginning to end: real proofs, a real chain, and a check of every figure."""


@app.command()
def kindpakket(
    chain: Annotated[
        str, typer.Option(help="Where: embedded (nothing to install), anvil (from npm), or the URL of a node.")
    ] = "embedded",
    households: Annotated[
        Path | None, typer.Option(help="Your own household file with the columns of the sample.", dir_okay=False)
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the figures to this file.", dir_okay=False)
    ] = None,
    relayer_key_file: Annotated[
        Path | None,
        typer.Option(help="For a URL: a file with the key (64 hexadecimal digits) of an account that pays the fees."),
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where the payment file for the bank is left.")] = Path(
        "build/kindpakket"
    ),
) -> None:
    """The child package of Zuidhorn: 80 households, 200 children, 12 shops, one municipality.

    Exits with 1 if anything happens otherwise than the household file and the rulebook say.
    """
    console = Console(highlight=False)
    try:
        records = read_households(households)
        keys = () if relayer_key_file is None else (_key(relayer_key_file),)
        with open_chain(chain, relayer_keys=keys, starts_at=_STARTS_AT) as opened:
            teller = Teller(console)
            teller.title("Kindpakket", "A budget for children, claimed with a proof that the contract itself checks.")
            story = Story(opened, records, teller, folder)
            differences = story.tell()
    except (IssuerError, MoneyError, OSError) as error:
        lines = error.rows if isinstance(error, HouseholdFileError) else ()
        typer.echo("\n  ".join([f"stuiver demo kindpakket: {error}", *map(str, lines)]), err=True)
        raise typer.Exit(1) from error
    _conclude(console, story.report.to_json(), json_file, differences, "the household file and the rulebook")


@app.command()
def heitje(
    chain: Annotated[
        str, typer.Option(help="Where: embedded (nothing to install) or anvil (from npm). The story lasts nine months.")
    ] = "embedded",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the figures to this file.", dir_okay=False)
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where the payment file and a yearly statement are left.")] = Path(
        "build/heitje"
    ),
) -> None:
    """The Heerlens Heitje: 125 public tasks, 1,818 hours, 13 citizens, a yearly cap that nobody can look into.

    Exits with 1 if anything happens otherwise than the plan and the published figures say.
    """
    console = Console(highlight=False)
    try:
        with open_chain(chain, starts_at=heitje_story.STARTS_AT) as opened:
            teller = Teller(console)
            teller.title("Heerlens Heitje", "Public tasks that earn coins. Only you see what you earn in a year.")
            story = heitje_story.Story(opened, teller, folder)
            found = story.tell()
    except (IssuerError, HolderError, MoneyError, OSError) as error:
        typer.echo(f"stuiver demo heitje: {error}", err=True)
        raise typer.Exit(1) from error
    _conclude(console, story.report.to_json(), json_file, found, "the plan and the published figures")


@app.command()
def stadjerspas(
    chain: Annotated[
        str, typer.Option(help="Where: embedded (nothing to install) or anvil (from npm). The story lasts four months.")
    ] = "embedded",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the figures to this file.", dir_okay=False)
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where the payment file for the bank is left.")] = Path(
        "build/stadjerspas"
    ),
) -> None:
    """The city pass of Groningen: offers for low incomes, at shops that learn "valid" and the price, nothing else.

    Exits with 1 if anything happens otherwise than the household file, the visits, the offers and the rulebook say.
    """
    console = Console(highlight=False)
    try:
        with open_chain(chain, starts_at=stadjerspas_story.STARTS_AT) as opened:
            teller = Teller(console)
            teller.title("Stadjerspas", "A pass that shows that it is valid and nothing else: no income, no name.")
            story = stadjerspas_story.Story(opened, read_city(), teller, folder)
            found = story.tell()
    except (IssuerError, HolderError, MoneyError, OSError) as error:
        typer.echo(f"stuiver demo stadjerspas: {error}", err=True)
        raise typer.Exit(1) from error
    _conclude(console, story.report.to_json(), json_file, found, "the files and the rulebook")


def _conclude(
    console: Console, figures: dict[str, Any], json_file: Path | None, differences: Sequence[str], sources: str
) -> None:
    """Write the figures, show every difference, and exit with 1 if there is one."""
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        console.print(f"   The figures are in {json_file}.")
    for difference in differences:
        console.print(f"   [red]{difference}[/red]")
    if differences:
        raise typer.Exit(1)
    console.print(f"   [green]Everything happened as {sources} say.[/green]\n")


def _key(path: Path) -> bytes:
    text = path.read_text(encoding="ascii", errors="replace").strip().removeprefix("0x")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise OSError(f"{path}: the key of an account is 64 hexadecimal digits and nothing else")
    return key
