# SPDX-License-Identifier: EUPL-1.2
"""What a service says about an error by itself, in plain Dutch and English (level B1), by HTTP status. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ssi.credential.document import Wording

__all__ = ["REFUSED", "StatusWording", "status_wording"]


@dataclass(frozen=True, slots=True)
class StatusWording:
    """What happened, in a line, and what can be done about it."""

    title: Wording
    text: Wording


REFUSED: Final = Wording("Deze gegevens zijn niet aangenomen", "What was sent is not accepted")
"""A verification failed."""

_WORDS: Final[Mapping[int, StatusWording]] = {
    400: StatusWording(
        Wording("Wij begrijpen dit niet", "We do not understand this"),
        Wording("Begin opnieuw en probeer het nog eens.", "Please start again and try once more."),
    ),
    401: StatusWording(
        Wording("U bent niet aangemeld", "You are not signed in"),
        Wording("Meld u aan en probeer het nog eens.", "Please sign in and try once more."),
    ),
    403: StatusWording(
        Wording("Dit mag niet", "This is not allowed"),
        Wording("U hebt hier geen toestemming voor.", "You have no permission for this."),
    ),
    404: StatusWording(
        Wording("Deze pagina is er niet", "This page does not exist"),
        Wording("Kijk of het adres goed is.", "Please check the address."),
    ),
    405: StatusWording(
        Wording("Dit kan hier niet", "This cannot be done here"),
        Wording("Dit adres is voor iets anders bedoeld.", "This address is meant for something else."),
    ),
    406: StatusWording(
        Wording("Deze vorm is er niet", "This form does not exist"),
        Wording("Vraag om een andere vorm.", "Please ask for another form."),
    ),
    409: StatusWording(
        Wording("Dit past niet bij wat er al is", "This does not fit what is there already"),
        Wording("Kijk hoe het er nu voor staat.", "Please look at how things are now."),
    ),
    410: StatusWording(
        Wording("Dit is er niet meer", "This is no longer there"),
        Wording("Vraag om een nieuwe link of code.", "Please ask for a new link or code."),
    ),
    413: StatusWording(
        Wording("Dit is te groot", "This is too large"),
        Wording("Stuur minder in één keer.", "Please send less at a time."),
    ),
    415: StatusWording(
        Wording("Dit soort bestand kan hier niet", "This kind of file is not accepted here"),
        Wording("Stuur het in een andere vorm.", "Please send it in another form."),
    ),
    421: StatusWording(
        Wording("Dit adres hoort niet bij deze dienst", "This address does not belong to this service"),
        Wording("Kijk of het adres goed is.", "Please check the address."),
    ),
    422: StatusWording(
        Wording("Er is iets niet goed ingevuld", "Something was not filled in correctly"),
        Wording("Kijk wat u hebt ingevuld.", "Please check what you filled in."),
    ),
    429: StatusWording(
        Wording("Dit gaat te snel", "This is too fast"),
        Wording("Wacht even en probeer het nog eens.", "Please wait a moment and try once more."),
    ),
    500: StatusWording(
        Wording("Er ging iets mis", "Something went wrong"),
        Wording("Het ligt niet aan u. Probeer het later nog eens.", "It is not your fault. Please try again later."),
    ),
    502: StatusWording(
        Wording("Een andere dienst gaf geen goed antwoord", "Another service gave no good answer"),
        Wording("Het ligt niet aan u. Probeer het later nog eens.", "It is not your fault. Please try again later."),
    ),
    503: StatusWording(
        Wording("Dit is nu niet beschikbaar", "This is not available now"),
        Wording("Probeer het later nog eens.", "Please try again later."),
    ),
}


def status_wording(status: int) -> StatusWording:
    """The words for a status; those of 400 or 500 for one that has none of its own."""
    return _WORDS.get(status) or _WORDS[500 if status >= 500 else 400]
