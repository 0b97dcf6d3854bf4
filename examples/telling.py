# SPDX-License-Identifier: EUPL-1.2
"""How the story looks on a terminal: numbered chapters, short sentences, one table at a time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

__all__ = ["Teller"]

_T = TypeVar("_T")
_INDENT = (0, 0, 0, 3)


class Teller:
    """Tells the story to a person.

    Args:
        console: where; not a terminal means no colours and no moving bars.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._chapter = 0

    def title(self, title: str, text: str) -> None:
        """Open the story."""
        self.console.print()
        self.console.rule(f"[bold]{title}[/bold]")
        self.console.print(Padding(text, (1, 3)))

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._chapter += 1
        self.console.print(f"\n[bold cyan]{self._chapter}. {title}[/bold cyan]")

    def say(self, text: str) -> None:
        """One thing that happens."""
        self.console.print(Padding(text, _INDENT))

    def sees(self, **what: str) -> None:
        """Who gets to see what in this chapter."""
        self._grid((f"[dim]{who.replace('_', ' ')} sees[/dim]", f"[dim]{sees}[/dim]") for who, sees in what.items())

    def refused(self, attempt: str, reason: str, sentence: str) -> None:
        """Something that must not work, and did not."""
        self._item("[red]✗[/red]", f"{attempt}\n[red]{reason}[/red] [dim]{sentence}[/dim]")

    def done(self, text: str) -> None:
        """Something that worked."""
        self._item("[green]✓[/green]", text)

    def shown(self, items: Iterable[tuple[str, str]]) -> None:
        """A few lines of two words or sentences each, such as what a wallet wrote down."""
        self._grid(((f"[dim]{left}[/dim]", right) for left, right in items))

    def track(self, items: Sequence[_T], label: str) -> Iterator[_T]:
        """The items one by one, with a progress bar."""
        with self.progress() as progress:
            task = progress.add_task(f"   {label}", total=len(items))
            for item in items:
                yield item
                progress.advance(task)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: int = 1) -> None:
        """A table whose columns from ``right`` on are numbers."""
        table = Table(title=title, title_justify="left", title_style="bold")
        for index, column in enumerate(columns):
            table.add_column(column, justify="right" if index >= right else "left")
        for row in rows:
            table.add_row(*row)
        self.console.print(Padding(table, (1, 0, 0, 3)))

    def _item(self, marker: str, text: str) -> None:
        self._grid([(marker, text)])

    def _grid(self, rows: Iterable[tuple[str, str]]) -> None:
        """Two columns, so that a long line goes on under its own beginning."""
        grid = Table.grid(padding=(0, 1))
        for row in rows:
            grid.add_row(*row)
        self.console.print(Padding(grid, _INDENT))

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A progress bar that disappears when it is done."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.console, transient=True) as progress:
            yield progress
