# SPDX-License-Identifier: EUPL-1.2
"""The running Kindpakket of ``stuiver up``: set up once, kept in a journal, replayed at each start.

Invariants:

- One thread: set-up and replay run in the main thread, because the embedded chain is one thread's.
- What was set up is on the disk or it is not there: the set-up happens in a folder that gets its name when it is whole.
- ``--fresh`` keeps the chain that was there, and only that one, in a folder beside it.
"""

import fcntl
import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

import specs
from examples.kindpakket.cast import DEBTOR, Cast, read_households
from examples.kindpakket.running import ProgressTeller, RunningProgramme
from issuer.model import Household
from programmable_money.abi import interface
from programmable_money.audit import FundAuditor
from programmable_money.chain import Chain, ChainError
from programmable_money.embedded.journal import JournalError, JournalledChain
from programmable_money.fund import Fund
from programmable_money.messages import Address, parse_address
from programmable_money.registry import TrustRegistry
from programmable_money.store import Store
from ssi.atomic_file import create_file
from ssi.credential.types import CredentialType
from ssi.errors import SsiError
from ssi.keccak import keccak256
from ssi.rulebook.model import Rulebook

__all__ = ["GO_ON", "Programme", "UpError", "auditor", "open_programme"]

_FORMAT: Final = "up/2"
_SET_UP_LASTS: Final = timedelta(minutes=10)
GO_ON: Final = "To go on with a new chain: stuiver up --fresh (the old one is kept beside it)."

SettleIn = Callable[[Path, Cast, Fund, Sequence[Household]], None]


class UpError(Exception):
    """Why it does not start, in a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme on its chain.

    Attributes:
        home: the folder with everything that was set up.
        registry: the trust registry that its fund goes by.
        shop_names: the sponsor's list, by account.
    """

    home: Path
    chain: Chain
    fund: Fund
    registry: TrustRegistry
    shop_names: dict[Address, str]


@contextmanager
def open_programme(
    folder: Path,
    *,
    fresh: bool,
    households: Path | None,
    settle_in: SettleIn,
    console: Console,
) -> Iterator[Programme]:
    """Replay the programme in ``folder``, or set one up there.

    Args:
        folder: made if it is not there.
        fresh: set one up even if there is one.
        households: a household file in place of the sample, for a programme that is set up.
        settle_in: called in a set-up with the folder, everybody on the chain, the fund and the records, to make what
            else belongs to it.
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
            _set_up(home, households, settle_in, console)
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


def _set_up(
    home: Path,
    households: Path | None,
    settle_in: SettleIn,
    console: Console,
) -> None:
    """Open a programme in a folder beside ``home`` and give it that name when it is whole."""
    records = read_households(households)
    building = home.with_name("kindpakket.new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700)
    about = "about half a minute" if len(records) > 40 else "a moment"
    console.print(f"Setting up a Kindpakket of this year for {len(records)} households. This takes {about}.")
    key = secrets.token_bytes(32)
    create_file(building / "relayer.key", key.hex().encode() + b"\n")
    journalled = JournalledChain.start(
        building / "journal", relayer_keys=[key], starts_at=_earlier(datetime.now(UTC)), clock=None
    )
    try:
        chain = Chain.embedded(journalled.tester, relayer_keys=[key])
        running = RunningProgramme(chain, records, ProgressTeller(_moving(console)), building)
        fund, shops = running.start()
        settle_in(building, running.cast, fund, records)
        registry = running.cast.municipality.registry.contract.address
    finally:
        journalled.close()
    names = {shop.address: shop.name for shop in shops}
    document = {
        "stuiver": _FORMAT,
        "contracts": _contracts(),
        "fund": fund.address,
        "registry": registry,
        "shops": names,
    }
    create_file(building / "programme.json", json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n")
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
        is_ours = document["stuiver"] == _FORMAT and document["contracts"] == _contracts()
        fund_address, registry_address = parse_address(document["fund"]), parse_address(document["registry"])
        names = {parse_address(address): str(name) for address, name in document["shops"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SsiError) as error:
        raise UpError(f"{home} cannot be read ({type(error).__name__}: {error}). {GO_ON}") from error
    if not is_ours:
        raise UpError(f"{home} was made by another version of this program or of the contracts. {GO_ON}")
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
        registry = TrustRegistry(chain, chain.at("TrustRegistry", registry_address))
    except (JournalError, ChainError, FileNotFoundError, ValueError) as error:
        raise UpError(f"{error}. {GO_ON}") from error
    console.print(f"Replayed {chain.block_number()} blocks; every state root is as it was.")
    return Programme(home, chain, fund, registry, names)


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
