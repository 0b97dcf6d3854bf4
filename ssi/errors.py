# SPDX-License-Identifier: EUPL-1.2
"""The errors of ``ssi``: one tree, and one closed set of reasons for a refused verification.

Invariants:
    * No message carries a claim, a token, a key or any other personal or secret value.
    * A caller's own bug (lists of different lengths, a secret out of range) is a ``ValueError`` or ``TypeError``,
      never an ``SsiError``: an ``SsiError`` says that *received* data is refused.
"""

from enum import StrEnum

__all__ = ["Reason", "SsiError", "VerificationError"]


class Reason(StrEnum):
    """Why received data is refused; the value is the code in specifications, vectors and interfaces."""

    MALFORMED = "malformed"
    """The data does not have the structure that its type requires."""
    WRONG_LENGTH = "wrong_length"
    """An octet string or a list has a length that its format does not allow."""
    INVALID_POINT = "invalid_point"
    """Not the canonical encoding of a point of the right subgroup other than its identity."""
    INVALID_SCALAR = "invalid_scalar"
    """Not the canonical encoding of an integer in the allowed range below the group order."""
    INVALID_INDEX = "invalid_index"
    """Disclosed positions are not strictly ascending, or outside what was signed, or may not be disclosed."""
    INVALID_PUBLIC_KEY = "invalid_public_key"
    """Not the canonical encoding of a usable public key."""
    INVALID_SIGNATURE = "invalid_signature"
    """A well-formed signature that does not hold for this key, header and these messages."""
    INVALID_PROOF = "invalid_proof"
    """A well-formed proof that does not hold for this statement."""
    INVALID_CHALLENGE = "invalid_challenge"
    """A proof's challenge is not the one that its transcript gives (claim.md 7.4)."""
    INVALID_COMMITMENT = "invalid_commitment"
    """A well-formed commitment whose proof of correctness does not hold."""
    INVALID_PSEUDONYM = "invalid_pseudonym"
    """A pseudonym that no holder secret can have: the identity or the base point."""
    WRONG_ALGORITHM = "wrong_algorithm"
    """The named signature algorithm is unknown, or not the one of this key; or this key cannot verify signatures."""


class SsiError(Exception):
    """Root of every error that ``ssi`` raises about received data."""


class VerificationError(SsiError):
    """Received data was refused.

    Args:
        reason: which check failed.
        detail: optional words for a developer; never a value taken from the data.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail
