# SPDX-License-Identifier: EUPL-1.2
"""What the desk knows of activation codes: their states and who did what. Frozen; ``repr`` shows no personal value.

Invariants:
    * Nothing here says anything about a wallet: no address, no program, no key. That a code was redeemed, and when, is
      all that is known.
    * The code and the PIN exist in the letter only; neither is a member of any type that is stored.
    * Times are aware UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from edge.language import Language
from issuer.activation.errors import ActivationRefusal
from issuer.model import PersonId

__all__ = [
    "MAX_BATCH",
    "OPEN",
    "PIN_LENGTH",
    "TIMED",
    "WRONG_PINS",
    "Action",
    "ActivationCode",
    "ActivationState",
    "Approval",
    "Batch",
    "Event",
    "Redeemed",
    "Refused",
]

PIN_LENGTH: Final = 6
WRONG_PINS: Final = 3
"""So many wrong PINs lock a code."""
MAX_BATCH: Final = 500
"""Most persons in a batch: what one employee can look through before approving."""


class ActivationState(StrEnum):
    """Where a code stands."""

    PREPARED = "prepared"
    """On a list; waits for the approval of another employee."""
    APPROVED = "approved"
    """Waits for its letter."""
    SENT = "sent"
    """The letter was made; code and PIN work."""
    REDEEMED = "redeemed"
    """A wallet has used it."""
    LOCKED = "locked"
    """Three wrong PINs."""
    REVOKED = "revoked"
    """The desk has ended it."""
    EXPIRED = "expired"
    """Nobody used it in time."""
    REPLACED = "replaced"
    """The desk has prepared a new letter in its place."""


OPEN: Final = frozenset(
    {ActivationState.PREPARED, ActivationState.APPROVED, ActivationState.SENT, ActivationState.LOCKED}
)
"""The states of which a person has at most one code."""


TIMED: Final = frozenset({ActivationState.SENT, ActivationState.LOCKED})
"""The states that end with a code's time."""


class Action(StrEnum):
    """What is logged."""

    PREPARED = "prepared"
    APPROVED = "approved"
    LETTER_MADE = "letter_made"
    RESENT = "resent"
    UNLOCKED = "unlocked"
    REVOKED = "revoked"
    EXPIRED = "expired"
    LOCKED = "locked"
    REDEEMED = "redeemed"
    EMPLOYEE_ADDED = "employee_added"
    EMPLOYEE_CHANGED = "employee_changed"
    EMPLOYEE_REMOVED = "employee_removed"


@dataclass(frozen=True, slots=True)
class Approval:
    """One line of a list: this person shall get a letter for these credentials, in this language."""

    person: PersonId = field(repr=False)
    language: Language
    credentials: tuple[str, ...]
    """Names of credential types, such as ``household-income``; at least one."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A list that one employee has prepared."""

    id: int
    prepared_by: str
    prepared_at: datetime
    approved_by: str | None
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class ActivationCode:
    """A code as the desk sees it: never the code or the PIN themselves."""

    id: int
    batch: int
    person: PersonId = field(repr=False)
    language: Language
    credentials: tuple[str, ...]
    state: ActivationState
    """As it was written last; ``state_at`` knows what time has passed."""
    wrong_pins: int
    sent_at: datetime | None
    expires_at: datetime | None
    redeemed_at: datetime | None
    replaces: int | None
    """The code that this one takes the place of."""

    def state_at(self, now: datetime) -> ActivationState:
        """Where it stands at a moment: a code that works until then is expired afterwards."""
        is_over = self.expires_at is not None and now >= self.expires_at
        return ActivationState.EXPIRED if is_over and self.state in TIMED else self.state


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log."""

    action: Action
    at: datetime
    employee: str | None
    """Who; None for what a letter's holder or the passing of time did."""
    code: int | None
    batch: int | None
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A code and PIN were right: whoever sent them may fetch this person's credentials."""

    person: PersonId = field(repr=False)
    configuration_ids: tuple[str, ...]
    """Credential configurations of the issuer's metadata, those of the letter's offer."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A code and PIN are not accepted. The count of wrong PINs is part of the transaction: commit it."""

    reason: ActivationRefusal
    retry_after: int | None = None
