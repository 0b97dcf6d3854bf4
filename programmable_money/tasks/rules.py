# SPDX-License-Identifier: EUPL-1.2
"""A rulebook of tasks in one period as the structures that a board and its purse are opened with. Pure."""

from collections.abc import Sequence
from typing import Final

from programmable_money.messages import Address
from programmable_money.model import Amount, to_unix
from programmable_money.rules import RulesTuple, categories_of, terms_of
from programmable_money.tasks.model import BoardRules
from ssi.credential.types import CredentialType
from ssi.rulebook import lint
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import compile_rules

__all__ = ["board_rules_of", "purse_rules_of", "summary"]

_DAY: Final = 86_400


def board_rules_of(
    rulebook: Rulebook, credential_type: CredentialType, period: int, validators: Sequence[Address]
) -> RulesTuple:
    """``BoardRules`` of the contract, members in its order.

    Args:
        period: the year.
        validators: accounts of the validators whose credentials count, 1 to 8.
    Raises:
        RulebookRefusedError: the lint refuses the rulebook.
        DocumentError: it is no rulebook of tasks, or for another credential type.
        TermsError: the terms must not be opened.
    """
    lint.check(rulebook, credential_type)
    earnings, bounds = rulebook.earnings, rulebook.period.bounds(period)
    terms = [compile_rules(rate.rules, credential_type, rulebook.period, period) for rate in earnings.rates]
    return (
        rulebook.hash,
        period,
        to_unix(bounds.opens_at),
        to_unix(bounds.closes_at),
        earnings.adult.cents_per_hour,
        earnings.young.cents_per_hour,
        earnings.yearly_cap_cents,
        earnings.slots,
        earnings.slot_cents,
        earnings.collect_within_days * _DAY,
        earnings.appeal_within_days * _DAY,
        tuple(validators),
        *(terms_of(rate) for rate in terms),
    )


def purse_rules_of(rulebook: Rulebook, period: int) -> RulesTuple:
    """``PurseRules`` of the contract: the coins are open as long as the tasks are."""
    bounds = rulebook.period.bounds(period)
    return to_unix(bounds.opens_at), to_unix(bounds.closes_at), categories_of(rulebook)


def summary(rules: RulesTuple) -> BoardRules:
    """A board's rules without the claim terms, typed."""
    return BoardRules(
        rulebook_hash=rules[0],
        period=rules[1],
        opens_at=rules[2],
        closes_at=rules[3],
        rates=(rules[4], rules[5]),
        yearly_cap=Amount(rules[6]),
        slots=rules[7],
        slot_cap=Amount(rules[8]),
        collect_within=rules[9],
        appeal_within=rules[10],
        validators=rules[11],
    )
