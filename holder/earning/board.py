# SPDX-License-Identifier: EUPL-1.2
"""A task board as its chain describes it, and the check of that description against the rulebook.

The description is JSON, ``board/1``, as ``stuiver money task describe`` writes it; the wallet believes none of it.
Tasks are compared with their published documents, terms with the rulebook, statements with the wallet's own.

Invariant: nothing that is proved later comes from the description except board, purse, chain, period and rulebook hash.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from holder.programme import AcceptedKey, AskedTerms, ProgrammeView, read_terms
from holder.refusals import ProgrammeFormatError
from programmable_money.messages import Address, PaymentDomain, Scope, parse_address
from programmable_money.messages.offers import PublishedOffer
from ssi.claim.terms import ClaimTerms
from ssi.credential.document import DocumentError, Node, parse_document
from ssi.credential.types import CredentialType
from ssi.errors import VerificationError
from ssi.rulebook.handout import Earnings

__all__ = ["BoardCollection", "BoardTask", "BoardView", "BoardWork", "TaskState"]

_HEX: Final = re.compile(r"0x([0-9a-f]{2})*")
_SAFE: Final = (1 << 53) - 1
_MANY: Final = 100_000
_LONGEST: Final = 1 << 26
"""Octets of a description: a board with ten thousand tasks."""
TaskState = str
"""``published``, ``chosen``, ``equipped``, ``done``, ``verified``, ``appealed``, ``decided`` or ``withdrawn``."""
_STATES: Final = ("published", "chosen", "equipped", "done", "verified", "appealed", "decided", "withdrawn")
_NUMBERS: Final = ("task", "round", "awarded", "tools", "places", "quarters", "until", "ends")
_HASHES: Final = ("description", "tags", "insurance")


@dataclass(frozen=True, slots=True)
class BoardTask:
    """A task as the chain has it.

    Attributes:
        round: how often it became free again.
        awarded: quarter hours that were awarded so far.
        members: ``TaskOffer`` of the contract.
        ends: until when it can be chosen and done; once verified, until when that can be appealed.
        document: the published text, as received; None when nobody handed it over.
    """

    number: int
    state: TaskState
    round: int
    awarded: int
    members: tuple[bytes | int, ...]
    ends: int
    document: bytes | None

    def offer(self, earnings: Earnings) -> PublishedOffer | None:
        """The published text, if it is what the chain's hashes say; None if it is missing or another one."""
        if self.document is None:
            return None
        try:
            offer = PublishedOffer.from_json(self.document, earnings)
        except DocumentError:
            return None
        return offer if offer.members == self.members else None

    @property
    def quarters(self) -> int:
        """Quarter hours that it is worth in full."""
        return int(self.members[5])


@dataclass(frozen=True, slots=True)
class BoardWork:
    """What a task account does and has; times in seconds."""

    account: Address
    task: int
    round: int
    part: int
    chosen: int
    seconds: int
    collected: int
    until: int


@dataclass(frozen=True, slots=True)
class BoardCollection:
    """Time of one award that became coins in one slot.

    Attributes:
        account: the payment account that was credited.
        total: seconds of the award that were collected after this one.
        at: unix seconds.
    """

    task_account: Address
    account: Address
    slot: int
    terms: int
    seconds: int
    total: int
    cents: int
    at: int


@dataclass(frozen=True, slots=True)
class BoardView:
    """One task board in one period as its chain describes it.

    Attributes:
        scope: chain, board, rulebook hash and period; without a slot.
        keys: of the validators that it accepts, by id: their public key, 256 octets in EVM form.
        statements: S of each statement that was built, by key, slot and terms.
        collections: oldest first.
        spent: cents less what was given back, by payment account.
    """

    scope: Scope
    purse: Address
    terms: tuple[AskedTerms, AskedTerms]
    keys: Mapping[bytes, bytes]
    statements: Mapping[tuple[bytes, int, int], bytes]
    tasks: tuple[BoardTask, ...]
    work: tuple[BoardWork, ...]
    collections: tuple[BoardCollection, ...]
    spent: Mapping[Address, int]
    context_id: bytes
    slot: int

    @property
    def domain(self) -> PaymentDomain:
        """Where signatures for this board count."""
        return PaymentDomain(self.scope.chain_id, self.scope.fund)

    @property
    def coins(self) -> Scope:
        """The purse's name for this programme; in a slot, that of a payment account."""
        return Scope(self.scope.chain_id, self.purse, self.scope.rulebook_hash, self.scope.period)

    def task(self, number: int) -> BoardTask | None:
        """A task by its number; None if the board has none of it."""
        return next((task for task in self.tasks if task.number == number), None)

    def find_work(self, account: Address) -> BoardWork | None:
        """What an account does and has; None if it does nothing."""
        return next((work for work in self.work if work.account == account), None)

    def check_terms(self, terms: tuple[ClaimTerms, ClaimTerms], credential_type: CredentialType) -> None:
        """Compare what both rates ask with the terms that the rulebook gives.

        Raises:
            PlantedStatementError: another scope, credential type, or terms that ask for something else.
            OverAskingError: it asks for more.
        """
        for asked, expected in zip(self.terms, terms, strict=True):
            ProgrammeView(self.scope.in_slot(self.slot), self.context_id, asked, ()).check_terms(
                expected, credential_type
            )

    def find_key(self, key_id: bytes, slot: int, terms: int, own: bytes) -> AcceptedKey | None:
        """An accepted key with the statement of a slot; ``own`` stands for one that nobody built yet."""
        if key_id not in self.keys:
            return None
        return AcceptedKey(key_id, self.keys[key_id], self.statements.get((key_id, slot, terms), own))

    @classmethod
    def from_json(cls, unverified: bytes) -> Self:
        """Read a description.

        Raises:
            ProgrammeFormatError: with the path of the field and the rule that it breaks.
        """
        try:
            return cls._from_node(parse_document(unverified, longest=_LONGEST))
        except DocumentError as error:
            raise ProgrammeFormatError(error.path, error.rule) from error
        except VerificationError as error:
            raise ProgrammeFormatError("$", error.detail) from error

    @classmethod
    def _from_node(cls, node: Node) -> Self:
        names = ("stuiver", "chain", "board", "purse", "rulebook", "period", "slot", "scope", "adult", "young")
        document = node.members((*names, "keys", "statements", "tasks", "work", "collected", "spent"))
        document["stuiver"].choice(("board/1",))
        return cls(
            scope=Scope(
                document["chain"].integer(0, _SAFE),
                parse_address(document["board"].value),
                _octets(document["rulebook"], 32),
                document["period"].integer(0, _SAFE),
            ),
            purse=parse_address(document["purse"].value),
            terms=(read_terms(document["adult"]), read_terms(document["young"])),
            keys=dict(_key(item) for item in document["keys"].items(0, 64)),
            statements=dict(_statement(item) for item in document["statements"].items(0, _MANY)),
            tasks=tuple(_task(item) for item in document["tasks"].items(0, _MANY)),
            work=tuple(_work(item) for item in document["work"].items(0, _MANY)),
            collections=tuple(_collection(item) for item in document["collected"].items(0, _MANY)),
            spent=dict(_spent(item) for item in document["spent"].items(0, _MANY)),
            context_id=_octets(document["scope"]),
            slot=document["slot"].integer(0, _SAFE),
        )


def _key(node: Node) -> tuple[bytes, bytes]:
    members = node.members(("key", "public_key"))
    return _octets(members["key"], 32), _octets(members["public_key"], 256)


def _statement(node: Node) -> tuple[tuple[bytes, int, int], bytes]:
    members = node.members(("key", "slot", "terms", "s"))
    place = _octets(members["key"], 32), members["slot"].integer(0, _SAFE), members["terms"].integer(0, 1)
    return place, _octets(members["s"], 32)


def _task(node: Node) -> BoardTask:
    members = node.members((*_NUMBERS, *_HASHES, "state", "document"))
    numbers = {name: members[name].integer(0, _SAFE) for name in _NUMBERS}
    hashes = [_octets(members[name], 32) for name in _HASHES]
    text = members["document"]
    return BoardTask(
        number=numbers["task"],
        state=members["state"].choice(_STATES),
        round=numbers["round"],
        awarded=numbers["awarded"],
        members=(*hashes, *(numbers[name] for name in ("tools", "places", "quarters", "until"))),
        ends=numbers["ends"],
        document=None if text.value is None else text.text(longest=1 << 16).encode(),
    )


def _work(node: Node) -> BoardWork:
    names = ("task", "round", "part", "chosen", "seconds", "collected", "until")
    members = node.members(("account", *names))
    return BoardWork(parse_address(members["account"].value), *(members[name].integer(0, _SAFE) for name in names))


def _collection(node: Node) -> BoardCollection:
    names = ("slot", "terms", "seconds", "total", "cents", "at")
    members = node.members(("task_account", "account", *names))
    accounts = parse_address(members["task_account"].value), parse_address(members["account"].value)
    return BoardCollection(*accounts, *(members[name].integer(0, _SAFE) for name in names))


def _spent(node: Node) -> tuple[Address, int]:
    members = node.members(("account", "cents"))
    return parse_address(members["account"].value), members["cents"].integer(0, _SAFE)


def _octets(node: Node, count: int | None = None) -> bytes:
    octets = bytes.fromhex(node.text(_HEX, longest=1 << 16)[2:])
    if count is not None and len(octets) != count:
        node.refuse(f"must be {count} octets")
    return octets
