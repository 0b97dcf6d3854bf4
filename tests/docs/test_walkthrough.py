# SPDX-License-Identifier: EUPL-1.2
"""docs/commands.md runs as printed: every command, in order, in one empty folder, against a real development node."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from programmable_money.node import run_anvil
from programmable_money.settlement import read_payment_file
from tests.architecture.source import ROOT
from tests.docs.markdown import Step, console_steps, section
from tests.docs.test_commands import LEAVES

DOCUMENT: Final = Path("docs/commands.md")
PRINTED_URL: Final = "http://127.0.0.1:8545"
SECONDS: Final = 60
STEPS: Final = tuple(console_steps(section(DOCUMENT, "The walk-through")))
REFUSED: Final = re.compile(r"\s+# refused: (\S.*)$")
NOT_BY_HAND: Final = {("demo", "kindpakket"), ("up",)}


class Terminal:
    """A shell in a folder of its own: what one command exports or assigns, the next one sees."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables = folder.parent / "variables"
        self.variables.touch()
        own = {name: value for name, value in os.environ.items() if name in {"HOME", "LANG", "TMPDIR"}}
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        self.environment = {**own, "PATH": path, "COLUMNS": "200"}

    def type(self, command: str) -> tuple[int, str]:
        """Run a command; its exit code, and what it printed on both streams."""
        script = f"set -a -o pipefail; . {shlex.quote(str(self.variables))}\n{command}\ncode=$?\n"
        script += f"unset COLUMNS; export -p > {shlex.quote(str(self.variables))}; exit $code"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def node_url() -> Iterator[str]:
    """A development node of today, because wallets go by the clock of this machine."""
    with run_anvil(datetime.now(UTC)) as url:
        yield url


def is_shown(line: str, output: str) -> bool:
    """Whether the output has a line of the document; ``...`` in it stands for anything on that line."""
    pattern = "[^\n]*".join(re.escape(part) for part in line.strip().split("..."))
    return re.search(pattern, output) is not None


def check(step: Step, code: int, output: str) -> None:
    """What the document says about a command is what happened."""
    refused = REFUSED.search(step.command)
    assert code == (1 if refused else 0), f"{step.command}\n{output}"
    assert "Traceback" not in output, f"{step.command}\n{output}"
    if refused:
        assert refused[1] in output, f"{step.command}\n{output}"
    for line in step.output:
        assert is_shown(line, output), f"{step.command}\nshould show: {line}\n{output}"


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


def test_the_walk_through_types_every_command() -> None:
    typed = set()
    for step in STEPS:
        words = " ".join(shlex.split(step.command.replace("$(", " "), comments=True))
        typed |= {path for path in LEAVES if re.search(rf"\bstuiver {re.escape(' '.join(path))}(?= |$)", words)}
    assert {*LEAVES} - typed <= NOT_BY_HAND


def test_the_walk_through_refuses_cato() -> None:
    refusals = [step.command for step in STEPS if REFUSED.search(step.command)]
    assert any("cato" in command for command in refusals)


@pytest.mark.anvil
def test_preparing_names_the_node_that_npm_installs() -> None:
    programs = [step.command.split()[1] for step in console_steps(section(DOCUMENT, "Before you start"))]
    anvil = next(program for program in programs if "anvil" in program)
    assert (ROOT / anvil).is_file()
    assert PRINTED_URL in STEPS[0].command
