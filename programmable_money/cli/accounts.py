# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money account``: key files, addresses, fees for development, balances."""

import secrets
from typing import Annotated, Final

import typer

from programmable_money.chain import Chain
from programmable_money.cli.options import FundOption, In, KeyFile, NewFile, RelayerKeyFile, Rpc
from programmable_money.cli.sources import fund_at, key_from, relaying_chain
from programmable_money.cli.telling import plainly
from programmable_money.messages import address_of, parse_address
from programmable_money.model import Language
from ssi.atomic_file import create_file

__all__ = ["app"]

app = typer.Typer(help="Accounts: the key files of sponsor, validator and shops, and balances.", no_args_is_help=True)

_FEES_WEI: Final = 10**18


@app.command("new")
def new_account(out: NewFile) -> None:
    """Make a new account: writes its private key to a file that only you can read, and prints its address."""
    with plainly():
        key = secrets.token_bytes(32)
        address = address_of(key)
        create_file(out, key.hex().encode() + b"\n")
    typer.echo(address)


@app.command("show")
def show_account(key_file: KeyFile) -> None:
    """Print the address of the account in a key file. The key itself is not shown."""
    with plainly():
        address = address_of(key_from(key_file))
    typer.echo(address)


@app.command("fees")
def give_fees(
    rpc: Rpc,
    to: Annotated[str, typer.Option("--to", help="Address of the account that is going to send transactions.")],
    key_file: RelayerKeyFile = None,
) -> None:
    """Give an account currency of the chain (1 ether) for its fees, on a development node or from your own account.

    Only who sends transactions needs it: sponsor and validator. Citizens and shops never do.
    """
    with plainly():
        address = parse_address(to)
        with relaying_chain(rpc, key_file) as chain:
            chain.provide_gas(address, _FEES_WEI)
    typer.echo(f"{address} can pay fees now.")


@app.command("balance")
def balance(
    rpc: Rpc,
    fund: FundOption,
    account: Annotated[str, typer.Option("--account", help="Address of a payment account or of a shop.")],
    language: In = Language.EN,
) -> None:
    """Show what an account can spend in a fund, and what a shop is owed. Everybody can see this."""
    with plainly(language):
        address = parse_address(account)
        opened = fund_at(Chain.rpc(rpc), fund)
        spendable, shop = opened.balance_of(address), opened.merchant(address)
    typer.echo(f"can spend {spendable.format(language)}")
    if shop.is_approved or shop.balance or shop.batch:
        typer.echo(f"is owed as a shop {shop.balance.format(language)}")
