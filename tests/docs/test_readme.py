# SPDX-License-Identifier: EUPL-1.2
"""The README's code runs, its commands exist, and every document's links lead somewhere."""

import doctest
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, read
from tests.docs.markdown import DOCUMENTS, blocks, console_commands, local_links

README = Path("README.md")
WITH_COMMANDS = [path for path in DOCUMENTS if console_commands(path)]


def make_targets() -> set[str]:
    """The targets that ``make help`` shows to a person."""
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  make (\w+)", shown, re.MULTILINE))


def test_readme_is_short_and_has_its_parts() -> None:
    text = read(README)
    assert len(text.splitlines()) <= 100
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == [
        "Two commands",
        "Ten lines",
        "Where things live",
        "Guarantees and non-goals",
        "Standards",
        "Security, contributing, licence",
    ]


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if blocks(path, "python")], ids=str)
def test_code_in_documents_runs_as_printed(document: Path) -> None:
    runner = doctest.DocTestRunner()
    for number, block in enumerate(blocks(document, "python")):
        example = doctest.DocTestParser().get_doctest(block, {}, f"{document}[{number}]", str(document), 0)
        assert example.examples, "a python block without a prompt is not tested: write it as a doctest"
        report: list[str] = []
        runner.run(example, out=report.append)
        assert not report, "".join(report)


def test_readme_shows_code() -> None:
    (code,) = blocks(README, "python")
    assert 8 <= code.count(">>> ") <= 12


def test_make_help_lists_what_the_project_promises() -> None:
    assert make_targets() >= {"demo", "test", "up", "bench", "check", "help"}


@pytest.mark.slow
def test_make_demo_runs_as_the_readme_says(tmp_path: Path) -> None:
    """The first of the two commands, for real; the second is the one that runs this test."""
    set_up = subprocess.run(["make", "--question", ".venv/.ready"], cwd=ROOT, capture_output=True, check=False)
    assert set_up.returncode == 0, "run make setup first: pyproject.toml or the lock file is newer than .venv"
    figures = tmp_path / "figures.json"
    command = ["make", "demo", f"DEMO_ARGS=--folder {tmp_path} --json {figures}"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert json.loads(figures.read_text())["households"] == 80
    assert "Everything happened as the household file and the rulebook say." in told.stdout


@pytest.mark.parametrize("document", WITH_COMMANDS, ids=str)
def test_make_targets_in_documents_exist(document: Path) -> None:
    named = {words[1] for words in console_commands(document) if words[0] == "make"}
    assert named <= make_targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_to_files(document: Path) -> None:
    assert [str(target) for target in local_links(document) if not target.exists()] == []


def test_folders_in_the_readme_exist() -> None:
    table = read(README).split("## Where things live")[1].split("##")[0]
    folders = re.findall(r"`(\w+)/`", table)
    assert len(folders) > 5
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_ci_runs_what_contributors_run() -> None:
    script = read(Path(".ci/run"))
    assert "set -euo pipefail" in script
    assert re.findall(r"^make (\w+)$", script, re.MULTILINE) == ["check", "test"]


def test_security_states_the_soundness_as_it_is() -> None:
    text = read(Path("SECURITY.md"))
    assert "2^-107" in text
    assert "2^-103" in text
    assert "no outside audit" in text
    claims = [
        line
        for document in DOCUMENTS
        for line in read(document).splitlines()
        if re.search(r"128[- ]bit", line) and not re.search(r"\b(?:not|never|no)\b", line, re.IGNORECASE)
    ]
    assert claims == []
