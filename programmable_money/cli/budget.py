# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money budget``: what is left for new claims, with a warning when it is low."""

import json
from typing import Annotated

import typer

from programmable_money.budget import WARN_AT_CLAIMS, BudgetState
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
        typer.Option("--warn-below", help="Euros below which it is low; --claims of the largest claims if left out."),
    ] = None,
    claims: Annotated[
        int, typer.Option("--claims", min=1, help="It is low when fewer of the largest claims are left.")
    ] = WARN_AT_CLAIMS,
    language: In = Language.EN,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for another program.")] = False,
) -> None:
    """Say what is left for new claims. Exits with 1 when it is low, so that a timer can warn."""
    with plainly(language):
        opened = fund_at(Chain.rpc(rpc), fund)
        least = None if warn_below is None else amount_of(warn_below, least=0)
        state = BudgetState.of(opened.rules(), opened.books(), least, claims=claims)
    typer.echo(json.dumps(state.to_json()) if as_json else state.sentence(language))
    if state.is_low:
        raise typer.Exit(1)
