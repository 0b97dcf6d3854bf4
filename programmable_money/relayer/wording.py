# SPDX-License-Identifier: EUPL-1.2
"""What to tell a person about a refusal, by what was to be carried: a pass speaks of no money."""

from programmable_money.model import Language
from programmable_money.passes.wording import pass_sentence
from programmable_money.refusals import RefusalReason, sentence
from programmable_money.relayer.errands import ErrandKind

__all__ = ["refusal_sentence"]

_OF_PASSES = frozenset({ErrandKind.ACTIVATION, ErrandKind.OFFER_USE})


def refusal_sentence(kind: ErrandKind, reason: RefusalReason, language: Language = Language.EN) -> str:
    """What happened, and what to do next."""
    return (pass_sentence if kind in _OF_PASSES else sentence)(reason, language)
