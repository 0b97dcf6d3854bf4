# SPDX-License-Identifier: EUPL-1.2
"""The wallet on the command line. It works on files, so that it composes with the validator's and the sponsor's tools.

The passphrase is asked for, or read from the file that STUIVER_PASSPHRASE_FILE names: it is never an argument, nor the
value of a variable. Every error is one line that says what to do next.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from holder.claims import PlannedClaim
from holder.eligibility import Qualification
from holder.errors import HolderError
from holder.next_step import next_step
from holder.programme import ProgrammeView
from holder.published import published
from holder.refusals import NotEligibleError
from holder.service import Wallet
from holder.wording import ASK, NO, NOT_MET, PROVED, SHOWN, YES, Language, euros
from programmable_money.messages import ZERO_ADDRESS, PaymentRequest, parse_address
from ssi.atomic_file import create_file, replace_file
from ssi.credential.messages import IssuanceMessage, RequestMessage, SessionMessage
from ssi.credential.types import ClaimValue, CredentialType
from ssi.errors import SsiError
from ssi.rulebook.model import Rulebook
from ssi.rulebook.qualification import Allowed

__all__ = ["app"]

PASSPHRASE_FILE: Final = "STUIVER_PASSPHRASE_FILE"  # noqa: S105
_EUROS: Final = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{2}))?")
_HEX: Final = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})+)")
_TYPE: Final = re.compile(r"([a-z0-9-]+)(?::([1-9][0-9]{0,2}))?")

app = typer.Typer(
    name="wallet",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback with local variables would show secrets
    help="Your wallet: credentials, what you qualify for, claims and payments.",
)
consent_app = typer.Typer(help="What you have shown, to whom and when.", no_args_is_help=True)
app.add_typer(consent_app, name="consent")

WalletOption = Annotated[Path, typer.Option("--wallet", envvar="STUIVER_WALLET", help="The wallet's file.")]
LanguageOption = Annotated[Language, typer.Option("--language", help="Language of the texts about rules and consent.")]
RulebookOption = Annotated[
    list[Path] | None, typer.Option("--rulebook", help="A rulebook that you have read, besides the published ones.")
]
ProgrammeOption = Annotated[Path, typer.Option("--programme", help="The programme's public description (JSON).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]
_DEFAULT: Final = Path("my.wallet")


@app.command()
def create(
    wallet: WalletOption = _DEFAULT,
    phrase_file: Annotated[
        Path | None, typer.Option("--phrase-file", help="Write the 24 words here instead of showing them.")
    ] = None,
) -> None:
    """Make a new wallet and show its 24 recovery words, once."""
    with _explained():
        if phrase_file is not None and os.path.lexists(phrase_file):
            raise typer.BadParameter("there is a file already", param_hint="--phrase-file")
        opened, phrase = Wallet.create(wallet, _passphrase(is_new=True), published())
        opened.close()
        if phrase_file is None or not _is_written(phrase_file, phrase):
            typer.echo("Write these 24 words on paper, in this order. They are the only way back to your wallet:")
            for number, word in enumerate(phrase.split(), start=1):
                typer.echo(f"{number:>2}. {word}")
        else:
            typer.echo(f"The 24 recovery words are in {phrase_file}. Keep that file apart from the wallet.")
        typer.echo(f"Made {wallet}. Next: `wallet request` asks a validator for a credential.")


@app.command()
def restore(
    wallet: WalletOption = _DEFAULT,
    phrase_file: Annotated[
        Path | None, typer.Option("--phrase-file", help="Read the 24 words from this file instead of asking.")
    ] = None,
) -> None:
    """Make a wallet file from your 24 recovery words: the same accounts and pseudonyms as before."""
    with _explained():
        phrase = _read(phrase_file).decode("utf-8", "replace") if phrase_file else _ask("Your 24 words")
        Wallet.restore(wallet, _passphrase(is_new=True), phrase, published()).close()
        typer.echo(f"Made {wallet}. Next: `wallet request` asks your validators for your credentials again.")


@app.command()
def show(
    wallet: WalletOption = _DEFAULT,
    language: LanguageOption = Language.EN,
    claims: Annotated[bool, typer.Option("--claims", help="Show what the credentials say about you, too.")] = False,
) -> None:
    """Show the credentials, open requests and payment accounts in the wallet."""
    with _explained(), _open(wallet, language) as opened:
        for held in opened.credentials:
            credential = held.credential.credential
            typer.echo(f"{language.of(credential.type.title)} of {held.validator}, {_until(credential.values)}")
            for claim in credential.type.claims if claims else ():
                typer.echo(f"  {language.of(claim.title)}: {credential.values[claim.name]}")
        for pending in opened.pending:
            typer.echo(f"Asked {pending.validator} for {pending.vct}, no answer accepted yet")
        for account in opened.accounts:
            place = f"fund {account.scope.fund}, period {account.scope.period}"
            typer.echo(f"Account {account.address} in {place}: last known {euros(account.balance, language)}")
        if not (opened.credentials or opened.pending or opened.accounts):
            typer.echo("The wallet is empty. Next: `wallet request` asks a validator for a credential.")


@app.command()
def request(
    out: Annotated[Path, typer.Option("--out", help="Where to write the request.")],
    credential_type: Annotated[str, typer.Option("--type", help="household-income or age; a version after a colon.")],
    validator: Annotated[str | None, typer.Option("--validator", help="The validator's DID.")] = None,
    nonce: Annotated[str | None, typer.Option("--nonce", help="The session's nonce, hexadecimal.")] = None,
    session: Annotated[Path | None, typer.Option("--session", help="The validator's session, instead of both.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Write the 288 octets alone, without the JSON around.")] = False,
    wallet: WalletOption = _DEFAULT,
    language: LanguageOption = Language.EN,
) -> None:
    """Ask a validator for a credential: writes a request that says nothing about you."""
    with _explained():
        kind = _type(credential_type)
        if session is not None and validator is None and nonce is None:
            found = SessionMessage.from_json(_read(session))
            if kind.vct not in found.credential_types:
                raise typer.BadParameter("the session is not for this type", param_hint="--type")
            asked, octets = found.validator, found.nonce
        elif session is None and validator is not None and nonce is not None:
            asked, octets = validator, _hex(nonce, "--nonce", least=16)
        else:
            raise typer.BadParameter("give --session, or both --validator and --nonce")
        with _open(wallet, language) as opened:
            made = opened.request_credential(asked, octets, kind, now=datetime.now(UTC))
        message = RequestMessage(asked, octets, kind.vct, made.to_octets())
        replace_file(out, message.unverified_request if raw else message.to_json())
        typer.echo(f"Wrote {out}. Next: give it to {asked}, then use `wallet accept`.")


@app.command("accept")
def accept_issuance(
    issuance: Annotated[Path, typer.Option("--issuance", help="What the validator sent.")],
    public_key: Annotated[str, typer.Option("--public-key", help="Its key in the trust registry, hexadecimal.")],
    wallet: WalletOption = _DEFAULT,
    language: LanguageOption = Language.EN,
) -> None:
    """Verify a credential that a validator sent, and keep it."""
    with _explained():
        received = IssuanceMessage.from_json(_read(issuance)).issuance
        key = _hex(public_key, "--public-key", least=96, most=96)
        with _open(wallet, language) as opened:
            credential = opened.accept_credential(received, key, now=datetime.now(UTC)).credential
        typer.echo(f"Kept: {language.of(credential.type.title)}, {_until(credential.values)}.")
        typer.echo("Next: `wallet qualify` shows what you qualify for.")


@app.command()
def qualify(
    wallet: WalletOption = _DEFAULT,
    language: LanguageOption = Language.EN,
    rulebook: RulebookOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what you qualify for. It is computed here: nobody learns that you looked."""
    with _explained(), _open(wallet, language, rulebook) as opened:
        found = opened.qualifications(now=datetime.now(UTC))
        if as_json:
            typer.echo(json.dumps([_qualification(item) for item in found], ensure_ascii=False))
            return
        for item in found:
            title = f"{language.of(item.rulebook.title)} {item.period}"
            if isinstance(item.decision, Allowed):
                typer.echo(f"{title}: {language.of(YES)}, {euros(item.decision.amount_cents, language)}")
                continue
            typer.echo(f"{title}: {language.of(NO)}")
            for reason in item.decision.reasons:
                typer.echo(f"  - {language.of(reason.text)}")


@app.command()
def claim(
    programme: ProgrammeOption,
    out: Annotated[Path, typer.Option("--out", help="Where to write the claim.")],
    wallet: WalletOption = _DEFAULT,
    language: LanguageOption = Language.EN,
    rulebook: RulebookOption = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; what is shown is printed and logged all the same.")
    ] = False,
) -> None:
    """Claim your share of a programme: proves that you qualify and writes a message for a relayer."""
    with _explained(language):
        view = ProgrammeView.from_json(_read(programme))
        with _open(wallet, language, rulebook) as opened:
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
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=15, help="How long it can be used.")] = 5,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it; otherwise it is printed.")] = None,
    wallet: WalletOption = _DEFAULT,
    language: LanguageOption = Language.EN,
) -> None:
    """Allow one payment: makes the text of a QR code for the till. Keep it to yourself until you are there."""
    with _explained():
        view = ProgrammeView.from_json(_read(programme))
        cents, lifetime = _cents(limit, "--limit"), timedelta(minutes=minutes)
        if merchant is not None and request_file is not None:
            raise typer.BadParameter("give --merchant or --request, not both")
        shop = ZERO_ADDRESS if merchant is None else parse_address(merchant)
        asked = (
            None if request_file is None else PaymentRequest.from_json(_read(request_file).decode("utf-8", "replace"))
        )
        with _open(wallet, language) as opened:
            if balance is not None:
                opened.learn_balance(view.scope, _cents(balance, "--balance"))
            now = datetime.now(UTC)
            if asked is None:
                made = opened.sign_permit(view.scope, cents, now=now, merchant=shop, lifetime=lifetime)
            else:
                made = opened.sign_requested(view.scope, asked, cents, now=now, lifetime=lifetime)
        if out is None:
            typer.echo(made.to_json())
        else:
            replace_file(out, made.to_json().encode())
            typer.echo(f"Wrote {out}. Next: show it at the till within {minutes} minute(s).")


@consent_app.command("log")
def consent_log(
    wallet: WalletOption = _DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """Show everything that ever left this wallet: when, to whom, what was shown and what was proved."""
    with _explained(), _open(wallet, Language.EN) as opened:
        entries = opened.consents.entries
    if as_json:
        typer.echo(json.dumps([entry.to_json() for entry in entries], ensure_ascii=False))
        return
    for entry in entries:
        typer.echo(f"{entry.at:%Y-%m-%d %H:%M} UTC, {entry.outcome.value}, to {entry.recipient}")
        for item in entry.disclosed:
            typer.echo(f"  shown: {item.name}: {item.value}")
        for statement in entry.proven:
            typer.echo(f"  proved: {statement}")
    if not entries:
        typer.echo("Nothing has ever left this wallet.")


@contextmanager
def _explained(language: Language = Language.EN) -> Iterator[None]:
    """Turn an error into one line that says what to do next, and exit code 1."""
    try:
        yield
    except (HolderError, SsiError, OSError) as error:
        what = str(error)
        if isinstance(error, OSError) and error.filename is not None:
            what = f"{error.strerror}: {error.filename}"
        if isinstance(error, NotEligibleError):
            rules = " ".join(language.of(reason.text) for reason in error.reasons).rstrip(".")
            what = f"{language.of(NOT_MET)} {rules}"
        typer.echo(f"wallet: {' '.join(what.split())}. {next_step(error)}", err=True)
        raise typer.Exit(1) from error


def _open(path: Path, language: Language, rulebooks: list[Path] | None = None) -> Wallet:
    catalogue = published()
    for rulebook in rulebooks or ():
        octets = _read(rulebook)
        catalogue = catalogue.with_rulebook(Rulebook.from_json(octets))
    return Wallet.open(path, _passphrase(is_new=False), catalogue, language=language)


def _passphrase(*, is_new: bool) -> str:
    named = os.environ.get(PASSPHRASE_FILE)
    if named:
        return _read(Path(named)).decode("utf-8", "replace").split("\n", 1)[0].rstrip("\r")
    return _ask("Passphrase of the new wallet" if is_new else "Passphrase", again=is_new)


def _ask(question: str, *, again: bool = False) -> str:
    answer: str = typer.prompt(question, hide_input=True, confirmation_prompt=again, err=True)
    return answer


def _is_written(path: Path, phrase: str) -> bool:
    """Write the phrase to a new file; False if that fails, since the wallet is made by then and needs its phrase."""
    try:
        create_file(path, phrase.encode() + b"\n")
    except OSError:
        typer.echo(f"{path} could not be written.", err=True)
        return False
    return True


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _type(text: str) -> CredentialType:
    match = _TYPE.fullmatch(text)
    if match is None:
        raise typer.BadParameter(
            "a name, such as household-income, or a name, a colon and a version", param_hint="--type"
        )
    return published().type(match[1], int(match[2] or 1))


def _hex(text: str, option: str, *, least: int, most: int = 64) -> bytes:
    match = _HEX.fullmatch(text)
    octets = bytes.fromhex(match[1]) if match else b""
    if not least <= len(octets) <= most:
        size = f"{least}" if least == most else f"{least} to {most}"
        raise typer.BadParameter(f"{size} octets in hexadecimal digits", param_hint=option)
    return octets


def _cents(text: str, option: str) -> int:
    match = _EUROS.fullmatch(text)
    if match is None:
        raise typer.BadParameter("euros with no or two decimals, such as 12.50", param_hint=option)
    return int(match[1]) * 100 + int(match[2] or 0)


def _until(values: Mapping[str, ClaimValue]) -> str:
    return f"valid up to and including {values['exp']}" if "exp" in values else "valid until revoked"


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
