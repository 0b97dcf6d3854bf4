# SPDX-License-Identifier: EUPL-1.2
"""A bound on how deep received JSON may nest, checked before any parser sees it.

Libraries of the chain raise the interpreter's recursion limit for the whole process. Python's own JSON parser then no
longer stops in time: some hundred thousand opening brackets end the process instead of raising an error.
"""

import re
from typing import Final

__all__ = ["MAX_DEPTH", "nests_too_deep"]

MAX_DEPTH: Final = 64
"""Deepest nesting of any document that is read."""
_BRACKETS: Final = re.compile(rb"[\[{\]}]")


def nests_too_deep(unverified: bytes) -> bool:
    """Whether more than ``MAX_DEPTH`` brackets are open at once; brackets in strings count too."""
    depth = 0
    for bracket in _BRACKETS.finditer(unverified):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False
