# SPDX-License-Identifier: EUPL-1.2
"""Handing a municipality's programmes over to its successor, after a merger: Zuidhorn became Westerkwartier.

What moves: the euros that the sponsor holds, each programme, the registry and the euro, with every role. What stays
where it is: accounts, shops, what shops are owed, payments that can be refunded, passes and their offers, tasks and who
verifies them, keys of validators. Nobody's rights depend on who the sponsor is (docs/handover.md).

Invariants:

- The successor has a role before the former holders lose it, and the admin's is the last to go: a hand-over that is
  stopped at any moment can be called again and goes on.
- Afterwards nobody but the successor has a role, at any of the contracts: not the former officers, and not anybody whom
  they once gave one. If somebody has, it is an error that names them. Employees of a task board go on, for their
  tasks' sake, until the successor dismisses them; a former officer does not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from eth_account.signers.local import LocalAccount

from programmable_money.chain import Deployed
from programmable_money.fund import Fund
from programmable_money.messages import ZERO_ADDRESS, Address
from programmable_money.model import Amount, MoneyError
from programmable_money.passes.contract import Pass
from programmable_money.roles import ROLE_OCTETS, Role, RoleBook, roles_from
from programmable_money.service import Municipality
from programmable_money.tasks.purse import Purse

__all__ = ["HandOverError", "HandedOver", "Programme", "Successor", "check_handed_over", "hand_over"]

Programme = Fund | Pass | Purse
"""What holds a programme's money and roles; a purse stands for its task board too."""
_OFFICES: Final = (Role.ADMIN, Role.SPONSOR, Role.SETTLER)


class HandOverError(MoneyError):
    """A hand-over must not begin, or is not complete."""


@dataclass(frozen=True, slots=True)
class Successor:
    """Who acts for the successor: as ``Officers``, by their accounts, because their keys are theirs."""

    admin: Address
    registrar: Address
    minter: Address
    sponsor: Address
    settler: Address

    @classmethod
    def one(cls, account: Address) -> Self:
        """One account does everything."""
        return cls(account, account, account, account, account)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What was handed over.

    Attributes:
        euros: what the sponsor held outside programmes.
        steps: transactions that it took.
    """

    euros: Amount
    programmes: int
    steps: int


@dataclass(frozen=True, slots=True)
class _Post:
    """One role at one contract: who is to have it, and whose key gives and takes it."""

    contract: Deployed
    role: Role
    successor: Address
    admin: LocalAccount


def hand_over(municipality: Municipality, programmes: Sequence[Programme], successor: Successor) -> HandedOver:
    """Make a successor everything that this municipality is at its registry, its euro and these programmes.

    Args:
        municipality: with the keys of its present admin and sponsor.
        programmes: all that are not settled and closed.
    Raises:
        HandOverError: nothing was done: an account of the successor's is none, or a programme is of another sponsor; or
            afterwards somebody else still has a role.
        RefusedError: the officers are not (or no longer) admin and sponsor.
    """
    _check(municipality, programmes, successor)
    officers, steps = municipality.officers, 0
    former = Address(officers.sponsor.address)
    held = municipality.euro.balance_of(former)
    if held and former != successor.sponsor:
        municipality.euro.transfer(successor.sponsor, held, owner=officers.sponsor)
        steps += 1
    for programme in programmes:
        if programme.sponsor() == successor.sponsor and former != successor.sponsor:
            continue  # handed over before it was stopped
        steps += _fill(municipality, _Post(programme.contract, Role.SETTLER, successor.settler, officers.sponsor))
        steps += _dismiss_others(municipality, programme, officers.sponsor)
        programme.hand_over(successor.sponsor, sponsor=officers.sponsor)
        steps += 1
    for post in _posts(municipality, successor):
        steps += _fill(municipality, post)
    check_handed_over(municipality, programmes, successor)
    return HandedOver(held, len(programmes), steps)


def check_handed_over(municipality: Municipality, programmes: Sequence[Programme], successor: Successor) -> None:
    """Read again who has which role. Needs no key.

    Raises:
        HandOverError: somebody else has one, or the successor has not.
    """
    books = _books(municipality, programmes)
    expected = [(post.contract, post.role, post.successor) for post in _posts(municipality, successor)]
    for programme in programmes:
        expected += [
            (programme.contract, Role.ADMIN, successor.sponsor),
            (programme.contract, Role.SPONSOR, successor.sponsor),
            (programme.contract, Role.SETTLER, successor.settler),
        ]
        if programme.sponsor() != successor.sponsor:
            raise HandOverError(f"the programme {programme.address} has another sponsor")
        book = books[programme.address]
        staying = book.of(Role.EMPLOYEE) & _officers(book) - {successor.sponsor, successor.settler}
        if staying:
            raise HandOverError(f"employee of {programme.address}: former officers {', '.join(sorted(staying))}")
    for contract, role, account in expected:
        holders = books[contract.address].of(role)
        if holders != {account}:
            others = ", ".join(sorted(holders - {account})) or "nobody"
            raise HandOverError(f"{role.value} of {contract.name} {contract.address}: {others} instead of {account}")


def _check(municipality: Municipality, programmes: Sequence[Programme], successor: Successor) -> None:
    accounts = {successor.admin, successor.registrar, successor.minter, successor.sponsor, successor.settler}
    contracts = {municipality.registry.contract.address, municipality.euro.contract.address}
    contracts |= {programme.address for programme in programmes}
    if ZERO_ADDRESS in accounts or accounts & contracts:
        raise HandOverError("each account of the successor must be an account with a key, and no contract")
    ours = {Address(municipality.officers.sponsor.address), successor.sponsor}
    for programme in programmes:
        if (
            programme.euro().contract != municipality.euro.contract
            or programme.registry().contract != municipality.registry.contract
        ):
            raise HandOverError(f"the programme {programme.address} is of another registry or euro")
        if programme.sponsor() not in ours:
            raise HandOverError(f"the programme {programme.address} is another sponsor's")


def _posts(municipality: Municipality, successor: Successor) -> Iterator[_Post]:
    """The roles at registry and euro; each contract's admin last."""
    registry, euro, admin = municipality.registry.contract, municipality.euro.contract, municipality.officers.admin
    yield _Post(registry, Role.REGISTRAR, successor.registrar, admin)
    yield _Post(registry, Role.ADMIN, successor.admin, admin)
    yield _Post(euro, Role.MINTER, successor.minter, admin)
    yield _Post(euro, Role.ADMIN, successor.admin, admin)


def _fill(municipality: Municipality, post: _Post) -> int:
    """Give a role to the successor, then take it from everybody else, the present admin last; how many steps."""
    chain, role = municipality.chain, ROLE_OCTETS[post.role]
    holders = _book(municipality, post.contract).of(post.role)
    steps = 0
    if post.successor not in holders:
        chain.send(post.contract, "grantRole", role, post.successor, sender=post.admin)
        steps += 1
    own = Address(post.admin.address)
    for holder in sorted(holders - {post.successor}, key=lambda account: (account == own, account)):
        chain.send(post.contract, "revokeRole", role, holder, sender=post.admin)
        steps += 1
    return steps


def _dismiss_others(municipality: Municipality, programme: Programme, sponsor: LocalAccount) -> int:
    """Take from everybody but the sponsor what they could still do after the hand-over; how many steps."""
    book, steps = _book(municipality, programme.contract), 0
    own = Address(sponsor.address)
    leaving = [(role, holder) for role in (Role.SPONSOR, Role.ADMIN) for holder in sorted(book.of(role) - {own})]
    leaving += [(Role.EMPLOYEE, holder) for holder in sorted(book.of(Role.EMPLOYEE) & _officers(book))]
    for role, holder in leaving:
        municipality.chain.send(programme.contract, "revokeRole", ROLE_OCTETS[role], holder, sender=sponsor)
        steps += 1
    return steps


def _officers(book: RoleBook) -> frozenset[Address]:
    """Who ever had one of a programme's own roles."""
    return frozenset[Address]().union(*(book.ever.get(ROLE_OCTETS[role], ()) for role in _OFFICES))


def _book(municipality: Municipality, contract: Deployed) -> RoleBook:
    return roles_from(municipality.chain.events([contract])).get(contract.address, RoleBook())


def _books(municipality: Municipality, programmes: Sequence[Programme]) -> dict[Address, RoleBook]:
    return roles_from(municipality.events(programmes))
