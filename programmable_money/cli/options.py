# SPDX-License-Identifier: EUPL-1.2
"""Options that several commands of ``stuiver money`` share, each explained once."""

from pathlib import Path
from typing import Annotated

import typer

from programmable_money.model import Language

__all__ = [
    "Amounts",
    "BudgetOption",
    "Database",
    "DepositOption",
    "EuroOption",
    "FundOption",
    "Funds",
    "In",
    "KeyFile",
    "KeyId",
    "MaybeRpc",
    "NewFile",
    "Product",
    "RegistryOption",
    "RelayerKeyFile",
    "Rpc",
    "RulebookOption",
    "ShopKeyFile",
]

Rpc = Annotated[
    str, typer.Option("--rpc", envvar="STUIVER_RPC", help="Address of the node, such as http://127.0.0.1:8545.")
]
MaybeRpc = Annotated[
    str | None,
    typer.Option("--rpc", envvar="STUIVER_RPC", help="Address of the node, where there is a connection."),
]
KeyFile = Annotated[
    Path,
    typer.Option(
        "--key-file",
        help="File with the private key of your account: 64 hexadecimal digits.",
        exists=True,
        dir_okay=False,
    ),
]
ShopKeyFile = Annotated[
    Path,
    typer.Option(
        "--key-file",
        help="File with the private key of the shop's account: 64 hexadecimal digits.",
        exists=True,
        dir_okay=False,
    ),
]
RelayerKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        help="File with the private key of the account that pays the fees: 64 hexadecimal digits. "
        "Not needed on a development node that keeps unlocked accounts.",
        exists=True,
        dir_okay=False,
    ),
]
FundOption = Annotated[str, typer.Option("--fund", help="Address of the fund's contract.")]
Funds = Annotated[list[str], typer.Option("--fund", help="Address of a fund's contract; repeat for each fund.")]
RegistryOption = Annotated[str, typer.Option("--registry", help="Address of the trust registry.")]
EuroOption = Annotated[str, typer.Option("--euro", help="Address of the municipal euro.")]
RulebookOption = Annotated[
    str,
    typer.Option(
        "--rulebook", help="A published rulebook by its name, such as kindpakket or kindpakket:1, or a .json file."
    ),
]
KeyId = Annotated[
    str, typer.Option("--key", help="Id of the validator's key, as `stuiver issuer key` prints it: 64 digits.")
]
Amounts = Annotated[str, typer.Option("--amount", help="Euros, such as 12.50.")]
Product = Annotated[
    int,
    typer.Option(
        "--product", min=0, max=255, help="Number of the article's product group, where the rulebook has product rules."
    ),
]
NewFile = Annotated[Path, typer.Option("--out", help="Where to write it; there must be no file yet.", dir_okay=False)]
BudgetOption = Annotated[
    str, typer.Option("--budget", help="Budget in euros, such as 30000.00; it is minted and paid in.")
]
DepositOption = Annotated[str, typer.Option("--deposit", help="The bank's reference of the deposit; counts once.")]
In = Annotated[Language, typer.Option("--language", help="nl or en.")]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="STUIVER_MONEY_DATABASE",
        help="Database of the sponsor's papers, such as sqlite:///papers.db or postgresql+psycopg://host/name.",
    ),
]
