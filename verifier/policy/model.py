# SPDX-License-Identifier: EUPL-1.2
"""A policy, parsed: what is asked, why, and how it is decided; typed, complete and immutable.

Invariants:
    * A ``Policy`` that exists has the shape of ``specs/policies/policy.schema.json``. Whether it may be used is decided
      in ``verifier.policy.lint``.
    * ``hash`` is of the octets as published; nothing is ever written back.
"""

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from ssi.base64url import encode_base64url
from ssi.credential.document import Node, Wording, parse_document
from verifier.policy.asked import CLAIM_ID, CREDENTIAL_ID, AskedCredential, Query, queries
from verifier.policy.conditions import Condition, Proven, condition

__all__ = ["Device", "Outcome", "Period", "Policy", "PolicyId", "Pseudonym", "Retention", "Rule"]

_MEMBERS: Final = (
    "name",
    "version",
    "title",
    "purpose",
    "time_zone",
    "devices",
    "queries",
    "rules",
    "outcome",
    "retention",
)
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TIME_ZONE: Final = re.compile(r"[A-Za-z]+(/[A-Za-z_]+)+")
_MAX_RULES: Final = 16
_MAX_MINUTES: Final = 60 * 24 * 366
_MAX_DAYS: Final = 3660


class Device(StrEnum):
    """Where the wallet is, seen from the browser that starts."""

    SAME = "same"
    OTHER = "other"


class Period(StrEnum):
    """How long a person keeps one pseudonym."""

    POLICY = "policy"
    """As long as this version of the policy lasts."""
    CALENDAR_YEAR = "calendar_year"
    """A new one each year, by the policy's time zone."""


@dataclass(frozen=True, slots=True)
class PolicyId:
    """Name and version."""

    name: str
    version: int

    def __str__(self) -> str:
        return f"{self.name}/v{self.version}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One ground of the decision.

    Attributes:
        claim: the path of the claim that it looks at; empty when it looks at a proven predicate.
        credentials: ids of the credential queries that it is about; empty: all of them.
    """

    id: str
    text: Wording
    claim: tuple[str, ...]
    condition: Condition
    credentials: tuple[str, ...] = ()

    def is_about(self, credential: AskedCredential) -> bool:
        """Whether it decides on what this credential shows."""
        return not self.credentials or credential.id in self.credentials


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """That the policy asks for a pseudonym, and what for."""

    period: Period
    once: bool
    """Whether a person is allowed at most once in a period."""
    text: Wording


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the decision means for the citizen, and for how long."""

    allowed: Wording
    denied: Wording
    valid_minutes: int


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept after the decision besides the receipt's own members, and for how long."""

    days: int
    keep: tuple[tuple[str, ...], ...]
    """Paths of disclosed claims that stay with the decision and stand in the receipt."""
    text: Wording


@dataclass(frozen=True, slots=True)
class Policy:
    """One published version. Made by ``from_json``."""

    id: PolicyId
    title: Wording
    purpose: Wording
    time_zone: str
    devices: frozenset[Device]
    queries: tuple[Query, ...]
    rules: tuple[Rule, ...]
    pseudonym: Pseudonym | None
    transaction: Wording | None
    """What the citizen confirms with the presentation, if anything."""
    outcome: Outcome
    retention: Retention
    octets: bytes = field(repr=False)
    """The document as published."""
    hash: str = field(repr=False)
    """SHA-256 of ``octets``, as ``sha256-`` and base64url."""

    @classmethod
    def from_json(cls, unverified: bytes) -> "Policy":
        """Parse a published ``policy.json``.

        Raises:
            DocumentError: with the path of the field and the rule that it breaks.
        """
        document = parse_document(unverified).members(_MEMBERS, ("pseudonym", "transaction"))
        asked = queries(document["queries"])
        transaction = document.get("transaction")
        return cls(
            id=PolicyId(document["name"].text(_NAME, longest=60), document["version"].integer(1, 999)),
            title=document["title"].wording(),
            purpose=document["purpose"].wording(),
            time_zone=_time_zone(document["time_zone"]),
            devices=_devices(document["devices"]),
            queries=asked,
            rules=_rules(document["rules"], asked),
            pseudonym=_pseudonym(document["pseudonym"]) if "pseudonym" in document else None,
            transaction=None if transaction is None else transaction.members(("text",))["text"].wording(),
            outcome=_outcome(document["outcome"]),
            retention=_retention(document["retention"]),
            octets=bytes(unverified),
            hash="sha256-" + encode_base64url(hashlib.sha256(unverified).digest()),
        )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its days begin."""
        return ZoneInfo(self.time_zone)

    def query(self, id_: str) -> Query:
        """The query of this id; KeyError when the policy has none."""
        for query in self.queries:
            if query.id == id_:
                return query
        raise KeyError(id_)

    def rule(self, id_: str) -> Rule:
        """The rule of this id; KeyError when the policy has none."""
        for rule in self.rules:
            if rule.id == id_:
                return rule
        raise KeyError(id_)


def _time_zone(node: Node) -> str:
    name = node.text(_TIME_ZONE, longest=60)
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        node.refuse("must be a time zone that is known, such as Europe/Amsterdam")
    return name


def _devices(node: Node) -> frozenset[Device]:
    return frozenset(Device(item.choice(tuple(Device))) for item in node.items(1, len(Device)))


def _rules(node: Node, asked: tuple[Query, ...]) -> tuple[Rule, ...]:
    credentials = {credential.id: credential for query in asked for credential in query.credentials}
    rules: list[Rule] = []
    for item in node.items(1, _MAX_RULES):
        members = item.entries()
        head = {name: members.pop(name) for name in ("id", "text", "claim", "credentials") if name in members}
        Node({name: part.value for name, part in head.items()}, item.path).members(
            ("id", "text"), ("claim", "credentials")
        )
        id_ = head["id"].text(CLAIM_ID, longest=60)
        if any(rule.id == id_ for rule in rules):
            head["id"].refuse("must differ from every other rule's id")
        decides = condition(Node({name: part.value for name, part in members.items()}, item.path))
        if isinstance(decides, Proven) == ("claim" in head):
            item.refuse("looks at a claim, or at a proven predicate, and not at both")
        about = _about(head["credentials"], credentials) if "credentials" in head else ()
        rules.append(Rule(id_, head["text"].wording(), _path(head.get("claim")), decides, about))
    return tuple(rules)


def _about(node: Node, credentials: dict[str, AskedCredential]) -> tuple[str, ...]:
    ids = []
    for item in node.items(1, _MAX_RULES):
        id_ = item.text(CREDENTIAL_ID, longest=60)
        if id_ not in credentials:
            item.refuse("must be the id of a credential that a query asks for")
        ids.append(id_)
    return tuple(ids)


def _path(node: Node | None) -> tuple[str, ...]:
    return () if node is None else tuple(item.text(longest=60) for item in node.items(1, 4))


def _pseudonym(node: Node) -> Pseudonym:
    members = node.members(("period", "once", "text"))
    period = Period(members["period"].choice(tuple(Period)))
    return Pseudonym(period, members["once"].boolean(), members["text"].wording())


def _outcome(node: Node) -> Outcome:
    members = node.members(("allowed", "denied", "valid_minutes"))
    minutes = members["valid_minutes"].integer(1, _MAX_MINUTES)
    return Outcome(members["allowed"].wording(), members["denied"].wording(), minutes)


def _retention(node: Node) -> Retention:
    members = node.members(("days", "keep", "text"))
    keep = tuple(_path(item) for item in members["keep"].items(0, _MAX_RULES))
    return Retention(members["days"].integer(1, _MAX_DAYS), keep, members["text"].wording())
