# SPDX-License-Identifier: EUPL-1.2
"""What a till or an employee signs and sends to the shop's desk (EIP-712, the domain of the fund). Pure.

Invariants:

- An order names the shop, so that a key that was moved to another shop's till does nothing there.
- An order lives until its deadline. Sent twice it does the same thing once: the payment's id is in it, and the fund
  takes a payment once; a refund says what is given back in total.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from programmable_money.messages import Address, PaymentDomain
from programmable_money.messages.typed import SignedMessage, TypedMessage, parse_signed, sign_typed

__all__ = [
    "ORDER_SECONDS",
    "SignedTillCancel",
    "SignedTillCharge",
    "SignedTillRefund",
    "TillCancel",
    "TillCharge",
    "TillRefund",
]

ORDER_SECONDS = 60
"""How long an order is good for unless its maker says otherwise."""


@dataclass(frozen=True, slots=True)
class TillCharge(TypedMessage):
    """Charge this many cents of what a permit allows; ``product`` as in the charge that the desk makes of it."""

    payment: bytes
    merchant: Address
    amount: int
    deadline: int
    product: int = 0
    MEMBERS: ClassVar = (
        ("payment", "bytes32"),
        ("merchant", "address"),
        ("amount", "uint256"),
        ("deadline", "uint256"),
        ("product", "uint256"),
    )


@dataclass(frozen=True, slots=True)
class TillCancel(TypedMessage):
    """Give a payment back whole, within a minute."""

    payment: bytes
    merchant: Address
    deadline: int
    MEMBERS: ClassVar = (("payment", "bytes32"), ("merchant", "address"), ("deadline", "uint256"))


@dataclass(frozen=True, slots=True)
class TillRefund(TypedMessage):
    """Give back so many cents of a payment over all refunds; for an employee's key."""

    payment: bytes
    merchant: Address
    refunded_total: int
    deadline: int
    MEMBERS: ClassVar = (
        ("payment", "bytes32"),
        ("merchant", "address"),
        ("refundedTotal", "uint256"),
        ("deadline", "uint256"),
    )


@dataclass(frozen=True, slots=True)
class SignedTillCharge(SignedMessage):
    """A charge as a till sends it, beside the citizen's permit."""

    KIND: ClassVar = "till-charge"
    order: TillCharge

    @classmethod
    def sign(cls, domain: PaymentDomain, order: TillCharge, private_key: bytes) -> Self:
        """Sign with the till's or the employee's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(order), private_key), order)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        domain, signature, members = parse_signed(unverified, cls.KIND, TillCharge.MEMBERS)
        return cls(domain, signature, TillCharge(*members))

    def message(self) -> TillCharge:
        """The structure that was signed."""
        return self.order


@dataclass(frozen=True, slots=True)
class SignedTillCancel(SignedMessage):
    """A cancellation as a till sends it."""

    KIND: ClassVar = "till-cancel"
    order: TillCancel

    @classmethod
    def sign(cls, domain: PaymentDomain, order: TillCancel, private_key: bytes) -> Self:
        """Sign with the till's or the employee's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(order), private_key), order)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        domain, signature, members = parse_signed(unverified, cls.KIND, TillCancel.MEMBERS)
        return cls(domain, signature, TillCancel(*members))

    def message(self) -> TillCancel:
        """The structure that was signed."""
        return self.order


@dataclass(frozen=True, slots=True)
class SignedTillRefund(SignedMessage):
    """A refund as an employee sends it."""

    KIND: ClassVar = "till-refund"
    order: TillRefund

    @classmethod
    def sign(cls, domain: PaymentDomain, order: TillRefund, private_key: bytes) -> Self:
        """Sign with the employee's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(order), private_key), order)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        domain, signature, members = parse_signed(unverified, cls.KIND, TillRefund.MEMBERS)
        return cls(domain, signature, TillRefund(*members))

    def message(self) -> TillRefund:
        """The structure that was signed."""
        return self.order
