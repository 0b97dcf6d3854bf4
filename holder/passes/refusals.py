# SPDX-License-Identifier: EUPL-1.2
"""What the wallet does not do with a pass or an offer, and why."""

from enum import StrEnum
from typing import Final

from holder.errors import HolderError
from ssi.credential.document import Wording

__all__ = ["PassRefusal", "PassRefusedError"]


class PassRefusal(StrEnum):
    """Why the wallet signs or proves nothing."""

    NOT_ACTIVATED = "not_activated"
    """This wallet has not activated the pass."""
    NOT_ON_CHAIN = "account_not_activated"
    """The chain does not have this wallet's activation, or not yet."""
    NO_PASS = "no_pass"  # noqa: S105 - no password
    """The wallet has no pass credential of this pass that holds today."""
    TOO_MANY_KEYS = "too_many_keys"
    """The desk has so many keys that the one of a pass could tell whose it is."""
    UNKNOWN_OFFER = "unknown_offer"
    """The pass has no such offer."""
    OTHER_TEXT = "other_text"
    """The published text is missing, or is not the one whose hash and numbers are on chain."""
    WITHDRAWN = "offer_withdrawn"
    """The sponsor withdrew the offer."""
    NOT_STARTED = "offer_not_started"
    """The offer begins later."""
    OVER = "offer_over"
    """The offer has ended."""
    NOT_THIS_MONTH = "offer_not_this_month"
    """The offer holds in other months."""
    EXHAUSTED = "offer_exhausted"
    """All together have used the offer as often as they may."""
    USED_UP = "offer_used_up"
    """This pass has shown the offer as often as it may."""
    OTHER_SHOP = "other_shop"
    """Another shop gives the offer."""
    WRONG_PRICE = "wrong_price"
    """The price is none, too large, or not the offer's."""
    NOTHING_TO_REPEAT = "nothing_to_repeat"
    """There is no use of this offer at this shop and price that could be shown again."""


TEXTS: Final[dict[PassRefusal, Wording]] = {
    PassRefusal.NOT_ACTIVATED: Wording(
        "U hebt deze pas nog niet geactiveerd. Activeer eerst de pas.",
        "You have not activated this pass yet. Activate it first.",
    ),
    PassRefusal.NOT_ON_CHAIN: Wording(
        "De activering van uw pas is nog niet aangekomen. Geef haar door, wacht een minuut en probeer het opnieuw.",
        "The activation of your pass has not arrived yet. Pass it on, wait a minute, and try again.",
    ),
    PassRefusal.NO_PASS: Wording(
        "Uw wallet heeft geen geldige pas. Haal de pas op bij de gemeente.",
        "Your wallet has no valid pass. Fetch the pass from the municipality.",
    ),
    PassRefusal.TOO_MANY_KEYS: Wording(
        "Deze pas heeft te veel sleutels: daaraan kan een winkel u herkennen. Gebruik hem niet en meld dit.",
        "This pass has too many keys: a shop could know you by yours. Do not use it, and report this.",
    ),
    PassRefusal.UNKNOWN_OFFER: Wording(
        "Deze aanbieding bestaat niet. Kijk opnieuw in de lijst.", "There is no such offer. Look at the list again."
    ),
    PassRefusal.OTHER_TEXT: Wording(
        "De tekst van deze aanbieding klopt niet met wat de gemeente vastlegde. Vraag de gemeente om de juiste tekst.",
        "This offer's text is not what the municipality fixed. Ask the municipality for the right text.",
    ),
    PassRefusal.WITHDRAWN: Wording(
        "De gemeente heeft deze aanbieding ingetrokken. Kies een andere aanbieding.",
        "The municipality has withdrawn this offer. Choose another offer.",
    ),
    PassRefusal.NOT_STARTED: Wording(
        "Deze aanbieding begint later. Kijk bij de aanbieding vanaf welke dag hij geldt.",
        "This offer begins later. Look at the offer for its first day.",
    ),
    PassRefusal.OVER: Wording(
        "Deze aanbieding is voorbij. Kies een andere aanbieding.", "This offer is over. Choose another offer."
    ),
    PassRefusal.NOT_THIS_MONTH: Wording(
        "Deze aanbieding geldt deze maand niet. Kijk in welke maanden hij geldt.",
        "This offer does not hold this month. Look in which months it does.",
    ),
    PassRefusal.EXHAUSTED: Wording(
        "Deze aanbieding is op. Kies een andere aanbieding.", "This offer has run out. Choose another offer."
    ),
    PassRefusal.USED_UP: Wording(
        "U hebt deze aanbieding zo vaak gebruikt als met uw pas kan. Kies een andere aanbieding.",
        "You have used this offer as often as your pass may. Choose another offer.",
    ),
    PassRefusal.OTHER_SHOP: Wording(
        "Deze winkel geeft deze aanbieding niet. Kijk bij de aanbieding welke winkel hem geeft.",
        "This shop does not give this offer. Look at the offer for the shop that does.",
    ),
    PassRefusal.WRONG_PRICE: Wording(
        "De prijs klopt niet met de aanbieding. Vraag de winkel om de prijs opnieuw in te voeren.",
        "The price does not fit the offer. Ask the shop to enter the price again.",
    ),
    PassRefusal.NOTHING_TO_REPEAT: Wording(
        "Er is niets om nog een keer te laten zien. Gebruik de aanbieding gewoon.",
        "There is nothing to show once more. Just use the offer.",
    ),
}
"""What to tell the citizen: what is wrong, and what to do next."""


class PassRefusedError(HolderError):
    """The wallet does not do this with a pass.

    Args:
        reason: why.
    """

    def __init__(self, reason: PassRefusal) -> None:
        super().__init__(TEXTS[reason].en)
        self.reason = reason
        self.text = TEXTS[reason]
