# SPDX-License-Identifier: EUPL-1.2
"""docs/commands.md runs as printed: every command, in order, in one empty folder, against a real development node."""

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from programmable_money.node import run_anvil
from programmable_money.settlement import read_payment_file
from tests.architecture.source import ROOT
from tests.docs.markdown import console_steps, section
from tests.docs.terminal import REFUSED, Terminal, check
from tests.docs.test_commands import LEAVES

DOCUMENT: Final = Path("docs/commands.md")
PRINTED_URL: Final = "http://127.0.0.1:8545"
STEPS: Final = tuple(console_steps(section(DOCUMENT, "The walk-through")))
DOCUMENTS: Final = {
    Path("docs/commands.md"): "The walk-through",
    Path("docs/openid.md"): "The walk-through",
    Path("docs/settlement.md"): "By hand",
    Path("docs/funds.md"): "By hand",
    Path("docs/handover.md"): "By hand",
    Path("docs/tasks.md"): "By hand",
}
"""The documents whose commands tests type."""
NOT_BY_HAND: Final = {
    ("demo", "heitje"),
    ("demo", "kindpakket"),
    ("demo", "stadjerspas"),
    ("up",),
    # tried by tests of their own: they answer trouble that a walk-through does not have, or serve browsers
    ("audit",),
    ("issuer", "add-type"),
    ("issuer", "pass", "init"),
    ("issuer", "pass", "serve"),
    ("issuer", "pass", "show"),
    ("money", "database", "upgrade"),
    ("money", "open-books", "serve"),
    ("money", "relayer", "forget"),
    ("money", "relayer", "serve"),
    ("money", "relayer", "show"),
    ("money", "settlement", "employee-remove"),
    ("money", "settlement", "give-up"),
    ("money", "settlement", "withdraw"),
    ("money", "shop", "desk-link"),
    ("money", "shop", "desk-revoke"),
    ("money", "shop", "link"),
    ("money", "shop", "refuse"),
    ("money", "shop", "serve"),
    ("money", "shop", "suspend"),
    ("wallet", "pay"),
}
BY_COMMAND_TESTS: Final = {("money", "pass"), ("wallet", "pass")}
"""Groups of which ``tests/flows/test_passes_cli.py`` runs every command, on a real node."""


@pytest.fixture
def node_url() -> Iterator[str]:
    """A development node of today, because wallets go by the clock of this machine."""
    with run_anvil(datetime.now(UTC)) as url:
        yield url


@pytest.mark.anvil
@pytest.mark.slow
def test_the_walk_through_runs_as_printed(node_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    terminal = Terminal(folder)
    said = {}
    for step in STEPS:
        code, said[step.command] = terminal.type(step.command.replace(PRINTED_URL, node_url))
        check(step, code, said[step.command])

    figures = dict(re.findall(r"│ (\w+)\s+│ €([\d,.]+)", said['stuiver money books --fund "$FUND"']))
    assert figures["deposits"] == "1,500.00"
    assert figures["settled"] == "74.95"
    assert figures["supply"] == "1,425.05"
    assert (figures["unallocated"], figures["accounts"], figures["merchants"]) == ("1,050.00", "375.05", "0.00")
    assert read_payment_file((folder / "KP-0001.xml").read_bytes()).total.cents == 7_495
    assert not {"cato.claim.json", "other.json", "stopped.json"} & {entry.name for entry in folder.iterdir()}
    secret = [entry for entry in folder.iterdir() if entry.suffix in {".key", ".words", ".wallet"}]
    assert len(secret) == 10
    assert {entry.stat().st_mode & 0o077 for entry in secret} == {0}


def test_the_walk_throughs_type_every_command() -> None:
    typed = set()
    for step in (step for document, heading in DOCUMENTS.items() for step in console_steps(section(document, heading))):
        words = " ".join(shlex.split(step.command.replace("$(", " "), comments=True))
        typed |= {path for path in LEAVES if re.search(rf"\bstuiver {re.escape(' '.join(path))}(?= |$)", words)}
    elsewhere = {path for path in LEAVES if path[:2] in BY_COMMAND_TESTS}
    assert {*LEAVES} - typed - elsewhere <= NOT_BY_HAND


def test_the_walk_through_refuses_cato() -> None:
    refusals = [step.command for step in STEPS if REFUSED.search(step.command)]
    assert any("cato" in command for command in refusals)


@pytest.mark.anvil
def test_preparing_names_the_node_that_npm_installs() -> None:
    programs = [step.command.split()[1] for step in console_steps(section(DOCUMENT, "Before you start"))]
    anvil = next(program for program in programs if "anvil" in program)
    assert (ROOT / anvil).is_file()
    assert PRINTED_URL in STEPS[0].command
