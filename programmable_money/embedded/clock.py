# SPDX-License-Identifier: EUPL-1.2
"""The embedded chain's clock: what time a block carries.

Invariant: block times strictly increase. Without a source, a block is one second later than its parent, so that a
run is reproducible; time passes by travelling only. With a source, a block carries the source's time, plus what was
travelled, whenever that is later.
"""

from collections.abc import Callable


class ChainClock:
    """Decides the time of the next block, in unix seconds.

    Args:
        source: unix seconds, for example ``lambda: int(time.time())``; None for a clock that only travelling moves.
    """

    def __init__(self, source: Callable[[], int] | None) -> None:
        self._source = source
        self._travelled = 0

    def next_block_at(self, earliest: int) -> int:
        """Return the time of the next block, which is ``earliest`` (parent plus one second) or later."""
        if self._source is None:
            return earliest
        return max(earliest, self._source() + self._travelled)

    def travel(self, to: int) -> None:
        """Move on so that now is at least ``to``; travelling back does nothing."""
        if self._source is not None:
            self._travelled = max(self._travelled, to - self._source())
