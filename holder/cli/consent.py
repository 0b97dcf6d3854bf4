# SPDX-License-Identifier: EUPL-1.2
"""What left the wallet, when and to whom."""

import json

import typer

from holder.cli.opening import DEFAULT_WALLET, JsonOption, WalletOption, explained, open_wallet
from holder.wording import Language

__all__ = ["app"]

app = typer.Typer(help="What you have shown, to whom and when.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """What you have shown, to whom and when."""


@app.command("log")
def consent_log(
    wallet: WalletOption = DEFAULT_WALLET,
    as_json: JsonOption = False,
) -> None:
    """Show everything that ever left this wallet: when, to whom, what was shown and what was proved."""
    with explained(), open_wallet(wallet, Language.EN) as opened:
        entries = opened.consents.entries
    if as_json:
        typer.echo(json.dumps([entry.to_json() for entry in entries], ensure_ascii=False))
        return
    for entry in entries:
        typer.echo(f"{entry.at:%Y-%m-%d %H:%M} UTC, {entry.outcome.value}, to {entry.recipient}")
        for item in entry.disclosed:
            typer.echo(f"  shown: {item.name}: {item.value}")
        for statement in entry.proven:
            typer.echo(f"  proved: {statement}")
    if not entries:
        typer.echo("Nothing has ever left this wallet.")
