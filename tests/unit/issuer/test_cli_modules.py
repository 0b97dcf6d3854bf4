# SPDX-License-Identifier: EUPL-1.2
"""A command is the same whether the others were imported or not."""

from collections.abc import Mapping
from typing import Any

import pytest
import typer

from issuer.cli import application


def commands(only: str | None = None) -> Mapping[str, Any]:
    """By name."""
    group: Any = typer.main.get_command(application(only))
    found: Mapping[str, Any] = group.commands
    return found


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_alone_is_the_command_among_others(name: str) -> None:
    alone, among = commands(name), commands()
    assert name in alone
    assert len(alone) < len(among)
    assert [item.name for item in alone[name].params] == [item.name for item in among[name].params]
