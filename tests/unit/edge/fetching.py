# SPDX-License-Identifier: EUPL-1.2
"""What the tests of the guarded fetch share: names that resolve as told, and the reason of a refusal."""

from collections.abc import Sequence

import pytest

from edge.fetch import FetchError, FetchLimits, FetchReason, GuardedFetch
from tests.unit.edge.servers import answer

__all__ = ["HELLO", "METADATA", "NOBODY", "PUBLIC", "QUICK", "Names", "reason"]

QUICK = FetchLimits(seconds=0.4, octets=10_000)
HELLO = answer("200 OK", b"hello", "Content-Type: Text/Plain; charset=utf-8", "X-Seen: 1", "X-Seen: 2")
METADATA = "169.254.169.254"
PUBLIC = "93.184.216.34"
"""Never called: each test that names it refuses before."""
NOBODY = "2d00::1"
"""In the public range, assigned to nobody."""


class Names:
    """A resolver that gives these answers, one after the other; the last one from then on."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = answers
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self._answers[min(len(self.asked), len(self._answers)) - 1]


def reason(fetch: GuardedFetch, url: str) -> FetchReason:
    with pytest.raises(FetchError) as refused:
        fetch(url)
    return refused.value.reason
