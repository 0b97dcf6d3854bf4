# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money open-books``: any sponsor publishes, and ``stuiver audit`` of anyone signs off what it serves."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from programmable_money.api import create_app
from programmable_money.open_books import SOURCES
from programmable_money.rpc import Gateway
from programmable_money.rpc.api import add_rpc, limiter
from programmable_money.rpc.embedded import EmbeddedAnswers
from programmable_money.rpc.methods import Limits
from ssi.rulebook.model import ProgrammeKind
from stuiver.cli import application
from tests.flows.booked import NAMES, Booked, open_booked
from tests.flows.serving import free_port, serve

PATIENCE = 60


@dataclass
class Node:
    """A programme on a chain behind an address that anyone can ask."""

    booked: Booked
    rpc: str

    @property
    def named(self) -> tuple[str, str]:
        return f"--{SOURCES[self.booked.rulebook.kind]}", self.booked.programme.address


@pytest.fixture(scope="module", params=list(ProgrammeKind))
def node(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with open_booked(request.param, tmp_path_factory.mktemp("wallets")) as booked:
        port, limits = free_port(), Limits()
        app = create_app(booked.auditor(), hosts=["127.0.0.1"])
        add_rpc(app, Gateway(EmbeddedAnswers(booked.chain, limits), limits), rate=limiter())
        with serve(app, port):
            yield Node(booked, f"http://127.0.0.1:{port}/rpc")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application(), arguments, env={"COLUMNS": "200"})


def shops_file(node: Node, folder: Path) -> Path:
    path = folder / "shops.csv"
    names = NAMES[node.booked.rulebook.kind]
    rows = [f'{shop},"{name}"' for shop, name in zip(node.booked.shops, names, strict=True)]
    path.write_text("\n".join(["account,name", *rows]) + "\n", encoding="utf-8")
    return path


def test_books_that_are_written_are_signed_off(node: Node, tmp_path: Path) -> None:
    out = tmp_path / "books.json"
    told = "--rpc", node.rpc, *node.named, "--sponsor", "Gemeente Westland", "--entitled", "20", "--cost", "1250"
    wrote = run("money", "open-books", "write", *told, "--out", str(out))
    assert wrote.exit_code == 0, wrote.output
    content = json.loads(out.read_bytes())
    assert content["programme"]["sponsor"] == "Gemeente Westland"
    assert content["kpis"][0]["kpi"] in {"activated", "spent"}
    printed = run("money", "open-books", "write", *told)
    assert json.loads(printed.stdout)["books"] == content["books"]
    report = run("audit", "--rpc", node.rpc, *node.named, "--published", str(out))
    assert report.exit_code == 0, report.output
    assert "SIGNED OFF: no difference." in report.output
    content["books"]["merchants"] += 1
    out.write_text(json.dumps(content))
    report = run("audit", "--rpc", node.rpc, *node.named, "--published", str(out))
    assert report.exit_code == 1
    assert "NOT SIGNED OFF: 1 difference." in report.output
    assert "books.merchants is published as" in report.output


def test_books_that_are_served_are_signed_off(node: Node, tmp_path: Path) -> None:
    names = shops_file(node, tmp_path)
    command = [sys.executable, "-c", "from stuiver.cli import main; main()", "money", "open-books", "serve"]
    told = "--rpc", node.rpc, *node.named, "--sponsor", "Gemeente Westland", "--shops", str(names), "--port", "0"
    with subprocess.Popen([*command, *told], stdout=subprocess.PIPE, text=True, env={**os.environ}) as serving:
        assert serving.stdout is not None
        try:
            first = serving.stdout.readline()
            assert "they balance" in first
            found = re.search(r"http://127\.0\.0\.1:[0-9]+", first)
            assert found is not None
            page = httpx.get(f"{found[0]}/rules?lang=nl", timeout=PATIENCE)
            assert page.status_code == 200
            assert all(name in page.text for name in NAMES[node.booked.rulebook.kind])
            assert httpx.get(found[0], headers={"Host": "elsewhere.example"}, timeout=PATIENCE).status_code == 421
            report = run("audit", "--rpc", node.rpc, *node.named, "--published", f"{found[0]}/books.json")
            assert report.exit_code == 0, report.output
        finally:
            serving.send_signal(signal.SIGINT)
            assert serving.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "say which programme: --fund, --pass or --board, and one of them"),
        (("--offers", "."), "only a pass has offers"),
        (("--shops", "wrong.csv"), "must name the columns account and name"),
        (("--rulebook", "other.json"), "$.kind: is missing"),
    ],
)
def test_mistake_is_told_in_a_sentence(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wrong.csv").write_text("shop,title\n")
    Path("other.json").write_text("{}")
    if "--offers" in arguments and node.booked.rulebook.kind is ProgrammeKind.PASS:
        arguments, says = ("--cost", "much"), "euros"
    named = node.named if arguments else ()
    result = run("money", "open-books", "write", "--rpc", node.rpc, *named, "--sponsor", "Gemeente", *arguments)
    assert result.exit_code == 1
    assert says in result.stderr
    assert "Traceback" not in result.output


def test_programme_of_another_kind_is_refused(node: Node) -> None:
    own, address = node.named
    other = next(f"--{name}" for name in SOURCES.values() if f"--{name}" != own)
    for command in (("money", "open-books", "write", "--sponsor", "Gemeente"), ("audit",)):
        result = run(*command, "--rpc", node.rpc, other, address)
        assert result.exit_code == 1
        assert "does not answer rules as" in result.stderr
        assert "SIGNED OFF" not in result.output
