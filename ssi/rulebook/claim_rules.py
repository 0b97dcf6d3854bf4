# SPDX-License-Identifier: EUPL-1.2
"""What a claim must prove from one credential: the three forms that a rule can have (decision 0006).

Invariants:
    * A rule is a constant, a disclosed number within bounds, or a linear predicate over hidden numbers; nothing else.
    * Read from a document, rules have its shape. Whether they may be opened with a credential type is
      ``ssi.rulebook.lint``'s to say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from ssi.credential.document import Node, Wording

__all__ = ["ID", "NAME", "ClaimRules", "ConstantRule", "DisclosedRule", "PredicateRule", "read_constants"]

NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""Names of rulebooks and credential types."""
ID: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
"""Names of claims, and ids within a rulebook."""
_MAX_COEFFICIENT: Final = (1 << 31) - 1
_MAX_CONSTANT: Final = (1 << 53) - 1


@dataclass(frozen=True, slots=True)
class ConstantRule:
    """A claim that must have this one value."""

    claim: str
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class DisclosedRule:
    """A numeric claim that each claimer shows, from ``minimum`` to ``maximum``, both included."""

    claim: str
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class PredicateRule:
    """``sum of coefficient * claim + plus + per_as_of * as_of + per_period_start * first day of the period >= 0``."""

    id: str
    text: Wording
    sum: tuple[tuple[str, int], ...]
    """(claim, coefficient), in the order of the document."""
    plus: int
    per_as_of: int
    per_period_start: int


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """What a claim must prove, and from which credential.

    Attributes:
        type_name, type_version: the credential type.
        path: where they stand in the rulebook, ``$`` for the rules of who qualifies.
        period_claim: a claim that must be the number of the programme's period; None when there is none.
    """

    type_name: str
    type_version: int
    constants: tuple[ConstantRule, ...]
    disclosed: tuple[DisclosedRule, ...]
    predicates: tuple[PredicateRule, ...]
    path: str = "$"
    period_claim: str | None = None

    @classmethod
    def from_members(cls, members: Mapping[str, Node], path: str) -> Self:
        """Read ``credential_type``, ``constants``, ``predicates`` and, if there, ``disclosed`` and ``period_claim``.

        Raises:
            DocumentError: with the path of the field and the rule that it breaks.
        """
        credential_type = members["credential_type"].members(("name", "version"))
        return cls(
            type_name=credential_type["name"].text(NAME, longest=60),
            type_version=credential_type["version"].integer(1, 999),
            constants=read_constants(members["constants"]),
            disclosed=_disclosed(members["disclosed"]) if "disclosed" in members else (),
            predicates=_predicates(members["predicates"]),
            path=path,
            period_claim=members["period_claim"].text(ID) if "period_claim" in members else None,
        )

    def with_constants(self, constants: tuple[ConstantRule, ...], path: str) -> Self:
        """The same and some constants more, which stand at another place of the rulebook."""
        return replace(self, constants=(*self.constants, *constants), path=path)


def read_constants(node: Node) -> tuple[ConstantRule, ...]:
    """An object of claims and their values; DocumentError."""
    rules = []
    for claim, value in node.entries(ID).items():
        if not isinstance(value.value, str | int):
            value.refuse("must be a string, a whole number, true or false")
        rules.append(ConstantRule(claim, value.value))
    return tuple(rules)


def _disclosed(node: Node) -> tuple[DisclosedRule, ...]:
    rules = []
    for claim, bounds in node.entries(ID).items():
        members = bounds.members(("min", "max"))
        minimum = members["min"].integer(0, (1 << 32) - 1)
        maximum = members["max"].integer(0, (1 << 32) - 1)
        if maximum < minimum:
            members["max"].refuse("must not be below min")
        rules.append(DisclosedRule(claim, minimum, maximum))
    return tuple(rules)


def _predicates(node: Node) -> tuple[PredicateRule, ...]:
    rules: list[PredicateRule] = []
    for item in node.items(0, 8):
        members = item.members(("id", "text", "sum", "plus"), ("per_as_of", "per_period_start"))
        id_ = members["id"].text(ID, longest=60)
        if any(rule.id == id_ for rule in rules):
            members["id"].refuse("must differ from every other predicate's id")
        terms = members["sum"].entries(ID)
        if not 1 <= len(terms) <= 4:
            members["sum"].refuse("must have 1 to 4 claims")
        coefficients = []
        for claim, coefficient in terms.items():
            number = coefficient.integer(-_MAX_COEFFICIENT, _MAX_COEFFICIENT)
            if number == 0:
                coefficient.refuse("must not be 0")
            coefficients.append((claim, number))
        factors = [
            members[name].integer(-127, 127) if name in members else 0 for name in ("per_as_of", "per_period_start")
        ]
        plus = members["plus"].integer(-_MAX_CONSTANT, _MAX_CONSTANT)
        rules.append(PredicateRule(id_, members["text"].wording(), tuple(coefficients), plus, *factors))
    return tuple(rules)
