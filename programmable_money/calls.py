# SPDX-License-Identifier: EUPL-1.2
"""What anyone may ask of a programme's contract: how a claim, a payment and a refund are put to it. Pure."""

from dataclasses import dataclass
from typing import Any

from programmable_money.abi import interface
from programmable_money.messages import Address, ClaimMessage, SignedCharge, SignedPermit, SignedRefund

__all__ = ["ContractCall", "claim_call", "pay_call", "refund_call"]


@dataclass(frozen=True, slots=True)
class ContractCall:
    """A function of a contract and its arguments.

    Attributes:
        contract: whose interface it is in, such as ``Fund``; what several contracts share may name any of them.
    """

    function: str
    arguments: tuple[Any, ...]
    contract: str = "Fund"

    @property
    def data(self) -> bytes:
        """The calldata.

        Raises:
            RefusedError: ``bad_input``: an argument does not fit its type.
        """
        return interface(self.contract).functions[self.function].encode(self.arguments)


def claim_call(message: ClaimMessage) -> ContractCall:
    """Credit a claim's account."""
    disclosed = list(message.disclosed)
    return ContractCall("claim", (message.key_id, message.account, message.as_of, disclosed, message.proof))


def pay_call(permit: SignedPermit, charge: SignedCharge) -> ContractCall:
    """Pay a shop's charge with a citizen's permit."""
    signed = permit.permit
    members = (signed.account, signed.merchant, signed.limit, signed.nonce, signed.deadline)
    asked = charge.charge
    sale = asked.merchant, asked.amount, asked.product
    return ContractCall("pay", (members, permit.signature, *sale, charge.signature))


def refund_call(account: Address, nonce: int, refund: SignedRefund) -> ContractCall:
    """Give back money of the payment that used ``account``'s permit ``nonce``."""
    return ContractCall("refund", (account, nonce, refund.refund.refunded_total, refund.signature))
