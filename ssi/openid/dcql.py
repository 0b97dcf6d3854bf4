# SPDX-License-Identifier: EUPL-1.2
"""The Digital Credentials Query Language: what a verifier asks for (OpenID4VP 1.0 sections 6 and 7).

Invariants:
    * A ``DcqlQuery`` is consistent: identifiers are unique, and every reference leads to one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from ssi.credential.document import Node
from ssi.openid.displays import ClaimsPath, claims_path
from ssi.openid.reading import LONGEST_TEXT, find, known_members, parse_message, present_members, unique_strings

__all__ = [
    "SD_JWT",
    "STUIVER_JWP",
    "ClaimsPath",
    "ClaimsQuery",
    "CredentialQuery",
    "CredentialSetQuery",
    "DcqlQuery",
    "QueryValue",
    "TrustedAuthority",
    "is_same_value",
    "select",
]

SD_JWT: Final = "dc+sd-jwt"
STUIVER_JWP: Final = "dc+jwp"
"""Our BBS credential; its ``meta`` is that of specs/protocols/presentation.md."""
_WITH_TYPES: Final = (SD_JWT, STUIVER_JWP)
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_MOST: Final = 50
_MOST_CLAIMS: Final = 200
QueryValue = str | int | bool


def select(claims: object, path: ClaimsPath) -> tuple[tuple[ClaimsPath, object], ...]:
    """Apply a claims path pointer (OpenID4VP 7.1.1).

    Args:
        claims: the claims of a credential, a JSON object.
        path: the pointer.
    Returns:
        For each selected element its path, of names and indexes only, and its value; nothing where the pointer does
        not fit the claims.
    """
    selected: list[tuple[ClaimsPath, object]] = [((), claims)]
    for step in path:
        following: list[tuple[ClaimsPath, object]] = []
        for at, value in selected:
            if isinstance(step, str):
                if not isinstance(value, Mapping):
                    return ()
                if step in value:
                    following.append(((*at, step), value[step]))
                continue
            if not isinstance(value, list | tuple):
                return ()
            indexes = range(len(value)) if step is None else range(step, min(step + 1, len(value)))
            following += [((*at, index), value[index]) for index in indexes]
        selected = following
    return tuple(selected)


def is_same_value(value: object, expected: QueryValue) -> bool:
    """Whether type and value both match: ``true`` is not 1, and 1 is not ``"1"``."""
    return type(value) is type(expected) and value == expected


@dataclass(frozen=True, slots=True)
class ClaimsQuery:
    """One claim, or all that a pointer selects."""

    path: ClaimsPath
    id: str | None = None
    values: tuple[QueryValue, ...] = ()
    """Any of these; empty: any value."""

    @classmethod
    def from_node(cls, node: Node) -> "ClaimsQuery":
        """Read one item of ``claims``."""
        members = known_members(node, ("path",), ("id", "values"))
        values = members["values"].items(1, _MOST_CLAIMS) if "values" in members else []
        return cls(
            claims_path(members["path"]),
            find(members, "id", lambda member: member.text(_ID)),
            tuple(_value(item) for item in values),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members({"id": self.id, "path": list(self.path), "values": list(self.values)})

    def select(self, claims: Mapping[str, object]) -> tuple[tuple[ClaimsPath, object], ...]:
        """The selected elements whose value is one that is asked for."""
        found = select(claims, self.path)
        if not self.values:
            return found
        return tuple(item for item in found if any(is_same_value(item[1], value) for value in self.values))


@dataclass(frozen=True, slots=True)
class TrustedAuthority:
    """Whom the verifier trusts to have certified issuers."""

    type: str
    """``aki``, ``etsi_tl``, ``openid_federation``, or another."""
    values: tuple[str, ...]

    @classmethod
    def from_node(cls, node: Node) -> "TrustedAuthority":
        """Read one item of ``trusted_authorities``."""
        members = known_members(node, ("type", "values"))
        return cls(members["type"].text(longest=200), unique_strings(members["values"], most=_MOST_CLAIMS))

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return {"type": self.type, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class CredentialQuery:
    """One credential."""

    id: str
    format: str
    meta: Mapping[str, object] = field(hash=False)
    """What the format says about types; bounded JSON, read by whoever knows the format."""
    multiple: bool = False
    trusted_authorities: tuple[TrustedAuthority, ...] = ()
    require_holder_binding: bool = True
    claims: tuple[ClaimsQuery, ...] = ()
    claim_sets: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))

    @classmethod
    def from_node(cls, node: Node) -> "CredentialQuery":
        """Read one item of ``credentials``."""
        members = known_members(
            node,
            ("id", "format", "meta"),
            ("multiple", "trusted_authorities", "require_cryptographic_holder_binding", "claims", "claim_sets"),
        )
        form = members["format"].text(longest=100)
        meta = members["meta"].entries()
        if form in _WITH_TYPES:
            unique_strings(known_members(members["meta"], ("vct_values",))["vct_values"], most=_MOST)
        if form == STUIVER_JWP and "claims" in members:
            members["claims"].refuse("must not stand in a query for our BBS credential, whose meta asks")
        claims = tuple(ClaimsQuery.from_node(item) for item in _items(members, "claims", _MOST_CLAIMS))
        ids = [claim.id for claim in claims if claim.id is not None]
        if len(set(ids)) != len(ids):
            members["claims"].refuse("must not repeat an id")
        sets = tuple(
            unique_strings(item, most=_MOST_CLAIMS, pattern=_ID) for item in _items(members, "claim_sets", _MOST)
        )
        if sets and not (claims and len(ids) == len(claims) and all(name in ids for option in sets for name in option)):
            members["claim_sets"].refuse("must name ids of claims, of which each has one")
        binding = find(members, "require_cryptographic_holder_binding", Node.boolean)
        return cls(
            id=members["id"].text(_ID),
            format=form,
            meta={name: member.value for name, member in meta.items()},
            multiple=find(members, "multiple", Node.boolean) or False,
            trusted_authorities=tuple(
                TrustedAuthority.from_node(item) for item in _items(members, "trusted_authorities", _MOST)
            ),
            require_holder_binding=True if binding is None else binding,
            claims=claims,
            claim_sets=sets,
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members(
            {
                "id": self.id,
                "format": self.format,
                "meta": dict(self.meta),
                "multiple": self.multiple,
                "trusted_authorities": [authority.to_json() for authority in self.trusted_authorities],
                "claims": [claim.to_json() for claim in self.claims],
                "claim_sets": [list(option) for option in self.claim_sets],
            }
        ) | ({} if self.require_holder_binding else {"require_cryptographic_holder_binding": False})

    @property
    def vct_values(self) -> tuple[str, ...]:
        """The types that are accepted; empty where the format has none."""
        values = self.meta.get("vct_values")
        return tuple(str(value) for value in values) if isinstance(values, list | tuple) else ()

    @property
    def options(self) -> tuple[tuple[ClaimsQuery, ...], ...]:
        """The combinations of claims of which one is asked for, the preferred one first; at least one, maybe empty."""
        if not self.claim_sets:
            return (self.claims,)
        by_id = {claim.id: claim for claim in self.claims}
        return tuple(tuple(by_id[name] for name in option) for option in self.claim_sets)

    def accepts(self, credential_format: str, vct: str, authorities: frozenset[tuple[str, str]]) -> bool:
        """Whether a credential of this format, type and provenance is of the kind that is asked for."""
        if credential_format != self.format or (self.format in _WITH_TYPES and vct not in self.vct_values):
            return False
        wanted = {(authority.type, value) for authority in self.trusted_authorities for value in authority.values}
        return not wanted or bool(wanted & authorities)


@dataclass(frozen=True, slots=True)
class CredentialSetQuery:
    """Combinations of credentials of which one satisfies a use."""

    options: tuple[tuple[str, ...], ...]
    required: bool = True

    @classmethod
    def from_node(cls, node: Node) -> "CredentialSetQuery":
        """Read one item of ``credential_sets``."""
        members = known_members(node, ("options",), ("required",))
        required = find(members, "required", Node.boolean)
        options = tuple(unique_strings(item, most=_MOST, pattern=_ID) for item in members["options"].items(1, _MOST))
        return cls(options, True if required is None else required)

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        options: dict[str, object] = {"options": [list(option) for option in self.options]}
        return options | ({} if self.required else {"required": False})


@dataclass(frozen=True, slots=True)
class DcqlQuery:
    """Everything that a verifier asks for."""

    credentials: tuple[CredentialQuery, ...]
    credential_sets: tuple[CredentialSetQuery, ...] = ()

    @classmethod
    def from_json(cls, unverified: bytes) -> "DcqlQuery":
        """Read a query; DocumentError names the field and the rule."""
        return cls.from_node(parse_message(unverified))

    @classmethod
    def from_node(cls, node: Node) -> "DcqlQuery":
        """Read a query that stands in a request."""
        members = known_members(node, ("credentials",), ("credential_sets",))
        credentials = tuple(CredentialQuery.from_node(item) for item in members["credentials"].items(1, _MOST))
        ids = {credential.id for credential in credentials}
        if len(ids) != len(credentials):
            members["credentials"].refuse("must not repeat an id")
        sets = tuple(CredentialSetQuery.from_node(item) for item in _items(members, "credential_sets", _MOST))
        if not all(name in ids for one in sets for option in one.options for name in option):
            members["credential_sets"].refuse("must name ids of credentials")
        return cls(credentials, sets)

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members(
            {
                "credentials": [credential.to_json() for credential in self.credentials],
                "credential_sets": [one.to_json() for one in self.credential_sets],
            }
        )

    def credential(self, id_: str) -> CredentialQuery:
        """The query of this id; KeyError when there is none."""
        for query in self.credentials:
            if query.id == id_:
                return query
        raise KeyError(id_)


def _items(members: Mapping[str, Node], name: str, most: int) -> Iterator[Node]:
    if name in members:
        yield from members[name].items(1, most)


def _value(node: Node) -> QueryValue:
    if isinstance(node.value, bool):
        return node.value
    if isinstance(node.value, str):
        return node.text(longest=LONGEST_TEXT)
    return node.integer(-(1 << 63), 1 << 63)
