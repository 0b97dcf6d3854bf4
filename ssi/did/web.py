# SPDX-License-Identifier: EUPL-1.2
"""did:web: the document lies on a web server, at a place that the DID names.

Source: the did:web method, §"Read (Resolve)". Fetching is somebody else's: this module turns a DID into a URL, hands
it to a ``Fetch``, and judges what comes back.

Invariants:
    * Only HTTPS URLs are made. The host is a fully qualified name in lower case, ``localhost``, or an address in
      127.0.0.0/8 for tests and workshops; every other IP address, in whatever notation, is refused.
    * No path segment can leave its folder, also not after decoding percent signs twice.
    * The document's id is the DID that was resolved.
"""

import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote_to_bytes

from ssi.did.document import DidDocument, split_did
from ssi.did.errors import DidError, DidProblem
from ssi.did.parse import parse_document

__all__ = ["Fetch", "WebMethod", "did_web_url"]


class Fetch(Protocol):
    """Gets what lies at a URL."""

    def __call__(self, url: str) -> bytes:
        """Get the body of a successful response.

        An implementation verifies the server's certificate, follows no redirect to another host or scheme, refuses
        hosts that resolve to private addresses if it runs inside a trusted network, has a time limit, and stops
        reading after ``MAX_DOCUMENT_OCTETS`` + 1 octets.

        Args:
            url: an ``https`` URL.
        Raises:
            OSError: whenever there is no body to return.
        """
        ...


_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_LOOPBACK = re.compile(r"127(?:\.(?:0|[1-9][0-9]{0,2})){3}")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_MAX_HOST_LENGTH = 253
_FORBIDDEN_IN_SEGMENT = frozenset(b'/\\.%?#:;@&"<>| ') | frozenset(range(0x20)) | {0x7F}


@dataclass(frozen=True, slots=True)
class WebMethod:
    """Resolves did:web.

    Args:
        fetch: gets a document; called once per resolution, nothing is cached here.
    """

    fetch: Fetch

    @property
    def name(self) -> str:
        """The method name."""
        return "web"

    def resolve(self, unverified_did: str) -> DidDocument:
        """Fetch and read the document of a did:web.

        Raises:
            DidError: as ``did_web_url`` and ``parse_document``, or ``FETCH_FAILED``.
        """
        url = did_web_url(unverified_did)
        try:
            unverified = self.fetch(url)
        except OSError as error:
            raise DidError(DidProblem.FETCH_FAILED) from error
        return parse_document(unverified, unverified_did)


def did_web_url(unverified_did: str) -> str:
    """The URL of a did:web's document.

    Returns:
        ``https://host[:port]/.well-known/did.json``, or ``https://host[:port]/path/did.json`` if the DID has a path.
    Raises:
        DidError: ``NOT_A_DID``, ``UNSUPPORTED_METHOD``, ``MALFORMED_IDENTIFIER`` or ``HOST_NOT_ALLOWED``.
    """
    name, identifier = split_did(unverified_did)
    if name != "web":
        raise DidError(DidProblem.UNSUPPORTED_METHOD)
    authority, *segments = identifier.split(":")
    host, separator, port = authority.replace("%3a", "%3A").partition("%3A")
    if not _is_allowed_host(host):
        raise DidError(DidProblem.HOST_NOT_ALLOWED)
    if separator and (_PORT.fullmatch(port) is None or int(port) > 65_535):
        raise DidError(DidProblem.MALFORMED_IDENTIFIER)
    for segment in segments:
        _check_segment(segment)
    path = "/".join(segments) if segments else ".well-known"
    return f"https://{host}{':' + port if port else ''}/{path}/did.json"


def _is_allowed_host(host: str) -> bool:
    if host == "localhost":
        return True
    if _LOOPBACK.fullmatch(host) is not None:
        return all(int(part) <= 255 for part in host.split("."))
    if len(host) > _MAX_HOST_LENGTH or _NAME.fullmatch(host) is None:
        return False
    # A name that ends in a number is an IPv4 address to a URL parser, whatever its notation.
    return _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]) is None


def _check_segment(segment: str) -> None:
    if segment in {"", ".", ".."}:
        raise DidError(DidProblem.MALFORMED_IDENTIFIER)
    for escape in re.findall(r"%[0-9A-Fa-f]{2}", segment):
        if unquote_to_bytes(escape)[0] in _FORBIDDEN_IN_SEGMENT:
            raise DidError(DidProblem.MALFORMED_IDENTIFIER)
