# SPDX-License-Identifier: EUPL-1.2
"""Zuidhorn became Westerkwartier: the programme moves, everybody's rights stay, and the old sponsor can do nothing."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from programmable_money.abi import interface
from programmable_money.audit.report import DifferenceKind
from programmable_money.chain import Chain
from programmable_money.cli import application
from programmable_money.euro import MunicipalEuro
from programmable_money.handover import HandOverError, Successor, check_handed_over, hand_over
from programmable_money.messages import ZERO_ADDRESS, Address
from programmable_money.model import Amount, to_unix
from programmable_money.periods import open_next_period
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.roles import ROLE_OCTETS, Role, roles_from
from programmable_money.service import Municipality, Opening, relay_claim, relay_payment, relay_refund
from programmable_money.settlement import read_payment_file
from programmable_money.settlement.burning import FundBurning
from tests.flows.audited import Town, kinds, logs_of, node_of
from tests.flows.merged import (
    MERGER,
    WESTERKWARTIER,
    ZUIDHORN,
    Merger,
    bank,
    before_the_merger,
    different_officers,
    of_zuidhorn,
    successor_of,
)
from tests.flows.money import ETHER, TYPE, Citizen, Shop, Validator, World
from tests.flows.settling import SIEM, Desk


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def merger(request: pytest.FixtureRequest) -> Iterator[Merger]:
    with before_the_merger(request.param) as opened:
        yield opened


def town_of(merger: Merger) -> Town:
    return Town(merger.world, node_of(merger.world.chain), "", b"")


def successors_municipality(merger: Merger) -> Municipality:
    ours = merger.world.municipality
    return Municipality.join(
        merger.world.chain,
        merger.successors,
        registry=ours.registry.contract.address,
        euro=ours.euro.contract.address,
    )


def refused(act: Callable[[], object]) -> RefusalReason:
    with pytest.raises(RefusedError) as caught:
        act()
    return caught.value.reason


def test_programme_moves_to_the_successor_with_everybodys_rights(merger: Merger) -> None:
    world, amira, bas = merger.world, merger.amira, merger.bas
    fund, chain, zuidhorn = world.fund, world.chain, world.municipality
    given_back = world.pay(amira, world.bicycles, 3_000)
    before, owed = fund.books(), fund.merchant(world.toys.address).balance

    done = hand_over(zuidhorn, [fund], merger.successor)
    assert done.euros == Amount(20_000)
    assert fund.books() == before, "no cent moved in the fund"
    assert zuidhorn.euro.balance_of(merger.successor.sponsor) == Amount(20_000)
    assert town_of(merger).audit().is_signed_off

    # citizens and shops notice nothing: they claim, pay, give back
    late = of_zuidhorn(world, "a household that claims in December")
    world.pay(late, world.toys, 1_000)
    relay_refund(fund, amira.account, given_back.permit.nonce, world.bicycles.refund(fund, given_back, 1_000))
    assert fund.balance_of(amira.account) == Amount(30_000 - 5_000 - 3_000 + 1_000)

    # the successor does everything that the sponsor did
    westerkwartier = successors_municipality(merger)
    joined = westerkwartier.join_fund(fund.address, world.opening)
    assert joined.sponsor() == merger.successor.sponsor
    westerkwartier.top_up(fund, Amount(20_000))
    westerkwartier.deposit(Amount(500), "BANK-2019-0001")
    westerkwartier.approve_merchants(fund, {Shop().address: ZUIDHORN.category("books").index})
    batch = westerkwartier.settle(fund, [world.toys.address], reference="WK-1", bank=bank(world, date(2018, 12, 20)))
    assert batch.settlement.total == owed + Amount(1_000)

    # the year ends: claims and payments stop, shops are still owed, the successor gets what is left
    chain.travel_to(to_unix(MERGER))
    permit = bas.permit(fund, 100)
    assert refused(lambda: relay_payment(fund, permit, world.toys.charge(fund, permit, 100))) is (
        RefusalReason.OUTSIDE_PERIOD
    )
    returned = westerkwartier.close_fund(fund)
    held = westerkwartier.euro.balance_of(merger.successor.sponsor)
    assert held == returned + Amount(500)
    last = westerkwartier.settle(fund, [world.bicycles.address], reference="WK-2", bank=bank(world, date(2019, 1, 7)))
    assert last.settlement.total == Amount(2_000)
    assert westerkwartier.check_books([fund]).books.is_balanced

    report = town_of(merger).audit()
    assert report.differences == ()
    assert [(item.former, item.successor) for item in report.hand_overs] == [
        (Address(zuidhorn.officers.sponsor.address), merger.successor.sponsor)
    ]
    assert report.sponsor == merger.successor.sponsor
    assert report.to_json()["hand_overs"][0]["to"] == merger.successor.sponsor


def test_old_sponsor_can_do_nothing_any_more(merger: Merger) -> None:
    world = merger.world
    fund, old, registry, euro = world.fund, world.municipality, world.municipality.registry, world.municipality.euro
    hand_over(old, [fund], merger.successor)
    officers, stranger = old.officers, Address(Validator().address)
    acts: dict[str, Callable[[], object]] = {
        "pause": lambda: fund.pause(sponsor=officers.sponsor),
        "close": lambda: fund.close(sponsor=officers.sponsor),
        "top up": lambda: fund.top_up(Amount(1), sponsor=officers.sponsor),
        "approve a shop": lambda: fund.approve_merchant(stranger, 0, sponsor=officers.sponsor),
        "suspend a shop": lambda: fund.suspend_merchant(world.toys.address, sponsor=officers.sponsor),
        "settle": lambda: fund.settle([world.toys.address], b"x" * 32, settler=officers.settler),
        "appoint a settler": lambda: fund.appoint_settler(stranger, sponsor=officers.sponsor),
        "hand over again": lambda: fund.hand_over(stranger, sponsor=officers.sponsor),
        "mint": lambda: old.deposit(Amount(1), "BANK-2018-0009"),
        "let a contract burn": lambda: euro.admit_fund(stranger, admin=officers.admin),
        "admit a validator": lambda: registry.admit(stranger, TYPE.type_id, registrar=officers.registrar),
        "dismiss the validator": lambda: registry.dismiss(
            world.validator.address, TYPE.type_id, registrar=officers.registrar
        ),
        "revoke a key": lambda: registry.revoke_key(world.validator.key_id, sender=officers.registrar),
    }
    for contract in (registry.contract, euro.contract, fund.contract):
        for role, octets in ROLE_OCTETS.items():
            acts[f"make somebody {role} of {contract.name}"] = partial(
                world.chain.send, contract, "grantRole", octets, stranger, sender=officers.admin
            )
    assert {name: refused(act) for name, act in acts.items()} == dict.fromkeys(acts, RefusalReason.NOT_AUTHORISED)
    assert euro.balance_of(Address(officers.sponsor.address)) == Amount(0)
    assert world.municipality.registry.is_valid(world.validator.key_id)


def test_validators_key_goes_on_and_is_rotated_under_the_successor(merger: Merger) -> None:
    world = merger.world
    fund, chain, registry = world.fund, world.chain, world.municipality.registry
    hand_over(world.municipality, [fund], merger.successor)
    account, renewed = chain.account(world.validator.account_key), Validator(world.validator.account_key)
    now = chain.now()
    validity, possession = (now - 1, now + 10**7), renewed.possession(registry)
    key = registry.add_key(TYPE.type_id, renewed.public_key, *validity, possession, validator=account)
    registry.retire_key(world.validator.key_id, chain.now() + 86_400, validator=account)
    fund.accept(key)
    cato = Citizen.with_credential(renewed, record="new", municipality="GM0056", until=date(2019, 1, 1))
    relay_claim(fund, cato.prove(fund, rulebook=ZUIDHORN))
    successors_municipality(merger).registry.dismiss(
        world.validator.address, TYPE.type_id, registrar=merger.successors.registrar
    )
    assert not registry.is_valid(key)
    assert town_of(merger).audit().is_signed_off


def test_successor_opens_the_next_period_under_its_own_rulebook(merger: Merger) -> None:
    world = merger.world
    hand_over(world.municipality, [world.fund], merger.successor)
    westerkwartier = successors_municipality(merger)
    validators = (world.validator.address,)
    opening = Opening(WESTERKWARTIER, TYPE, 2019, validators, Amount(90_000), "BANK-2019-0001")
    following = open_next_period(westerkwartier, world.fund, opening, former=ZUIDHORN)
    assert (following.shops, following.left_out, following.keys) == (2, (), (world.validator.key_id,))

    world.chain.travel_to(to_unix(datetime(2019, 1, 10, tzinfo=UTC)))
    resident = Citizen.with_credential(world.validator, record="amira", municipality="GM1969", until=date(2020, 1, 1))
    relay_claim(following.fund, resident.prove(following.fund, rulebook=WESTERKWARTIER))
    assert following.fund.balance_of(resident.account) == Amount(45_000)
    permit = resident.permit(following.fund, 700)
    relay_payment(following.fund, permit, world.toys.charge(following.fund, permit, 700))
    assert westerkwartier.check_books([world.fund, following.fund]).books.is_balanced
    town = Town(replace(world, fund=following.fund, opening=opening), node_of(world.chain), "", b"")
    assert town.audit().differences == ()


def test_hand_over_that_was_stopped_goes_on(merger: Merger) -> None:
    """Fees that ran out, a machine that was switched off: the second call does what was left, and no more."""
    world, ours = merger.world, merger.world.municipality
    officers = ours.officers
    world.fund.appoint_settler(merger.successor.settler, sponsor=officers.sponsor)
    world.fund.hand_over(merger.successor.sponsor, sponsor=officers.sponsor)
    with pytest.raises(HandOverError, match="settler of Fund"):
        hand_over(ours, [world.fund], merger.successor)
    former, octets = Address(officers.settler.address), ROLE_OCTETS[Role.SETTLER]
    world.chain.send(world.fund.contract, "revokeRole", octets, former, sender=merger.successors.sponsor)
    assert hand_over(ours, [world.fund], merger.successor).steps == 0
    check_handed_over(ours, [world.fund], merger.successor)


def test_whom_somebody_once_gave_a_role_loses_it_too(merger: Merger) -> None:
    world, ours = merger.world, merger.world.municipality
    friend = Shop()
    for contract, role, admin in (
        (world.fund.contract, Role.SPONSOR, ours.officers.sponsor),
        (world.fund.contract, Role.ADMIN, ours.officers.sponsor),
        (world.fund.contract, Role.SETTLER, ours.officers.sponsor),
        (ours.euro.contract, Role.MINTER, ours.officers.admin),
        (ours.euro.contract, Role.ADMIN, ours.officers.admin),
        (ours.registry.contract, Role.REGISTRAR, ours.officers.admin),
    ):
        world.chain.send(contract, "grantRole", ROLE_OCTETS[role], friend.address, sender=admin)
    hand_over(ours, [world.fund], merger.successor)
    books = roles_from(ours.events([world.fund]))
    assert not any(book.has(role, friend.address) for book in books.values() for role in Role)


def test_hand_over_to_nobody_or_of_another_fund_does_not_begin(merger: Merger) -> None:
    world, ours = merger.world, merger.world.municipality
    block = world.chain.block_number()
    for account in (ZERO_ADDRESS, world.fund.address, ours.euro.contract.address):
        with pytest.raises(HandOverError, match="an account with a key"):
            hand_over(ours, [world.fund], replace(merger.successor, sponsor=account))
    other = MunicipalEuro.deploy(world.chain, admin=ours.officers.admin, minter=Address(ours.officers.minter.address))
    with pytest.raises(HandOverError, match="another registry or euro"):
        hand_over(replace(ours, euro=other), [world.fund], merger.successor)
    with pytest.raises(HandOverError, match="another sponsor's"):
        hand_over(replace(ours, officers=merger.successors), [world.fund], Successor.one(Shop().address))
    assert world.chain.block_number() == block + 2, "only the other euro"


def test_hand_over_by_who_is_no_sponsor_is_refused(merger: Merger) -> None:
    thief = replace(merger.world.municipality, officers=merger.successors)
    assert refused(
        lambda: merger.world.fund.hand_over(merger.successor.sponsor, sponsor=merger.successors.sponsor)
    ) is (RefusalReason.NOT_AUTHORISED)
    with pytest.raises(HandOverError):
        check_handed_over(thief, [merger.world.fund], merger.successor)


def test_settlement_that_two_employees_approved_before_is_paid_by_the_successor(world: World) -> None:
    desk = Desk.open(world)
    desk.shopping(world.toys, 2_000)
    desk.propose("KP-1")
    desk.settlements.approve("KP-1", private_key=SIEM)
    successors = different_officers(world.chain)
    hand_over(world.municipality, [world.fund], successor_of(successors))
    assert refused(lambda: desk.settlements.execute("KP-1", desk.chain)) is RefusalReason.NOT_AUTHORISED
    desk.settlements.execute("KP-1", FundBurning(world.fund, successors.settler))
    assert world.fund.merchant(world.toys.address).balance == Amount(0)
    paid = read_payment_file(desk.settlements.file("KP-1"))
    assert (paid.total, paid.transfers[0][0]) == (Amount(2_000), "NL20INGB0001234567")


@pytest.mark.anvil
def test_command_asks_first_and_takes_five_accounts(anvil_url: str, tmp_path: Path) -> None:
    chain = Chain.rpc(anvil_url, relayer_keys=[b"\x52" * 32])
    chain.request("anvil_setBalance", [chain.account(b"\x52" * 32).address, hex(1_000 * ETHER)])
    world = World.open(chain)
    successor, key = successor_of(different_officers(chain)), tmp_path / "sponsor.key"
    key.write_text(world.municipality.officers.sponsor.key.hex())
    named = [
        word
        for role in ("admin", "registrar", "minter", "sponsor", "settler")
        for word in (f"--to-{role}", str(getattr(successor, role)))
    ]
    where = ["--rpc", anvil_url, "--fund", world.fund.address]
    asked = ["handover", *where, "--key-file", str(key), "--to", str(successor.admin), *named]
    typed = ["handover", *where, "--key-file", str(key), "--to", successor.admin.lower(), "--yes"]
    assert "with its capitals" in CliRunner().invoke(application("handover"), typed).output
    said = CliRunner().invoke(application("handover"), asked, input="n\n")
    assert (said.exit_code, "Nothing was changed." in said.output) == (1, True)
    assert successor.sponsor in said.output
    assert world.fund.sponsor() != successor.sponsor
    said = CliRunner().invoke(application("handover"), asked, input="y\n")
    assert said.exit_code == 0, said.output
    check_handed_over(world.municipality, [world.fund], successor)
    shown = CliRunner().invoke(application("roles"), ["roles", *where], env={"COLUMNS": "200"}).output
    for account in (successor.admin, successor.registrar, successor.minter, successor.sponsor, successor.settler):
        assert account in shown
    assert Address(world.municipality.officers.sponsor.address) not in shown


# ---- what an auditor finds ----


@pytest.fixture
def handed_over() -> Iterator[Merger]:
    with before_the_merger() as merger:
        hand_over(merger.world.municipality, [merger.world.fund], merger.successor)
        yield merger


def lying_about(town: Town, event: str, change: Callable[[list[Any], Any], None], contract: str = "Fund") -> Any:
    """An audit by a node that changes the logs of one event."""
    selector = next("0x" + entry.selector.hex() for entry in interface(contract).events.values() if entry.name == event)

    def lie(method: str, parameters: list[Any], result: Any) -> Any:
        for log in logs_of(method, result):
            if log["topics"][0] == selector:
                change(result if method == "eth_getLogs" else result["logs"], log)
        return result

    return town.lying(lie)


def texts(report: Any) -> str:
    return " | ".join(entry.text for entry in report.differences if entry.kind is DifferenceKind.ROLE)


def test_audit_finds_a_hand_over_by_somebody_else(handed_over: Merger) -> None:
    thief = Shop().address[2:].lower().rjust(64, "0")

    def by_a_thief(_logs: list[Any], log: Any) -> None:
        log["topics"][1] = "0x" + thief

    report = lying_about(town_of(handed_over), "HandedOver", by_a_thief)
    assert DifferenceKind.RULES in kinds(report)
    assert any("somebody else than its sponsor" in entry.text for entry in report.differences)


def test_audit_finds_a_hand_over_to_somebody_else_than_the_contract_says(handed_over: Merger) -> None:
    thief = Shop().address[2:].lower().rjust(64, "0")

    def to_a_thief(_logs: list[Any], log: Any) -> None:
        log["topics"][2] = "0x" + thief

    report = lying_about(town_of(handed_over), "HandedOver", to_a_thief)
    assert {DifferenceKind.ROLE, DifferenceKind.STORAGE} <= kinds(report)
    assert "did not get the role sponsor" in texts(report)


def test_audit_finds_a_former_sponsor_who_kept_a_role(handed_over: Merger) -> None:
    former = handed_over.world.municipality.officers.sponsor.address[2:].lower()

    def gives_it_back(logs: list[Any], log: Any) -> None:
        if log["topics"][2].endswith(former) and log["address"].lower() == handed_over.world.fund.address.lower():
            logs.remove(log)

    report = lying_about(town_of(handed_over), "RoleRevoked", gives_it_back)
    assert "kept the role sponsor" in texts(report)
    assert DifferenceKind.STORAGE in kinds(report)


def test_audit_finds_an_act_of_who_had_no_role(handed_over: Merger) -> None:
    """A pause by the former sponsor after the hand-over."""
    world = handed_over.world
    world.fund.pause(sponsor=handed_over.successors.sponsor)
    former = world.municipality.officers.sponsor.address[2:].lower().rjust(64, "0")

    def by_the_former(_logs: list[Any], log: Any) -> None:
        if len(log["topics"]) > 1:
            log["topics"][1] = "0x" + former
        else:
            log["data"] = "0x" + former

    report = lying_about(town_of(handed_over), "Paused", by_the_former)
    assert "Paused by" in texts(report)
    assert "no sponsor" in texts(report)


def test_audit_finds_a_role_that_nobody_could_give(handed_over: Merger) -> None:
    """The former admin makes somebody a minter, after the hand-over."""
    former = handed_over.world.municipality.officers.admin.address[2:].lower().rjust(64, "0")
    friend = Shop().address[2:].lower().rjust(64, "0")
    receipt = successors_municipality(handed_over).deposit(Amount(100), "BANK-2019-0001")
    granted = next(e for e in interface("MunicipalEuro").events.values() if e.name == "RoleGranted")

    def plant(logs: list[Any], log: Any) -> None:
        if log["transactionHash"] == receipt.transaction:
            extra = copy.deepcopy(log)
            words = granted.selector.hex(), ROLE_OCTETS[Role.MINTER].hex(), friend, former
            extra["topics"], extra["data"] = ["0x" + word for word in words], "0x"
            extra["logIndex"] = hex(int(log["logIndex"], 16) + 5)
            logs.append(extra)

    report = lying_about(town_of(handed_over), "Deposited", plant, "MunicipalEuro")
    assert "changed the role minter and was no admin" in texts(report)
    assert DifferenceKind.STORAGE in kinds(report)


def test_audit_finds_a_mint_by_who_is_no_minter(handed_over: Merger) -> None:
    """The deposit's transaction, as if somebody else had sent it."""
    world = handed_over.world
    westerkwartier = successors_municipality(handed_over)
    receipt = westerkwartier.deposit(Amount(100), "BANK-2019-0001")
    former = world.municipality.officers.minter.address

    def sent_by(method: str, _parameters: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber":
            for transaction in result["transactions"]:
                if transaction["hash"] == receipt.transaction:
                    transaction["from"] = former
        return result

    report = town_of(handed_over).lying(sent_by)
    assert "Deposited by" in texts(report)
