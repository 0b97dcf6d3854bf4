# SPDX-License-Identifier: EUPL-1.2
"""The errors of the activation letter: what a wallet is told, and what an employee is told.

Invariant: no message carries a code, a PIN, a name, an address or a passphrase.
"""

from collections.abc import Sequence
from enum import StrEnum

from issuer.errors import IssuerError, RowError

__all__ = [
    "ActivationRefusal",
    "ActivationRefusedError",
    "ApprovalFileError",
    "DeskActionError",
    "DeskRefusal",
    "UnprintableError",
]


class ActivationRefusal(StrEnum):
    """Why a code and PIN are not accepted; the value is the code in interfaces."""

    NOT_VALID = "not_valid"
    """The code is unknown or the PIN is wrong: deliberately one answer, for the same work."""
    LOCKED = "locked"
    """Too many wrong PINs. The desk sends a new letter."""
    REDEEMED = "redeemed"
    """Used before."""
    EXPIRED = "expired"
    """After its last moment."""
    WITHDRAWN = "withdrawn"
    """The desk has revoked it, or replaced it by a new letter."""
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    """Too many wrong PINs by everybody together in this minute. Nothing was looked at."""


class ActivationRefusedError(IssuerError):
    """A code and PIN are not accepted.

    Args:
        reason: why; the message is the same code.
        retry_after: seconds after which it makes sense to try again, with ``too_many_attempts`` only.
    """

    def __init__(self, reason: ActivationRefusal, retry_after: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.retry_after = retry_after


class DeskRefusal(StrEnum):
    """Why an employee's action on batches and codes is not carried out."""

    UNKNOWN_BATCH = "unknown_batch"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_PERSON = "unknown_person"
    """There is no household record of a person on the list."""
    HAS_OPEN_CODE = "has_open_code"
    """A person on the list has a letter that still works, or one being prepared."""
    EMPTY_BATCH = "empty_batch"
    BATCH_TOO_LARGE = "batch_too_large"
    SAME_EMPLOYEE = "same_employee"
    """Who prepared a batch may not approve it."""
    ALREADY_APPROVED = "already_approved"
    NOT_APPROVED = "not_approved"
    """Letters were asked for before somebody else approved the batch."""
    NO_SENDER = "no_sender"
    """Nobody has said yet who sends the letters."""
    NOTHING_TO_PRINT = "nothing_to_print"
    """The batch has no code that still waits for its letter."""
    WRONG_STATE = "wrong_state"
    """The code's state does not allow this action."""
    REASON_MISSING = "reason_missing"
    """An action that ends or replaces a code needs a reason of 1 to 500 characters."""


class DeskActionError(IssuerError):
    """An employee's action is not carried out; nothing was changed.

    Args:
        reason: why; the message is the same code.
    """

    def __init__(self, reason: DeskRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class ApprovalFileError(IssuerError):
    """A list of approved persons is refused as a whole; nothing was prepared.

    Args:
        rows: everything that is wrong with it, in the order of the file.
        readable: whether the header was understood, so that the good rows could be taken without the bad ones.
    """

    def __init__(self, rows: Sequence[RowError], *, readable: bool) -> None:
        lines = len({row.line for row in rows})
        super().__init__(f"{lines} {'line' if lines == 1 else 'lines'} of the list cannot be used")
        self.rows = tuple(rows)
        self.readable = readable


class UnprintableError(IssuerError):
    """A name or an address has characters that the letter's font does not have.

    Args:
        index: which letter of those that were asked for, from 0.
    """

    def __init__(self, index: int) -> None:
        super().__init__("a name or an address has characters that the letter's font does not have")
        self.index = index
