# SPDX-License-Identifier: EUPL-1.2
"""The command line of a validator's desk: everything in one folder, files in, files out.

Invariants:
    * Whatever goes wrong is one line on standard error, says what to do next, and ends with exit code 1. A list of bad
      rows comes before it.
    * No file is replaced. What is personal is written for its owner only.
    * The passphrase is asked for, or is the first line of the file that STUIVER_ISSUER_PASSPHRASE_FILE names: it is
      never an argument, nor the value of a variable.
"""

import errno
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, NoReturn
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import specs
from issuer.credentials import VALID_DAYS
from issuer.errors import (
    HouseholdFileError,
    IssuerError,
    RowError,
    SettingsError,
    UnknownTypeError,
)
from issuer.folder import DeskFolder
from issuer.households import import_households
from issuer.model import PersonId, Session
from issuer.service import Desk
from issuer.wording import explain
from ssi.atomic_file import create_file
from ssi.claim.key_registration import KeyRegistration
from ssi.claim.registry_key import registry_key
from ssi.credential.messages import IssuanceMessage, RequestMessage, SessionMessage
from ssi.credential.types import CredentialType
from ssi.errors import SsiError
from ssi.rulebook.model import Rulebook
from ssi.sealed_errors import NoPassphraseError

__all__ = ["app", "main"]

PASSPHRASE_FILE: Final = "STUIVER_ISSUER_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
FOLDER_VARIABLE: Final = "STUIVER_ISSUER_FOLDER"
_TYPES: Final = (("household-income", 1), ("age", 1))
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_SHOWN_ROWS: Final = 50
_LONGEST_NAME: Final = 120

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

Folder = Annotated[
    Path,
    typer.Option("--folder", envvar=FOLDER_VARIABLE, help="The folder of the desk, with its keys and records."),
]
Person = Annotated[str, typer.Argument(help="The person's reference, as in the column `person` of the household file.")]
DEFAULT_FOLDER: Final = Path(".stuiver") / "issuer"


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
    did: Annotated[
        str | None, typer.Option("--did", help="The validator's DID if it has one, such as did:web:desk.example.")
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Make a desk: a folder with new keys under a passphrase, and no records yet.

    Keep a copy of keys.sealed and the passphrase in a safe place: without them no credential can be renewed.
    """
    with _one_line():
        made = DeskFolder.create(
            folder, _passphrase(confirm=True), _types(), name=name, municipalities=municipality, did=did
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
    with _one_line(), _progress() as bars:
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
                today=_now().date(),
                skip_bad_rows=skip_bad_rows,
                progress=lambda done, total: bars.update(reading, completed=done, total=total),
            )
        except HouseholdFileError as error:
            bars.stop()
            _show_rows(error.rows)
            raise
        saving = bars.add_task("Saving records", total=len(found.households))
        with desk.store().transaction() as transaction:
            added = transaction.save_households(
                found.households, lambda done, total: bars.update(saving, completed=done, total=total)
            )
    _show_rows(found.refused)
    skipped = len({row.line for row in found.refused})
    typer.echo(f"Imported {len(found.households)} records: {added} new, {len(found.households) - added} updated.")
    if skipped:
        typer.echo(f"Left out {skipped} bad {'line' if skipped == 1 else 'lines'}, listed above.")


@app.command()
def session(
    person: Person,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write the session; on the screen when left out.")
    ] = None,
    minutes: Annotated[int, typer.Option("--minutes", help="How long the wallet has for its request.")] = 60,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Let the wallet of a person ask for one credential, once. Send the session to that person only."""
    with _one_line():
        _refuse_existing(out)
        opened = _desk(folder, minutes=minutes)
        message = _session_message(opened, opened.open_session(PersonId(person))).to_json()
        if out is not None:
            create_file(out, message)
    if out is None:
        typer.echo(message.decode(), nl=False)
    else:
        typer.echo(f"The session is in {out}. Send it to the person's wallet; it works once, for {minutes} minutes.")


@app.command()
def sessions(
    out: Annotated[Path, typer.Option("--out", help="The folder to write them to, one file for each person.")],
    minutes: Annotated[int, typer.Option("--minutes", help="How long the wallets have for their requests.")] = 60,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Make a session for everybody with a record, one file each. Send each to its person only."""
    with _one_line(), _progress() as bars:
        opened = _desk(folder, minutes=minutes)
        with opened.store.transaction() as transaction:
            persons = transaction.persons()
        targets = [out / f"{_file_name(person)}.session.json" for person in persons]
        for target in targets:
            _refuse_existing(target)
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        task = bars.add_task("Writing sessions", total=len(persons))
        for target, made in zip(targets, opened.open_sessions(persons), strict=True):
            create_file(target, _session_message(opened, made).to_json())
            bars.advance(task)
    typer.echo(f"Wrote {len(persons)} sessions to {out}.")


@app.command()
def issue(
    person: Person,
    request: Annotated[Path, typer.Option("--request", help="The file with the wallet's request.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the credential for the wallet. Personal.")],
    valid_days: Annotated[
        int, typer.Option("--valid-days", help="How many days after today the credential stays valid.")
    ] = VALID_DAYS,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Issue the credential that a person's wallet asks for, and write it to a file for that wallet.

    The first credential ties the record to the wallet. Every later one is for the same wallet; see `recover`.
    """
    with _one_line():
        _refuse_existing(out)
        message = RequestMessage.from_json(request.read_bytes())
        _issue(_desk(folder, valid_days=valid_days), PersonId(person), message, out)
    typer.echo(f"The credential is in {out}. Send it to the person's wallet and to nobody else.")


@app.command(name="issue-many")
def issue_many(
    requests: Annotated[Path, typer.Option("--requests", help="The folder with the wallets' requests, .json files.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write the credentials to. Personal.")],
    valid_days: Annotated[
        int, typer.Option("--valid-days", help="How many days after today the credentials stay valid.")
    ] = VALID_DAYS,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Issue on every request in a folder. Each goes to the person whose session it was made in.

    A request that is refused is listed with the reason and does not stop the others; the exit code is then 1.
    """
    refused: list[tuple[str, str]] = []
    with _one_line(), _progress() as bars:
        files = sorted(entry for entry in requests.iterdir() if entry.suffix == ".json")
        opened = _desk(folder, valid_days=valid_days)
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        task = bars.add_task("Issuing", total=len(files))
        for file in files:
            target = out / f"{file.stem.removesuffix('.request')}.issuance.json"
            try:
                _refuse_existing(target)
                message = RequestMessage.from_json(file.read_bytes())
                _issue(opened, opened.find_person(message.nonce), message, target)
            except (IssuerError, SsiError, OSError) as error:
                refused.append((file.name, explain(error)))
            bars.advance(task)
    for name, line in refused:
        typer.echo(f"{name}: {line}", err=True)
    typer.echo(f"Issued {len(files) - len(refused)} credentials to {out}.")
    if refused:
        _fail(f"{len(refused)} of {len(files)} requests were refused. Do what is said at each, then try those again.")


@app.command()
def recover(
    person: Person,
    employee: Annotated[str, typer.Option("--employee", help="Who checked the person's identity. Is logged.")],
    reason: Annotated[str, typer.Option("--reason", help="What happened, in a few words. Is logged.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Free the record of a person who has lost both their wallet and its 24 words, for a new wallet.

    Check who the person is first. With the new wallet they cannot claim in a period in which the lost one still could.
    Who has the 24 words needs no recovery: the words bring everything back.
    """
    with _one_line():
        opened = _desk(folder)
        if not yes and not typer.confirm(
            "Have you checked who this person is, and are wallet and 24 words both lost?", err=True
        ):
            _fail("Nothing was changed. Check who the person is, then try again.")
        opened.recover(PersonId(person), employee=employee, reason=reason)
    typer.echo("The record belongs to no wallet now. Make a session for the person's new wallet.")


@app.command()
def key(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for a program.")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Print the public keys, one for each type of credential, as the trust registry needs them.

    Nothing secret is shown, and nothing is registered: the registry's own command does that.
    """
    with _one_line():
        place = DeskFolder(folder)
        validator = place.validator()
        keys = place.keys(_passphrase())
        entries = [
            {
                "credential_type": kind.vct,
                "type_id": "0x" + kind.type_id.hex(),
                "key_id": "0x" + keys.key_id(kind).hex(),
                "public_key": "0x" + keys.public_key(kind).hex(),
                "registry_key": "0x" + registry_key(keys.public_key(kind)).hex(),
            }
            for kind in _types()
        ]
    if as_json:
        typer.echo(json.dumps({"did": validator.did, "name": validator.name, "keys": entries}, indent=2))
        return
    typer.echo(f"{validator.name}\n{validator.did}")
    for entry in entries:
        typer.echo()
        for label, value in entry.items():
            typer.echo(f"{label.replace('_', ' '):<16} {value}")


@app.command(name="prove-key")
def prove_key(
    type_name: Annotated[str, typer.Option("--type", help="household-income or age.")],
    chain_id: Annotated[
        int, typer.Option("--chain-id", min=1, max=2**53 - 1, help="Number of the chain where the trust registry is.")
    ],
    registry: Annotated[str, typer.Option("--registry", help="Address of the trust registry.")],
    account: Annotated[str, typer.Option("--account", help="Address of your account, which registers the key.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the file for `stuiver money key add`.")],
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Prove to a trust registry that a key is yours. The file is public and works for your account only."""
    with _one_line():
        _refuse_existing(out)
        kind = next((known for known, (name, _) in zip(_types(), _TYPES, strict=True) if name == type_name), None)
        if kind is None:
            raise SettingsError("type", "must be household-income or age")
        place, holder = _address(registry, "registry"), _address(account, "account")
        keys = DeskFolder(folder).keys(_passphrase())
        possession = keys.prove_possession(kind, chain_id, place, holder)
        made = KeyRegistration(chain_id, place, holder, kind.type_id, keys.public_key(kind), possession)
        create_file(out, made.to_json())
    typer.echo(f"Wrote {out}. Next: `stuiver money key add --registration {out}`.")


def main() -> None:
    """Run the command."""
    app()


@contextmanager
def _one_line() -> Iterator[None]:
    """Every expected error becomes one line and exit code 1; a bug stays a traceback."""
    try:
        yield
    except (IssuerError, SsiError, OSError) as error:
        _fail(explain(error))


def _fail(line: str) -> NoReturn:
    typer.echo(f"Error: {line}", err=True)
    raise typer.Exit(1)


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield bars


def _show_rows(rows: tuple[RowError, ...]) -> None:
    for row in rows[:_SHOWN_ROWS]:
        typer.echo(str(row), err=True)
    if len(rows) > _SHOWN_ROWS:
        typer.echo(f"... and {len(rows) - _SHOWN_ROWS} more.", err=True)


def _passphrase(*, confirm: bool = False) -> str:
    named = os.environ.get(PASSPHRASE_FILE)
    if named:
        return Path(named).read_bytes().decode("utf-8", "replace").split("\n", 1)[0].rstrip("\r")
    if not sys.stdin.isatty():
        _fail(f"No passphrase was given. Run this in a terminal, or let {PASSPHRASE_FILE} name a file with it.")
    typed = typer.prompt("Passphrase of the desk", hide_input=True, confirmation_prompt=confirm, err=True)
    if not isinstance(typed, str) or not typed:
        raise NoPassphraseError
    return typed


def _desk(folder: Path, *, minutes: int = 60, valid_days: int = VALID_DAYS) -> Desk:
    DeskFolder(folder).validator()  # before a passphrase is asked for in vain
    return DeskFolder(folder).open(
        _passphrase(), _types(), clock=_now, valid_days=valid_days, session_life=timedelta(minutes=minutes)
    )


def _issue(desk: Desk, person: PersonId, message: RequestMessage, out: Path) -> None:
    if message.validator != desk.validator.did:
        raise SettingsError("validator", "must be this desk; the wallet made its request for another one")
    kind = next((known for known in desk.types if known.vct == message.credential_type), None)
    if kind is None:
        raise UnknownTypeError
    issuance = desk.issue(person, message.nonce, message.unverified_request, kind)
    create_file(out, IssuanceMessage(desk.validator.did, message.nonce, issuance).to_json())


def _session_message(desk: Desk, opened: Session) -> SessionMessage:
    return SessionMessage(desk.validator.did, opened.nonce, tuple(kind.vct for kind in desk.types), opened.expires_at)


def _types() -> tuple[CredentialType, ...]:
    return tuple(CredentialType.from_json(specs.credential_type_octets(*type_)) for type_ in _TYPES)


def _rulebook(name: str, version: int) -> Rulebook:
    try:
        return Rulebook.from_json(specs.rulebook_octets(name, version))
    except (FileNotFoundError, ValueError):
        raise SettingsError("rulebook", "must be the name and version of a published rulebook") from None


def _address(text: str, option: str) -> bytes:
    if _ADDRESS.fullmatch(text) is None:
        raise SettingsError(option, "must be 0x and 40 hexadecimal digits")
    return bytes.fromhex(text[2:])


def _refuse_existing(path: Path | None) -> None:
    if path is not None and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, "there is a file here already", str(path))


def _file_name(person: PersonId) -> str:
    """A reference as a file name: letters, digits and ``-._~`` stay, all else is percent-encoded."""
    name = quote(person, safe="")
    return (
        name
        if len(name) <= _LONGEST_NAME
        else f"{name[:_LONGEST_NAME]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    )


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
