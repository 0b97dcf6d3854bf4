# SPDX-License-Identifier: EUPL-1.2
"""The error codes of OAuth and OpenID that our ends send and understand, and the error that carries one.

Sources: RFC 6749 4.1.2.1 and 5.2, RFC 6750 3.1, RFC 8707 2, RFC 9101 7, RFC 9396 5, RFC 9449 7 and 8, OpenID Connect
Core 3.1.2.6, OpenID4VCI 1.0 (8.3.1.2, 9.3, 11.3), OpenID4VP 1.0 8.5. An error's HTTP status is the edge's decision.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ssi.credential.document import DocumentError, Node
from ssi.errors import SsiError
from ssi.openid.reading import LONGEST_TEXT, find, known_members, parse_form, parse_message, present_members

__all__ = ["ErrorCode", "ErrorResponse", "OpenIdError", "ascii_words", "credential_error_code"]

_NOT_ALLOWED: Final = re.compile(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]")
"""What RFC 6749 5.2 keeps out of a description."""


class ErrorCode(StrEnum):
    """An ``error`` of a response."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type"
    INVALID_SCOPE = "invalid_scope"
    ACCESS_DENIED = "access_denied"
    SERVER_ERROR = "server_error"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    LOGIN_REQUIRED = "login_required"
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - the name of an error
    INSUFFICIENT_SCOPE = "insufficient_scope"
    INVALID_AUTHORIZATION_DETAILS = "invalid_authorization_details"
    INVALID_TARGET = "invalid_target"
    INVALID_DPOP_PROOF = "invalid_dpop_proof"
    USE_DPOP_NONCE = "use_dpop_nonce"
    INVALID_REQUEST_URI = "invalid_request_uri"
    INVALID_REQUEST_OBJECT = "invalid_request_object"
    INVALID_CREDENTIAL_REQUEST = "invalid_credential_request"
    UNKNOWN_CREDENTIAL_CONFIGURATION = "unknown_credential_configuration"
    UNKNOWN_CREDENTIAL_IDENTIFIER = "unknown_credential_identifier"
    INVALID_PROOF = "invalid_proof"
    INVALID_NONCE = "invalid_nonce"
    INVALID_ENCRYPTION_PARAMETERS = "invalid_encryption_parameters"
    CREDENTIAL_REQUEST_DENIED = "credential_request_denied"
    INVALID_TRANSACTION_ID = "invalid_transaction_id"
    INVALID_NOTIFICATION_ID = "invalid_notification_id"
    INVALID_NOTIFICATION_REQUEST = "invalid_notification_request"
    VP_FORMATS_NOT_SUPPORTED = "vp_formats_not_supported"
    INVALID_REQUEST_URI_METHOD = "invalid_request_uri_method"
    INVALID_TRANSACTION_DATA = "invalid_transaction_data"
    WALLET_UNAVAILABLE = "wallet_unavailable"


def ascii_words(text: str) -> str:
    """A description as RFC 6749 allows it: characters that it does not allow become ``?``."""
    return _NOT_ALLOWED.sub("?", text)


class OpenIdError(SsiError):
    """A request that is answered with an error of OAuth or OpenID.

    Args:
        code: what the other end is told.
        description: words for its developer; never a value taken from the request.
    """

    def __init__(self, code: ErrorCode, description: str = "") -> None:
        super().__init__(f"{code.value}: {description}" if description else code.value)
        self.code = code
        self.description = ascii_words(description)

    def to_json(self) -> dict[str, object]:
        """``error`` and, where there is one, ``error_description``."""
        return present_members({"error": self.code.value, "error_description": self.description or None})


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """An error as the other end sent it, or as we send it; its code may be one that ``ErrorCode`` does not have."""

    error: str
    error_description: str | None = None
    state: str | None = None

    @classmethod
    def from_node(cls, node: Node) -> "ErrorResponse":
        """Read an error; a description that is no text is left out, for an error must not hide behind another."""
        members = known_members(node, ("error",), ("error_description", "state"))
        description = members["error_description"].value if "error_description" in members else None
        return cls(
            members["error"].text(longest=200),
            ascii_words(description[:LONGEST_TEXT]) if isinstance(description, str) else None,
            find(members, "state", lambda member: member.text(longest=LONGEST_TEXT)),
        )

    @classmethod
    def from_json(cls, unverified: bytes) -> "ErrorResponse":
        """Read the body of a refused request."""
        return cls.from_node(parse_message(unverified))

    @classmethod
    def from_form(cls, unverified_pairs: Iterable[tuple[str, str]]) -> "ErrorResponse":
        """Read an authorization error response."""
        return cls.from_node(parse_form(unverified_pairs))

    def to_json(self) -> dict[str, object]:
        """The members that are there."""
        members = {"error": self.error, "error_description": self.error_description, "state": self.state}
        return present_members(members)

    def to_form(self) -> dict[str, str]:
        """The parameters that are there."""
        return {name: str(value) for name, value in self.to_json().items()}


def credential_error_code(error: DocumentError) -> ErrorCode:
    """What a credential endpoint answers to a request of the wrong shape (OpenID4VCI 8.3.1.2)."""
    if error.path.startswith("$.proofs"):
        return ErrorCode.INVALID_PROOF
    if error.path.startswith("$.credential_response_encryption"):
        return ErrorCode.INVALID_ENCRYPTION_PARAMETERS
    return ErrorCode.INVALID_CREDENTIAL_REQUEST
