# SPDX-License-Identifier: EUPL-1.2
"""``stuiver issuer status`` and ``review``: what the desk decides about credentials and about issuing them."""

from typing import Annotated

import typer

from issuer.cli.options import DEFAULT_FOLDER, Folder, Person
from issuer.cli.sources import desk_at
from issuer.cli.telling import plainly
from issuer.model import PersonId
from issuer.openid.model import ReviewState
from issuer.openid.review import ReviewDesk
from issuer.status.model import StatusAction
from issuer.status.service import TIME_TO_LIVE, StatusDesk
from issuer.type_names import get_type

__all__ = ["app"]

app = typer.Typer()
status = typer.Typer(help="Suspend, reinstate or revoke the credentials of a person.", no_args_is_help=True)
review = typer.Typer(help="Look at a record before credentials are issued for it.", no_args_is_help=True)
app.add_typer(status, name="status")
app.add_typer(review, name="review")

TypeName = Annotated[str, typer.Option("--type", help="The type of credential, such as age or age/v2.")]
Employee = Annotated[str, typer.Option("--employee", help="Who decides; logged.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words; logged.")]


@status.command()
def suspend(
    person: Person, type_name: TypeName, employee: Employee, reason: Reason, folder: Folder = DEFAULT_FOLDER
) -> None:
    """No verifier accepts the person's credentials of a type for the time being, and no new ones are issued."""
    _decide(folder, person, type_name, StatusAction.SUSPEND, employee, reason)


@status.command()
def reinstate(
    person: Person, type_name: TypeName, employee: Employee, reason: Reason, folder: Folder = DEFAULT_FOLDER
) -> None:
    """Suspended credentials count again; new ones may be issued, also after revoking."""
    _decide(folder, person, type_name, StatusAction.REINSTATE, employee, reason)


@status.command()
def revoke(
    person: Person, type_name: TypeName, employee: Employee, reason: Reason, folder: Folder = DEFAULT_FOLDER
) -> None:
    """No verifier accepts the person's credentials of a type ever again, and no new ones are issued."""
    _decide(folder, person, type_name, StatusAction.REVOKE, employee, reason)


@review.command()
def hold(person: Person, employee: Employee, reason: Reason, folder: Folder = DEFAULT_FOLDER) -> None:
    """Wallets that ask for this person's credentials are told to come back later."""
    _review(folder, person, ReviewState.UNDER_REVIEW, employee, reason)
    typer.echo("Held. End it with `review clear` or `review refuse`.")


@review.command()
def clear(person: Person, employee: Employee, reason: Reason, folder: Folder = DEFAULT_FOLDER) -> None:
    """Credentials are issued for this record, also to wallets that were told to come back."""
    _review(folder, person, ReviewState.CLEAR, employee, reason)
    typer.echo("Clear. Wallets get the credentials when they ask again.")


@review.command()
def refuse(person: Person, employee: Employee, reason: Reason, folder: Folder = DEFAULT_FOLDER) -> None:
    """No credentials are issued for this record as it is."""
    _review(folder, person, ReviewState.REFUSED, employee, reason)
    typer.echo("Refused. Wallets are told to ask at the desk. `review clear` takes it back.")


def _decide(folder: Folder, person: str, type_name: str, action: StatusAction, employee: str, reason: str) -> None:
    with plainly():
        desk = desk_at(folder)
        kind = get_type(type_name, desk.types)
        changed = StatusDesk(desk).decide(PersonId(person), kind, action, employee=employee, reason=reason)
    minutes = int(TIME_TO_LIVE.total_seconds()) // 60
    typer.echo(f"Changed {changed.copies} copies. Verifiers see it within {minutes} minutes of their last look.")
    if action is not StatusAction.REINSTATE:
        typer.echo("Blind proofs have no status: a credential for them ends on its own last day.")


def _review(folder: Folder, person: str, state: ReviewState, employee: str, reason: str) -> None:
    with plainly():
        ReviewDesk(desk_at(folder)).decide(PersonId(person), state, employee=employee, reason=reason)
