# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money fund``: one programme in one period, on a chain."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from programmable_money.chain import Chain
from programmable_money.cli.options import (
    Amounts,
    BudgetOption,
    DepositOption,
    EuroOption,
    FundOption,
    In,
    KeyFile,
    KeyId,
    RegistryOption,
    Rpc,
    RulebookOption,
)
from programmable_money.cli.sources import (
    amount_of,
    find_published,
    fund_at,
    key_from,
    load_rulebook,
    municipality_of,
    octets_of,
)
from programmable_money.cli.telling import plainly, progress
from programmable_money.description import describe
from programmable_money.messages import Address, parse_address
from programmable_money.model import Amount, Language, from_unix
from programmable_money.periods import open_next_period
from programmable_money.rules import RulesTuple
from programmable_money.service import Municipality, Officers, Opening
from ssi.rulebook.model import Rulebook

__all__ = ["app"]

app = typer.Typer(help="Funds: one programme in one period, on a chain.", no_args_is_help=True)


@app.command("open")
def open_fund(
    rpc: Rpc,
    key_file: KeyFile,
    registry: RegistryOption,
    euro: EuroOption,
    rulebook: RulebookOption,
    year: Annotated[int, typer.Option("--year", help="The calendar year.")],
    validator: Annotated[
        list[str], typer.Option("--validator", help="Address of an accepted validator; repeat for each.")
    ],
    budget: BudgetOption,
    deposit: DepositOption,
) -> None:
    """Open a fund with the rules of a rulebook and pay its budget in. The rules never change after this."""
    with plainly():
        rules, credential_type = load_rulebook(rulebook)
        validators = tuple(parse_address(account) for account in validator)
        opening = Opening(rules, credential_type, year, validators, amount_of(budget, least=0), deposit)
        chain = Chain.rpc(rpc)
        officers = Officers.one(chain.account(key_from(key_file)))
        fund = Municipality.join(chain, officers, registry=registry, euro=euro).open_fund(opening)
    typer.echo(f"fund {fund.address}")


@app.command("next")
def next_period(
    rpc: Rpc,
    key_file: KeyFile,
    fund: FundOption,
    rulebook: RulebookOption,
    year: Annotated[int, typer.Option("--year", help="The calendar year, later than that of the fund.")],
    budget: BudgetOption,
    deposit: DepositOption,
    validator: Annotated[
        list[str] | None,
        typer.Option("--validator", help="Address of an accepted validator; those of the fund if left out."),
    ] = None,
    former: Annotated[
        str | None,
        typer.Option("--former-rulebook", help="The rulebook of the running fund, if it is none that is published."),
    ] = None,
) -> None:
    """Open the next period while this fund goes on: its shops take part again, its validators' keys count again.

    Nothing in the running fund changes, and nothing links a citizen's claims in the two. Claims begin with the year.
    """
    with plainly():
        chain = Chain.rpc(rpc)
        running = fund_at(chain, fund)
        rules, credential_type = load_rulebook(rulebook)
        theirs = running.rules()
        known = find_published(theirs.rulebook_hash) if former is None else load_rulebook(former)[0]
        if known is None:
            raise ValueError("the running fund's rulebook is not published: give it with --former-rulebook")
        validators = tuple(parse_address(account) for account in validator or theirs.validators)
        opening = Opening(rules, credential_type, year, validators, amount_of(budget, least=0), deposit)
        municipality = municipality_of(chain, [running], Officers.one(chain.account(key_from(key_file))))
        opened = open_next_period(
            municipality, running, opening, former=known, opened_at=lambda address: typer.echo(f"fund {address}")
        )
    typer.echo(f"{opened.shops} shops take part again, {len(opened.keys)} keys of validators count")
    for shop in opened.left_out:
        typer.echo(f"left out, because the rulebook does not have its category: {shop}")


@app.command("accept")
def accept_key(rpc: Rpc, key_file: KeyFile, fund: FundOption, key: KeyId) -> None:
    """Make claims with a validator's key possible. Anybody may, for a validator that the fund's rules name."""
    with plainly():
        chain = Chain.rpc(rpc)
        octets = octets_of(key, 32, "the key's id")
        fund_at(chain, fund).accept(octets, sender=chain.account(key_from(key_file)))
    typer.echo("accepted")


@app.command("approve")
def approve(
    rpc: Rpc,
    key_file: KeyFile,
    fund: FundOption,
    rulebook: RulebookOption,
    shops: Annotated[
        Path, typer.Option("--shops", help="CSV with the columns account and category.", exists=True, dir_okay=False)
    ],
) -> None:
    """Let the shops of a list take part. A category is an id of the rulebook, such as toys."""
    with plainly():
        chain = Chain.rpc(rpc)
        rules, _ = load_rulebook(rulebook)
        merchants = _read_shops(shops, rules)
        opened = fund_at(chain, fund)
        if opened.rules().rulebook_hash != rules.hash:
            raise ValueError("the fund was opened with another rulebook")
        municipality = municipality_of(chain, [opened], Officers.one(chain.account(key_from(key_file))))
        with progress("approving shops", len(merchants)) as advance:
            municipality.approve_merchants(opened, merchants, progress=lambda _: advance())
    typer.echo(f"{len(merchants)} shops approved")


@app.command("suspend")
def suspend(
    rpc: Rpc,
    key_file: KeyFile,
    fund: FundOption,
    shop: Annotated[str, typer.Option("--shop", help="Address of the shop's account.")],
) -> None:
    """Stop payments to a shop. It is still owed what it has, and can still give money back."""
    with plainly():
        chain = Chain.rpc(rpc)
        fund_at(chain, fund).suspend_merchant(parse_address(shop), sponsor=chain.account(key_from(key_file)))
    typer.echo("suspended")


@app.command("top-up")
def top_up(rpc: Rpc, key_file: KeyFile, fund: FundOption, amount: Amounts) -> None:
    """Pay euros that you hold, such as a new `deposit`, into a fund's budget."""
    with plainly():
        chain = Chain.rpc(rpc)
        cents, opened = amount_of(amount), fund_at(chain, fund)
        municipality_of(chain, [opened], Officers.one(chain.account(key_from(key_file)))).top_up(opened, cents)
        left = opened.books().unallocated
    typer.echo(f"{cents} paid in, {left} is there for new claims")


@app.command("pause")
def pause(rpc: Rpc, key_file: KeyFile, fund: FundOption) -> None:
    """Refuse claims, payments and refunds until `fund resume`. Nobody loses money by it."""
    with plainly():
        chain = Chain.rpc(rpc)
        fund_at(chain, fund).pause(sponsor=chain.account(key_from(key_file)))
    typer.echo("paused")


@app.command("resume")
def resume(rpc: Rpc, key_file: KeyFile, fund: FundOption) -> None:
    """Go on after a pause."""
    with plainly():
        chain = Chain.rpc(rpc)
        fund_at(chain, fund).unpause(sponsor=chain.account(key_from(key_file)))
    typer.echo("running")


@app.command("show")
def show(rpc: Rpc, fund: FundOption, language: In = Language.EN) -> None:
    """Show a fund: its rules, where its money is, and how much of each validator's cap is used."""
    with plainly(language):
        opened = fund_at(Chain.rpc(rpc), fund)
        rules, books = opened.rules(), opened.books()
        used = {validator: opened.claims_of(validator) for validator in rules.validators}
        sponsor = opened.sponsor()
    table = Table(show_header=False, box=None)
    table.add_row("rulebook", "0x" + rules.rulebook_hash.hex())
    table.add_row("period", str(rules.period))
    table.add_row("opens", f"{from_unix(rules.opens_at):%Y-%m-%d %H:%M} UTC")
    table.add_row("claims until", f"{from_unix(rules.claims_until):%Y-%m-%d %H:%M} UTC")
    table.add_row("closes", f"{from_unix(rules.closes_at):%Y-%m-%d %H:%M} UTC")
    each = f" and {rules.unit_amount.format(language)} for each unit" if rules.unit is not None else ""
    table.add_row("a claim gives", f"{rules.base.format(language)}{each}")
    table.add_row("sponsor", sponsor)
    for name, rule in _spending(opened.raw_spending_rules(), language):
        table.add_row(name, rule)
    table.add_row("unallocated", books.unallocated.format(language))
    table.add_row("in accounts", books.accounts.format(language))
    table.add_row("owed to shops", books.merchants.format(language))
    table.add_row("state", "closed" if books.is_closed else "paused" if books.is_paused else "running")
    for validator, count in used.items():
        table.add_row("validator", f"{validator}: {count} of {rules.claims_per_validator} claims")
    Console().print(table)


@app.command("describe")
def describe_fund(rpc: Rpc, fund: FundOption) -> None:
    """Print the description that a wallet reads (JSON). The wallet checks all of it."""
    with plainly():
        text = describe(fund_at(Chain.rpc(rpc), fund))
    typer.echo(text)


def _spending(rules: RulesTuple, language: Language) -> Iterator[tuple[str, str]]:
    """The rules of spending that are on, as rows."""
    voucher, payment, shop, products, categories = rules
    for name, cents in (("spent in vouchers of", voucher), ("most for a payment", payment), ("most at a shop", shop)):
        if cents:
            yield name, Amount(cents).format(language)
    for index, cents in categories:
        yield f"most in category {index}", Amount(cents).format(language)
    if products:
        yield "product groups", ", ".join(str(index) for index in range(256) if products >> index & 1)


def _read_shops(path: Path, rulebook: Rulebook) -> dict[Address, int]:
    """The category index of each shop in a list."""
    categories = {category.id: category.index for category in rulebook.spending.categories}
    merchants: dict[Address, int] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            if row.get("category") not in categories:
                raise ValueError(f"line {line}, category: must be one of the rulebook's categories")
            merchants[parse_address(row.get("account"))] = categories[row["category"]]
    return merchants
