# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money settle``, ``payment-file`` and ``close``: paying shops, and the end of a fund."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from programmable_money.chain import Chain
from programmable_money.cli.options import FundOption, In, KeyFile, NewFile, Rpc
from programmable_money.cli.sources import fund_at, key_from, municipality_of
from programmable_money.cli.telling import plainly
from programmable_money.model import Language
from programmable_money.periods import carry_over
from programmable_money.service import Officers
from programmable_money.settlement import BankAccount, BankOrder, read_directory, read_payment_file

__all__ = ["app"]

app = typer.Typer()


@app.command()
def settle(
    rpc: Rpc,
    key_file: KeyFile,
    fund: FundOption,
    directory: Annotated[
        Path,
        typer.Option(
            "--directory", help="CSV with account, name, iban and optionally bic.", exists=True, dir_okay=False
        ),
    ],
    reference: Annotated[str, typer.Option("--reference", help="Reference of the payment file; used once.")],
    debtor_name: Annotated[str, typer.Option("--debtor-name", help="Name on the municipality's bank account.")],
    debtor_iban: Annotated[str, typer.Option("--debtor-iban", help="IBAN that holds the deposits.")],
    execute_on: Annotated[
        datetime, typer.Option("--execute-on", help="Day on which the bank pays.", formats=["%Y-%m-%d"])
    ],
    out: NewFile,
    debtor_bic: Annotated[str, typer.Option("--debtor-bic", help="BIC, where the IBAN does not imply it.")] = "",
    again: Annotated[bool, typer.Option("--again", help="The settlement was done; only write its file again.")] = False,
) -> None:
    """Settle every shop of the directory that is owed money, and write the payment file for the bank."""
    with plainly():
        debtor = BankAccount.from_text(debtor_name, debtor_iban, debtor_bic, field="debtor")
        shops = read_directory(directory.read_text(encoding="utf-8"))
        chain = Chain.rpc(rpc)
        opened = fund_at(chain, fund)
        municipality = municipality_of(chain, [opened], Officers.one(chain.account(key_from(key_file))))
        bank = BankOrder(debtor, shops, execute_on.date(), datetime.now(UTC))
        with out.open("xb") as file:  # before anything is burnt
            try:
                if again:
                    settlement = municipality.find_settlement(opened, reference)
                    if settlement is None:
                        raise ValueError("the fund has no settlement of this reference")
                    file.write(bank.file(settlement))
                else:
                    batch = municipality.settle(opened, shops, reference=reference, bank=bank)
                    settlement = batch.settlement
                    file.write(batch.file)
            except BaseException:
                out.unlink()
                raise
    typer.echo(f"{len(settlement.transfers)} shops, {settlement.total}; {out}")


@app.command("payment-file")
def show_payment_file(
    file: Annotated[Path, typer.Argument(help="A pain.001 file.", exists=True, dir_okay=False)],
    language: In = Language.EN,
) -> None:
    """Check a payment file and show what it pays."""
    with plainly(language):
        content = read_payment_file(file.read_bytes())
    table = Table("iban", "name", "amount", title=f"{content.reference}, from {content.debtor_iban}")
    for iban, name, amount in content.transfers:
        table.add_row(iban, name, amount.format(language))
    table.add_row("", "total", content.total.format(language))
    Console().print(table)


@app.command()
def close(
    rpc: Rpc,
    key_file: KeyFile,
    fund: FundOption,
    into: Annotated[
        str | None,
        typer.Option("--into", help="Pay what comes back into this fund of a later period; you keep it if left out."),
    ] = None,
) -> None:
    """After the end of the period: take back what nobody spent. Shops stay to be settled."""
    with plainly():
        chain = Chain.rpc(rpc)
        opened = fund_at(chain, fund)
        officers = Officers.one(chain.account(key_from(key_file)))
        municipality = municipality_of(chain, [opened], officers)
        if into is None:
            returned = municipality.close_fund(opened)
        else:
            returned = carry_over(municipality, opened, fund_at(chain, into))
    typer.echo(f"{returned} returned" if into is None else f"{returned} returned and paid into {into}")
