# SPDX-License-Identifier: EUPL-1.2
"""What a wallet, a shop and a relayer send each other: typed data, signatures, QR contents. Pure: no chain, no network.

This is the only part of the money side that a wallet imports. The structures are those of the fund contract
(EIP-712 domain "Stuiver", version "1"); the texts are compact JSON, small enough for a QR code.

Invariants:

- A message that exists is well formed: addresses are checksummed, numbers fit their Solidity types.
- A signature is 65 octets r, s, v with v 27 or 28 and s in the lower half, so that it has one form only.
- ``Signed...`` says who should have signed; ``check`` finds out whether they did, and the contract checks again.
"""

from programmable_money.messages.claims import ClaimMessage
from programmable_money.messages.identifiers import (
    ZERO_ADDRESS,
    Address,
    Scope,
    address_of,
    parse_address,
    payment_id,
    recipient,
)
from programmable_money.messages.payments import (
    PERMIT_SECONDS,
    Charge,
    PaymentPermit,
    PaymentRequest,
    Refund,
    SignedCharge,
    SignedPermit,
    SignedRefund,
)
from programmable_money.messages.typed import PaymentDomain

__all__ = [
    "PERMIT_SECONDS",
    "ZERO_ADDRESS",
    "Address",
    "Charge",
    "ClaimMessage",
    "PaymentDomain",
    "PaymentPermit",
    "PaymentRequest",
    "Refund",
    "Scope",
    "SignedCharge",
    "SignedPermit",
    "SignedRefund",
    "address_of",
    "parse_address",
    "payment_id",
    "recipient",
]
