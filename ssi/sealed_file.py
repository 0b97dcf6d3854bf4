# SPDX-License-Identifier: EUPL-1.2
"""Sealed files: octets under a passphrase, and either the old file or the new one on disk, never half of one.

The citizen's wallet and the validator's keys are such files. The mechanism is in the core because ``holder`` and
``issuer`` may not import each other and a second copy of a cipher's envelope would be one too many. It is no store: it
never looks into what it keeps, and a file on the machine's own disk is all that it touches; the core still knows no
database, chain or network.

Layout, integers big-endian:

    offset  length
    0       8       the kind's magic, such as "STUIVERW"
    8       2       format version: 1
    10      2       key derivation: 1 = Argon2id 1.3 of libsodium
    12      4       Argon2id operations
    16      8       Argon2id memory, octets
    24      16      Argon2id salt
    40      32      key check value
    72      32      SHA-256 of octets 0 to 71
    104     24      nonce
    128     16 + n  XSalsa20-Poly1305 (libsodium's secretbox) of the payload, n octets

How it holds together:

    (1) root = Argon2id(passphrase in NFKC and UTF-8, salt, operations, memory), 32 octets.
    (2) The *file key* and the *key check value* are HKDF-SHA-256 of the root with salt = SHA-256(octets 0 to 39) and an
        info each, which names the kind of file. So the header is authenticated: whoever changes any of it changes both,
        and opens nothing. It needs no associated data, which secretbox does not have.
    (3) Secretbox refuses a wrong key and a changed ciphertext in the same way. The key check value tells them apart: it
        is compared first, in constant time. If it differs, the passphrase is wrong; if it agrees and secretbox still
        refuses, the content is damaged. It gives a guesser nothing that the ciphertext's own tag does not give, and as
        an HKDF output beside the file key it says nothing about that key.
    (4) A changed header would also look like a wrong passphrase, which would send a person with a failing disk looking
        for another passphrase. Hence the plain checksum, which tells accidental damage. Whoever forges it on purpose
        gets (2).
    (5) Parameters are read from the file before anything is authenticated, so they are bounded: a hostile file cannot
        ask for more memory or time than libsodium's ``SENSITIVE``, nor for less than ``INTERACTIVE``.

It does not protect against somebody who puts an older copy of the same file back, nor while the file is open.

Writing is atomic (``ssi.atomic_file``). A lock on a file beside it, ``<name>.lock``, keeps a second writer out; it is
left in place, because deleting it would race. Readers need no lock. POSIX only.
"""

import fcntl
import hashlib
import hmac
import os
import struct
import unicodedata
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import nacl.exceptions
import nacl.pwhash
import nacl.utils
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.secret import SecretBox

from ssi.atomic_file import create_file, replace_file
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

__all__ = ["MAX_FILE_LENGTH", "KeyWork", "SealedFile", "SealedKind", "read_sealed"]

MAX_FILE_LENGTH: Final = 64 * 2**20
"""Largest sealed file, in octets."""

_MAGIC_LENGTH: Final = 8
_VERSION: Final = 1
_ARGON2ID: Final = 1
_FIXED: Final = struct.Struct(">8sHHIQ16s")
_CHECK_END: Final = _FIXED.size + 32
_BOX_START: Final = _CHECK_END + 32
_SMALLEST: Final = _BOX_START + SecretBox.NONCE_SIZE + SecretBox.MACBYTES
_OPERATIONS: Final = range(nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE, nacl.pwhash.argon2id.OPSLIMIT_SENSITIVE + 1)
_MEMORY: Final = range(nacl.pwhash.argon2id.MEMLIMIT_INTERACTIVE, nacl.pwhash.argon2id.MEMLIMIT_SENSITIVE + 1)


class KeyWork(Enum):
    """How much work a guess of the passphrase takes: Argon2id operations and octets of memory."""

    INTERACTIVE = (nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE, nacl.pwhash.argon2id.MEMLIMIT_INTERACTIVE)
    """64 MiB; for tests and small devices."""
    MODERATE = (nacl.pwhash.argon2id.OPSLIMIT_MODERATE, nacl.pwhash.argon2id.MEMLIMIT_MODERATE)
    """256 MiB; the default."""
    SENSITIVE = (nacl.pwhash.argon2id.OPSLIMIT_SENSITIVE, nacl.pwhash.argon2id.MEMLIMIT_SENSITIVE)
    """1 GiB."""


@dataclass(frozen=True, slots=True)
class SealedKind:
    """What a sealed file is for; a file of one kind does not open as another.

    Args:
        magic: the 8 octets that it begins with.
        label: goes into both key derivations, for example ``stuiver wallet file v1``.
    """

    magic: bytes
    label: str

    def __post_init__(self) -> None:
        if len(self.magic) != _MAGIC_LENGTH or not self.label:
            raise ValueError("a kind of sealed file has a magic of 8 octets and a label")


@dataclass(frozen=True, slots=True)
class _Header:
    """Octets 0 to 103 of a file."""

    operations: int
    memory: int
    salt: bytes

    @classmethod
    def new(cls, work: KeyWork) -> Self:
        operations, memory = work.value
        return cls(operations, memory, nacl.utils.random(nacl.pwhash.argon2id.SALTBYTES))

    @classmethod
    def parse(cls, unverified: bytes, kind: SealedKind) -> tuple[Self, bytes]:
        """Read the header of a whole file; also returns its key check value. Steps (4) and (5)."""
        if not unverified.startswith(kind.magic):
            cut_off = len(unverified) < _MAGIC_LENGTH and kind.magic.startswith(unverified)
            raise DamagedFileError(FileDamage.TRUNCATED if cut_off else FileDamage.ANOTHER_KIND)
        if len(unverified) < _SMALLEST:
            raise DamagedFileError(FileDamage.TRUNCATED)
        if len(unverified) > MAX_FILE_LENGTH:
            raise DamagedFileError(FileDamage.TOO_LARGE)
        if hashlib.sha256(unverified[:_CHECK_END]).digest() != unverified[_CHECK_END:_BOX_START]:
            raise DamagedFileError(FileDamage.HEADER)
        _, version, derivation, operations, memory, salt = _FIXED.unpack_from(unverified)
        if version != _VERSION:
            raise SealedFileVersionError(version)
        if derivation != _ARGON2ID or operations not in _OPERATIONS or memory not in _MEMORY:
            raise DamagedFileError(FileDamage.PARAMETERS)
        return cls(operations, memory, salt), unverified[_FIXED.size : _CHECK_END]

    def fixed_part(self, kind: SealedKind) -> bytes:
        return _FIXED.pack(kind.magic, _VERSION, _ARGON2ID, self.operations, self.memory, self.salt)

    def encode(self, kind: SealedKind, check: bytes) -> bytes:
        head = self.fixed_part(kind) + check
        return head + hashlib.sha256(head).digest()


@dataclass(frozen=True, slots=True)
class _Keys:
    """What a passphrase and a header give. Steps (1) and (2)."""

    file_key: bytes = field(repr=False)
    check: bytes = field(repr=False)

    @classmethod
    def derive(cls, passphrase: str, header: _Header, kind: SealedKind) -> Self:
        password = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
        if not password:
            raise NoPassphraseError
        root = nacl.pwhash.argon2id.kdf(32, password, header.salt, opslimit=header.operations, memlimit=header.memory)
        salt = hashlib.sha256(header.fixed_part(kind)).digest()

        def expand(purpose: str) -> bytes:
            info = f"{kind.label}: {purpose}".encode()
            return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(root)

        return cls(expand("file key"), expand("key check value"))


def read_sealed(path: Path, passphrase: str, kind: SealedKind) -> bytes:
    """Read a file's payload without opening it for writing; works while another program has it open.

    Raises:
        SealedFileMissingError: if there is no file.
        DamagedFileError: with the part that is damaged.
        SealedFileVersionError: for a newer format.
        WrongFilePassphraseError: if everything else is in order.
        NoPassphraseError: for no passphrase at all.
    """
    return _decrypt(_read(path), passphrase, kind)[2]


class SealedFile:
    """A sealed file open for writing. Use as a context manager, or call ``close``; the lock is held until then.

    The payload's octets are the caller's; nothing here looks into them.
    """

    __slots__ = ("_header", "_keys", "_kind", "_lock", "_path", "_payload")

    def __init__(self, path: Path, lock: int, kind: SealedKind, header: _Header, keys: _Keys, payload: bytes) -> None:
        self._path = path
        self._lock: int | None = lock
        self._kind = kind
        self._header = header
        self._keys = keys
        self._payload = payload

    @classmethod
    def create(
        cls, path: Path, passphrase: str, payload: bytes, kind: SealedKind, *, work: KeyWork = KeyWork.MODERATE
    ) -> Self:
        """Write a new file.

        Args:
            path: where; its folder must exist.
            passphrase: any text but the empty one.
            payload: at most ``MAX_FILE_LENGTH`` less 144 octets.
            kind: what the file is for.
            work: what a guess of the passphrase shall cost.
        Raises:
            SealedFileExistsError: if there is anything at this path; it is left as it is.
            SealedFileLockedError: if another program is creating it.
            NoPassphraseError: for no passphrase at all.
        """
        path = path.resolve()
        lock = _acquire(path)
        try:
            if os.path.lexists(path):
                raise SealedFileExistsError
            header = _Header.new(work)
            keys = _Keys.derive(passphrase, header, kind)
            try:
                create_file(path, _encrypt(kind, header, keys, payload))
            except FileExistsError:
                raise SealedFileExistsError from None
        except BaseException:
            os.close(lock)
            raise
        return cls(path, lock, kind, header, keys, payload)

    @classmethod
    def open(cls, path: Path, passphrase: str, kind: SealedKind) -> Self:
        """Open an existing file for writing.

        Raises:
            SealedFileLockedError: if another program has it open; else as ``read_sealed``.
        """
        path = path.resolve()
        if not path.is_file():  # before the lock, which would leave a lock file in a wrong place
            raise SealedFileMissingError
        lock = _acquire(path)
        try:
            header, keys, payload = _decrypt(_read(path), passphrase, kind)
        except BaseException:
            os.close(lock)
            raise
        return cls(path, lock, kind, header, keys, payload)

    @property
    def payload(self) -> bytes:
        """What was read or last saved."""
        return self._payload

    def save(self, payload: bytes) -> None:
        """Replace the payload, under a fresh nonce. If this fails, the file is whole and holds the old one, or the new
        one if it was only the last step, flushing the folder, that failed.

        Raises:
            OSError: if the file cannot be written.
        """
        self._write(self._header, self._keys, payload)

    def change_passphrase(self, passphrase: str, *, work: KeyWork = KeyWork.MODERATE) -> None:
        """Encrypt the payload anew, under another passphrase, salt and amount of work.

        Raises:
            NoPassphraseError: for no passphrase at all.
            OSError: if the file cannot be written; the old passphrase then stays.
        """
        header = _Header.new(work)
        self._write(header, _Keys.derive(passphrase, header, self._kind), self._payload)

    def close(self) -> None:
        """Release the lock. A closed file cannot be saved."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'open' if self._lock is not None else 'closed'})"

    def _write(self, header: _Header, keys: _Keys, payload: bytes) -> None:
        if self._lock is None:
            raise RuntimeError("the sealed file is closed")
        replace_file(self._path, _encrypt(self._kind, header, keys, payload))
        self._header, self._keys, self._payload = header, keys, payload


def _encrypt(kind: SealedKind, header: _Header, keys: _Keys, payload: bytes) -> bytes:
    content = header.encode(kind, keys.check) + bytes(SecretBox(keys.file_key).encrypt(payload))
    if len(content) > MAX_FILE_LENGTH:
        raise ValueError("the payload is larger than a sealed file may be")
    return content


def _decrypt(unverified: bytes, passphrase: str, kind: SealedKind) -> tuple[_Header, _Keys, bytes]:
    header, check = _Header.parse(unverified, kind)
    keys = _Keys.derive(passphrase, header, kind)
    if not hmac.compare_digest(keys.check, check):  # step (3)
        raise WrongFilePassphraseError
    try:
        payload = SecretBox(keys.file_key).decrypt(unverified[_BOX_START:])
    except nacl.exceptions.CryptoError:
        raise DamagedFileError(FileDamage.CONTENT) from None
    return header, keys, payload


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_LENGTH + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise SealedFileMissingError from None


def _acquire(path: Path) -> int:
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise SealedFileLockedError from None
        raise
    return descriptor
