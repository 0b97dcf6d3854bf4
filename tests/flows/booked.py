# SPDX-License-Identifier: EUPL-1.2
"""Programmes of every kind in which enough people did something that lines of the books can be shown."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from programmable_money.audit import BooksAuditor, Names, Publisher, Told, auditor_of
from programmable_money.budget_contract import BudgetContract
from programmable_money.chain import Chain
from programmable_money.fund import Fund
from programmable_money.messages import Address, Refund, SignedRefund, parse_address
from programmable_money.node import open_chain
from programmable_money.passes.contract import Pass
from programmable_money.service import Municipality, relay_refund
from programmable_money.settlement import BankAccount, BankOrder
from programmable_money.tasks.board import TaskBoard
from ssi.credential.document import Wording
from ssi.credential.types import CredentialType
from ssi.rulebook.model import ProgrammeKind, Rulebook
from tests.flows import city, earning, money

__all__ = ["NAMES", "PEOPLE", "Booked", "open_booked"]

PEOPLE: Final = tuple(f"person {number}" for number in range(6))
NOW: Final = datetime(2026, 11, 2, 10, tzinfo=UTC)
NAMES: Final[Mapping[ProgrammeKind, tuple[str, ...]]] = {
    ProgrammeKind.FUND: ("Speelgoed De Tol", "Fietsen Van Dijk"),
    ProgrammeKind.PASS: ("Zwembad De Papiermolen", "Muziekschool Noord", "Zwembad Helperzoom"),
    ProgrammeKind.TASKS: ("Bakker Bart",),
}
"""What the sponsor calls the shops."""


@dataclass
class Booked:
    """A programme and everybody in it.

    Attributes:
        programme: on its chain.
        holder: the contract with its money.
        people: every account that must not be published.
    """

    chain: Chain
    programme: Fund | Pass | TaskBoard
    holder: BudgetContract
    rulebook: Rulebook
    types: tuple[CredentialType, ...]
    shops: tuple[Address, ...]
    people: set[str] = field(default_factory=set)
    offers: dict[bytes, Wording] = field(default_factory=dict)

    def auditor(self, told: Told | None = None) -> BooksAuditor:
        """Who publishes its books."""
        names = dict(zip(self.shops, NAMES[self.rulebook.kind], strict=True))
        publisher = Publisher(Names("Gemeente Westland", names, self.offers), lambda: NOW, told or Told())
        return auditor_of(self.programme, self.rulebook, self.types, publisher)

    def find_rulebook(self, rulebook_hash: bytes) -> tuple[Rulebook, tuple[CredentialType, ...]]:
        """The published rulebook."""
        assert rulebook_hash == self.rulebook.hash
        return self.rulebook, self.types


@contextmanager
def open_booked(kind: ProgrammeKind, folder: Path) -> Iterator[Booked]:
    """Set one up on an embedded chain, let people use it, settle a shop."""
    with open_chain("embedded", starts_at=city.STARTS_AT) as chain:
        yield _OPENED[kind](chain, folder)


def _fund(chain: Chain, folder: Path) -> Booked:
    world = money.World.open(chain)
    shops = world.toys.address, world.bicycles.address
    booked = Booked(chain, world.fund, world.fund, money.RULEBOOK, (money.TYPE,), shops)
    citizens = [money.Citizen.with_credential(world.validator, record=name, children=2) for name in PEOPLE]
    for number, citizen in enumerate(citizens):
        world.claim(citizen)
        permit = world.pay(citizen, world.toys, 5_000)
        if number:
            world.pay(citizen, world.bicycles, 2_000 + number)
        else:
            relay_refund(world.fund, citizen.account, permit.permit.nonce, world.toys.refund(world.fund, permit, 750))
        booked.people.add(citizen.account)
    _settle(world.municipality, world.fund, shops[:1])
    return booked


def _pass(chain: Chain, folder: Path) -> Booked:
    town = city.City.open(chain, folder)
    shops = tuple(town.shop(name) for name in ("pool", "school", "other_pool"))
    booked = Booked(chain, town.opened, town.opened, city.RULEBOOK, (city.INCOME, city.PASS), shops)
    fixed = {"kind": "fixed", "cents": 3_000}
    offers = (
        city.offer(sponsor_percent=80),
        city.offer(
            title={"nl": "Muziekles", "en": "Music lesson"},
            category="courses",
            reduction=fixed,
            price_cents=7_500,
            uses_per_pass=1,
        ),
        city.offer(
            title={"nl": "Zwemmen in Helperzoom", "en": "Swimming at Helperzoom"},
            shop=shops[2],
            reduction={"kind": "percentage", "percent": 25},
            months=[6, 7, 8],
            total=100,
        ),
        city.offer(total=1, starts_at="2026-06-01T00:00:00Z", ends_at="2026-09-01T00:00:00Z"),
    )
    swim, course, own, gone = town.publish(*offers)
    booked.offers |= {offer.description: offer.title for offer in offers[:3]}
    for number, name in enumerate(PEOPLE):
        holder = town.holder(name)
        town.use(holder, swim, "pool", 550)
        if number:
            town.use(holder, course, "school", 7_500, category="courses")
        else:
            town.use(holder, own, "other_pool", 550)
        booked.people.add(holder.passes.account(town.view()))
    town.opened.withdraw_offer(gone, sponsor=town.municipality.officers.sponsor)
    _settle(town.municipality, town.opened, shops[:1])
    town.close()
    return booked


def _board(chain: Chain, folder: Path) -> Booked:
    town = earning.Town.open(chain, folder)
    shop = parse_address(town.shop.address)
    booked = Booked(chain, town.board, town.purse, earning.RULEBOOK, (earning.TYPE,), (shop,))
    earners = [town.citizen(name, born=earning.BORN["amira"]) for name in PEOPLE]
    permit = None
    for turn in range(4):
        for name, earner in zip(PEOPLE, earners, strict=True):
            task = town.publish(f"Klus {turn} van {name}", quarter_hours=12)
            booked.people |= set(town.earn(task, earner))
            for plan, _ in town.collect(earner, task):
                scope = town.view().coins.in_slot(plan.earned.scope.slot or 0)
                permit = earner.sign_permit(scope, 300, now=town.now)
                town.pay(permit, 300)
                booked.people.add(permit.permit.account)
    assert permit is not None
    refund = SignedRefund.sign(town.purse.domain, Refund(permit.permit.payment, 100), town.shop.key)
    town.purse.refund(permit.permit.account, permit.permit.nonce, refund)
    town.publish("Nog vrij")
    town.choose(town.publish("Bezig"), earners[0])
    town.board.withdraw(town.publish("Vervallen"), employee=town.employees[0])
    _settle(town.municipality, town.purse, (shop,))
    town.close()
    return booked


def _settle(municipality: Municipality, holder: BudgetContract, shops: tuple[Address, ...]) -> None:
    banks = {shop: BankAccount.from_text("De winkel", "NL91ABNA0417164300", field="shop") for shop in shops}
    debtor = BankAccount.from_text("Gemeente", "NL68BNGH0000000100", field="debtor")
    now = datetime.fromtimestamp(holder.chain.now(), UTC)
    order = BankOrder(debtor, banks, (now + timedelta(days=1)).date(), now)
    municipality.settle(holder, list(shops), reference="BETALING-1", bank=order)


_OPENED: Final[Mapping[ProgrammeKind, Callable[[Chain, Path], Booked]]] = {
    ProgrammeKind.FUND: _fund,
    ProgrammeKind.PASS: _pass,
    ProgrammeKind.TASKS: _board,
}
