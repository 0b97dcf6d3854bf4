# SPDX-License-Identifier: EUPL-1.2
"""docs/funds.md and docs/handover.md run as printed, after a set-up that this test makes with the library."""

import secrets
import time
from pathlib import Path
from typing import Final

import pytest

from programmable_money.chain import Chain
from programmable_money.fund import Fund
from programmable_money.messages import PaymentPermit, SignedPermit
from programmable_money.model import Amount
from programmable_money.node import run_anvil
from programmable_money.settlement import read_payment_file
from tests.docs.markdown import console_steps, section
from tests.docs.shell import Shell
from tests.docs.terminal import check
from tests.flows.limited import VOUCHERS
from tests.flows.money import ETHER, STARTS_AT, Citizen, World

DOCUMENTS: Final = (Path("docs/funds.md"), Path("docs/handover.md"))


class Prepared:
    """The world that the documents begin with."""

    def __init__(self, url: str, folder: Path) -> None:
        relayer = secrets.token_bytes(32)
        self.chain = Chain.rpc(url, relayer_keys=[relayer])
        self.chain.request("anvil_setBalance", [self.chain.account(relayer).address, hex(1_000 * ETHER)])
        self.world = World.open(self.chain, rulebook=VOUCHERS)
        amira = Citizen.with_credential(self.world.validator, record="amira")
        self.world.claim(amira)
        for name in ("permit.json", "permit-2.json"):
            permit = PaymentPermit.one_time(amira.account, 10_000, now=int(time.time()), seconds=900)
            signed = SignedPermit.sign(self.world.fund.domain, permit, amira.account_key)
            (folder / name).write_text(signed.to_json())
        (folder / "sponsor.key").write_text(self.world.municipality.officers.sponsor.key.hex())
        (folder / "toys.key").write_text(self.world.toys.key.hex())
        shop = f"{self.world.toys.address},De Speelkoffer,NL20INGB0001234567"
        (folder / "directory.csv").write_text(f"account,name,iban\n{shop}\n")

    @property
    def variables(self) -> dict[str, str]:
        """What the document takes for granted."""
        euro = self.world.municipality.euro.contract.address
        return {"FUND": self.world.fund.address, "EURO": euro}


@pytest.mark.anvil
@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_the_document_runs_as_printed(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    by_hand, january = section(document, "By hand").split("In January:")
    with run_anvil(STARTS_AT) as url:
        prepared, shell = Prepared(url, folder), Shell(monkeypatch, folder)
        for name, value in {"STUIVER_RPC": url, **prepared.variables}.items():
            shell.type(f"export {name}={value}")
        for step in console_steps(by_hand):
            check(step, *shell.type(step.command))
        prepared.chain.travel_to(prepared.world.fund.rules().closes_at + 86_400)
        for step in console_steps(january):
            check(step, *shell.type(step.command))
        assert prepared.world.fund.books().is_closed
        if document.stem == "funds":
            following = Fund(prepared.chain, prepared.chain.at("Fund", shell.variable("NEXT")))
            assert following.books().unallocated == Amount(395_000)
    assert "no.json" not in {entry.name for entry in folder.iterdir()}
    files = [read_payment_file(entry.read_bytes()) for entry in folder.glob("*.xml")]
    assert [file.total for file in files] == [Amount(5_000)]
