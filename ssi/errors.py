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

    # documents: what a token or a list of the standards can be refused for
    TOO_LARGE = "too_large"
    """More octets than its format is read up to."""
    TOO_DEEP = "too_deep"
    """Nested deeper than any honest document."""
    WRONG_TYPE = "wrong_type"
    """The header's ``typ`` is not the one of what was expected: another kind of document."""
    UNKNOWN_CRITICAL_HEADER = "unknown_critical_header"
    """The header names a critical extension; none is understood here (RFC 7515 4.1.11)."""
    UNDECRYPTABLE = "undecryptable"
    """An encrypted message that is not for this key, or was changed."""
    WRONG_CREDENTIAL_TYPE = "wrong_credential_type"
    """A credential of another type than was asked for."""
    UNKNOWN_ISSUER = "unknown_issuer"
    """Who signed is not on the list of those who may issue this type of credential."""
    UNTRUSTED_CERTIFICATE = "untrusted_certificate"
    """The certificates do not lead to a trust anchor, or do not stand for this use, name or moment."""
    UNRESOLVABLE_KEY = "unresolvable_key"
    """The key that is named cannot be found: no such document, or it lists no such key for this use."""

    # time
    EXPIRED = "expired"
    """After its last moment."""
    NOT_YET_VALID = "not_yet_valid"
    """Before its first moment, or made in the future."""
    TOO_OLD = "too_old"
    """Made longer ago than proofs of this kind are accepted."""

    # status (Token Status List)
    REVOKED = "revoked"
    """Its status is INVALID."""
    SUSPENDED = "suspended"
    """Its status is SUSPENDED."""
    UNKNOWN_STATUS = "unknown_status"
    """Its status is none of those that are understood, or the list does not reach its index."""
    STATUS_UNAVAILABLE = "status_unavailable"
    """No status list that may be relied on could be had."""

    # selective disclosure (RFC 9901)
    DUPLICATE_DIGEST = "duplicate_digest"
    """A digest stands more than once."""
    DUPLICATE_DISCLOSURE = "duplicate_disclosure"
    """A disclosure was sent more than once."""
    UNREFERENCED_DISCLOSURE = "unreferenced_disclosure"
    """A disclosure whose digest stands nowhere."""
    FORBIDDEN_CLAIM = "forbidden_claim"
    """A disclosure adds a claim that is there already, is reserved, or may not be selectively disclosed."""

    # binding of a presentation to its holder and its request
    MISSING_KEY_BINDING = "missing_key_binding"
    """No proof that the presenter holds the key that the credential is bound to."""
    FOREIGN_KEY_BINDING = "foreign_key_binding"
    """A proof of possession by another key than the credential's, or of other disclosures."""
    WRONG_AUDIENCE = "wrong_audience"
    """Made for somebody else."""
    WRONG_NONCE = "wrong_nonce"
    """Not made for this request."""
    REPLAYED = "replayed"
    """Its nonce, code or identifier was used before."""
    WRONG_TRANSACTION_DATA = "wrong_transaction_data"
    """Does not approve the transaction that was asked for."""

    # what a request asked for
    QUERY_NOT_MET = "query_not_met"
    """Does not hold the credentials and claims that were asked for."""
    OVER_DISCLOSURE = "over_disclosure"
    """Shows a claim that was not asked for; the verifier keeps nothing of it."""


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
