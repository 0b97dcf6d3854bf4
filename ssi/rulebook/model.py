# SPDX-License-Identifier: EUPL-1.2
"""A rulebook, parsed: typed, complete and immutable.

Invariants:
    * A ``Rulebook`` that exists has the shape of ``specs/rulebooks/rulebook.schema.json`` and consistent norms. Whether
      its rules may be opened with a credential type is decided in ``ssi.rulebook.lint``.
    * ``hash`` is of the octets as published; nothing is ever written back.
    * Money is integer cents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ssi.credential.document import DocumentError, Node, Wording, parse_document
from ssi.keccak import keccak256
from ssi.rulebook.claim_rules import NAME, ClaimRules
from ssi.rulebook.handout import Allotment, Earnings, PassUse
from ssi.rulebook.norms import Norms
from ssi.rulebook.period import Period
from ssi.rulebook.spending import Category, Spending

__all__ = ["Handout", "ProgrammeKind", "Rulebook"]

Handout = Allotment | PassUse | Earnings
"""What a programme hands out."""


class ProgrammeKind(StrEnum):
    """What a programme hands out."""

    FUND = "fund"
    PASS = "pass"  # noqa: S105 - no password
    TASKS = "tasks"


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
    "spending",
)
_OWN: Final[Mapping[ProgrammeKind, tuple[str, ...]]] = {
    ProgrammeKind.FUND: ("allotment", "caps"),
    ProgrammeKind.PASS: ("pass", "caps"),
    ProgrammeKind.TASKS: ("tasks",),
}
"""The members that a kind has beside those that all have."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One published version of a programme's rules. Made by ``from_json``.

    Attributes:
        rules: who qualifies: what a claim must prove. For tasks, what both rates have in common.
        handout: what an accepted claim gives.
        claims_per_validator: the cap, most claims (of a pass, activations) that one validator can vouch for in one
            period; 0 for tasks, which have a cap for each person instead.
        octets: the document as published.
        hash: keccak256 of ``octets``, 32 octets: the rulebook's name on chain and in every scope.
    """

    name: str
    version: int
    kind: ProgrammeKind
    title: Wording
    summary: Wording
    period: Period
    norms: Norms | None
    rules: ClaimRules
    handout: Handout
    claims_per_validator: int
    spending: Spending
    octets: bytes = field(repr=False)
    hash: bytes = field(repr=False)

    @classmethod
    def from_json(cls, unverified: bytes) -> "Rulebook":
        """Parse a published ``rulebook.json``.

        Raises:
            DocumentError: with the path of the field and the rule that it breaks.
        """
        node = parse_document(unverified)
        every = tuple(name for own in _OWN.values() for name in own)
        document = node.members(("kind",), (*_MEMBERS, *every, "norms"))
        kind = ProgrammeKind(document["kind"].choice(tuple(ProgrammeKind)))
        document = node.members((*_MEMBERS, *_OWN[kind]), ("norms",))
        rules = ClaimRules.from_members(document, node.path)
        return cls(
            name=document["name"].text(NAME, longest=60),
            version=document["version"].integer(1, 999),
            kind=kind,
            title=document["title"].wording(),
            summary=document["summary"].wording(),
            period=Period.from_node(document["period"]),
            norms=Norms.from_node(document["norms"]) if "norms" in document else None,
            rules=rules,
            handout=_handout(kind, document, rules),
            claims_per_validator=_cap(document["caps"]) if "caps" in document else 0,
            spending=Spending.from_node(document["spending"]),
            octets=bytes(unverified),
            hash=keccak256(unverified),
        )

    @property
    def allotment(self) -> Allotment:
        """What a claim of a fund credits; DocumentError when the programme is none."""
        if not isinstance(self.handout, Allotment):
            raise DocumentError("$.kind", "must be fund")
        return self.handout

    @property
    def pass_use(self) -> PassUse:
        """What a use of an offer proves; DocumentError when the programme is no pass."""
        if not isinstance(self.handout, PassUse):
            raise DocumentError("$.kind", "must be pass")
        return self.handout

    @property
    def earnings(self) -> Earnings:
        """What tasks earn; DocumentError when the programme has none."""
        if not isinstance(self.handout, Earnings):
            raise DocumentError("$.kind", "must be tasks")
        return self.handout

    @property
    def types(self) -> tuple[tuple[str, int], ...]:
        """Name and version of each credential type that a claim is made with, that of ``rules`` first."""
        used = self.handout.rules if isinstance(self.handout, PassUse) else self.rules
        return tuple(dict.fromkeys((rules.type_name, rules.type_version) for rules in (self.rules, used)))

    def category(self, id_: str) -> Category:
        """The category of this id; KeyError when the rulebook has none."""
        for category in self.spending.categories:
            if category.id == id_:
                return category
        raise KeyError(id_)


def _handout(kind: ProgrammeKind, document: Mapping[str, Node], rules: ClaimRules) -> Handout:
    match kind:
        case ProgrammeKind.FUND:
            return Allotment.from_node(document["allotment"])
        case ProgrammeKind.PASS:
            return PassUse.from_node(document["pass"])
        case ProgrammeKind.TASKS:
            return Earnings.from_node(document["tasks"], rules)


def _cap(node: Node) -> int:
    return node.members(("claims_per_validator",))["claims_per_validator"].integer(1, 1_000_000)
