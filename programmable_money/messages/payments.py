# SPDX-License-Identifier: EUPL-1.2
"""What is signed at the till: permits, charges, refunds; and the request that a shop shows."""

import json
import secrets
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from programmable_money.messages.codes import from_code, is_code, to_code
from programmable_money.messages.identifiers import ZERO_ADDRESS, Address, parse_address, payment_id
from programmable_money.messages.numbers import uint
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

__all__ = [
    "PERMIT_SECONDS",
    "Charge",
    "PaymentPermit",
    "PaymentRequest",
    "Refund",
    "SignedCharge",
    "SignedPermit",
    "SignedRefund",
]

PERMIT_SECONDS: Final = 60
"""How long a permit that a wallet shows may be used: whoever photographs it has a minute, and its owner is faster."""


@dataclass(frozen=True, slots=True)
class PaymentPermit(TypedMessage):
    """The citizen allows one payment, once, up to a limit, for a short time.

    Attributes:
        account: the payment account that pays.
        merchant: the only shop that may be paid; ``ZERO_ADDRESS`` for any approved one.
        limit: cents; the shop may charge less.
        nonce: fresh random number; a permit is used up by its first payment.
        deadline: unix seconds; the last at which the payment may happen.
    """

    account: Address
    merchant: Address
    limit: int
    nonce: int
    deadline: int
    MEMBERS: ClassVar = (
        ("account", "address"),
        ("merchant", "address"),
        ("limit", "uint256"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    )

    @classmethod
    def one_time(
        cls, account: Address, limit: int, *, now: int, merchant: Address = ZERO_ADDRESS, seconds: int = PERMIT_SECONDS
    ) -> Self:
        """A permit for the next minute under a fresh nonce: what a wallet shows at the till.

        Args:
            limit: cents.
            now: unix seconds.
        """
        return cls(account, merchant, limit, secrets.randbits(128), now + seconds)

    @property
    def payment(self) -> bytes:
        """The id of the payment that uses this permit."""
        return payment_id(self.account, self.nonce)


@dataclass(frozen=True, slots=True)
class Charge(TypedMessage):
    """The shop asks for ``amount`` cents of the payment that a permit allows.

    Attributes:
        product: number of the product group that is sold; 0 where the rulebook has none.
    """

    payment: bytes
    merchant: Address
    amount: int
    product: int = 0
    MEMBERS: ClassVar = (
        ("payment", "bytes32"),
        ("merchant", "address"),
        ("amount", "uint256"),
        ("product", "uint256"),
    )


@dataclass(frozen=True, slots=True)
class Refund(TypedMessage):
    """The shop gives back money of a payment.

    Attributes:
        refunded_total: cents over all refunds of the payment, so that a replayed refund does nothing.
    """

    payment: bytes
    refunded_total: int
    MEMBERS: ClassVar = (("payment", "bytes32"), ("refundedTotal", "uint256"))


@dataclass(frozen=True, slots=True)
class SignedPermit(SignedMessage):
    """What the citizen shows at the till."""

    KIND: ClassVar = "permit"
    permit: PaymentPermit

    @classmethod
    def sign(cls, domain: PaymentDomain, permit: PaymentPermit, private_key: bytes) -> Self:
        """Sign with the payment account's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(permit), private_key), permit)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse the long form, as services and files have it.

        Raises:
            VerificationError: ``malformed`` or ``wrong_length``.
        """
        domain, signature, members = parse_signed(unverified, "permit", PaymentPermit.MEMBERS)
        return cls(domain, signature, PaymentPermit(*members))

    @classmethod
    def from_text(cls, unverified: str) -> Self:
        """Parse what a till reads: the text of a QR code (``to_code``) or the long form (``to_json``).

        Raises:
            VerificationError: ``malformed``, ``wrong_length``, ``too_large`` or ``invalid_signature``.
        """
        if not is_code(unverified, "permit"):
            return cls.from_json(unverified)
        domain, signature, members = from_code(unverified, "permit", PaymentPermit.MEMBERS)
        made = cls(domain, signature, PaymentPermit(*members))
        if made.to_code() != unverified:
            raise VerificationError(Reason.MALFORMED, "a permit has one code, and this is another")
        return made

    def to_code(self) -> str:
        """The text of the QR code that a wallet shows: the same members and signature, in few modules."""
        return to_code(self)

    def message(self) -> PaymentPermit:
        """The structure that was signed."""
        return self.permit

    def check(self) -> None:
        """Refuse a permit that its account did not sign: VerificationError, ``invalid_signature``."""
        self.check_signer(self.permit.account)


@dataclass(frozen=True, slots=True)
class SignedCharge(SignedMessage):
    """What the shop adds to a permit."""

    KIND: ClassVar = "charge"
    charge: Charge

    @classmethod
    def sign(cls, domain: PaymentDomain, charge: Charge, private_key: bytes) -> Self:
        """Sign with the merchant's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(charge), private_key), charge)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        domain, signature, members = parse_signed(unverified, "charge", Charge.MEMBERS)
        return cls(domain, signature, Charge(*members))

    def message(self) -> Charge:
        """The structure that was signed."""
        return self.charge

    def check(self) -> None:
        """Refuse a charge that its merchant did not sign: VerificationError, ``invalid_signature``."""
        self.check_signer(self.charge.merchant)


@dataclass(frozen=True, slots=True)
class SignedRefund(SignedMessage):
    """A shop's order to give money back; the payment's merchant must have signed it."""

    KIND: ClassVar = "refund"
    refund: Refund

    @classmethod
    def sign(cls, domain: PaymentDomain, refund: Refund, private_key: bytes) -> Self:
        """Sign with the merchant's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(refund), private_key), refund)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        domain, signature, members = parse_signed(unverified, "refund", Refund.MEMBERS)
        return cls(domain, signature, Refund(*members))

    def message(self) -> Refund:
        """The structure that was signed."""
        return self.refund

    def check(self, merchant: Address) -> None:
        """Refuse a refund that ``merchant`` did not sign: VerificationError, ``invalid_signature``."""
        self.check_signer(merchant)


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a shop shows so that the wallet makes a permit for exactly this: the other direction of a payment.

    Attributes:
        amount: cents.
    """

    domain: PaymentDomain
    merchant: Address
    amount: int

    def __post_init__(self) -> None:
        parse_address(self.merchant)
        uint(self.amount, "amount")

    def to_json(self) -> str:
        """The text for a QR code."""
        content = {"stuiver": "request/1", "chain": self.domain.chain_id, "fund": self.domain.fund}
        return json.dumps(content | {"merchant": self.merchant, "amount": self.amount}, separators=(",", ":"))

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed``."""
        content = parse_object(unverified, "request", ("merchant", "amount"))
        return cls(parse_domain(content), parse_address(content["merchant"]), uint(content["amount"], "amount"))
