# SPDX-License-Identifier: EUPL-1.2
"""Browsers as tills: a link that pairs one, once, and the key that the browser keeps from then on (decision 0014).

Invariants:

- A link works once, within ten minutes, and a restart of the service ends all that are open.
- The key of a paired browser is in the browser only, in a cookie that no script reads; the shop's list has its address.
- A key counts while the list says so: it is looked up for every page and every order, so that revoking works at once.
"""

import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from programmable_money.messages import Address, address_of
from programmable_money.shops.model import KeyKind, ShopError, ShopKey, ShopRefusal, check_label
from programmable_money.shops.service import ShopRegister
from ssi.base64url import decode_base64url, encode_base64url

__all__ = ["LINK_LIVES", "PairedTill", "Pairing", "PairingLinks"]

LINK_LIVES: Final = timedelta(minutes=10)
_MOST_OPEN: Final = 1000
_OCTETS: Final = 32


@dataclass(frozen=True, slots=True)
class Pairing:
    """What a link makes of the browser that opens it."""

    shop: Address
    kind: KeyKind
    label: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PairedTill:
    """A browser whose key is in force.

    Attributes:
        private_key: 32 octets, as the browser sent them; not kept.
    """

    private_key: bytes = field(repr=False)
    key: ShopKey

    @property
    def cookie(self) -> str:
        """What the browser keeps."""
        return encode_base64url(self.private_key)

    @property
    def form_token(self) -> str:
        """Stands in each form: a page elsewhere cannot know it."""
        return hmac.new(self.private_key, b"stuiver/till-form/v1", sha256).hexdigest()

    def is_token(self, unverified: str) -> bool:
        """Whether a form was made for this browser."""
        return hmac.compare_digest(self.form_token.encode(), unverified.encode("utf-8", "surrogatepass"))


@dataclass(slots=True)
class PairingLinks:
    """The open links and the paired browsers of one programme's shops. For several threads.

    Args:
        register: has the keys.
        clock: the present, aware UTC.
    """

    register: ShopRegister
    clock: Callable[[], datetime]
    _open: dict[bytes, Pairing] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def make(self, shop: Address, kind: KeyKind, label: str) -> str:
        """The secret part of a new link; ShopError ``unknown_shop`` or ``bad_value``."""
        check_label(label)
        self.register.shop(shop)
        ticket, now = secrets.token_bytes(_OCTETS), self.clock()
        with self._lock:
            self._open = {name: made for name, made in self._open.items() if made.until > now}
            if len(self._open) >= _MOST_OPEN:
                raise ShopError(ShopRefusal.WRONG_STATE)
            self._open[sha256(ticket).digest()] = Pairing(shop, kind, label, now + LINK_LIVES)
        return encode_base64url(ticket)

    def look(self, unverified: str) -> Pairing:
        """What a link is for, without using it; ShopError ``wrong_state``: it was used, is too old, or never was."""
        with self._lock:
            return self._checked(self._open.get(_name(unverified)))

    def use(self, unverified: str) -> PairedTill:
        """Pair a browser; errors as ``look``."""
        with self._lock:
            made = self._checked(self._open.pop(_name(unverified), None))
        private_key = secrets.token_bytes(_OCTETS)
        return PairedTill(
            private_key, self.register.register_key(made.shop, address_of(private_key), made.kind, made.label)
        )

    def find(self, unverified: str | None) -> PairedTill | None:
        """The browser with this cookie; None if it is paired with nothing, or was revoked."""
        try:
            private_key = decode_base64url(unverified or "")
            address = address_of(private_key) if len(private_key) == _OCTETS else None
        except ValueError:
            return None
        key = None if address is None else self.register.store.find_key(address)
        return None if key is None or not key.is_in_force else PairedTill(private_key, key)

    def _checked(self, made: Pairing | None) -> Pairing:
        if made is None or made.until <= self.clock():
            raise ShopError(ShopRefusal.WRONG_STATE)
        return made


def _name(unverified: str) -> bytes:
    """Under which a link is kept: not the link itself."""
    try:
        return sha256(decode_base64url(unverified)).digest()
    except ValueError:
        return b""
