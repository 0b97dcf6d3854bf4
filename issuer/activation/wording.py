# SPDX-License-Identifier: EUPL-1.2
"""States, actions and refusals of activation letters in words, for citizens and for employees, in Dutch and English."""

from collections.abc import Mapping
from typing import Final

from edge.language import Language
from issuer.activation.errors import (
    ActivationRefusal,
    ActivationRefusedError,
    ApprovalFileError,
    DeskActionError,
    DeskRefusal,
    UnprintableError,
)
from issuer.activation.model import Action, ActivationState

__all__ = ["ACTIONS", "DESK_REFUSALS", "REFUSALS", "STATES", "find_explanation"]

Texts = Mapping[Language, str]
_NL: Final = Language.NL
_EN: Final = Language.EN

REFUSALS: Final[Mapping[ActivationRefusal, Texts]] = {
    ActivationRefusal.NOT_VALID: {
        _NL: "De code of de pincode klopt niet. Kijk in uw brief. Na 3 verkeerde pincodes gaat de code op slot.",
        _EN: "The code or the PIN is not right. Look at your letter. After 3 wrong PINs the code is locked.",
    },
    ActivationRefusal.LOCKED: {
        _NL: "De code zit op slot, omdat de pincode te vaak verkeerd was. Bel het nummer in uw brief voor een nieuwe.",
        _EN: "The code is locked, because the PIN was wrong too often. Call the number in your letter for a new one.",
    },
    ActivationRefusal.REDEEMED: {
        _NL: "Deze code is al gebruikt. Was u dat niet? Bel dan meteen het nummer in uw brief.",
        _EN: "This code has been used already. Was that not you? Then call the number in your letter at once.",
    },
    ActivationRefusal.EXPIRED: {
        _NL: "De code werkt niet meer, want de tijd is om. Bel het nummer in uw brief voor een nieuwe.",
        _EN: "The code no longer works, because its time is over. Call the number in your letter for a new one.",
    },
    ActivationRefusal.WITHDRAWN: {
        _NL: "Deze code werkt niet meer. Heeft u een nieuwere brief? Gebruik die. Of bel het nummer in uw brief.",
        _EN: "This code no longer works. Do you have a newer letter? Use that one. Or call the number in your letter.",
    },
    ActivationRefusal.TOO_MANY_ATTEMPTS: {
        _NL: "Het is nu te druk. Probeer het over een minuut opnieuw.",
        _EN: "There are too many attempts now. Try again in a minute.",
    },
}
"""What a citizen is told, and what to do."""

DESK_REFUSALS: Final[Mapping[DeskRefusal, Texts]] = {
    DeskRefusal.UNKNOWN_BATCH: {
        _NL: "Deze lijst is er niet. Kijk naar het nummer in het overzicht.",
        _EN: "There is no such batch. Look up its number in the list.",
    },
    DeskRefusal.UNKNOWN_CODE: {
        _NL: "Deze code is er niet. Kijk naar het nummer in het overzicht.",
        _EN: "There is no such code. Look up its number in the list.",
    },
    DeskRefusal.UNKNOWN_PERSON: {
        _NL: "Van een persoon op de lijst zijn er geen gegevens. Importeer eerst het huishouden.",
        _EN: "There is no record of a person on the list. Import the household file first.",
    },
    DeskRefusal.HAS_OPEN_CODE: {
        _NL: "Een persoon op de lijst heeft al een code die nog werkt. Trek die in, of stuur een nieuwe brief.",
        _EN: "A person on the list has a code that still works. Revoke it, or send a new letter.",
    },
    DeskRefusal.EMPTY_BATCH: {
        _NL: "Er staat niemand op de lijst.",
        _EN: "There is nobody on the list.",
    },
    DeskRefusal.BATCH_TOO_LARGE: {
        _NL: "Er staan te veel personen op de lijst. Maak er meer lijsten van.",
        _EN: "There are too many persons on the list. Make several lists of it.",
    },
    DeskRefusal.SAME_EMPLOYEE: {
        _NL: "U heeft deze lijst zelf klaargezet. Laat een collega hem goedkeuren.",
        _EN: "You have prepared this batch yourself. Let a colleague approve it.",
    },
    DeskRefusal.ALREADY_APPROVED: {
        _NL: "Deze lijst is al goedgekeurd.",
        _EN: "This batch has been approved already.",
    },
    DeskRefusal.NOT_APPROVED: {
        _NL: "Deze lijst is nog niet goedgekeurd. Laat een collega dat eerst doen.",
        _EN: "This batch has not been approved yet. Let a colleague do that first.",
    },
    DeskRefusal.NO_SENDER: {
        _NL: "Er is nog geen afzender ingesteld. Vraag de beheerder om `activation setup`.",
        _EN: "It is not known yet who sends the letters. Ask the administrator for `activation setup`.",
    },
    DeskRefusal.NOTHING_TO_PRINT: {
        _NL: "Alle brieven van deze lijst zijn al gemaakt. Stuur zo nodig een nieuwe brief.",
        _EN: "All letters of this batch have been made. Send a new letter where one is needed.",
    },
    DeskRefusal.WRONG_STATE: {
        _NL: "Dat kan niet bij de stand van deze code. Kijk in het overzicht hoe het ermee staat.",
        _EN: "The state of this code does not allow that. Look it up in the list.",
    },
    DeskRefusal.REASON_MISSING: {
        _NL: "Geef een reden van ten hoogste 500 tekens.",
        _EN: "Give a reason of at most 500 characters.",
    },
}
"""What an employee is told, and what to do."""

STATES: Final[Mapping[ActivationState, Texts]] = {
    ActivationState.PREPARED: {_NL: "klaargezet", _EN: "prepared"},
    ActivationState.APPROVED: {_NL: "goedgekeurd", _EN: "approved"},
    ActivationState.SENT: {_NL: "verstuurd", _EN: "sent"},
    ActivationState.REDEEMED: {_NL: "gebruikt", _EN: "redeemed"},
    ActivationState.LOCKED: {_NL: "op slot", _EN: "locked"},
    ActivationState.REVOKED: {_NL: "ingetrokken", _EN: "revoked"},
    ActivationState.EXPIRED: {_NL: "verlopen", _EN: "expired"},
    ActivationState.REPLACED: {_NL: "vervangen", _EN: "replaced"},
}

ACTIONS: Final[Mapping[Action, Texts]] = {
    Action.PREPARED: {_NL: "lijst klaargezet", _EN: "batch prepared"},
    Action.APPROVED: {_NL: "lijst goedgekeurd", _EN: "batch approved"},
    Action.LETTER_MADE: {_NL: "brief gemaakt", _EN: "letter made"},
    Action.RESENT: {_NL: "vervangen door een nieuwe brief", _EN: "replaced by a new letter"},
    Action.UNLOCKED: {_NL: "zat op slot en is vervangen", _EN: "was locked and is replaced"},
    Action.REVOKED: {_NL: "ingetrokken", _EN: "revoked"},
    Action.EXPIRED: {_NL: "verlopen", _EN: "expired"},
    Action.LOCKED: {_NL: "op slot na 3 verkeerde pincodes", _EN: "locked after 3 wrong PINs"},
    Action.REDEEMED: {_NL: "gebruikt", _EN: "redeemed"},
    Action.EMPLOYEE_ADDED: {_NL: "medewerker toegevoegd", _EN: "employee added"},
    Action.EMPLOYEE_CHANGED: {_NL: "wachtzin van medewerker veranderd", _EN: "employee's passphrase changed"},
    Action.EMPLOYEE_REMOVED: {_NL: "medewerker verwijderd", _EN: "employee removed"},
}


def find_explanation(error: Exception, language: Language) -> str | None:
    """One line about an error of activation letters, with what to do next; None for other errors."""
    if isinstance(error, ActivationRefusedError):
        return REFUSALS[error.reason][language]
    if isinstance(error, DeskActionError):
        return DESK_REFUSALS[error.reason][language]
    if isinstance(error, UnprintableError):
        return {
            _NL: "Een naam of adres heeft tekens die de brief niet kan afdrukken. Verbeter die. Er is niets gemaakt.",
            _EN: "A name or address has characters that the letter cannot print. Correct the record. Nothing was made.",
        }[language]
    if isinstance(error, ApprovalFileError):
        return _list_refused(error, language)
    return None


def _list_refused(error: ApprovalFileError, language: Language) -> str:
    lines = len({row.line for row in error.rows})
    if not error.readable:
        return {
            _NL: "Er is niets klaargezet: het bestand is niet te lezen als lijst. Verbeter het en probeer het opnieuw.",
            _EN: "Nothing was prepared: the file cannot be read as a list. Correct it and try again.",
        }[language]
    return {
        _NL: f"Er is niets klaargezet: {lines} regels kloppen niet. Verbeter ze, of neem alleen de andere regels.",
        _EN: f"Nothing was prepared: {lines} lines are wrong. Correct them, or take the other lines only.",
    }[language]
