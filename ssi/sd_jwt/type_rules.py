# SPDX-License-Identifier: EUPL-1.2
"""Finding the metadata of a type with all that it extends, and holding a credential against it.

Sources: draft-ietf-oauth-sd-jwt-vc, "Extending Type Metadata", "Claim Metadata" and "Processing Type Metadata";
specs/protocols/sd-jwt.md 7.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from ssi.errors import VerificationError
from ssi.sd_jwt.integrity import check_integrity
from ssi.sd_jwt.places import select_issued
from ssi.sd_jwt.type_errors import TypeMetadataError, TypeProblem
from ssi.sd_jwt.type_metadata import ClaimMetadata, Selective, TypeMetadata
from ssi.sd_jwt.unpack import Path, Unpacked

__all__ = ["ResolvedType", "TypeSource", "check_all_claims", "check_shown_claims", "resolve_type"]

MOST_TYPES: Final = 8
"""Most types that are read to know one: itself and those that it extends."""


class TypeSource(Protocol):
    """Where type metadata comes from: a folder, a registry, a cache, or a guarded fetch."""

    def get_type(self, unverified_vct: str) -> bytes:
        """The octets of the document of a type.

        Raises:
            OSError: there is none, or it cannot be had now.
        """
        ...


@dataclass(frozen=True, slots=True)
class ResolvedType:
    """A type and everything that it inherits.

    Args:
        metadata: with all inherited display and claims.
        ancestors: the types that it extends, nearest first.
    """

    metadata: TypeMetadata
    ancestors: tuple[str, ...]


def resolve_type(unverified_vct: str, unverified_integrity: object, source: TypeSource) -> ResolvedType:
    """Find the metadata of a type.

    Args:
        unverified_vct: the ``vct`` of a credential.
        unverified_integrity: its ``vct#integrity``, if it has one.
        source: where documents come from. It is asked for types that received documents name.
    Raises:
        TypeMetadataError: any problem of documents.
    """
    chain: list[TypeMetadata] = []
    vct: str | None = unverified_vct
    integrity: object = unverified_integrity
    while vct is not None:
        if any(known.vct == vct for known in chain):
            raise TypeMetadataError(TypeProblem.CIRCULAR)
        if len(chain) == MOST_TYPES:
            raise TypeMetadataError(TypeProblem.TOO_LONG)
        chain.append(_read(vct, integrity, source))
        vct, integrity = chain[-1].extends, chain[-1].extends_integrity
    effective = chain[-1]
    for metadata in reversed(chain[:-1]):
        effective = effective.extended_by(metadata)
    return ResolvedType(effective, tuple(metadata.vct for metadata in chain[1:]))


def check_all_claims(unpacked: Unpacked, resolved: ResolvedType) -> None:
    """Hold a credential with all its disclosures against its type, as its holder.

    Raises:
        TypeMetadataError: ``WRONG_STRUCTURE``, ``MISSING_CLAIM`` or ``WRONG_DISCLOSABILITY``.
    """
    for claim in resolved.metadata.claims:
        places = _check_disclosability(unpacked, claim)
        if claim.mandatory and not places:
            raise TypeMetadataError(TypeProblem.MISSING_CLAIM)


def check_shown_claims(unpacked: Unpacked, resolved: ResolvedType) -> None:
    """Hold a presentation against the type, as its verifier.

    That a claim is not shown says nothing, unless it may never be selectively disclosable: then it is not there.

    Raises:
        TypeMetadataError: as ``check_all_claims``.
    """
    for claim in resolved.metadata.claims:
        places = _check_disclosability(unpacked, claim)
        if claim.mandatory and not places and claim.sd is Selective.NEVER and _select(unpacked, claim.path[:-1]):
            raise TypeMetadataError(TypeProblem.MISSING_CLAIM)


def _read(vct: str, integrity: object, source: TypeSource) -> TypeMetadata:
    try:
        octets = source.get_type(vct)
    except OSError:
        raise TypeMetadataError(TypeProblem.UNAVAILABLE) from None
    if integrity is not None:
        check_integrity(octets, integrity)
    metadata = TypeMetadata.from_json(octets)
    if metadata.vct != vct:
        raise TypeMetadataError(TypeProblem.OTHER_TYPE)
    return metadata


def _check_disclosability(unpacked: Unpacked, claim: ClaimMetadata) -> list[Path]:
    places = _select(unpacked, claim.path)
    for place in places:
        selective = place in unpacked.disclosed or place in unpacked.hidden
        if claim.sd is (Selective.NEVER if selective else Selective.ALWAYS):
            raise TypeMetadataError(TypeProblem.WRONG_DISCLOSABILITY)
    return places


def _select(unpacked: Unpacked, path: tuple[str | int | None, ...]) -> list[Path]:
    try:
        return select_issued(unpacked, path)
    except VerificationError:
        raise TypeMetadataError(TypeProblem.WRONG_STRUCTURE) from None
