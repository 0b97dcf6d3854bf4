# SPDX-License-Identifier: EUPL-1.2
"""The errors of ``holder``: one tree.

Invariant: no message carries a recovery phrase, a passphrase, a key, a claim or a file's content.
"""

from enum import StrEnum

__all__ = [
    "ConsentFormatError",
    "DamagedWalletError",
    "EmptyPassphraseError",
    "HolderError",
    "PhraseChecksumError",
    "RecoveryPhraseError",
    "UnknownWordError",
    "WalletDamage",
    "WalletExistsError",
    "WalletFileError",
    "WalletLockedError",
    "WalletNotFoundError",
    "WalletVersionError",
    "WordCountError",
    "WrongPassphraseError",
]


class HolderError(Exception):
    """Root of every error that the wallet raises about what it was given."""


class RecoveryPhraseError(HolderError):
    """Root of what can be wrong with a recovery phrase. The phrase is never repeated."""


class WordCountError(RecoveryPhraseError):
    """The phrase does not have 24 words.

    Args:
        count: how many it has.
        expected: how many it should have.
    """

    def __init__(self, count: int, expected: int) -> None:
        super().__init__(f"the recovery phrase has {count} words, not {expected}")
        self.count = count
        self.expected = expected


class UnknownWordError(RecoveryPhraseError):
    """A word is not in the list of 2,048 words.

    Args:
        position: which word, counted from 1.
    """

    def __init__(self, position: int) -> None:
        super().__init__(f"word {position} of the recovery phrase is not in the word list")
        self.position = position


class PhraseChecksumError(RecoveryPhraseError):
    """Every word exists, but together they are no phrase: one is wrong, or two are swapped."""

    def __init__(self) -> None:
        super().__init__("the words are known, but one of them is wrong or two are in the wrong order")


class WalletFileError(HolderError):
    """Root of what can go wrong with a wallet file."""


class WalletNotFoundError(WalletFileError):
    """There is no wallet file at this place."""

    def __init__(self) -> None:
        super().__init__("there is no wallet file here")


class WalletExistsError(WalletFileError):
    """There is a file already where a new wallet should go; it is left as it is."""

    def __init__(self) -> None:
        super().__init__("there is a file here already; it was left as it is")


class WalletLockedError(WalletFileError):
    """Another program has the wallet open for writing."""

    def __init__(self) -> None:
        super().__init__("the wallet is open in another program")


class WrongPassphraseError(WalletFileError):
    """The passphrase is not the one the wallet was closed with."""

    def __init__(self) -> None:
        super().__init__("the passphrase is not the one of this wallet")


class EmptyPassphraseError(WalletFileError):
    """A wallet needs a passphrase."""

    def __init__(self) -> None:
        super().__init__("a wallet needs a passphrase")


class WalletVersionError(WalletFileError):
    """The file is whole, but of a format version that this program does not read.

    Args:
        version: the file's version.
    """

    def __init__(self, version: int) -> None:
        super().__init__(f"the wallet file has format version {version}, which this program does not read")
        self.version = version


class WalletDamage(StrEnum):
    """In which part of a wallet file the damage is."""

    NOT_A_WALLET = "not_a_wallet"
    """It does not begin as a wallet file does."""
    TRUNCATED = "truncated"
    """It is shorter than the smallest wallet."""
    TOO_LARGE = "too_large"
    """It is larger than any wallet."""
    HEADER = "header"
    """The header does not match its own checksum."""
    PARAMETERS = "parameters"
    """The header asks for a key derivation that is out of bounds, such as all the memory of the machine."""
    CONTENT = "content"
    """The passphrase is right, but the encrypted content was changed or cut off."""


class DamagedWalletError(WalletFileError):
    """The file is not a wallet, or is no longer what was written. It is left as it is.

    Args:
        damage: which part.
    """

    def __init__(self, damage: WalletDamage) -> None:
        super().__init__(f"the wallet file is damaged: {damage.value}")
        self.damage = damage


class ConsentFormatError(HolderError):
    """A stored consent log does not have the shape of one.

    Args:
        member: the member that is missing, unknown or of the wrong type.
    """

    def __init__(self, member: str) -> None:
        super().__init__(f"the consent log's member {member} is missing, unknown or of the wrong type")
        self.member = member
