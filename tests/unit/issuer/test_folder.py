# SPDX-License-Identifier: EUPL-1.2
"""A desk on disk."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from issuer.errors import DeskExistsError, DeskMissingError, SettingsError
from issuer.folder import DeskFolder
from ssi.credential.document import DocumentError
from ssi.sealed_errors import NoPassphraseError, SealedFileMissingError, WrongFilePassphraseError
from ssi.sealed_file import KeyWork
from tests.unit.issuer.material import DID, TYPES, Clock

PASSPHRASE = "a bench in the park"


def create(path: Path, passphrase: str = PASSPHRASE, **settings: Any) -> DeskFolder:
    values: dict[str, Any] = {"name": "Gemeente Westerkwartier", "municipalities": ["GM1969"], **settings}
    return DeskFolder.create(path, passphrase, TYPES, work=KeyWork.INTERACTIVE, **values)


def test_a_desk_opens_again_with_the_same_keys(tmp_path: Path) -> None:
    folder = create(tmp_path / "a" / "desk", did=DID)
    first, second = folder.open(PASSPHRASE, TYPES, clock=Clock()), folder.open(PASSPHRASE, TYPES, clock=Clock())
    assert first.keys == second.keys
    assert first.validator.did == DID
    assert first.validator.municipalities == {"GM1969"}
    for desk in (first, second):
        desk.store.close()


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = create(tmp_path / "desk")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.path.iterdir()} == {0o600}


def test_secrets_are_sealed(tmp_path: Path) -> None:
    folder = create(tmp_path / "desk")
    keys = folder.keys(PASSPHRASE)
    content = b"".join(file.read_bytes() for file in folder.path.iterdir())
    assert keys.pinning_secret not in content
    assert b"signing_keys" not in content
    with pytest.raises(WrongFilePassphraseError):
        folder.keys("another")


def test_a_desk_is_never_made_over_another(tmp_path: Path) -> None:
    folder = create(tmp_path / "desk")
    before = {file.name: file.read_bytes() for file in folder.path.iterdir()}
    with pytest.raises(DeskExistsError):
        create(tmp_path / "desk")
    (tmp_path / "desk" / "validator.json").unlink()
    with pytest.raises(DeskExistsError):
        create(tmp_path / "desk")
    assert before["keys.sealed"] == (tmp_path / "desk" / "keys.sealed").read_bytes()


@pytest.mark.parametrize(
    "settings", [{"name": " "}, {"municipalities": ["1969"]}, {"municipalities": []}, {"did": "westerkwartier"}]
)
def test_settings_that_cannot_be_used_leave_nothing_behind(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        create(tmp_path / "desk", **settings)
    assert not (tmp_path / "desk").exists()


def test_no_passphrase_makes_no_desk(tmp_path: Path) -> None:
    with pytest.raises(NoPassphraseError):
        create(tmp_path / "desk", "")
    create(tmp_path / "desk")


def test_no_desk_is_missing_and_nothing_is_made(tmp_path: Path) -> None:
    folder = DeskFolder(tmp_path)
    for attempt in (folder.validator, folder.store, lambda: folder.keys(PASSPHRASE)):
        with pytest.raises(DeskMissingError):
            attempt()
    assert list(tmp_path.iterdir()) == []


def test_a_lost_key_file_is_missing(tmp_path: Path) -> None:
    folder = create(tmp_path / "desk")
    (folder.path / "keys.sealed").unlink()
    with pytest.raises(SealedFileMissingError):
        folder.keys(PASSPHRASE)


def test_changed_settings_are_read_strictly_and_must_fit_the_keys(tmp_path: Path) -> None:
    folder = create(tmp_path / "desk")
    file = folder.path / "validator.json"
    document = json.loads(file.read_bytes())
    file.write_text(json.dumps({**document, "municipalities": "GM1969"}))
    with pytest.raises(DocumentError):
        folder.validator()
    file.write_text(json.dumps({**document, "did": DID}))
    with pytest.raises(SettingsError):
        folder.open(PASSPHRASE, TYPES, clock=Clock())
