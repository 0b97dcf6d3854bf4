# SPDX-License-Identifier: EUPL-1.2
"""What a programme hands out, as its rulebook fixes it: a budget to spend, a pass with offers, or tasks that earn.

Invariants:
    * Money is integer cents, and a task's rate a multiple of 4 cents, so that a quarter of an hour is whole cents.
    * Nobody can prove both rates of a rulebook for tasks: they differ in the value of one and the same claim.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ssi.credential.document import Node, Wording
from ssi.rulebook.claim_rules import ID, ClaimRules, read_constants
from ssi.rulebook.spending import MAX_CENTS, Listed, read_listed

__all__ = ["Allotment", "Earnings", "PassUse", "Rate", "Tag"]

_QUARTERS: Final = 4
_MOST_SLOTS: Final = 256
_MOST_DAYS: Final = 3_650
_TOOLS: Final = 8
_REASONS: Final = 255
_TAGS: Final = 64


@dataclass(frozen=True, slots=True)
class Allotment:
    """A fund: the cents that one accepted claim credits, ``base_cents + amount_cents * (value of the claim per)``."""

    base_cents: int
    per: str | None
    amount_cents: int

    @classmethod
    def from_node(cls, node: Node) -> "Allotment":
        """Read the ``allotment`` of a rulebook; DocumentError."""
        members = node.members(("base_cents",), ("per", "amount_cents"))
        base = members["base_cents"].integer(0, MAX_CENTS)
        if "per" not in members and "amount_cents" not in members:
            return cls(base, None, 0)
        members = node.members(("base_cents", "per", "amount_cents"))
        return cls(base, members["per"].text(ID), members["amount_cents"].integer(1, MAX_CENTS))

    def cents(self, disclosed: Mapping[str, int]) -> int:
        """The allotment for disclosed values by name; KeyError when ``per`` is not among them."""
        return self.base_cents + (0 if self.per is None else self.amount_cents * disclosed[self.per])


@dataclass(frozen=True, slots=True)
class PassUse:
    """A pass: what each use of an offer must prove, from the pass credential that an activation gives (pass.md 2, 3).

    The offers are not of the rulebook: a sponsor adds and withdraws them while the pass runs.
    """

    rules: ClaimRules

    @classmethod
    def from_node(cls, node: Node) -> "PassUse":
        """Read the ``pass`` of a rulebook; DocumentError."""
        members = node.members(("credential_type", "constants", "period_claim", "predicates"))
        return cls(ClaimRules.from_members(members, node.path))


@dataclass(frozen=True, slots=True)
class Rate:
    """What an hour of somebody is worth who proves these rules."""

    title: Wording
    cents_per_hour: int
    rules: ClaimRules


@dataclass(frozen=True, slots=True)
class Tag:
    """What a task asks of body and mind, or where it is, for people to choose by."""

    id: str
    title: Wording


@dataclass(frozen=True, slots=True)
class Earnings:
    """Tasks: rates, the yearly cap and its slots, and the words that the board's numbers stand for (tasks.md).

    Attributes:
        adult, young: terms 0 and terms 1 of the board.
        slots, slot_cents: the yearly cap is ``slots * slot_cents``.
        collect_within_days: after verification.
        appeal_within_days: after verification.
        reasons: why a task counts in part or not at all; numbered from 1.
        tags: what tasks are listed by.
        tools: what can be handed out; the number is the bit.
        effect_on_benefits: what earning means for a benefit, in words that a citizen can hold the sponsor to.
    """

    adult: Rate
    young: Rate
    slots: int
    slot_cents: int
    collect_within_days: int
    appeal_within_days: int
    reasons: tuple[Listed, ...]
    tags: tuple[Tag, ...]
    tools: tuple[Listed, ...]
    effect_on_benefits: Wording

    @property
    def yearly_cap_cents(self) -> int:
        """Most that one person collects in a calendar year."""
        return self.slots * self.slot_cents

    @property
    def rates(self) -> tuple[Rate, Rate]:
        """By the number of the board's terms."""
        return self.adult, self.young

    @classmethod
    def from_node(cls, node: Node, base: ClaimRules) -> "Earnings":
        """Read the ``tasks`` of a rulebook; DocumentError.

        Args:
            base: what both rates must prove beside their own constants.
        """
        members = node.members(
            (
                "rates",
                "yearly_cap",
                "collect_within_days",
                "appeal_within_days",
                "reasons",
                "tags",
                "tools",
                "effect_on_benefits",
            )
        )
        rates = members["rates"].members(("adult", "young"))
        cap = members["yearly_cap"].members(("slots", "slot_cents"))
        adult, young = _rate(rates["adult"], base), _rate(rates["young"], base)
        if not _exclude_each_other(adult, young):
            rates["young"].refuse("must have another value than adult for one of the constants: nobody has both rates")
        return cls(
            adult=adult,
            young=young,
            slots=cap["slots"].integer(1, _MOST_SLOTS),
            slot_cents=cap["slot_cents"].integer(1, MAX_CENTS),
            collect_within_days=members["collect_within_days"].integer(1, _MOST_DAYS),
            appeal_within_days=members["appeal_within_days"].integer(1, _MOST_DAYS),
            reasons=read_listed(members["reasons"], _REASONS, range(1, _REASONS + 1), fewest=1),
            tags=_tags(members["tags"]),
            tools=read_listed(members["tools"], _TOOLS, range(_TOOLS)),
            effect_on_benefits=members["effect_on_benefits"].wording(),
        )


def _rate(node: Node, base: ClaimRules) -> Rate:
    members = node.members(("title", "cents_per_hour", "constants"))
    cents = members["cents_per_hour"].integer(_QUARTERS, MAX_CENTS)
    if cents % _QUARTERS:
        members["cents_per_hour"].refuse("must be a multiple of 4: a quarter of an hour is whole cents")
    constants = read_constants(members["constants"])
    known = {rule.claim for rule in base.constants}
    for rule in constants:
        if rule.claim in known:
            members["constants"].refuse(f"{rule.claim} is a constant of the programme already")
    return Rate(members["title"].wording(), cents, base.with_constants(constants, node.path))


def _exclude_each_other(adult: Rate, young: Rate) -> bool:
    values = {rule.claim: rule.value for rule in adult.rules.constants}
    return any(rule.claim in values and values[rule.claim] != rule.value for rule in young.rules.constants)


def _tags(node: Node) -> tuple[Tag, ...]:
    found: list[Tag] = []
    for item in node.items(0, _TAGS):
        parts = item.members(("id", "title"))
        tag = Tag(parts["id"].text(ID, longest=60), parts["title"].wording())
        if any(other.id == tag.id for other in found):
            parts["id"].refuse("must differ from every other id of the list")
        found.append(tag)
    return tuple(found)
