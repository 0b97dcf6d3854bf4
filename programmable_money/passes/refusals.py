# SPDX-License-Identifier: EUPL-1.2
"""Why a pass says no: its errors, by the code of their reason, and the sentences for people. Pure data.

``programmable_money.refusals`` has these among all others; nothing else reads them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["ERRORS", "SENTENCES"]

ERRORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "PassBadOffer": "pass_bad_offer",
        "PassAccountTaken": "pass_account_taken",
        "PassUnknownOffer": "unknown_offer",
        "PassOfferWithdrawn": "offer_withdrawn",
        "PassOfferNotStarted": "offer_not_started",
        "PassOfferOver": "offer_over",
        "PassOfferNotThisMonth": "offer_not_this_month",
        "PassOfferExhausted": "offer_exhausted",
        "PassNoSuchUse": "offer_used_up",
        "PassWrongCategory": "offer_of_other_shops",
        "PassWrongPrice": "wrong_price",
        "PassMoreUsesThanPasses": "more_uses_than_passes",
    }
)
"""Custom error of a pass to the reason's code."""

SENTENCES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "pass_bad_offer": (
            "Deze aanbieding klopt niet. Verbeter het veld dat hieronder staat en plaats de aanbieding opnieuw.",
            "This offer is not right. Correct the field that is named below and publish the offer again.",
        ),
        "pass_account_taken": (
            "Met dit account is al een pas geactiveerd. Laat uw wallet een nieuw account maken.",
            "A pass was activated with this account before. Let your wallet make a new account.",
        ),
        "unknown_offer": (
            "Deze aanbieding bestaat niet. Kies een aanbieding uit de lijst.",
            "There is no such offer. Choose an offer from the list.",
        ),
        "offer_withdrawn": (
            "De gemeente heeft deze aanbieding ingetrokken. Kies een andere aanbieding.",
            "The municipality has withdrawn this offer. Choose another offer.",
        ),
        "offer_not_started": (
            "Deze aanbieding is nog niet begonnen. Kijk bij de aanbieding vanaf welke dag u hem kunt gebruiken.",
            "This offer has not started yet. Look at the offer for the day from which you can use it.",
        ),
        "offer_over": (
            "Deze aanbieding is voorbij. Kies een andere aanbieding.",
            "This offer is over. Choose another offer.",
        ),
        "offer_not_this_month": (
            "Deze aanbieding geldt niet in deze maand. Kijk bij de aanbieding in welke maanden hij geldt.",
            "This offer does not hold in this month. Look at the offer for the months in which it does.",
        ),
        "offer_exhausted": (
            "Deze aanbieding is op: hij is zo vaak gebruikt als er plaatsen zijn. Kies een andere aanbieding.",
            "This offer has run out: all its places were taken. Choose another offer.",
        ),
        "offer_used_up": (
            "U hebt deze aanbieding zo vaak gebruikt als met een pas kan. Kies een andere aanbieding.",
            "You have used this offer as often as one pass may. Choose another offer.",
        ),
        "offer_of_other_shops": (
            "Deze winkel geeft deze aanbieding niet. Kijk bij de aanbieding welke winkels hem geven.",
            "This shop does not give this offer. Look at the offer for the shops that do.",
        ),
        "wrong_price": (
            "De prijs is niet de prijs van deze aanbieding. Vul de prijs in die bij de aanbieding staat.",
            "The price is not that of this offer. Enter the price that stands with the offer.",
        ),
        "more_uses_than_passes": (
            "Er zijn meer passen getoond dan er zijn. Meld dit aan de gemeente.",
            "More passes were shown than there are. Report this to the municipality.",
        ),
    }
)
"""Dutch and English by the reason's code: what happened, and what to do next."""
