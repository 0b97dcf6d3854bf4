# SPDX-License-Identifier: EUPL-1.2
"""Every state, action and refusal has words in both languages, short enough to be read."""

import json
from collections.abc import Mapping
from importlib.resources import files
from string import Formatter
from typing import Any

import pytest

from edge.language import Language
from issuer.activation.errors import (
    ActivationRefusal,
    ActivationRefusedError,
    ApprovalFileError,
    DeskActionError,
    DeskRefusal,
    UnprintableError,
)
from issuer.activation.model import Action, ActivationState
from issuer.activation.wording import ACTIONS, DESK_REFUSALS, REFUSALS, STATES, find_explanation
from issuer.desk.errors import EmployeeError, EmployeeRefusal
from issuer.desk.wording import EMPLOYEE_REFUSALS, find_employee_explanation
from issuer.errors import RowError

TABLES: tuple[tuple[Mapping[Any, Mapping[Language, str]], Any], ...] = (
    (REFUSALS, ActivationRefusal),
    (DESK_REFUSALS, DeskRefusal),
    (STATES, ActivationState),
    (ACTIONS, Action),
    (EMPLOYEE_REFUSALS, EmployeeRefusal),
)


@pytest.mark.parametrize(("texts", "values"), TABLES, ids=lambda value: getattr(value, "__name__", "texts"))
def test_everything_has_words_in_both_languages(texts: Mapping[Any, Mapping[Language, str]], values: Any) -> None:
    assert set(texts) == set(values)
    for words in texts.values():
        assert set(words) == set(Language)
        assert all(words.values())


@pytest.mark.parametrize("package", ["issuer.activation", "issuer.desk"])
def test_texts_say_the_same_in_both_languages(package: str) -> None:
    name = "letter_texts.json" if package == "issuer.activation" else "texts.json"
    texts = json.loads((files(package) / name).read_text("utf-8"))
    for key, words in texts.items():
        used = [{part for _, part, _, _ in Formatter().parse(words[language]) if part} for language in ("nl", "en")]
        assert used[0] == used[1], key
        assert set(words) == {"nl", "en"}


def test_the_letter_s_sentences_are_short() -> None:
    texts = json.loads((files("issuer.activation") / "letter_texts.json").read_text("utf-8"))
    sentences = [
        sentence
        for words in texts.values()
        for text in words.values()
        for sentence in text.replace("?", ".").replace(":", ".").split(".")
    ]
    assert max(len(sentence.split()) for sentence in sentences) <= 16


@pytest.mark.parametrize("language", Language)
def test_every_error_is_explained_in_one_line(language: Language) -> None:
    rows = [RowError(2, None, "x"), RowError(2, "person", "y")]
    errors = [
        *(ActivationRefusedError(reason) for reason in ActivationRefusal),
        *(DeskActionError(reason) for reason in DeskRefusal),
        UnprintableError(0),
        ApprovalFileError(rows, readable=True),
        ApprovalFileError(rows, readable=False),
    ]
    lines = [find_explanation(error, language) for error in errors]
    lines += [find_employee_explanation(EmployeeError(reason), language) for reason in EmployeeRefusal]
    assert all(line and "\n" not in line for line in lines)
    assert find_explanation(ValueError(), language) is None
    assert find_employee_explanation(ValueError(), language) is None
