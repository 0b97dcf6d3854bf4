# SPDX-License-Identifier: EUPL-1.2
"""Which language a visitor reads, from the address and the browser's preferences. Pure."""

import re
from enum import StrEnum
from typing import Final

from ssi.credential.document import Wording

__all__ = ["Language", "choose_language"]

_ENTRY: Final = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?\s*")
_MOST_ENTRIES: Final = 20


class Language(StrEnum):
    """The languages of the texts for people."""

    NL = "nl"
    EN = "en"

    def of(self, wording: Wording) -> str:
        """The text in this language."""
        return wording.nl if self is Language.NL else wording.en


def choose_language(asked: str | None, accept_language: str | None) -> Language:
    """The language that was asked for, else the one that the browser likes best, else Dutch.

    Args:
        asked: the value of ``?lang=``; ignored when it is not one of ours.
        accept_language: the header (RFC 9110, 12.5.4); entries that do not parse are ignored.
    """
    if asked in set(Language):
        return Language(asked)
    best, best_quality = Language.NL, 0.0
    for entry in (accept_language or "").split(",")[:_MOST_ENTRIES]:
        match = _ENTRY.fullmatch(entry)
        if match is None or match[1].lower() not in set(Language):
            continue
        quality = min(1.0, float(match[2] or 1))
        if quality > best_quality:
            best, best_quality = Language(match[1].lower()), quality
    return best
