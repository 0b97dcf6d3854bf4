# SPDX-License-Identifier: EUPL-1.2
"""What a validator knows about statuses; frozen."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from issuer.model import PersonId
from ssi.status.lists import StatusValue

__all__ = ["BITS", "LIST_SIZE", "Changed", "IssuedStatus", "ListVersion", "Standing", "StatusAction"]

BITS: Final = 2
"""Of one status: valid, invalid, suspended."""
LIST_SIZE: Final = 1 << 18
"""Statuses in a list. Half of them are given out, so that a free one is found at once: more than a hundred thousand."""


class StatusAction(StrEnum):
    """What an employee decides about a person's credentials of one type."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"

    @property
    def status(self) -> StatusValue:
        """What the credentials then have."""
        return _STATUS[self]

    @property
    def changes(self) -> tuple[StatusValue, ...]:
        """Which statuses it changes."""
        return _CHANGES[self]


_STATUS: Final = {
    StatusAction.SUSPEND: StatusValue.SUSPENDED,
    StatusAction.REINSTATE: StatusValue.VALID,
    StatusAction.REVOKE: StatusValue.INVALID,
}
_CHANGES: Final = {
    StatusAction.SUSPEND: (StatusValue.VALID,),
    StatusAction.REINSTATE: (StatusValue.SUSPENDED,),
    StatusAction.REVOKE: (StatusValue.VALID, StatusValue.SUSPENDED),
}


@dataclass(frozen=True, slots=True)
class ListVersion:
    """One list, as it is since its last change.

    Attributes:
        number: its number, from 1.
        issuer: whose credentials it is for; its token says the same.
        version: counts its changes.
        changed_at: the last of them, or when it was made.
    """

    number: int
    issuer: str
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedStatus:
    """The index that a copy of a credential has in a list."""

    list_number: int
    index: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a person may be issued a type of credential: the last decision about it.

    Attributes:
        status: ``VALID`` when there was none.
    """

    person: PersonId = field(repr=False)
    vct: str
    status: StatusValue
    decided_at: datetime | None = None
    employee: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a decision changed."""

    copies: int
    """How many credentials that have not expired."""
    last_day: date | None
    """When the last of them expires; None when there was none."""
