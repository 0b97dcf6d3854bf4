# SPDX-License-Identifier: EUPL-1.2
"""Where a status is to be found: the claim in a credential, and the list of an issuer's lists (status.md 2 and 4).

Source: draft-ietf-oauth-status-list §6.2 and §9.3.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from ssi.errors import Reason, VerificationError
from ssi.jose.tokens_json import read_object

__all__ = ["StatusReference", "parse_status_aggregation", "status_aggregation"]

_URI: Final = re.compile(r"https?://[!-~]+", re.ASCII)
_LONGEST_URI: Final = 2048
_MOST_INDEX: Final = (1 << 53) - 1
_MOST_LISTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class StatusReference:
    """The status that a credential has.

    Args:
        index: in the list, from 0.
        uri: of the list's token: ``https``, or ``http`` on the own machine; whoever fetches it decides on that.
    """

    index: int
    uri: str

    def __post_init__(self) -> None:
        if not 0 <= self.index <= _MOST_INDEX or not _is_uri(self.uri):
            raise ValueError("an index from 0 and an absolute http or https URI")

    @classmethod
    def from_claim(cls, unverified_status: object) -> Self:
        """Read the claim ``status`` of a credential. Members for other mechanisms are ignored.

        Raises:
            VerificationError: ``MALFORMED``; ``STATUS_UNAVAILABLE`` if it names other mechanisms only.
        """
        if not isinstance(unverified_status, Mapping) or not unverified_status:
            raise VerificationError(Reason.MALFORMED, "status is not an object with a mechanism")
        if "status_list" not in unverified_status:
            raise VerificationError(Reason.STATUS_UNAVAILABLE, "no mechanism that is understood")
        reference = unverified_status["status_list"]
        if not isinstance(reference, Mapping):
            raise VerificationError(Reason.MALFORMED, "status_list is not an object")
        index, uri = reference.get("idx"), reference.get("uri")
        if isinstance(index, bool) or not isinstance(index, int) or not isinstance(uri, str):
            raise VerificationError(Reason.MALFORMED, "idx is not a whole number, or uri not a text")
        try:
            return cls(index, uri)
        except ValueError:
            raise VerificationError(Reason.MALFORMED, "idx or uri is out of its bounds") from None

    def to_claim(self) -> dict[str, object]:
        """The claim ``status``."""
        return {"status_list": {"idx": self.index, "uri": self.uri}}


def status_aggregation(uris: Sequence[str]) -> dict[str, object]:
    """The document that names all lists of an issuer; ValueError for what is no absolute http or https URI."""
    if len(uris) > _MOST_LISTS or not all(_is_uri(uri) for uri in uris):
        raise ValueError("a few thousand absolute http or https URIs")
    return {"status_lists": list(uris)}


def parse_status_aggregation(unverified: bytes) -> tuple[str, ...]:
    """Read such a document.

    Returns:
        The URIs, in order, each once.
    Raises:
        VerificationError: ``MALFORMED``, ``TOO_LARGE`` or ``TOO_DEEP``.
    """
    uris = read_object(unverified).get("status_lists")
    if not isinstance(uris, list) or len(uris) > _MOST_LISTS:
        raise VerificationError(Reason.MALFORMED, "status_lists is not an array of a sensible length")
    if not all(isinstance(uri, str) and _is_uri(uri) for uri in uris):
        raise VerificationError(Reason.MALFORMED, "status_lists holds something else than http or https URIs")
    return tuple(dict.fromkeys(uris))


def _is_uri(text: str) -> bool:
    return len(text) <= _LONGEST_URI and _URI.fullmatch(text) is not None
