# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money relay``: carry what wallets and tills made to the chain."""

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from programmable_money.chain import Chain
from programmable_money.cli.options import In, RelayerKeyFile, Rpc
from programmable_money.cli.sources import relaying_chain
from programmable_money.cli.telling import plainly, progress, tell_error
from programmable_money.messages import Address, parse_address
from programmable_money.model import Amount, Language, MoneyError
from programmable_money.relayer.carrier import Carrier
from programmable_money.relayer.errands import Errand, ErrandKind, Message, RelayError, errands, parse_message
from programmable_money.relayer.service import Relayer, refusal_of
from programmable_money.relayer.store import Outbox
from programmable_money.relayer.wording import refusal_sentence
from programmable_money.relayer.worker import Worker
from ssi.errors import SsiError, VerificationError

__all__ = ["app"]

app = typer.Typer()

_DONE: Final = {
    ErrandKind.CLAIM: "claimed",
    ErrandKind.ACTIVATION: "activated",
    ErrandKind.CHOICE: "chosen",
    ErrandKind.REPORT: "reported as done",
    ErrandKind.GIVING_UP: "given up",
    ErrandKind.APPEAL: "appealed",
    ErrandKind.STATEMENT: "made possible",
    ErrandKind.COLLECTION: "collected",
    ErrandKind.OFFER_USE: "used",
    ErrandKind.PAYMENT: "paid",
    ErrandKind.REFUND: "given back",
}
_OWED: Final = "owed to the shop"
_STEP_SECONDS: Final = 0.02


@app.command()
def relay(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="What wallets and tills wrote, in any order; a charge or refund together with the permit.",
            exists=True,
            dir_okay=False,
        ),
    ],
    rpc: Rpc,
    key_file: RelayerKeyFile = None,
    programme: Annotated[
        list[str] | None,
        typer.Option(
            "--programme",
            help="Carry for this fund, pass, task board or purse only; repeat for each address. Who carries for "
            "strangers should name them.",
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            help="Where the outbox is kept, such as sqlite:///outbox.db: after a stop the same call goes on "
            "where it was. Without it the outbox is in memory.",
        ),
    ] = None,
    language: In = Language.EN,
) -> None:
    """Carry what wallets and tills wrote to its programmes, and pay the fees. Nothing in it can be changed.

    Claims, payments and refunds; activations and uses of passes; choices, reports, appeals and collections of tasks.

    A message that is refused is told with its reason and does not stop the others; the exit code is then 1.
    """
    with plainly(language):
        served = {parse_address(address) for address in programme} if programme else None
        planned = errands(_read(files))
        with (
            relaying_chain(rpc, key_file) as chain,
            progress("carrying", len(planned)) as advance,
            closing(Outbox(database or "sqlite://")) as outbox,
        ):
            refused = _carry_all(planned, served, chain, outbox, language, advance)
    if refused:
        typer.echo(f"{refused} of {len(planned)} were not carried.", err=True)
        raise typer.Exit(1)


def _carry_all(
    planned: tuple[Errand, ...],
    served: set[Address] | None,
    chain: Chain,
    outbox: Outbox,
    language: Language,
    advance: Callable[[], None],
) -> int:
    """Carry each, one after the other because they may build on each other; how many could not be."""
    carrier = Carrier(chain)
    relayer, worker = Relayer(carrier, outbox, programmes=served), Worker(carrier, outbox, chain.relayers)
    refused = 0
    try:
        for errand in planned:
            try:
                amount = _carry(relayer, worker, errand)
            except (MoneyError, SsiError) as error:
                refused += 1
                tell_error(error, language, of=errand.name, words=partial(refusal_sentence, errand.kind))
            else:
                typer.echo(f"{errand.name}: {_told(errand.kind, amount, language)}")
            advance()
    finally:
        worker.close()
    return refused


def _carry(relayer: Relayer, worker: Worker, errand: Errand) -> Amount | None:
    """Carry one to its end; what it credited, paid or gave back."""
    entry = relayer.accept(errand)
    while not entry.state.is_over:
        if worker.step():
            time.sleep(_STEP_SECONDS)
        elif not worker.held:
            raise RelayError("another process carries with this account; try again when it has ended")
        entry = relayer.find(errand.key) or entry
    refusal = refusal_of(entry)
    if refusal is not None:
        raise refusal
    return entry.amount


def _told(kind: ErrandKind, amount: Amount | None, language: Language) -> str:
    done = _DONE[kind]
    if amount is None:
        return done
    if kind is ErrandKind.OFFER_USE:
        return f"{done}, {amount.format(language)} {_OWED}"
    return f"{amount.format(language)} {done}"


def _read(files: list[Path]) -> dict[str, Message]:
    messages: dict[str, Message] = {}
    for path in files:
        try:
            messages[str(path)] = parse_message(path.read_bytes().decode("utf-8", "replace"))
        except VerificationError as error:
            raise RelayError(f"{path}: {error.detail or error}") from error
    return messages
