# SPDX-License-Identifier: EUPL-1.2
"""How issuers and claims are shown, and the pointers that name claims (OpenID4VCI 1.0 12.2.4 and appendix C)."""

import re
from dataclasses import dataclass
from typing import Final

from ssi.credential.document import Node
from ssi.openid.reading import LONGEST_TEXT, find, known_members, present_members

__all__ = ["ClaimDescription", "ClaimsPath", "Display", "claims_path"]

ClaimsPath = tuple[str | int | None, ...]
"""A claims path pointer: a name, an index of an array, or None for all elements of an array."""
MOST_STEPS: Final = 16
_MOST_DISPLAYS: Final = 100
_LONGEST_PICTURE: Final = 1 << 18
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*")
_MEMBERS: Final = ("name", "locale", "description", "background_color", "text_color", "logo")


def claims_path(node: Node) -> ClaimsPath:
    """Read a claims path pointer: 1 to 16 names, indexes from 0, or ``null``."""
    return tuple(_step(item) for item in node.items(1, MOST_STEPS))


def _step(node: Node) -> str | int | None:
    if node.value is None:
        return None
    if isinstance(node.value, str):
        return node.text(longest=200)
    return node.integer(0, 1 << 20)


@dataclass(frozen=True, slots=True)
class Display:
    """How something is shown in one language. Where a picture is fetched from is not yet a reason to fetch it."""

    name: str | None = None
    locale: str | None = None
    """Language tag of BCP 47."""
    logo_uri: str | None = None
    logo_alt_text: str | None = None
    description: str | None = None
    background_color: str | None = None
    text_color: str | None = None

    @classmethod
    def from_node(cls, node: Node) -> "Display":
        """Read one item of ``display``."""
        members = known_members(node, (), _MEMBERS)
        logo = known_members(members["logo"], (), ("uri", "alt_text")) if "logo" in members else {}
        return cls(
            name=find(members, "name", lambda member: member.text()),
            locale=find(members, "locale", lambda member: member.text(_LANGUAGE, longest=100)),
            logo_uri=find(logo, "uri", lambda member: member.text(longest=_LONGEST_PICTURE)),
            logo_alt_text=find(logo, "alt_text", lambda member: member.text()),
            description=find(members, "description", lambda member: member.text(longest=LONGEST_TEXT)),
            background_color=find(members, "background_color", lambda member: member.text(longest=100)),
            text_color=find(members, "text_color", lambda member: member.text(longest=100)),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        logo = present_members({"uri": self.logo_uri, "alt_text": self.logo_alt_text})
        return present_members(
            {
                "name": self.name,
                "locale": self.locale,
                "logo": logo or None,
                "description": self.description,
                "background_color": self.background_color,
                "text_color": self.text_color,
            }
        )


@dataclass(frozen=True, slots=True)
class ClaimDescription:
    """One claim of a credential: where it stands, whether it is always there, how it is shown."""

    path: ClaimsPath
    mandatory: bool = False
    display: tuple[Display, ...] = ()

    @classmethod
    def from_node(cls, node: Node) -> "ClaimDescription":
        """Read one item of ``claims``."""
        members = known_members(node, ("path",), ("mandatory", "display"))
        displays = members["display"].items(1, _MOST_DISPLAYS) if "display" in members else []
        return cls(
            claims_path(members["path"]),
            find(members, "mandatory", Node.boolean) or False,
            tuple(Display.from_node(item) for item in displays),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        shown = [display.to_json() for display in self.display]
        return present_members({"path": list(self.path), "mandatory": self.mandatory, "display": shown})
