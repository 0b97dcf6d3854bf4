# SPDX-License-Identifier: EUPL-1.2
"""What task accounts sign: a choice, a report, giving up, an appeal, a collection (tasks.md sections 1 and 3).

Invariants:

- A choice is what the contract takes: accounts in ascending order, each once, and parts of a thousand that add up.
- A report, a giving up and an appeal are said by whoever signed them: the account is not a member, it is recovered.
- A collection's proof and its signature both name task account, account and total, so that neither serves another one.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Final, Self

from eth_abi.abi import encode as abi_encode

from programmable_money.messages.identifiers import Address, parse_address
from programmable_money.messages.numbers import number, octets, octets32, uint, uint16
from programmable_money.messages.typed import (
    PaymentDomain,
    SignedMessage,
    TypedMessage,
    parse_domain,
    parse_object,
    parse_signed,
    sign_typed,
)
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256

__all__ = [
    "WHOLE",
    "Appeal",
    "Choice",
    "Collection",
    "CollectionMessage",
    "GivingUp",
    "GroupChoice",
    "SignedAppeal",
    "SignedChoice",
    "SignedDone",
    "SignedGivingUp",
    "TaskDone",
    "ascending",
]

WHOLE: Final = 1_000
"""Parts that a task is split into."""


def ascending(accounts: Iterable[Address]) -> list[Address]:
    """Task accounts in the order in which the contract takes them."""
    return sorted(accounts, key=_as_number)


@dataclass(frozen=True, slots=True)
class Choice(TypedMessage):
    """These accounts do the task together, and accept its insurance.

    Attributes:
        round: of the task: nothing signed in one round counts in another.
        insurance: the policy's reference, 32 octets.
        accounts: fresh ones, ascending.
        parts: of a thousand, in the same order.
    """

    task: int
    round: int
    insurance: bytes
    accounts: tuple[Address, ...]
    parts: tuple[int, ...]
    MEMBERS: ClassVar = (
        ("task", "uint256"),
        ("round", "uint256"),
        ("insurance", "bytes32"),
        ("accounts", "address[]"),
        ("parts", "uint16[]"),
    )

    def __post_init__(self) -> None:
        TypedMessage.__post_init__(self)
        numbers = [_as_number(account) for account in self.accounts]
        if not numbers or any(one >= following for one, following in pairwise(numbers)):
            raise VerificationError(Reason.MALFORMED, "accounts are in ascending order, each once")
        if len(self.parts) != len(self.accounts) or min(self.parts) < 1 or sum(self.parts) != WHOLE:
            raise VerificationError(Reason.MALFORMED, f"each account has a part, and all parts together are {WHOLE}")

    def part_of(self, account: Address) -> int:
        """An account's part; ValueError when it is not in the group."""
        return self.parts[self.accounts.index(account)]


@dataclass(frozen=True, slots=True)
class TaskDone(TypedMessage):
    """The task is done."""

    task: int
    round: int
    MEMBERS: ClassVar = (("task", "uint256"), ("round", "uint256"))


@dataclass(frozen=True, slots=True)
class GivingUp(TypedMessage):
    """The task is given up: it is free again."""

    task: int
    round: int
    MEMBERS: ClassVar = (("task", "uint256"), ("round", "uint256"))


@dataclass(frozen=True, slots=True)
class Appeal(TypedMessage):
    """An appeal; ``statement`` is the hash of what was written, 32 octets."""

    task: int
    round: int
    statement: bytes
    MEMBERS: ClassVar = (("task", "uint256"), ("round", "uint256"), ("statement", "bytes32"))


@dataclass(frozen=True, slots=True)
class Collection(TypedMessage):
    """Awarded time becomes coins.

    Attributes:
        account: that is credited.
        slot: ``year * 256 + s``.
        collected_total: seconds of the award that are collected from now on, earlier collections included.
    """

    task_account: Address
    account: Address
    slot: int
    collected_total: int
    MEMBERS: ClassVar = (
        ("taskAccount", "address"),
        ("account", "address"),
        ("slot", "uint256"),
        ("collectedTotal", "uint256"),
    )

    @property
    def recipient(self) -> bytes:
        """(3.1) What the claim's proof is bound to, 20 octets."""
        values = [self.task_account, self.account, self.collected_total]
        return keccak256(abi_encode(["address", "address", "uint256"], values))[12:]


@dataclass(frozen=True, slots=True)
class SignedChoice(SignedMessage):
    """One account's signature under a choice."""

    KIND: ClassVar = "choice"
    choice: Choice

    @classmethod
    def sign(cls, domain: PaymentDomain, choice: Choice, private_key: bytes) -> Self:
        """Sign with a task account's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(choice), private_key), choice)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        domain, signature, members = parse_signed(unverified, cls.KIND, Choice.MEMBERS)
        return cls(domain, signature, Choice(*members))

    def message(self) -> Choice:
        """The structure that was signed."""
        return self.choice


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """A choice with everybody's signature. Build it with ``of``, or from JSON.

    Attributes:
        signatures: in the order of the choice's accounts.
    """

    domain: PaymentDomain
    choice: Choice
    signatures: tuple[bytes, ...]

    @classmethod
    def of(cls, signed: Iterable[SignedChoice]) -> Self:
        """Put a group's signatures together.

        Raises:
            VerificationError: ``malformed``: not one choice in one place; ``invalid_signature``: a signature is missing
                or is of somebody who is not in the group.
        """
        everybody = tuple(signed)
        if not everybody or any(
            (one.domain, one.choice) != (everybody[0].domain, everybody[0].choice) for one in everybody
        ):
            raise VerificationError(Reason.MALFORMED, "a group signs one choice")
        choice = everybody[0].choice
        by_account = {one.signer(): one.signature for one in everybody}
        if set(by_account) != set(choice.accounts):
            raise VerificationError(Reason.INVALID_SIGNATURE, "everybody of the group signs, and nobody else")
        return cls(everybody[0].domain, choice, tuple(by_account[account] for account in choice.accounts))

    def to_json(self) -> str:
        """The text of a request body."""
        choice = self.choice
        content = {"stuiver": "group/1", "chain": self.domain.chain_id, "fund": self.domain.fund}
        content |= {"task": choice.task, "round": choice.round, "insurance": "0x" + choice.insurance.hex()}
        content |= {"accounts": list(choice.accounts), "parts": list(choice.parts)}
        content |= {"signatures": ["0x" + signature.hex() for signature in self.signatures]}
        return json.dumps(content, separators=(",", ":"))

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse, and check every signature; VerificationError as ``of``, or ``wrong_length``."""
        names = tuple(name for name, _ in Choice.MEMBERS)
        content = parse_object(unverified, "group", (*names, "signatures"))
        domain, signatures = parse_domain(content), content["signatures"]
        if not (isinstance(signatures, list) and isinstance(content["accounts"], list)):
            raise VerificationError(Reason.MALFORMED, "accounts and signatures are lists")
        if not isinstance(content["parts"], list):
            raise VerificationError(Reason.MALFORMED, "parts is a list")
        choice = Choice(
            number(content["task"], "task"),
            number(content["round"], "round"),
            octets32(octets(content["insurance"], "insurance"), "insurance"),
            tuple(parse_address(account) for account in content["accounts"]),
            tuple(uint16(part, "parts") for part in content["parts"]),
        )
        return cls.of(SignedChoice(domain, octets(signature, "signature"), choice) for signature in signatures)


@dataclass(frozen=True, slots=True)
class _SaidByAccount(SignedMessage):
    """A message whose account is whoever signed it."""

    @property
    def account(self) -> Address:
        """Who signed; VerificationError as ``signer``."""
        return self.signer()


@dataclass(frozen=True, slots=True)
class SignedDone(_SaidByAccount):
    """A report, by the account that signed it."""

    KIND: ClassVar = "done"
    done: TaskDone

    @classmethod
    def sign(cls, domain: PaymentDomain, done: TaskDone, private_key: bytes) -> Self:
        """Sign with a task account's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(done), private_key), done)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        domain, signature, members = parse_signed(unverified, cls.KIND, TaskDone.MEMBERS)
        return cls(domain, signature, TaskDone(*members))

    def message(self) -> TaskDone:
        """The structure that was signed."""
        return self.done


@dataclass(frozen=True, slots=True)
class SignedGivingUp(_SaidByAccount):
    """A giving up, by the account that signed it."""

    KIND: ClassVar = "giving-up"
    giving_up: GivingUp

    @classmethod
    def sign(cls, domain: PaymentDomain, giving_up: GivingUp, private_key: bytes) -> Self:
        """Sign with a task account's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(giving_up), private_key), giving_up)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        domain, signature, members = parse_signed(unverified, cls.KIND, GivingUp.MEMBERS)
        return cls(domain, signature, GivingUp(*members))

    def message(self) -> GivingUp:
        """The structure that was signed."""
        return self.giving_up


@dataclass(frozen=True, slots=True)
class SignedAppeal(_SaidByAccount):
    """An appeal, by the account that signed it."""

    KIND: ClassVar = "appeal"
    appeal: Appeal

    @classmethod
    def sign(cls, domain: PaymentDomain, appeal: Appeal, private_key: bytes) -> Self:
        """Sign with a task account's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(appeal), private_key), appeal)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        domain, signature, members = parse_signed(unverified, cls.KIND, Appeal.MEMBERS)
        return cls(domain, signature, Appeal(*members))

    def message(self) -> Appeal:
        """The structure that was signed."""
        return self.appeal


@dataclass(frozen=True, slots=True)
class CollectionMessage(SignedMessage):
    """What a wallet hands to a relayer: a collection that nobody can change or redirect.

    Attributes:
        terms: 0 for the adult rate, 1 for the young one.
        key_id: the validator's key in the trust registry, 32 octets.
        as_of: day of the claim, days since 1900-01-01.
        proof: claim.md section 5, in the slot under the terms, for ``collection.recipient``.
    """

    KIND: ClassVar = "collection"
    collection: Collection
    terms: int
    key_id: bytes
    as_of: int
    proof: bytes

    @classmethod
    def sign(
        cls,
        domain: PaymentDomain,
        collection: Collection,
        private_key: bytes,
        *,
        terms: int,
        key_id: bytes,
        as_of: int,
        proof: bytes,
    ) -> Self:
        """Sign with the task account's key (32 octets)."""
        signature = sign_typed(domain.typed_data(collection), private_key)
        return cls(domain, signature, collection, terms, key_id, as_of, proof)

    def message(self) -> Collection:
        """The structure that was signed."""
        return self.collection

    def check(self) -> None:
        """Refuse a collection that its task account did not sign: VerificationError, ``invalid_signature``."""
        self.check_signer(self.collection.task_account)

    def to_json(self) -> str:
        """The text of a request body."""
        signed = SignedMessage.to_json(self)
        added = {"terms": self.terms, "key": "0x" + self.key_id.hex(), "as_of": self.as_of}
        content = json.loads(signed) | added | {"proof": "0x" + self.proof.hex()}
        return json.dumps(content, separators=(",", ":"))

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``. The proof is for the contract to check."""
        names = tuple(name for name, _ in Collection.MEMBERS)
        content = parse_object(unverified, cls.KIND, (*names, "signature", "terms", "key", "as_of", "proof"))
        return cls(
            parse_domain(content),
            octets(content["signature"], "signature"),
            Collection(
                parse_address(content["taskAccount"]),
                parse_address(content["account"]),
                number(content["slot"], "slot"),
                number(content["collectedTotal"], "collectedTotal"),
            ),
            uint16(content["terms"], "terms"),
            octets32(octets(content["key"], "key"), "key"),
            uint(content["as_of"], "as_of"),
            octets(content["proof"], "proof"),
        )


def _as_number(account: Address) -> int:
    return int(account, 16)
