# SPDX-License-Identifier: EUPL-1.2
"""Pairing: a link that makes a browser a till, once, and the key that it keeps from then on (decision 0014).

The same link makes a browser an employee of a shop, or of the sponsor.

Invariants:

- A link works once, within ten minutes, whichever process made it and whichever is asked.
- The key of a paired browser is in the browser only, in a cookie that no script reads; the lists have its address.
- A key counts while the list says so: it is looked up for every page and every order, so that revoking works at once.
- A shop's key is never found as a key of the sponsor's employee, nor the other way round.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol

from programmable_money.messages import Address, address_of
from programmable_money.shops.browsers.model import (
    DeskKey,
    DeskPairing,
    PairedBrowser,
    PairedEmployee,
    PairedTill,
    Pairing,
    ShopPairing,
)
from programmable_money.shops.model import KeyKind, ShopError, ShopRefusal, check_label
from programmable_money.shops.service import ShopRegister
from ssi.base64url import decode_base64url, encode_base64url

__all__ = ["LINK_LIVES", "Employees", "PairingLinks", "browser_key"]

LINK_LIVES: Final = timedelta(minutes=10)
_OCTETS: Final = 32


class Employees(Protocol):
    """Who works for the sponsor; ``settlement.store.SettlementStore`` is one."""

    def is_employee(self, name: str) -> bool:
        """Whether somebody of this name may decide now."""
        ...


@dataclass(frozen=True, slots=True)
class PairingLinks:
    """The open links and the paired browsers of one programme's shops and of its sponsor. For several threads.

    Args:
        register: has the keys.
        employees: of the sponsor.
        clock: the present, aware UTC.
    """

    register: ShopRegister
    employees: Employees
    clock: Callable[[], datetime]

    def make(self, shop: Address, kind: KeyKind, label: str) -> str:
        """The ticket of a new link for a shop; ShopError ``unknown_shop``, ``bad_value`` or ``too_many_open``."""
        check_label(label)
        self.register.shop(shop)
        return self._keep(ShopPairing(shop, kind, label, self.clock() + LINK_LIVES))

    def make_desk(self, employee: str) -> str:
        """The ticket of a new link for the sponsor's employee; ShopError ``unknown_employee``, ``too_many_open``."""
        self._check_employee(employee)
        return self._keep(DeskPairing(employee, self.clock() + LINK_LIVES))

    def look(self, unverified: str) -> Pairing:
        """What a link is for, without using it; ShopError ``wrong_state``: it was used, is too old, or never was."""
        return _there(self.register.store.browsers.find_link(_name(unverified), self.clock()))

    def use(self, unverified: str) -> PairedTill | PairedEmployee:
        """Pair a browser; errors as ``look``, ``unknown_employee``: that person no longer works for the sponsor."""
        made = _there(self.register.store.browsers.take_link(_name(unverified), self.clock()))
        private_key = secrets.token_bytes(_OCTETS)
        address = address_of(private_key)
        if isinstance(made, ShopPairing):
            return PairedBrowser(private_key, self.register.register_key(made.shop, address, made.kind, made.label))
        self._check_employee(made.employee)
        key = DeskKey(address, made.employee, self.clock().replace(microsecond=0))
        self.register.store.browsers.add_desk_key(key)
        return PairedBrowser(private_key, key)

    def find(self, unverified: str | None) -> PairedTill | None:
        """The till or employee of a shop with this cookie; None if it is none, or was revoked."""
        private_key = browser_key(unverified)
        key = None if private_key is None else self.register.store.find_key(address_of(private_key))
        return None if private_key is None or key is None or not key.is_in_force else PairedBrowser(private_key, key)

    def find_employee(self, unverified: str | None) -> PairedEmployee | None:
        """The employee of the sponsor with this cookie; None if it is nobody's, was revoked, or they have left."""
        private_key = browser_key(unverified)
        if private_key is None:
            return None
        key = self.register.store.browsers.find_desk_key(address_of(private_key))
        if key is None or not key.is_in_force or not self.employees.is_employee(key.employee):
            return None
        return PairedBrowser(private_key, key)

    def _keep(self, made: Pairing) -> str:
        ticket = secrets.token_bytes(_OCTETS)
        self.register.store.browsers.add_link(sha256(ticket).digest(), made, self.clock())
        return encode_base64url(ticket)

    def _check_employee(self, name: str) -> None:
        if not self.employees.is_employee(name):
            raise ShopError(ShopRefusal.UNKNOWN_EMPLOYEE)


def browser_key(unverified: str | None) -> bytes | None:
    """The private key in a cookie (32 octets); None if there is none."""
    try:
        private_key = decode_base64url(unverified or "")
        return private_key if len(private_key) == _OCTETS and address_of(private_key) else None
    except ValueError:
        return None


def _there(made: Pairing | None) -> Pairing:
    if made is None:
        raise ShopError(ShopRefusal.WRONG_STATE)
    return made


def _name(unverified: str) -> bytes:
    """Under which a link is kept: not the link itself."""
    try:
        return sha256(decode_base64url(unverified)).digest()
    except ValueError:
        return b""
