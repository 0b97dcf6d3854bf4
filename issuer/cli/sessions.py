# SPDX-License-Identifier: EUPL-1.2
"""``stuiver issuer session`` and ``sessions``: permission for wallets to ask."""

import hashlib
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import typer

from issuer.cli.options import DEFAULT_FOLDER, Folder, Person
from issuer.cli.sources import desk_at, refuse_existing
from issuer.cli.telling import plainly, progress
from issuer.model import PersonId, Session
from issuer.service import Desk
from ssi.atomic_file import create_file
from ssi.credential.messages import SessionMessage

__all__ = ["app"]

app = typer.Typer()

_LONGEST_NAME: Final = 120


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
    with plainly():
        refuse_existing(out)
        opened = desk_at(folder, minutes=minutes)
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
    with plainly(), progress() as bars:
        opened = desk_at(folder, minutes=minutes)
        with opened.store.transaction() as transaction:
            persons = transaction.persons()
        targets = [out / f"{_file_name(person)}.session.json" for person in persons]
        for target in targets:
            refuse_existing(target)
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        task = bars.add_task("Writing sessions", total=len(persons))
        for target, made in zip(targets, opened.open_sessions(persons), strict=True):
            create_file(target, _session_message(opened, made).to_json())
            bars.advance(task)
    typer.echo(f"Wrote {len(persons)} sessions to {out}.")


def _session_message(desk: Desk, opened: Session) -> SessionMessage:
    return SessionMessage(desk.validator.did, opened.nonce, tuple(kind.vct for kind in desk.types), opened.expires_at)


def _file_name(person: PersonId) -> str:
    """A reference as a file name: letters, digits and ``-._~`` stay, all else is percent-encoded."""
    name = quote(person, safe="")
    return (
        name
        if len(name) <= _LONGEST_NAME
        else f"{name[:_LONGEST_NAME]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    )
