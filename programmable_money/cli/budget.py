# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money budget``: what is left for new claims, with a warning when it is low."""

from typing import Annotated

import typer

from programmable_money.budget import BudgetState
from programmable_money.chain import Chain
from programmable_money.cli.options import FundOption, In, Rpc
from programmable_money.cli.sources import amount_of, fund_at
from programmable_money.cli.telling import plainly
from programmable_money.model import Language

__all__ = ["app"]

app = typer.Typer()


@app.command()
def budget(
    rpc: Rpc,
    fund: FundOption,
    warn_below: Annotated[
        str | None,
        typer.Option("--warn-below", help="Euros; ten of the largest claims if left out."),
    ] = None,
    language: In = Language.EN,
) -> None:
    """Say what is left for new claims. Exits with 1 when it is low, so that a timer can warn."""
    with plainly(language):
        opened = fund_at(Chain.rpc(rpc), fund)
        least = None if warn_below is None else amount_of(warn_below, least=0)
        state = BudgetState.of(opened.rules(), opened.books(), least)
    typer.echo(state.sentence(language))
    if state.is_low:
        raise typer.Exit(1)
