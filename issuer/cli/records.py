# SPDX-License-Identifier: EUPL-1.2
"""``stuiver issuer init`` and ``import``: a desk and its household records."""

from pathlib import Path
from typing import Annotated

import typer

import specs
from issuer.cli.options import DEFAULT_FOLDER, Folder
from issuer.cli.sources import now, passphrase_of_desk, store_at
from issuer.cli.telling import plainly, progress, show_rows
from issuer.errors import HouseholdFileError, SettingsError
from issuer.folder import DeskFolder
from issuer.households import import_households
from issuer.type_names import ISSUED, published_type
from ssi.rulebook.model import Rulebook

__all__ = ["app"]

app = typer.Typer()


@app.command()
def init(
    name: Annotated[str, typer.Option("--name", help="The validator, such as `Gemeente Westerkwartier`.")],
    municipality: Annotated[
        list[str],
        typer.Option(
            "--municipality",
            help="CBS code of a municipality whose residents it attests, such as GM1969; may be repeated.",
        ),
    ],
    type_name: Annotated[
        list[str] | None,
        typer.Option(
            "--type", help="What it issues, such as age/v2; may be repeated. If left out: household-income and age."
        ),
    ] = None,
    did: Annotated[
        str | None, typer.Option("--did", help="The validator's DID if it has one, such as did:web:desk.example.")
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Make a desk: a folder with new keys under a passphrase, and no records yet.

    Keep a copy of keys.sealed and the passphrase in a safe place: without them no credential can be renewed.
    """
    with plainly():
        kinds = [published_type(wanted) for wanted in dict.fromkeys(type_name or ISSUED)]
        made = DeskFolder.create(
            folder, passphrase_of_desk(confirm=True), kinds, name=name, municipalities=municipality, did=did
        )
        validator = made.validator()
    typer.echo(f"The desk of {validator.name} is ready in {folder}.")
    typer.echo(f"Its DID is {validator.did}.")
    typer.echo("Next: import the household file with `import FILE`.")


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="The household file: CSV in UTF-8, with commas.")],
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Import the good lines although others are bad.")
    ] = False,
    rulebook: Annotated[
        str, typer.Option("--rulebook", help="The rulebook whose table gives the norm of each kind of household.")
    ] = "kindpakket",
    rulebook_version: Annotated[int, typer.Option("--rulebook-version", help="Which version of that rulebook.")] = 1,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Read household records from a file, and work out the norm that applies to each.

    The columns are person, name, birth_date, address, household_kind, net_income, children and municipality. Every
    line is checked. If one is bad, nothing is imported, and each fault is shown with its line, column and rule. Persons
    who are there already get their new values; nobody is removed.
    """
    with plainly(), progress() as bars:
        desk = DeskFolder(folder)
        validator = desk.validator()
        rules = _rulebook(rulebook, rulebook_version)
        octets = file.read_bytes()
        reading = bars.add_task("Reading lines", total=None)
        try:
            found = import_households(
                octets,
                rules,
                municipalities=validator.municipalities,
                today=now().date(),
                skip_bad_rows=skip_bad_rows,
                progress=lambda done, total: bars.update(reading, completed=done, total=total),
            )
        except HouseholdFileError as error:
            bars.stop()
            show_rows(error.rows)
            raise
        saving = bars.add_task("Saving records", total=len(found.households))
        with store_at(folder).transaction() as transaction:
            added = transaction.save_households(
                found.households, lambda done, total: bars.update(saving, completed=done, total=total)
            )
    show_rows(found.refused)
    skipped = len({row.line for row in found.refused})
    typer.echo(f"Imported {len(found.households)} records: {added} new, {len(found.households) - added} updated.")
    if skipped:
        typer.echo(f"Left out {skipped} bad {'line' if skipped == 1 else 'lines'}, listed above.")


def _rulebook(name: str, version: int) -> Rulebook:
    try:
        return Rulebook.from_json(specs.rulebook_octets(name, version))
    except (FileNotFoundError, ValueError):
        raise SettingsError("rulebook", "must be the name and version of a published rulebook") from None
