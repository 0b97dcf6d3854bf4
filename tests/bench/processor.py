# SPDX-License-Identifier: EUPL-1.2
"""Processor time of processes, from the kernel's own books: what a busy machine does not change.

A rate tells what was reached beside everything else that ran; the processor time of one payment tells what the pipeline
needs by itself. Only Linux keeps these books where they can be read; elsewhere there are none.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["child_named", "load", "spent_by"]

_PROCESSES: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Line:
    """What ``/proc/<pid>/stat`` says; seconds include those of children that ended."""

    pid: int
    name: str
    parent: int
    seconds: float


def load() -> float:
    """How many processes wanted a core at once, on average over the last minute."""
    return round(os.getloadavg()[0], 1)


def spent_by(pid: int) -> float:
    """Seconds that a process and its children have had of a core since they started; 0.0 where nobody tells."""
    return sum(line.seconds for line in _lines() if pid in {line.pid, line.parent})


def child_named(name: str) -> int | None:
    """The newest child of this process with a program's name; None where there is none, or nobody tells."""
    return max((line.pid for line in _lines() if (line.parent, line.name) == (os.getpid(), name)), default=None)


def _lines() -> list[_Line]:
    found = []
    for place in _PROCESSES.glob("[0-9]*/stat"):
        try:
            head, _, tail = place.read_text().rpartition(")")
        except OSError:  # it ended in the meantime
            continue
        pid, _, name = head.partition(" (")
        fields = tail.split()  # from the third field of proc(5) on: the state, the parent; 14 to 17 are times
        found.append(_Line(int(pid), name, int(fields[1]), sum(map(int, fields[11:15])) / _TICKS))
    return found
