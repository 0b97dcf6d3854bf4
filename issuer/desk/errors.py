# SPDX-License-Identifier: EUPL-1.2
"""The errors about employees. No message carries a name or a passphrase."""

from enum import StrEnum

from issuer.errors import IssuerError

__all__ = ["EmployeeError", "EmployeeRefusal"]


class EmployeeRefusal(StrEnum):
    """Why a log-in, or a change of the list of employees, is refused."""

    LOG_IN_REFUSED = "log_in_refused"
    """No such employee, a wrong passphrase, one who has left, or too many attempts: deliberately one answer."""
    EXISTS = "exists"
    """There is an employee with this name."""
    UNKNOWN = "unknown"
    """There is no employee with this name."""
    HAS_LEFT = "has_left"
    """The employee with this name was removed, and is not let in again."""
    BAD_NAME = "bad_name"
    """A name has 2 to 40 lower-case letters, digits, dots and hyphens, and begins with a letter."""
    SHORT_PASSPHRASE = "short_passphrase"  # noqa: S105 - a reason
    """A passphrase has 12 to 1024 characters."""


class EmployeeError(IssuerError):
    """It is refused; nothing was changed.

    Args:
        reason: why; the message is the same code.
    """

    def __init__(self, reason: EmployeeRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason
