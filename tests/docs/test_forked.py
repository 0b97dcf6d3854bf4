# SPDX-License-Identifier: EUPL-1.2
"""A forked command is what the started one is: words, folder, variables, streams, exit code."""

from pathlib import Path

import pytest

from tests.docs.terminal import Terminal

COMMANDS = (
    "stuiver nonsense",
    'cd deeper && STUIVER_WALLET="a wallet" stuiver wallet show',
    "NAME=$(stuiver --version | tr a-z A-Z); printf '<%s>' \"$NAME\"",
    "stuiver money rulebook lint nothing > said.txt 2> error.txt; echo $?; cat error.txt; wc -c < said.txt",
)


@pytest.mark.slow
def test_every_command_says_and_does_the_same(tmp_path: Path) -> None:
    said = []
    for is_quick in (False, True):
        folder = tmp_path / f"quick {is_quick}" / "empty"
        (folder / "deeper").mkdir(parents=True)
        with Terminal(folder, is_quick=is_quick) as terminal:
            said.append([terminal.type(command) for command in COMMANDS])
    assert said[0] == said[1]
    assert [code for code, _ in said[0]] == [2, 1, 0, 0]
