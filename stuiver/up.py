# SPDX-License-Identifier: EUPL-1.2
"""``stuiver up``: one process with an embedded chain, a running Kindpakket and its open books, on this machine only.

Invariants:

- Loopback only: it listens on 127.0.0.1 and answers to that name and to localhost.
- One thread: set-up, replay and every request run in the main thread, because the embedded chain is one thread's.
- What was set up is on the disk or it is not there: the set-up happens in a folder that gets its name when it is whole.
- ``--fresh`` keeps the chain that was there, and only that one, in a folder beside it.
"""

import errno
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

import specs
from examples.kindpakket.cast import DEBTOR, read_households
from examples.kindpakket.running import ProgressTeller, RunningProgramme
from issuer.errors import IssuerError
from programmable_money.abi import interface
from programmable_money.api import create_app
from programmable_money.audit import FundAuditor
from programmable_money.chain import Chain, ChainError
from programmable_money.embedded.journal import JournalError, JournalledChain
from programmable_money.fund import Fund
from programmable_money.messages import Address, parse_address
from programmable_money.model import MoneyError
from programmable_money.store import Store
from ssi.credential.types import CredentialType
from ssi.errors import SsiError
from ssi.keccak import keccak256
from ssi.rulebook.model import Rulebook

__all__ = ["PORT", "Programme", "UpError", "auditor", "open_programme", "up"]

PORT: Final = 8017
HOST: Final = "127.0.0.1"
_SET_UP_LASTS: Final = timedelta(minutes=10)
_GO_ON: Final = "To go on with a new chain: stuiver up --fresh (the old one is kept beside it)."


class UpError(Exception):
    """Why it does not start, in a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme on its chain.

    Attributes:
        shop_names: the sponsor's list, by account.
    """

    chain: Chain
    fund: Fund
    shop_names: dict[Address, str]


def up(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port on this machine where the pages are served.")
    ] = PORT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start a new chain; the old one is kept beside it.")] = False,
    folder: Annotated[Path, typer.Option(file_okay=False, help="Where the chain's journal is kept.")] = Path(
        ".stuiver"
    ),
) -> None:
    """Start an embedded chain with a running Kindpakket and open its books to your browser.

    Stop it with Ctrl-C. The next start goes on where it stopped.
    """
    console = Console(highlight=False, soft_wrap=True)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with listen(port) as listener, open_programme(folder, fresh=fresh, console=console) as programme:
            _serve(auditor(programme), listener, console)
    except KeyboardInterrupt:
        console.print("\nStopped before it was ready. Nothing that was there is lost.")
    except (UpError, MoneyError, IssuerError, SsiError, OSError) as error:
        typer.echo(f"stuiver up: {error}", err=True)
        raise typer.Exit(1) from error


@contextmanager
def listen(port: int) -> Iterator[socket.socket]:
    """Take the port before anything slow happens.

    Raises:
        UpError: it is taken, or may not be used.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise UpError(
                    f"port {port} is taken by another program, perhaps another stuiver up. "
                    f"Stop that one, or choose another port: stuiver up --port {port + 1 if port < 65535 else PORT}"
                ) from error
            raise UpError(f"port {port} cannot be used: {error.strerror}") from error
        yield listener


@contextmanager
def open_programme(folder: Path, *, fresh: bool, console: Console) -> Iterator[Programme]:
    """Replay the programme in ``folder``, or set one up there.

    Args:
        folder: made if it is not there.
        fresh: set one up even if there is one.
        console: where progress is shown.
    Raises:
        UpError: another process has the folder, or what is in it cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / "kindpakket"
    with ExitStack() as stack:
        stack.enter_context(_alone(folder))
        if fresh and home.exists():
            previous = folder / "kindpakket.previous"
            shutil.rmtree(previous, ignore_errors=True)
            home.rename(previous)
            console.print(f"The old chain is now in {previous}.")
        if not home.exists():
            _set_up(home, console)
        yield _resume(home, console, stack)


def auditor(programme: Programme) -> FundAuditor:
    """Who reads the books of a programme."""
    return FundAuditor(
        programme.fund,
        Rulebook.from_json(specs.rulebook_octets("kindpakket", 1)),
        CredentialType.from_json(specs.credential_type_octets("household-income", 1)),
        sponsor=DEBTOR.name,
        shop_names=programme.shop_names,
        store=Store("sqlite://"),
        clock=lambda: datetime.now(UTC),
    )


def _set_up(home: Path, console: Console) -> None:
    """Open a programme in a folder beside ``home`` and give it that name when it is whole."""
    building = home.with_name("kindpakket.new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700)
    console.print("Setting up a Kindpakket of this year: 80 households, 12 shops. This takes about half a minute.")
    key = secrets.token_bytes(32)
    _write(building / "relayer.key", key.hex().encode() + b"\n")
    journalled = JournalledChain.start(
        building / "journal", relayer_keys=[key], starts_at=_earlier(datetime.now(UTC)), clock=None
    )
    try:
        chain = Chain.embedded(journalled.tester, relayer_keys=[key])
        fund, shops = RunningProgramme(chain, read_households(), ProgressTeller(_moving(console)), building).start()
    finally:
        journalled.close()
    names = {shop.address: shop.name for shop in shops}
    document = {"stuiver": "up/1", "contracts": _contracts(), "fund": fund.address, "shops": names}
    _write(building / "programme.json", json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n")
    building.rename(home)


def _earlier(now: datetime) -> datetime:
    """When the set-up's chain starts: blocks are a second apart, and none of them may be in the future afterwards."""
    earlier = now - _SET_UP_LASTS
    return earlier if earlier.year == now.year else now


def _resume(home: Path, console: Console, stack: ExitStack) -> Programme:
    """Replay the journal. What cannot be read is an error that says how to go on."""
    try:
        key = bytes.fromhex((home / "relayer.key").read_text(encoding="ascii").strip())
        document: Any = json.loads((home / "programme.json").read_bytes())
        contracts = str(document["contracts"])
        fund_address = parse_address(document["fund"])
        names = {parse_address(address): str(name) for address, name in document["shops"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SsiError) as error:
        raise UpError(f"{home} cannot be read ({type(error).__name__}: {error}). {_GO_ON}") from error
    if contracts != _contracts():
        raise UpError(f"{home} was made with another version of the contracts. {_GO_ON}")
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    try:
        with Progress(*columns, console=_moving(console), transient=True) as bar:
            task = bar.add_task("Replaying the journal", total=1.0)
            journalled = JournalledChain.resume(
                home / "journal",
                relayer_keys=[key],
                clock=lambda: int(time.time()),
                progress=lambda done, total: bar.update(task, completed=done / total),
            )
        stack.callback(journalled.close)
        chain = Chain.embedded(journalled.tester, relayer_keys=[key])
        fund = Fund(chain, chain.at("Fund", fund_address))
    except (JournalError, ChainError, FileNotFoundError, ValueError) as error:
        raise UpError(f"{error}. {_GO_ON}") from error
    console.print(f"Replayed {chain.block_number()} blocks; every state root is as it was.")
    return Programme(chain, fund, names)


def _serve(reader: FundAuditor, listener: socket.socket, console: Console) -> None:
    """Serve until somebody stops it."""
    books = reader.read()
    title, port = books.rulebook.title.en, listener.getsockname()[1]
    verdict = "the books balance" if books.is_checked else "[red]the books do not balance[/red]"
    console.print(f"{title} {books.rules.period}: {books.claims} claims, {books.payments} payments, {verdict}.")
    if datetime.now(UTC).year > books.rules.period:
        console.print("That year is over. For a programme of this year: stuiver up --fresh")
    app = create_app(reader, hosts=[HOST, "localhost"])
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, ws="none", lifespan="off")
    console.print(f"\n  Open [bold]http://{HOST}:{port}[/bold] in your browser. Ctrl-C stops it.\n")
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:  # uvicorn has ended the open requests, and passes the signal on
        console.print("\nStopped. The next start goes on from here.")


def _contracts() -> str:
    """What the contracts' compiled code is, as a fingerprint: an older chain's events may read otherwise."""
    return keccak256(b"".join(interface(name).bytecode for name in ("TrustRegistry", "MunicipalEuro", "Fund"))).hex()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Have the folder for this process."""
    with (folder / "lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UpError(
                f"another stuiver up uses {folder}. Stop that one, or choose another folder with --folder"
            ) from error
        yield


def _moving(console: Console) -> Console:
    """Where progress bars go: nowhere if nobody watches them move."""
    return console if console.is_terminal else Console(quiet=True)


def _write(path: Path, octets: bytes) -> None:
    """Write a new file for its owner alone, and wait until the disk has it."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
