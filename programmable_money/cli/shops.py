# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money shop``: applications, approvals, tills and employees, the shop's desk, its statements."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from programmable_money.chain import Chain
from programmable_money.cli import shop_browsers
from programmable_money.cli.options import Database, FundOption, In, KeyFile, NewFile, Product, Rpc, RulebookOption
from programmable_money.cli.shop_sources import Keys, ShopOption, explained, list_of_shops, present, register_of
from programmable_money.cli.sources import amount_of, fund_at, key_from, spending_of
from programmable_money.messages import SignedPermit, address_of, parse_address
from programmable_money.model import Language, MoneyError, to_unix
from programmable_money.refusals import RefusalReason
from programmable_money.settlement.store import SettlementStore
from programmable_money.shops.desk import KeyFolder, ShopDesk
from programmable_money.shops.model import Application, KeyKind, ShopError, ShopPolicy, ShopRefusal
from programmable_money.shops.orders import (
    ORDER_SECONDS,
    SignedTillCancel,
    SignedTillCharge,
    SignedTillRefund,
    TillCancel,
    TillCharge,
    TillRefund,
)
from programmable_money.shops.refunds import settlement_of
from programmable_money.shops.wording import after_settlement
from programmable_money.statements.csv_file import to_csv
from programmable_money.statements.model import Period, statement_of
from programmable_money.statements.pdf_file import to_pdf
from programmable_money.till import TillError
from ssi.atomic_file import create_file

__all__ = ["app"]

app = typer.Typer(
    help="Shops: joining, tills and employees, and their statements.\n\n"
    "In order: `apply`; two employees `agree`; `approve` writes it on the chain; `key-add` for each till; at the till "
    "`order`, at the shop's desk `sign`, then `stuiver money relay`.\n\n"
    "All of it in browsers: `serve`, with a `desk-link` for each employee.",
    no_args_is_help=True,
)
app.add_typer(shop_browsers.app)

EmployeeKey = Annotated[
    Path,
    typer.Option(
        "--key-file",
        help="File with your own key as an employee of the municipality (`settlement employee-add`).",
        exists=True,
        dir_okay=False,
    ),
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the list.")]


def _employee(database: str, key_file: Path) -> str:
    """Whose key this is."""
    store = SettlementStore(database)
    try:
        name = store.find_employee(address_of(key_from(key_file)))
    finally:
        store.close()
    if name is None:
        raise ShopError(ShopRefusal.UNKNOWN_EMPLOYEE)
    return name


@app.command("policy")
def policy(
    database: Database,
    fund: FundOption,
    key_file: EmployeeKey,
    chains: Annotated[
        Path | None,
        typer.Option(
            "--chains",
            help="File with a chain store's name on each line: chain stores are refused. Without it they may join.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    one_employee: Annotated[
        bool, typer.Option("--one-employee", help="One employee is enough to let a shop take part, instead of two.")
    ] = False,
) -> None:
    """Say what is asked of shops in a programme: whether chain stores may join, and how many employees must agree."""
    with explained(), list_of_shops(database) as store:
        employee = _employee(database, key_file)
        made = ShopPolicy(four_eyes=not one_employee)
        if chains is not None:
            made = ShopPolicy.from_list(chains.read_text(encoding="utf-8"), four_eyes=not one_employee)
        store.set_policy(parse_address(fund), made, employee=employee, at=present())
    typer.echo(f"chain stores {'are refused' if made.excludes_chains else 'may join'}")


@app.command("apply")
def apply(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    rulebook: RulebookOption,
    key_file: Annotated[
        Path, typer.Option("--key-file", help="The shop's own key, for its desk to keep.", exists=True, dir_okay=False)
    ],
    keys: Keys,
    name: Annotated[str, typer.Option("--name", help="Name on the shop's bank account.")],
    iban: Annotated[str, typer.Option("--iban", help="The shop's IBAN.")],
    category: Annotated[str, typer.Option("--category", help="A category of the rulebook, such as toys.")],
    contact: Annotated[str, typer.Option("--contact", help="Email address or telephone number.")],
    bic: Annotated[str, typer.Option("--bic", help="BIC, where the IBAN does not imply it.")] = "",
    chain_store: Annotated[bool, typer.Option("--chain-store", help="The shop is one of a chain.")] = False,
    language: In = Language.EN,
) -> None:
    """Apply for a programme with a shop."""
    with explained(language), list_of_shops(database) as store:
        register = register_of(store, fund_at(Chain.rpc(rpc), fund), rulebook)
        account = address_of(key_from(key_file))
        form = {"name": name, "iban": iban, "bic": bic, "category": category, "contact": contact}
        register.apply(Application.from_form(account=account, is_chain_store=chain_store, **form))
        if not (keys / f"{account}.key").exists():
            KeyFolder(keys).keep(key_from(key_file))
    typer.echo(f"{account} applied. Next: two employees' `stuiver money shop agree`.")


@app.command("agree")
def agree(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    rulebook: RulebookOption,
    shop: ShopOption,
    key_file: EmployeeKey,
    language: In = Language.EN,
) -> None:
    """Agree to a shop, as the first employee or as the second."""
    with explained(language), list_of_shops(database) as store:
        employee = _employee(database, key_file)
        register = register_of(store, fund_at(Chain.rpc(rpc), fund), rulebook)
        state = register.agree(parse_address(shop), employee)
    typer.echo(f"{state.value} by {employee}")


@app.command("approve")
def approve(
    rpc: Rpc, database: Database, fund: FundOption, rulebook: RulebookOption, shop: ShopOption, key_file: KeyFile
) -> None:
    """Write an agreed shop on the chain, with the sponsor's key. It can take payments from now on."""
    with explained(), list_of_shops(database) as store:
        chain = Chain.rpc(rpc)
        register = register_of(store, fund_at(chain, fund), rulebook)
        register.write_approval(parse_address(shop), sponsor=chain.account(key_from(key_file)))
    typer.echo("approved")


@app.command("refuse")
def refuse(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    rulebook: RulebookOption,
    shop: ShopOption,
    reason: Reason,
    key_file: EmployeeKey,
) -> None:
    """Refuse a shop that does not take part yet."""
    with explained(), list_of_shops(database) as store:
        employee = _employee(database, key_file)
        register_of(store, fund_at(Chain.rpc(rpc), fund), rulebook).refuse(parse_address(shop), employee, reason)
    typer.echo("refused")


@app.command("suspend")
def suspend(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    rulebook: RulebookOption,
    shop: ShopOption,
    reason: Reason,
    employee_key_file: Annotated[
        Path,
        typer.Option("--employee-key-file", help="File with your own key as an employee.", exists=True, dir_okay=False),
    ],
    key_file: KeyFile,
) -> None:
    """Stop payments to a shop at once, with the sponsor's key. Agreeing again takes as many employees as ever."""
    with explained(), list_of_shops(database) as store:
        chain = Chain.rpc(rpc)
        employee = _employee(database, employee_key_file)
        register = register_of(store, fund_at(chain, fund), rulebook)
        register.suspend(parse_address(shop), employee, reason, sponsor=chain.account(key_from(key_file)))
    typer.echo("suspended")


@app.command("list")
def list_shops(database: Database, fund: FundOption) -> None:
    """List the shops of a programme with their state."""
    with explained(), list_of_shops(database) as store:
        address = parse_address(fund)
        table = Table("shop", "name", "category", "state", "agreed to by", "note")
        for shop in store.shops():
            approval = shop.approval(address)
            if approval is not None:
                names = ", ".join(name for name in (approval.proposed_by, approval.agreed_by) if name)
                table.add_row(shop.account, shop.bank.name, shop.category, approval.state.value, names, approval.note)
    Console().print(table)


@app.command("key-add")
def key_add(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    rulebook: RulebookOption,
    shop: ShopOption,
    key: Annotated[str, typer.Option("--key", help="Address of the till's or employee's own key.")],
    kind: Annotated[KeyKind, typer.Option("--kind", help="till: takes payments. employee: also gives money back.")],
    label: Annotated[str, typer.Option("--label", help="What it is called on statements, such as till 2.")],
) -> None:
    """Let a till or an employee work for a shop."""
    with explained(), list_of_shops(database) as store:
        register = register_of(store, fund_at(Chain.rpc(rpc), fund), rulebook)
        made = register.register_key(parse_address(shop), parse_address(key), kind, label)
    typer.echo(f"{made.label} may work for {made.shop}")


@app.command("key-revoke")
def key_revoke(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    rulebook: RulebookOption,
    shop: ShopOption,
    key: Annotated[str, typer.Option("--key", help="Address of the key.")],
) -> None:
    """Stop a till or an employee at once, such as one that was stolen."""
    with explained(), list_of_shops(database) as store:
        register = register_of(store, fund_at(Chain.rpc(rpc), fund), rulebook)
        register.revoke_key(parse_address(shop), parse_address(key))
    typer.echo("revoked")


@app.command("order")
def order(
    shop: ShopOption,
    permit: Annotated[
        Path, typer.Option("--permit", help="File with what the citizen showed.", exists=True, dir_okay=False)
    ],
    key_file: Annotated[
        Path, typer.Option("--key-file", help="The till's or employee's own key.", exists=True, dir_okay=False)
    ],
    out: NewFile,
    amount: Annotated[
        str | None, typer.Option("--amount", help="Euros to charge; with --refund, to give back in total.")
    ] = None,
    refund: Annotated[bool, typer.Option("--refund", help="Give back a part; for an employee's key.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Give the whole payment back, within a minute.")] = False,
    product: Product = 0,
) -> None:
    """At the till: sign what the shop's desk is asked to do. Needs no connection."""
    with explained():
        shown = SignedPermit.from_text(_read(permit).strip())
        account, key, payment = parse_address(shop), key_from(key_file), shown.permit.payment
        deadline = to_unix(present()) + ORDER_SECONDS
        if refund + cancel + (amount is None) > 1 or (amount is None) is not cancel:
            raise ValueError("give --amount, or --amount with --refund, or --cancel")
        cents = 0 if amount is None else amount_of(amount).cents
        made: SignedTillCharge | SignedTillCancel | SignedTillRefund
        if cancel:
            made = SignedTillCancel.sign(shown.domain, TillCancel(payment, account, deadline), key)
        elif refund:
            made = SignedTillRefund.sign(shown.domain, TillRefund(payment, account, cents, deadline), key)
        else:
            made = SignedTillCharge.sign(shown.domain, TillCharge(payment, account, cents, deadline, product), key)
        create_file(out, made.to_json().encode())
    typer.echo(f"Wrote {out}. Next: the desk's `stuiver money shop sign` within a minute.")


@app.command("sign")
def sign(
    rpc: Rpc,
    database: Database,
    keys: Keys,
    order_file: Annotated[
        Path, typer.Option("--order", help="What the till or the employee signed.", exists=True, dir_okay=False)
    ],
    permit: Annotated[
        Path, typer.Option("--permit", help="File with what the citizen showed.", exists=True, dir_okay=False)
    ],
    out: NewFile,
    language: In = Language.EN,
) -> None:
    """At the shop's desk: sign with the shop's own key what a till or employee in force asks for."""
    with explained(language), list_of_shops(database) as store:
        shown, text = SignedPermit.from_text(_read(permit).strip()), _read(order_file)
        opened = fund_at(Chain.rpc(rpc), shown.domain.fund)
        try:
            desk = ShopDesk(store, KeyFolder(keys), opened, present, spending_of(opened))
            made = _sign(desk, shown, text)
        except TillError as error:
            paid = opened.payment(shown.permit.payment)
            if error.reason is not RefusalReason.PAYMENT_SETTLED or paid is None:
                raise
            settled = settlement_of(paid, opened.chain.events([opened.contract]))
            if settled is None:
                raise
            raise MoneyError(f"{error.reason.value}: {after_settlement(*settled, language)}") from error
        create_file(out, made.encode())
    typer.echo(f"Wrote {out}. Next: `stuiver money relay {permit} {out}`.")


@app.command("statement")
def statement(
    rpc: Rpc,
    database: Database,
    fund: FundOption,
    shop: ShopOption,
    period: Annotated[str, typer.Option("--period", help="A day, 2026-04-01, or a month, 2026-04.")],
    out: Annotated[Path, typer.Option("--out", help="A new file that ends in .csv or .pdf.", dir_okay=False)],
    programme: Annotated[str, typer.Option("--programme", help="What the programme is called.")] = "",
    language: In = Language.EN,
) -> None:
    """Write a shop's statement: payments, refunds, settlements with their references, and what it is owed."""
    with explained(language), list_of_shops(database) as store:
        if out.suffix not in {".csv", ".pdf"}:
            raise ValueError("--out must end in .csv or .pdf")
        opened, account = fund_at(Chain.rpc(rpc), fund), parse_address(shop)
        known = store.find_shop(account)
        made = statement_of(
            opened.chain.events([opened.contract]),
            account,
            Period.from_text(period),
            name=account if known is None else known.bank.name,
            programme=programme or opened.address,
            labels={charge.payment: charge.label for charge in store.charges(account)},
        )
        create_file(out, to_csv(made).encode() if out.suffix == ".csv" else to_pdf(made, language))
    typer.echo(f"{len(made.lines)} lines, {made.closing.format(language)} owed at the end; {out}")


def _sign(desk: ShopDesk, shown: SignedPermit, text: str) -> str:
    try:
        kind = json.loads(text).get("stuiver")
    except (ValueError, AttributeError):
        kind = None
    if kind == f"{SignedTillCancel.KIND}/1":
        return desk.cancel(SignedTillCancel.from_json(text)).refund.to_json()
    if kind == f"{SignedTillRefund.KIND}/1":
        return desk.refund(SignedTillRefund.from_json(text)).refund.to_json()
    return desk.charge(shown, SignedTillCharge.from_json(text)).to_json()


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
