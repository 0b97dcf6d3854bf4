# SPDX-License-Identifier: EUPL-1.2
"""A task by hand: every command of ``stuiver money task`` and ``stuiver wallet task``, on a real node."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from programmable_money.chain import Chain
from programmable_money.messages import parse_address
from programmable_money.node import run_anvil
from ssi.keccak import keccak256
from stuiver.cli import application
from tests.flows.earning import REASONS, Town, offer_document

pytestmark = pytest.mark.anvil


class Desk:
    """A terminal with the files that the commands need."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.url = folder, url
        now = datetime.now(UTC)
        key = keccak256(b"relayer of the commands")
        self.chain = Chain.rpc(url, relayer_keys=(key,))
        self.chain.request("anvil_setBalance", [self.chain.relayers[0].address, hex(10**24)])
        self.town = Town.open(self.chain, folder, period=now.year)
        self.until = f"{now + timedelta(days=20):%Y-%m-%dT%H:%M:%SZ}"
        self.board = self.town.board.address
        self.relayer = self.write("relayer.key", key.hex())
        for name, account in zip(("els", "frank"), self.town.employees, strict=True):
            self.write(f"{name}.key", bytes(account.key).hex())
        self.write("sponsor.key", bytes(self.town.municipality.officers.sponsor.key).hex())
        monkeypatch.setenv("STUIVER_PASSPHRASE_FILE", str(self.write("passphrase", "a passphrase\n")))
        monkeypatch.setenv("STUIVER_RPC", url)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *words: str, exit_code: int = 0) -> str:
        result = CliRunner().invoke(application(), list(words))
        assert result.exit_code == exit_code, result.output
        return result.output

    def money(self, *words: str, by: str | None = None, exit_code: int = 0) -> str:
        key = () if by is None else ("--key-file", str(self.folder / f"{by}.key"))
        return self.run("money", "task", *words, "--board", self.board, *key, exit_code=exit_code)

    def relay(self, message: str, exit_code: int = 0) -> str:
        key = ("--key-file", str(self.relayer))
        return self.run("money", "relay", message, "--programme", self.board, *key, exit_code=exit_code)

    def wallet(self, name: str, *words: str, exit_code: int = 0) -> str:
        return self.run("wallet", "task", *words, "--wallet", str(self.folder / f"{name}.wallet"), exit_code=exit_code)

    def describe(self, *documents: Path) -> Path:
        return self.write("board.json", self.money("describe", *map(str, documents)))

    def offer(self, name: str, **changes: Any) -> Path:
        return self.write(f"{name}.json", offer_document(until=self.until, **changes).decode())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with run_anvil(datetime.now(UTC)) as url:
        opened = Desk(tmp_path, url, monkeypatch)
        yield opened
        opened.town.close()


def test_a_group_does_a_task_by_hand(desk: Desk) -> None:
    for name in ("amira", "dina"):
        desk.town.citizen(name).close()
    bench, bin_ = desk.offer("bench"), desk.offer("bin", title="Prullenbak", tools=["gloves"])
    told = desk.money("publish", str(bench), str(bin_), "--rulebook", "heitje", by="els")
    assert [line.split()[0] for line in told.splitlines()] == ["1", "2"]
    board = str(desk.describe(bench, bin_))
    assert "1: Bankje verven (en), Tempsplein, Heerlen (2:00, €10.00)" in desk.wallet("amira", "list", "--board", board)
    accounts = [desk.wallet(name, "account", "--board", board, "--task", "1").strip() for name in ("amira", "dina")]
    shares = [f"--share={account}={part}" for account, part in zip(accounts, (250, 750), strict=True)]
    parts = []
    for name in ("amira", "dina"):
        parts.append(str(desk.folder / f"{name}.choice"))
        desk.wallet(name, "choose", "--board", board, "--task", "1", "--out", parts[-1], *shares)
    group = str(desk.folder / "group.json")
    desk.run("wallet", "task", "together", *parts, "--out", group)
    assert "chosen" in desk.relay(group)
    board = str(desk.describe(bench, bin_))
    done = str(desk.folder / "done.json")
    desk.wallet("amira", "done", "--board", board, "--task", "1", "--out", done)
    assert "reported as done" in desk.relay(done)
    verify = ("verify", "--task", "1", "--rulebook", "heitje")
    desk.money(*verify, "--quarters", "4", "--reason", "partly_done", by="els")
    board = str(desk.describe(bench, bin_))
    appeal, letter = str(desk.folder / "appeal.json"), desk.folder / "letter.json"
    desk.wallet(
        "dina", "appeal", "--board", board, "--task", "1", "--text", "Klaar.", "--letter", str(letter), "--out", appeal
    )
    assert json.loads(letter.read_text())["text"] == "Klaar."
    desk.relay(appeal)
    refused = desk.money(*verify, "--quarters", "8", "--appeal", by="els", exit_code=1)
    assert "same_employee" in refused
    desk.money(*verify, "--quarters", "8", "--appeal", by="frank")
    board = str(desk.describe(bench, bin_))
    collection = str(desk.folder / "collection.json")
    shown = desk.wallet("dina", "collect", "--board", board, "--task", "1", "--yes", "--out", collection)
    assert "amount_cents: 750" in shown
    assert "birth_date" not in shown
    assert "collected" in desk.relay(collection)
    assert "already_collected" in desk.relay(collection, exit_code=1)
    pdf = desk.folder / "statement.pdf"
    year = str(datetime.now(UTC).year)
    text = desk.wallet("dina", "statement", "--board", board, "--year", year, "--out", str(pdf), "--language", "nl")
    assert "Samen: € 7,50" in text
    words = desk.write("words", desk.town.phrases["dina"])
    desk.run("wallet", "restore", "--wallet", str(desk.folder / "new.wallet"), "--phrase-file", str(words))
    found = desk.wallet("new", "restore", "--board", str(desk.describe(bench, bin_)), "--language", "nl")
    assert "1: Bankje verven (opgehaald 1:30)" in found
    assert f"{year}: € 7,50" in found
    assert pdf.read_bytes().startswith(b"%PDF")
    values = {value["kpi"]: value for value in json.loads(desk.money("figures", "--registered", "10"))}
    assert values["hours"]["value"] is None  # one person is too few
    desk.town.check_books()


def test_tools_giving_up_and_a_change_of_employees_by_hand(desk: Desk) -> None:
    desk.town.citizen("amira").close()
    offer = desk.offer("bench", tools=["gloves"])
    desk.money("publish", str(offer), str(offer), "--rulebook", "heitje", by="els")
    board = str(desk.describe(offer))
    message = str(desk.folder / "message.json")
    desk.wallet("amira", "choose", "--board", board, "--task", "1", "--out", message)
    desk.relay(message)
    assert "handed out" in desk.money("equip", "--task", "1", by="els")
    board = str(desk.describe(offer))
    desk.wallet("amira", "give-up", "--board", board, "--task", "1", "--out", message)
    assert "given up" in desk.relay(message)
    assert "withdrawn" in desk.money("withdraw", "--task", "1", by="els")
    leaving, coming = (parse_address(account.address) for account in (desk.town.employees[0], desk.town.shop))
    desk.money("employ", "--account", coming, "--instead-of", leaving, by="sponsor")
    assert "not_authorised" in desk.money("withdraw", "--task", "2", by="els", exit_code=1)
    desk.wallet("amira", "choose", "--board", board, "--task", "2", "--out", message)
    desk.relay(message)
    assert "free again" in desk.money("release", "--task", "2", by="frank")
    unknown = desk.wallet("amira", "done", "--board", board, "--task", "9", "--out", message, exit_code=1)
    assert "You do not do this task" in unknown


def test_what_is_wrong_is_said_in_a_sentence(desk: Desk) -> None:
    nothing = desk.write("nothing.json", "{}")
    assert "not a message that a relayer carries" in desk.relay(str(nothing), exit_code=1)
    broken = desk.write("broken.json", offer_document(tags=["nationality"]).decode())
    assert "$.tags[0]" in desk.money("publish", str(broken), "--rulebook", "heitje", by="els", exit_code=1)
    reason = desk.money(
        *("verify", "--task", "1", "--quarters", "0", "--reason", "mood", "--rulebook", "heitje"), by="els", exit_code=1
    )
    assert all(name in reason for name in REASONS)
    opened = desk.run(
        *("money", "task", "open", "--rulebook", "heitje", "--year", str(datetime.now(UTC).year)),
        *("--registry", desk.town.municipality.registry.contract.address),
        *("--euro", desk.town.municipality.euro.contract.address, "--validator", desk.town.validator.address),
        *("--budget", "100", "--deposit", "BANK-2", "--key-file", str(desk.folder / "sponsor.key")),
    )
    assert [line.split()[0] for line in opened.splitlines()] == ["board", "purse"]
    shop = ("--shop", desk.town.employees[1].address, "--rulebook", "heitje")
    assert "approved" in desk.money("approve", *shop, "--category", "culture", by="sponsor")
    assert "culture" in desk.money("approve", *shop, "--category", "chain_store", by="sponsor", exit_code=1)
