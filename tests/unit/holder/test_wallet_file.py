# SPDX-License-Identifier: EUPL-1.2
"""The wallet file: each kind of trouble has its own error, and no trouble loses the wallet.

The files here use the smallest allowed key derivation; one test uses the default.
"""

import errno
import hashlib
import os
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nacl.pwhash
import pytest
from nacl.secret import SecretBox

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
    made.chmod(0o600)
    return made


def with_header(content: bytes, offset: int, value: bytes) -> bytes:
    """The file with a changed header and a checksum that fits: what an attacker can do."""
    head = content[:offset] + value + content[offset + len(value) : CHECKED_LENGTH]
    return head + hashlib.sha256(head).digest() + content[HEADER_LENGTH:]


def leftovers(path: Path) -> list[str]:
    return sorted(p.name for p in path.parent.iterdir() if p.name not in {path.name, f"{path.name}.lock"})


def test_gives_back_what_was_saved(path: Path) -> None:
    assert read_wallet(path, PASSPHRASE) == PAYLOAD
    with WalletFile.open(path, PASSPHRASE) as wallet:
        assert wallet.payload == PAYLOAD
        wallet.save(b"second")
        assert wallet.payload == b"second"
        assert read_wallet(path, PASSPHRASE) == b"second"
        wallet.save(b"")
    assert read_wallet(path, PASSPHRASE) == b""
    assert leftovers(path) == []


def test_nothing_readable_is_in_the_file(path: Path) -> None:
    content = path.read_bytes()
    assert b"Amira" not in content
    assert PASSPHRASE.encode() not in content
    assert len(content) == HEADER_LENGTH + SecretBox.NONCE_SIZE + SecretBox.MACBYTES + len(PAYLOAD)


def test_every_save_has_a_fresh_nonce_and_every_wallet_a_fresh_salt(path: Path, tmp_path: Path) -> None:
    first = path.read_bytes()
    with WalletFile.open(path, PASSPHRASE) as wallet:
        wallet.save(PAYLOAD)
    second = path.read_bytes()
    assert first[:HEADER_LENGTH] == second[:HEADER_LENGTH]
    assert first[HEADER_LENGTH : HEADER_LENGTH + 24] != second[HEADER_LENGTH : HEADER_LENGTH + 24]
    other = tmp_path / "bas.wallet"
    WalletFile.create(other, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()
    assert other.read_bytes()[24:CHECKED_LENGTH] != first[24:CHECKED_LENGTH]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "w"
    WalletFile.create(path, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with WalletFile.open(path, PASSPHRASE) as wallet:
        wallet.save(b"x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.with_name(path.name + ".lock").stat().st_mode) == 0o600


def test_the_default_is_moderate_work(tmp_path: Path) -> None:
    made = tmp_path / "default.wallet"
    WalletFile.create(made, PASSPHRASE, PAYLOAD).close()
    operations, memory = struct.unpack_from(">IQ", made.read_bytes(), 12)
    assert (operations, memory) == (nacl.pwhash.argon2id.OPSLIMIT_MODERATE, nacl.pwhash.argon2id.MEMLIMIT_MODERATE)
    assert read_wallet(made, PASSPHRASE) == PAYLOAD


@pytest.mark.parametrize("wrong", ["Three bicycles and a bench", PASSPHRASE + " ", "x"])
def test_a_wrong_passphrase_is_a_wrong_passphrase(path: Path, wrong: str) -> None:
    before = path.read_bytes()
    for attempt in (read_wallet, WalletFile.open):
        with pytest.raises(WrongPassphraseError):
            attempt(path, wrong)
    assert path.read_bytes() == before
    assert read_wallet(path, PASSPHRASE) == PAYLOAD


def test_a_passphrase_is_the_same_on_every_keyboard(tmp_path: Path) -> None:
    made = tmp_path / "w"
    WalletFile.create(made, "caf\u00e9", PAYLOAD, work=KeyWork.INTERACTIVE).close()
    assert read_wallet(made, "cafe\u0301") == PAYLOAD


def test_refuses_no_passphrase(path: Path, tmp_path: Path) -> None:
    with pytest.raises(EmptyPassphraseError):
        WalletFile.create(tmp_path / "new", "", PAYLOAD)
    assert not (tmp_path / "new").exists()
    with pytest.raises(EmptyPassphraseError):
        read_wallet(path, "")


@pytest.mark.parametrize("offset", range(HEADER_LENGTH))
def test_a_flipped_bit_in_the_header_is_damage(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    for bit in (0, 7):
        content[offset] ^= 1 << bit
        path.write_bytes(content)
        with pytest.raises(DamagedWalletError) as refused:
            read_wallet(path, PASSPHRASE)
        assert refused.value.damage is (WalletDamage.NOT_A_WALLET if offset < 8 else WalletDamage.HEADER)
        content[offset] ^= 1 << bit


@pytest.mark.parametrize("offset", [0, 23, 24, 39, 40, -1])
def test_a_flipped_bit_in_the_content_is_damage_and_not_a_wrong_passphrase(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset if offset < 0 else HEADER_LENGTH + offset] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedWalletError) as refused:
        read_wallet(path, PASSPHRASE)
    assert refused.value.damage is WalletDamage.CONTENT
    with pytest.raises(WrongPassphraseError):
        read_wallet(path, "another")


@pytest.mark.parametrize(
    ("change", "damage"),
    [
        (lambda c: b"", WalletDamage.TRUNCATED),
        (lambda c: c[:5], WalletDamage.TRUNCATED),
        (lambda c: c[:8], WalletDamage.TRUNCATED),
        (lambda c: c[:HEADER_LENGTH], WalletDamage.TRUNCATED),
        (lambda c: c[: HEADER_LENGTH + 39], WalletDamage.TRUNCATED),
        (lambda c: c[:-1], WalletDamage.CONTENT),
        (lambda c: c + b"\x00", WalletDamage.CONTENT),
        (lambda c: b"PK\x03\x04" + c, WalletDamage.NOT_A_WALLET),
        (lambda c: b'{"wallet": true}', WalletDamage.NOT_A_WALLET),
        (lambda c: bytes(len(c)), WalletDamage.NOT_A_WALLET),
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


def test_refuses_a_file_of_absurd_size(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(MAX_FILE_LENGTH + 10)
    with pytest.raises(DamagedWalletError) as refused:
        read_wallet(path, PASSPHRASE)
    assert refused.value.damage is WalletDamage.TOO_LARGE
    with (
        WalletFile.create(path.with_name("small"), PASSPHRASE, b"", work=KeyWork.INTERACTIVE) as wallet,
        pytest.raises(ValueError, match="larger"),
    ):
        wallet.save(bytes(MAX_FILE_LENGTH))


HOSTILE = {
    "a terabyte": (16, (2**40).to_bytes(8, "big")),
    "all memory": (16, b"\xff" * 8),
    "just above the bound": (16, (nacl.pwhash.argon2id.MEMLIMIT_SENSITIVE + 1).to_bytes(8, "big")),
    "almost no memory": (16, (8192).to_bytes(8, "big")),
    "no memory": (16, bytes(8)),
    "endless operations": (12, b"\xff" * 4),
    "one operation": (12, (1).to_bytes(4, "big")),
    "no operations": (12, bytes(4)),
    "another derivation": (10, b"\x00\x02"),
}


@pytest.mark.parametrize(("offset", "value"), HOSTILE.values(), ids=HOSTILE)
def test_refuses_absurd_parameters_before_deriving_anything(
    path: Path, monkeypatch: pytest.MonkeyPatch, offset: int, value: bytes
) -> None:
    path.write_bytes(with_header(path.read_bytes(), offset, value))

    def derived(*_: Any, **__: Any) -> bytes:
        raise AssertionError("derived a key with hostile parameters")

    monkeypatch.setattr(nacl.pwhash.argon2id, "kdf", derived)
    with pytest.raises(DamagedWalletError) as refused:
        read_wallet(path, PASSPHRASE)
    assert refused.value.damage is WalletDamage.PARAMETERS


@pytest.mark.parametrize(("offset", "value"), [(12, (3).to_bytes(4, "big")), (24, bytes(16)), (40, bytes(32))])
def test_a_forged_header_opens_nothing(path: Path, offset: int, value: bytes) -> None:
    path.write_bytes(with_header(path.read_bytes(), offset, value))
    with pytest.raises(WrongPassphraseError):
        read_wallet(path, PASSPHRASE)


def test_the_content_of_one_wallet_does_not_open_under_the_header_of_another(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "bas.wallet"
    WalletFile.create(other, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()
    path.write_bytes(other.read_bytes()[:HEADER_LENGTH] + path.read_bytes()[HEADER_LENGTH:])
    with pytest.raises(DamagedWalletError) as refused:
        read_wallet(path, PASSPHRASE)
    assert refused.value.damage is WalletDamage.CONTENT


def test_names_a_newer_version(path: Path) -> None:
    path.write_bytes(with_header(path.read_bytes(), 8, b"\x00\x02"))
    with pytest.raises(WalletVersionError) as refused:
        read_wallet(path, PASSPHRASE)
    assert refused.value.version == 2


def test_no_wallet_is_not_found_and_leaves_nothing_behind(tmp_path: Path) -> None:
    for attempt in (read_wallet, WalletFile.open):
        for missing in (tmp_path / "none", tmp_path / "no" / "folder", tmp_path):
            with pytest.raises(WalletNotFoundError):
                attempt(missing, PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["wallet", "other file", "empty file", "folder", "link to a wallet"])
def test_creating_never_replaces_what_is_there(path: Path, kind: str) -> None:
    target = path
    if kind == "other file":
        target = path.with_name("photo.jpg")
        target.write_bytes(b"a photo")
    elif kind == "empty file":
        target = path.with_name("empty")
        target.touch()
    elif kind == "folder":
        target = path.with_name("folder")
        target.mkdir()
    elif kind == "link to a wallet":
        (path.with_name("link")).symlink_to(path)
        target = path.with_name("link")
    before = path.read_bytes()
    with pytest.raises(WalletExistsError):
        WalletFile.create(target, "another passphrase", b"new", work=KeyWork.INTERACTIVE)
    assert path.read_bytes() == before
    assert kind != "other file" or target.read_bytes() == b"a photo"


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_appears_while_creating_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    target = tmp_path / "w"
    real_link = os.link

    def somebody_was_faster(source: Path, destination: Path) -> None:
        destination.write_bytes(b"theirs")
        if not has_links:
            raise OSError(errno.EPERM, "no hard links here")
        real_link(source, destination)

    monkeypatch.setattr(os, "link", somebody_was_faster)
    with pytest.raises(WalletExistsError):
        WalletFile.create(target, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE)
    assert target.read_bytes() == b"theirs"
    assert leftovers(target) == []


def test_creates_also_where_there_are_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: Path, destination: Path) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    target = tmp_path / "w"
    WalletFile.create(target, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()
    assert read_wallet(target, PASSPHRASE) == PAYLOAD
    assert leftovers(target) == []


class PowerCutError(OSError):
    """What a test raises where the power goes."""


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_crash_while_saving_leaves_the_old_wallet(path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def cut(*_: Any) -> None:
        raise PowerCutError

    before = path.read_bytes()
    with WalletFile.open(path, PASSPHRASE) as wallet:
        with monkeypatch.context() as patch:
            patch.setattr(os, call, cut)
            with pytest.raises(PowerCutError):
                wallet.save(b"never arrives")
        assert path.read_bytes() == before
        assert wallet.payload == PAYLOAD
        assert leftovers(path) == []
        wallet.save(b"arrives")
    assert read_wallet(path, PASSPHRASE) == b"arrives"


@pytest.mark.parametrize("call", ["link", "fsync"])
def test_a_crash_while_creating_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def cut(*_: Any) -> None:
        raise PowerCutError

    target = tmp_path / "w"
    with monkeypatch.context() as patch:
        patch.setattr(os, call, cut)
        with pytest.raises(PowerCutError):
            WalletFile.create(target, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE)
    assert not target.exists()
    assert leftovers(target) == []
    WalletFile.create(target, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()


def test_a_left_over_temporary_file_does_no_harm(path: Path) -> None:
    (path.with_name(f".{path.name}.abc.new")).write_bytes(b"half of a wal")
    assert read_wallet(path, PASSPHRASE) == PAYLOAD


def test_only_one_program_writes(path: Path, tmp_path: Path) -> None:
    with WalletFile.open(path, PASSPHRASE):
        with pytest.raises(WalletLockedError):
            WalletFile.open(path, PASSPHRASE)
        with pytest.raises(WalletLockedError):
            WalletFile.create(path, PASSPHRASE, b"")
        assert read_wallet(path, PASSPHRASE) == PAYLOAD
    WalletFile.open(path, PASSPHRASE).close()


@pytest.mark.parametrize("failure", ["passphrase", "damage"])
def test_a_failed_opening_releases_the_lock(path: Path, failure: str) -> None:
    good = path.read_bytes()
    if failure == "damage":
        path.write_bytes(good[:-1])
    with pytest.raises(HolderError):
        WalletFile.open(path, PASSPHRASE if failure == "damage" else "wrong")
    path.write_bytes(good)
    WalletFile.open(path, PASSPHRASE).close()


def test_a_closed_wallet_is_not_saved(path: Path) -> None:
    wallet = WalletFile.open(path, PASSPHRASE)
    wallet.close()
    wallet.close()
    with pytest.raises(RuntimeError, match="closed"):
        wallet.save(b"late")
    assert read_wallet(path, PASSPHRASE) == PAYLOAD


def test_changes_the_passphrase(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with WalletFile.open(path, PASSPHRASE) as wallet:
        salt = path.read_bytes()[24:40]
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(PowerCutError()))
            with pytest.raises(PowerCutError):
                wallet.change_passphrase("new words", work=KeyWork.INTERACTIVE)
        wallet.save(b"still under the old passphrase")
        assert read_wallet(path, PASSPHRASE) == b"still under the old passphrase"
        wallet.change_passphrase("new words", work=KeyWork.INTERACTIVE)
        assert path.read_bytes()[24:40] != salt
        wallet.save(b"under the new one")
    assert read_wallet(path, "new words") == b"under the new one"
    with pytest.raises(WrongPassphraseError):
        read_wallet(path, PASSPHRASE)


def test_a_link_to_a_wallet_stays_a_link(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    with WalletFile.open(link, PASSPHRASE) as wallet:
        wallet.save(b"through the link")
    assert link.is_symlink()
    assert read_wallet(path, PASSPHRASE) == b"through the link"


def test_nothing_shows_a_secret(path: Path) -> None:
    with WalletFile.open(path, PASSPHRASE) as wallet:
        assert repr(wallet) == "WalletFile(open)"
        shown = repr(wallet._keys)
        assert shown == "_Keys()"
    with pytest.raises(HolderError) as refused:
        read_wallet(path, "my secret guess")
    assert "guess" not in str(refused.value)
    assert str(path) not in str(refused.value)
