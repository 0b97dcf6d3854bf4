# SPDX-License-Identifier: EUPL-1.2
"""``stuiver issuer issue``, ``issue-many`` and ``recover``: credentials for wallets."""

from pathlib import Path
from typing import Annotated

import typer

from issuer.cli.options import DEFAULT_FOLDER, Folder, Person
from issuer.cli.sources import desk_at, refuse_existing
from issuer.cli.telling import fail, plainly, progress
from issuer.credentials import VALID_DAYS
from issuer.errors import IssuerError, SettingsError, UnknownTypeError
from issuer.model import PersonId
from issuer.recovering import recover_person
from issuer.service import Desk
from issuer.wording import explain
from ssi.atomic_file import create_file
from ssi.credential.messages import IssuanceMessage, RequestMessage
from ssi.errors import SsiError

__all__ = ["app"]

app = typer.Typer()


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
    with plainly():
        refuse_existing(out)
        message = RequestMessage.from_json(request.read_bytes())
        _issue(desk_at(folder, valid_days=valid_days), PersonId(person), message, out)
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
    with plainly(), progress() as bars:
        files = sorted(entry for entry in requests.iterdir() if entry.suffix == ".json")
        opened = desk_at(folder, valid_days=valid_days)
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        task = bars.add_task("Issuing", total=len(files))
        for file in files:
            target = out / f"{file.stem.removesuffix('.request')}.issuance.json"
            try:
                refuse_existing(target)
                message = RequestMessage.from_json(file.read_bytes())
                _issue(opened, opened.find_person(message.nonce), message, target)
            except (IssuerError, SsiError, OSError) as error:
                refused.append((file.name, explain(error)))
            bars.advance(task)
    for name, line in refused:
        typer.echo(f"{name}: {line}", err=True)
    typer.echo(f"Issued {len(files) - len(refused)} credentials to {out}.")
    if refused:
        fail(f"{len(refused)} of {len(files)} requests were refused. Do what is said at each, then try those again.")


@app.command()
def recover(
    person: Person,
    employee: Annotated[str, typer.Option("--employee", help="Who checked the person's identity. Is logged.")],
    reason: Annotated[str, typer.Option("--reason", help="What happened, in a few words. Is logged.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Free the record of a person who has lost both their wallet and its 24 words, for a new wallet.

    Check who the person is first. It ends all that the lost wallet could still do here: letters that were not used, its
    tokens, and by their status the SD-JWT credentials that it has. With the new wallet they cannot claim in a period in
    which the lost one still could. Who has the 24 words needs no recovery: the words bring everything back.
    """
    with plainly():
        opened = desk_at(folder)
        if not yes and not typer.confirm(
            "Have you checked who this person is, and are wallet and 24 words both lost?", err=True
        ):
            fail("Nothing was changed. Check who the person is, then try again.")
        recover_person(opened, PersonId(person), employee=employee, reason=reason)
    typer.echo("The record belongs to no wallet now. Make a session or a letter for the person's new wallet.")


def _issue(desk: Desk, person: PersonId, message: RequestMessage, out: Path) -> None:
    if message.validator != desk.validator.did:
        raise SettingsError("validator", "must be this desk; the wallet made its request for another one")
    kind = next((known for known in desk.types if known.vct == message.credential_type), None)
    if kind is None:
        raise UnknownTypeError
    issuance = desk.issue(person, message.nonce, message.unverified_request, kind)
    create_file(out, IssuanceMessage(desk.validator.did, message.nonce, issuance).to_json())
