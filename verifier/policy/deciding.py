# SPDX-License-Identifier: EUPL-1.2
"""From what was shown to a decision: ``Allowed`` or ``Denied`` with every reason. Pure, and total.

Invariants:
    * A rule that no presented credential bears on does not hold: nobody is allowed by leaving something out.
    * All rules are looked at; none hides another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from verifier.policy.asked import Query
from verifier.policy.conditions import Fact, Proven
from verifier.policy.model import Policy, Rule

__all__ = ["ONCE", "RULES_VERSION", "Allowed", "Decision", "Denied", "Facts", "Shown", "decide"]

RULES_VERSION: Final = "stuiver/rules/1"
"""The version of the conditions and of how they are read; stands in every receipt."""
ONCE: Final = "once_per_period"
"""The reason when this person was allowed in this period before; no rule may have it as its id."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one credential showed that was asked for.

    Attributes:
        values: by path; a constant of a claim proof is as good as shown.
        proven: ids of the predicates that the proof covers.
    """

    values: Mapping[tuple[str, ...], Fact] = field(repr=False)
    proven: frozenset[str] = frozenset()


Facts = Mapping[str, Shown]
"""By the id of the credential query."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Every rule holds; ``reasons`` are their ids."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """Some rules do not hold; ``reasons`` are the ids of all that do not."""

    reasons: tuple[str, ...]


Decision = Allowed | Denied


def decide(policy: Policy, query: Query, facts: Facts, today: date) -> Decision:
    """Apply every rule.

    Args:
        policy: the rules.
        query: the one of its queries that was answered.
        facts: what the presented credentials showed.
        today: the day of the decision in the policy's time zone.
    """
    failed = tuple(rule.id for rule in policy.rules if not _holds(rule, query, facts, today))
    return Denied(failed) if failed else Allowed(tuple(rule.id for rule in policy.rules))


def _holds(rule: Rule, query: Query, facts: Facts, today: date) -> bool:
    about = [
        facts[credential.id] for credential in query.credentials if credential.id in facts and rule.is_about(credential)
    ]
    return bool(about) and all(_shows(rule, shown, today) for shown in about)


def _shows(rule: Rule, shown: Shown, today: date) -> bool:
    if isinstance(rule.condition, Proven):
        return rule.condition.is_among(shown.proven)
    fact = shown.values.get(rule.claim)
    return fact is not None and rule.condition.holds(fact, today)
