# SPDX-License-Identifier: EUPL-1.2
"""A folder that cannot be used says so and how to go on, before anything is made; a set-up is whole or not there."""

import fcntl
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from examples.kindpakket.cast import FOLDER, Cast
from issuer.model import Household
from programmable_money.fund import Fund
from stuiver.up.programme import UpError, open_programme

ADDRESS = "0x" + "11" * 20
WHOLE = {"stuiver": "up/2", "contracts": "", "fund": ADDRESS, "registry": ADDRESS, "shops": {}}


def never(_home: Path, _cast: Cast, _fund: Fund, _records: Sequence[Household]) -> None:
    raise AssertionError("nothing is set up here")


def refusal(folder: Path) -> str:
    """Why it does not open."""
    with (
        pytest.raises(UpError) as caught,
        open_programme(folder, fresh=False, households=None, settle_in=never, console=Console(quiet=True)),
    ):
        pass
    return str(caught.value)


def home_with(folder: Path, **changes: object) -> Path:
    """A programme's folder, as far as it is looked at here."""
    home = folder / "kindpakket"
    home.mkdir()
    (home / "relayer.key").write_text("11" * 32)
    (home / "programme.json").write_text(json.dumps({**WHOLE, **changes}))
    return home


@pytest.mark.parametrize("damaged", ["relayer.key", "programme.json"])
def test_damaged_folder_is_a_clear_error(tmp_path: Path, damaged: str) -> None:
    (home_with(tmp_path) / damaged).write_text("zz")
    said = refusal(tmp_path)
    assert "cannot be read" in said
    assert "stuiver up --fresh" in said


@pytest.mark.parametrize("missing", ["fund", "registry", "shops", "contracts", "stuiver"])
def test_a_description_without_a_member_is_a_clear_error(tmp_path: Path, missing: str) -> None:
    home = home_with(tmp_path)
    document = {name: value for name, value in WHOLE.items() if name != missing}
    (home / "programme.json").write_text(json.dumps(document))
    assert "stuiver up --fresh" in refusal(tmp_path)


def test_chain_of_other_contracts_is_a_clear_error(tmp_path: Path) -> None:
    home_with(tmp_path, contracts="00")
    said = refusal(tmp_path)
    assert "another version" in said
    assert "stuiver up --fresh" in said


def test_folder_of_an_earlier_version_is_a_clear_error(tmp_path: Path) -> None:
    home_with(tmp_path, stuiver="up/1")
    assert "another version" in refusal(tmp_path)


def test_one_process_at_a_time_has_the_folder(tmp_path: Path) -> None:
    home_with(tmp_path, contracts="00")
    with (tmp_path / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert "another stuiver up uses" in refusal(tmp_path)


def test_a_set_up_that_fails_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("".join((FOLDER / "households.csv").read_text().splitlines(keepends=True)[:2]))

    def fail(home: Path, _cast: Cast, _fund: Fund, _records: Sequence[Household]) -> None:
        assert home.is_dir()
        raise UpError("the desk caught fire")

    with (
        pytest.raises(UpError, match="fire"),
        open_programme(tmp_path, fresh=False, households=few, settle_in=fail, console=Console(quiet=True)),
    ):
        pass
    assert not (tmp_path / "kindpakket").exists()
