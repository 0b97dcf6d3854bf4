# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money``: programmes, books and settlements from the command line.

Commands that need a chain take ``--rpc``. Commands that send transactions sign here, with the key in the file that
``--key-file`` names (64 hexadecimal digits); the key never leaves this machine.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import specs
from programmable_money import raw
from programmable_money.books import BooksError
from programmable_money.chain import Chain
from programmable_money.description import describe
from programmable_money.fund import Fund
from programmable_money.messages import Address, parse_address
from programmable_money.model import Amount, Language, MoneyError, from_unix
from programmable_money.refusals import RefusalReason, RefusedError, sentence
from programmable_money.registry import TrustRegistry
from programmable_money.scan import Fragment, Needles, personal_values, scan
from programmable_money.service import Municipality, Officers, Opening
from programmable_money.settlement import BankAccount, BankOrder, read_directory, read_payment_file
from programmable_money.store import Store
from ssi.credential.types import CredentialType
from ssi.errors import SsiError
from ssi.rulebook.lint import Severity, lint
from ssi.rulebook.model import Rulebook

__all__ = ["app"]

app = typer.Typer(name="money", help="Programmes, payments, books and settlements.", no_args_is_help=True)
rulebook_app = typer.Typer(help="Rulebooks: the rules of a programme, as data.", no_args_is_help=True)
fund_app = typer.Typer(help="Funds: one programme in one period, on a chain.", no_args_is_help=True)
app.add_typer(rulebook_app, name="rulebook")
app.add_typer(fund_app, name="fund")

Rpc = Annotated[str, typer.Option("--rpc", help="Address of the node, such as http://127.0.0.1:8545.")]
KeyFile = Annotated[
    Path, typer.Option("--key-file", help="File with your private key: 64 hexadecimal digits.", exists=True)
]
FundOption = Annotated[str, typer.Option("--fund", help="Address of the fund's contract.")]
Funds = Annotated[list[str], typer.Option("--fund", help="Address of a fund's contract; repeat for each fund.")]
RulebookFile = Annotated[Path, typer.Argument(help="A rulebook.json.", exists=True, dir_okay=False)]
In = Annotated[Language, typer.Option("--language", help="nl or en.")]


@contextmanager
def _plainly() -> Iterator[None]:
    """Tell a person what went wrong, in a sentence and without a traceback, and exit with 1."""
    errors = Console(stderr=True)
    try:
        yield
    except RefusedError as error:
        errors.print(f"[red]Refused[/] ({error.reason}): {sentence(error.reason)}")
        details = ", ".join(f"{name} {_plain(value)}" for name, value in error.fields.items())
        errors.print(f"The contract says {error.error}{': ' + details if details else ''}.", highlight=False)
        raise typer.Exit(1) from error
    except (MoneyError, SsiError, ValueError, OSError) as error:
        errors.print(f"[red]Not done:[/] {error}", highlight=False)
        raise typer.Exit(1) from error


def _plain(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Progress]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(what, total=total)
        yield progress


def _key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip().removeprefix("0x"))
    except ValueError as error:
        raise ValueError("the key file must hold 64 hexadecimal digits") from error
    if len(key) != 32:
        raise ValueError("the key file must hold 64 hexadecimal digits")
    return key


def _rulebook(path: Path) -> tuple[Rulebook, CredentialType]:
    rulebook = Rulebook.from_json(path.read_bytes())
    octets = specs.credential_type_octets(rulebook.type_name, rulebook.type_version)
    return rulebook, CredentialType.from_json(octets)


def _fund(chain: Chain, address: str) -> Fund:
    return Fund(chain, chain.at("Fund", address))


def _municipality(chain: Chain, funds: Sequence[Fund], officers: Officers) -> Municipality:
    """The registry and euro that these funds share."""
    registries = {fund.registry().contract for fund in funds}
    euros = {fund.euro().contract for fund in funds}
    if len(registries) != 1 or len(euros) != 1:
        raise ValueError("name at least one fund; all of them must use the same registry and the same euro")
    return Municipality(chain, TrustRegistry(chain, registries.pop()), funds[0].euro(), officers)


def _nobody(chain: Chain) -> Officers:
    """Officers for commands that only read; they own nothing."""
    return Officers.one(chain.account(b"\1" * 32))


# ---- rulebooks ----


@rulebook_app.command("lint")
def lint_rulebook(file: RulebookFile) -> None:
    """Check a rulebook: is it complete, fair and safe to open?

    Refuses rules that use nationality, names, origin and the like, and terms that could not be proved safely.
    """
    out = Console()
    with _plainly():
        rulebook, credential_type = _rulebook(file)
        findings = lint(rulebook, credential_type)
    for finding in findings:
        colour = "red" if finding.severity is Severity.REFUSED else "yellow"
        out.print(f"[{colour}]{finding.severity}[/] {finding.path}: {finding.rule}", highlight=False)
    if any(finding.severity is Severity.REFUSED for finding in findings):
        raise typer.Exit(1)
    out.print(f"{rulebook.name} version {rulebook.version} may be opened. Its hash is 0x{rulebook.hash.hex()}.")


# ---- setting up ----


@app.command()
def setup(rpc: Rpc, key_file: KeyFile) -> None:
    """Deploy a trust registry and a municipal euro; prints their addresses. Your key gets all roles."""
    with _plainly():
        chain = Chain.rpc(rpc)
        municipality = Municipality.set_up(chain, Officers.one(chain.account(_key(key_file))))
    Console().print(f"registry {municipality.registry.contract.address}\neuro {municipality.euro.contract.address}")


@app.command()
def admit(
    rpc: Rpc,
    key_file: KeyFile,
    registry: Annotated[str, typer.Option(help="Address of the trust registry.")],
    validator: Annotated[str, typer.Option(help="The validator's account.")],
    rulebook: Annotated[Path, typer.Option(help="A rulebook.json that names the credential type.", exists=True)],
) -> None:
    """Let a validator add keys for the credential type of a rulebook."""
    with _plainly():
        chain = Chain.rpc(rpc)
        account = chain.account(_key(key_file))
        trust = TrustRegistry(chain, chain.at("TrustRegistry", registry))
        _, credential_type = _rulebook(rulebook)
        trust.ensure_type(credential_type, sender=account)
        trust.admit(parse_address(validator), credential_type.type_id, registrar=account)
    Console().print("admitted")


@fund_app.command("open")
def open_fund(
    rpc: Rpc,
    key_file: KeyFile,
    registry: Annotated[str, typer.Option(help="Address of the trust registry.")],
    euro: Annotated[str, typer.Option(help="Address of the municipal euro.")],
    rulebook: Annotated[Path, typer.Option(help="The rulebook.json to open.", exists=True)],
    year: Annotated[int, typer.Option(help="The calendar year.")],
    validator: Annotated[list[str], typer.Option(help="Account of an accepted validator; repeat for each.")],
    budget: Annotated[str, typer.Option(help="Budget in euros, such as 30000.00; it is minted.")],
    deposit: Annotated[str, typer.Option(help="The bank's reference of the deposit; counts once.")],
) -> None:
    """Open a fund with the rules of a rulebook and pay its budget in."""
    with _plainly():
        chain = Chain.rpc(rpc)
        officers = Officers.one(chain.account(_key(key_file)))
        municipality = Municipality.join(chain, officers, registry=registry, euro=euro)
        rules, credential_type = _rulebook(rulebook)
        validators = tuple(parse_address(account) for account in validator)
        opening = Opening(rules, credential_type, year, validators, Amount.from_euros(budget), deposit)
        fund = municipality.open_fund(opening)
    Console().print(f"fund {fund.address}")


@fund_app.command("accept")
def accept_key(
    rpc: Rpc, key_file: KeyFile, fund: FundOption, key: Annotated[str, typer.Option(help="Id of the validator's key.")]
) -> None:
    """Make claims with a validator's key possible."""
    with _plainly():
        chain = Chain.rpc(rpc)
        _fund(chain, fund).accept(bytes.fromhex(key.removeprefix("0x")), sender=chain.account(_key(key_file)))
    Console().print("accepted")


@fund_app.command("approve")
def approve(
    rpc: Rpc,
    key_file: KeyFile,
    fund: FundOption,
    rulebook: Annotated[Path, typer.Option(help="The fund's rulebook.json.", exists=True)],
    shops: Annotated[Path, typer.Option(help="CSV with the columns account and category.", exists=True)],
) -> None:
    """Let the shops of a list take part. A category is an id of the rulebook, such as toys."""
    with _plainly():
        chain = Chain.rpc(rpc)
        rules, _ = _rulebook(rulebook)
        with shops.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        merchants: dict[Address, int] = {}
        for line, row in enumerate(rows, start=2):
            if row.get("category") not in {category.id for category in rules.categories}:
                raise ValueError(f"line {line}, category: must be one of the rulebook's categories")
            merchants[parse_address(row.get("account"))] = rules.category(row["category"]).index
        opened = _fund(chain, fund)
        municipality = _municipality(chain, [opened], Officers.one(chain.account(_key(key_file))))
        with _progress("approving shops", len(merchants)) as progress:
            municipality.approve_merchants(
                opened, merchants, progress=lambda done: progress.update(progress.task_ids[0], completed=done)
            )
    Console().print(f"{len(merchants)} shops approved")


# ---- looking ----


@fund_app.command("show")
def show(rpc: Rpc, fund: FundOption, language: In = Language.EN) -> None:
    """Show a fund: its rules, where its money is, and how much of each validator's cap is used."""
    with _plainly():
        chain = Chain.rpc(rpc)
        opened = _fund(chain, fund)
        rules, books = opened.rules(), opened.books()
        used = {validator: opened.claims_of(validator) for validator in rules.validators}
    table = Table(show_header=False, box=None)
    table.add_row("rulebook", "0x" + rules.rulebook_hash.hex())
    table.add_row("period", str(rules.period))
    table.add_row("opens", f"{from_unix(rules.opens_at):%Y-%m-%d %H:%M} UTC")
    table.add_row("claims until", f"{from_unix(rules.claims_until):%Y-%m-%d %H:%M} UTC")
    table.add_row("closes", f"{from_unix(rules.closes_at):%Y-%m-%d %H:%M} UTC")
    each = f" and {rules.unit_amount.format(language)} for each unit" if rules.unit is not None else ""
    table.add_row("a claim gives", f"{rules.base.format(language)}{each}")
    table.add_row("unallocated", books.unallocated.format(language))
    table.add_row("in accounts", books.accounts.format(language))
    table.add_row("owed to shops", books.merchants.format(language))
    table.add_row("state", "closed" if books.is_closed else "paused" if books.is_paused else "running")
    for validator, count in used.items():
        table.add_row("validator", f"{validator}: {count} of {rules.claims_per_validator} claims")
    Console().print(table)


@fund_app.command("describe")
def describe_fund(rpc: Rpc, fund: FundOption) -> None:
    """Print the description that a wallet reads (JSON). The wallet checks all of it."""
    with _plainly():
        text = describe(_fund(Chain.rpc(rpc), fund))
    typer.echo(text)


@app.command()
def books(rpc: Rpc, fund: Funds, language: In = Language.EN) -> None:
    """Compute the books from all events and compare them with the contracts. Exits with 1 if they differ."""
    with _plainly():
        chain = Chain.rpc(rpc)
        funds = [_fund(chain, address) for address in fund]
        with _progress("reading events", None):
            ledger = _municipality(chain, funds, _nobody(chain)).check_books(funds)
        result = ledger.books
        if not result.is_balanced:
            raise BooksError("supply", result.supply.cents, (result.deposits - result.settled).cents)
    table = Table("book", "amount", title="The books, equal to the contracts' own")
    for name in ("deposits", "settled", "supply", "unallocated", "accounts", "merchants", "outside"):
        table.add_row(name, getattr(result, name).format(language))
    Console().print(table)


@app.command()
def sync(
    rpc: Rpc,
    fund: Funds,
    database: Annotated[str, typer.Option(help="Database URL, such as sqlite:///money.db.")],
    rebuild: Annotated[bool, typer.Option(help="Throw the read model away and start again.")] = False,
) -> None:
    """Bring the read model up to date with the chain."""
    with _plainly():
        chain = Chain.rpc(rpc)
        funds = [_fund(chain, address) for address in fund]
        municipality = _municipality(chain, funds, _nobody(chain))
        store = Store(database)
        with _progress("applying events", None):
            events = municipality.events(funds, from_block=0 if rebuild else max(0, store.last()[0]))
            applied = store.rebuild(events) if rebuild else store.apply(events)
        store.close()
    Console().print(f"{applied} events applied")


@app.command("scan")
def scan_chain(
    rpc: Rpc,
    fund: Funds,
    people: Annotated[Path, typer.Option(help="CSV with personal data, such as households.csv.", exists=True)],
    from_block: Annotated[int, typer.Option(help="First block, on a chain older than the contracts.")] = 0,
) -> None:
    """Search everything on the chain for personal data, or a plain hash of it. Exits with 1 if there is any."""
    out = Console()
    with _plainly():
        chain = Chain.rpc(rpc)
        funds = [_fund(chain, address) for address in fund]
        municipality = _municipality(chain, funds, _nobody(chain))
        with people.open(encoding="utf-8", newline="") as file:
            needles = Needles(personal_values(csv.DictReader(file)))
        contracts = [municipality.registry.contract, municipality.euro.contract, *(each.contract for each in funds)]
        public = frozenset(municipality.check_books(funds).public_numbers)
        with _progress("searching", None) as progress:
            fragments = _counted(raw.fragments(chain, contracts, from_block=from_block), progress)
            report = scan(fragments, needles, public_numbers=public)
    for finding in report.findings:
        out.print(f"[red]{finding.source}[/], {finding.form}: {finding.place}, octet {finding.offset}")
    out.print(
        f"{len(report.findings)} findings, {len(report.coincidences)} incomes equal to a public amount; "
        f"{report.octets} octets searched for {report.needles} forms"
    )
    if report.findings:
        raise typer.Exit(1)


def _counted(fragments: Iterator[Fragment], progress: Progress) -> Iterator[Fragment]:
    for fragment in fragments:
        progress.advance(progress.task_ids[0])
        yield fragment


# ---- paying shops ----


@app.command()
def settle(
    rpc: Rpc,
    key_file: KeyFile,
    fund: FundOption,
    directory: Annotated[Path, typer.Option(help="CSV with account, name, iban and optionally bic.", exists=True)],
    reference: Annotated[str, typer.Option(help="Reference of the payment file; used once.")],
    debtor_name: Annotated[str, typer.Option(help="Name on the municipality's bank account.")],
    debtor_iban: Annotated[str, typer.Option(help="IBAN that holds the deposits.")],
    execute_on: Annotated[datetime, typer.Option(help="Day on which the bank pays.", formats=["%Y-%m-%d"])],
    out: Annotated[Path, typer.Option(help="Where the payment file goes; must not exist yet.")],
    debtor_bic: Annotated[str, typer.Option(help="BIC, where the IBAN does not imply it.")] = "",
    again: Annotated[bool, typer.Option(help="The settlement was done; only write its file again.")] = False,
) -> None:
    """Settle every shop of the directory that is owed money, and write the payment file for the bank."""
    with _plainly():
        debtor = BankAccount.from_text(debtor_name, debtor_iban, debtor_bic, field="debtor")
        shops = read_directory(directory.read_text(encoding="utf-8"))
        chain = Chain.rpc(rpc)
        opened = _fund(chain, fund)
        municipality = _municipality(chain, [opened], Officers.one(chain.account(_key(key_file))))
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
    Console().print(f"{len(settlement.transfers)} shops, {settlement.total}; {out}")


@app.command("payment-file")
def show_payment_file(
    file: Annotated[Path, typer.Argument(help="A pain.001 file.", exists=True)], language: In = Language.EN
) -> None:
    """Check a payment file and show what it pays."""
    with _plainly():
        content = read_payment_file(file.read_bytes())
    table = Table("iban", "name", "amount", title=f"{content.reference}, from {content.debtor_iban}")
    for iban, name, amount in content.transfers:
        table.add_row(iban, name, amount.format(language))
    table.add_row("", "total", content.total.format(language))
    Console().print(table)


@app.command()
def close(rpc: Rpc, key_file: KeyFile, fund: FundOption) -> None:
    """After the end of the period: take back what nobody spent. Shops stay to be settled."""
    with _plainly():
        chain = Chain.rpc(rpc)
        opened = _fund(chain, fund)
        returned = _municipality(chain, [opened], Officers.one(chain.account(_key(key_file)))).close_fund(opened)
    Console().print(f"{returned} returned")


@app.command()
def reasons(language: In = Language.EN) -> None:
    """List every reason why a contract may refuse, with the sentence that people get to read."""
    table = Table("reason", "what it says")
    for reason in RefusalReason:
        table.add_row(reason.value, sentence(reason, language))
    Console().print(table)
