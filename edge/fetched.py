# SPDX-License-Identifier: EUPL-1.2
"""What comes of fetching something: an answer, or one of a closed set of reasons why there is none. Pure.

Invariant: the words of an error name the origin at most; never a path, a query, a user or anything that was received.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["FetchError", "FetchReason", "Fetched", "StatusError"]


class FetchReason(StrEnum):
    """Why there is no answer to use."""

    INVALID_URL = "invalid_url"
    """Not a URL that is fetched: another scheme, a user, an unusual notation of a host, unencoded characters."""
    INVALID_REQUEST = "invalid_request"
    """A header that cannot be sent, or that is not the caller's to set."""
    NOT_HTTPS = "not_https"
    """Without TLS, and not to this machine, or this machine may not be called."""
    HOST_NOT_ALLOWED = "host_not_allowed"
    """The host is, or its name leads to, an address that may not be called."""
    UNRESOLVABLE = "unresolvable"
    """The name leads nowhere."""
    UNREACHABLE = "unreachable"
    """No connection, or it broke."""
    UNTRUSTED_CERTIFICATE = "untrusted_certificate"
    """The certificate is not for this name, not by a trusted authority, or not valid now."""
    TIMED_OUT = "timed_out"
    """The time limit passed."""
    TOO_LARGE = "too_large"
    """The answer is longer than its limit."""
    ENCODED = "encoded"
    """The answer is compressed although that was not asked for."""
    REDIRECTED = "redirected"
    """Sent elsewhere: to another origin, in circles, or in answer to something else than GET."""
    MALFORMED = "malformed"
    """The answer is not HTTP."""
    STATUS = "status"
    """The answer is an HTTP error."""


_WORDS: Final[Mapping[FetchReason, str]] = {
    FetchReason.INVALID_URL: "not a URL that is fetched",
    FetchReason.INVALID_REQUEST: "a header that cannot be sent",
    FetchReason.NOT_HTTPS: "only HTTPS is fetched",
    FetchReason.HOST_NOT_ALLOWED: "leads to an address that may not be called",
    FetchReason.UNRESOLVABLE: "the name was not found",
    FetchReason.UNREACHABLE: "no connection",
    FetchReason.UNTRUSTED_CERTIFICATE: "the certificate is not trusted for this name",
    FetchReason.TIMED_OUT: "took too long",
    FetchReason.TOO_LARGE: "the answer is too large",
    FetchReason.ENCODED: "the answer is compressed, which was not asked for",
    FetchReason.REDIRECTED: "redirects are not followed here",
    FetchReason.MALFORMED: "the answer is not HTTP",
    FetchReason.STATUS: "answered with an error",
}


class FetchError(OSError):
    """There is no answer to use.

    Args:
        reason: which check failed.
        origin: scheme, host and port, if the URL could be read.
        detail: words of ours, never of the other side.
    """

    def __init__(self, reason: FetchReason, origin: str = "", detail: str = "") -> None:
        super().__init__(": ".join(part for part in (origin, detail or _WORDS[reason]) if part))
        self.reason = reason
        self.origin = origin


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer.

    Attributes:
        octets: the body, as it was sent.
        content_type: the media type, lower case, without parameters; empty if there is none.
        headers: by lower-case name; repeated ones joined by a comma.
    """

    status: int
    octets: bytes
    content_type: str
    headers: Mapping[str, str]


class StatusError(FetchError):
    """The answer's status is not 2xx. Its body is kept: an error document may say what to do.

    Args:
        response: the answer; received from outside and as little trusted as any other.
    """

    def __init__(self, origin: str, response: Fetched) -> None:
        super().__init__(FetchReason.STATUS, origin, f"{_WORDS[FetchReason.STATUS]} ({response.status})")
        self.response = response
