# SPDX-License-Identifier: EUPL-1.2
"""How the desk's commands tell what happens: progress while they work, one line when they cannot."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Final, NoReturn, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from edge.language import Language
from issuer.activation.wording import find_explanation
from issuer.desk.wording import find_employee_explanation
from issuer.errors import IssuerError, RowError
from issuer.wording import explain
from ssi.errors import SsiError

__all__ = ["close_in_the_end", "explain_all", "fail", "plainly", "progress", "show_rows"]

_SHOWN_ROWS: Final = 50
_OPENED: Final[ContextVar[ExitStack]] = ContextVar("_OPENED")


class _Closable(Protocol):
    def close(self) -> None: ...


@contextmanager
def plainly() -> Iterator[None]:
    """Every expected error becomes one line and exit code 1; a bug stays a traceback. Closes what was opened inside."""
    with ExitStack() as opened:
        _OPENED.set(opened)
        try:
            yield
        except (IssuerError, SsiError, OSError) as error:
            fail(explain_all(error))


def close_in_the_end(opened: _Closable) -> None:
    """Close something where the block of ``plainly`` ends in which it was opened."""
    _OPENED.get().callback(opened.close)


def explain_all(error: Exception) -> str:
    """One line about an error of any part of the desk."""
    for find in (find_explanation, find_employee_explanation):
        line = find(error, Language.EN)
        if line is not None:
            return line
    return explain(error)


def fail(line: str) -> NoReturn:
    """One line on standard error, exit code 1."""
    typer.echo(f"Error: {line}", err=True)
    raise typer.Exit(1)


@contextmanager
def progress() -> Iterator[Progress]:
    """Bars while a command works, on a terminal only."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield bars


def show_rows(rows: tuple[RowError, ...]) -> None:
    """What is wrong with the lines of a file, on standard error; a long list is cut."""
    for row in rows[:_SHOWN_ROWS]:
        typer.echo(str(row), err=True)
    if len(rows) > _SHOWN_ROWS:
        typer.echo(f"... and {len(rows) - _SHOWN_ROWS} more.", err=True)
