# SPDX-License-Identifier: EUPL-1.2
"""Reading what the documentation tells people to run."""

import re
import shlex
from pathlib import Path
from typing import Final

from tests.architecture.source import ROOT, files, read

__all__ = ["DOCUMENTS", "blocks", "console_commands", "local_links"]

DOCUMENTS: Final = tuple(path for path in files() if path.suffix == ".md")

_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [body for name, body in _BLOCK.findall(read(document)) if name == language]


def console_commands(document: Path) -> list[list[str]]:
    """The words of every line that starts with ``$`` in a console block, comments removed."""
    return [
        shlex.split(line[2:], comments=True)
        for block in blocks(document, "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def local_links(document: Path) -> list[Path]:
    """The files that a document links to."""
    return [(ROOT / document).parent / target for target in _LINK.findall(read(document))]
