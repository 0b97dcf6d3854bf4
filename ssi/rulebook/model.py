# SPDX-License-Identifier: EUPL-1.2
"""A rulebook, parsed: typed, complete and immutable.

Invariants:
    * A ``Rulebook`` that exists has the shape of ``specs/rulebooks/rulebook.schema.json`` and consistent norms. Whether
      its rules may be opened with a credential type is decided in ``ssi.rulebook.lint``.
    * ``hash`` is of the octets as published; nothing is ever written back.
    * Money is integer cents.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ssi.credential.document import Node, Wording, parse_document
from ssi.keccak import keccak256
from ssi.rulebook.norms import Norms
from ssi.rulebook.period import Period

__all__ = [
    "Allotment",
    "Category",
    "ConstantRule",
    "DisclosedRule",
    "PredicateRule",
    "ProgrammeKind",
    "Rulebook",
]

MAX_CENTS: Final = 10**9
"""Largest amount that a rulebook may name: ten million euros."""
_MEMBERS: Final = (
    "name",
    "version",
    "kind",
    "title",
    "summary",
    "credential_type",
    "period",
    "constants",
    "disclosed",
    "predicates",
    "allotment",
    "caps",
    "spending",
)
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ID: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_MAX_COEFFICIENT: Final = (1 << 31) - 1
_MAX_CONSTANT: Final = (1 << 53) - 1


class ProgrammeKind(StrEnum):
    """What a programme hands out."""

    FUND = "fund"


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
class Allotment:
    """The cents that one accepted claim credits: ``base_cents + amount_cents * (value of the disclosed claim per)``."""

    base_cents: int
    per: str | None
    amount_cents: int

    def cents(self, disclosed: Mapping[str, int]) -> int:
        """The allotment for disclosed values by name; KeyError when ``per`` is not among them."""
        return self.base_cents + (0 if self.per is None else self.amount_cents * disclosed[self.per])


@dataclass(frozen=True, slots=True)
class Category:
    """What a merchant may sell under this rulebook; ``index`` (0 to 255) is its number on chain."""

    id: str
    index: int
    title: Wording


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One published version of a programme's rules. Made by ``from_json``."""

    name: str
    version: int
    kind: ProgrammeKind
    title: Wording
    summary: Wording
    type_name: str
    """Name of the credential type that claims are made with."""
    type_version: int
    period: Period
    norms: Norms | None
    constants: tuple[ConstantRule, ...]
    disclosed: tuple[DisclosedRule, ...]
    predicates: tuple[PredicateRule, ...]
    allotment: Allotment
    claims_per_validator: int
    """The cap: most claims that one validator can vouch for in one period."""
    categories: tuple[Category, ...]
    octets: bytes = field(repr=False)
    """The document as published."""
    hash: bytes = field(repr=False)
    """keccak256 of ``octets``, 32 octets: the rulebook's name on chain and in every scope."""

    @classmethod
    def from_json(cls, unverified: bytes) -> "Rulebook":
        """Parse a published ``rulebook.json``.

        Raises:
            DocumentError: with the path of the field and the rule that it breaks.
        """
        document = parse_document(unverified).members(_MEMBERS, ("norms",))
        credential_type = document["credential_type"].members(("name", "version"))
        caps = document["caps"].members(("claims_per_validator",))
        return cls(
            name=document["name"].text(_NAME, longest=60),
            version=document["version"].integer(1, 999),
            kind=ProgrammeKind(document["kind"].choice(tuple(ProgrammeKind))),
            title=document["title"].wording(),
            summary=document["summary"].wording(),
            type_name=credential_type["name"].text(_NAME, longest=60),
            type_version=credential_type["version"].integer(1, 999),
            period=Period.from_node(document["period"]),
            norms=Norms.from_node(document["norms"]) if "norms" in document else None,
            constants=_constants(document["constants"]),
            disclosed=_disclosed(document["disclosed"]),
            predicates=_predicates(document["predicates"]),
            allotment=_allotment(document["allotment"]),
            claims_per_validator=caps["claims_per_validator"].integer(1, 1_000_000),
            categories=_categories(document["spending"]),
            octets=bytes(unverified),
            hash=keccak256(unverified),
        )

    def category(self, id_: str) -> Category:
        """The category of this id; KeyError when the rulebook has none."""
        for category in self.categories:
            if category.id == id_:
                return category
        raise KeyError(id_)


def _constants(node: Node) -> tuple[ConstantRule, ...]:
    rules = []
    for claim, value in node.entries(_ID).items():
        if not isinstance(value.value, str | int):
            value.refuse("must be a string, a whole number, true or false")
        rules.append(ConstantRule(claim, value.value))
    return tuple(rules)


def _disclosed(node: Node) -> tuple[DisclosedRule, ...]:
    rules = []
    for claim, bounds in node.entries(_ID).items():
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
        id_ = members["id"].text(_ID, longest=60)
        if any(rule.id == id_ for rule in rules):
            members["id"].refuse("must differ from every other predicate's id")
        terms = members["sum"].entries(_ID)
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


def _allotment(node: Node) -> Allotment:
    members = node.members(("base_cents",), ("per", "amount_cents"))
    base = members["base_cents"].integer(0, MAX_CENTS)
    if "per" not in members and "amount_cents" not in members:
        return Allotment(base, None, 0)
    members = node.members(("base_cents", "per", "amount_cents"))
    return Allotment(base, members["per"].text(_ID), members["amount_cents"].integer(1, MAX_CENTS))


def _categories(node: Node) -> tuple[Category, ...]:
    members = node.members(("categories", "products"))
    members["products"].choice(("off",))
    categories: list[Category] = []
    for item in members["categories"].items(1, 256):
        parts = item.members(("id", "index", "title"))
        category = Category(parts["id"].text(_ID, longest=60), parts["index"].integer(0, 255), parts["title"].wording())
        if any(other.id == category.id for other in categories):
            parts["id"].refuse("must differ from every other category's id")
        if any(other.index == category.index for other in categories):
            parts["index"].refuse("must differ from every other category's index")
        categories.append(category)
    return tuple(categories)
