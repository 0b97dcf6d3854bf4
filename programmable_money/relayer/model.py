# SPDX-License-Identifier: EUPL-1.2
"""What the outbox keeps: errands in their states, the transactions that were signed for them, and settings. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from programmable_money.messages import Address, PaymentDomain
from programmable_money.model import Amount, MoneyError
from programmable_money.refusals import RefusalReason
from programmable_money.relayer.errands import ErrandKind

__all__ = [
    "Attempt",
    "Carried",
    "Entry",
    "ErrandState",
    "Fees",
    "LeaseLostError",
    "Mined",
    "NewErrand",
    "OutboxBusyError",
    "OutboxError",
    "RelayerSettings",
    "StaleStateError",
]


class ErrandState(StrEnum):
    """How far an errand is."""

    ACCEPTED = "accepted"
    """In the database; no account carries it yet."""
    SIGNED = "signed"
    """It has an account, a nonce and a signed transaction, all in the database."""
    SENT = "sent"
    """A node has the transaction."""
    MINED = "mined"
    """It is in a block, which is not yet deep enough."""
    FINAL = "final"
    """Done."""
    REFUSED = "refused"
    """The contract refused it, in a block that is deep enough. It may be brought again."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self in {ErrandState.FINAL, ErrandState.REFUSED}


class OutboxError(MoneyError):
    """The outbox cannot be used."""


class OutboxBusyError(OutboxError):
    """The database stayed locked, or another transaction was faster: nothing was kept, it may be tried again."""


class LeaseLostError(OutboxError):
    """Another process has an account by now."""


class StaleStateError(OutboxError):
    """An errand is in another state than the decision was made on."""


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers, in wei a unit of gas: at most so much, of it so much for the block's maker."""

    highest: int
    tip: int

    def bumped(self, current: "Fees") -> "Fees":
        """The fees of a replacement: an eighth more in both, as nodes ask, and no less than what is usual now."""
        return Fees(max(-(-self.highest * 9 // 8), current.highest), max(-(-self.tip * 9 // 8), current.tip))


@dataclass(frozen=True, slots=True)
class NewErrand:
    """An errand that passed its trial.

    Attributes:
        key: ``Errand.key``.
        data: the calldata.
        since: the chain's last block when it was tried.
        waits_for: key of the errand that must be over before; None for most. It was tried without that one's effect,
            so the worker tries it once more before it signs.
    """

    key: bytes
    kind: ErrandKind
    domain: PaymentDomain
    data: bytes
    since: int
    waits_for: bytes | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An errand as the outbox tells it.

    Attributes:
        key: ``Errand.key``.
        transaction: 0x and 64 digits; the last one signed, or the one in the block.
        reason, error: why it was refused, and the contract's own name for it.
        amount: what was credited, paid, owed or given back, by the contract's own event; None where that is nothing.
    """

    key: bytes
    kind: ErrandKind
    domain: PaymentDomain
    state: ErrandState
    transaction: str | None
    block: int | None
    reason: RefusalReason | None
    error: str | None
    amount: Amount | None
    accepted_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """A signed transaction for an errand, of its account and with its nonce.

    Attributes:
        signed_at: unix seconds.
        sent_at: when it was last given to a node, unix seconds; None if never.
    """

    transaction: str
    raw: bytes
    fees: Fees
    signed_at: float
    sent_at: float | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """An errand as the worker sees it.

    Attributes:
        id: orders errands by their acceptance.
        tries: how many nonces it has had.
        attempts: of its nonce, the one with the lowest fees first.
        block_hash: of the block that has it, in state ``mined``.
    """

    id: int
    key: bytes
    kind: ErrandKind
    domain: PaymentDomain
    data: bytes
    since: int
    state: ErrandState
    account: Address
    nonce: int
    tries: int
    block_hash: str | None
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in a block.

    Attributes:
        is_done: whether the event of the errand's kind is there.
        amount: of that event, where it has one.
    """

    transaction: str
    block: int
    block_hash: str
    succeeded: bool
    is_done: bool
    amount: Amount | None


_GAS: Final[Mapping[ErrandKind, int]] = MappingProxyType(
    {
        ErrandKind.CLAIM: 1_500_000,
        ErrandKind.ACTIVATION: 1_500_000,
        ErrandKind.CHOICE: 2_000_000,  # of the largest group that fits into a message
        ErrandKind.REPORT: 250_000,
        ErrandKind.GIVING_UP: 250_000,
        ErrandKind.APPEAL: 250_000,
        ErrandKind.STATEMENT: 3_000_000,
        ErrandKind.COLLECTION: 1_500_000,
        ErrandKind.OFFER_USE: 1_500_000,
        ErrandKind.PAYMENT: 250_000,
        ErrandKind.REFUND: 250_000,
    }
)


@dataclass(frozen=True, slots=True)
class RelayerSettings:
    """How a relayer works. Times are seconds.

    Attributes:
        depth: how many blocks, its own included, make a transaction final. One on a chain whose blocks never change.
        lease: after how long without a sign of life another process may have an account.
        bump_after: when a transaction that is in no block is replaced by one with higher fees.
        resend_after: when it is given to the node again.
        lost_after: how long a nonce must have been used by something else before an errand gets another one.
        highest_fee: what a replacement offers at most, wei a unit of gas.
        most_outstanding: transactions of one account that are under way; nodes keep only so many.
        most_tries: nonces that one errand gets.
        gas: limit of a transaction, by kind; what is not used costs nothing.
    """

    depth: int = 1
    lease: float = 10.0
    bump_after: float = 15.0
    resend_after: float = 5.0
    lost_after: float = 5.0
    highest_fee: int = 1_000 * 10**9
    most_outstanding: int = 64
    most_tries: int = 3
    gas: Mapping[ErrandKind, int] = field(default_factory=lambda: _GAS)

    def __post_init__(self) -> None:
        if self.depth < 1 or self.most_outstanding < 1 or self.most_tries < 1 or self.lease <= 0:
            raise ValueError("depth, outstanding transactions, tries and lease are above zero")
