# SPDX-License-Identifier: EUPL-1.2
"""Putting disclosures where their digests stand (RFC 9901 section 7.1, steps 3 to 5; specs/protocols/sd-jwt.md 3).

Invariants:
    * Each disclosure stands in exactly one place, each digest at most once; nothing is added over what is there.
    * ``_sd``, ``...`` and ``_sd_alg`` occur nowhere but as the standard has them, and never in what is given back.
    * The whole is at most ``ssi.nesting.MAX_DEPTH`` deep, however it was divided over disclosures.

A *path* leads from the payload to a value: names of members and positions in arrays. Positions count every element
that was issued, whether it is disclosed or not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ssi.errors import Reason, VerificationError
from ssi.nesting import MAX_DEPTH
from ssi.sd_jwt.disclosures import (
    ALGORITHM_CLAIM,
    DEFAULT_ALGORITHM,
    DIGESTS_CLAIM,
    ELEMENT_CLAIM,
    Disclosure,
    digest_of,
    read_algorithm,
)

__all__ = ["Path", "Unpacked", "unpack"]

Path = tuple[str | int, ...]
_CONTAINERS: Final = (dict, list)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A payload with its disclosures in place.

    Args:
        claims: the payload without digests; elements that are not disclosed are left out.
        disclosed: for each disclosed path, the text of its disclosure.
        hidden: the paths of array elements that are not disclosed, or do not exist (decoys).
        algorithm: the hash function of the digests.
    """

    claims: dict[str, object]
    disclosed: Mapping[Path, str]
    hidden: frozenset[Path]
    algorithm: str


def unpack(unverified_payload: Mapping[str, object], unverified_disclosures: Sequence[str]) -> Unpacked:
    """Put disclosures in place. The signature of the payload is the caller's matter.

    Raises:
        VerificationError: ``DUPLICATE_DISCLOSURE``, ``DUPLICATE_DIGEST``, ``UNREFERENCED_DISCLOSURE``,
            ``FORBIDDEN_CLAIM`` (a reserved name, or one that is there already), ``WRONG_ALGORITHM`` (of the digests),
            ``TOO_DEEP`` or ``MALFORMED``.
    """
    algorithm = read_algorithm(unverified_payload.get(ALGORITHM_CLAIM, DEFAULT_ALGORITHM))
    unpacking = _Unpacking(_by_digest(unverified_disclosures, algorithm))
    claims = unpacking.members(unverified_payload, ())
    if len(unpacking.disclosed) != len(unpacking.texts):
        raise VerificationError(Reason.UNREFERENCED_DISCLOSURE)
    return Unpacked(claims, unpacking.disclosed, frozenset(unpacking.hidden), algorithm)


def _by_digest(unverified_disclosures: Iterable[str], algorithm: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    try:
        for text in unverified_disclosures:
            digest = digest_of(text, algorithm)
            if digest in texts:
                raise VerificationError(Reason.DUPLICATE_DISCLOSURE)
            texts[digest] = text
    except UnicodeEncodeError:
        raise VerificationError(Reason.MALFORMED, "a disclosure is not base64url") from None
    return texts


@dataclass(slots=True)
class _Unpacking:
    """The state of one unpacking: which disclosures there are, which digests were met, what was placed where."""

    texts: Mapping[str, str]
    met: set[str] = field(default_factory=set)
    disclosed: dict[Path, str] = field(default_factory=dict)
    hidden: set[Path] = field(default_factory=set)

    def members(self, members: Mapping[str, object], path: Path) -> dict[str, object]:
        if len(path) >= MAX_DEPTH:
            raise VerificationError(Reason.TOO_DEEP)
        if ELEMENT_CLAIM in members or (path and ALGORITHM_CLAIM in members):
            raise VerificationError(Reason.FORBIDDEN_CLAIM, "a reserved name stands where it may not")
        result = {
            name: self.value(value, (*path, name)) if isinstance(value, _CONTAINERS) else value
            for name, value in members.items()
            if name not in (DIGESTS_CLAIM, ALGORITHM_CLAIM)
        }
        digests = members.get(DIGESTS_CLAIM, [])
        if not isinstance(digests, list):
            raise VerificationError(Reason.MALFORMED, "the digests are not a list")
        for digest in digests:
            text = self.find(digest)
            if text is None:
                continue
            disclosure = Disclosure.parse(text)
            if disclosure.name is None:
                raise VerificationError(Reason.MALFORMED, "an element's disclosure among those of members")
            if disclosure.name in result:
                raise VerificationError(Reason.FORBIDDEN_CLAIM, "a disclosure for a claim that is there already")
            place = (*path, disclosure.name)
            self.disclosed[place] = text
            value = disclosure.value
            result[disclosure.name] = self.value(value, place) if isinstance(value, _CONTAINERS) else value
        return result

    def elements(self, elements: Sequence[object], path: Path) -> list[object]:
        if len(path) >= MAX_DEPTH:
            raise VerificationError(Reason.TOO_DEEP)
        result = []
        for position, element in enumerate(elements):
            place = (*path, position)
            if not (isinstance(element, dict) and len(element) == 1 and ELEMENT_CLAIM in element):
                result.append(self.value(element, place))
                continue
            text = self.find(element[ELEMENT_CLAIM])
            if text is None:
                self.hidden.add(place)
                continue
            disclosure = Disclosure.parse(text)
            if disclosure.name is not None:
                raise VerificationError(Reason.MALFORMED, "a member's disclosure among those of elements")
            self.disclosed[place] = text
            result.append(self.value(disclosure.value, place))
        return result

    def value(self, value: object, path: Path) -> object:
        if isinstance(value, dict):
            return self.members(value, path)
        if isinstance(value, list):
            return self.elements(value, path)
        return value

    def find(self, digest: object) -> str | None:
        """The disclosure of a digest that is met now, if it was sent."""
        if not isinstance(digest, str):
            raise VerificationError(Reason.MALFORMED, "a digest is not text")
        if digest in self.met:
            raise VerificationError(Reason.DUPLICATE_DIGEST)
        self.met.add(digest)
        return self.texts.get(digest)
