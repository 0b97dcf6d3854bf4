# SPDX-License-Identifier: EUPL-1.2
"""The encrypted wallet file: octets in, octets out, and either the old file or the new one on disk, never half of one.

Layout, integers big-endian:

    offset  length
    0       8       "STUIVERW"
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
        info each. So the header is authenticated: whoever changes any of it changes both, and opens nothing. It needs
        no associated data, which secretbox does not have.
    (3) Secretbox refuses a wrong key and a changed ciphertext in the same way. The key check value tells them apart: it
        is compared first, in constant time. If it differs, the passphrase is wrong; if it agrees and secretbox still
        refuses, the content is damaged. It gives a guesser nothing that the ciphertext's own tag does not give, and as
        an HKDF output beside the file key it says nothing about that key.
    (4) A changed header would also look like a wrong passphrase, which would send a citizen with a failing disk looking
        for another passphrase. Hence the plain checksum, which tells accidental damage. Whoever forges it on purpose
        gets (2).
    (5) Parameters are read from the file before anything is authenticated, so they are bounded: a hostile file cannot
        ask for more memory or time than libsodium's ``SENSITIVE``, nor for less than ``INTERACTIVE``.

It does not protect against somebody who puts an older copy of the same wallet back, nor while the wallet is open.

Writing is atomic: a new file (mode 0600) in the same folder, ``fsync``, rename, ``fsync`` of the folder. A lock on a
file beside the wallet, ``<name>.lock``, keeps a second writer out; it is left in place, because deleting it would
race. Readers need no lock. POSIX only.
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
from typing import Self

import nacl.exceptions
import nacl.pwhash
import nacl.utils
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.secret import SecretBox

from holder.atomic import create_file, replace_file
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

__all__ = ["MAX_FILE_LENGTH", "KeyWork", "WalletFile", "read_wallet"]

MAX_FILE_LENGTH = 64 * 2**20
"""Largest wallet file, in octets."""

_MAGIC = b"STUIVERW"
_VERSION = 1
_ARGON2ID = 1
_FIXED = struct.Struct(">8sHHIQ16s")
_CHECK_END = _FIXED.size + 32
_BOX_START = _CHECK_END + 32
_SMALLEST = _BOX_START + SecretBox.NONCE_SIZE + SecretBox.MACBYTES
_OPERATIONS = range(nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE, nacl.pwhash.argon2id.OPSLIMIT_SENSITIVE + 1)
_MEMORY = range(nacl.pwhash.argon2id.MEMLIMIT_INTERACTIVE, nacl.pwhash.argon2id.MEMLIMIT_SENSITIVE + 1)


class KeyWork(Enum):
    """How much work a guess of the passphrase takes: Argon2id operations and octets of memory."""

    INTERACTIVE = (nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE, nacl.pwhash.argon2id.MEMLIMIT_INTERACTIVE)
    """64 MiB; for tests and small devices."""
    MODERATE = (nacl.pwhash.argon2id.OPSLIMIT_MODERATE, nacl.pwhash.argon2id.MEMLIMIT_MODERATE)
    """256 MiB; the default."""
    SENSITIVE = (nacl.pwhash.argon2id.OPSLIMIT_SENSITIVE, nacl.pwhash.argon2id.MEMLIMIT_SENSITIVE)
    """1 GiB."""


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
    def parse(cls, unverified: bytes) -> tuple[Self, bytes]:
        """Read the header of a whole file; also returns its key check value. Steps (4) and (5)."""
        if not unverified.startswith(_MAGIC):
            cut_off = len(unverified) < len(_MAGIC) and _MAGIC.startswith(unverified)
            raise DamagedWalletError(WalletDamage.TRUNCATED if cut_off else WalletDamage.NOT_A_WALLET)
        if len(unverified) < _SMALLEST:
            raise DamagedWalletError(WalletDamage.TRUNCATED)
        if len(unverified) > MAX_FILE_LENGTH:
            raise DamagedWalletError(WalletDamage.TOO_LARGE)
        if hashlib.sha256(unverified[:_CHECK_END]).digest() != unverified[_CHECK_END:_BOX_START]:
            raise DamagedWalletError(WalletDamage.HEADER)
        _, version, derivation, operations, memory, salt = _FIXED.unpack_from(unverified)
        if version != _VERSION:
            raise WalletVersionError(version)
        if derivation != _ARGON2ID or operations not in _OPERATIONS or memory not in _MEMORY:
            raise DamagedWalletError(WalletDamage.PARAMETERS)
        return cls(operations, memory, salt), unverified[_FIXED.size : _CHECK_END]

    def fixed_part(self) -> bytes:
        return _FIXED.pack(_MAGIC, _VERSION, _ARGON2ID, self.operations, self.memory, self.salt)

    def encode(self, check: bytes) -> bytes:
        head = self.fixed_part() + check
        return head + hashlib.sha256(head).digest()


@dataclass(frozen=True, slots=True)
class _Keys:
    """What a passphrase and a header give. Steps (1) and (2)."""

    file_key: bytes = field(repr=False)
    check: bytes = field(repr=False)

    @classmethod
    def derive(cls, passphrase: str, header: _Header) -> Self:
        password = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
        if not password:
            raise EmptyPassphraseError
        root = nacl.pwhash.argon2id.kdf(32, password, header.salt, opslimit=header.operations, memlimit=header.memory)
        salt = hashlib.sha256(header.fixed_part()).digest()

        def expand(info: bytes) -> bytes:
            return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(root)

        return cls(expand(b"stuiver wallet file v1: file key"), expand(b"stuiver wallet file v1: key check value"))


def read_wallet(path: Path, passphrase: str) -> bytes:
    """Read a wallet's payload without opening it for writing; works while another program has it open.

    Raises:
        WalletNotFoundError: if there is no file.
        DamagedWalletError: with the part that is damaged.
        WalletVersionError: for a newer format.
        WrongPassphraseError: if everything else is in order.
        EmptyPassphraseError: for no passphrase at all.
    """
    return _decrypt(_read(path), passphrase)[2]


class WalletFile:
    """A wallet open for writing. Use as a context manager, or call ``close``; the lock is held until then.

    The payload's octets are the caller's; nothing here looks into them.
    """

    __slots__ = ("_header", "_keys", "_lock", "_path", "_payload")

    def __init__(self, path: Path, lock: int, header: _Header, keys: _Keys, payload: bytes) -> None:
        self._path = path
        self._lock: int | None = lock
        self._header = header
        self._keys = keys
        self._payload = payload

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
        path = path.resolve()
        lock = _acquire(path)
        try:
            if os.path.lexists(path):
                raise WalletExistsError
            header = _Header.new(work)
            keys = _Keys.derive(passphrase, header)
            create_file(path, _encrypt(header, keys, payload))
        except BaseException:
            os.close(lock)
            raise
        return cls(path, lock, header, keys, payload)

    @classmethod
    def open(cls, path: Path, passphrase: str) -> Self:
        """Open an existing wallet for writing.

        Raises:
            WalletLockedError: if another program has it open; else as ``read_wallet``.
        """
        path = path.resolve()
        if not path.is_file():  # before the lock, which would leave a lock file in a wrong place
            raise WalletNotFoundError
        lock = _acquire(path)
        try:
            header, keys, payload = _decrypt(_read(path), passphrase)
        except BaseException:
            os.close(lock)
            raise
        return cls(path, lock, header, keys, payload)

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
            EmptyPassphraseError: for no passphrase at all.
            OSError: if the file cannot be written; the old passphrase then stays.
        """
        header = _Header.new(work)
        self._write(header, _Keys.derive(passphrase, header), self._payload)

    def close(self) -> None:
        """Release the lock. A closed wallet cannot be saved."""
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
        return f"WalletFile({'open' if self._lock is not None else 'closed'})"

    def _write(self, header: _Header, keys: _Keys, payload: bytes) -> None:
        if self._lock is None:
            raise RuntimeError("the wallet file is closed")
        replace_file(self._path, _encrypt(header, keys, payload))
        self._header, self._keys, self._payload = header, keys, payload


def _encrypt(header: _Header, keys: _Keys, payload: bytes) -> bytes:
    content = header.encode(keys.check) + bytes(SecretBox(keys.file_key).encrypt(payload))
    if len(content) > MAX_FILE_LENGTH:
        raise ValueError("the payload is larger than a wallet file may be")
    return content


def _decrypt(unverified: bytes, passphrase: str) -> tuple[_Header, _Keys, bytes]:
    header, check = _Header.parse(unverified)
    keys = _Keys.derive(passphrase, header)
    if not hmac.compare_digest(keys.check, check):  # step (3)
        raise WrongPassphraseError
    try:
        payload = SecretBox(keys.file_key).decrypt(unverified[_BOX_START:])
    except nacl.exceptions.CryptoError:
        raise DamagedWalletError(WalletDamage.CONTENT) from None
    return header, keys, payload


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_LENGTH + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise WalletNotFoundError from None


def _acquire(path: Path) -> int:
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise WalletLockedError from None
        raise
    return descriptor
