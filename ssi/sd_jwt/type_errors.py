# SPDX-License-Identifier: EUPL-1.2
"""Why the metadata of a credential's type, or a credential held against it, are refused."""

from enum import StrEnum

from ssi.errors import Reason, VerificationError

__all__ = ["TypeMetadataError", "TypeProblem"]


class TypeProblem(StrEnum):
    """What exactly is wrong."""

    UNAVAILABLE = "unavailable"
    """The document of this type, or of one that it extends, could not be had."""
    WRONG_INTEGRITY = "wrong_integrity"
    """The document is not the one whose hash was signed."""
    BAD_INTEGRITY = "bad_integrity"
    """The hash is not written as it must be, or with no function that is known here."""
    BAD_DOCUMENT = "bad_document"
    """The document is not type metadata."""
    OTHER_TYPE = "other_type"
    """The document describes another type than was asked for."""
    CIRCULAR = "circular"
    """A type extends itself, directly or over others."""
    TOO_LONG = "too_long"
    """More types extend each other than are followed."""
    FORBIDDEN_CHANGE = "forbidden_change"
    """A type loosens what the type that it extends demands."""
    WRONG_STRUCTURE = "wrong_structure"
    """The credential has another structure than its type says."""
    MISSING_CLAIM = "missing_claim"
    """The credential lacks a claim that its type demands."""
    WRONG_DISCLOSABILITY = "wrong_disclosability"
    """A claim is selectively disclosable and may not be, or is not and must be."""


_REASONS = {
    TypeProblem.WRONG_STRUCTURE: Reason.WRONG_CREDENTIAL_TYPE,
    TypeProblem.MISSING_CLAIM: Reason.WRONG_CREDENTIAL_TYPE,
    TypeProblem.WRONG_DISCLOSABILITY: Reason.FORBIDDEN_CLAIM,
}


class TypeMetadataError(VerificationError):
    """Type metadata cannot be relied on (``MALFORMED``), or a credential is not as its type says.

    Args:
        problem: what is wrong.
    """

    def __init__(self, problem: TypeProblem) -> None:
        super().__init__(_REASONS.get(problem, Reason.MALFORMED), problem.value)
        self.problem = problem
