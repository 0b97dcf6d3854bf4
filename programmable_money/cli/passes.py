# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money pass``: a pass in one period on a chain, its offers, and a shop's till for it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from programmable_money.chain import Chain
from programmable_money.cli.options import (
    BudgetOption,
    DepositOption,
    EuroOption,
    In,
    KeyFile,
    KeyId,
    NewFile,
    RegistryOption,
    Rpc,
    RulebookOption,
    ShopKeyFile,
)
from programmable_money.cli.sources import (
    amount_of,
    find_published,
    key_from,
    load_rulebook,
    octets_of,
    types_of,
)
from programmable_money.cli.telling import plainly
from programmable_money.messages import address_of, parse_address
from programmable_money.messages.pass_offers import PassOffer
from programmable_money.messages.passes import OfferUseMessage
from programmable_money.model import Amount, Language, from_unix
from programmable_money.passes.contract import Pass
from programmable_money.passes.description import describe_pass, describe_uses, desk_keys_of
from programmable_money.passes.opening import PassOpening
from programmable_money.passes.rules import use_terms_of
from programmable_money.passes.till import PassTill
from programmable_money.passes.wording import pass_sentence
from programmable_money.service import Municipality, Officers
from ssi.atomic_file import replace_file
from ssi.claim.registry_key import parse_registry_key
from ssi.rulebook.model import Rulebook

__all__ = ["app"]

app = typer.Typer(help="Passes: offers instead of money, used with a proof that shows no income.", no_args_is_help=True)
PassOption = Annotated[str, typer.Option("--pass", help="Address of the pass's contract.")]
Offers = Annotated[
    Path,
    typer.Option("--offers", help="Folder with the offers' published documents (.json).", exists=True, file_okay=False),
]
Number = Annotated[int, typer.Option("--offer", help="The offer's number.", min=1)]


@app.command("open")
def open_pass(
    rpc: Rpc,
    key_file: KeyFile,
    registry: RegistryOption,
    euro: EuroOption,
    rulebook: RulebookOption,
    year: Annotated[int, typer.Option("--year", help="The calendar year.")],
    validator: Annotated[
        list[str], typer.Option("--validator", help="Address of a validator of incomes; repeat for each.")
    ],
    desk: Annotated[str, typer.Option("--desk", help="Address of the desk that issues pass credentials.")],
    budget: BudgetOption,
    deposit: DepositOption,
) -> None:
    """Open a pass with the rules of a rulebook and pay its budget in. The rules never change after this.

    Admit the validators and the desk first, each for its type of credential.
    """
    with plainly():
        rules, _ = load_rulebook(rulebook)
        validators = tuple(parse_address(account) for account in validator)
        amount = amount_of(budget, least=0)
        opening = PassOpening(rules, types_of(rules), year, validators, parse_address(desk), amount, deposit)
        chain = Chain.rpc(rpc)
        officers = Officers.one(chain.account(key_from(key_file)))
        opened = Municipality.join(chain, officers, registry=registry, euro=euro).open_pass(opening)
    typer.echo(f"pass {opened.address}")


@app.command("accept")
def accept_key(rpc: Rpc, key_file: KeyFile, at: PassOption, key: KeyId) -> None:
    """Make activations with a validator's key possible. Anybody may, for a validator that the rules name."""
    with plainly():
        chain = Chain.rpc(rpc)
        octets = octets_of(key, 32, "the key's id")
        _pass_at(chain, at).accept_activations(octets, sender=chain.account(key_from(key_file)))
    typer.echo("accepted")


@app.command("approve")
def approve(
    rpc: Rpc,
    key_file: KeyFile,
    at: PassOption,
    shop: Annotated[str, typer.Option("--shop", help="Address of the shop's account.")],
    category: Annotated[str, typer.Option("--category", help="A category of the rulebook, such as swimming.")],
) -> None:
    """Let a shop give offers of a category."""
    with plainly():
        chain = Chain.rpc(rpc)
        opened = _pass_at(chain, at)
        index = _category(_rulebook_of(opened), category)
        opened.approve_merchant(parse_address(shop), index, sponsor=chain.account(key_from(key_file)))
    typer.echo("approved")


@app.command("publish")
def publish(
    rpc: Rpc,
    key_file: KeyFile,
    at: PassOption,
    documents: Annotated[list[Path], typer.Argument(help="The offers' documents.", exists=True, dir_okay=False)],
) -> None:
    """Publish offers. Put the documents where everybody can read them first: their hashes are fixed by this."""
    with plainly():
        chain = Chain.rpc(rpc)
        opened = _pass_at(chain, at)
        rulebook = _rulebook_of(opened)
        sponsor = chain.account(key_from(key_file))
        offers = [PassOffer.from_json(path.read_bytes(), rulebook) for path in documents]
        for offer in offers:
            number = opened.publish_offer(offer, sponsor=sponsor)
            opened.check_offer(number, offer)
            typer.echo(f"offer {number}: {offer.title.en}")


@app.command("withdraw")
def withdraw(rpc: Rpc, key_file: KeyFile, at: PassOption, number: Number) -> None:
    """Withdraw an offer for good. Uses that were made before are paid all the same."""
    with plainly():
        chain = Chain.rpc(rpc)
        _pass_at(chain, at).withdraw_offer(number, sponsor=chain.account(key_from(key_file)))
    typer.echo("withdrawn")


@app.command("show")
def show(rpc: Rpc, at: PassOption, offers: Offers, language: In = Language.EN) -> None:
    """Show a pass: its rules, its money, and how often each offer was used."""
    with plainly(language):
        opened = _pass_at(Chain.rpc(rpc), at)
        rules, books, known = opened.rules(), opened.books(), _documents(opened, offers)
        states = {number: opened.offer_state(number) for number in range(1, opened.offers() + 1)}
        activated = sum(opened.activations_of(validator) for validator in rules.validators)
    facts = Table(show_header=False, box=None)
    facts.add_row("rulebook", "0x" + rules.rulebook_hash.hex())
    facts.add_row("period", str(rules.period))
    facts.add_row("closes", f"{from_unix(rules.closes_at):%Y-%m-%d %H:%M} UTC")
    facts.add_row("passes activated", str(activated))
    facts.add_row("unallocated", books.unallocated.format(language))
    facts.add_row("owed to shops", books.merchants.format(language))
    table = Table("offer", "", "used", "of", "state")
    for number, state in states.items():
        offer = known.get(number)
        title = "(its document is not in the folder)" if offer is None else offer.title.nl
        if offer is not None and language is Language.EN:
            title = offer.title.en
        of = "" if offer is None or not offer.total else str(offer.total)
        table.add_row(str(number), title, str(state.used), of, "withdrawn" if state.is_withdrawn else "")
    console = Console()
    console.print(facts)
    console.print(table)


@app.command("describe")
def describe(rpc: Rpc, at: PassOption, offers: Offers) -> None:
    """Print the description that a wallet reads (JSON). The wallet checks all of it."""
    with plainly():
        opened = _pass_at(Chain.rpc(rpc), at)
        text = describe_pass(opened, _documents(opened, offers))
    typer.echo(text)


@app.command("uses")
def uses(rpc: Rpc, at: PassOption) -> None:
    """Print the list of all uses (JSON), in which a restored wallet finds its own."""
    with plainly():
        text = describe_uses(_pass_at(Chain.rpc(rpc), at))
    typer.echo(text)


@app.command("quote")
def quote(
    rpc: Rpc,
    at: PassOption,
    number: Number,
    price: Annotated[str, typer.Option("--price", help="Euros before the reduction, such as 9.75.")],
    language: In = Language.EN,
) -> None:
    """Say who pays what of a price: the citizen, the sponsor, the shop."""
    with plainly(language):
        found = _pass_at(Chain.rpc(rpc), at).quote(number, amount_of(price).cents)
    for who, cents in (("citizen", found.citizen), ("sponsor", found.sponsor), ("shop", found.merchant)):
        typer.echo(f"{who} {Amount(cents).format(language)}")


@app.command("verify")
def verify(
    rpc: Rpc,
    key_file: ShopKeyFile,
    at: PassOption,
    offers: Offers,
    number: Number,
    price: Annotated[str, typer.Option("--price", help="Euros before the reduction, such as 9.75.")],
    shown: Annotated[Path, typer.Option("--shown", help="What the wallet shows.", exists=True, dir_okay=False)],
    out: NewFile,
    language: In = Language.EN,
) -> None:
    """At the till: verify a pass, and sign for what you give. You learn valid, offer and price, nothing else."""
    with plainly(language, words=pass_sentence):
        chain, private_key = Chain.rpc(rpc), key_from(key_file)
        opened = _pass_at(chain, at)
        rulebook = _rulebook_of(opened)
        rules = opened.rules()
        till = PassTill(
            opened.scope(),
            use_terms_of(rulebook, types_of(rulebook), rules.period),
            {key: parse_registry_key(found) for key, found in desk_keys_of(opened).items()},
            _documents(opened, offers),
            opened.merchant(address_of(private_key)).category,
            private_key,
            opened.is_claimed,
        )
        message = OfferUseMessage.from_json(shown.read_text(encoding="utf-8"))
        cents = amount_of(price).cents
        use = till.verify(message, offer=number, price=cents, now=from_unix(chain.now()))
        if out.exists():
            raise ValueError(f"{out}: there is a file already")
        replace_file(out, till.sign(use).to_json().encode())
    typer.echo(f"valid: the citizen pays {Amount(use.quote.citizen).format(language)}")
    typer.echo(f"Wrote {out}. Next: deliver it today with `stuiver money relay {out}`.")


def _pass_at(chain: Chain, address: str) -> Pass:
    return Pass(chain, chain.at("Pass", address))


def _rulebook_of(opened: Pass) -> Rulebook:
    """The published rulebook of a pass; ValueError when it does not come with stuiver."""
    found = find_published(opened.rules().rulebook_hash)
    if found is None:
        raise ValueError("the pass was opened with a rulebook that does not come with stuiver")
    return found


def _category(rulebook: Rulebook, name: str) -> int:
    try:
        return rulebook.category(name).index
    except KeyError:
        known = ", ".join(category.id for category in rulebook.spending.categories)
        raise ValueError(f"--category must be one of the rulebook's: {known}") from None


def _documents(opened: Pass, folder: Path) -> dict[int, PassOffer]:
    """The published documents of a folder by their number on the chain; files of other offers are passed over."""
    rulebook = _rulebook_of(opened)
    found = (PassOffer.from_json(path.read_bytes(), rulebook) for path in sorted(folder.glob("*.json")))
    by_hash = {offer.description: offer for offer in found}
    numbers = opened.published_offers()
    return {number: by_hash[hash_] for number, hash_ in numbers.items() if hash_ in by_hash}
