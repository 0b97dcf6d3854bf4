# SPDX-License-Identifier: EUPL-1.2
"""A process that dies at any instant, papers that are too old, a chain that is too young: nobody is paid twice."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from programmable_money.chain import Chain
from programmable_money.messages import address_of
from programmable_money.model import Amount
from programmable_money.node import open_chain
from programmable_money.settlement.burning import FundBurning
from programmable_money.settlement.feedback import import_statements
from programmable_money.settlement.model import BatchRefusal, BatchState
from programmable_money.settlement.service import Settlements
from tests.flows.money import ETHER, STARTS_AT, Shop, World
from tests.flows.settling import DAY, DEBTOR, JOKE, SIEM, TOY_SHOP, Desk, refusal


@pytest.fixture
def embedded_world() -> Iterator[World]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        yield World.open(chain)


class CrashError(Exception):
    """The process died here."""


class Dying:
    """Hands every call on, and dies before or after one of them."""

    def __init__(self, inner: Any, instants: "Instants") -> None:
        self._inner, self._instants = inner, instants

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self._instants.pass_one()
            result = found(*arguments, **named)
            self._instants.pass_one()
            return result

        return call


class Instants:
    """Counts the instants at which a process may die, and dies at one of them."""

    def __init__(self, fatal: int) -> None:
        self.passed, self.fatal = 0, fatal

    def pass_one(self) -> None:
        self.passed += 1
        if self.passed == self.fatal:
            raise CrashError


@pytest.mark.slow
def test_a_crash_at_any_instant_of_a_settlement_costs_and_doubles_nothing(
    embedded_world: World, database_url: str
) -> None:
    desk = Desk.open(embedded_world, database_url)
    bank, total = desk.bank, 0
    for fatal in itertools.count(1):
        reference, cents = f"KP-{fatal:04}", 100 + fatal
        total += cents
        desk.shopping(desk.world.toys, cents)
        instants = Instants(fatal)
        store: Any = Dying(desk.store, instants)
        chain: Any = Dying(desk.chain, instants)
        dying = replace(desk.settlements, store=store)
        day = DAY + timedelta(fatal)

        def work(settlements: Settlements, chain: Any, reference: str = reference, day: date = day) -> None:
            """What an employee does again and again until it is done."""
            if desk.store.find_batch(reference) is None:
                desk.propose(reference, chain, settlements)
            if settlements.batch(reference).state is BatchState.PROPOSED:
                settlements.approve(reference, private_key=SIEM)
            settlements.execute(reference, chain)
            if reference not in bank.files:
                bank.receive(settlements.file(reference))
                bank.execute(day)
            import_statements(settlements, bank.statement(day, everything=True), iban=DEBTOR.iban)

        try:
            work(dying, chain)
        except CrashError:
            work(desk.settlements, desk.chain)
            work(desk.settlements, desk.chain)
        assert bank.paid == {TOY_SHOP.iban: total}
        assert desk.world.municipality.euro.settled() == Amount(total)
        assert [item.kind for item in desk.compare().differences] == []
        if instants.passed < instants.fatal:
            break
    assert fatal > 30
    desk.store.close()


def test_papers_older_than_the_chain_find_the_burning_that_was_done(embedded_world: World, database_url: str) -> None:
    desk = Desk.open(embedded_world, database_url)
    desk.shopping(desk.world.toys, 500)
    desk.propose("KP-0001")
    desk.settlements.approve("KP-0001", private_key=SIEM)
    desk.chain.burn((desk.world.toys.address,), "KP-0001")
    desk.shopping(desk.world.toys, 70)
    assert desk.settlements.execute("KP-0001", desk.chain).total == Amount(500)
    assert desk.world.fund.merchant(desk.world.toys.address).balance == Amount(70)

    desk.shopping(desk.world.bicycles, 30)
    desk.propose("KP-0002")
    desk.settlements.approve("KP-0002", private_key=SIEM)
    stranger = Shop()
    desk.world.municipality.approve_merchants(desk.world.fund, {stranger.address: 0})
    desk.shopping(stranger, 40)
    desk.chain.burn((stranger.address,), "KP-0002")
    assert refusal(lambda: desk.settlements.execute("KP-0002", desk.chain)) is BatchRefusal.OTHER_BURN
    desk.store.close()


def test_a_file_waits_until_the_burning_is_final(embedded_world: World, database_url: str) -> None:
    desk = Desk.open(embedded_world, database_url)
    careful = replace(desk.settlements, confirmations=3)
    desk.shopping(desk.world.toys, 500)
    desk.propose("KP-0001")
    careful.approve("KP-0001", private_key=SIEM)
    assert refusal(lambda: careful.execute("KP-0001", desk.chain)) is BatchRefusal.NOT_FINAL
    assert refusal(lambda: careful.file("KP-0001")) is BatchRefusal.WRONG_STATE
    assert refusal(lambda: careful.withdraw("KP-0001", private_key=JOKE)) is BatchRefusal.WRONG_STATE
    for _ in range(3):
        desk.world.chain.provide_gas(address_of(JOKE), ETHER)
    assert careful.execute("KP-0001", desk.chain).total == Amount(500)
    desk.store.close()


def test_two_funds_of_one_euro_keep_their_settlements_apart(chain: Chain) -> None:
    world = World.open(chain)
    desk = Desk.open(world)
    other = replace(world.opening, deposit="BANK-2026-0002")
    second = world.municipality.open_fund(other)
    desk.shopping(world.toys, 500)
    desk.propose("KP-0001")
    desk.settlements.approve("KP-0001", private_key=SIEM)
    elsewhere = FundBurning(second, world.municipality.officers.settler)
    assert refusal(lambda: desk.settlements.execute("KP-0001", elsewhere)) is BatchRefusal.OTHER_CHAIN
    desk.store.close()
