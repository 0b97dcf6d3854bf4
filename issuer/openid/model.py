# SPDX-License-Identifier: EUPL-1.2
"""What the credential issuer remembers; frozen."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from issuer.model import PersonId

__all__ = ["DeferredOrder", "Review", "ReviewState"]


class ReviewState(StrEnum):
    """Whether the desk lets a person's credentials be issued."""

    CLEAR = "clear"
    """Nobody objects."""
    UNDER_REVIEW = "under_review"
    """Somebody looks at the record first; wallets are told to come back."""
    REFUSED = "refused"
    """Nothing is issued for this record as it is."""


@dataclass(frozen=True, slots=True)
class Review:
    """The desk's last word about a record."""

    person: PersonId = field(repr=False)
    state: ReviewState
    employee: str
    reason: str = field(repr=False)
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class DeferredOrder:
    """An order that waits for the desk.

    Attributes:
        grant_id: of the access token that it came with; only that wallet collects it.
        order: as ``Order.to_octets`` wrote it.
    """

    grant_id: str
    person: PersonId = field(repr=False)
    order: bytes = field(repr=False)
    expires_at: datetime
