# SPDX-License-Identifier: EUPL-1.2
"""The history of a did:webvh, verified by the method's own library.

It stands in the edge and not in ``ssi`` because importing the library imports its own network client, which is never
called.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from did_webvh.core.file_utils import AsyncTextReadError, read_str  # type: ignore[import-untyped]
from did_webvh.core.resolver import DidResolver, HistoryResolver, ResolutionResult  # type: ignore[import-untyped]
from did_webvh.verify import WebvhVerifier  # type: ignore[import-untyped]

from ssi.did import DidError, DidProblem

__all__ = ["verify_history"]


class _History(HistoryResolver):  # type: ignore[misc] # the library has no types
    """What the library reads the files from."""

    def __init__(self, lines: str, witness_proofs: Callable[[], str]) -> None:
        self._lines, self._witness_proofs = lines, witness_proofs

    def resolve_entry_log(self, document_id: str | None) -> Any:
        return read_str(self._lines)

    def resolve_witness_log(self, document_id: str | None) -> Any:
        try:
            proofs = self._witness_proofs()
        except OSError:
            raise AsyncTextReadError("no proofs of witnesses") from None
        return read_str(proofs)


def verify_history(did: str, unverified_lines: str, witness_proofs: Callable[[], str]) -> Mapping[str, object]:
    """The document of the last version, if the whole log holds.

    Args:
        did: whose log it is.
        unverified_lines: the log, a JSON object on each line.
        witness_proofs: gets the proofs of witnesses, where the log names witnesses; OSError when there are none.
    Raises:
        DidError: ``HISTORY_NOT_VERIFIED``, ``DEACTIVATED``, or what ``witness_proofs`` raised.
    """
    result = _resolve(did, _History(unverified_lines, witness_proofs))
    metadata = result.document_metadata
    if result.document is None or metadata is None:
        raise DidError(DidProblem.HISTORY_NOT_VERIFIED)
    if metadata.get("deactivated") is not False:
        raise DidError(DidProblem.DEACTIVATED)
    document: Mapping[str, object] = result.document
    return document


def _resolve(did: str, history: _History) -> ResolutionResult:
    try:
        return asyncio.run(DidResolver(WebvhVerifier(enforce_future_skew=True)).resolve(did, history))
    except DidError:
        raise
    except Exception as error:  # the library lets its dependencies' errors through
        raise DidError(DidProblem.HISTORY_NOT_VERIFIED) from error
