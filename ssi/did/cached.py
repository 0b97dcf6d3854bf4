# SPDX-License-Identifier: EUPL-1.2
"""A DID method whose documents are kept for a while, so that a service does not fetch one for every token.

Invariants:
    * A document is used at most ``keep`` long after it was resolved; failures are not kept.
    * Memory is bounded; for use by many threads.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from ssi.did.document import DidDocument
from ssi.did.resolver import DidMethod

__all__ = ["CachedMethod"]

_MOST_DOCUMENTS: Final = 256


class CachedMethod:
    """A method that remembers.

    Args:
        method: what resolves.
        clock: the present moment.
        keep: how long a document is used; a key that its owner removes still counts for so long.
    """

    def __init__(self, method: DidMethod, *, clock: Callable[[], datetime], keep: timedelta) -> None:
        if keep <= timedelta(0):
            raise ValueError("documents are kept for some time")
        self._method, self._clock, self._keep = method, clock, keep
        self._kept: OrderedDict[str, tuple[datetime, DidDocument]] = OrderedDict()
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The method name."""
        return self._method.name

    def resolve(self, unverified_did: str) -> DidDocument:
        """The DID's document, resolved now or not long ago. Errors are the method's own."""
        now = self._clock()
        with self._lock:
            resolved_at, document = self._kept.get(unverified_did, (None, None))
        if resolved_at is not None and document is not None and timedelta(0) <= now - resolved_at < self._keep:
            return document
        fresh = self._method.resolve(unverified_did)
        with self._lock:
            self._kept[unverified_did] = now, fresh
            self._kept.move_to_end(unverified_did)
            while len(self._kept) > _MOST_DOCUMENTS:
                self._kept.popitem(last=False)
        return fresh
