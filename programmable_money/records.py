# SPDX-License-Identifier: EUPL-1.2
"""What the read model answers: claims, payments, shops, settlements and keys as the events tell them.

They are for lists and statistics. What decides anything is asked of the contract.
"""

from dataclasses import dataclass

from programmable_money.messages import Address
from programmable_money.model import Amount

__all__ = ["ClaimRecord", "DepositRecord", "FundRecord", "KeyRecord", "PaymentEntry", "SettlementRecord", "ShopRecord"]


@dataclass(frozen=True, slots=True)
class DepositRecord:
    """A bank deposit that was minted."""

    reference: bytes
    to: Address
    amount: Amount
    minted_at: int


@dataclass(frozen=True, slots=True)
class FundRecord:
    """A programme in one period."""

    fund: Address
    rulebook_hash: bytes
    period: int
    sponsor: Address
    funded: Amount
    is_paused: bool
    is_closed: bool


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A validator's key; ``valid_until`` as last retired."""

    key_id: bytes
    type_id: bytes
    validator: Address
    valid_from: int
    valid_until: int
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """An accepted claim."""

    fund: Address
    nullifier: bytes
    key_id: bytes
    account: Address
    amount: Amount
    as_of: int
    claimed_at: int


@dataclass(frozen=True, slots=True)
class PaymentEntry:
    """A payment, with what was given back of it. A refund takes the permit's nonce, which the shop keeps."""

    fund: Address
    payment: bytes
    account: Address
    merchant: Address
    amount: Amount
    refunded: Amount
    paid_at: int


@dataclass(frozen=True, slots=True)
class ShopRecord:
    """A shop in a fund."""

    fund: Address
    merchant: Address
    category: int
    is_approved: bool
    batch: int


@dataclass(frozen=True, slots=True)
class SettlementRecord:
    """One shop's part of a settlement."""

    fund: Address
    merchant: Address
    batch: int
    amount: Amount
    reference: bytes
    settled_at: int
