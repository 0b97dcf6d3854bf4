# SPDX-License-Identifier: EUPL-1.2
"""The words of tasks as types: states, records of the contract, rules. Everything is frozen; times are unix seconds."""

from dataclasses import dataclass
from enum import IntEnum

from programmable_money.messages import ZERO_ADDRESS, Address
from programmable_money.model import Amount

__all__ = ["QUARTER_SECONDS", "BoardRules", "CollectedTime", "TaskRecord", "TaskState", "WorkRecord"]

QUARTER_SECONDS = 900
"""A quarter of an hour."""
_HOUR = 3_600


class TaskState(IntEnum):
    """What has become of a task; the numbers are the contract's."""

    NONE = 0
    PUBLISHED = 1
    CHOSEN = 2
    EQUIPPED = 3
    DONE = 4
    VERIFIED = 5
    APPEALED = 6
    DECIDED = 7
    WITHDRAWN = 8


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task as the contract keeps it.

    Attributes:
        round: how often it became free again.
        quarters: quarter hours that it is worth in full.
        awarded: quarter hours that were awarded so far.
        until: until when it can be chosen and done; once verified, until when that can be appealed.
        employee: who verified it; None before.
    """

    number: int
    state: TaskState
    round: int
    quarters: int
    awarded: int
    until: int
    employee: Address | None

    @classmethod
    def of(cls, number: int, answer: tuple[int, int, int, int, int, Address]) -> "TaskRecord":
        """From the contract's answer to ``taskOf``."""
        state, round_, quarters, awarded, until, employee = answer
        by = None if employee == ZERO_ADDRESS else employee
        return cls(number, TaskState(state), round_, quarters, awarded, until, by)


@dataclass(frozen=True, slots=True)
class WorkRecord:
    """What a task account does and has.

    Attributes:
        task: its number; 0 if the account does none.
        part: of a thousand.
        seconds: awarded to it.
        collected: how many of those became coins.
        until: by when the rest must be collected.
    """

    task: int
    round: int
    part: int
    seconds: int
    collected: int
    until: int


@dataclass(frozen=True, slots=True)
class CollectedTime:
    """Time of one award that became coins in one slot.

    Attributes:
        account: the payment account that was credited.
        slot: ``year * 256 + s``.
        terms: 0 for the adult rate, 1 for the young one.
        seconds: of this collection.
        total: of the award, with this collection and those before.
        collected_at: unix seconds.
    """

    task_account: Address
    account: Address
    slot: int
    terms: int
    seconds: int
    total: int
    amount: Amount
    collected_at: int


@dataclass(frozen=True, slots=True)
class BoardRules:
    """What a board fixes for ever, apart from its claim terms.

    Attributes:
        rates: cents an hour by the number of the terms: adult, young.
        slots: how many scopes a person has in a year.
        slot_cap: most that is collected in one.
    """

    rulebook_hash: bytes
    period: int
    opens_at: int
    closes_at: int
    rates: tuple[int, int]
    yearly_cap: Amount
    slots: int
    slot_cap: Amount
    collect_within: int
    appeal_within: int
    validators: tuple[Address, ...]

    def amount(self, seconds: int, terms: int) -> Amount:
        """What so much time is worth; ValueError when it is no whole number of cents."""
        cents, rest = divmod(seconds * self.rates[terms], _HOUR)
        if rest:
            raise ValueError("this time is no whole number of cents at this rate")
        return Amount(cents)
