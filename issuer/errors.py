# SPDX-License-Identifier: EUPL-1.2
"""The errors of ``issuer``: one tree.

Invariant: no message carries a value from a record, a session, a request or a key. A person's reference is typed by an
employee, so the command line may repeat it; nothing here does.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

__all__ = [
    "DatabaseVersionError",
    "DeskExistsError",
    "DeskMissingError",
    "HouseholdFileError",
    "IssuanceRefusedError",
    "IssuerError",
    "KeyFileError",
    "KeyNotReadyError",
    "RefusalReason",
    "RowError",
    "SettingsError",
    "StoreBusyError",
    "StoreDamagedError",
    "UnknownTypeError",
]


class IssuerError(Exception):
    """Root of every error that the validator's side raises about what it was given."""


class RowError(IssuerError):
    """One value, or one line as a whole, of a household file breaks a rule.

    Args:
        line: counted from 1, the header included, as an editor or spreadsheet shows it.
        column: the column's name, or None when the line as a whole is wrong.
        rule: what it must be, in words; never the value.
    """

    def __init__(self, line: int, column: str | None, rule: str) -> None:
        super().__init__(f"line {line}, {column}: {rule}" if column else f"line {line}: {rule}")
        self.line = line
        self.column = column
        self.rule = rule


class HouseholdFileError(IssuerError):
    """A household file is refused as a whole; nothing of it was imported.

    Args:
        rows: everything that is wrong with it, in the order of the file.
        readable: whether the header was understood, so that the good rows could be imported without the bad ones.
    """

    def __init__(self, rows: Sequence[RowError], *, readable: bool) -> None:
        lines = len({row.line for row in rows})
        super().__init__(f"{lines} {'line' if lines == 1 else 'lines'} of the household file cannot be imported")
        self.rows = tuple(rows)
        self.readable = readable


class RefusalReason(StrEnum):
    """Why the validator does not issue or recover; the value is the code in interfaces."""

    UNKNOWN_PERSON = "unknown_person"
    """There is no record of this person."""
    SESSION_UNKNOWN = "session_unknown"
    """This validator gave no such nonce, or so long ago that it has forgotten it."""
    SESSION_OF_ANOTHER_PERSON = "session_of_another_person"
    """The nonce was given to somebody else."""
    SESSION_USED = "session_used"
    """A request with this nonce was decided before, or a recovery ended the session."""
    SESSION_EXPIRED = "session_expired"
    """The nonce is too old."""
    PINNED_TO_ANOTHER_WALLET = "pinned_to_another_wallet"
    """The record belongs to another wallet (issuance.md 3.2)."""
    PINNED_TO_ANOTHER_RECORD = "pinned_to_another_record"
    """The wallet belongs to another record (issuance.md 3.2)."""
    ACCOUNT_NOT_ACTIVATED = "account_not_activated"
    """No pass was activated for this account (pass.md 2.2)."""
    NOT_SIGNED_BY_ACCOUNT = "not_signed_by_account"
    """The request is not signed by the pass account that it is for."""
    NOTHING_TO_RECOVER = "nothing_to_recover"
    """The record is pinned to no wallet, so that any wallet can be pinned already."""
    NOTHING_TO_REINSTATE = "nothing_to_reinstate"
    """The person's credentials of this type are neither suspended nor revoked."""
    NOTHING_TO_SUSPEND = "nothing_to_suspend"
    """The person's credentials of this type are revoked, which is more than suspended."""


class DatabaseVersionError(IssuerError):
    """The database has another form than this version of the program reads; the message says what to do."""


class DeskExistsError(IssuerError):
    """There is a desk in this folder already; it is left as it is."""

    def __init__(self) -> None:
        super().__init__("there is a desk in this folder already; it was left as it is")


class DeskMissingError(IssuerError):
    """There is no desk in this folder."""

    def __init__(self) -> None:
        super().__init__("there is no desk in this folder")


class IssuanceRefusedError(IssuerError):
    """The validator says no.

    Args:
        reason: why; the message is the same code.
    """

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class AccountsUnknownError(IssuerError):
    """What a pass's contract says of an account cannot be known now: its chain does not answer."""

    def __init__(self) -> None:
        super().__init__("the chain of the pass does not answer")


class UnknownTypeError(IssuerError):
    """The validator does not issue this type of credential."""

    def __init__(self) -> None:
        super().__init__("this validator does not issue that type of credential")


class KeyFileError(IssuerError):
    """The content of the validator's key file, already decrypted, is not what this program writes.

    Args:
        member: the member that is missing, unknown or wrong.
    """

    def __init__(self, member: str) -> None:
        super().__init__(f"the key file's member {member} is missing, unknown or wrong")
        self.member = member


class KeyNotReadyError(IssuerError):
    """The next key may not sign yet.

    Args:
        ready_at: from when it may; None when there is no next key.
    """

    def __init__(self, ready_at: datetime | None) -> None:
        moment = f"from {ready_at:%Y-%m-%d %H:%M} UTC" if ready_at else "there is none"
        super().__init__(f"the next key may not sign yet: {moment}")
        self.ready_at = ready_at


class SettingsError(IssuerError):
    """The validator's settings are not usable.

    Args:
        member: which of them.
        rule: what it must be, in words.
    """

    def __init__(self, member: str, rule: str) -> None:
        super().__init__(f"{member}: {rule}")
        self.member = member
        self.rule = rule


class StoreBusyError(IssuerError):
    """The database could not be written because others were writing all the time; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("the desk's database is busy; nothing was changed")


class StoreDamagedError(IssuerError):
    """The database cannot be read or written: it is damaged, is none, or its disk is full."""

    def __init__(self) -> None:
        super().__init__("the desk's database cannot be used")
