# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money database``: bring a database to the form that this version reads."""

from contextlib import closing
from typing import Annotated

import typer

from programmable_money.cli.telling import plainly
from programmable_money.store import Store

__all__ = ["app"]

app = typer.Typer(help="The database: read model, relayer's outbox, settlements and shops.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The database: read model, relayer's outbox, settlements and shops."""


@app.command()
def upgrade(
    database: Annotated[
        str, typer.Option(help="Address of the database, such as sqlite:///money.db or postgresql+psycopg://host/name.")
    ],
) -> None:
    """Bring a database to this version, or make it. Every command that opens one does it, too."""
    with plainly(), closing(Store(database)):
        typer.echo("The database is that of this version.")
