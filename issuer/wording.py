# SPDX-License-Identifier: EUPL-1.2
"""Every error in one line for the employee at the desk: what is the matter, and what to do next."""

from typing import Final

from issuer.errors import (
    AccountsUnknownError,
    DatabaseVersionError,
    DeskExistsError,
    DeskMissingError,
    HouseholdFileError,
    IssuanceRefusedError,
    KeyFileError,
    KeyNotReadyError,
    RefusalReason,
    SettingsError,
    StoreBusyError,
    StoreDamagedError,
    UnknownTypeError,
)
from ssi.credential.document import DocumentError
from ssi.credential.types import ClaimValueError
from ssi.errors import VerificationError
from ssi.sealed_errors import (
    DamagedFileError,
    NoPassphraseError,
    SealedFileLockedError,
    SealedFileMissingError,
    SealedFileVersionError,
    WrongFilePassphraseError,
)

__all__ = ["REFUSALS", "explain"]

REFUSALS: Final = {
    RefusalReason.UNKNOWN_PERSON: (
        "There is no record of this person. Check the reference, or import the household file that has it."
    ),
    RefusalReason.SESSION_UNKNOWN: (
        "This desk knows no such session. Make a new one with `session` and let the wallet ask again."
    ),
    RefusalReason.SESSION_OF_ANOTHER_PERSON: (
        "This request was made in the session of another person. Check whose wallet it is, then make a new session."
    ),
    RefusalReason.SESSION_USED: (
        "This session was used before. Make a new one with `session` and let the wallet ask again."
    ),
    RefusalReason.SESSION_EXPIRED: (
        "This session has expired. Make a new one with `session` and let the wallet ask again."
    ),
    RefusalReason.PINNED_TO_ANOTHER_WALLET: (
        "This record belongs to another wallet. Let the person ask with that wallet; "
        "if it and its 24 words are lost, check who they are and use `recover`."
    ),
    RefusalReason.PINNED_TO_ANOTHER_RECORD: (
        "This wallet belongs to the record of somebody else. Let the person ask with a wallet of their own."
    ),
    RefusalReason.ACCOUNT_NOT_ACTIVATED: (
        "No pass was activated for this account. Let the person activate the pass in their wallet, and ask again."
    ),
    RefusalReason.NOT_SIGNED_BY_ACCOUNT: (
        "The pass account did not sign this request. Let the person ask again with the wallet that activated the pass."
    ),
    RefusalReason.NOTHING_TO_RECOVER: (
        "This record belongs to no wallet, and the person has no letter, token or credential that could be ended, so "
        "there is nothing to recover. Make a session for the new wallet."
    ),
    RefusalReason.NOTHING_TO_REINSTATE: (
        "This person's credentials are neither suspended nor revoked. Check the person and the type."
    ),
    RefusalReason.NOTHING_TO_SUSPEND: (
        "This person's credentials are revoked already. To let new ones be issued, use `status reinstate`."
    ),
}
"""For each reason of a refusal, what to do."""


def explain(error: Exception) -> str:
    """One line about an error of this package, of ``ssi`` or of the file system. No value of a record is in it."""
    if isinstance(error, IssuanceRefusedError):
        return REFUSALS[error.reason]
    if isinstance(error, OSError):
        return _file_trouble(error)
    if isinstance(error, HouseholdFileError):
        return _file_refused(error)
    for kind, line in _LINES:
        if isinstance(error, kind):
            return line.format(error=error)
    raise error


def _file_trouble(error: OSError) -> str:
    name = error.filename or "the file"
    if isinstance(error, FileNotFoundError):
        return f"{name}: there is no such file or folder. Check the name."
    if isinstance(error, FileExistsError):
        return f"{name}: there is a file here already; it was left as it is. Choose another name."
    if isinstance(error, IsADirectoryError | NotADirectoryError):
        return f"{name}: this is not the kind of file that was expected. Check whether a file or a folder is asked for."
    if isinstance(error, PermissionError):
        return f"{name}: you may not read or write this. Ask who manages the computer."
    return f"{name}: {error.strerror or 'cannot be read or written'}. Try again, or use another disk."


def _file_refused(error: HouseholdFileError) -> str:
    if not error.readable:
        return "Nothing was imported: the file cannot be read as a household file. Correct it and import it again."
    return (
        f"Nothing was imported: {error}. "
        "Correct the file and import it again, or import the other lines now with --skip-bad-rows."
    )


_LINES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (DeskExistsError, "There is a desk in this folder already; it was left as it is. Choose another --folder."),
    (DeskMissingError, "There is no desk in this folder. Make one with `init`, or choose its folder with --folder."),
    (SettingsError, "The setting {error}. Correct it and try again."),
    (AccountsUnknownError, "The chain of the pass does not answer. See that the node at --rpc runs, and try again."),
    (UnknownTypeError, "This desk does not issue the credential that the wallet asks for. Check the wallet's request."),
    (DatabaseVersionError, "{error} Nothing in it was changed."),
    (StoreBusyError, "The desk's database is busy, and nothing was changed. Try again in a moment."),
    (
        StoreDamagedError,
        (
            "The desk's database is damaged or the disk is full. Make room, or put desk.sqlite back from the backup. "
            "If database.url names a server, see that it runs and that you may use it."
        ),
    ),
    (WrongFilePassphraseError, "The passphrase is not the one of this desk. Try again."),
    (NoPassphraseError, "A desk needs a passphrase. Choose one and try again."),
    (SealedFileLockedError, "Another program has this desk's keys open. Close it and try again."),
    (
        SealedFileMissingError,
        "The desk's key file is missing. Put both .sealed files back from the backup.",
    ),
    (SealedFileVersionError, "The desk's key file was made by a newer version. Update this program."),
    (
        DamagedFileError,
        "The desk's key file is damaged ({error.damage}). Put both .sealed files back from the backup.",
    ),
    (
        KeyFileError,
        "The desk's key file has an unexpected content ({error.member}). Put both .sealed files back from the backup.",
    ),
    (
        KeyNotReadyError,
        "{error}: whoever keeps our keys for a day must see it first. Wait, or use --at-once if a key was stolen.",
    ),
    (DocumentError, "The file does not have the form that was expected ({error}). Ask for it again."),
    (ClaimValueError, "The record does not fit in the credential ({error}). Correct the household file and import it."),
    (
        VerificationError,
        "The wallet's request is not valid ({error.reason}); nothing was decided. Let the wallet ask again.",
    ),
)
