# SPDX-License-Identifier: EUPL-1.2
"""Languages: one type for all roles."""

import holder.wording
import programmable_money.model
from edge.language import Language
from ssi.credential.document import Wording


def test_all_roles_speak_of_the_same_languages() -> None:
    assert holder.wording.Language is programmable_money.model.Language is Language


def test_a_language_picks_its_text() -> None:
    wording = Wording("ja", "yes")
    assert [language.of(wording) for language in Language] == ["ja", "yes"]
