# SPDX-License-Identifier: EUPL-1.2
"""How often and how much a service can be asked: token buckets in fixed memory, and bodies that are cut off.

Invariants:
    * A limiter takes the same memory whatever it is asked, and no flood of keys makes it forget another key's count:
      keys share a fixed number of buckets, by a hash whose key nobody knows. Two keys may fall together; the odds are
      one in the number of buckets.
    * A body is refused before it is read when its length says so, and otherwise at the octet that is too many.
"""

import math
import secrets
import time
from array import array
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus
from threading import Lock
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.problems import Problem
from edge.visitors import client_key

__all__ = ["BodyLimit", "RateGuard", "RateLimit", "RateLimiter", "too_many"]

MAX_OCTETS: Final = 1_048_576
"""Longest body, where nothing else is said."""


class RateLimiter:
    """Token buckets: ``burst`` at once, and ``per_second`` from then on, for each key. For all threads of a process.

    Args:
        clock: seconds, never backwards.
        slots: number of buckets; each takes 16 octets.
    """

    def __init__(
        self, *, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic, slots: int = 65_536
    ) -> None:
        if per_second <= 0 or burst < 1 or slots < 1:
            raise ValueError("a limiter lets something through")
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._lock = Lock()
        self._hash_key = secrets.token_bytes(16)
        self._tokens = array("d", [self._burst]) * slots
        self._filled_at = array("d", [clock()]) * slots

    def take(self, key: str, cost: float = 1.0) -> float:
        """Take from a key's bucket.

        Returns:
            0 if it was there; otherwise nothing was taken, and in so many seconds it will be there.
        """
        digest = blake2b(key.encode("utf-8", "surrogatepass"), key=self._hash_key, digest_size=8).digest()
        slot = int.from_bytes(digest, "big") % len(self._tokens)
        with self._lock:
            now = self._clock()
            tokens = min(self._burst, self._tokens[slot] + (now - self._filled_at[slot]) * self._per_second)
            self._filled_at[slot] = now
            self._tokens[slot] = tokens - cost if tokens >= cost else tokens
        return 0.0 if tokens >= cost else (cost - tokens) / self._per_second


def too_many(seconds: float) -> Problem:
    """The answer to who asks too often."""
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(max(1, math.ceil(seconds)))})


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A limiter and what it is for.

    Attributes:
        paths: whole paths, or beginnings that end in a slash.
        key: from a request to whom it counts for.
    """

    limiter: RateLimiter
    paths: Collection[str]
    key: Callable[[Scope], str] = client_key


class RateGuard:
    """Refuses requests that come too fast (429, Retry-After)."""

    def __init__(self, app: ASGIApp, limit: RateLimit) -> None:
        self._app = app
        self._limit = limit
        self._beginnings = tuple(path for path in limit.paths if path.endswith("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guard one request (ASGI)."""
        if scope["type"] == "http" and self._counts(scope["path"]):
            seconds = self._limit.limiter.take(self._limit.key(scope))
            if seconds:
                raise too_many(seconds)
        await self._app(scope, receive, send)

    def _counts(self, path: str) -> bool:
        return path in self._limit.paths or path.startswith(self._beginnings)


class BodyLimit:
    """Refuses bodies that are too long (413), at the latest while they are read.

    Args:
        most: octets.
        elsewhere: other limits, by whole path.
    """

    def __init__(self, app: ASGIApp, most: int = MAX_OCTETS, elsewhere: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._most = most
        self._elsewhere = elsewhere or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guard one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._elsewhere.get(scope["path"], self._most)
        for name, value in scope["headers"]:
            if name == b"content-length" and not (value.isdigit() and len(value) < 20 and int(value) <= most):
                raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        read = 0

        async def receive_some() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self._app(scope, receive_some, send)
