# SPDX-License-Identifier: EUPL-1.2
"""The encrypted wallet file: a sealed file (``ssi.sealed_file``, which has the layout and the argument) of kind wallet.

What is here is the kind, and the wallet's own words for what can go wrong: everything raised is a ``HolderError``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from holder.errors import (
    DamagedWalletError,
    EmptyPassphraseError,
    WalletDamage,
    WalletExistsError,
    WalletLockedError,
    WalletNotFoundError,
    WalletVersionError,
    WrongPassphraseError,
)
from ssi.sealed_errors import (
    DamagedFileError,
    FileDamage,
    NoPassphraseError,
    SealedFileExistsError,
    SealedFileLockedError,
    SealedFileMissingError,
    SealedFileVersionError,
    WrongFilePassphraseError,
)
from ssi.sealed_file import MAX_FILE_LENGTH, KeyWork, SealedFile, SealedKind, read_sealed

__all__ = ["MAX_FILE_LENGTH", "KeyWork", "WalletFile", "read_wallet"]

_WALLET: Final = SealedKind(b"STUIVERW", "stuiver wallet file v1")
_DAMAGE: Final = {
    FileDamage.ANOTHER_KIND: WalletDamage.NOT_A_WALLET,
    FileDamage.TRUNCATED: WalletDamage.TRUNCATED,
    FileDamage.TOO_LARGE: WalletDamage.TOO_LARGE,
    FileDamage.HEADER: WalletDamage.HEADER,
    FileDamage.PARAMETERS: WalletDamage.PARAMETERS,
    FileDamage.CONTENT: WalletDamage.CONTENT,
}


def read_wallet(path: Path, passphrase: str) -> bytes:
    """Read a wallet's payload without opening it for writing; works while another program has it open.

    Raises:
        WalletNotFoundError: if there is no file.
        DamagedWalletError: with the part that is damaged.
        WalletVersionError: for a newer format.
        WrongPassphraseError: if everything else is in order.
        EmptyPassphraseError: for no passphrase at all.
    """
    with _wallet_errors():
        return read_sealed(path, passphrase, _WALLET)


class WalletFile:
    """A wallet open for writing. Use as a context manager, or call ``close``; the lock is held until then.

    The payload's octets are the caller's; nothing here looks into them.
    """

    __slots__ = ("_file",)

    def __init__(self, file: SealedFile) -> None:
        self._file = file

    @classmethod
    def create(cls, path: Path, passphrase: str, payload: bytes, *, work: KeyWork = KeyWork.MODERATE) -> Self:
        """Write a new wallet.

        Args:
            path: where; its folder must exist.
            passphrase: any text but the empty one.
            payload: at most ``MAX_FILE_LENGTH`` less 144 octets.
            work: what a guess of the passphrase shall cost.
        Raises:
            WalletExistsError: if there is anything at this path; it is left as it is.
            WalletLockedError: if another program is creating it.
            EmptyPassphraseError: for no passphrase at all.
        """
        with _wallet_errors():
            return cls(SealedFile.create(path, passphrase, payload, _WALLET, work=work))

    @classmethod
    def open(cls, path: Path, passphrase: str) -> Self:
        """Open an existing wallet for writing.

        Raises:
            WalletLockedError: if another program has it open; else as ``read_wallet``.
        """
        with _wallet_errors():
            return cls(SealedFile.open(path, passphrase, _WALLET))

    @property
    def payload(self) -> bytes:
        """What was read or last saved."""
        return self._file.payload

    def save(self, payload: bytes) -> None:
        """Replace the payload, under a fresh nonce. If this fails, the file is whole and holds the old one, or the new
        one if it was only the last step, flushing the folder, that failed.

        Raises:
            OSError: if the file cannot be written.
        """
        self._file.save(payload)

    def change_passphrase(self, passphrase: str, *, work: KeyWork = KeyWork.MODERATE) -> None:
        """Encrypt the payload anew, under another passphrase, salt and amount of work.

        Raises:
            EmptyPassphraseError: for no passphrase at all.
            OSError: if the file cannot be written; the old passphrase then stays.
        """
        with _wallet_errors():
            self._file.change_passphrase(passphrase, work=work)

    def close(self) -> None:
        """Release the lock. A closed wallet cannot be saved."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self._file).replace("SealedFile", type(self).__name__)


@contextmanager
def _wallet_errors() -> Iterator[None]:
    """The core's errors about sealed files in the wallet's words."""
    try:
        yield
    except SealedFileMissingError:
        raise WalletNotFoundError from None
    except SealedFileExistsError:
        raise WalletExistsError from None
    except SealedFileLockedError:
        raise WalletLockedError from None
    except WrongFilePassphraseError:
        raise WrongPassphraseError from None
    except NoPassphraseError:
        raise EmptyPassphraseError from None
    except SealedFileVersionError as error:
        raise WalletVersionError(error.version) from None
    except DamagedFileError as error:
        raise DamagedWalletError(_DAMAGE[error.damage]) from None
