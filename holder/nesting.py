# SPDX-License-Identifier: EUPL-1.2
"""A bound on how deep received JSON may nest, checked before any parser sees it.

Libraries of the chain raise the interpreter's recursion limit for the whole process. Python's own JSON parser then no
longer stops in time: some hundred thousand opening brackets end the process instead of raising an error.
"""

import re
from typing import Final

from holder.errors import HolderError

__all__ = ["MAX_DEPTH", "NestingError", "check_nesting"]

MAX_DEPTH: Final = 64
"""Deepest nesting of anything that the wallet reads."""
_BRACKETS: Final = re.compile(rb"[\[{\]}]")


class NestingError(HolderError):
    """Received JSON nests too deep to be read."""

    def __init__(self) -> None:
        super().__init__(f"the file is not what it should be: it nests deeper than {MAX_DEPTH} levels")


def check_nesting(unverified: bytes) -> None:
    """Refuse more than ``MAX_DEPTH`` open brackets at once; brackets in strings count too. NestingError."""
    depth = 0
    for bracket in _BRACKETS.finditer(unverified):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > MAX_DEPTH:
            raise NestingError
