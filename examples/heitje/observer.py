# SPDX-License-Identifier: EUPL-1.2
"""What an observer of the chain can link, computed from the events alone (tasks.md section 6). Pure.

Two collections belong together for an observer when they share a pseudonym, a task account or a payment account; a
payment shares its account. Whatever is connected so is one *heap*. Accounts that chose one task together are seen
together, but are different people, so a group connects nothing here.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from programmable_money.model import ChainEvent

__all__ = ["Heap", "heaps_of"]


@dataclass(frozen=True, slots=True)
class Heap:
    """Collections that an observer knows to be one person's.

    Attributes:
        marks: every pseudonym, task account and payment account in it.
        tasks: how many task accounts.
        cents: collected together.
    """

    marks: frozenset[str]
    tasks: int
    slots: int
    cents: int


def heaps_of(events: Iterable[ChainEvent]) -> tuple[Heap, ...]:
    """All heaps, the largest amount first."""
    collected = [event.arguments for event in events if event.name == "Collected"]
    neighbours: dict[str, set[str]] = defaultdict(set)
    for given in collected:
        marks = _marks(given["nullifier"], given["taskAccount"], given["account"])
        for mark in marks:
            neighbours[mark] |= set(marks)
    heaps = []
    left = set(neighbours)
    while left:
        reached, ahead = set[str](), [left.pop()]
        while ahead:
            mark = ahead.pop()
            if mark not in reached:
                reached.add(mark)
                ahead += neighbours[mark]
        left -= reached
        own = [given for given in collected if f"task {given['taskAccount']}" in reached]
        heaps.append(
            Heap(
                marks=frozenset(reached),
                tasks=len({given["taskAccount"] for given in own}),
                slots=len({given["nullifier"] for given in own}),
                cents=sum(given["amount"] for given in own),
            )
        )
    return tuple(sorted(heaps, key=lambda heap: -heap.cents))


def _marks(nullifier: bytes, task_account: str, account: str) -> tuple[str, str, str]:
    return f"pseudonym {nullifier.hex()}", f"task {task_account}", f"account {account}"
