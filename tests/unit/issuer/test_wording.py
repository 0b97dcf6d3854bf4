# SPDX-License-Identifier: EUPL-1.2
"""Every error has one line that says what to do next."""

import pytest

from issuer import errors
from issuer.errors import HouseholdFileError, IssuanceRefusedError, IssuerError, RefusalReason, RowError
from issuer.wording import REFUSALS, explain
from ssi import sealed_errors
from ssi.credential.document import DocumentError
from ssi.errors import Reason, VerificationError
from ssi.sealed_errors import SealedFileError, SealedFileExistsError

ARGUMENTS: dict[str, tuple[object, ...]] = {
    "HouseholdFileError": ([RowError(1, None, "is empty")],),
    "IssuanceRefusedError": (RefusalReason.SESSION_USED,),
    "KeyFileError": ("did",),
    "KeyNotReadyError": (None,),
    "SettingsError": ("name", "is empty"),
    "DatabaseVersionError": ("It was made by a newer version of this program: install that version.",),
    "DamagedFileError": (sealed_errors.FileDamage.HEADER,),
    "SealedFileVersionError": (2,),
}
NEVER_SHOWN = {"IssuerError", "RowError", "SealedFileError", SealedFileExistsError.__name__}


def every_error() -> list[Exception]:
    kinds = [
        kind
        for module in (errors, sealed_errors)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, IssuerError | SealedFileError)
        if kind.__name__ not in NEVER_SHOWN
    ]
    return [
        kind(*ARGUMENTS.get(kind.__name__, ()), **({"readable": True} if kind is HouseholdFileError else {}))
        for kind in kinds
    ]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
def test_every_error_is_one_line_with_a_next_step(error: Exception) -> None:
    line = explain(error)
    assert "\n" not in line
    assert line.count(". ") >= 1
    assert line.endswith((".", "--skip-bad-rows."))


def test_every_reason_has_its_line() -> None:
    assert set(REFUSALS) == set(RefusalReason)
    lines = {explain(IssuanceRefusedError(reason)) for reason in RefusalReason}
    assert len(lines) == len(RefusalReason)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "x", "a.csv"), "a.csv: there is no such file"),
        (FileExistsError(17, "x", "a.csv"), "a.csv: there is a file here already"),
        (IsADirectoryError(21, "x", "a"), "not the kind of file"),
        (PermissionError(13, "x", "a"), "may not"),
        (OSError(28, "No space left on device", "a"), "No space left"),
        (DocumentError("$.nonce", "is missing"), r"$.nonce: is missing"),
        (VerificationError(Reason.WRONG_LENGTH), "wrong_length"),
    ],
)
def test_files_and_foreign_errors_have_theirs(error: Exception, words: str) -> None:
    assert words in explain(error)


def test_a_bug_is_not_explained_away() -> None:
    with pytest.raises(ZeroDivisionError):
        explain(ZeroDivisionError())
