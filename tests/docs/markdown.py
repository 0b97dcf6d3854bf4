# SPDX-License-Identifier: EUPL-1.2
"""Reading what the documentation tells people to run."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.architecture.source import ROOT, files, read

__all__ = ["DOCUMENTS", "Step", "blocks", "console_commands", "console_steps", "local_links", "section"]

DOCUMENTS: Final = tuple(path for path in files() if path.suffix == ".md")

_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a console block, as typed, and the lines that the document shows as its output."""

    command: str
    output: tuple[str, ...]


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return _blocks(read(document), language)


def section(document: Path, heading: str) -> str:
    """What stands below a heading of the second level, up to the next one."""
    return read(document).split(f"\n## {heading}\n")[1].split("\n## ")[0]


def console_steps(text: str) -> list[Step]:
    """The commands of all console blocks: lines that start with ``$``, and go on after a backslash at the end."""
    steps: list[Step] = []
    for block in _blocks(text, "console"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                steps.append(Step(line[2:], ()))
            else:
                steps[-1] = Step(steps[-1].command, (*steps[-1].output, line))
    return steps


def console_commands(document: Path) -> list[list[str]]:
    """The words of every command in a console block, comments removed."""
    return [shlex.split(step.command, comments=True) for step in console_steps(read(document))]


def _blocks(text: str, language: str) -> list[str]:
    return [body for name, body in _BLOCK.findall(text) if name == language]


def local_links(document: Path) -> list[Path]:
    """The files that a document links to."""
    return [(ROOT / document).parent / target for target in _LINK.findall(read(document))]
