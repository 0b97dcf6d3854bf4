# SPDX-License-Identifier: EUPL-1.2
"""What an audit finds: differences by kind, with block and transaction; what was checked; the figures. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from programmable_money.kpi.figures import Figures
from programmable_money.messages import Address
from programmable_money.model import Books
from programmable_money.open_books import SOURCES
from ssi.rulebook.model import ProgrammeKind

__all__ = ["AuditReport", "Checked", "Difference", "DifferenceKind", "Findings", "HandOver"]


class DifferenceKind(StrEnum):
    """What is wrong; docs/audit.md explains each."""

    WRONG_CHAIN = "wrong_chain"
    CODE = "code"
    RULES = "rules"
    STATEMENT = "statement"
    HIDDEN = "hidden"
    SUPPLY_ABOVE_RESERVE = "supply_above_reserve"
    DEPOSIT = "deposit"
    LEDGER = "ledger"
    CLAIM_PROOF = "claim_proof"
    CLAIM_KEY = "claim_key"
    CLAIM_RULE = "claim_rule"
    NULLIFIER_REUSED = "nullifier_reused"
    CAP_EXCEEDED = "cap_exceeded"
    PAYMENT_SIGNATURE = "payment_signature"
    PAYMENT_RULE = "payment_rule"
    REFUND = "refund"
    TASK = "task"
    TASK_SIGNATURE = "task_signature"
    COLLECTION = "collection"
    SETTLEMENT = "settlement"
    ROLE = "role"
    STORAGE = "storage"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be.

    Attributes:
        block, transaction: where; None when it is about no single place.
    """

    kind: DifferenceKind
    text: str
    block: int | None = None
    transaction: str | None = None

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {"kind": self.kind.value, "text": self.text, "block": self.block, "transaction": self.transaction}


@dataclass(frozen=True, slots=True)
class HandOver:
    """A programme got another sponsor. ``at`` is unix seconds."""

    former: Address
    successor: Address
    block: int
    at: int

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {"from": self.former, "to": self.successor, "block": self.block, "at": self.at}


@dataclass(slots=True)
class Findings:
    """Differences, as they are found."""

    found: list[Difference] = field(default_factory=list)

    def add(self, kind: DifferenceKind, text: str, *, block: int | None = None, transaction: str | None = None) -> None:
        """Note a difference."""
        self.found.append(Difference(kind, text, block, transaction))


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was looked at."""

    blocks: int
    transactions: int
    events: int
    proofs: int
    signatures: int
    storage: int
    published: int

    def to_json(self) -> dict[str, int]:
        """For other programs."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class AuditReport:
    """One programme as of one block.

    Attributes:
        at: the block's time, unix seconds: the moment of the key figures.
        sponsor: by the events; None when they do not say.
        hand_overs: to other sponsors, in order.
    """

    kind: ProgrammeKind
    chain_id: int
    programme: Address
    rulebook: str
    block: int
    block_hash: str
    at: int
    books: Books
    figures: Figures
    checked: Checked
    differences: tuple[Difference, ...]
    sponsor: Address | None
    hand_overs: tuple[HandOver, ...]

    @property
    def is_signed_off(self) -> bool:
        """Whether everything is as it must be."""
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        """For other programs. Money in cents."""
        names = ("deposits", "settled", "supply", "unallocated", "accounts", "merchants", "outside")
        return {
            "stuiver": "audit/1",
            "is_signed_off": self.is_signed_off,
            "chain": self.chain_id,
            "kind": self.kind.value,
            SOURCES[self.kind]: self.programme,
            "rulebook": self.rulebook,
            "sponsor": self.sponsor,
            "hand_overs": [item.to_json() for item in self.hand_overs],
            "block": self.block,
            "block_hash": self.block_hash,
            "at": self.at,
            "books": {name: getattr(self.books, name).cents for name in names},
            **self.figures.counts,
            "spending": {by: [cell.to_json() for cell in cells] for by, cells in self.figures.spending.items()},
            "kpis": [kpi.to_json() for kpi in self.figures.kpis],
            "checked": self.checked.to_json(),
            "differences": [difference.to_json() for difference in self.differences],
        }
