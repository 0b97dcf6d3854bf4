# SPDX-License-Identifier: EUPL-1.2
"""``stuiver issuer employee``: who may prepare and approve activation letters, and log in at the desk's pages."""

from pathlib import Path
from typing import Annotated, Final

import typer

from issuer.cli.options import DEFAULT_FOLDER, Folder
from issuer.cli.sources import now, passphrase_of_desk, secret_line, store_at
from issuer.cli.telling import plainly
from issuer.desk.employees import Employees
from issuer.folder import DeskFolder

__all__ = ["EMPLOYEE_PASSPHRASE_FILE", "Employee", "app", "employee_at"]

EMPLOYEE_PASSPHRASE_FILE: Final = "STUIVER_EMPLOYEE_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable

app = typer.Typer(
    help="Employees: who prepares and approves letters. Adding one takes the passphrase of the desk.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="2 to 40 small letters, digits, dots and hyphens, such as j.devries.")]
Employee = Annotated[
    str,
    typer.Option(
        "--employee",
        help="Who you are. Your passphrase is asked for, or is the first line of the file that "
        f"{EMPLOYEE_PASSPHRASE_FILE} names. Is logged.",
    ),
]


@app.command("add")
def add_employee(name: Name, folder: Folder = DEFAULT_FOLDER) -> None:
    """Add an employee, with a passphrase of their own. A name is never used for somebody else again."""
    with plainly():
        employees = _as_manager(folder)
        employees.add(name, secret_line(EMPLOYEE_PASSPHRASE_FILE, f"Passphrase of {name}", confirm=True))
    typer.echo(f"{name} can log in now.")


@app.command("passphrase")
def change_passphrase(name: Name, folder: Folder = DEFAULT_FOLDER) -> None:
    """Give an employee a new passphrase, when the old one is forgotten or known to others."""
    with plainly():
        employees = _as_manager(folder)
        passphrase = secret_line(EMPLOYEE_PASSPHRASE_FILE, f"New passphrase of {name}", confirm=True)
        employees.change_passphrase(name, passphrase)
    typer.echo(f"{name} has a new passphrase.")


@app.command("remove")
def remove_employee(name: Name, folder: Folder = DEFAULT_FOLDER) -> None:
    """Let an employee in no longer. What they did stays in the log."""
    with plainly():
        _as_manager(folder).remove(name)
    typer.echo(f"{name} can no longer log in.")


@app.command("list")
def list_employees(folder: Folder = DEFAULT_FOLDER) -> None:
    """Print who may log in."""
    with plainly():
        names = Employees(store_at(folder), now).names()
    for name in names:
        typer.echo(name)


def employee_at(folder: Path, name: str) -> str:
    """Who this is, after their passphrase: the name."""
    employees = Employees(store_at(folder), now)
    return employees.log_in(name, secret_line(EMPLOYEE_PASSPHRASE_FILE, f"Passphrase of {name}")).name


def _as_manager(folder: Path) -> Employees:
    """Changing the list takes the passphrase of the desk."""
    place = DeskFolder(folder)
    place.keys(passphrase_of_desk())
    return Employees(store_at(folder), now)
