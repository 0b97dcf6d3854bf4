# SPDX-License-Identifier: EUPL-1.2
"""The words of a statement, in Dutch and English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from programmable_money.model import Language
from programmable_money.statements.model import LineKind

__all__ = ["KINDS", "TEXTS", "Texts"]

Texts = Mapping[str, str]

TEXTS: Final[Mapping[Language, Texts]] = MappingProxyType(
    {
        Language.NL: {
            "title": "Afschrift voor de winkel",
            "period": "Periode",
            "account": "Account van de winkel",
            "when": "Wanneer",
            "what": "Wat",
            "reference": "Kenmerk",
            "till": "Kassa of medewerker",
            "amount": "Bedrag",
            "opening": "Tegoed aan het begin",
            "closing": "Tegoed aan het eind",
            "nothing": "In deze periode is er niets gebeurd.",
            "note": "Een uitbetaling staat met hetzelfde kenmerk op het afschrift van uw bank.",
        },
        Language.EN: {
            "title": "Statement for the shop",
            "period": "Period",
            "account": "Account of the shop",
            "when": "When",
            "what": "What",
            "reference": "Reference",
            "till": "Till or employee",
            "amount": "Amount",
            "opening": "Owed at the start",
            "closing": "Owed at the end",
            "nothing": "Nothing happened in this period.",
            "note": "A settlement stands on your bank's statement with the same reference.",
        },
    }
)
KINDS: Final[Mapping[Language, Mapping[LineKind, str]]] = MappingProxyType(
    {
        Language.NL: {
            LineKind.PAYMENT: "Betaling",
            LineKind.REFUND: "Teruggave",
            LineKind.SETTLEMENT: "Uitbetaling",
        },
        Language.EN: {LineKind.PAYMENT: "Payment", LineKind.REFUND: "Refund", LineKind.SETTLEMENT: "Settlement"},
    }
)
