# SPDX-License-Identifier: EUPL-1.2
"""Every command of ``stuiver`` is documented and explains itself, and every documented command exists."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup, TyperOption

from stuiver.cli import application
from tests.architecture.source import ROOT, read
from tests.docs.markdown import DOCUMENTS, console_commands


@dataclass(frozen=True, slots=True)
class Entry:
    """What a command shows about itself."""

    is_group: bool
    help: str
    options_without_help: tuple[str, ...]


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Entry]]:
    """Every visible command and group below one, with the words that call it."""
    silent = tuple(
        str(parameter.name)
        for parameter in getattr(command, "params", [])
        if isinstance(parameter, TyperOption) and not parameter.help
    )
    yield path, Entry(isinstance(command, TyperGroup), getattr(command, "help", "") or "", silent)
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            if not child.hidden:
                yield from commands(child, (*path, name))


ALL = dict(commands(typer.main.get_command(application())))
LEAVES = [path for path, entry in ALL.items() if not entry.is_group]


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_is_in_the_documents(path: tuple[str, ...]) -> None:
    words = " ".join(("stuiver", *path))
    assert any(words in read(document) for document in DOCUMENTS), f"no document mentions `{words}`"


@pytest.mark.parametrize("path", list(ALL), ids=lambda path: " ".join(path) or "stuiver")
def test_every_command_says_what_it_does(path: tuple[str, ...]) -> None:
    assert ALL[path].help, "a command without help"
    assert ALL[path].options_without_help == ()


def test_commands_in_documents_exist() -> None:
    for document in DOCUMENTS:
        for words in console_commands(document):
            if words[0].rsplit("/", 1)[-1] != "stuiver":
                continue
            plain = tuple(word for word in words[1:] if not word.startswith("-"))
            called = max((path for path in ALL if plain[: len(path)] == path), key=len)
            assert called in LEAVES or "--help" in words, f"{document}: {' '.join(words)}"


def test_help_runs_as_the_readme_says() -> None:
    command = [str(Path(sys.executable).with_name("stuiver")), "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert "demo" in shown.stdout
