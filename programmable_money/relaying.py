# SPDX-License-Identifier: EUPL-1.2
"""A relayer's work: messages as received, put together into transactions, carried to their funds.

The kind of a message is what its own ``stuiver`` member says. A payment is two messages, the citizen's permit and the
shop's charge; a refund needs the permit of its payment too. They belong together by the id of the payment.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from eth_account.signers.local import LocalAccount

from programmable_money.chain import Receipt
from programmable_money.fund import Fund
from programmable_money.messages import ClaimMessage, PaymentDomain, SignedCharge, SignedPermit, SignedRefund
from programmable_money.model import Amount, MoneyError
from programmable_money.service import relay_claim, relay_payment, relay_refund
from ssi.errors import Reason, VerificationError

__all__ = ["Errand", "Message", "RelayError", "errands", "parse_message"]

Message = ClaimMessage | SignedPermit | SignedCharge | SignedRefund
"""What a relayer receives."""

_PARSERS: Final[Mapping[str, Callable[[str], Message]]] = {
    "claim/1": ClaimMessage.from_json,
    "permit/1": SignedPermit.from_json,
    "charge/1": SignedCharge.from_json,
    "refund/1": SignedRefund.from_json,
}
_LONGEST: Final = 8192
_OUTCOMES: Final = {"claim": "Claimed", "payment": "Paid", "refund": "Refunded"}


class RelayError(MoneyError):
    """Messages that cannot be carried as they are; the text names the file."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One transaction to carry.

    Attributes:
        name: where its message came from, such as a file's name.
        message: the claim, charge or refund.
        permit: the citizen's, for a charge or refund; None for a claim.
    """

    name: str
    message: ClaimMessage | SignedCharge | SignedRefund
    permit: SignedPermit | None = None

    @property
    def kind(self) -> str:
        """``claim``, ``payment`` or ``refund``."""
        if isinstance(self.message, ClaimMessage):
            return "claim"
        return "payment" if isinstance(self.message, SignedCharge) else "refund"

    @property
    def domain(self) -> PaymentDomain:
        """The fund and chain that it is for."""
        return self.message.domain

    def carry(self, fund: Fund, *, sender: LocalAccount | None = None) -> Receipt:
        """Send it; the next relayer of the chain pays if no sender is named.

        Raises:
            WrongFundError: it is for another fund or chain.
            RefusedError: the contract refused it.
        """
        if isinstance(self.message, ClaimMessage):
            return relay_claim(fund, self.message, sender=sender)
        if self.permit is None:
            raise TypeError("a payment or refund is carried with its permit")
        if isinstance(self.message, SignedCharge):
            return relay_payment(fund, self.permit, self.message, sender=sender)
        signed = self.permit.permit
        return relay_refund(fund, signed.account, signed.nonce, self.message, sender=sender)

    def outcome(self, receipt: Receipt) -> Amount:
        """How much was credited, paid or given back, by the fund's own event."""
        found = (event for event in receipt.events if event.name == _OUTCOMES[self.kind])
        return Amount(next(found).arguments["amount"])


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
