# SPDX-License-Identifier: EUPL-1.2
"""The embedded chain, asked from any thread: it is the main thread's, and other threads wait for their turn there."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ssi.trust import KeyRegistry

__all__ = ["MainThreadRegistry"]

_PATIENCE_SECONDS: Final = 30.0


class MainThreadRegistry:
    """A trust registry whose chain is the thread's in which this object is made.

    Args:
        registry: on that chain.
    """

    def __init__(self, registry: KeyRegistry) -> None:
        self._registry = registry
        self._owner = threading.get_ident()
        self._loop: asyncio.AbstractEventLoop | None = None

    def answer_others(self) -> None:
        """From now on, between other work of this thread's loop, answer other threads. To be called in that loop."""
        self._loop = asyncio.get_running_loop()

    def keys(self, type_id: bytes, now: datetime) -> Sequence[bytes]:
        """See ``ssi.trust.KeyRegistry``; OSError, too, when the thread of the chain has no time."""
        if threading.get_ident() == self._owner:
            return self._registry.keys(type_id, now)
        if self._loop is None:
            raise OSError("the chain's thread answers nobody yet")

        async def ask() -> Sequence[bytes]:
            return self._registry.keys(type_id, now)

        return asyncio.run_coroutine_threadsafe(ask(), self._loop).result(_PATIENCE_SECONDS)
