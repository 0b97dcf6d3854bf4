# SPDX-License-Identifier: EUPL-1.2
"""How the commands speak: refusals as the sentence for their reason, errors as one line, progress on long work.

Invariants:

- Whatever goes wrong is told on standard error without a traceback, and ends with exit code 1; a bug stays a traceback.
- Standard output has only what was asked for, so that it can go into a file or a variable.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from programmable_money.model import Language, MoneyError
from programmable_money.refusals import RefusalReason, RefusedError, sentence
from programmable_money.till import TillError
from ssi.errors import SsiError

__all__ = ["plainly", "progress", "tell_error"]


Words = Callable[[RefusalReason, Language], str]
"""The sentence for a reason."""


@contextmanager
def plainly(language: Language = Language.EN, *, words: Words = sentence) -> Iterator[None]:
    """Tell a person what went wrong, in a sentence and without a traceback, and exit with 1.

    Args:
        words: where a programme has sentences of its own.
    """
    try:
        yield
    except (MoneyError, SsiError, ValueError, OSError) as error:
        tell_error(error, language, words=words)
        raise typer.Exit(1) from error


def tell_error(error: Exception, language: Language = Language.EN, *, of: str = "", words: Words = sentence) -> None:
    """Say what went wrong on standard error.

    Args:
        of: what it is about, such as the name of one file of several.
        words: as ``plainly``.
    """
    lead = f"{of}: " if of else ""
    if isinstance(error, RefusedError):
        details = ", ".join(f"{name} {_plain(value)}" for name, value in error.fields.items())
        _tell_refusal(lead, error.reason, words(error.reason, language))
        _print(f"The contract says {error.error}{': ' + details if details else ''}.")
    elif isinstance(error, TillError):
        _tell_refusal(lead, error.reason, words(error.reason, language))
    else:
        what = str(error)
        if isinstance(error, OSError) and error.filename is not None:
            what = f"{error.filename}: {error.strerror}"
        _print(f"{lead}{what}", "Not done: ")


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error while work goes on, for people only; gives what moves it one step on."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=total)
        yield lambda: bars.advance(task)


def _tell_refusal(lead: str, reason: RefusalReason, text: str) -> None:
    _print(f"{lead}{text}", f"Refused ({reason.value}): ")


def _print(text: str, mark: str = "") -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(mark, style="red", end="", markup=False)
    console.print(text, markup=False)


def _plain(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
