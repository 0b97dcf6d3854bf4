# SPDX-License-Identifier: EUPL-1.2
"""``stuiver issuer activation``: letters with which people fetch their credentials, from a list to a PDF."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from edge.language import Language
from issuer.activation.approvals import read_approvals
from issuer.activation.desk import ActivationDesk
from issuer.activation.errors import ApprovalFileError
from issuer.activation.model import ActivationState
from issuer.activation.posting import Letters, PostRoom
from issuer.activation.secrets import activation_secret
from issuer.activation.service import ActivationService
from issuer.activation.settings import Sender
from issuer.activation.wording import ACTIONS, STATES
from issuer.cli.employees import Employee, employee_at
from issuer.cli.options import DEFAULT_FOLDER, Folder
from issuer.cli.sources import now, passphrase_of_desk, refuse_existing, store_at
from issuer.cli.telling import plainly, show_rows
from issuer.errors import SettingsError
from issuer.folder import DeskFolder
from issuer.model import PersonId
from issuer.openid.configurations import configurations_of
from issuer.type_names import type_name
from ssi.atomic_file import create_file
from ssi.credential.document import Wording

__all__ = ["app"]

_FILE_WIDTH: Final = 160
"""Characters of a line where no terminal says how wide it is."""

app = typer.Typer(
    help="Activation letters: a QR code and a PIN with which a person fetches credentials into a wallet.\n\n"
    "In order: `setup` once, `prepare` a list, `approve` it as another employee, make the `letters`. "
    "Then `list`, `resend`, `unlock` and `revoke`.",
    no_args_is_help=True,
)

BatchNumber = Annotated[int, typer.Argument(help="The number of the batch, as `prepare` and `list` show it.")]
CodeNumber = Annotated[int, typer.Argument(help="The number of the code, as `list` shows it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a few words. Is logged.")]
Out = Annotated[Path, typer.Option("--out", help="Where to write the PDF with the letters. Personal and secret.")]
Pins = Annotated[
    Path | None,
    typer.Option("--pins", help="Print the PINs in letters of their own, to this PDF; to be sent on another day."),
]
ByValue = Annotated[
    bool, typer.Option("--by-value", help="Put the whole offer in the QR code, for wallets that cannot fetch it.")
]
Days = Annotated[int, typer.Option("--days", min=1, max=366, help="How many days the codes work.")]


@app.command()
def setup(
    public_url: Annotated[
        str, typer.Option("--public-url", help="Address of your service for wallets, such as https://desk.example.")
    ],
    return_address: Annotated[
        str, typer.Option("--return-address", help="For the envelope's window, such as `Postbus 1, 9800 AA Zuidhorn`.")
    ],
    phone: Annotated[str, typer.Option("--phone", help="Whom to call with questions or a locked code.")],
    hours_nl: Annotated[str, typer.Option("--hours-nl", help="When, in Dutch, such as `op werkdagen, 9 tot 17 uur`.")],
    hours_en: Annotated[str, typer.Option("--hours-en", help="When, in English, such as `on weekdays, 9 to 17`.")],
    website: Annotated[str, typer.Option("--website", help="Where the wallet is explained, without https://.")],
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Say who sends the letters and where people find help. May be done again; letters that were sent stay."""
    with plainly():
        name = DeskFolder(folder).validator().name
        Sender(name, public_url, return_address, phone, Wording(hours_nl, hours_en), website).write(folder)
    typer.echo("Letters can be made now. Next: `employee add` two employees, then `activation prepare LIST`.")


@app.command()
def prepare(
    file: Annotated[Path, typer.Argument(help="The list: CSV in UTF-8 with the columns person,language,credentials.")],
    employee: Employee,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Take the good lines although others are bad.")
    ] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Prepare letters for a list of persons; another employee approves them.

    The column language is nl or en, the column credentials has one or more of the types that the desk issues, such as
    household-income and age, with spaces between them. Every line is checked. If one is bad, nothing is prepared, and
    each fault is shown.
    """
    with plainly():
        who = employee_at(folder, employee)
        desk = _desk(folder)
        try:
            found = read_approvals(
                file.read_bytes(),
                credentials=[type_name(kind) for kind in DeskFolder(folder).types()],
                refusal_of=desk.refusal_of,
                skip_bad_rows=skip_bad_rows,
            )
        except ApprovalFileError as error:
            show_rows(error.rows)
            raise
        batch = desk.prepare(found.approvals, employee=who)
    show_rows(found.refused)
    typer.echo(f"Prepared batch {batch} with {len(found.approvals)} persons.")
    typer.echo(
        f"Next: another employee looks at `activation list --batch {batch}` and runs `activation approve {batch}`."
    )


@app.command()
def approve(batch: BatchNumber, employee: Employee, folder: Folder = DEFAULT_FOLDER) -> None:
    """Approve a batch that another employee prepared. Look at it first, and `revoke` whoever should get no letter."""
    with plainly():
        count = _desk(folder).approve(batch, employee=employee_at(folder, employee))
    typer.echo(f"Approved batch {batch}: {count} letters can be made.")


@app.command()
def letters(
    batch: BatchNumber,
    employee: Employee,
    out: Out,
    pins: Pins = None,
    by_value: ByValue = False,
    days: Days = 30,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Make the letters of an approved batch. Codes and PINs are in the PDF only, and work from now on."""
    with plainly():
        who = employee_at(folder, employee)
        keep = _keeping(out, pins)
        count = _post_room(folder, days, by_value, pins).make_letters(batch, employee=who, keep=keep)
    typer.echo(f"Wrote {count} letters to {out}. Print them, then delete the file.")


@app.command()
def resend(code: CodeNumber, employee: Employee, reason: Reason, folder: Folder = DEFAULT_FOLDER) -> None:
    """Prepare a new letter with a new code and PIN, for another employee to approve; the old letter stops working."""
    with plainly():
        batch = _desk(folder).resend(code, employee=employee_at(folder, employee), reason=reason)
    _say_replaced(code, batch)


@app.command()
def unlock(code: CodeNumber, employee: Employee, reason: Reason, folder: Folder = DEFAULT_FOLDER) -> None:
    """Prepare a new letter in the place of one whose code three wrong PINs have locked, as `resend` does."""
    with plainly():
        batch = _desk(folder).unlock(code, employee=employee_at(folder, employee), reason=reason)
    _say_replaced(code, batch)


@app.command()
def revoke(code: CodeNumber, employee: Employee, reason: Reason, folder: Folder = DEFAULT_FOLDER) -> None:
    """End a code that has not been used: the letter is lost, or the person has no right to it any more."""
    with plainly():
        _desk(folder).revoke(code, employee=employee_at(folder, employee), reason=reason)
    typer.echo(f"Code {code} no longer works.")


@app.command("list")
def list_codes(
    batch: Annotated[int | None, typer.Option("--batch", help="Codes of this batch only.")] = None,
    person: Annotated[str | None, typer.Option("--person", help="Codes of this person only.")] = None,
    state: Annotated[ActivationState | None, typer.Option("--state", help="Codes in this state only.")] = None,
    log: Annotated[int | None, typer.Option("--log", help="Show who did what with this code, instead.")] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Show the codes and their states. What a wallet is or does is never known, except that it used a code."""
    with plainly():
        desk = _desk(folder)
        if log is not None:
            for event in desk.log(code=log):
                said = ACTIONS[event.action][Language.EN]
                by, why = event.employee or "-", f": {event.reason}" if event.reason else ""
                typer.echo(f"{event.at:%Y-%m-%d %H:%M}  {by}  {said}{why}")
            return
        desk.expire()
        codes = desk.codes(batch=batch, person=None if person is None else PersonId(person), state=state)
        moment = now()
    table = Table("code", "batch", "person", "language", "credentials", "state", "sent", "until", "used")
    for code in codes:
        days = (f"{at:%Y-%m-%d}" if at else "" for at in (code.sent_at, code.expires_at, code.redeemed_at))
        said = STATES[code.state_at(moment)][Language.EN]
        table.add_row(
            str(code.id), str(code.batch), code.person, code.language.value, " ".join(code.credentials), said, *days
        )
    is_terminal = Console().is_terminal
    Console(width=None if is_terminal else _FILE_WIDTH).print(table)


def _say_replaced(code: int, batch: int) -> None:
    typer.echo(f"Prepared batch {batch} with the new letter; code {code} is dead.")
    typer.echo(f"Next: another employee runs `activation approve {batch}`, then make the `activation letters {batch}`.")


def _desk(folder: Path) -> ActivationDesk:
    return ActivationDesk(store_at(folder), now)


def _post_room(folder: Path, days: int, by_value: bool, pins: Path | None) -> PostRoom:
    from issuer.activation.letters import LetterPress  # what makes PDF files takes long to load

    place = DeskFolder(folder)
    sender = Sender.read(folder)
    secret, store = activation_secret(place.keys(passphrase_of_desk())), store_at(folder)
    kinds = place.types()
    found = configurations_of(kinds)
    configurations = {type_name(kind): tuple(name for name, one in found.items() if one.type == kind) for kind in kinds}
    service = ActivationService(store, secret, sender.public_url, configurations)
    titles = {type_name(kind): kind.title for kind in kinds}
    press = LetterPress(service, sender, titles, is_pin_apart=pins is not None, is_by_value=by_value)
    return PostRoom(store, now, secret, press, timedelta(days=days))


def _keeping(out: Path | None, pins: Path | None) -> Callable[[Letters], None]:
    """Writes the files; refuses now what would be refused then."""
    refuse_existing(out)
    refuse_existing(pins)
    if out is not None and out == pins:
        raise SettingsError("pins", "must be another file than the letters'")

    def keep(made: Letters) -> None:
        written: list[Path] = []
        try:
            for path, octets in ((out, made.letters), (pins, made.pins)):
                if path is not None and octets is not None:
                    create_file(path, octets)
                    written.append(path)
        except OSError:
            for path in written:
                path.unlink()
            raise

    return keep
