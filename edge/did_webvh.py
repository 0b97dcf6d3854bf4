# SPDX-License-Identifier: EUPL-1.2
"""did:webvh: a DID document with its verifiable history, checked by the method's own library.

Source: did:webvh 1.0. The library verifies the log (hash chain, self-certifying identifier, proofs, pre-rotated keys,
witnesses); this module gets the log through a ``Fetch`` and reads the document that comes out as strictly as every
other. The library is imported with the first log (``edge.webvh_history``): it is large, and few DIDs need it.

Invariants:
    * Nothing is fetched but ``did.jsonl`` and ``did-witness.json``, at the place that the DID names, by the same rules
      for hosts and paths as did:web.
    * The last version counts. A deactivated DID has no document.
    * Whatever the library raises about a log is a refusal of the log.
"""

import json
from dataclasses import dataclass
from typing import Final

from ssi.did import DidDocument, DidError, DidProblem, Fetch, did_web_url, parse_document
from ssi.did.document import split_did
from ssi.did.parse import parse_json_object

__all__ = ["MAX_LOG_OCTETS", "WebvhMethod"]

MAX_LOG_OCTETS: Final = 1 << 19
"""Longest log that is read; a version has about a thousand octets."""
_MOST_VERSIONS: Final = 500
_LOG: Final = "did.jsonl"
_WITNESSES: Final = "did-witness.json"


@dataclass(frozen=True, slots=True)
class WebvhMethod:
    """Resolves did:webvh.

    Args:
        fetch: gets a log and, where the log names witnesses, their proofs; it must let ``MAX_LOG_OCTETS`` through.
    """

    fetch: Fetch

    @property
    def name(self) -> str:
        """The method name."""
        return "webvh"

    def resolve(self, unverified_did: str) -> DidDocument:
        """Fetch and verify the log of a did:webvh, and read the document of its last version.

        Blocks, and runs an event loop of its own: not to be called from one.

        Raises:
            DidError: ``NOT_A_DID``, ``UNSUPPORTED_METHOD``, ``MALFORMED_IDENTIFIER``, ``HOST_NOT_ALLOWED``,
                ``FETCH_FAILED``, ``DOCUMENT_TOO_LARGE``, ``HISTORY_NOT_VERIFIED``, ``DEACTIVATED``, or as
                ``parse_document``.
        """
        from edge.webvh_history import verify_history  # noqa: PLC0415

        source = _Source(self.fetch, _place(unverified_did))
        try:
            lines = _lines(source.get(_LOG))
        except OSError as error:
            raise DidError(DidProblem.FETCH_FAILED) from error
        document = verify_history(unverified_did, lines, source.witness_proofs)
        return parse_document(json.dumps(document).encode(), unverified_did)


@dataclass(frozen=True, slots=True)
class _Source:
    """The place of a DID's files."""

    fetch: Fetch
    place: str

    def get(self, name: str) -> bytes:
        octets = self.fetch(self.place + name)
        if len(octets) > MAX_LOG_OCTETS:
            raise DidError(DidProblem.DOCUMENT_TOO_LARGE)
        return octets

    def witness_proofs(self) -> str:
        """The proofs of witnesses, a JSON array; OSError when there are none."""
        proofs = self.get(_WITNESSES)
        parse_json_object(b'{"proofs":' + proofs + b"}")
        return proofs.decode("utf-8")


def _place(unverified_did: str) -> str:
    """The folder of the files: that of the did:web which has the same host and path."""
    name, identifier = split_did(unverified_did)
    if name != "webvh":
        raise DidError(DidProblem.UNSUPPORTED_METHOD)
    _, separator, location = identifier.partition(":")
    if not separator:
        raise DidError(DidProblem.MALFORMED_IDENTIFIER)
    return did_web_url(f"did:web:{location}").removesuffix("did.json")


def _lines(unverified: bytes) -> str:
    """Hold each version to the rules for JSON that every other document is held to."""
    versions = unverified.splitlines()
    if not versions:  # for the next line of an empty log, the library would look for ever
        raise DidError(DidProblem.HISTORY_NOT_VERIFIED)
    if len(versions) > _MOST_VERSIONS:
        raise DidError(DidProblem.DOCUMENT_TOO_LARGE)
    for version in versions:
        parse_json_object(version)
    return "\n".join(version.decode("utf-8") for version in versions)
