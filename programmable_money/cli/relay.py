# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money relay``: carry what wallets and tills made to the chain."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from programmable_money.chain import Chain
from programmable_money.cli.options import In, RelayerKeyFile, Rpc
from programmable_money.cli.sources import fund_at, relaying_chain
from programmable_money.cli.telling import plainly, progress, tell_error
from programmable_money.fund import Fund
from programmable_money.messages import Address, parse_address
from programmable_money.model import Language, MoneyError
from programmable_money.relaying import Errand, Message, RelayError, errands, parse_message
from ssi.errors import VerificationError

__all__ = ["app"]

app = typer.Typer()

_DONE = {"claim": "claimed", "payment": "paid", "refund": "given back"}


@app.command()
def relay(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files with claims, permits with their charges, permits with their refunds; in any order.",
            exists=True,
            dir_okay=False,
        ),
    ],
    rpc: Rpc,
    key_file: RelayerKeyFile = None,
    fund: Annotated[
        list[str] | None,
        typer.Option(
            "--fund", help="Carry for this fund only; repeat for each. Who carries for strangers should name them."
        ),
    ] = None,
    language: In = Language.EN,
) -> None:
    """Carry claims, payments and refunds to their funds, and pay the fees. Nothing in them can be changed.

    A message that is refused is told with its reason and does not stop the others; the exit code is then 1.
    """
    with plainly(language):
        served = {parse_address(address) for address in fund or ()}
        planned = errands(_read(files))
        with relaying_chain(rpc, key_file) as chain, progress("carrying", len(planned)) as advance:
            refused = _carry_all(planned, served, chain, language, advance)
    if refused:
        typer.echo(f"{refused} of {len(planned)} were not carried.", err=True)
        raise typer.Exit(1)


def _carry_all(
    planned: tuple[Errand, ...], served: set[Address], chain: Chain, language: Language, advance: Callable[[], None]
) -> int:
    """Carry each; how many could not be."""
    funds: dict[Address, Fund] = {}
    refused = 0
    for errand in planned:
        try:
            address = errand.domain.fund
            if served and address not in served:
                raise RelayError("it is for a fund that is not served here")
            if address not in funds:
                funds[address] = fund_at(chain, address)
            amount = errand.outcome(errand.carry(funds[address]))
        except MoneyError as error:
            refused += 1
            tell_error(error, language, of=errand.name)
        else:
            typer.echo(f"{errand.name}: {amount.format(language)} {_DONE[errand.kind]}")
        advance()
    return refused


def _read(files: list[Path]) -> dict[str, Message]:
    messages: dict[str, Message] = {}
    for path in files:
        try:
            messages[str(path)] = parse_message(path.read_bytes().decode("utf-8", "replace"))
        except VerificationError as error:
            raise RelayError(f"{path}: {error.detail or error}") from error
    return messages
