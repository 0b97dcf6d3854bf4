# SPDX-License-Identifier: EUPL-1.2
"""The words of the earnings book and the yearly statement, in plain Dutch and English (level B1)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from holder.wording import Language

__all__ = ["TEXTS", "hours"]

TEXTS: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType(
    {
        Language.NL: {
            "title": "Jaaroverzicht",
            "year": "Jaar",
            "made": "U hebt dit overzicht zelf gemaakt, uit uw eigen verdienboekje. Niemand anders heeft het.",
            "day": "Opgehaald op",
            "task": "Klus",
            "hours": "Uren",
            "rate": "Per uur",
            "amount": "Bedrag",
            "total": "Samen",
            "cap": "Maximum van dit jaar",
            "left": "Nog ruimte dit jaar",
            "nothing": "In dit jaar hebt u niets opgehaald.",
            "benefits": "Uw uitkering",
            "full": "Let op: met deze klus komt u boven het maximum van dit jaar. Er is nog {left} ruimte.",
            "found": "Teruggevonden klussen: {count}. Uw verdienboekje is weer compleet.",
            "found_nothing": "Er is niets gevonden dat uw wallet nog niet wist.",
            "collected": "opgehaald {time}",
            "to_collect": "nog op te halen {time}",
        },
        Language.EN: {
            "title": "Yearly statement",
            "year": "Year",
            "made": "You made this statement yourself, from your own earnings book. Nobody else has it.",
            "day": "Collected on",
            "task": "Task",
            "hours": "Hours",
            "rate": "An hour",
            "amount": "Amount",
            "total": "Together",
            "cap": "Maximum of this year",
            "left": "Room left this year",
            "nothing": "You collected nothing in this year.",
            "benefits": "Your benefit",
            "full": "Mind: this task takes you above this year's maximum. There is room for {left}.",
            "found": "Tasks that were found again: {count}. Your earnings book is complete again.",
            "found_nothing": "Nothing was found that your wallet did not know.",
            "collected": "collected {time}",
            "to_collect": "still to be collected {time}",
        },
    }
)


def hours(seconds: int, language: Language) -> str:
    """Hours and minutes, such as ``2:45``."""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest else text
