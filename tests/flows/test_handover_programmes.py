# SPDX-License-Identifier: EUPL-1.2
"""A pass and a task board move to the municipality's successor, in the middle of the year, with everybody's rights."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from programmable_money.chain import Chain
from programmable_money.cli import application
from programmable_money.handover import HandOverError, check_handed_over, hand_over
from programmable_money.messages import Address, parse_address
from programmable_money.model import Amount
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.roles import Role, roles_from
from programmable_money.service import Municipality, Officers
from tests.flows.city import City, offer
from tests.flows.earning import Town
from tests.flows.merged import different_officers, successor_of
from tests.flows.money import ETHER


@pytest.fixture
def city(chain: Chain, tmp_path: Path) -> Iterator[City]:
    opened = City.open(chain, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def town(chain: Chain, tmp_path: Path) -> Iterator[Town]:
    opened = Town.open(chain, tmp_path)
    yield opened
    opened.close()


def refused(act: Callable[[], object]) -> RefusalReason:
    with pytest.raises(RefusedError) as caught:
        act()
    return caught.value.reason


def joined(municipality: Municipality, successors: Officers) -> Municipality:
    return Municipality.join(
        municipality.chain,
        successors,
        registry=municipality.registry.contract.address,
        euro=municipality.euro.contract.address,
    )


def test_a_pass_moves_with_its_offers_and_whoever_activated_it_goes_on(city: City) -> None:
    successors, former = different_officers(city.chain), city.municipality.officers.sponsor
    (number,) = city.publish(offer())
    amira = city.holder("amira")
    city.use(amira, number, "pool", 550)
    owed = city.opened.books().merchants

    done = hand_over(city.municipality, [city.opened], successor_of(successors))
    assert done.programmes == 1
    assert city.opened.books().merchants == owed
    city.use(amira, number, "pool", 550)
    bas = city.citizen("bas")
    city.activate(bas)
    assert refused(lambda: city.opened.withdraw_offer(number, sponsor=former)) is RefusalReason.NOT_AUTHORISED
    assert refused(lambda: city.opened.pause(sponsor=former)) is RefusalReason.NOT_AUTHORISED
    city.opened.withdraw_offer(number, sponsor=successors.sponsor)
    joined(city.municipality, successors).check_books([city.opened])


def test_a_board_moves_with_its_tasks_and_their_employees(town: Town) -> None:
    successors, former = different_officers(town.chain), town.municipality.officers.sponsor
    amira, dina = town.citizen("amira"), town.citizen("dina")
    done, going_on = town.publish(quarter_hours=8), town.publish(quarter_hours=4)
    town.earn(done, amira)
    accounts = town.do(going_on, dina)

    hand_over(town.municipality, [town.purse], successor_of(successors))
    town.collect(amira, done)
    town.board.verify(going_on, 4, 0, accounts, employee=town.employees[0])
    dina.earning.learn(town.view(), now=town.now)
    town.collect(dina, going_on)
    coins = town.view().coins.in_slot(amira.earning.book[0].scope.slot or 0)
    town.pay(amira.sign_permit(coins, 300, now=town.now), 300)

    leaving, coming = (parse_address(one.address) for one in town.employees)
    assert refused(lambda: town.purse.dismiss_employee(leaving, sponsor=former)) is RefusalReason.NOT_AUTHORISED
    town.purse.dismiss_employee(leaving, sponsor=successors.sponsor)
    assert (town.purse.is_employee(leaving), town.purse.is_employee(coming)) == (False, True)
    books = joined(town.municipality, successors).check_books([town.purse]).books
    assert books.is_balanced
    assert town.purse.books().merchants == Amount(300)


def test_a_former_officer_verifies_nothing_any_more(town: Town) -> None:
    successors = different_officers(town.chain)
    former = town.municipality.officers.sponsor
    town.purse.appoint_employee(parse_address(former.address), sponsor=former)
    hand_over(town.municipality, [town.purse], successor_of(successors))
    assert not town.purse.is_employee(Address(former.address))
    number = town.publish()
    assert refused(lambda: town.board.withdraw(number, employee=former)) is RefusalReason.NOT_AUTHORISED
    town.purse.appoint_employee(Address(former.address), sponsor=successors.sponsor)
    with pytest.raises(HandOverError, match="former officers"):
        check_handed_over(town.municipality, [town.purse], successor_of(successors))


def test_all_programmes_move_at_once_or_none_begins(city: City, town: Town) -> None:
    successor = successor_of(different_officers(city.chain))
    with pytest.raises(HandOverError, match="another registry or euro"):
        hand_over(city.municipality, [city.opened, town.purse], successor)
    assert city.opened.sponsor() == Address(city.municipality.officers.sponsor.address)
    with pytest.raises(HandOverError):
        check_handed_over(replace(city.municipality), [city.opened], successor)


@pytest.mark.anvil
def test_the_command_takes_passes_and_boards(anvil_url: str, tmp_path: Path) -> None:
    chain = Chain.rpc(anvil_url, relayer_keys=[b"\x53" * 32])
    chain.request("anvil_setBalance", [chain.account(b"\x53" * 32).address, hex(1_000 * ETHER)])
    town = Town.open(chain, tmp_path)
    successor, key = successor_of(different_officers(chain)), tmp_path / "sponsor.key"
    key.write_text(town.municipality.officers.sponsor.key.hex())
    where = ["--rpc", anvil_url, "--board", town.board.address]
    nothing = CliRunner().invoke(application("roles"), ["roles", "--rpc", anvil_url])
    assert "name at least one programme" in nothing.output
    words = ["handover", *where, "--key-file", str(key), "--to", successor.sponsor, "--yes"]
    said = CliRunner().invoke(application("handover"), words)
    assert said.exit_code == 0, said.output
    assert "1 programme and €0.00 outside programmes handed over" in said.output
    assert town.purse.sponsor() == successor.sponsor
    shown = CliRunner().invoke(application("roles"), ["roles", *where], env={"COLUMNS": "200"}).output
    employees = {Address(one.address) for one in town.employees}
    assert roles_from(chain.events([town.purse.contract]))[town.purse.address].of(Role.EMPLOYEE) == employees
    assert all(account in shown for account in employees)
    town.close()
