# SPDX-License-Identifier: EUPL-1.2
"""A command is the same whether the others were imported or not."""

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import typer

from programmable_money.cli import application


def commands(only: str | None = None) -> Mapping[str, Any]:
    """By name."""
    group: Any = typer.main.get_command(application(only))
    found: Mapping[str, Any] = group.commands
    return found


def words(command: Any) -> object:
    """What can be typed after a command: its options, or the commands below it with theirs."""
    below = {name: words(child) for name, child in getattr(command, "commands", {}).items()}
    return below or [item.name for item in command.params]


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_alone_is_the_command_among_others(name: str) -> None:
    alone, among = commands(name), commands()
    assert name in alone
    assert len(alone) < len(among)
    assert words(alone[name]) == words(among[name])


def test_a_word_that_is_no_command_shows_all() -> None:
    assert list(commands("nothing")) == list(commands())


def test_making_an_account_starts_without_databases_and_without_paper() -> None:
    program = "import sys; from programmable_money.cli import application; application('account'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"alembic", "eth_tester", "fastapi", "fpdf", "sqlalchemy"} & set(done.stdout.split())
