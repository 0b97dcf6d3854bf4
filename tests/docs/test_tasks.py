# SPDX-License-Identifier: EUPL-1.2
"""docs/tasks.md runs as printed, after a set-up that this test makes with the library."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from programmable_money.chain import Chain
from programmable_money.messages import Address, address_of
from programmable_money.model import Amount
from programmable_money.node import run_anvil
from programmable_money.tasks.board import TaskBoard
from programmable_money.tasks.model import TaskState
from tests.docs.markdown import console_steps, section
from tests.docs.terminal import Terminal, check
from tests.flows.earning import ETHER, Town, offer_document

DOCUMENT: Final = Path("docs/tasks.md")


class Prepared:
    """The town that the document begins with: its own board stands beside it."""

    def __init__(self, url: str, folder: Path) -> None:
        now, relayer = datetime.now(UTC), secrets.token_bytes(32)
        self.folder = folder
        self.chain = Chain.rpc(url, relayer_keys=[relayer])
        self.chain.request("anvil_setBalance", [self.chain.relayers[0].address, hex(1_000 * ETHER)])
        self.town = Town.open(self.chain, folder, period=now.year)
        self.accounts = {"sponsor": bytes(self.town.municipality.officers.sponsor.key), "relayer": relayer}
        for name in ("els", "frank"):
            self.accounts[name] = secrets.token_bytes(32)
            self.chain.provide_gas(address_of(self.accounts[name]), ETHER)
        for name, key in self.accounts.items():
            (folder / f"{name}.key").write_text(key.hex())
        for name in ("amira", "dina"):
            self.town.citizen(name).close()
        (folder / "dina.words").write_text(self.town.phrases["dina"])
        (folder / "passphrase").write_text("a passphrase\n")
        until = f"{now + timedelta(days=20):%Y-%m-%dT%H:%M:%SZ}"
        (folder / "bench.json").write_bytes(offer_document(until=until, tools=["gloves"]))
        (folder / "bin.json").write_bytes(offer_document("Prullenbak", until=until))

    def address(self, name: str) -> Address:
        """Of an account."""
        return address_of(self.accounts[name])

    @property
    def variables(self) -> dict[str, str]:
        """What the document takes for granted."""
        municipality = self.town.municipality
        return {
            "REGISTRY": municipality.registry.contract.address,
            "EURO": municipality.euro.contract.address,
            "AGES": self.town.validator.address,
            "ELS": self.address("els"),
            "FRANK": self.address("frank"),
            "BAKERY": self.town.shop.address,
            "YEAR": str(datetime.now(UTC).year),
            "STUIVER_PASSPHRASE_FILE": "passphrase",
        }


@pytest.mark.anvil
@pytest.mark.slow
def test_the_document_runs_as_printed(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    with run_anvil(datetime.now(UTC)) as url, Terminal(folder, is_quick=True) as terminal:
        prepared = Prepared(url, folder)
        for name, value in {"STUIVER_RPC": url, **prepared.variables}.items():
            terminal.type(f"export {name}={value}")
        for step in console_steps(section(DOCUMENT, "By hand")):
            check(step, *terminal.type(step.command))
        opened = (folder / "opened.txt").read_text().split()
        board = TaskBoard(prepared.chain, prepared.chain.at("TaskBoard", opened[1]))
        assert [board.task(number).state for number in (1, 2)] == [TaskState.DECIDED, TaskState.WITHDRAWN]
        assert board.purse().books().accounts == Amount(750)
        assert json.loads((folder / "letter.json").read_text())["text"] == "The other side is painted too."
        assert (folder / "statement.pdf").read_bytes().startswith(b"%PDF")
        prepared.town.close()
