# SPDX-License-Identifier: EUPL-1.2
"""What can go wrong with a sealed file, each with its own error.

Invariant: no message carries a passphrase, a path or anything of a file's content.
"""

from enum import StrEnum

from ssi.errors import SsiError

__all__ = [
    "DamagedFileError",
    "FileDamage",
    "NoPassphraseError",
    "SealedFileError",
    "SealedFileExistsError",
    "SealedFileLockedError",
    "SealedFileMissingError",
    "SealedFileVersionError",
    "WrongFilePassphraseError",
]


class SealedFileError(SsiError):
    """Root of what can go wrong with a sealed file."""


class SealedFileMissingError(SealedFileError):
    """There is no file at this place."""

    def __init__(self) -> None:
        super().__init__("there is no such file")


class SealedFileExistsError(SealedFileError):
    """There is a file already where a new one should go; it is left as it is."""

    def __init__(self) -> None:
        super().__init__("there is a file here already; it was left as it is")


class SealedFileLockedError(SealedFileError):
    """Another program has the file open for writing."""

    def __init__(self) -> None:
        super().__init__("the file is open in another program")


class WrongFilePassphraseError(SealedFileError):
    """The passphrase is not the one that the file was closed with."""

    def __init__(self) -> None:
        super().__init__("the passphrase is not the one of this file")


class NoPassphraseError(SealedFileError):
    """A sealed file needs a passphrase."""

    def __init__(self) -> None:
        super().__init__("a sealed file needs a passphrase")


class SealedFileVersionError(SealedFileError):
    """The file is whole, but of a format version that this program does not read.

    Args:
        version: the file's version.
    """

    def __init__(self, version: int) -> None:
        super().__init__(f"the file has format version {version}, which this program does not read")
        self.version = version


class FileDamage(StrEnum):
    """In which part of a sealed file the damage is."""

    ANOTHER_KIND = "another_kind"
    """It does not begin as a file of this kind does."""
    TRUNCATED = "truncated"
    """It is shorter than the smallest sealed file."""
    TOO_LARGE = "too_large"
    """It is larger than any sealed file."""
    HEADER = "header"
    """The header does not match its own checksum."""
    PARAMETERS = "parameters"
    """The header asks for a key derivation that is out of bounds, such as all the memory of the machine."""
    CONTENT = "content"
    """The passphrase is right, but the encrypted content was changed or cut off."""


class DamagedFileError(SealedFileError):
    """The file is of another kind, or is no longer what was written. It is left as it is.

    Args:
        damage: which part.
    """

    def __init__(self, damage: FileDamage) -> None:
        super().__init__(f"the file is damaged: {damage.value}")
        self.damage = damage
