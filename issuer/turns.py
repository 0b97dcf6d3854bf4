# SPDX-License-Identifier: EUPL-1.2
"""Taking turns to write: an SQLite file has one writer at a time, and makes the others look again and again.

With a lock that wakes who waits, many threads and processes write one after another without losing time in between. It
is about speed only: what keeps writers apart is the database. POSIX only.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from issuer.errors import StoreBusyError

__all__ = ["Turns"]


class Turns:
    """One turn at a time, over threads and processes.

    Args:
        path: a file for nothing else; made when it is not there, and left in place.
        seconds: how long a thread waits for the other threads of its process.
    """

    def __init__(self, path: Path, *, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._thread = threading.Lock()
        self._opened: tuple[int, int] | None = None

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Wait for a turn, and end it with the block.

        Raises:
            StoreBusyError: the other threads took too long.
        """
        if not self._thread.acquire(timeout=self._seconds):
            raise StoreBusyError
        try:
            descriptor = self._descriptor()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            self._thread.release()

    def close(self) -> None:
        """Close the file."""
        if self._opened is not None:
            os.close(self._opened[1])
            self._opened = None

    def _descriptor(self) -> int:
        """The file, opened by this very process: a lock on one that was inherited would be the parent's, too."""
        if self._opened is None or self._opened[0] != os.getpid():
            self.close()
            self._opened = os.getpid(), os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._opened[1]
