# SPDX-License-Identifier: EUPL-1.2
"""Making a wallet, and looking into it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from holder.cli.opening import (
    DEFAULT_WALLET,
    LanguageOption,
    WalletOption,
    ask,
    explained,
    open_wallet,
    passphrase,
    read_file,
    valid_until,
)
from holder.published import published
from holder.service import Wallet
from holder.wording import Language, euros
from ssi.atomic_file import create_file

__all__ = ["app"]

app = typer.Typer()


@app.command()
def create(
    wallet: WalletOption = DEFAULT_WALLET,
    phrase_file: Annotated[
        Path | None, typer.Option("--phrase-file", help="Write the 24 words here instead of showing them.")
    ] = None,
) -> None:
    """Make a new wallet and show its 24 recovery words, once."""
    with explained():
        if phrase_file is not None and os.path.lexists(phrase_file):
            raise typer.BadParameter("there is a file already", param_hint="--phrase-file")
        opened, phrase = Wallet.create(wallet, passphrase(is_new=True), published())
        opened.close()
        if phrase_file is None or not _is_written(phrase_file, phrase):
            typer.echo("Write these 24 words on paper, in this order. They are the only way back to your wallet:")
            for number, word in enumerate(phrase.split(), start=1):
                typer.echo(f"{number:>2}. {word}")
        else:
            typer.echo(f"The 24 recovery words are in {phrase_file}. Keep that file apart from the wallet.")
        typer.echo(f"Made {wallet}. Next: `wallet request` asks a validator for a credential.")


@app.command()
def restore(
    wallet: WalletOption = DEFAULT_WALLET,
    phrase_file: Annotated[
        Path | None, typer.Option("--phrase-file", help="Read the 24 words from this file instead of asking.")
    ] = None,
) -> None:
    """Make a wallet file from your 24 recovery words: the same accounts and pseudonyms as before."""
    with explained():
        phrase = read_file(phrase_file).decode("utf-8", "replace") if phrase_file else ask("Your 24 words")
        Wallet.restore(wallet, passphrase(is_new=True), phrase, published()).close()
        typer.echo(f"Made {wallet}. Next: `wallet request` asks your validators for your credentials again.")
        typer.echo("What you earned with tasks is found by `wallet task restore`, and a pass by `wallet pass learn`.")


@app.command()
def show(
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
    claims: Annotated[bool, typer.Option("--claims", help="Show what the credentials say about you, too.")] = False,
) -> None:
    """Show the credentials, open requests and payment accounts in the wallet."""
    with explained(), open_wallet(wallet, language) as opened:
        for held in opened.credentials:
            credential = held.credential.credential
            typer.echo(f"{language.of(credential.type.title)} of {held.validator}, {valid_until(credential.values)}")
            for claim in credential.type.claims if claims else ():
                typer.echo(f"  {language.of(claim.title)}: {credential.values[claim.name]}")
        for pending in opened.pending:
            typer.echo(f"Asked {pending.validator} for {pending.vct}, no answer accepted yet")
        for account in opened.accounts:
            rulebook = opened.catalogue.find_rulebook(account.scope.rulebook_hash)
            title = "a programme that this wallet does not know" if rulebook is None else language.of(rulebook.title)
            place = f"{title} {account.scope.period}, fund {account.scope.fund}"
            typer.echo(f"Account {account.address} in {place}: last known {euros(account.balance, language)}")
        if not (opened.credentials or opened.pending or opened.accounts):
            typer.echo("The wallet is empty. Next: `wallet request` asks a validator for a credential.")


def _is_written(path: Path, phrase: str) -> bool:
    """Write the phrase to a new file; False if that fails, since the wallet is made by then and needs its phrase."""
    try:
        create_file(path, phrase.encode() + b"\n")
    except OSError:
        typer.echo(f"{path} could not be written.", err=True)
        return False
    return True
