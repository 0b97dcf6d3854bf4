# SPDX-License-Identifier: EUPL-1.2
"""Credential types: which claims a credential has, and how each claim becomes a payload and a scalar.

Implements specs/protocols/credential.md sections 1 to 4 and specs/protocols/claim.md 1.2 and 1.3.

Invariants:
    * Everything derived from a type (header, widths, ``type_id``) is the same octets for every credential of it.
    * A numeric scalar is the integer itself, below ``2^bits``; nothing else than a range-checked integer gets there.
    * No error carries a claim's value.

A *claim* is here what the standards call one: a fact of a credential, an attribute in the glossary's words.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ssi.claim.header import CLAIMS, MAX_CLAIMS, TypeHeader
from ssi.credential.claim_kinds import (
    DECOY,
    ClaimDefinition,
    ClaimKind,
    ClaimValue,
    ClaimValueError,
    payload_of,
    value_of,
)
from ssi.credential.days import DATE_BITS
from ssi.credential.document import Node, Wording, parse_document
from ssi.keccak import keccak256

__all__ = [
    "ALGORITHM",
    "DECOY",
    "ClaimDefinition",
    "ClaimKind",
    "ClaimValue",
    "ClaimValueError",
    "CredentialType",
    "find_type",
]

ALGORITHM: Final = "BBS-STUIVER-1"
"""The JSON Proof Algorithm that the issuer header names."""
_VCT: Final = re.compile(r"urn:stuiver:credential:([a-z][a-z0-9]*(?:-[a-z0-9]+)*):([1-9][0-9]{0,2})")
_CLAIM_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class CredentialType:
    """What every credential of one kind looks like. Made by ``from_json``; equal when ``vct``, title and claims are."""

    vct: str
    """The type's identifier, ``urn:stuiver:credential:<name>:<version>``."""
    title: Wording
    claims: tuple[ClaimDefinition, ...]
    """1 to 16 claims; a claim's position is its index."""
    widths: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Per position: 0 for a hashed claim, otherwise the number of bits (claim.md 1.2)."""
    issuer_header: bytes = field(init=False, repr=False, compare=False)
    """The JSON Web Proof issuer header octets: compact JSON, members sorted (credential.md 4.1)."""
    header: bytes = field(init=False, repr=False, compare=False)
    """The signed BBS header: number of claims, widths, issuer header (claim.md 1.3)."""
    type_id: bytes = field(init=False, repr=False, compare=False)
    """keccak256 of ``header``, 32 octets: the type's name on chain."""

    def __post_init__(self) -> None:
        widths = tuple(claim.bits for claim in self.claims)
        issuer_header = json.dumps(
            {
                "alg": ALGORITHM,
                "claims": {claim.name: [index, claim.kind.is_numeric] for index, claim in enumerate(self.claims)},
                "typ": "JPT",
                "vct": self.vct,
                "widths": list(widths),
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode("ascii")
        header = bytes((len(widths), *widths)) + issuer_header
        object.__setattr__(self, "widths", widths)
        object.__setattr__(self, "issuer_header", issuer_header)
        object.__setattr__(self, "header", header)
        object.__setattr__(self, "type_id", keccak256(header))

    @classmethod
    def from_json(cls, unverified: bytes) -> "CredentialType":
        """Parse a published ``type.json`` (credential.md section 1).

        Raises:
            DocumentError: with the path of the field and the rule that it breaks.
        """
        members = parse_document(unverified).members(("vct", "title", "claims"))
        claims = tuple(_claim_definition(node) for node in members["claims"].items(1, MAX_CLAIMS))
        names: set[str] = set()
        for index, claim in enumerate(claims):
            if claim.name in names:
                Node(None, f"$.claims[{index}].name").refuse("must differ from every other claim's name")
            names.add(claim.name)
        return cls(vct=members["vct"].text(_VCT), title=members["title"].wording(), claims=claims)

    @property
    def name(self) -> str:
        """The type's name, for example ``household-income``."""
        return self.vct.split(":")[3]

    @property
    def version(self) -> int:
        """The type's version, from 1."""
        return int(self.vct.split(":")[4])

    @property
    def type_header(self) -> TypeHeader:
        """The signed header as the claim proof reads it."""
        return TypeHeader(self.header, self.widths)

    def position(self, name: str) -> int:
        """The position of a claim; KeyError when the type has no such claim."""
        for index, claim in enumerate(self.claims):
            if claim.name == name:
                return index
        raise KeyError(name)

    def claim(self, name: str) -> ClaimDefinition:
        """The definition of a claim; KeyError when the type has no such claim."""
        return self.claims[self.position(name)]

    def has_claim(self, name: str) -> bool:
        """Whether the type has a claim of this name."""
        return any(claim.name == name for claim in self.claims)

    def payloads(self, values: Mapping[str, ClaimValue]) -> tuple[bytes, ...]:
        """The payload octets of a credential with these claims, by position (credential.md section 3).

        Args:
            values: every claim by name; an optional claim may be left out or be None. Dates as ``date`` or as days
                since 1900-01-01, money in cents.
        Raises:
            ClaimValueError: a claim is missing, unknown, of another kind or out of range.
        """
        for name in values:
            if not self.has_claim(name):
                raise ClaimValueError(name, "is not a claim of this credential type")
        return tuple(payload_of(claim, values.get(claim.name)) for claim in self.claims)

    def scalars(self, values: Mapping[str, ClaimValue]) -> tuple[int, ...]:
        """The scalars that a validator signs at positions 0 .. L-1; arguments and errors as ``payloads``."""
        return self.scalars_of(self.payloads(values))

    def scalars_of(self, payloads: Sequence[bytes]) -> tuple[int, ...]:
        """The scalars of payload octets, by position; errors as ``values``."""
        self.values(payloads)
        return tuple(_scalar(claim, payload) for claim, payload in zip(self.claims, payloads, strict=True))

    def scalar(self, name: str, value: ClaimValue) -> int:
        """The scalar of one claim. KeyError for an unknown claim, ClaimValueError as ``payloads``."""
        claim = self.claim(name)
        return _scalar(claim, payload_of(claim, value))

    def values(self, payloads: Sequence[bytes]) -> dict[str, ClaimValue]:
        """Read payload octets back; exactly the octets that ``payloads`` writes are accepted, each in its one form.

        Returns:
            Every claim by name: ``date`` for dates, ``int`` for cents and counts, None for an absent optional claim.
        Raises:
            ClaimValueError: a payload is not the canonical encoding of a value of its claim.
            ValueError: another number of payloads than the type has claims.
        """
        if len(payloads) != len(self.claims):
            raise ValueError("as many payloads as the type has claims")
        return {claim.name: value_of(claim, payload) for claim, payload in zip(self.claims, payloads, strict=True)}


def find_type(types: Iterable[CredentialType], unverified_header: bytes) -> CredentialType | None:
    """The type whose issuer header is exactly these octets, if any."""
    return next((known for known in types if known.issuer_header == unverified_header), None)


def _scalar(claim: ClaimDefinition, payload: bytes) -> int:
    """credential.md 3.2 and 3.3: the integer itself, or the hash of the octets (the decoy's octets included)."""
    if claim.kind.is_numeric:
        return int(payload)
    return CLAIMS.message_scalars([payload])[0]


def _claim_definition(node: Node) -> ClaimDefinition:
    members = node.members(("name", "kind", "title"), ("bits", "optional"))
    kind = ClaimKind(members["kind"].choice(tuple(ClaimKind)))
    bits, optional = 0, False
    if not kind.is_numeric:
        if "bits" in members:
            members["bits"].refuse("is for cents, count and date only: a text or boolean is hashed")
        optional = "optional" in members and members["optional"].boolean()
    else:
        if "bits" not in members:
            Node(None, f"{node.path}.bits").refuse("is missing: a number needs its width")
        if "optional" in members:
            members["optional"].refuse("is for text and boolean only: a decoy is no small integer")
        bits = members["bits"].integer(1, 32)
        if kind is ClaimKind.DATE and bits != DATE_BITS:
            members["bits"].refuse(f"must be {DATE_BITS}: every date has the same width")
    return ClaimDefinition(
        name=members["name"].text(_CLAIM_NAME, longest=40),
        kind=kind,
        bits=bits,
        optional=optional,
        title=members["title"].wording(),
    )
