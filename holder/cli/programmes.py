# SPDX-License-Identifier: EUPL-1.2
"""What the citizen qualifies for, claims and payments."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from edge.qr import qr_text
from holder.claims import PlannedClaim
from holder.cli.opening import (
    DEFAULT_WALLET,
    JsonOption,
    LanguageOption,
    ProgrammeOption,
    RulebookOption,
    WalletOption,
    explained,
    open_wallet,
    read_file,
)
from holder.eligibility import Qualification
from holder.programme import ProgrammeView
from holder.wording import ASK, NO, PROVED, SHOWN, VALID_UNTIL, YES, Language, euros
from programmable_money.messages import ZERO_ADDRESS, PaymentRequest, parse_address
from ssi.atomic_file import replace_file
from ssi.rulebook.qualification import Allowed

__all__ = ["app"]

_EUROS: Final = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{2}))?")

app = typer.Typer()


@app.command()
def qualify(
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
    rulebook: RulebookOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what you qualify for. It is computed here: nobody learns that you looked."""
    with explained(), open_wallet(wallet, language, rulebook) as opened:
        found = opened.qualifications(now=datetime.now(UTC))
        if as_json:
            typer.echo(json.dumps([_qualification(item) for item in found], ensure_ascii=False))
            return
        for item in found:
            title = f"{language.of(item.rulebook.title)} {item.period}"
            if isinstance(item.decision, Allowed):
                cents = item.decision.amount_cents
                typer.echo(f"{title}: {language.of(YES)}{f', {euros(cents, language)}' if cents else ''}")
                continue
            typer.echo(f"{title}: {language.of(NO)}")
            for reason in item.decision.reasons:
                typer.echo(f"  - {language.of(reason.text)}")


@app.command()
def claim(
    programme: ProgrammeOption,
    out: Annotated[Path, typer.Option("--out", help="Where to write the claim.")],
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
    rulebook: RulebookOption = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; what is shown is printed and logged all the same.")
    ] = False,
) -> None:
    """Claim your share of a programme: proves that you qualify and writes a message for a relayer."""
    with explained(language):
        view = ProgrammeView.from_json(read_file(programme))
        with open_wallet(wallet, language, rulebook) as opened:
            plan = opened.plan_claim(view, now=datetime.now(UTC))
            _tell(plan, language)
            if not yes and not typer.confirm(language.of(ASK)):
                opened.decline(plan, now=datetime.now(UTC))
                typer.echo("Nothing was sent.")
                raise typer.Exit(1)
            message = opened.claim(plan, now=datetime.now(UTC))
        replace_file(out, message.to_json().encode())
        typer.echo(f"Wrote {out}. Next: give it to a relayer; it can neither change nor redirect it.")


@app.command()
def permit(
    programme: ProgrammeOption,
    limit: Annotated[str, typer.Option("--limit", help="The most that may be charged, in euros, such as 12.50.")],
    merchant: Annotated[str | None, typer.Option("--merchant", help="The only shop that may charge it.")] = None,
    request_file: Annotated[
        Path | None, typer.Option("--request", help="What the shop shows: sets the shop and the amount.")
    ] = None,
    balance: Annotated[
        str | None, typer.Option("--balance", help="What the fund says that your account holds, in euros.")
    ] = None,
    seconds: Annotated[int, typer.Option("--seconds", min=10, max=900, help="How long it can be used.")] = 60,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it; otherwise it is printed.")] = None,
    qr: Annotated[bool, typer.Option("--qr", help="Draw the QR code here, above the text.")] = False,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Allow one payment: makes the text of a QR code for the till. Keep it to yourself until you are there."""
    with explained():
        view = ProgrammeView.from_json(read_file(programme))
        cents, lifetime = _cents(limit, "--limit"), timedelta(seconds=seconds)
        if merchant is not None and request_file is not None:
            raise typer.BadParameter("give --merchant or --request, not both")
        shop = ZERO_ADDRESS if merchant is None else parse_address(merchant)
        asked = (
            None
            if request_file is None
            else PaymentRequest.from_json(read_file(request_file).decode("utf-8", "replace"))
        )
        with open_wallet(wallet, language) as opened:
            if balance is not None:
                opened.learn_balance(view.scope, _cents(balance, "--balance"))
            now = datetime.now(UTC)
            payee, most = (shop, cents) if asked is None else (asked.merchant, asked.amount)
            for sentence in opened.unforeseen(view.scope, most, payee):
                typer.echo(sentence, err=True)
            if asked is None:
                made = opened.sign_permit(view.scope, cents, now=now, merchant=shop, lifetime=lifetime)
            else:
                made = opened.sign_requested(view.scope, asked, cents, now=now, lifetime=lifetime)
        if out is None:
            text = made.to_code() if qr else made.to_json()
            if qr:
                typer.echo(qr_text(text))
                until = datetime.fromtimestamp(made.permit.deadline, UTC).astimezone()
                typer.echo(language.of(VALID_UNTIL).format(amount=euros(cents, language), time=f"{until:%H:%M:%S}"))
            typer.echo(text)
        else:
            replace_file(out, made.to_json().encode())
            typer.echo(f"Wrote {out}. Next: show it at the till within {seconds} seconds.")


def _cents(text: str, option: str) -> int:
    match = _EUROS.fullmatch(text)
    if match is None:
        raise typer.BadParameter("euros with no or two decimals, such as 12.50", param_hint=option)
    return int(match[1]) * 100 + int(match[2] or 0)


def _tell(plan: PlannedClaim, language: Language) -> None:
    """Say before anything is proved what the fund, and so everybody, will learn."""
    typer.echo(
        f"{language.of(plan.rulebook.title)} {plan.programme.scope.period}: {euros(plan.amount_cents, language)}"
    )
    typer.echo(language.of(SHOWN))
    for item in plan.shown:
        typer.echo(f"  {item.name}: {item.value}")
    typer.echo(language.of(PROVED))
    for statement in plan.proven(language):
        typer.echo(f"  {statement}")


def _qualification(item: Qualification) -> dict[str, object]:
    found: dict[str, object] = {
        "rulebook": item.rulebook.name,
        "version": item.rulebook.version,
        "period": item.period,
        "allowed": isinstance(item.decision, Allowed),
    }
    if isinstance(item.decision, Allowed):
        return {**found, "amount_cents": item.decision.amount_cents}
    reasons = [{"code": reason.code, "nl": reason.text.nl, "en": reason.text.en} for reason in item.decision.reasons]
    return {**found, "reasons": reasons}
