# SPDX-License-Identifier: EUPL-1.2
"""Who waits for an errand to be over: coroutines wait, the worker's thread tells them."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

__all__ = ["Waiters"]


class Waiters:
    """For all threads of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[bytes, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    def tell(self, keys: Sequence[bytes]) -> None:
        """These errands are over; from any thread."""
        with self._lock:
            waiting = [one for key in keys for one in self._waiting.get(key, ())]
        for loop, event in waiting:
            loop.call_soon_threadsafe(event.set)

    @contextmanager
    def waiting(self, key: bytes) -> Iterator[asyncio.Event]:
        """An event that is set when this errand is over; in a coroutine, from before it is looked up."""
        entry = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            self._waiting.setdefault(key, []).append(entry)
        try:
            yield entry[1]
        finally:
            with self._lock:
                self._waiting[key].remove(entry)
                if not self._waiting[key]:
                    del self._waiting[key]
