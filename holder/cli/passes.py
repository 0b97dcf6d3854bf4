# SPDX-License-Identifier: EUPL-1.2
"""``stuiver wallet pass``: a pass and its offers. Works on files, as the rest of the wallet's commands."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from edge.fetch import GuardedFetch
from holder.cli.opening import (
    DEFAULT_WALLET,
    LanguageOption,
    RulebookOption,
    WalletOption,
    explained,
    open_wallet,
    read_file,
    valid_until,
)
from holder.passes.fetching import fetch_pass
from holder.passes.refusals import TEXTS
from holder.passes.service import ListedOffer
from holder.passes.view import PassView, read_uses
from holder.wording import ASK, FETCH_PASS, PASS_DESK, PROVED, SHOWN, Language, euros
from programmable_money.messages import parse_address
from ssi.atomic_file import replace_file

__all__ = ["app"]

app = typer.Typer(
    help="Passes: offers instead of money. A shop learns that your pass is valid, and the price.", no_args_is_help=True
)
PassFile = Annotated[Path, typer.Option("--pass", help="The pass's description, as `money pass describe` prints it.")]
Out = Annotated[Path, typer.Option("--out", help="Where to write it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; what is shown is printed and logged all the same.")]
_EUROS: Final = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{2}))?")


@app.command()
def activate(
    described: PassFile,
    out: Out,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
    rulebook: RulebookOption = None,
    yes: Yes = False,
) -> None:
    """Activate a pass, once a year: proves that you qualify, shows nothing, and writes a message for a relayer."""
    with explained(language):
        view = PassView.from_json(read_file(described))
        with open_wallet(wallet, language, rulebook) as opened:
            plan = opened.passes.plan_activation(view, now=datetime.now(UTC))
            _tell([f"{item.name}: {item.value}" for item in plan.shown], plan.proven(language), language)
            if not yes and not typer.confirm(language.of(ASK)):
                opened.decline(plan, now=datetime.now(UTC))
                typer.echo("Nothing was sent.")
                raise typer.Exit(1)
            message = opened.passes.activate(plan, now=datetime.now(UTC))
        replace_file(out, message.to_json().encode())
        typer.echo(f"Wrote {out}. Next: give it to a relayer; it can neither change nor redirect it.")


@app.command()
def fetch(
    described: PassFile,
    desk: Annotated[
        str, typer.Option("--desk", help="Where the desk of the pass is, such as https://pas.city.example.")
    ],
    this_machine: Annotated[
        bool, typer.Option("--this-machine", help="The desk is on this machine: a try-out.")
    ] = False,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
    rulebook: RulebookOption = None,
    yes: Yes = False,
) -> None:
    """Fetch the pass that you activated, from the desk of the municipality. It learns no name and no income."""
    with explained(language):
        view = PassView.from_json(read_file(described))
        guarded = GuardedFetch.for_this_machine() if this_machine else GuardedFetch()
        with open_wallet(wallet, language, rulebook) as opened:
            typer.echo(language.of(PASS_DESK).format(desk=desk))
            if not yes and not typer.confirm(language.of(FETCH_PASS)):
                typer.echo("Nothing was sent.")
                raise typer.Exit(1)
            held = fetch_pass(opened.passes, view, desk, guarded, lambda: datetime.now(UTC)).credential
        typer.echo(f"Kept: {language.of(held.type.title)}, {valid_until(held.values)}.")
        typer.echo("Next: `wallet pass offers` shows what you can use.")


@app.command()
def offers(
    described: PassFile,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
    rulebook: RulebookOption = None,
) -> None:
    """Show the offers: what you can use now, and what is left. Nobody learns that you looked."""
    with explained(language):
        view = PassView.from_json(read_file(described))
        with open_wallet(wallet, language, rulebook) as opened:
            for item in opened.passes.offers(view, now=datetime.now(UTC)):
                typer.echo(_line(item, language))


@app.command()
def use(
    described: PassFile,
    offer: Annotated[int, typer.Option("--offer", help="The number of the offer that the till shows.", min=1)],
    shop: Annotated[str, typer.Option("--shop", help="The account of the shop that shows it.")],
    price: Annotated[str, typer.Option("--price", help="The price in euros that the till shows, such as 9.75.")],
    out: Out,
    again: Annotated[
        bool, typer.Option("--again", help="Show the last use at this shop and price once more: it did not arrive.")
    ] = False,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
    rulebook: RulebookOption = None,
    yes: Yes = False,
) -> None:
    """Use an offer: a proof for this shop and this price only. It says first what leaves: nothing about you."""
    with explained(language):
        view, now = PassView.from_json(read_file(described)), datetime.now(UTC)
        with open_wallet(wallet, language, rulebook) as opened:
            plan = opened.passes.plan_use(view, offer, parse_address(shop), _cents(price), now=now, again=again)
            shown = [f"{item.name}: {item.value}" for item in plan.shown(language)]
            _tell(shown, plan.proven(language), language)
            typer.echo(f"{euros(plan.quote.price, language)} -> {euros(plan.quote.citizen, language)}")
            if not yes and not typer.confirm(language.of(ASK)):
                opened.passes.decline(plan, now=now)
                typer.echo("Nothing was sent.")
                raise typer.Exit(1)
            message = opened.passes.use(plan, now=datetime.now(UTC))
        replace_file(out, message.to_json().encode())
        typer.echo(f"Wrote {out}. Next: show it at the till of this shop.")


@app.command()
def learn(
    described: PassFile,
    uses: Annotated[Path, typer.Option("--uses", help="The list of all uses, as `money pass uses` prints it.")],
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
    rulebook: RulebookOption = None,
) -> None:
    """Look up your own uses in the list of all: after a restore, or to see whether a use arrived. Asks nobody."""
    with explained(language):
        view = PassView.from_json(read_file(described))
        taken = read_uses(read_file(uses))
        with open_wallet(wallet, language, rulebook) as opened:
            opened.passes.restore(view)
            held = opened.passes.learn(view, taken, now=datetime.now(UTC))
        counted = sum(item.is_counted for item in held.uses)
        typer.echo(f"{counted} of {len(held.uses)} uses are on the chain")


def _line(item: ListedOffer, language: Language) -> str:
    left = f"{item.left} of {item.offer.uses_per_pass}"
    places = "" if item.places is None else f", {item.places} places"
    why = "" if item.why_not is None else f"\n   {language.of(TEXTS[item.why_not])}"
    return f"{item.number}. {language.of(item.offer.title)}: {left}{places}{why}"


def _tell(shown: list[str], proven: tuple[str, ...], language: Language) -> None:
    """Say before anything is proved what everybody will learn."""
    typer.echo(language.of(SHOWN))
    for line in shown:
        typer.echo(f"  {line}")
    typer.echo(language.of(PROVED))
    for line in proven:
        typer.echo(f"  {line}")


def _cents(text: str) -> int:
    match = _EUROS.fullmatch(text)
    if match is None:
        raise typer.BadParameter("euros with no or two decimals, such as 12.50", param_hint="--price")
    return int(match[1]) * 100 + int(match[2] or 0)
