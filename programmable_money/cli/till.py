# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money till``: what a shop signs. It sends nothing: a relayer carries it with ``stuiver money relay``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from programmable_money.chain import Chain
from programmable_money.cli.options import Amounts, FundOption, In, MaybeRpc, NewFile, Product, Rpc, ShopKeyFile
from programmable_money.cli.sources import amount_of, fund_at, key_from, load_rulebook, spending_of
from programmable_money.cli.telling import plainly
from programmable_money.messages import Address, PaymentRequest, SignedCharge, SignedPermit, address_of
from programmable_money.model import Language
from programmable_money.refusals import RefusalReason
from programmable_money.till import TillError, charge_permit, refund_payment
from ssi.atomic_file import create_file
from ssi.rulebook.spending import Spending, SpentBefore

__all__ = ["app"]

app = typer.Typer(
    help="The till of a shop: ask for money, charge what a citizen allows, give it back.", no_args_is_help=True
)


@app.command("request")
def request(
    rpc: Rpc, fund: FundOption, amount: Amounts, key_file: ShopKeyFile, out: NewFile, language: In = Language.EN
) -> None:
    """Show an amount to a citizen, whose wallet makes a permit for exactly this; the shop must take part."""
    with plainly(language):
        opened, shop = fund_at(Chain.rpc(rpc), fund), address_of(key_from(key_file))
        if not opened.merchant(shop).is_approved:
            raise TillError(RefusalReason.WRONG_SHOP)
        asked, rules = amount_of(amount), spending_of(opened)
        broken = None if rules is None else rules.broken_by(asked.cents, SpentBefore())
        if broken is not None:
            raise TillError(RefusalReason(broken.value))
        made = PaymentRequest(opened.domain, shop, asked.cents)
        create_file(out, made.to_json().encode())
    typer.echo(f"Wrote {out}. Next: the citizen's `stuiver wallet permit --request` reads it.")


@app.command("charge")
def charge(
    permit: Annotated[
        Path, typer.Option("--permit", help="File with what the citizen shows.", exists=True, dir_okay=False)
    ],
    amount: Amounts,
    key_file: ShopKeyFile,
    out: NewFile,
    rulebook: Annotated[
        str | None,
        typer.Option(
            "--rulebook",
            help="The fund's rulebook, such as kindpakket-vouchers, for a till without a connection. Otherwise it is "
            "found by what the fund says.",
        ),
    ] = None,
    rpc: MaybeRpc = None,
    product: Product = 0,
    language: In = Language.EN,
) -> None:
    """Charge an amount of what a citizen's permit allows. The money moves when it is relayed.

    What the fund's rulebook refuses, the till refuses first; with a connection it also counts what was spent before.
    """
    with plainly(language):
        shown = SignedPermit.from_text(_read(permit).strip())
        asked, key, now = amount_of(amount), key_from(key_file), datetime.now(UTC)
        rules, before = _rules_of(shown, address_of(key), rulebook, rpc)
        made = charge_permit(shown, asked, key, now=now, product=product, rules=rules, before=before)
        create_file(out, made.to_json().encode())
    typer.echo(f"Wrote {out}. Next: `stuiver money relay {permit} {out}`.")


@app.command("refund")
def refund(
    rpc: Rpc,
    charge: Annotated[
        Path, typer.Option("--charge", help="File with the shop's charge of that payment.", exists=True, dir_okay=False)
    ],
    amount: Amounts,
    key_file: ShopKeyFile,
    out: NewFile,
    language: In = Language.EN,
) -> None:
    """Give back an amount of a payment, on top of what was given back before. Possible until the shop is settled."""
    with plainly(language):
        charged = SignedCharge.from_json(_read(charge))
        chain = Chain.rpc(rpc)
        opened = fund_at(chain, charged.domain.fund)
        if opened.domain != charged.domain:
            raise ValueError("the charge is for another chain")
        paid = opened.payment(charged.charge.payment)
        key = key_from(key_file)
        batch = opened.merchant(address_of(key)).batch
        asked, rules = amount_of(amount), spending_of(opened)
        made = refund_payment(charged.domain, paid, asked, key, batch=batch, rules=rules)
        create_file(out, made.to_json().encode())
    typer.echo(f"Wrote {out}. Next: `stuiver money relay` with the permit of the payment and this file.")


def _rules_of(
    shown: SignedPermit, shop: Address, rulebook: str | None, rpc: str | None
) -> tuple[Spending, SpentBefore]:
    """How the money of a permit's fund may be spent, and what was spent before, as far as the fund can be asked."""
    if rulebook is not None:
        return load_rulebook(rulebook)[0].spending, SpentBefore()
    if rpc is None:
        raise ValueError(
            "name the fund's rulebook with --rulebook, or a node with --rpc where the fund says which it is"
        )
    opened = fund_at(Chain.rpc(rpc), shown.domain.fund)
    if opened.domain != shown.domain:
        raise ValueError("the permit is for another chain than that of the node at --rpc")
    rules = spending_of(opened)
    if rules is None:
        raise ValueError("the fund's rulebook does not come with stuiver: name its file with --rulebook")
    counts = rules.has_account_limits
    return rules, opened.spent_before(shown.permit.account, shop) if counts else SpentBefore()


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
