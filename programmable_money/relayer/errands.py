# SPDX-License-Identifier: EUPL-1.2
"""A relayer's work: messages as received, put together into transactions. Pure.

The kind of a message is what its own ``stuiver`` member says. A payment is two messages, the citizen's permit and the
shop's charge; a refund needs the permit of its payment too. They belong together by the id of the payment.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from eth_abi.abi import encode as abi_encode

from programmable_money.calls import ContractCall, claim_call, pay_call, refund_call
from programmable_money.messages import (
    Address,
    Charge,
    ClaimMessage,
    PaymentDomain,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    payment_id,
)
from programmable_money.model import MoneyError
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256

__all__ = [
    "Errand",
    "ErrandKind",
    "Message",
    "PaidWith",
    "RelayError",
    "charge_key",
    "errands",
    "nullifier_of",
    "parse_message",
]

Message = ClaimMessage | SignedPermit | SignedCharge | SignedRefund
"""What a relayer receives."""

_PARSERS: Final[Mapping[str, Callable[[str], Message]]] = {
    "claim/1": ClaimMessage.from_json,
    "permit/1": SignedPermit.from_json,
    "charge/1": SignedCharge.from_json,
    "refund/1": SignedRefund.from_json,
}
_LONGEST: Final = 8192
_PSEUDONYM: Final = slice(192, 288)
"""Where a claim's proof has its pseudonym (claim.md section 5)."""


class RelayError(MoneyError):
    """Messages that cannot be carried as they are; the text names the file."""


class ErrandKind(StrEnum):
    """What an errand does."""

    CLAIM = "claim"
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class PaidWith:
    """What a shop keeps of the permit of a payment: enough to carry a refund, and nothing that could be charged.

    Attributes:
        payer, nonce: of the permit.
    """

    domain: PaymentDomain
    payer: Address
    nonce: int


@dataclass(frozen=True, slots=True)
class Errand:
    """One transaction to carry.

    Attributes:
        name: where its message came from, such as a file's name.
        message: the claim, charge or refund.
        permit: the citizen's, for a charge or refund; None for a claim.
        paid_with: in its place, for a refund, what the shop kept of it.
    """

    name: str
    message: ClaimMessage | SignedCharge | SignedRefund
    permit: SignedPermit | None = None
    paid_with: PaidWith | None = None

    def __post_init__(self) -> None:
        given = self.permit is not None or (self.paid_with is not None and isinstance(self.message, SignedRefund))
        if given == isinstance(self.message, ClaimMessage) or (self.permit and self.paid_with):
            raise RelayError(f"{self.name}: a payment or refund is carried with its permit, a claim without")

    @property
    def kind(self) -> ErrandKind:
        """What it does."""
        if isinstance(self.message, ClaimMessage):
            return ErrandKind.CLAIM
        return ErrandKind.PAYMENT if isinstance(self.message, SignedCharge) else ErrandKind.REFUND

    @property
    def domain(self) -> PaymentDomain:
        """The fund and chain that it is for."""
        return self.message.domain

    @property
    def is_consistent(self) -> bool:
        """Whether the permit is for the same fund and chain, and for the same payment."""
        if isinstance(self.message, ClaimMessage):
            return True
        order = self.message.charge if isinstance(self.message, SignedCharge) else self.message.refund
        used = self._used
        return used.domain == self.domain and payment_id(used.payer, used.nonce) == order.payment

    @property
    def key(self) -> bytes:
        """What it achieves, as 32 octets: two errands with one key can be done once only, and either does it.

        A claim is its pseudonym and account, however often it was proved; a payment its permit, shop and amount; a
        refund its payment and total. Signatures are no part of it.
        """
        if isinstance(self.message, ClaimMessage):
            members = [nullifier_of(self.message.proof), bytes.fromhex(self.message.account[2:])]
        elif isinstance(self.message, SignedCharge):
            return charge_key(self.domain, self.message.charge)
        else:
            refund = self.message.refund
            members = [refund.payment, refund.refunded_total.to_bytes(32, "big")]
        return _key(self.kind, self.domain, members)

    @property
    def call(self) -> ContractCall:
        """What is asked of the fund's contract."""
        if isinstance(self.message, ClaimMessage):
            return claim_call(self.message)
        if isinstance(self.message, SignedRefund):
            return refund_call(self._used.payer, self._used.nonce, self.message)
        if self.permit is None:
            raise TypeError("a payment is carried with its permit")
        return pay_call(self.permit, self.message)

    @property
    def _used(self) -> PaidWith:
        """What is known of the permit."""
        if self.paid_with is not None:
            return self.paid_with
        if self.permit is None:
            raise TypeError("a payment or refund is carried with its permit")
        return PaidWith(self.permit.domain, self.permit.permit.account, self.permit.permit.nonce)


def charge_key(domain: PaymentDomain, charge: Charge) -> bytes:
    """Key of the errand of a payment, as ``Errand.key`` says."""
    numbers = (number.to_bytes(32, "big") for number in (charge.amount, charge.product))
    return _key(ErrandKind.PAYMENT, domain, [charge.payment, bytes.fromhex(charge.merchant[2:]), *numbers])


def _key(kind: ErrandKind, domain: PaymentDomain, members: Sequence[bytes]) -> bytes:
    where = [kind.value, domain.chain_id, domain.fund, b"".join(members)]
    return keccak256(b"stuiver/errand/v1" + abi_encode(["string", "uint256", "address", "bytes"], where))


def nullifier_of(proof: bytes) -> bytes:
    """(claim.md 2.2) Under which a contract remembers a claim, 32 octets; of a proof that nobody verified yet."""
    return keccak256(proof[_PSEUDONYM])


def parse_message(unverified: str) -> Message:
    """Parse a message by the kind that it says it is.

    Raises:
        VerificationError: ``malformed`` or ``wrong_length``.
    """
    if len(unverified) > _LONGEST:
        raise VerificationError(Reason.WRONG_LENGTH, f"a message has at most {_LONGEST} characters")
    try:
        content = json.loads(unverified)
    except (ValueError, RecursionError):
        raise VerificationError(Reason.MALFORMED, "a message is one JSON object") from None
    kind = content.get("stuiver") if isinstance(content, dict) else None
    parse = _PARSERS.get(kind) if isinstance(kind, str) else None
    if parse is None:
        raise VerificationError(Reason.MALFORMED, "not a claim, permit, charge or refund of Stuiver, version 1")
    return parse(unverified)


def errands(messages: Mapping[str, Message]) -> tuple[Errand, ...]:
    """Put messages together into transactions: claims first, then payments, then refunds.

    Args:
        messages: by name.
    Raises:
        RelayError: a charge or refund without its permit, a permit without either, or the same permit twice.
    """
    permits: dict[bytes, tuple[str, SignedPermit]] = {}
    for name, message in messages.items():
        if isinstance(message, SignedPermit):
            if message.permit.payment in permits:
                raise RelayError(f"{name}: this permit is there twice")
            permits[message.permit.payment] = name, message
    claims = [Errand(name, message) for name, message in messages.items() if isinstance(message, ClaimMessage)]
    payments: list[Errand] = []
    refunds: list[Errand] = []
    used: set[bytes] = set()
    for name, message in messages.items():
        if isinstance(message, SignedCharge):
            payment, into = message.charge.payment, payments
        elif isinstance(message, SignedRefund):
            payment, into = message.refund.payment, refunds
        else:
            continue
        if payment not in permits:
            raise RelayError(f"{name}: the permit of this payment must come with it")
        used.add(payment)
        into.append(Errand(name, message, permits[payment][1]))
    for payment, (name, _) in permits.items():
        if payment not in used:
            raise RelayError(f"{name}: a permit goes together with the charge, or a refund, of a shop")
    return (*claims, *payments, *refunds)
