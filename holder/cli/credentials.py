# SPDX-License-Identifier: EUPL-1.2
"""Asking a validator for a credential by files, and keeping what it sends."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from holder.cli.opening import (
    DEFAULT_WALLET,
    LanguageOption,
    WalletOption,
    explained,
    open_wallet,
    read_file,
    valid_until,
)
from holder.published import published
from holder.wording import Language
from ssi.atomic_file import replace_file
from ssi.credential.messages import IssuanceMessage, RequestMessage, SessionMessage
from ssi.credential.types import CredentialType

__all__ = ["app"]

_HEX: Final = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})+)")
_TYPE: Final = re.compile(r"([a-z0-9-]+)(?:(?::|/v)([1-9][0-9]{0,2}))?")

app = typer.Typer()


@app.command()
def request(
    out: Annotated[Path, typer.Option("--out", help="Where to write the request.")],
    credential_type: Annotated[str, typer.Option("--type", help="Such as household-income, age or age/v2.")],
    validator: Annotated[str | None, typer.Option("--validator", help="The validator's DID.")] = None,
    nonce: Annotated[str | None, typer.Option("--nonce", help="The session's nonce, hexadecimal.")] = None,
    session: Annotated[Path | None, typer.Option("--session", help="The validator's session, instead of both.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Write the 288 octets alone, without the JSON around.")] = False,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Ask a validator for a credential: writes a request that says nothing about you."""
    with explained():
        kind = _type(credential_type)
        if session is not None and validator is None and nonce is None:
            found = SessionMessage.from_json(read_file(session))
            if kind.vct not in found.credential_types:
                raise typer.BadParameter("the session is not for this type", param_hint="--type")
            asked, octets = found.validator, found.nonce
        elif session is None and validator is not None and nonce is not None:
            asked, octets = validator, _hex(nonce, "--nonce", least=16)
        else:
            raise typer.BadParameter("give --session, or both --validator and --nonce")
        with open_wallet(wallet, language) as opened:
            made = opened.request_credential(asked, octets, kind, now=datetime.now(UTC))
        message = RequestMessage(asked, octets, kind.vct, made.to_octets())
        replace_file(out, message.unverified_request if raw else message.to_json())
        typer.echo(f"Wrote {out}. Next: give it to {asked}, then use `wallet accept`.")


@app.command("accept")
def accept_issuance(
    issuance: Annotated[Path, typer.Option("--issuance", help="What the validator sent.")],
    public_key: Annotated[str, typer.Option("--public-key", help="Its key in the trust registry, hexadecimal.")],
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Verify a credential that a validator sent, and keep it."""
    with explained():
        received = IssuanceMessage.from_json(read_file(issuance)).issuance
        key = _hex(public_key, "--public-key", least=96, most=96)
        with open_wallet(wallet, language) as opened:
            credential = opened.accept_credential(received, key, now=datetime.now(UTC)).credential
        typer.echo(f"Kept: {language.of(credential.type.title)}, {valid_until(credential.values)}.")
        typer.echo("Next: `wallet qualify` shows what you qualify for.")


def _type(text: str) -> CredentialType:
    match = _TYPE.fullmatch(text)
    if match is None:
        raise typer.BadParameter(
            "a name, such as household-income, or a name and a version, such as age/v2", param_hint="--type"
        )
    return published().type(match[1], int(match[2] or 1))


def _hex(text: str, option: str, *, least: int, most: int = 64) -> bytes:
    match = _HEX.fullmatch(text)
    octets = bytes.fromhex(match[1]) if match else b""
    if not least <= len(octets) <= most:
        size = f"{least}" if least == most else f"{least} to {most}"
        raise typer.BadParameter(f"{size} octets in hexadecimal digits", param_hint=option)
    return octets
