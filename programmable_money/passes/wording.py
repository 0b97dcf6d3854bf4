# SPDX-License-Identifier: EUPL-1.2
"""What to tell a person about a refusal of a pass: the common sentences speak of money, and a pass hands out none."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from programmable_money.model import Language
from programmable_money.refusals import RefusalReason, sentence

__all__ = ["OWN_WORDS", "pass_sentence"]

OWN_WORDS: Final[Mapping[RefusalReason, tuple[str, str]]] = MappingProxyType(
    {
        RefusalReason.ALREADY_CLAIMED: (
            "Dit is met deze pas al gedaan. Kijk in uw wallet wat u nog kunt gebruiken.",
            "This was done with this pass before. Look in your wallet for what you can still use.",
        ),
        RefusalReason.WRONG_SHOP: (
            "Deze winkel geeft deze aanbieding niet. Kijk in uw wallet welke winkels meedoen.",
            "This shop does not give this offer. Look in your wallet for the shops that take part.",
        ),
        RefusalReason.PROOF_INVALID: (
            "Het bewijs klopt niet voor deze pas, winkel en prijs. Laat de pas opnieuw zien.",
            "The proof is not right for this pass, shop and price. Show the pass again.",
        ),
        RefusalReason.STALE_CLAIM: (
            "Dit bewijs is van een andere dag. Laat de pas vandaag opnieuw zien.",
            "This proof is from another day. Show the pass again today.",
        ),
        RefusalReason.PAUSED: (
            "De pas staat even stil. Uw pas blijft geldig. Probeer het later opnieuw.",
            "The pass is paused. Yours stays valid. Try again later.",
        ),
    }
)
"""Dutch and English, in the place of the common sentence."""


def pass_sentence(reason: RefusalReason, language: Language = Language.EN) -> str:
    """What happened, and what to do next, in the words of a pass."""
    if reason not in OWN_WORDS:
        return sentence(reason, language)
    dutch, english = OWN_WORDS[reason]
    return dutch if language is Language.NL else english
