# SPDX-License-Identifier: EUPL-1.2
"""What the wallet does not do with a task, and why."""

from enum import StrEnum
from typing import Final

from holder.errors import HolderError
from ssi.credential.document import Wording

__all__ = ["TaskRefusal", "TaskRefusedError"]


class TaskRefusal(StrEnum):
    """Why the wallet signs or proves nothing."""

    UNKNOWN_TASK = "unknown_task"
    """The board has no such task."""
    OTHER_TEXT = "other_text"
    """The published text is missing, or is not the one whose hashes are on chain."""
    NOT_FREE = "not_free"
    """The task cannot be chosen now."""
    NOT_MINE = "not_mine"
    """This wallet does not do the task, or the group has no account of it."""
    WRONG_GROUP = "wrong_group"
    """More people than the task has places for."""
    NO_ROOM = "no_room"
    """The yearly cap leaves no room for what the task would earn."""
    WRONG_STEP = "wrong_step"
    """The task is not at this step."""
    TOO_LATE = "too_late"
    """The time for this step is over."""
    NOTHING_TO_COLLECT = "nothing_to_collect"
    """Nothing was awarded that is not collected yet, or no slot of the year has room for any of it."""


TEXTS: Final[dict[TaskRefusal, Wording]] = {
    TaskRefusal.UNKNOWN_TASK: Wording(
        "Deze klus is er niet. Kijk opnieuw in de lijst.", "There is no such task. Look at the list again."
    ),
    TaskRefusal.OTHER_TEXT: Wording(
        "De tekst van deze klus klopt niet met wat de gemeente vastlegde. Vraag de gemeente om de juiste tekst.",
        "This task's text is not what the municipality fixed. Ask the municipality for the right text.",
    ),
    TaskRefusal.NOT_FREE: Wording(
        "Deze klus is niet meer vrij. Kies een andere klus.", "This task is no longer free. Choose another task."
    ),
    TaskRefusal.NOT_MINE: Wording(
        "U doet deze klus niet met deze wallet. Kijk welke klussen u doet.",
        "You do not do this task with this wallet. Look which tasks you do.",
    ),
    TaskRefusal.WRONG_GROUP: Wording(
        "Uw groep is te groot voor deze klus. Kijk hoeveel plaatsen er zijn.",
        "Your group is too large for this task. Look how many places it has.",
    ),
    TaskRefusal.NO_ROOM: Wording(
        "Met deze klus komt u boven het maximum van dit jaar. Kies een kleinere klus, of doe hem zonder Heitjes.",
        "This task would take you above this year's maximum. Choose a smaller one, or do it without earning.",
    ),
    TaskRefusal.WRONG_STEP: Wording(
        "Deze stap kan nu niet. Kijk in uw wallet hoe het met de klus staat.",
        "This step is not possible now. Look in your wallet how the task is doing.",
    ),
    TaskRefusal.TOO_LATE: Wording(
        "De tijd hiervoor is voorbij. Vraag de gemeente wat er nog kan.",
        "The time for this is over. Ask the municipality what is still possible.",
    ),
    TaskRefusal.NOTHING_TO_COLLECT: Wording(
        "Er is nu niets op te halen. Kijk in uw verdienboekje hoeveel ruimte u dit jaar hebt.",
        "There is nothing to collect now. Look in your earnings book how much room you have this year.",
    ),
}
"""What to tell the citizen: what is wrong, and what to do next."""


class TaskRefusedError(HolderError):
    """The wallet does not do this with a task.

    Args:
        reason: why.
    """

    def __init__(self, reason: TaskRefusal) -> None:
        super().__init__(TEXTS[reason].en)
        self.reason = reason
        self.text = TEXTS[reason]
