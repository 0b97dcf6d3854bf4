# SPDX-License-Identifier: EUPL-1.2
"""What a relayer carries for all programmes together: made before, so that the threads that bring it only wait."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from programmable_money.chain import Chain
from programmable_money.messages import Address, Charge, SignedCharge, SignedPermit, address_of, parse_address
from programmable_money.messages.offers import PublishedOffer
from programmable_money.messages.passes import ACTIVATION_SLOT
from programmable_money.messages.tasks import (
    WHOLE,
    Choice,
    CollectionMessage,
    GroupChoice,
    SignedChoice,
    SignedDone,
    TaskDone,
)
from programmable_money.model import Amount
from programmable_money.relayer.errands import (
    ActivationErrand,
    ChoiceErrand,
    ClaimErrand,
    CollectionErrand,
    Errand,
    OfferUseErrand,
    PaymentErrand,
    RefundErrand,
    ReportErrand,
)
from tests.flows.city import City, offer
from tests.flows.earning import BORN, RULEBOOK, Town, offer_document
from tests.flows.money import Citizen, World

__all__ = ["CLAIM", "GIVEN_BACK", "PRICE", "Everything", "Sequel", "Size"]

CLAIM: Final = 45_000
PRICE: Final = 700
GIVEN_BACK: Final = 200
SWIM: Final = 550
USES: Final = 3
SPENT: Final = 300
EARNED: Final = 1_000

Sequel = Callable[[], Iterator[Errand]]
"""Errands that follow on each other: the next one is made when the one before is over."""


@dataclass(frozen=True)
class Size:
    """How much is brought.

    Attributes:
        citizens: who claim, pay so many times, and get a part back.
        holders: of passes, who use an offer three times; as many others activate one.
        workers: who choose a task and report it; half as many collect an award and pay twice with it.
    """

    citizens: int
    payments: int
    holders: int
    workers: int

    @property
    def earners(self) -> int:
        """Who collect and pay."""
        return self.workers // 2

    @property
    def errands(self) -> int:
        """All of them, without the statements that some need."""
        return self.citizens * (self.payments + 2) + self.holders * (USES + 1) + self.workers * 2 + self.earners * 3


@dataclass
class Everything:
    """A fund, a pass and a task board with its purse on one chain."""

    size: Size
    world: World
    city: City
    town: Town
    sequels: Sequence[Sequel] = ()
    _citizens: Sequence[Citizen] = ()

    @classmethod
    @contextmanager
    def open(cls, chain: Chain, folder: Path, size: Size) -> Iterator["Everything"]:
        """Open all three, and prepare everybody."""
        world = World.open(chain, budget=Amount(CLAIM * size.citizens))
        for name in ("city", "town"):
            (folder / name).mkdir()
        city, town = City.open(chain, folder / "city"), Town.open(chain, folder / "town")
        try:
            opened = cls(size, world, city, town)
            opened._prepare()
            yield opened
        finally:
            city.close()
            town.close()

    @property
    def programmes(self) -> tuple[Address, ...]:
        """What the relayer serves."""
        contracts = self.world.fund, self.city.opened, self.town.board, self.town.purse
        return tuple(contract.address for contract in contracts)

    def _prepare(self) -> None:
        self._citizens = [
            Citizen.with_credential(self.world.validator, record=f"r{number}") for number in range(self.size.citizens)
        ]
        self.sequels = [
            *(self._claiming(citizen) for citizen in self._citizens),
            *self._passes(),
            *self._tasks(),
            *self._earnings(),
        ]

    # ---- a fund ----

    def _claiming(self, citizen: Citizen) -> Sequel:
        def year() -> Iterator[Errand]:
            fund, toys = self.world.fund, self.world.toys
            yield ClaimErrand("claim", citizen.prove(fund))
            permits = [citizen.permit(fund, 1_000, seconds=3_600) for _ in range(self.size.payments)]
            for permit in permits:
                yield PaymentErrand("payment", permit, toys.charge(fund, permit, PRICE))
            yield RefundErrand("refund", permits[-1], toys.refund(fund, permits[-1], GIVEN_BACK))

        return year

    # ---- a pass ----

    def _passes(self) -> Iterator[Sequel]:
        (swim,) = self.city.publish(offer())
        view = self.city.view()
        for number in range(self.size.holders):
            holder, other = self.city.holder(f"holder{number}"), self.city.citizen(f"other{number}")
            plan = other.passes.plan_activation(view, now=self.city.now)
            activation = ActivationErrand("activation", other.passes.activate(plan, now=self.city.now))
            uses = [OfferUseErrand("use", self.city.show(holder, swim, "pool", SWIM)) for _ in range(USES)]
            yield _all(activation, *uses)

    # ---- a task board and its purse ----

    def _tasks(self) -> Iterator[Sequel]:
        offered = PublishedOffer.from_json(offer_document(), RULEBOOK.earnings)
        domain, insurance = self.town.board.domain, offered.insurance_octets
        for _ in range(self.size.workers):
            task, key = self.town.publish(), secrets.token_bytes(32)
            choice = Choice(task, 0, insurance, (address_of(key),), (WHOLE,))
            choices = GroupChoice.of([SignedChoice.sign(domain, choice, key)])
            report = ReportErrand("report", SignedDone.sign(domain, TaskDone(task, 0), key))
            yield _all(ChoiceErrand("choice", choices), report)

    def _earnings(self) -> Iterator[Sequel]:
        town = self.town
        for number in range(self.size.earners):
            wallet, task = town.citizen(f"earner{number}", born=BORN["amira"]), town.publish()
            town.earn(task, wallet)
            plan = wallet.earning.plan_collection(town.view(), task, now=town.now)
            message = CollectionMessage.from_json(wallet.earning.collect(plan, now=town.now).to_json())
            coins = town.view().coins.in_slot(message.collection.slot)
            permits = [wallet.sign_permit(coins, SPENT, now=town.now, lifetime=timedelta(minutes=15)) for _ in range(2)]
            yield _all(CollectionErrand("collection", message), *map(self._payment, permits))

    def _payment(self, permit: SignedPermit) -> PaymentErrand:
        shop = self.town.shop
        charge = Charge(permit.permit.payment, parse_address(shop.address), SPENT)
        return PaymentErrand("purse payment", permit, SignedCharge.sign(self.town.purse.domain, charge, shop.key))

    # ---- afterwards ----

    def check(self) -> int:
        """Nothing was lost and nothing doubled, and all ledgers are equal; how many statements were built."""
        size, world, city, town = self.size, self.world, self.city, self.town
        contracts = [one.contract for one in (world.fund, city.opened, town.board, town.purse)]
        events = world.chain.events(contracts)
        counted = Counter((event.address, event.name) for event in events)
        fund, used, board, purse = self.programmes
        expected = {
            (fund, "Claimed"): size.citizens,
            (fund, "Paid"): size.citizens * size.payments,
            (fund, "Refunded"): size.citizens,
            (used, "Activated"): 2 * size.holders,
            (used, "OfferUsed"): USES * size.holders,
            (board, "TaskChosen"): size.workers + size.earners,
            (board, "TaskDone"): size.workers + size.earners,
            (board, "Collected"): size.earners,
            (purse, "Paid"): 2 * size.earners,
        }
        assert {what: counted[what] for what in expected} == expected
        left = Amount(CLAIM - PRICE * size.payments + GIVEN_BACK)
        assert {world.fund.balance_of(citizen.account) for citizen in self._citizens} == {left}
        assert city.opened.books().merchants == Amount(SWIM * USES * size.holders)
        books = town.purse.books()
        assert (books.merchants, books.accounts) == (
            Amount(2 * SPENT * size.earners),
            Amount((EARNED - 2 * SPENT) * size.earners),
        )
        for place in (world, city, town):
            place.check_books()
        built = [event.arguments["slot"] for event in events if event.name == "SlotAccepted"]
        return len(built) - built.count(ACTIVATION_SLOT)


def _all(*errands: Errand) -> Sequel:
    return lambda: iter(errands)
