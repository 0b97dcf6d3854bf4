# SPDX-License-Identifier: EUPL-1.2
"""The wallet's contents in their encrypted file.

Invariants:
    * ``save`` returns only when the contents are on disk; what it replaces stays whole until then.
    * A consent log can only grow: contents that would drop or change an entry are refused.
"""

from pathlib import Path
from types import TracebackType
from typing import Self

from holder.model import WalletContents
from holder.wallet_file import KeyWork, WalletFile

__all__ = ["WalletStore"]


class WalletStore:
    """One wallet file, open for writing. Use as a context manager, or call ``close``."""

    __slots__ = ("_contents", "_file")

    def __init__(self, file: WalletFile, contents: WalletContents) -> None:
        self._file = file
        self._contents = contents

    @classmethod
    def create(cls, path: Path, passphrase: str, contents: WalletContents, *, work: KeyWork = KeyWork.MODERATE) -> Self:
        """Write a new wallet; WalletFileError as ``WalletFile.create``, never in place of another file."""
        return cls(WalletFile.create(path, passphrase, contents.to_octets(), work=work), contents)

    @classmethod
    def open(cls, path: Path, passphrase: str) -> Self:
        """Open a wallet.

        Raises:
            WalletFileError: as ``WalletFile.open``.
            WalletContentsError: it was decrypted, but is not a wallet's contents.
        """
        file = WalletFile.open(path, passphrase)
        try:
            return cls(file, WalletContents.from_octets(file.payload))
        except BaseException:
            file.close()
            raise

    @property
    def contents(self) -> WalletContents:
        """What was read or last saved."""
        return self._contents

    def save(self, contents: WalletContents) -> None:
        """Replace the contents on disk; OSError, and then nothing has changed."""
        if not contents.consents.is_continuation_of(self._contents.consents):
            raise RuntimeError("the consent log only grows")
        self._file.save(contents.to_octets())
        self._contents = contents

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
