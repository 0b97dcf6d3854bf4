# SPDX-License-Identifier: EUPL-1.2
"""Why a DID, a DID document or a key in one is refused."""

from enum import StrEnum

from ssi.errors import SsiError

__all__ = ["DidError", "DidProblem"]


class DidProblem(StrEnum):
    """What is wrong; the value is the code shown to developers."""

    NOT_A_DID = "not_a_did"
    """Not a DID, or not a DID URL with one fragment where one is needed."""
    UNSUPPORTED_METHOD = "unsupported_method"
    """A DID method that this resolver was not given."""
    MALFORMED_IDENTIFIER = "malformed_identifier"
    """The part after the method name is not what the method prescribes."""
    PRIVATE_KEY_PUBLISHED = "private_key_published"
    """The DID or its document contains a private key, so the key protects nothing."""
    HOST_NOT_ALLOWED = "host_not_allowed"
    """A did:web host that is an address, not fully qualified, or not in lower case."""
    FETCH_FAILED = "fetch_failed"
    """The document could not be fetched."""
    DOCUMENT_TOO_LARGE = "document_too_large"
    """The document is larger than ``MAX_DOCUMENT_OCTETS``."""
    MALFORMED_DOCUMENT = "malformed_document"
    """Not JSON without doubled members, or not the shape of a DID document."""
    DOCUMENT_ID_MISMATCH = "document_id_mismatch"
    """The document's ``id`` is not the DID that was resolved."""
    HISTORY_NOT_VERIFIED = "history_not_verified"
    """The log of the document's versions is broken, changed, or not its DID's."""
    DEACTIVATED = "deactivated"
    """The DID's owner ended it."""
    KEY_NOT_FOUND = "key_not_found"
    """The document has no usable verification method with this id."""
    PURPOSE_NOT_ALLOWED = "purpose_not_allowed"
    """The document has the key, but does not allow it for this purpose."""


class DidError(SsiError):
    """A DID could not be turned into the key that was asked for.

    Args:
        problem: what is wrong. The message does not repeat the DID or the document.
    """

    def __init__(self, problem: DidProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
