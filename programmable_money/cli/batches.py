# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money settlement``: batches with four eyes, payment files, bank statements, and their comparison."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from programmable_money.chain import Chain
from programmable_money.cli.options import Database, EuroOption, FundOption, Funds, In, KeyFile, NewFile, Rpc
from programmable_money.cli.sources import amount_of, fund_at, key_from, municipality_of, nobody
from programmable_money.cli.telling import plainly, progress
from programmable_money.euro import MunicipalEuro
from programmable_money.messages import Address, parse_address
from programmable_money.model import Language
from programmable_money.settlement import BankAccount, read_directory
from programmable_money.settlement.burning import FundBurning, chain_books
from programmable_money.settlement.feedback import deposits_of, import_statements, mint_deposit
from programmable_money.settlement.model import Batch
from programmable_money.settlement.reconciliation import reconcile
from programmable_money.settlement.service import Settlements
from programmable_money.settlement.store import SettlementStore
from programmable_money.shops.store import ShopStore
from ssi.atomic_file import create_file

__all__ = ["app"]

app = typer.Typer(
    help="Paying shops by bank: propose, approve, execute, import the bank's statements, compare.\n\n"
    "In order: `employee-add` twice; `propose`; a colleague's `approve`; `execute`; give the file to the bank; "
    "`import` its statements; `reconcile`; where a payment came back `retry`.",
    no_args_is_help=True,
)

Reference = Annotated[str, typer.Argument(help="Reference of the batch, of its file and of its burning.")]
EmployeeKey = Annotated[
    Path, typer.Option("--key-file", help="File with your own key as an employee.", exists=True, dir_okay=False)
]
ExecuteOn = Annotated[datetime, typer.Option("--execute-on", help="Day on which the bank pays.", formats=["%Y-%m-%d"])]
Iban = Annotated[str, typer.Option("--iban", help="IBAN of the municipality's account that holds the deposits.")]


@contextmanager
def papers(database: str) -> Iterator[Settlements]:
    """The settlements in a database."""
    store = SettlementStore(database)
    try:
        yield Settlements(store, lambda: datetime.now(UTC))
    finally:
        store.close()


@app.command("employee-add")
def employee_add(
    database: Database,
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, dots and minus signs.")],
    account: Annotated[
        str, typer.Option("--account", help="Address of the employee's own key, made with `stuiver money account new`.")
    ],
) -> None:
    """Let somebody propose and approve. Each employee has a key of their own; two names of one key are refused."""
    with plainly(), papers(database) as settlements:
        settlements.add_employee(name, parse_address(account))
    typer.echo(f"{name} may propose and approve")


@app.command("employee-remove")
def employee_remove(database: Database, name: Annotated[str, typer.Argument(help="Who has left.")]) -> None:
    """Let somebody decide no longer. What they approved and was not executed yet is stopped."""
    with plainly(), papers(database) as settlements:
        settlements.store.remove_employee(name)
    typer.echo(f"{name} removed")


@app.command("propose")
def propose(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    reference: Reference,
    key_file: EmployeeKey,
    debtor_name: Annotated[str, typer.Option("--debtor-name", help="Name on the municipality's bank account.")],
    debtor_iban: Annotated[str, typer.Option("--debtor-iban", help="IBAN that holds the deposits.")],
    execute_on: ExecuteOn,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--directory",
            help="CSV with account, name, iban and optionally bic; the list of `stuiver money shop` if left out.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    debtor_bic: Annotated[str, typer.Option("--debtor-bic", help="BIC, where the IBAN does not imply it.")] = "",
    ceiling: Annotated[
        str | None, typer.Option("--ceiling", help="The most that may be paid; twice what is owed now if left out.")
    ] = None,
) -> None:
    """Propose to pay every shop that is owed something."""
    with plainly(), papers(database) as settlements:
        debtor = BankAccount.from_text(debtor_name, debtor_iban, debtor_bic, field="debtor")
        opened = fund_at(Chain.rpc(rpc), fund)
        batch = settlements.propose(
            FundBurning(opened),
            reference,
            _payees(database, directory, opened.address),
            debtor=debtor,
            execute_on=execute_on.date(),
            private_key=key_from(key_file),
            ceiling=None if ceiling is None else amount_of(ceiling),
        )
    _tell(batch, Language.EN)
    typer.echo(f"Next: a colleague's `stuiver money settlement approve {reference}`.")


@app.command("approve")
def approve(database: Database, reference: Reference, key_file: EmployeeKey) -> None:
    """Approve what a colleague proposed. Look at it with `show` first: shops, bank accounts, day."""
    with plainly(), papers(database) as settlements:
        settlements.approve(reference, private_key=key_from(key_file))
    typer.echo(f"approved. Next: `stuiver money settlement execute {reference}`.")


@app.command("withdraw")
def withdraw(database: Database, reference: Reference, key_file: EmployeeKey) -> None:
    """Give a batch up before anything was burnt for it."""
    with plainly(), papers(database) as settlements:
        settlements.withdraw(reference, private_key=key_from(key_file))
    typer.echo("withdrawn")


@app.command("execute")
def execute(
    rpc: Rpc,
    database: Database,
    reference: Reference,
    key_file: KeyFile,
    confirmations: Annotated[
        int, typer.Option("--confirmations", min=0, help="Blocks that must follow the burning before there is a file.")
    ] = 0,
) -> None:
    """Burn an approved batch on the chain and make its payment file, with the settler's key.

    After a crash call it again: it goes on where it was, and does nothing twice.
    """
    with plainly(), papers(database) as settlements:
        careful = Settlements(settlements.store, settlements.clock, confirmations)
        chain = Chain.rpc(rpc)
        opened = fund_at(chain, settlements.batch(reference).fund)
        batch = careful.execute(reference, FundBurning(opened, chain.account(key_from(key_file))))
    typer.echo(f"{batch.total} burnt and filed. Next: `stuiver money settlement file {reference} --out FILE`.")


@app.command("file")
def file(database: Database, reference: Reference, out: NewFile) -> None:
    """Write the payment file for the bank. Each time it is the same file, so that the bank refuses a second one."""
    with plainly(), papers(database) as settlements:
        create_file(out, settlements.file(reference))
    typer.echo(f"Wrote {out}. Next: give it to the bank, and `stuiver money settlement import` what the bank tells.")


@app.command("show")
def show(database: Database, reference: Reference, language: In = Language.EN) -> None:
    """Show a batch: who decided, who is paid where, and what became of each payment."""
    with plainly(language), papers(database) as settlements:
        batch = settlements.batch(reference)
        outcomes = {order.merchant: outcome.value for order, outcome in settlements.outcomes(reference)}
    _tell(batch, language, outcomes)


@app.command("list")
def list_batches(database: Database, language: In = Language.EN) -> None:
    """List all batches, oldest first."""
    with plainly(language), papers(database) as settlements:
        batches = settlements.store.batches()
    table = Table("reference", "kind", "state", "shops", "proposed", "in the file")
    for batch in batches:
        amounts = batch.proposed.format(language), batch.total.format(language)
        table.add_row(batch.reference, batch.kind.value, batch.state.value, f"{len(batch.orders)}", *amounts)
    Console().print(table)


@app.command("import")
def import_statement(
    database: Database,
    iban: Iban,
    files: Annotated[list[Path], typer.Argument(help="Statements, camt.053.", exists=True, dir_okay=False)],
) -> None:
    """Import bank statements. Importing one again changes nothing; one that contradicts another is refused whole."""
    with plainly(), papers(database) as settlements:
        for path in files:
            imported = import_statements(settlements, path.read_bytes(), iban=iban)
            typer.echo(f"{path}: {imported.entries} new entries")
            for name, outcome in imported.changed:
                typer.echo(f"  {name}: {outcome.value}")


@app.command("retry")
def retry(
    database: Database,
    reference: Reference,
    payment: Annotated[str, typer.Option("--payment", help="End-to-end id of the payment that failed.")],
    execute_on: ExecuteOn,
    key_file: EmployeeKey,
    name: Annotated[str, typer.Option("--name", help="Name on the corrected account.")] = "",
    iban: Annotated[str, typer.Option("--iban", help="Corrected IBAN; the same account if left out.")] = "",
    bic: Annotated[str, typer.Option("--bic", help="BIC, where the IBAN does not imply it.")] = "",
) -> None:
    """Propose to pay a failed payment again, in a new batch that a colleague must approve. Nothing is burnt for it."""
    with plainly(), papers(database) as settlements:
        corrected = None
        if iban:
            known = settlements.find_payment(payment)[1].payee.name
            corrected = BankAccount.from_text(name or known, iban, bic, field="shop")
        key = key_from(key_file)
        batch = settlements.propose_retry(
            reference, {payment: corrected}, execute_on=execute_on.date(), private_key=key
        )
    _tell(batch, Language.EN)


@app.command("give-up")
def give_up(
    database: Database,
    payment: Annotated[str, typer.Argument(help="End-to-end id of the payment.")],
    reason: Annotated[str, typer.Option("--reason", help="What the bank said.")],
    key_file: EmployeeKey,
) -> None:
    """Write down that the bank refused a payment and never booked it. Then `retry` may pay it again."""
    with plainly(), papers(database) as settlements:
        settlements.give_up(payment, reason, private_key=key_from(key_file))
    typer.echo("written down")


@app.command("deposits")
def deposits(database: Database, iban: Iban, rpc: Rpc, euro: EuroOption, language: In = Language.EN) -> None:
    """List the deposits that the bank's statements show, and whether they were minted."""
    with plainly(language), papers(database) as settlements:
        chain = Chain.rpc(rpc)
        minted = chain_books(MunicipalEuro(chain, chain.at("MunicipalEuro", euro)), []).deposits
        found = deposits_of(iban, settlements.store.entries(iban), settlements.store.batches())
    table = Table("deposit", "booked on", "amount", "minted as")
    for deposit in found:
        name = next((name for name in (deposit.reference, deposit.named) if name in minted), "")
        table.add_row(deposit.reference, f"{deposit.entry.booked_on}", deposit.amount.format(language), name)
    Console().print(table)


@app.command("mint")
def mint(
    rpc: Rpc,
    database: Database,
    iban: Iban,
    euro: EuroOption,
    key_file: KeyFile,
    deposit: Annotated[str, typer.Argument(help="The deposit, as `deposits` calls it.")],
    to: Annotated[
        str | None, typer.Option("--to", help="Address of the sponsor who gets it; your own if left out.")
    ] = None,
) -> None:
    """Mint a deposit that a statement shows, cent for cent. The token refuses a second time."""
    with plainly(), papers(database) as settlements:
        chain = Chain.rpc(rpc)
        minter = chain.account(key_from(key_file))
        token = MunicipalEuro(chain, chain.at("MunicipalEuro", euro))
        sponsor = parse_address(to or minter.address)
        made = mint_deposit(settlements, token, deposit, iban=iban, to=sponsor, minter=minter)
    typer.echo(f"{made.amount} minted to {sponsor}")


@app.command("reconcile")
def reconcile_all(database: Database, iban: Iban, rpc: Rpc, fund: Funds, language: In = Language.EN) -> None:
    """Compare chain, payment files and bank to the cent. Exits with 1 if anything differs.

    Name every fund of the municipality's euro, so that each settlement is known.
    """
    with plainly(language), papers(database) as settlements:
        chain = Chain.rpc(rpc)
        funds = [fund_at(chain, address) for address in fund]
        euro = municipality_of(chain, funds, nobody(chain)).euro
        with progress("reading events", None):
            books = chain_books(euro, funds)
        store = settlements.store
        result = reconcile(books, iban, store.batches(), store.entries(iban), store.statements(iban))
    table = Table("figure", "amount", title="Chain and bank")
    table.add_row("supply on the chain", result.supply.format(language))
    table.add_row("burnt, still to be paid", result.still_to_pay.format(language))
    table.add_row("on the bank account", result.bank.format(language))
    table.add_row("surplus", result.surplus.format(language))
    Console().print(table)
    if not result.differences:
        typer.echo("Everything agrees.")
        return
    differences = Table("difference", "where", "expected", "found", "amount")
    for item in result.differences:
        amounts = (amount.format(language) for amount in (item.expected, item.found, item.amount))
        differences.add_row(item.kind.value, item.place, *amounts)
    Console().print(differences)
    raise typer.Exit(1)


def _payees(database: str, directory: Path | None, fund: Address) -> dict[Address, BankAccount]:
    if directory is not None:
        return read_directory(directory.read_text(encoding="utf-8"))
    store = ShopStore(database)
    try:
        return store.directory(fund)
    finally:
        store.close()


def _tell(batch: Batch, language: Language, outcomes: dict[Address, str] | None = None) -> None:
    title = f"{batch.reference}: {batch.kind.value}, {batch.state.value}, to be paid on {batch.execute_on}"
    table = Table("shop", "name", "iban", "proposed", "in the file", "payment", "outcome", title=title)
    for order in batch.orders:
        amount = "" if order.amount is None else order.amount.format(language)
        outcome = (outcomes or {}).get(order.merchant, "")
        proposed = order.proposed.format(language)
        table.add_row(order.merchant, order.payee.name, order.payee.iban, proposed, amount, order.end_to_end, outcome)
    Console().print(table)
    for word, signed in (("proposed", batch.proposal), ("approved", batch.approval)):
        if signed is not None:
            typer.echo(f"{word} by {signed.employee} at {signed.at:%Y-%m-%d %H:%M} UTC")
    typer.echo(f"{batch.proposed.format(language)} proposed, at most {batch.ceiling.format(language)}")
