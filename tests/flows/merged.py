# SPDX-License-Identifier: EUPL-1.2
"""Zuidhorn and Westerkwartier: the Kindpakket of 2018, whose municipality merged into another on 1 January 2019."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from programmable_money.chain import Chain
from programmable_money.handover import Successor
from programmable_money.messages import Address
from programmable_money.model import Amount
from programmable_money.node import open_chain
from programmable_money.service import Officers
from programmable_money.settlement import BankAccount, BankOrder
from tests.flows.limited import variant
from tests.flows.money import ETHER, Citizen, World

ZUIDHORN: Final = variant("kindpakket-zuidhorn", constants={"municipality": "GM0056"})
"""The rules of 2018: for who lives in Zuidhorn."""
WESTERKWARTIER: Final = variant("kindpakket", version=2, constants={"municipality": "GM1969"})
"""The rules of 2019: the same, for the municipality that it became a part of."""
STARTS_AT: Final = datetime(2018, 11, 1, 9, tzinfo=UTC)
MERGER: Final = datetime(2019, 1, 1, 11, tzinfo=UTC)
TOY_SHOP: Final = BankAccount.from_text("De Speelkoffer", "NL20INGB0001234567", field="toys")
BICYCLE_SHOP: Final = BankAccount.from_text("Fietsen Van Dam", "DE89370400440532013000", field="bicycles")


def different_officers(chain: Chain) -> Officers:
    """Five people with a key each, and fees."""
    officers = Officers(*(chain.account(secrets.token_bytes(32)) for _ in range(5)))
    for account in officers.accounts:
        chain.provide_gas(Address(account.address), 100 * ETHER)
    return officers


def successor_of(officers: Officers) -> Successor:
    """The accounts of officers whose keys somebody else has."""
    roles = officers.admin, officers.registrar, officers.minter, officers.sponsor, officers.settler
    return Successor(*(Address(account.address) for account in roles))


def bank(world: World, day: date, *, name: str = "Gemeente Westerkwartier") -> BankOrder:
    """The municipality's account, and those of the two shops."""
    debtor = BankAccount.from_text(name, "NL91ABNA0417164300", field="debtor")
    directory = {world.toys.address: TOY_SHOP, world.bicycles.address: BICYCLE_SHOP}
    return BankOrder(debtor, directory, day, datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


def of_zuidhorn(world: World, record: str, children: int = 2) -> Citizen:
    """A household of 2018, with its money."""
    until = date(2019, 2, 1)
    citizen = Citizen.with_credential(
        world.validator, record=record, children=children, municipality="GM0056", until=until
    )
    world.claim(citizen)
    return citizen


@dataclass
class Merger:
    """Zuidhorn's fund of 2018 shortly before the merger: money in accounts, a shop that is owed."""

    world: World
    amira: Citizen
    bas: Citizen
    successors: Officers = field(init=False)

    def __post_init__(self) -> None:
        self.successors = different_officers(self.world.chain)

    @property
    def successor(self) -> Successor:
        return successor_of(self.successors)


@contextmanager
def before_the_merger(target: str = "embedded") -> Iterator[Merger]:
    """Open the world of 2018."""
    with open_chain(target, starts_at=STARTS_AT) as chain:
        world = World.open(chain, rulebook=ZUIDHORN, year=2018, budget=Amount(100_000))
        amira, bas = of_zuidhorn(world, "amira"), of_zuidhorn(world, "bas", 1)
        world.pay(amira, world.toys, 5_000)
        world.municipality.deposit(Amount(20_000), "BANK-2018-0002")
        yield Merger(world, amira, bas)
