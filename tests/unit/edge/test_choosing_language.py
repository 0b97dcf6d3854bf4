# SPDX-License-Identifier: EUPL-1.2
"""Which language a visitor gets."""

import pytest

from edge.language import Language, choose_language


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, None, "nl"),
        ("en", None, "en"),
        ("en", "nl", "en"),
        ("nl", "en", "nl"),
        ("de", "en", "en"),
        ("", "", "nl"),
        (None, "en", "en"),
        (None, "en-US,en;q=0.9", "en"),
        (None, "EN-gb", "en"),
        (None, "nl-BE", "nl"),
        (None, "de, fr;q=0.9", "nl"),
        (None, "nl;q=0.4, en;q=0.8", "en"),
        (None, "en;q=0.4, nl ; q=0.8", "nl"),
        (None, "en;q=0, nl;q=0.1", "nl"),
        (None, "en;q=0", "nl"),
        (None, "nl, en", "nl"),
        (None, "en;q=nonsense", "nl"),
        (None, ",;=,en", "en"),
        (None, "de," * 100 + "en", "nl"),
    ],
)
def test_language_is_asked_for_or_preferred_or_dutch(asked: str | None, accepted: str | None, language: str) -> None:
    assert choose_language(asked, accepted) is Language(language)
