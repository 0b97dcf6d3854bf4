# SPDX-License-Identifier: EUPL-1.2
"""What a till says when something is not done: what happened, and what to do. Pure."""

from dataclasses import dataclass
from typing import Final

from edge.language import Language
from programmable_money.model import Language as MoneyLanguage
from programmable_money.refusals import RefusalReason, RefusedError, sentence
from programmable_money.shops.model import ShopError, ShopRefusal
from programmable_money.shops.wording import shop_sentence
from programmable_money.till import TillError
from ssi.credential.document import Wording
from ssi.errors import SsiError

__all__ = ["Words", "desk_words", "words_of"]

_NOT_DONE: Final = Wording("Niet gelukt", "Not done")
_NOT_PAID: Final = Wording("Niet betaald", "Not paid")
_UNREADABLE: Final = Wording(
    "Dit is geen betaalcode. Vraag de klant om een nieuwe code, en scan die.",
    "This is no payment code. Ask the customer for a new code, and scan that one.",
)
_BUSY: Final = Wording(
    "Er is nu geen verbinding met de regeling. Kijk in de lijst van vandaag of er betaald is voordat u verdergaat.",
    "The scheme cannot be reached now. See in the list of today whether it was paid before you try again.",
)
_PERIOD: Final = Wording(
    "Een periode is een dag, zoals 2026-04-01, of een maand, zoals 2026-04.",
    "A period is a day, such as 2026-04-01, or a month, such as 2026-04.",
)
_AMOUNT: Final = Wording(
    "Vul het bedrag in euro's in, met twee cijfers achter de komma of zonder, zoals 12,50.",
    "Fill in the amount in euros, with two decimals or none, such as 12.50.",
)
_LABEL: Final = Wording(
    "Een naam heeft 1 tot 40 letters zonder accenten, cijfers, spaties, punten en streepjes.",
    "A name has 1 to 40 letters without accents, digits, spaces, dots and minus signs, and begins with a letter.",
)
_REASON: Final = Wording(
    "Schrijf op waarom, in 1 tot 200 tekens. De winkel leest dit.",
    "Write down why, in 1 to 200 characters. The shop reads this.",
)
_CHAIN_SILENT: Final = Wording(
    "De keten gaf geen antwoord. Wat besloten is, is bewaard: kijk hieronder, en probeer het opnieuw.",
    "The chain did not answer. What was decided is kept: see below how it stands, and try again.",
)
_AT_THE_TILL: Final = {
    RefusalReason.AMOUNT_ABOVE_LIMIT: Wording(
        "De code van de klant is voor een lager bedrag. Vraag de klant om een code voor dit bedrag.",
        "The customer's code is for a lower amount. Ask the customer for a code for this amount.",
    ),
    RefusalReason.NOT_ENOUGH_BALANCE: Wording(
        "Er staat niet genoeg op het account van de klant. Vraag een lager bedrag, of laat de klant de rest anders "
        "betalen.",
        "The customer's account does not hold enough. Ask a lower amount, or let the customer pay the rest otherwise.",
    ),
    RefusalReason.WRONG_SHOP: Wording(
        "De code van de klant is voor een andere winkel. Vraag de klant om een code voor uw winkel.",
        "The customer's code is for another shop. Ask the customer for a code for your shop.",
    ),
}
"""What the fund's reasons are to a seller; its own sentences speak to the customer."""
_USED: Final = Wording(
    "Deze code is al gebruikt. Een code werkt één keer: vraag de klant een nieuwe, of kijk in de lijst van vandaag.",
    "This code was used. A code works once: ask the customer for a new one, or look in the list of today.",
)
_OLD: Final = Wording(
    "Deze code is ouder dan een minuut. Vraag de klant om een nieuwe code.",
    "This code is older than a minute. Ask the customer for a new code.",
)


@dataclass(frozen=True, slots=True)
class Words:
    """A short title and what to do."""

    title: str
    text: str


def desk_words(error: Exception, language: Language) -> Words:
    """What a refusal is to the sponsor's employee; an unknown error is told as a chain that does not answer."""
    match error:
        case ShopError(reason=ShopRefusal.BAD_VALUE):
            return Words(language.of(_NOT_DONE), language.of(_REASON))
        case ShopError() | RefusedError():
            return words_of(error, language)
        case SsiError():
            return words_of(ShopError(ShopRefusal.UNKNOWN_SHOP), language)
        case _:
            return Words(language.of(_NOT_DONE), language.of(_CHAIN_SILENT))


def words_of(error: Exception, language: Language) -> Words:
    """What a refusal is to whoever is at the till; an unknown error is told as no connection."""
    said = MoneyLanguage(language.value)
    match error:
        case ShopError(reason=ShopRefusal.BAD_VALUE, field="amount"):
            return Words(language.of(_NOT_DONE), language.of(_AMOUNT))
        case ShopError(reason=ShopRefusal.BAD_VALUE, field="label"):
            return Words(language.of(_NOT_DONE), language.of(_LABEL))
        case ShopError(reason=reason):
            return Words(language.of(_NOT_DONE), shop_sentence(reason, said))
        case TillError(reason=RefusalReason.PERMIT_USED) | RefusedError(reason=RefusalReason.PERMIT_USED):
            return Words(language.of(_NOT_PAID), language.of(_USED))
        case TillError(reason=RefusalReason.PERMIT_EXPIRED) | RefusedError(reason=RefusalReason.PERMIT_EXPIRED):
            return Words(language.of(_NOT_PAID), language.of(_OLD))
        case TillError(reason=found) | RefusedError(reason=found) if found in _AT_THE_TILL:
            return Words(language.of(_NOT_PAID), language.of(_AT_THE_TILL[found]))
        case TillError(reason=found) | RefusedError(reason=found):
            return Words(language.of(_NOT_DONE), sentence(found, said))
        case SsiError():
            return Words(language.of(_NOT_PAID), language.of(_UNREADABLE))
        case ValueError():
            return Words(language.of(_NOT_DONE), language.of(_PERIOD))
        case _:
            return Words(language.of(_NOT_DONE), language.of(_BUSY))
