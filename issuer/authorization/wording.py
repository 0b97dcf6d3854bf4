# SPDX-License-Identifier: EUPL-1.2
"""What a person can do, in plain Dutch and English, for every refusal of the authorization server.

Invariant: the texts have only the characters that RFC 6749 5.2 allows in ``error_description``.
"""

from collections.abc import Mapping
from typing import Final

from edge.language import Language
from issuer.activation.errors import ActivationRefusal
from issuer.activation.wording import REFUSALS
from issuer.authorization.errors import Advice, LoginRefusal, OAuthError
from ssi.credential.document import Wording

__all__ = ["ADVICE", "LOGIN_REFUSALS", "describe"]

_UPDATE: Final = Wording("Werk uw wallet bij en probeer het opnieuw.", "Update your wallet and try again.")
_BEGIN_AGAIN: Final = Wording("Begin opnieuw in uw wallet.", "Start again in your wallet.")

ADVICE: Final[Mapping[Advice, Wording]] = {
    Advice.MALFORMED: Wording(
        "Uw wallet stuurde een aanvraag die hier niet past. " + _UPDATE.nl,
        "Your wallet sent a request that does not fit here. " + _UPDATE.en,
    ),
    Advice.PUSH_FIRST: Wording(
        "Uw wallet moet de aanvraag eerst zelf insturen (RFC 9126). " + _UPDATE.nl,
        "Your wallet must push its request first (RFC 9126). " + _UPDATE.en,
    ),
    Advice.CLIENT: Wording(
        "Deze wallet kan hier niet gebruikt worden. Kies een wallet die de gemeente noemt.",
        "This wallet cannot be used here. Choose one that the municipality lists.",
    ),
    Advice.REDIRECT_URI: Wording(
        "Het adres waar uw wallet naar terug wil, is niet toegestaan. " + _UPDATE.nl,
        "The address that your wallet wants to return to is not allowed. " + _UPDATE.en,
    ),
    Advice.NOTHING_ASKED: Wording(
        "Uw wallet vroeg om geen enkel bewijs dat hier bestaat. Kies in uw wallet een bewijs van deze gemeente.",
        "Your wallet asked for no credential that exists here. Choose one of this issuer in your wallet.",
    ),
    Advice.UNKNOWN_CREDENTIAL: Wording(
        "Dit bewijs krijgt u hier niet, of het hoort niet bij uw aanbod. Kies in uw wallet een ander bewijs.",
        "This credential does not exist here, or is not part of your offer. Choose another one in your wallet.",
    ),
    Advice.OFFER: Wording(
        "Dit aanbod is verlopen of niet van ons. Vraag een nieuw aanbod en open dat in uw wallet.",
        "This offer has expired or is not ours. Ask for a new offer and open it in your wallet.",
    ),
    Advice.NO_LOGIN: Wording(
        "Hier kunt u niet inloggen. Gebruik de code uit uw brief.",
        "There is no login here. Use the code in your letter.",
    ),
    Advice.PIN_MISSING: Wording(
        "Vul ook de pincode uit uw brief in.",
        "Also enter the PIN in your letter (tx_code).",
    ),
    Advice.PROOF_NEEDED: Wording(
        "Deze wallet beveiligt de verbinding niet genoeg (DPoP ontbreekt). " + _UPDATE.nl,
        "This wallet does not secure the connection well enough (a DPoP proof is required). " + _UPDATE.en,
    ),
    Advice.PROOF: Wording(
        "De beveiliging van uw wallet klopt niet (DPoP). Zet de klok van uw telefoon goed en probeer opnieuw.",
        "Your wallet's DPoP proof does not hold. Check the clock of your phone and try again.",
    ),
    Advice.NONCE: Wording(
        "Gebruik de nonce uit de header DPoP-Nonce; uw wallet doet dat zelf.",
        "Use the nonce of the header DPoP-Nonce; your wallet does so by itself.",
    ),
    Advice.CODE: Wording(
        "Deze toestemming is al gebruikt, is te oud, of is van een andere wallet. " + _BEGIN_AGAIN.nl,
        "This permission was used before, is too old, or is of another wallet. " + _BEGIN_AGAIN.en,
    ),
    Advice.REFRESH_TOKEN: Wording(
        "Uw wallet mag hier niet meer vernieuwen. Log opnieuw in, of vraag een nieuwe brief.",
        "Your wallet may no longer renew here. Log in again, or ask for a new letter.",
    ),
    Advice.ACCESS_TOKEN: Wording(
        "Uw wallet heeft hier geen toegang, of niet meer. " + _BEGIN_AGAIN.nl,
        "Your wallet has no access here, or no longer. " + _BEGIN_AGAIN.en,
    ),
    Advice.REQUEST_GONE: Wording(
        "Deze link is verlopen of al gebruikt. " + _BEGIN_AGAIN.nl,
        "This link has expired or was used before. " + _BEGIN_AGAIN.en,
    ),
    Advice.JOURNEY_GONE: Wording(
        "Deze pagina is verlopen. " + _BEGIN_AGAIN.nl,
        "This page has expired. " + _BEGIN_AGAIN.en,
    ),
    Advice.TOO_MANY: Wording(
        "Er zijn te veel pogingen gedaan. Wacht even en probeer het dan opnieuw.",
        "There were too many tries. Wait a moment, then try again.",
    ),
}
"""For each refusal, what happened and what to do."""

LOGIN_REFUSALS: Final[Mapping[LoginRefusal, Wording]] = {
    LoginRefusal.WRONG: Wording(
        "De wachtzin klopt niet. Kijk goed en probeer het opnieuw.",
        "The passphrase is not right. Look closely and try again.",
    ),
    LoginRefusal.TOO_MANY: Wording(
        "Er zijn te veel pogingen gedaan. Wacht een minuut en probeer het dan opnieuw.",
        "There were too many tries. Wait a minute, then try again.",
    ),
    LoginRefusal.CANCELLED: Wording(
        "Het inloggen is gestopt. Probeer het opnieuw, of ga terug naar uw wallet.",
        "The login was stopped. Try again, or go back to your wallet.",
    ),
    LoginRefusal.UNAVAILABLE: Wording(
        "Inloggen lukt nu niet. Het ligt niet aan u. Probeer het over een paar minuten opnieuw.",
        "Login does not work now. It is not your fault. Try again in a few minutes.",
    ),
    LoginRefusal.INVALID: Wording(
        "Het inloggen is niet goed gegaan. Probeer het opnieuw.",
        "The login did not go well. Try again.",
    ),
    LoginRefusal.UNKNOWN_PERSON: Wording(
        "Wij hebben geen gegevens van u. Woont u in deze gemeente? Neem dan contact op met de gemeente.",
        "We have no record of you. If you live in this municipality, contact its desk.",
    ),
}
"""For each login that gave no person, what happened and what to do."""


def describe(error: OAuthError, language: Language) -> str:
    """The text for a refusal, and for a developer what exactly was wrong."""
    if isinstance(error.advice, ActivationRefusal):
        return REFUSALS[error.advice][language]
    text = language.of(ADVICE[error.advice])
    return f"{text} ({error.detail})" if error.detail else text
