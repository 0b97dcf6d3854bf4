# SPDX-License-Identifier: EUPL-1.2
"""What the wallet keeps about tasks: the work that was chosen, and the earnings book. Pure data.

Invariants:
    * Times are aware UTC; money is integer cents, time is seconds.
    * ``repr`` shows no account, task or amount.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

from holder.scopes import read_scope, scope_to_json
from programmable_money.messages import Address, Scope, parse_address
from ssi.credential.document import Node, Wording
from ssi.errors import VerificationError

__all__ = ["Earned", "Work"]

_MANY: Final = 1 << 53
_LONG: Final = 4_000


@dataclass(frozen=True, slots=True)
class Work:
    """A task that was chosen, in one round, and what became of it.

    Attributes:
        scope: the board's, without a slot.
        account: the task account; its key comes from the recovery phrase, the scope, the task and the round.
        title: of the published task.
        quarters: quarter hours that the whole task is worth.
        part: of a thousand that is this account's.
        insurance: whose conditions were accepted.
        state: as the board last said.
        seconds: awarded to the account.
        collected: how many of those became coins.
        until: by when the rest must be collected; None before anything was awarded.
        collect_at: when the wallet collects, drawn at random (tasks.md 5.3).
    """

    scope: Scope
    task: int
    round: int
    account: Address = field(repr=False)
    title: Wording = field(repr=False)
    quarters: int = field(repr=False)
    part: int = field(repr=False)
    insurance: str = field(repr=False)
    chosen_at: datetime = field(repr=False)
    state: str = field(default="chosen", repr=False)
    seconds: int = field(default=0, repr=False)
    collected: int = field(default=0, repr=False)
    until: datetime | None = field(default=None, repr=False)
    collect_at: datetime | None = field(default=None, repr=False)

    @property
    def left(self) -> int:
        """Seconds that were awarded and not collected yet."""
        return self.seconds - self.collected

    @property
    def expected(self) -> int:
        """Seconds that may still become coins: what is awarded and left, or the part of the task before that."""
        if self.is_over:
            return self.left
        return max(self.left, self.quarters * 900 * self.part // 1_000 - self.collected)

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be awarded."""
        return self.state in {"given_up", "not_taken", "verified", "decided"}

    def to_json(self) -> dict[str, Any]:
        """The form in the encrypted file."""
        return {
            "scope": scope_to_json(self.scope),
            "task": self.task,
            "round": self.round,
            "account": self.account,
            "title": {"nl": self.title.nl, "en": self.title.en},
            "quarters": self.quarters,
            "part": self.part,
            "insurance": self.insurance,
            "chosen_at": self.chosen_at.isoformat(),
            "state": self.state,
            "seconds": self.seconds,
            "collected": self.collected,
            "until": None if self.until is None else self.until.isoformat(),
            "collect_at": None if self.collect_at is None else self.collect_at.isoformat(),
        }

    @classmethod
    def from_node(cls, node: Node) -> Self:
        """Read what ``to_json`` wrote; DocumentError."""
        numbers = ("task", "round", "quarters", "part", "seconds", "collected")
        texts = ("scope", "account", "title", "insurance", "chosen_at", "state", "until", "collect_at")
        members = node.members((*numbers, *texts))
        read = {name: members[name].integer(0, _MANY) for name in numbers}
        return cls(
            scope=read_scope(members["scope"]),
            account=_address(members["account"]),
            title=members["title"].wording(),
            insurance=members["insurance"].text(),
            chosen_at=_moment(members["chosen_at"]),
            state=members["state"].text(longest=20),
            until=None if members["until"].value is None else _moment(members["until"]),
            collect_at=None if members["collect_at"].value is None else _moment(members["collect_at"]),
            **read,
        )


@dataclass(frozen=True, slots=True)
class Earned:
    """One line of the earnings book: time of one task that became coins in one slot.

    Attributes:
        scope: the board's, in the slot.
        terms: 0 for the adult rate, 1 for the young one.
        total: seconds of the award that were collected after this line.
        cents_per_hour: the rate.
        account: the payment account of the slot.
        at: when the wallet made the collection.
    """

    scope: Scope
    task: int
    title: Wording = field(repr=False)
    task_account: Address = field(repr=False)
    account: Address = field(repr=False)
    terms: int = field(repr=False)
    total: int = field(repr=False)
    seconds: int = field(repr=False)
    cents: int = field(repr=False)
    cents_per_hour: int = field(repr=False)
    at: datetime = field(repr=False)

    @property
    def year(self) -> int:
        """The calendar year, UTC, for whose cap it counts."""
        return (self.scope.slot or 0) // 256

    @property
    def slot(self) -> int:
        """Which slot of that year."""
        return (self.scope.slot or 0) % 256

    def is_again(self, other: "Earned") -> bool:
        """Whether another line is of the same part of the same award: a message that was made once more."""
        return (self.task_account, self.total) == (other.task_account, other.total)

    def to_json(self) -> dict[str, Any]:
        """The form in the encrypted file."""
        return {
            "scope": scope_to_json(self.scope),
            "task": self.task,
            "title": {"nl": self.title.nl, "en": self.title.en},
            "task_account": self.task_account,
            "account": self.account,
            "terms": self.terms,
            "total": self.total,
            "seconds": self.seconds,
            "cents": self.cents,
            "cents_per_hour": self.cents_per_hour,
            "at": self.at.isoformat(),
        }

    @classmethod
    def from_node(cls, node: Node) -> Self:
        """Read what ``to_json`` wrote; DocumentError."""
        numbers = ("task", "terms", "total", "seconds", "cents", "cents_per_hour")
        members = node.members((*numbers, "scope", "title", "task_account", "account", "at"))
        scope = read_scope(members["scope"])
        if scope.slot is None:
            members["scope"].refuse("must have a slot")
        return cls(
            scope=scope,
            title=members["title"].wording(),
            task_account=_address(members["task_account"]),
            account=_address(members["account"]),
            at=_moment(members["at"]),
            **{name: members[name].integer(0, _MANY) for name in numbers},
        )


def _address(node: Node) -> Address:
    try:
        return parse_address(node.value)
    except VerificationError as error:
        node.refuse(error.detail)


def _moment(node: Node) -> datetime:
    try:
        moment = datetime.fromisoformat(node.text(longest=40))
    except ValueError:
        node.refuse("must be a moment")
    if moment.tzinfo is None:
        node.refuse("must have a time zone")
    return moment.astimezone(UTC)
