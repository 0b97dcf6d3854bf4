# SPDX-License-Identifier: EUPL-1.2
"""What a chain shows of an errand that was done, by whoever: one event for each kind. Pure.

Invariants:

- What is compared is what an errand achieves (``Errand.key``): the calldata's signatures and proofs are no part of it.
- Where a total is what was asked for, a refund or a collection that reached another total is another one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from programmable_money.abi import Entry, interface
from programmable_money.model import Amount

__all__ = ["Ask", "Effect", "Given", "RunningTotal"]

Given = Mapping[str, Any]
"""Arguments of a call or an event by their names."""
Ask = Callable[..., tuple[Any, ...]]
"""Reads the contract: the name of a view, and its arguments."""


@dataclass(frozen=True, slots=True)
class RunningTotal:
    """Of what is done in parts: where the contract keeps how much was done in all.

    Attributes:
        view, of: its name, and its one argument from the call's.
        output: which of the values that it returns.
        adds: the event's argument that each part adds.
        wanted: the total that the call asks for.
        parts: the event's arguments that all parts of one total share.
    """

    view: str
    of: Callable[[Given], Any]
    output: int
    adds: str
    wanted: Callable[[Given], int]
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What is called, and the event that it leaves.

    Attributes:
        contract: whose interface both are in; what several contracts share may name any of them.
        shows: the event's arguments that say it was exactly this, from the call's.
        amount: the event's argument that is an amount, cents; None where nothing is credited, paid or owed.
        total: where it is done in parts.
    """

    contract: str
    function: str
    event: str
    shows: Mapping[str, Callable[[Given], Any]] = field(hash=False)
    amount: str | None = None
    total: RunningTotal | None = None

    @property
    def entry(self) -> Entry:
        """The event in the interface."""
        return next(entry for entry in interface(self.contract).events.values() if entry.name == self.event)

    def given(self, data: bytes) -> Given:
        """The call's arguments from its calldata."""
        return interface(self.contract).functions[self.function].decode_input(data[4:])

    def sought(self, given: Given) -> dict[str, Any]:
        """The event's arguments to look for: those of exactly this, or of all parts of its total."""
        names = self.shows if self.total is None else self.total.parts
        return {name: self.shows[name](given) for name in names}

    def amount_of(self, event: Given) -> Amount | None:
        """What was credited, paid or owed, by the event."""
        return None if self.amount is None else Amount(event[self.amount])

    def find(self, given: Given, events: Sequence[Given], ask: Ask) -> Given | None:
        """The event that shows that exactly this was done; None if there is none.

        Args:
            events: in the order of the chain, those with ``sought``.
            ask: reads the contract as it is after the last of them.
        """
        expected = {name: make(given) for name, make in self.shows.items()}
        total = None if self.total is None else ask(self.total.view, self.total.of(given))[self.total.output]
        for event in reversed(events):
            is_total = self.total is None or total == self.total.wanted(given)
            if is_total and all(event[name] == value for name, value in expected.items()):
                return event
            if self.total is not None:
                total -= event[self.total.adds]
        return None
