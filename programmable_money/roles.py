# SPDX-License-Identifier: EUPL-1.2
"""Who may do what at a contract, from its events: the roles of registry, euro and funds (OpenZeppelin AccessControl).

The events of a contract say who was ever given a role, so nobody who has one is overlooked: the contract itself only
answers about an account that one asks for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from programmable_money.messages import Address
from programmable_money.model import ChainEvent
from ssi.keccak import keccak256

__all__ = ["ROLE_OCTETS", "Role", "RoleBook", "role_name", "roles_from"]


class Role(StrEnum):
    """What somebody may do; each contract knows some of them."""

    ADMIN = "admin"
    """Gives and takes the other roles."""
    REGISTRAR = "registrar"
    """Admits validators at the registry."""
    MINTER = "minter"
    """Mints deposits."""
    SPONSOR = "sponsor"
    """Funds, closes, pauses, approves shops."""
    SETTLER = "settler"
    """At a fund: settles shops. At the euro: burns its own, which funds do."""
    EMPLOYEE = "employee"
    """At a purse: publishes, verifies and decides on its task board."""


ROLE_OCTETS: Final[Mapping[Role, bytes]] = {
    Role.ADMIN: bytes(32),
    **{role: keccak256(f"{role.name}_ROLE".encode()) for role in Role if role is not Role.ADMIN},
}
"""A role as the contracts have it."""
_NAMES: Final = {octets: role for role, octets in ROLE_OCTETS.items()}


def role_name(octets: bytes) -> str:
    """A role by its name, or as hexadecimal digits when it is none of ours."""
    known = _NAMES.get(octets)
    return "0x" + octets.hex() if known is None else known.value


@dataclass(slots=True)
class RoleBook:
    """The roles at one contract, followed event by event.

    Attributes:
        holders: who has a role now.
        ever: who ever had one.
    """

    holders: dict[bytes, set[Address]] = field(default_factory=dict)
    ever: dict[bytes, set[Address]] = field(default_factory=dict)

    def apply(self, event: ChainEvent) -> None:
        """Follow the next event; those that are about no role change nothing."""
        if event.name == "RoleGranted":
            self.holders.setdefault(event.arguments["role"], set()).add(event.arguments["account"])
            self.ever.setdefault(event.arguments["role"], set()).add(event.arguments["account"])
        elif event.name == "RoleRevoked":
            self.holders.setdefault(event.arguments["role"], set()).discard(event.arguments["account"])

    def of(self, role: Role) -> frozenset[Address]:
        """Who has a role."""
        return frozenset(self.holders.get(ROLE_OCTETS[role], ()))

    def has(self, role: Role, account: Address) -> bool:
        """Whether an account has a role."""
        return account in self.holders.get(ROLE_OCTETS[role], ())


def roles_from(events: Iterable[ChainEvent]) -> dict[Address, RoleBook]:
    """The roles at every contract that the events are of, by its address."""
    books: dict[Address, RoleBook] = {}
    for event in sorted(events, key=lambda event: event.order):
        books.setdefault(event.address, RoleBook()).apply(event)
    return books
