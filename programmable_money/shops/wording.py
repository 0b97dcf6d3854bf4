# SPDX-License-Identifier: EUPL-1.2
"""What a shop is told, at reading level B1: why something is not done, and what to do."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from programmable_money.model import Language
from programmable_money.shops.model import ShopRefusal

__all__ = ["after_settlement", "shop_sentence"]

_SENTENCES: Final[Mapping[ShopRefusal, tuple[str, str]]] = MappingProxyType(
    {
        ShopRefusal.BAD_VALUE: (
            "Een gegeven is niet goed ingevuld. Verbeter het en probeer het opnieuw.",
            "Something was not filled in well. Correct it and try again.",
        ),
        ShopRefusal.UNKNOWN_SHOP: (
            "Deze winkel is niet bekend. Meld de winkel eerst aan.",
            "This shop is not known. Apply with the shop first.",
        ),
        ShopRefusal.ACCOUNT_TAKEN: (
            "Dit account is al van een winkel met andere gegevens. Maak een nieuw account, of vraag de gemeente.",
            "This account already is of a shop with other details. Make a new account, or ask the municipality.",
        ),
        ShopRefusal.CATEGORY_NOT_ALLOWED: (
            "Dit soort winkel hoort niet bij de regeling. Kies een soort winkel uit de regels.",
            "This kind of shop is not part of the scheme. Choose a kind of shop from the rules.",
        ),
        ShopRefusal.CHAIN_STORE: (
            "Deze regeling is voor plaatselijke winkels. Een winkel van een keten kan niet meedoen.",
            "This scheme is for local shops. A shop of a chain cannot take part.",
        ),
        ShopRefusal.NOT_APPLIED: (
            "Deze winkel heeft zich niet aangemeld voor deze regeling. Meld de winkel eerst aan.",
            "This shop did not apply for this scheme. Apply first.",
        ),
        ShopRefusal.WRONG_STATE: (
            "Dit kan nu niet: het is al gedaan, of er moet eerst iets anders gebeuren. Kijk hoe het ermee staat.",
            "This is not possible now: it was done, or something else comes first. Look at the state of the shop.",
        ),
        ShopRefusal.SAME_EMPLOYEE: (
            "U hebt deze winkel zelf voorgesteld. Vraag een collega om ook te kijken.",
            "You proposed this shop yourself. Ask a colleague to look as well.",
        ),
        ShopRefusal.UNKNOWN_EMPLOYEE: (
            "Deze sleutel is niet van een medewerker van de gemeente. Gebruik uw eigen sleutel.",
            "This key is of no employee of the municipality. Use your own key.",
        ),
        ShopRefusal.KEY_TAKEN: (
            "Deze sleutel is al eens gebruikt. Maak voor elke kassa en elke medewerker een nieuwe sleutel.",
            "This key was used before. Make a new key for each till and each employee.",
        ),
        ShopRefusal.KEY_NOT_IN_FORCE: (
            "Deze kassa of medewerker is niet aangemeld of is geblokkeerd. Meld een nieuwe sleutel aan.",
            "This till or employee is not registered, or is blocked. Register a new key.",
        ),
        ShopRefusal.OTHER_SHOP: (
            "Dit is van een andere winkel of een andere regeling. Controleer de kassa.",
            "This is of another shop or another scheme. Check the till.",
        ),
        ShopRefusal.ORDER_EXPIRED: (
            "Deze opdracht is te oud of de klok van de kassa loopt niet gelijk. Doe het opnieuw.",
            "This order is too old, or the clock of the till is wrong. Do it again.",
        ),
        ShopRefusal.SUSPENDED: (
            "Deze winkel kan nu geen betalingen aannemen. Bel de gemeente.",
            "This shop cannot take payments now. Call the municipality.",
        ),
        ShopRefusal.NOT_FOR_A_TILL: (
            "Een kassa kan dit niet. Een medewerker met een eigen sleutel kan geld teruggeven.",
            "A till cannot do this. An employee with a key of their own can give money back.",
        ),
        ShopRefusal.CANCEL_TOO_LATE: (
            "Annuleren aan de kassa kan één minuut. Een medewerker met een eigen sleutel kan het geld nog teruggeven.",
            "A till can cancel for one minute. An employee with a key of their own can still give the money back.",
        ),
        ShopRefusal.UNKNOWN_CHARGE: (
            "Deze betaling is niet van deze winkel. Controleer het nummer van de betaling.",
            "This payment is not of this shop. Check the number of the payment.",
        ),
        ShopRefusal.TOO_MANY_OPEN: (
            "Er staan nu te veel aanvragen of codes open. Probeer het later opnieuw.",
            "Too many applications or codes are open now. Try again later.",
        ),
        ShopRefusal.FORM_TOO_OLD: (
            "Dit formulier stond te lang open, of uw browser bewaart geen cookies. Verstuur het opnieuw.",
            "This form was open for too long, or your browser keeps no cookies. Send it again.",
        ),
    }
)


def shop_sentence(reason: ShopRefusal, language: Language = Language.EN) -> str:
    """What to tell a shop or an employee: what happened, and what to do next."""
    dutch, english = _SENTENCES[reason]
    return dutch if language is Language.NL else english


def after_settlement(reference: str, settled_on: date, language: Language = Language.EN) -> str:
    """How to give money back for a payment that was paid out to the shop.

    Args:
        reference: of the settlement, as on the shop's bank statement.
        settled_on: the day, at the municipality.
    """
    day = f"{settled_on:%d-%m-%Y}"
    if language is Language.NL:
        return (
            f"De gemeente heeft deze betaling op {day} aan u uitbetaald, met kenmerk {reference}. Terugboeken naar de "
            "regeling kan daarom niet meer. Ruil het artikel om, geef een tegoedbon van uw winkel, of betaal de klant "
            "zelf terug. Schrijf het kenmerk op de bon."
        )
    return (
        f"The municipality paid this payment out to you on {day}, with reference {reference}. It can no longer go back "
        "to the customer's account. Exchange the article, give a voucher of your shop, or pay the customer back "
        "yourself. Write the reference on the receipt."
    )
