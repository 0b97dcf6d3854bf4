# SPDX-License-Identifier: EUPL-1.2
"""A pass speaks of passes: no sentence that a pass can cause speaks of money."""

import pytest

from programmable_money.model import Language
from programmable_money.passes.wording import OWN_WORDS, pass_sentence
from programmable_money.refusals import RefusalReason, sentence


@pytest.mark.parametrize("reason", list(OWN_WORDS))
def test_own_words_say_what_to_do_next_and_speak_of_no_money(reason: RefusalReason) -> None:
    for language, money in ((Language.NL, "geld "), (Language.EN, "money")):
        text = pass_sentence(reason, language)
        assert text != sentence(reason, language)
        assert text.count(". ") >= 1
        assert money not in text
        assert all(len(part.split()) <= 20 for part in text.split(". "))


def test_other_reasons_have_the_common_sentence() -> None:
    assert pass_sentence(RefusalReason.OFFER_OVER) == sentence(RefusalReason.OFFER_OVER)
