# SPDX-License-Identifier: EUPL-1.2
"""A paired browser is a key: of a till, of an employee of a shop, or of an employee of the sponsor. Pure.

Invariants:

- A key of a shop and a key of the sponsor's employee are of two types, in two lists: neither is ever read as the other.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Generic, TypeVar

from programmable_money.messages import Address, PaymentRequest, SignedPermit
from programmable_money.shops.model import KeyKind, ShopKey
from ssi.base64url import encode_base64url

__all__ = [
    "DeskKey",
    "DeskPairing",
    "OpenRequest",
    "PairedBrowser",
    "PairedEmployee",
    "PairedTill",
    "Pairing",
    "ShopPairing",
]


@dataclass(frozen=True, slots=True)
class DeskKey:
    """A key of an employee of the sponsor, for deciding about shops in a browser and nothing else.

    Attributes:
        key: address of the key.
        employee: by name, as ``stuiver money settlement employee-add`` has it.
    """

    key: Address
    employee: str
    registered_at: datetime
    revoked_at: datetime | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether it was not revoked; whether the employee still is one is another question."""
        return self.revoked_at is None


@dataclass(frozen=True, slots=True)
class ShopPairing:
    """A link that makes a browser a till or an employee of a shop."""

    shop: Address
    kind: KeyKind
    label: str
    until: datetime


@dataclass(frozen=True, slots=True)
class DeskPairing:
    """A link that makes a browser an employee of the sponsor."""

    employee: str
    until: datetime


Pairing = ShopPairing | DeskPairing
K = TypeVar("K", ShopKey, DeskKey)


@dataclass(frozen=True, slots=True)
class PairedBrowser(Generic[K]):
    """A browser whose key is in force.

    Attributes:
        private_key: 32 octets, as the browser sent them; not kept.
    """

    private_key: bytes = field(repr=False)
    key: K

    @property
    def cookie(self) -> str:
        """What the browser keeps."""
        return encode_base64url(self.private_key)

    @property
    def form_token(self) -> str:
        """Stands in each form: a page elsewhere cannot know it."""
        return form_token_of(self.private_key)

    def is_token(self, unverified: str) -> bool:
        """Whether a form was made for this browser."""
        return is_form_token(self.private_key, unverified)


PairedTill = PairedBrowser[ShopKey]
PairedEmployee = PairedBrowser[DeskKey]


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that a till shows.

    Attributes:
        till: address of the key that asked.
        permit: the wallet's answer, not charged yet.
    """

    till: Address
    content: PaymentRequest
    until: datetime
    permit: SignedPermit | None = field(default=None, repr=False)


def form_token_of(private_key: bytes) -> str:
    """What stands in each form of the browser with a key (32 octets)."""
    return hmac.new(private_key, b"stuiver/till-form/v1", sha256).hexdigest()


def is_form_token(private_key: bytes, unverified: str) -> bool:
    """Whether a form was made for the browser with a key; in constant time."""
    return hmac.compare_digest(form_token_of(private_key).encode(), unverified.encode("utf-8", "surrogatepass"))
