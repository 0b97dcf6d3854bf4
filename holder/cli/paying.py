# SPDX-License-Identifier: EUPL-1.2
"""``stuiver wallet pay``: approve what a till shows. The till learns the account, the amount and nothing else."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from edge.fetch import GuardedFetch
from holder.cli.opening import (
    DEFAULT_WALLET,
    LanguageOption,
    ProgrammeOption,
    WalletOption,
    explained,
    open_wallet,
    read_file,
)
from holder.programme import ProgrammeView
from holder.wording import ASK_PAYMENT, PAID_AT_TILL, PAY, Language, euros
from programmable_money.messages import PaymentRequest

__all__ = ["app"]

app = typer.Typer()
_MOST_OCTETS = 8192


@app.command()
def pay(
    link: Annotated[str, typer.Argument(help="What the till's QR code says.")],
    programme: ProgrammeOption,
    this_machine: Annotated[
        bool, typer.Option("--this-machine", help="The till's service is on this machine: for a try-out.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; pay what the till asks.")] = False,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Approve the exact amount that a till shows, once, for that shop only. You see it first."""
    with explained(language):
        fetch = GuardedFetch.for_this_machine() if this_machine else GuardedFetch()
        view = ProgrammeView.from_json(read_file(programme))
        shown = fetch.get(link, accept="application/json", most=_MOST_OCTETS)
        request = PaymentRequest.from_json(shown.octets.decode("utf-8", "replace"))
        with open_wallet(wallet, language) as opened:
            amount = euros(request.amount, language)
            typer.echo(language.of(ASK_PAYMENT).format(amount=amount, shop=request.merchant))
            for sentence in opened.unforeseen(view.scope, request.amount, request.merchant):
                typer.echo(sentence)
            if not yes and not typer.confirm(language.of(PAY)):
                typer.echo("Nothing was signed or sent.")
                raise typer.Exit(1)
            made = opened.sign_requested(view.scope, request, request.amount, now=datetime.now(UTC))
        fetch.post_json(link, json.loads(made.to_json()))
        typer.echo(language.of(PAID_AT_TILL).format(amount=amount))
