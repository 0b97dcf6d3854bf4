# SPDX-License-Identifier: EUPL-1.2
"""docs/settlement.md runs as printed, after a walk-through that this test makes with the library, beside a bank."""

import secrets
import time
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from programmable_money.chain import Chain
from programmable_money.messages import PaymentPermit, SignedPermit
from programmable_money.node import run_anvil
from programmable_money.service import relay_claim
from programmable_money.settlement.feedback import deposits_of
from programmable_money.settlement.store import SettlementStore
from tests.docs.markdown import console_steps, section
from tests.docs.shell import Shell
from tests.docs.terminal import check
from tests.flows.bank import Bank
from tests.flows.money import BUDGET, ETHER, STARTS_AT, Citizen, World

DOCUMENT: Final = Path("docs/settlement.md")
STEPS: Final = tuple(console_steps(section(DOCUMENT, "By hand")))
DAY, LATER = date(2026, 4, 1), date(2026, 4, 8)
MORE: Final = 10_000


class Prepared:
    """The world that the document continues."""

    def __init__(self, url: str, folder: Path) -> None:
        relayer = secrets.token_bytes(32)
        self.chain = Chain.rpc(url, relayer_keys=[relayer])
        self.chain.request("anvil_setBalance", [self.chain.account(relayer).address, hex(1_000 * ETHER)])
        self.world, self.folder, self.bank = World.open(self.chain), folder, Bank()
        fund = self.world.fund
        amira = Citizen.with_credential(self.world.validator, record="amira")
        relay_claim(fund, amira.prove(fund))
        permit = PaymentPermit.one_time(amira.account, 2_500, now=int(time.time()), seconds=900)
        shown = SignedPermit.sign(fund.domain, permit, amira.account_key)
        (folder / "permit.json").write_text(shown.to_json())
        (folder / "sponsor.key").write_text(self.world.municipality.officers.sponsor.key.hex())
        self.bank.deposit(date(2026, 3, 1), BUDGET.cents, "BANK-2026-0001")
        self.bank.deposit(date(2026, 3, 2), MORE, "more budget")

    def before(self, command: str) -> None:
        """What others do before a step."""
        if "settlement import statement.xml" in command and not self.bank.files:
            self.bank.receive((self.folder / "KP-0001.xml").read_bytes())
            self.bank.execute(DAY)
            self.bank.give_back(DAY, "KP-0001-1", "NL20INGB0001234567", 1_500)
            (self.folder / "statement.xml").write_bytes(self.bank.statement(DAY))
        if "settlement import second.xml" in command:
            self.bank.receive((self.folder / "KP-0001R1.xml").read_bytes())
            self.bank.execute(LATER)
            (self.folder / "second.xml").write_bytes(self.bank.statement(LATER))

    @property
    def deposit(self) -> str:
        """The reference of the deposit that is to be minted."""
        store = SettlementStore(f"sqlite:///{self.folder / 'papers.db'}")
        found = deposits_of(self.bank.iban, store.entries(self.bank.iban), ())
        store.close()
        return next(deposit.reference for deposit in found if deposit.amount.cents == MORE)


@pytest.mark.anvil
@pytest.mark.slow
def test_the_document_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    with run_anvil(STARTS_AT) as url:
        prepared, shell = Prepared(url, folder), Shell(monkeypatch, folder)
        addresses = {"FUND": prepared.world.fund.address, "EURO": prepared.world.municipality.euro.contract.address}
        for name, value in {"STUIVER_RPC": url, **addresses}.items():
            shell.type(f"export {name}={value}")
        for step in STEPS:
            prepared.before(step.command)
            if "$DEPOSIT" in step.command:
                shell.type(f"export DEPOSIT={prepared.deposit}")
            code, said = shell.type(step.command)
            check(step, code, said)
    assert prepared.bank.paid == {"NL20INGB0001234567": 0, "NL68BNGH0000000100": 1_500}
    assert (folder / "march.pdf").read_bytes().startswith(b"%PDF")
    assert "till 1" in (folder / "day.csv").read_text()
    assert not {"stolen.json", "no-refund.json", "late-refund.json"} & {entry.name for entry in folder.iterdir()}
