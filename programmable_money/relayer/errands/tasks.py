# SPDX-License-Identifier: EUPL-1.2
"""What task boards take from a relayer: choices, reports, givings up, appeals and collections (tasks.md 1 and 3)."""

from dataclasses import dataclass
from typing import Final

from eth_utils.address import to_checksum_address

from programmable_money.calls import ContractCall
from programmable_money.messages.passes import pseudonym_hash
from programmable_money.messages.tasks import CollectionMessage, GroupChoice, SignedAppeal, SignedDone, SignedGivingUp
from programmable_money.relayer.errands.effects import Effect, Given, RunningTotal
from programmable_money.relayer.errands.errand import Errand, ErrandKind, ErrandOfOne, address_octets, number_octets
from programmable_money.relayer.errands.statements import StatementErrand, is_signed
from programmable_money.tasks.calls import appeal_call, choose_call, collect_call, done_call, give_up_call
from ssi.keccak import keccak256

__all__ = ["AppealErrand", "ChoiceErrand", "CollectionErrand", "GivingUpErrand", "ReportErrand"]

_BOARD: Final = "TaskBoard"
_TASK_ACCOUNT, _ACCOUNT, _SLOT, _TERMS, _TOTAL = range(5)
"""Where a collection's members are in a call."""
_COLLECTED: Final = 4
"""Where the contract's answer about a task account has the seconds that were collected."""


@dataclass(frozen=True, slots=True)
class ChoiceErrand(ErrandOfOne[GroupChoice]):
    """A choice that everybody of the group signed: task, round, accounts and parts."""

    KIND = ErrandKind.CHOICE
    WIRE, PATH = "group/1", "choices"
    TYPE = GroupChoice
    EFFECT = Effect(
        _BOARD,
        "choose",
        "TaskChosen",
        {
            "task": lambda given: given["task"],
            "accounts": lambda given: given["accounts"],
            "parts": lambda given: tuple(given["parts"]),
        },
    )

    @property
    def achieves(self) -> bytes:
        """Task, round, insurance, and a hash of accounts and parts."""
        said = self.message.choice
        group = b"".join(map(address_octets, said.accounts)) + number_octets(*said.parts)
        return number_octets(said.task, said.round) + said.insurance + keccak256(group)

    @property
    def call(self) -> ContractCall:
        """What is asked of the board."""
        return choose_call(self.message)


@dataclass(frozen=True, slots=True)
class ReportErrand(ErrandOfOne[SignedDone]):
    """A report that a task is done: task, round, and who says so."""

    KIND = ErrandKind.REPORT
    WIRE, PATH = f"{SignedDone.KIND}/1", "reports"
    TYPE = SignedDone
    EFFECT = Effect(
        _BOARD,
        "reportDone",
        "TaskDone",
        {"task": lambda given: given["task"], "account": lambda given: given["account"]},
    )

    @property
    def achieves(self) -> bytes:
        """Task, round and account."""
        said = self.message.done
        return number_octets(said.task, said.round) + address_octets(self.message.account)

    @property
    def call(self) -> ContractCall:
        """What is asked of the board."""
        return done_call(self.message)


@dataclass(frozen=True, slots=True)
class GivingUpErrand(ErrandOfOne[SignedGivingUp]):
    """A giving up: task, round, and who gives it up."""

    KIND = ErrandKind.GIVING_UP
    WIRE, PATH = f"{SignedGivingUp.KIND}/1", "givings-up"
    TYPE = SignedGivingUp
    EFFECT = Effect(
        _BOARD,
        "giveUp",
        "TaskReleased",
        {"task": lambda given: given["task"], "by": lambda given: given["account"]},
    )

    @property
    def achieves(self) -> bytes:
        """Task, round and account."""
        said = self.message.giving_up
        return number_octets(said.task, said.round) + address_octets(self.message.account)

    @property
    def call(self) -> ContractCall:
        """What is asked of the board."""
        return give_up_call(self.message)


@dataclass(frozen=True, slots=True)
class AppealErrand(ErrandOfOne[SignedAppeal]):
    """An appeal: task, round, who appeals, and the hash of what was written."""

    KIND = ErrandKind.APPEAL
    WIRE, PATH = f"{SignedAppeal.KIND}/1", "appeals"
    TYPE = SignedAppeal
    EFFECT = Effect(
        _BOARD,
        "appeal",
        "TaskAppealed",
        {
            "task": lambda given: given["task"],
            "account": lambda given: given["account"],
            "statement": lambda given: given["statement"],
        },
    )

    @property
    def achieves(self) -> bytes:
        """Task, round, account and hash."""
        said = self.message.appeal
        return number_octets(said.task, said.round) + address_octets(self.message.account) + said.statement

    @property
    def call(self) -> ContractCall:
        """What is asked of the board."""
        return appeal_call(self.message)


def _nullifier(given: Given) -> bytes:
    return pseudonym_hash(given["proof"])


def _task_account(given: Given) -> str:
    return str(to_checksum_address(given["c"][_TASK_ACCOUNT]))


@dataclass(frozen=True, slots=True)
class CollectionErrand(ErrandOfOne[CollectionMessage]):
    """A collection as the wallet made it: pseudonym, task account, payment account, slot, rate and total."""

    KIND = ErrandKind.COLLECTION
    WIRE, PATH = f"{CollectionMessage.KIND}/1", "collections"
    TYPE = CollectionMessage
    EFFECT = Effect(
        _BOARD,
        "collect",
        "Collected",
        {
            "nullifier": _nullifier,
            "taskAccount": _task_account,
            "account": lambda given: to_checksum_address(given["c"][_ACCOUNT]),
            "slot": lambda given: given["c"][_SLOT],
            "terms": lambda given: given["c"][_TERMS],
        },
        amount="amount",
        total=RunningTotal(
            view="workOf",
            of=_task_account,
            output=_COLLECTED,
            adds="time",
            wanted=lambda given: int(given["c"][_TOTAL]),
            parts=("taskAccount",),
        ),
    )

    @property
    def achieves(self) -> bytes:
        """Pseudonym, task account, payment account, slot, terms and total."""
        said = self.message.collection
        accounts = address_octets(said.task_account) + address_octets(said.account)
        numbers = number_octets(said.slot, self.message.terms, said.collected_total)
        return pseudonym_hash(self.message.proof) + accounts + numbers

    @property
    def call(self) -> ContractCall:
        """What is asked of the board."""
        return collect_call(self.message)

    @property
    def first(self) -> Errand:
        """The statement of its slot at its rate."""
        message = self.message
        return StatementErrand(self.name, self.domain, message.key_id, message.collection.slot, message.terms)

    @property
    def is_signed(self) -> bool:
        """Whether its task account signed it."""
        return is_signed(self.message)
