# SPDX-License-Identifier: EUPL-1.2
"""A task as it is published: a JSON document, and the seven numbers and hashes of it that stand on chain. Pure.

    {"stuiver": "task/1",
     "title": {"nl": "..", "en": ".."}, "text": {"nl": "..", "en": ".."},   what is to be done
     "place": "Tempsplein, Heerlen",
     "tags": ["outdoors", "light"], "tools": ["gloves"],                    ids of the rulebook
     "insurance": {"reference": "HRL-2025-01", "conditions": {"nl": "..", "en": ".."}},
     "places": 3, "quarter_hours": 16,                                      of all people together
     "until": "2025-04-01T12:00:00Z"}                                       first moment too late to choose or report

On chain stand: ``description``, keccak256 of the document's octets; ``tags``, keccak256 of the tags' ids in
alphabetical order, a line break after each; ``insurance``, the reference itself in ASCII, filled up with zeros;
``tools``, a bit for each; places, quarter hours and the moment.

Invariant: a ``PublishedOffer`` that exists names only tags and tools of its rulebook.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

from ssi.credential.document import Node, Wording, parse_document
from ssi.keccak import keccak256
from ssi.rulebook.handout import Earnings

__all__ = ["PublishedOffer"]

_MEMBERS: Final = (
    "stuiver",
    "title",
    "text",
    "place",
    "tags",
    "tools",
    "insurance",
    "places",
    "quarter_hours",
    "until",
)
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_REFERENCE: Final = re.compile(r"[0-9A-Z][0-9A-Za-z./-]{0,31}")
_LONGEST_TEXT: Final = 4_000
_MOST_PLACES: Final = 255
_MOST_QUARTERS: Final = 65_535


@dataclass(frozen=True, slots=True)
class PublishedOffer:
    """A task that people can choose. Made by ``from_json``.

    Attributes:
        tags, tools: ids of the rulebook.
        insurance: the reference of the policy; whoever chooses accepts ``conditions``.
        places: how many people may do it together.
        quarter_hours: that it is worth in full, of all people together.
        until: aware UTC; from then on it can be neither chosen nor reported as done.
        octets: the document as published.
        members: ``TaskOffer`` of the contract.
    """

    title: Wording
    text: Wording
    place: str
    tags: tuple[str, ...]
    tools: tuple[str, ...]
    insurance: str
    conditions: Wording
    places: int
    quarter_hours: int
    until: datetime
    octets: bytes = field(repr=False)
    members: tuple[Any, ...] = field(repr=False)

    @classmethod
    def from_json(cls, unverified: bytes, earnings: Earnings) -> Self:
        """Read a published document.

        Args:
            earnings: of the board's rulebook.
        Raises:
            DocumentError: with the path of the field and the rule that it breaks.
        """
        document = parse_document(unverified).members(_MEMBERS)
        document["stuiver"].choice(("task/1",))
        insurance = document["insurance"].members(("reference", "conditions"))
        tags = _ids(document["tags"], [tag.id for tag in earnings.tags])
        tools = _ids(document["tools"], [tool.id for tool in earnings.tools])
        reference = insurance["reference"].text(_REFERENCE)
        places = document["places"].integer(1, _MOST_PLACES)
        quarters = document["quarter_hours"].integer(1, _MOST_QUARTERS)
        until = _moment(document["until"])
        bits = sum(1 << tool.index for tool in earnings.tools if tool.id in tools)
        members = (
            keccak256(unverified),
            keccak256("".join(f"{tag}\n" for tag in sorted(tags)).encode()),
            reference.encode("ascii").ljust(32, b"\0"),
            bits,
            places,
            quarters,
            int(until.timestamp()),
        )
        return cls(
            title=document["title"].wording(),
            text=_long_wording(document["text"]),
            place=document["place"].text(longest=200),
            tags=tags,
            tools=tools,
            insurance=reference,
            conditions=_long_wording(insurance["conditions"]),
            places=places,
            quarter_hours=quarters,
            until=until,
            octets=bytes(unverified),
            members=members,
        )

    @property
    def insurance_octets(self) -> bytes:
        """The reference as the choice signs it, 32 octets."""
        return self.insurance.encode("ascii").ljust(32, b"\0")


def _ids(node: Node, known: list[str]) -> tuple[str, ...]:
    items = node.items(0, len(known))
    found = tuple(item.choice(known) for item in items)
    if len(set(found)) != len(found):
        node.refuse("must name each id once")
    return found


def _long_wording(node: Node) -> Wording:
    texts = node.members(("nl", "en"))
    return Wording(texts["nl"].text(longest=_LONGEST_TEXT), texts["en"].text(longest=_LONGEST_TEXT))


def _moment(node: Node) -> datetime:
    text = node.text(_MOMENT)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        node.refuse("must be a moment in UTC such as 2025-04-01T12:00:00Z")
