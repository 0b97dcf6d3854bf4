# SPDX-License-Identifier: EUPL-1.2
"""The wallet file: a sealed file of its own kind, whose troubles have the wallet's own errors.

How sealed files survive crashes, damage and hostile headers is tested in ``tests/unit/ssi/test_sealed_file.py``.
"""

import hashlib
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from holder.errors import (
    DamagedWalletError,
    EmptyPassphraseError,
    HolderError,
    WalletDamage,
    WalletExistsError,
    WalletLockedError,
    WalletNotFoundError,
    WalletVersionError,
    WrongPassphraseError,
)
from holder.wallet_file import MAX_FILE_LENGTH, KeyWork, WalletFile, read_wallet
from ssi.sealed_errors import FileDamage

PASSPHRASE = "three bicycles and a bench"
PAYLOAD = b'{"owner": "Amira", "accounts": []}'
HEADER_LENGTH = 104
CHECKED_LENGTH = 72


@pytest.fixture(scope="module")
def octets(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    made = tmp_path_factory.mktemp("made") / "amira.wallet"
    WalletFile.create(made, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()
    return made.read_bytes()


@pytest.fixture
def path(tmp_path: Path, octets: bytes) -> Path:
    made = tmp_path / "amira.wallet"
    made.write_bytes(octets)
    return made


def with_header(content: bytes, offset: int, value: bytes) -> bytes:
    """The file with a changed header and a checksum that fits: what an attacker can do."""
    head = content[:offset] + value + content[offset + len(value) : CHECKED_LENGTH]
    return head + hashlib.sha256(head).digest() + content[HEADER_LENGTH:]


def test_gives_back_what_was_saved(path: Path) -> None:
    with WalletFile.open(path, PASSPHRASE) as wallet:
        assert wallet.payload == PAYLOAD
        wallet.save(b"second")
        assert wallet.payload == b"second"
        assert read_wallet(path, PASSPHRASE) == b"second"
    assert path.read_bytes().startswith(b"STUIVERW")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_wrong_passphrase_is_a_wrong_passphrase(path: Path) -> None:
    for attempt in (read_wallet, WalletFile.open):
        with pytest.raises(WrongPassphraseError):
            attempt(path, "x")


def test_refuses_no_passphrase(path: Path, tmp_path: Path) -> None:
    with pytest.raises(EmptyPassphraseError):
        WalletFile.create(tmp_path / "new", "", PAYLOAD)
    with pytest.raises(EmptyPassphraseError):
        read_wallet(path, "")
    with WalletFile.open(path, PASSPHRASE) as wallet, pytest.raises(EmptyPassphraseError):
        wallet.change_passphrase("")
    assert read_wallet(path, PASSPHRASE) == PAYLOAD


@pytest.mark.parametrize(
    ("change", "damage"),
    [
        (lambda c: c[:5], WalletDamage.TRUNCATED),
        (lambda c: b"PK\x03\x04" + c, WalletDamage.NOT_A_WALLET),
        (lambda c: c + bytes(MAX_FILE_LENGTH), WalletDamage.TOO_LARGE),
        (lambda c: c[:30] + bytes(1) + c[31:], WalletDamage.HEADER),
        (lambda c: with_header(c, 16, b"\xff" * 8), WalletDamage.PARAMETERS),
        (lambda c: c[:-1], WalletDamage.CONTENT),
    ],
)
def test_says_what_is_damaged(path: Path, change: Callable[[bytes], bytes], damage: WalletDamage) -> None:
    damaged = change(path.read_bytes())
    path.write_bytes(damaged)
    for attempt in (read_wallet, WalletFile.open):
        with pytest.raises(DamagedWalletError) as refused:
            attempt(path, PASSPHRASE)
        assert refused.value.damage is damage
    assert path.read_bytes() == damaged


def test_has_a_word_for_every_damage() -> None:
    assert len(WalletDamage) == len(FileDamage)


def test_names_a_newer_version(path: Path) -> None:
    path.write_bytes(with_header(path.read_bytes(), 8, b"\x00\x02"))
    with pytest.raises(WalletVersionError) as refused:
        read_wallet(path, PASSPHRASE)
    assert refused.value.version == 2


def test_no_wallet_is_not_found(tmp_path: Path) -> None:
    for attempt in (read_wallet, WalletFile.open):
        with pytest.raises(WalletNotFoundError):
            attempt(tmp_path / "none", PASSPHRASE)


def test_creating_never_replaces_what_is_there(path: Path) -> None:
    with pytest.raises(WalletExistsError):
        WalletFile.create(path, "another passphrase", b"new", work=KeyWork.INTERACTIVE)
    assert read_wallet(path, PASSPHRASE) == PAYLOAD


def test_only_one_program_writes(path: Path) -> None:
    with WalletFile.open(path, PASSPHRASE), pytest.raises(WalletLockedError):
        WalletFile.open(path, PASSPHRASE)
    WalletFile.open(path, PASSPHRASE).close()


def test_a_closed_wallet_is_not_saved(path: Path) -> None:
    wallet = WalletFile.open(path, PASSPHRASE)
    wallet.close()
    with pytest.raises(RuntimeError, match="closed"):
        wallet.save(b"late")


def test_changes_the_passphrase(path: Path) -> None:
    with WalletFile.open(path, PASSPHRASE) as wallet:
        wallet.change_passphrase("new words", work=KeyWork.INTERACTIVE)
    assert read_wallet(path, "new words") == PAYLOAD


def test_nothing_shows_a_secret(path: Path) -> None:
    with WalletFile.open(path, PASSPHRASE) as wallet:
        assert repr(wallet) == "WalletFile(open)"
    with pytest.raises(HolderError) as refused:
        read_wallet(path, "my secret guess")
    assert "guess" not in str(refused.value)
    assert str(path) not in str(refused.value)
