# SPDX-License-Identifier: EUPL-1.2
"""Issuing SD-JWTs (RFC 9901 sections 4.1 and 4.2; specs/protocols/sd-jwt.md 2).

Mark with ``Sd`` what the holder may keep back, at any depth: ``{"name": Sd("Amira"), "children": [Sd("A"), Sd("B")]}``.
A mark inside a marked value makes the disclosures recursive.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

from ssi.base64url import encode_base64url
from ssi.jose.jws import Signer, sign_jwt
from ssi.sd_jwt.disclosures import (
    ALGORITHM_CLAIM,
    DEFAULT_ALGORITHM,
    DIGESTS_CLAIM,
    ELEMENT_CLAIM,
    RESERVED_NAMES,
    digest_of,
    write_disclosure,
)
from ssi.sd_jwt.unpack import Path

__all__ = ["Decoys", "NoDecoys", "Padding", "Randomness", "Sd", "issue_sd_jwt"]

Randomness = Callable[[int], bytes]
"""Gives as many random octets as it is asked for, never the same twice."""
SALT_OCTETS: Final = 16
_NO_HEADER: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sd:
    """A member of an object, or an element of an array, that is selectively disclosable."""

    value: object


class Decoys(Protocol):
    """How many digests of nothing hide how many claims there are."""

    def in_object(self, path: Path, digests: int) -> int:
        """Decoys for the object at a path, which has ``digests`` real ones."""
        ...

    def in_array(self, path: Path, digests: int) -> int:
        """Decoys at the end of the array at a path, which has ``digests`` real ones."""
        ...


@dataclass(frozen=True, slots=True)
class NoDecoys:
    """None: the number of digests is the number of claims."""

    def in_object(self, path: Path, digests: int) -> int:
        """None."""
        return 0

    def in_array(self, path: Path, digests: int) -> int:
        """None."""
        return 0


@dataclass(frozen=True, slots=True)
class Padding:
    """The payload, and each array that has digests, always show at least a fixed number of them.

    Args:
        claims: digests of the payload.
        elements: digests of each array.
    """

    claims: int
    elements: int = 0

    def in_object(self, path: Path, digests: int) -> int:
        """What the payload lacks; none in other objects."""
        return 0 if path else max(0, self.claims - digests)

    def in_array(self, path: Path, digests: int) -> int:
        """What the array lacks; none in one without digests."""
        return max(0, self.elements - digests) if digests else 0


@dataclass(slots=True)
class _Packing:
    """The state of one issuing: where randomness comes from, and the disclosures so far."""

    randomness: Randomness
    decoys: Decoys
    algorithm: str
    disclosures: list[str] = field(default_factory=list)

    def members(self, claims: Mapping[str, object], path: Path) -> dict[str, object]:
        packed: dict[str, object] = {}
        digests = []
        for name, value in claims.items():
            if name in RESERVED_NAMES:
                raise ValueError(f"{name} is no name for a claim")
            place = (*path, name)
            if isinstance(value, Sd):
                digests.append(self.hide(name, self.value(value.value, place)))
            else:
                packed[name] = self.value(value, place)
        digests += [self.decoy() for _ in range(self.decoys.in_object(path, len(digests)))]
        return {DIGESTS_CLAIM: sorted(digests), **packed} if digests else packed

    def elements(self, elements: Sequence[object], path: Path) -> list[object]:
        packed: list[object] = []
        for position, element in enumerate(elements):
            place = (*path, position)
            if isinstance(element, Sd):
                packed.append({ELEMENT_CLAIM: self.hide(None, self.value(element.value, place))})
            else:
                packed.append(self.value(element, place))
        hidden = sum(isinstance(element, Sd) for element in elements)
        packed += [{ELEMENT_CLAIM: self.decoy()} for _ in range(self.decoys.in_array(path, hidden))]
        return packed

    def value(self, value: object, path: Path) -> object:
        if value is None or isinstance(value, str | int | float):
            return value
        if isinstance(value, Mapping):
            return self.members(value, path)
        if isinstance(value, list | tuple):
            return self.elements(value, path)
        if isinstance(value, Sd):
            raise ValueError("a mark stands directly inside a mark")
        raise TypeError("not a JSON value")

    def hide(self, name: str | None, value: object) -> str:
        text = write_disclosure(self.randomness(SALT_OCTETS), name, value)
        self.disclosures.append(text)
        return digest_of(text, self.algorithm)

    def decoy(self) -> str:
        return digest_of(encode_base64url(self.randomness(SALT_OCTETS)), self.algorithm)


def issue_sd_jwt(
    claims: Mapping[str, object],
    signer: Signer,
    *,
    typ: str,
    header: Mapping[str, object] = _NO_HEADER,
    decoys: Decoys = NoDecoys(),
    algorithm: str = DEFAULT_ALGORITHM,
    randomness: Randomness = secrets.token_bytes,
) -> str:
    """Issue an SD-JWT in compact form, with all its disclosures.

    Args:
        claims: the payload, selectively disclosable parts marked with ``Sd``; ``cnf`` binds it to a holder.
        signer: the issuer's key.
        typ: the header's ``typ``, without ``application/``.
        header: further members of the header.
        decoys: how many digests of nothing are added.
        algorithm: the hash function: ``sha-256``, ``sha-384`` or ``sha-512``.
        randomness: where salts and decoys come from. Whoever can predict it can find out undisclosed claims.
    Raises:
        ValueError: a reserved name among the claims, or a mark directly inside a mark.
        TypeError: a value that JSON does not have.
    """
    packing = _Packing(randomness, decoys, algorithm)
    payload = packing.members(claims, ())
    payload[ALGORITHM_CLAIM] = algorithm
    token = sign_jwt(payload, signer, typ=typ, header=header)
    return "~".join([token, *packing.disclosures, ""])
