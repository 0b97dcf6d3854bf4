# SPDX-License-Identifier: EUPL-1.2
"""What an errand is: one transaction that anyone may carry. Pure."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from eth_abi.abi import encode as abi_encode

from programmable_money.calls import ContractCall
from programmable_money.messages import Address, PaymentDomain
from programmable_money.model import MoneyError
from programmable_money.relayer.errands.effects import Effect
from ssi.keccak import keccak256

__all__ = ["Errand", "ErrandKind", "ErrandOfOne", "RelayError", "address_octets", "errand_key", "number_octets"]


class RelayError(MoneyError):
    """Messages that cannot be carried as they are; the text names the file."""


class ErrandKind(StrEnum):
    """What an errand does. Messages that come together are carried in this order, because they may build on it."""

    CLAIM = "claim"
    ACTIVATION = "activation"
    CHOICE = "choice"
    REPORT = "report"
    GIVING_UP = "giving_up"
    APPEAL = "appeal"
    STATEMENT = "statement"
    COLLECTION = "collection"
    OFFER_USE = "offer_use"
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Errand(ABC):
    """One transaction to carry.

    Attributes:
        name: where its message came from, such as a file's name.
    """

    KIND: ClassVar[ErrandKind]
    EFFECT: ClassVar[Effect]
    name: str

    @property
    def kind(self) -> ErrandKind:
        """What it does."""
        return self.KIND

    @property
    @abstractmethod
    def domain(self) -> PaymentDomain:
        """The programme's contract and the chain that it is for."""

    @property
    @abstractmethod
    def call(self) -> ContractCall:
        """What is asked of the contract."""

    @property
    @abstractmethod
    def achieves(self) -> bytes:
        """What is done by it, in octets of a fixed length for its kind. Signatures and proofs are no part of it."""

    @property
    def key(self) -> bytes:
        """What it achieves and where, as 32 octets: two errands with one key can be done once only, either does it."""
        return errand_key(self.kind, self.domain, self.achieves)

    @property
    def is_consistent(self) -> bool:
        """Whether its messages are for the same contract and chain, and belong together."""
        return True

    @property
    def first(self) -> "Errand | None":
        """What must be done before, if nobody did; None for most."""
        return None

    @property
    def is_signed(self) -> bool:
        """Whether whom it names signed it. Asked where the contract cannot tell yet, because ``first`` is not done."""
        return True


class Alone(Protocol):
    """A message that is carried by itself."""

    @property
    def domain(self) -> PaymentDomain:
        """Where it counts."""

    def to_json(self) -> str:
        """The text of a request body."""


M = TypeVar("M", bound=Alone)


@dataclass(frozen=True, slots=True)
class ErrandOfOne(Errand, Generic[M]):
    """An errand of one message.

    Attributes:
        WIRE: the kind and version that its text begins with.
        TYPE: of the message; it has ``from_json``.
        PATH: where it is brought over HTTP.
    """

    WIRE: ClassVar[str]
    TYPE: ClassVar[type[Any]]
    PATH: ClassVar[str]
    message: M

    @property
    def domain(self) -> PaymentDomain:
        """Of the message."""
        return self.message.domain


def errand_key(kind: ErrandKind, domain: PaymentDomain, achieves: bytes) -> bytes:
    """``Errand.key`` of what is achieved."""
    where = [kind.value, domain.chain_id, domain.fund, achieves]
    return keccak256(b"stuiver/errand/v1" + abi_encode(["string", "uint256", "address", "bytes"], where))


def address_octets(address: Address) -> bytes:
    """An address as 20 octets."""
    return bytes.fromhex(address[2:])


def number_octets(*numbers: int) -> bytes:
    """Numbers as 32 octets each."""
    return b"".join(number.to_bytes(32, "big") for number in numbers)
