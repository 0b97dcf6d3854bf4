# SPDX-License-Identifier: EUPL-1.2
"""The metadata of a credential's type: what it is called, what its claims are called, and what it demands of them.

Sources: draft-ietf-oauth-sd-jwt-vc, "SD-JWT VC Type Metadata"; specs/protocols/sd-jwt.md 7.

Invariants:
    * Members that are not known are ignored, as the draft demands; members that are known have their right shape.
    * A type that extends another may add and tighten, never loosen.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn, Self, TypeVar

from ssi.errors import VerificationError
from ssi.jose.tokens_json import read_object
from ssi.sd_jwt.type_errors import TypeMetadataError, TypeProblem

__all__ = ["ClaimDisplay", "ClaimMetadata", "Selective", "TypeDisplay", "TypeMetadata"]

LONGEST: Final = 1 << 18
"""Most octets of a type metadata document that is read."""
_MOST: Final = 500
_LONGEST_TEXT: Final = 4000
_LOCALE: Final = re.compile(r"[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8}")
_SVG_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_Item = TypeVar("_Item")


class Selective(StrEnum):
    """Whether a claim is selectively disclosable."""

    ALWAYS = "always"
    ALLOWED = "allowed"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class TypeDisplay:
    """How a type is called in one language.

    Args:
        locale: a language tag.
        name: for people.
        description: for people.
        background_color: a colour of CSS, from the ``simple`` rendering.
        text_color: another.
    """

    locale: str
    name: str
    description: str | None = None
    background_color: str | None = None
    text_color: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimDisplay:
    """How a claim is called in one language."""

    locale: str
    label: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimMetadata:
    """What a type says about the claims that a path leads to; None where it says nothing.

    Args:
        path: names, positions and None for every element.
        display: how they are called.
        mandatory: whether each credential has such a claim.
        sd: whether they are selectively disclosable; nothing said means ``ALLOWED``.
        svg_id: their name in SVG templates.
    """

    path: tuple[str | int | None, ...]
    display: tuple[ClaimDisplay, ...] | None = None
    mandatory: bool | None = None
    sd: Selective | None = None
    svg_id: str | None = None

    def extended_by(self, other: "ClaimMetadata") -> "ClaimMetadata":
        """What holds where ``other``, of a type that extends this one, says something about the same path.

        Raises:
            TypeMetadataError: ``FORBIDDEN_CHANGE``.
        """
        if self.sd in (Selective.ALWAYS, Selective.NEVER) and other.sd not in (None, self.sd):
            raise TypeMetadataError(TypeProblem.FORBIDDEN_CHANGE)
        if self.mandatory and other.mandatory is False:
            raise TypeMetadataError(TypeProblem.FORBIDDEN_CHANGE)
        return ClaimMetadata(
            self.path,
            self.display if other.display is None else other.display,
            self.mandatory if other.mandatory is None else other.mandatory,
            self.sd if other.sd is None else other.sd,
            self.svg_id if other.svg_id is None else other.svg_id,
        )


@dataclass(frozen=True, slots=True)
class TypeMetadata:
    """One type metadata document.

    Args:
        vct: the type.
        name: for developers.
        description: for developers.
        extends: the type that it extends.
        extends_integrity: the hash of that type's document.
        display: how it is called; None where it says nothing.
        claims: what it says about claims.
    """

    vct: str
    name: str | None = None
    description: str | None = None
    extends: str | None = None
    extends_integrity: str | None = None
    display: tuple[TypeDisplay, ...] | None = None
    claims: tuple[ClaimMetadata, ...] = ()

    @classmethod
    def from_json(cls, unverified: bytes) -> Self:
        """Read a document.

        Raises:
            TypeMetadataError: ``BAD_DOCUMENT``.
        """
        try:
            members = read_object(unverified, longest=LONGEST)
        except VerificationError:
            _refuse()
        vct = _text(members, "vct")
        if vct is None:
            _refuse()
        claims = _list(members, "claims", _claim) or ()
        names = [claim.svg_id for claim in claims if claim.svg_id is not None]
        if len({claim.path for claim in claims}) != len(claims) or len(set(names)) != len(names):
            _refuse()
        return cls(
            vct,
            _text(members, "name"),
            _text(members, "description"),
            _text(members, "extends"),
            _text(members, "extends#integrity"),
            _list(members, "display", _type_display),
            claims,
        )

    def to_json(self) -> bytes:
        """The document that ``from_json`` reads; the same octets each time, so that its hash can be signed."""
        document = _said(
            vct=self.vct,
            name=self.name,
            description=self.description,
            extends=self.extends,
            display=None if self.display is None else [_type_display_json(item) for item in self.display],
            claims=[_claim_json(claim) for claim in self.claims] or None,
        )
        if self.extends_integrity is not None:
            document["extends#integrity"] = self.extends_integrity
        return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8")

    def extended_by(self, other: "TypeMetadata") -> "TypeMetadata":
        """The metadata that holds for ``other``, a type that extends this one.

        Raises:
            TypeMetadataError: ``FORBIDDEN_CHANGE``.
        """
        claims = {claim.path: claim for claim in self.claims}
        for claim in other.claims:
            base = claims.get(claim.path)
            claims[claim.path] = claim if base is None else base.extended_by(claim)
        return TypeMetadata(
            other.vct,
            other.name,
            other.description,
            other.extends,
            other.extends_integrity,
            self.display if other.display is None else other.display,
            tuple(claims.values()),
        )


def _refuse() -> NoReturn:
    raise TypeMetadataError(TypeProblem.BAD_DOCUMENT)


def _text(members: Mapping[str, object], name: str, pattern: re.Pattern[str] | None = None) -> str | None:
    if name not in members:
        return None
    value = members[name]
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_TEXT:
        _refuse()
    if pattern is not None and pattern.fullmatch(value) is None:
        _refuse()
    return value


def _required(members: Mapping[str, object], name: str, pattern: re.Pattern[str] | None = None) -> str:
    value = _text(members, name, pattern)
    return _refuse() if value is None else value


def _list(
    members: Mapping[str, object], name: str, read: Callable[[Mapping[str, object]], _Item]
) -> tuple[_Item, ...] | None:
    if name not in members:
        return None
    value = members[name]
    if not isinstance(value, list) or len(value) > _MOST:
        _refuse()
    return tuple(read(item) if isinstance(item, dict) else _refuse() for item in value)


def _type_display(members: Mapping[str, object]) -> TypeDisplay:
    rendering = members.get("rendering", {})
    simple = rendering.get("simple", {}) if isinstance(rendering, dict) else None
    if not isinstance(simple, dict):
        _refuse()
    return TypeDisplay(
        _required(members, "locale", _LOCALE),
        _required(members, "name"),
        _text(members, "description"),
        _text(simple, "background_color"),
        _text(simple, "text_color"),
    )


def _claim_display(members: Mapping[str, object]) -> ClaimDisplay:
    return ClaimDisplay(
        _required(members, "locale", _LOCALE), _required(members, "label"), _text(members, "description")
    )


def _claim(members: Mapping[str, object]) -> ClaimMetadata:
    mandatory, sd = members.get("mandatory"), members.get("sd")
    if ("mandatory" in members and not isinstance(mandatory, bool)) or ("sd" in members and sd not in list(Selective)):
        _refuse()
    return ClaimMetadata(
        _path(members.get("path")),
        _list(members, "display", _claim_display),
        mandatory if isinstance(mandatory, bool) else None,
        Selective(sd) if isinstance(sd, str) else None,
        _text(members, "svg_id", _SVG_ID),
    )


def _path(value: object) -> tuple[str | int | None, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST:
        _refuse()
    steps: list[str | int | None] = []
    for step in value:
        if isinstance(step, bool) or not (step is None or isinstance(step, str | int)):
            _refuse()
        if isinstance(step, int) and step < 0:
            _refuse()
        steps.append(step)
    return tuple(steps)


def _said(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}


def _type_display_json(display: TypeDisplay) -> dict[str, object]:
    simple = _said(background_color=display.background_color, text_color=display.text_color)
    return _said(
        locale=display.locale,
        name=display.name,
        description=display.description,
        rendering={"simple": simple} if simple else None,
    )


def _claim_json(claim: ClaimMetadata) -> dict[str, object]:
    display = claim.display
    return {
        "path": list(claim.path),
        **_said(
            display=None
            if display is None
            else [_said(locale=item.locale, label=item.label, description=item.description) for item in display],
            mandatory=claim.mandatory,
            sd=None if claim.sd is None else claim.sd.value,
            svg_id=claim.svg_id,
        ),
    }
