# SPDX-License-Identifier: EUPL-1.2
"""Why a task board says no: its errors, by the code of their reason, and the sentences for people. Pure data.

``programmable_money.refusals`` has these among all others; nothing else reads them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["ERRORS", "SENTENCES"]

ERRORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "TaskBadOffer": "task_bad_offer",
        "TaskWrongState": "task_wrong_state",
        "TaskOver": "task_over",
        "TaskWrongGroup": "task_wrong_group",
        "TaskAccountsNotAscending": "bad_input",
        "TaskWrongParts": "task_wrong_parts",
        "TaskAccountTaken": "task_account_taken",
        "TaskNotYours": "task_not_yours",
        "TaskQuartersOutOfRange": "task_wrong_quarters",
        "TaskBadReason": "task_bad_reason",
        "TaskNothingToAppeal": "nothing_to_appeal",
        "TaskAppealTooLate": "appeal_too_late",
        "TaskSameEmployee": "same_employee",
        "TaskNotThisYear": "slot_of_another_year",
        "TaskNothingAwarded": "nothing_awarded",
        "TaskCollectionTooLate": "collection_too_late",
        "TaskCollectionOutOfRange": "already_collected",
        "TaskNotWholeCents": "not_whole_cents",
        "TaskSlotFull": "slot_full",
        "PurseNotBoard": "not_authorised",
    }
)
"""Custom error of the board or its purse to the reason's code."""

SENTENCES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "task_bad_offer": (
            "Deze klus klopt niet: plaatsen, kwartieren of einddatum. Verbeter de klus en zet hem opnieuw neer.",
            "This task is not right: its places, quarter hours or last moment. Correct it and publish it again.",
        ),
        "task_wrong_state": (
            "Deze stap kan nu niet bij deze klus. Kijk in de lijst wat er met de klus is gebeurd.",
            "This step is not possible for this task now. Look at the list to see what happened to it.",
        ),
        "task_over": (
            "Het is te laat voor deze klus. Kies een andere klus.",
            "It is too late for this task. Choose another task.",
        ),
        "task_wrong_group": (
            "Uw groep past niet bij deze klus. Kijk hoeveel mensen de klus samen mogen doen.",
            "Your group does not fit this task. Look how many people may do it together.",
        ),
        "task_wrong_parts": (
            "De verdeling klopt niet. Alle delen samen zijn precies duizend, en niemand krijgt nul.",
            "The split is not right. All parts together are exactly one thousand, and nobody gets zero.",
        ),
        "task_account_taken": (
            "Dit klusaccount is al gebruikt. Laat uw wallet een nieuw account maken.",
            "This task account was used before. Let your wallet make a new account.",
        ),
        "task_not_yours": (
            "Dit account doet deze klus niet, of niet meer. Kijk in uw wallet welke klussen u doet.",
            "This account does not do this task, or no longer does. Look in your wallet which tasks you do.",
        ),
        "task_wrong_quarters": (
            "Dit aantal kwartieren kan niet. Bezwaar maakt het nooit lager, en nooit hoger dan de klus waard is.",
            "This number of quarter hours is not possible. An appeal never lowers it, nor lifts it above the task.",
        ),
        "task_bad_reason": (
            "Alleen een klus die niet helemaal telt heeft een reden. Kies een reden van de lijst.",
            "Only a task that does not count in full has a reason. Choose a reason from the list.",
        ),
        "nothing_to_appeal": (
            "Deze klus telt al helemaal mee. U hoeft geen bezwaar te maken.",
            "This task counts in full already. You do not need to appeal.",
        ),
        "appeal_too_late": (
            "De tijd voor bezwaar is voorbij. Praat met de gemeente als u het niet eens bent.",
            "The time to appeal is over. Talk to the municipality if you do not agree.",
        ),
        "same_employee": (
            "Wie de klus nakeek, beslist niet over het bezwaar. Laat een collega beslissen.",
            "Whoever verified the task does not decide the appeal. Let a colleague decide.",
        ),
        "slot_of_another_year": (
            "Dit vak is van een ander jaar. Kies in uw wallet een vak van dit jaar.",
            "This slot is of another year. Let your wallet choose a slot of this year.",
        ),
        "nothing_awarded": (
            "Voor dit klusaccount is nog geen tijd toegekend. Wacht tot de klus is nagekeken.",
            "No time was awarded to this task account yet. Wait until the task is verified.",
        ),
        "collection_too_late": (
            "Deze tijd had u eerder moeten ophalen. Vraag de gemeente wat er nog kan.",
            "This time should have been collected earlier. Ask the municipality what is still possible.",
        ),
        "already_collected": (
            "Deze tijd is al opgehaald, of is meer dan u kreeg. Kijk in uw verdienboekje.",
            "This time was collected already, or is more than you were awarded. Look in your earnings book.",
        ),
        "not_whole_cents": (
            "Deze tijd is geen heel aantal centen. Laat uw wallet een ander deel kiezen.",
            "This time is no whole number of cents. Let your wallet choose another part.",
        ),
        "slot_full": (
            "Dit vak is vol. Verdien in dit jaar niet meer dan het maximum, of kies een ander vak.",
            "This slot is full. Earn no more than the maximum this year, or choose another slot.",
        ),
    }
)
"""Dutch and English by the reason's code: what happened, and what to do next."""
