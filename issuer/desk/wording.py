# SPDX-License-Identifier: EUPL-1.2
"""What is said about log-ins and about the list of employees, in Dutch and English."""

from collections.abc import Mapping
from typing import Final

from edge.language import Language
from issuer.desk.errors import EmployeeError, EmployeeRefusal

__all__ = ["EMPLOYEE_REFUSALS", "find_employee_explanation"]

EMPLOYEE_REFUSALS: Final[Mapping[EmployeeRefusal, Mapping[Language, str]]] = {
    EmployeeRefusal.LOG_IN_REFUSED: {
        Language.NL: "De naam of de wachtzin klopt niet. Na 5 keer moet u een kwartier wachten.",
        Language.EN: "The name or the passphrase is not right. After 5 times you must wait a quarter of an hour.",
    },
    EmployeeRefusal.EXISTS: {
        Language.NL: "Er is al een medewerker met deze naam. Kies een andere; een naam wordt nooit opnieuw gebruikt.",
        Language.EN: "There is an employee with this name already. Choose another; a name is never used again.",
    },
    EmployeeRefusal.UNKNOWN: {
        Language.NL: "Er is geen medewerker met deze naam.",
        Language.EN: "There is no employee with this name.",
    },
    EmployeeRefusal.HAS_LEFT: {
        Language.NL: "Deze medewerker is verwijderd en komt niet terug. Voeg iemand toe onder een andere naam.",
        Language.EN: "This employee was removed and does not come back. Add somebody under another name.",
    },
    EmployeeRefusal.BAD_NAME: {
        Language.NL: "Een naam heeft 2 tot 40 kleine letters, cijfers, punten en streepjes, en begint met een letter.",
        Language.EN: "A name has 2 to 40 small letters, digits, dots and hyphens, and begins with a letter.",
    },
    EmployeeRefusal.SHORT_PASSPHRASE: {
        Language.NL: "Een wachtzin heeft 12 tot 1024 tekens. Neem een paar woorden.",
        Language.EN: "A passphrase has 12 to 1024 characters. Take some words.",
    },
}
"""For each reason, what to do."""


def find_employee_explanation(error: Exception, language: Language) -> str | None:
    """One line about an error of this package, with what to do next; None for other errors."""
    return EMPLOYEE_REFUSALS[error.reason][language] if isinstance(error, EmployeeError) else None
