# SPDX-License-Identifier: EUPL-1.2
"""Who had which role when: each act that takes one was by somebody who had it, also across a hand-over. Pure.

The contracts check the same; an event that says otherwise is a lie of the node, or of a contract that is not ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from programmable_money.audit.audited import Asked, Comparison
from programmable_money.audit.node import Transaction
from programmable_money.audit.report import DifferenceKind, Findings, HandOver
from programmable_money.messages import Address
from programmable_money.model import ChainEvent
from programmable_money.roles import Role, RoleBook, role_name

__all__ = ["Authority"]

_BUDGETS: Final = frozenset({"Fund", "Pass", "Purse"})
_NAMED: Final[Mapping[str, str]] = {"Funded": "sponsor", "Paused": "by", "Unpaused": "by"}
"""Events of a budget that name who acted, as its sponsor."""
_UNNAMED: Final[Mapping[str, Role]] = {
    "MerchantApproved": Role.SPONSOR,
    "MerchantSuspended": Role.SPONSOR,
    "Closed": Role.SPONSOR,
    "MerchantSettled": Role.SETTLER,
    "OfferPublished": Role.SPONSOR,
    "OfferWithdrawn": Role.SPONSOR,
}
"""Events of a budget that do not: whoever sent the transaction, or the contract that it was sent to, must have it."""
_ELSEWHERE: Final[Mapping[tuple[str, str], Role]] = {
    ("MunicipalEuro", "Deposited"): Role.MINTER,
    ("TrustRegistry", "Admitted"): Role.REGISTRAR,
    ("TrustRegistry", "Dismissed"): Role.REGISTRAR,
}
"""The same at token and registry."""


@dataclass(slots=True)
class Authority:
    """The roles at every contract, followed event by event.

    Args:
        holder: the contract that holds the programme's money.
    Attributes:
        hand_overs: of that contract, in order.
    """

    findings: Findings
    holder: Address
    books: dict[Address, RoleBook] = field(default_factory=dict)
    hand_overs: list[HandOver] = field(default_factory=list)
    _admins: tuple[str, Address | None, frozenset[Address]] = ("", None, frozenset())

    def apply(self, event: ChainEvent, transaction: Transaction) -> None:
        """Follow the next event of any of the contracts."""
        book = self.books.setdefault(event.address, RoleBook())
        if event.name in {"RoleGranted", "RoleRevoked"}:
            self._role(event, transaction, book)
        elif event.name == "HandedOver":
            self._handed_over(event, book)
        self._act(event, transaction, book)

    def comparisons(self, names: Mapping[Address, str]) -> Iterator[Comparison]:
        """Who the contracts must say has, or no longer has, each role.

        Args:
            names: the contracts by address.
        """
        for address, book in self.books.items():
            for octets, accounts in book.ever.items():
                for account in sorted(accounts):
                    asked = Asked(names[address], address, "hasRole", (octets, account))
                    yield Comparison(
                        f"role {role_name(octets)} of {account}", (account in book.holders[octets],), asked
                    )

    def _role(self, event: ChainEvent, transaction: Transaction, book: RoleBook) -> None:
        """Admins as of the transaction's start: a hand-over takes its own caller's role before it is done."""
        if self._admins[:2] != (event.transaction, event.address):
            self._admins = event.transaction, event.address, book.of(Role.ADMIN)
        given = event.arguments
        is_own = event.name == "RoleRevoked" and given["sender"] == given["account"]
        if transaction.to is not None and given["sender"] not in self._admins[2] and not is_own:
            text = f"{given['sender']} changed the role {role_name(given['role'])} and was no admin"
            self._wrong(event, text)
        book.apply(event)

    def _handed_over(self, event: ChainEvent, book: RoleBook) -> None:
        former, successor = event.arguments["from"], event.arguments["to"]
        for role in (Role.SPONSOR, Role.ADMIN):
            if book.has(role, former) and former != successor:
                self._wrong(event, f"the former sponsor {former} kept the role {role.value}")
            if not book.has(role, successor):
                self._wrong(event, f"the successor {successor} did not get the role {role.value}")
        if event.address == self.holder:
            self.hand_overs.append(HandOver(former, successor, event.block, event.emitted_at))

    def _act(self, event: ChainEvent, transaction: Transaction, book: RoleBook) -> None:
        is_budget, role = event.contract in _BUDGETS, _ELSEWHERE.get((event.contract, event.name))
        if is_budget and event.name in _NAMED:
            actor = event.arguments[_NAMED[event.name]]
            if not book.has(Role.SPONSOR, actor):
                self._wrong(event, f"{event.name} by {actor}, who was no sponsor")
        elif is_budget:
            role = _UNNAMED.get(event.name)
        if role is not None and not {transaction.sender, transaction.to} & book.of(role):
            self._wrong(event, f"{event.name} by {transaction.sender}, who was no {role.value}")

    def _wrong(self, event: ChainEvent, text: str) -> None:
        self.findings.add(DifferenceKind.ROLE, text, block=event.block, transaction=event.transaction)
