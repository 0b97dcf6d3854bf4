# SPDX-License-Identifier: EUPL-1.2
"""Sealed files: each kind of trouble has its own error, and no trouble loses the file.

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

from ssi.sealed_errors import (
    DamagedFileError,
    FileDamage,
    NoPassphraseError,
    SealedFileError,
    SealedFileExistsError,
    SealedFileLockedError,
    SealedFileMissingError,
    SealedFileVersionError,
    WrongFilePassphraseError,
)
from ssi.sealed_file import MAX_FILE_LENGTH, KeyWork, SealedFile, SealedKind, read_sealed

PASSPHRASE = "three bicycles and a bench"
PAYLOAD = b'{"owner": "Amira", "accounts": []}'
KIND = SealedKind(b"OFTESTS1", "a kind of the tests")
HEADER_LENGTH = 104
CHECKED_LENGTH = 72


def create(path: Path, passphrase: str, payload: bytes, *, work: KeyWork = KeyWork.MODERATE) -> SealedFile:
    return SealedFile.create(path, passphrase, payload, KIND, work=work)


def reopen(path: Path, passphrase: str) -> SealedFile:
    return SealedFile.open(path, passphrase, KIND)


def read(path: Path, passphrase: str) -> bytes:
    return read_sealed(path, passphrase, KIND)


@pytest.fixture(scope="module")
def octets(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    made = tmp_path_factory.mktemp("made") / "amira.keys"
    create(made, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()
    return made.read_bytes()


@pytest.fixture
def path(tmp_path: Path, octets: bytes) -> Path:
    made = tmp_path / "amira.keys"
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
    assert read(path, PASSPHRASE) == PAYLOAD
    with reopen(path, PASSPHRASE) as sealed:
        assert sealed.payload == PAYLOAD
        sealed.save(b"second")
        assert sealed.payload == b"second"
        assert read(path, PASSPHRASE) == b"second"
        sealed.save(b"")
    assert read(path, PASSPHRASE) == b""
    assert leftovers(path) == []


def test_nothing_readable_is_in_the_file(path: Path) -> None:
    content = path.read_bytes()
    assert b"Amira" not in content
    assert PASSPHRASE.encode() not in content
    assert len(content) == HEADER_LENGTH + SecretBox.NONCE_SIZE + SecretBox.MACBYTES + len(PAYLOAD)


def test_every_save_has_a_fresh_nonce_and_every_wallet_a_fresh_salt(path: Path, tmp_path: Path) -> None:
    first = path.read_bytes()
    with reopen(path, PASSPHRASE) as sealed:
        sealed.save(PAYLOAD)
    second = path.read_bytes()
    assert first[:HEADER_LENGTH] == second[:HEADER_LENGTH]
    assert first[HEADER_LENGTH : HEADER_LENGTH + 24] != second[HEADER_LENGTH : HEADER_LENGTH + 24]
    other = tmp_path / "bas.keys"
    create(other, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()
    assert other.read_bytes()[24:CHECKED_LENGTH] != first[24:CHECKED_LENGTH]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "w"
    create(path, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with reopen(path, PASSPHRASE) as sealed:
        sealed.save(b"x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.with_name(path.name + ".lock").stat().st_mode) == 0o600


def test_the_default_is_moderate_work(tmp_path: Path) -> None:
    made = tmp_path / "default.keys"
    create(made, PASSPHRASE, PAYLOAD).close()
    operations, memory = struct.unpack_from(">IQ", made.read_bytes(), 12)
    assert (operations, memory) == (nacl.pwhash.argon2id.OPSLIMIT_MODERATE, nacl.pwhash.argon2id.MEMLIMIT_MODERATE)
    assert read(made, PASSPHRASE) == PAYLOAD


@pytest.mark.parametrize("wrong", ["Three bicycles and a bench", PASSPHRASE + " ", "x"])
def test_a_wrong_passphrase_is_a_wrong_passphrase(path: Path, wrong: str) -> None:
    before = path.read_bytes()
    for attempt in (read, reopen):
        with pytest.raises(WrongFilePassphraseError):
            attempt(path, wrong)
    assert path.read_bytes() == before
    assert read(path, PASSPHRASE) == PAYLOAD


def test_a_passphrase_is_the_same_on_every_keyboard(tmp_path: Path) -> None:
    made = tmp_path / "w"
    create(made, "caf\u00e9", PAYLOAD, work=KeyWork.INTERACTIVE).close()
    assert read(made, "cafe\u0301") == PAYLOAD


def test_refuses_no_passphrase(path: Path, tmp_path: Path) -> None:
    with pytest.raises(NoPassphraseError):
        create(tmp_path / "new", "", PAYLOAD)
    assert not (tmp_path / "new").exists()
    with pytest.raises(NoPassphraseError):
        read(path, "")


@pytest.mark.parametrize("offset", range(HEADER_LENGTH))
def test_a_flipped_bit_in_the_header_is_damage(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    for bit in (0, 7):
        content[offset] ^= 1 << bit
        path.write_bytes(content)
        with pytest.raises(DamagedFileError) as refused:
            read(path, PASSPHRASE)
        assert refused.value.damage is (FileDamage.ANOTHER_KIND if offset < 8 else FileDamage.HEADER)
        content[offset] ^= 1 << bit


@pytest.mark.parametrize("offset", [0, 23, 24, 39, 40, -1])
def test_a_flipped_bit_in_the_content_is_damage_and_not_a_wrong_passphrase(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset if offset < 0 else HEADER_LENGTH + offset] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedFileError) as refused:
        read(path, PASSPHRASE)
    assert refused.value.damage is FileDamage.CONTENT
    with pytest.raises(WrongFilePassphraseError):
        read(path, "another")


@pytest.mark.parametrize(
    ("change", "damage"),
    [
        (lambda c: b"", FileDamage.TRUNCATED),
        (lambda c: c[:5], FileDamage.TRUNCATED),
        (lambda c: c[:8], FileDamage.TRUNCATED),
        (lambda c: c[:HEADER_LENGTH], FileDamage.TRUNCATED),
        (lambda c: c[: HEADER_LENGTH + 39], FileDamage.TRUNCATED),
        (lambda c: c[:-1], FileDamage.CONTENT),
        (lambda c: c + b"\x00", FileDamage.CONTENT),
        (lambda c: b"PK\x03\x04" + c, FileDamage.ANOTHER_KIND),
        (lambda c: b'{"wallet": true}', FileDamage.ANOTHER_KIND),
        (lambda c: bytes(len(c)), FileDamage.ANOTHER_KIND),
    ],
)
def test_says_what_is_damaged(path: Path, change: Callable[[bytes], bytes], damage: FileDamage) -> None:
    damaged = change(path.read_bytes())
    path.write_bytes(damaged)
    for attempt in (read, reopen):
        with pytest.raises(DamagedFileError) as refused:
            attempt(path, PASSPHRASE)
        assert refused.value.damage is damage
    assert path.read_bytes() == damaged


def test_refuses_a_file_of_absurd_size(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(MAX_FILE_LENGTH + 10)
    with pytest.raises(DamagedFileError) as refused:
        read(path, PASSPHRASE)
    assert refused.value.damage is FileDamage.TOO_LARGE
    with (
        create(path.with_name("small"), PASSPHRASE, b"", work=KeyWork.INTERACTIVE) as sealed,
        pytest.raises(ValueError, match="larger"),
    ):
        sealed.save(bytes(MAX_FILE_LENGTH))


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
    with pytest.raises(DamagedFileError) as refused:
        read(path, PASSPHRASE)
    assert refused.value.damage is FileDamage.PARAMETERS


@pytest.mark.parametrize(("offset", "value"), [(12, (3).to_bytes(4, "big")), (24, bytes(16)), (40, bytes(32))])
def test_a_forged_header_opens_nothing(path: Path, offset: int, value: bytes) -> None:
    path.write_bytes(with_header(path.read_bytes(), offset, value))
    with pytest.raises(WrongFilePassphraseError):
        read(path, PASSPHRASE)


def test_the_content_of_one_wallet_does_not_open_under_the_header_of_another(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "bas.keys"
    create(other, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()
    path.write_bytes(other.read_bytes()[:HEADER_LENGTH] + path.read_bytes()[HEADER_LENGTH:])
    with pytest.raises(DamagedFileError) as refused:
        read(path, PASSPHRASE)
    assert refused.value.damage is FileDamage.CONTENT


def test_names_a_newer_version(path: Path) -> None:
    path.write_bytes(with_header(path.read_bytes(), 8, b"\x00\x02"))
    with pytest.raises(SealedFileVersionError) as refused:
        read(path, PASSPHRASE)
    assert refused.value.version == 2


def test_no_wallet_is_not_found_and_leaves_nothing_behind(tmp_path: Path) -> None:
    for attempt in (read, reopen):
        for missing in (tmp_path / "none", tmp_path / "no" / "folder", tmp_path):
            with pytest.raises(SealedFileMissingError):
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
    with pytest.raises(SealedFileExistsError):
        create(target, "another passphrase", b"new", work=KeyWork.INTERACTIVE)
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
    with pytest.raises(SealedFileExistsError):
        create(target, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE)
    assert target.read_bytes() == b"theirs"
    assert leftovers(target) == []


def test_creates_also_where_there_are_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: Path, destination: Path) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    target = tmp_path / "w"
    create(target, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()
    assert read(target, PASSPHRASE) == PAYLOAD
    assert leftovers(target) == []


class PowerCutError(OSError):
    """What a test raises where the power goes."""


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_crash_while_saving_leaves_the_old_wallet(path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def cut(*_: Any) -> None:
        raise PowerCutError

    before = path.read_bytes()
    with reopen(path, PASSPHRASE) as sealed:
        with monkeypatch.context() as patch:
            patch.setattr(os, call, cut)
            with pytest.raises(PowerCutError):
                sealed.save(b"never arrives")
        assert path.read_bytes() == before
        assert sealed.payload == PAYLOAD
        assert leftovers(path) == []
        sealed.save(b"arrives")
    assert read(path, PASSPHRASE) == b"arrives"


@pytest.mark.parametrize("call", ["link", "fsync"])
def test_a_crash_while_creating_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def cut(*_: Any) -> None:
        raise PowerCutError

    target = tmp_path / "w"
    with monkeypatch.context() as patch:
        patch.setattr(os, call, cut)
        with pytest.raises(PowerCutError):
            create(target, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE)
    assert not target.exists()
    assert leftovers(target) == []
    create(target, PASSPHRASE, PAYLOAD, work=KeyWork.INTERACTIVE).close()


def test_a_left_over_temporary_file_does_no_harm(path: Path) -> None:
    (path.with_name(f".{path.name}.abc.new")).write_bytes(b"half of a wal")
    assert read(path, PASSPHRASE) == PAYLOAD


def test_only_one_program_writes(path: Path, tmp_path: Path) -> None:
    with reopen(path, PASSPHRASE):
        with pytest.raises(SealedFileLockedError):
            reopen(path, PASSPHRASE)
        with pytest.raises(SealedFileLockedError):
            create(path, PASSPHRASE, b"")
        assert read(path, PASSPHRASE) == PAYLOAD
    reopen(path, PASSPHRASE).close()


@pytest.mark.parametrize("failure", ["passphrase", "damage"])
def test_a_failed_opening_releases_the_lock(path: Path, failure: str) -> None:
    good = path.read_bytes()
    if failure == "damage":
        path.write_bytes(good[:-1])
    with pytest.raises(SealedFileError):
        reopen(path, PASSPHRASE if failure == "damage" else "wrong")
    path.write_bytes(good)
    reopen(path, PASSPHRASE).close()


def test_a_closed_wallet_is_not_saved(path: Path) -> None:
    sealed = reopen(path, PASSPHRASE)
    sealed.close()
    sealed.close()
    with pytest.raises(RuntimeError, match="closed"):
        sealed.save(b"late")
    assert read(path, PASSPHRASE) == PAYLOAD


def test_changes_the_passphrase(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with reopen(path, PASSPHRASE) as sealed:
        salt = path.read_bytes()[24:40]
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(PowerCutError()))
            with pytest.raises(PowerCutError):
                sealed.change_passphrase("new words", work=KeyWork.INTERACTIVE)
        sealed.save(b"still under the old passphrase")
        assert read(path, PASSPHRASE) == b"still under the old passphrase"
        sealed.change_passphrase("new words", work=KeyWork.INTERACTIVE)
        assert path.read_bytes()[24:40] != salt
        sealed.save(b"under the new one")
    assert read(path, "new words") == b"under the new one"
    with pytest.raises(WrongFilePassphraseError):
        read(path, PASSPHRASE)


def test_a_link_to_a_wallet_stays_a_link(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    with reopen(link, PASSPHRASE) as sealed:
        sealed.save(b"through the link")
    assert link.is_symlink()
    assert read(path, PASSPHRASE) == b"through the link"


@pytest.mark.parametrize(
    ("other", "error"),
    [
        (SealedKind(b"ANOTHER1", "a kind of the tests"), DamagedFileError),
        (SealedKind(b"OFTESTS1", "another kind"), WrongFilePassphraseError),
    ],
)
def test_a_file_of_one_kind_does_not_open_as_another(path: Path, other: SealedKind, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_sealed(path, PASSPHRASE, other)


@pytest.mark.parametrize(("magic", "label"), [(b"SHORT", "label"), (b"OFTESTS1", "")])
def test_a_kind_has_a_magic_and_a_label(magic: bytes, label: str) -> None:
    with pytest.raises(ValueError, match="8 octets and a label"):
        SealedKind(magic, label)


def test_nothing_shows_a_secret(path: Path) -> None:
    with reopen(path, PASSPHRASE) as sealed:
        assert repr(sealed) == "SealedFile(open)"
        shown = repr(sealed._keys)
        assert shown == "_Keys()"
    with pytest.raises(SealedFileError) as refused:
        read(path, "my secret guess")
    assert "guess" not in str(refused.value)
    assert str(path) not in str(refused.value)
