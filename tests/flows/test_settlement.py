# SPDX-License-Identifier: EUPL-1.2
"""Settlement from proposal to bank statement and back: four eyes, returned payments, crashes, and not a cent lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from programmable_money.messages import Address, address_of
from programmable_money.model import Amount
from programmable_money.node import open_chain
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.service import relay_payment, relay_refund
from programmable_money.settlement import read_payment_file, reference_octets
from programmable_money.settlement.feedback import deposits_of, import_statements, mint_deposit
from programmable_money.settlement.model import Batch, BatchError, BatchRefusal, BatchState, Outcome
from programmable_money.settlement.reconciliation import DifferenceKind
from tests.flows.bank import DuplicateFileError
from tests.flows.money import BUDGET, STARTS_AT, World
from tests.flows.settling import BICYCLE_SHOP, CATO, CORRECTED, DAY, DEBTOR, JOKE, SIEM, TOY_SHOP, Desk, refusal


@pytest.fixture
def desk(world: World, database_of_chain: str) -> Iterator[Desk]:
    opened = Desk.open(world, database_of_chain)
    yield opened
    opened.store.close()


def test_a_settlement_goes_from_proposal_to_statement_and_everything_agrees(desk: Desk) -> None:
    world = desk.world
    desk.shopping(world.toys, 3_995)
    desk.shopping(world.bicycles, 12_000)
    batch = desk.settle("KP-0001")
    assert (batch.state, batch.total) == (BatchState.FILED, Amount(15_995))
    assert desk.outcomes("KP-0001") == [Outcome.SENT, Outcome.SENT]
    kinds = [item.kind for item in desk.compare().differences]
    assert kinds == [DifferenceKind.NOT_BOOKED] * 2 + [DifferenceKind.NO_DEPOSIT]

    file = desk.settlements.file("KP-0001")
    desk.bank.receive(file)
    assert read_payment_file(file).total == Amount(15_995)
    desk.bank.execute(DAY)
    assert desk.read(desk.bank.statement(DAY)) == 3
    assert desk.outcomes("KP-0001") == [Outcome.BOOKED, Outcome.BOOKED]
    result = desk.compare()
    assert result.differences == ()
    assert (result.bank, result.supply, result.still_to_pay) == (
        BUDGET - Amount(15_995),
        BUDGET - Amount(15_995),
        Amount(0),
    )
    world.check_books()


def test_four_eyes_are_two_people(desk: Desk) -> None:
    desk.shopping(desk.world.toys, 3_995)
    assert refusal(lambda: replace_key(desk, CATO)) is BatchRefusal.UNKNOWN_EMPLOYEE
    desk.propose("KP-0001")
    approve = desk.settlements.approve
    assert refusal(lambda: approve("KP-0001", private_key=JOKE)) is BatchRefusal.SAME_EMPLOYEE
    assert refusal(lambda: approve("KP-0001", private_key=CATO)) is BatchRefusal.UNKNOWN_EMPLOYEE
    assert refusal(lambda: approve("KP-0002", private_key=SIEM)) is BatchRefusal.UNKNOWN_BATCH
    assert refusal(lambda: desk.settlements.execute("KP-0001", desk.chain)) is BatchRefusal.WRONG_STATE
    approve("KP-0001", private_key=SIEM)
    assert refusal(lambda: approve("KP-0001", private_key=SIEM)) is BatchRefusal.WRONG_STATE
    assert refusal(lambda: desk.settlements.add_employee("joke2", address_of(JOKE))) is BatchRefusal.EMPLOYEE_EXISTS
    desk.store.remove_employee("siem")
    assert refusal(lambda: desk.settlements.execute("KP-0001", desk.chain)) is BatchRefusal.UNKNOWN_EMPLOYEE
    assert desk.world.fund.merchant(desk.world.toys.address).balance == Amount(3_995)
    assert [(who, what) for _, who, what, _ in desk.store.log()] == [("joke", "propose"), ("siem", "approve")]


def replace_key(desk: Desk, key: bytes) -> Batch:
    return desk.settlements.propose(desk.chain, "KP-0009", desk.payees, debtor=DEBTOR, execute_on=DAY, private_key=key)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settlement_order SET iban = 'NL68BNGH0000000100', bic = 'BNGHNL2GXXX'",
        "UPDATE settlement_order SET name = 'Cato'",
        "UPDATE settlement_batch SET debtor_iban = 'NL68BNGH0000000100'",
        "UPDATE settlement_batch SET ceiling = ceiling + 1",
        "UPDATE settlement_decision SET signature = (SELECT signature FROM settlement_decision LIMIT 1)",
    ],
)
def test_what_cato_changes_in_the_database_after_the_approval_is_not_paid(
    change: str, database_url: str, embedded_world: World
) -> None:
    desk = Desk.open(embedded_world, database_url)
    desk.shopping(desk.world.toys, 3_995)
    desk.propose("KP-0001")
    desk.settlements.approve("KP-0001", private_key=SIEM)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    assert refusal(lambda: desk.settlements.execute("KP-0001", desk.chain)) is BatchRefusal.UNKNOWN_EMPLOYEE
    assert desk.world.fund.merchant(desk.world.toys.address).balance == Amount(3_995)
    desk.store.close()


@pytest.fixture
def embedded_world() -> Iterator[World]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        yield World.open(chain)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settlement_order SET amount = amount + 1 WHERE attempt = 2",
        "UPDATE settlement_order SET amount = amount + 1, proposed = proposed + 1",
    ],
)
def test_a_retry_pays_what_the_chain_burnt_whatever_the_database_says(
    change: str, database_url: str, embedded_world: World
) -> None:
    desk = Desk.open(embedded_world, database_url)
    desk.shopping(desk.world.toys, 3_995)
    name = desk.settle("KP-0001").orders[0].end_to_end
    desk.bank.receive(desk.settlements.file("KP-0001"))
    desk.bank.execute(DAY)
    desk.bank.give_back(DAY, name, TOY_SHOP.iban, 3_995)
    desk.read(desk.bank.statement(DAY))
    engine = create_engine(database_url)

    def tamper() -> None:
        with engine.begin() as connection:
            connection.execute(text(change))

    if "proposed" in change:  # before two employees sign what they are shown
        tamper()
        desk.store.give_up(name, "forged", "cato", datetime(2026, 4, 1, tzinfo=UTC))
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM settlement_entry WHERE end_to_end <> ''"))
    desk.settlements.propose_retry("KP-R", {name: None}, execute_on=DAY, private_key=JOKE)
    desk.settlements.approve("KP-R", private_key=SIEM)
    if "proposed" not in change:
        tamper()
    assert refusal(lambda: desk.settlements.execute("KP-R", desk.chain)) is BatchRefusal.OTHER_BURN
    engine.dispose()
    desk.store.close()


def test_the_file_pays_what_was_burnt_not_what_was_proposed(desk: Desk) -> None:
    world = desk.world
    desk.shopping(world.toys, 3_000)
    permit = desk.amira.permit(world.fund, 500)
    relay_payment(world.fund, permit, world.bicycles.charge(world.fund, permit, 500))
    desk.propose("KP-0001")
    desk.settlements.approve("KP-0001", private_key=SIEM)
    desk.shopping(world.toys, 200)
    relay_refund(world.fund, desk.amira.account, permit.permit.nonce, world.bicycles.refund(world.fund, permit, 500))
    batch = desk.settlements.execute("KP-0001", desk.chain)
    assert batch.total == Amount(3_200)
    read = read_payment_file(desk.settlements.file("KP-0001"))
    assert read.transfers == ((TOY_SHOP.iban, TOY_SHOP.name, Amount(3_200)),)
    desk.bank.receive(desk.settlements.file("KP-0001"))
    desk.bank.execute(DAY)
    desk.read(desk.bank.statement(DAY))
    assert desk.compare().differences == ()

    desk.shopping(world.toys, 1_000)
    desk.propose("KP-0002")
    desk.settlements.approve("KP-0002", private_key=SIEM)
    desk.shopping(world.toys, 1_001)
    assert refusal(lambda: desk.settlements.execute("KP-0002", desk.chain)) is BatchRefusal.ABOVE_CEILING
    assert desk.settlements.withdraw("KP-0002", private_key=JOKE).state is BatchState.WITHDRAWN
    assert refusal(lambda: desk.propose("KP-0002")) is BatchRefusal.REFERENCE_USED
    assert desk.settle("KP-0003").total == Amount(2_001)
    assert refusal(lambda: desk.propose("KP-0004")) is BatchRefusal.NOTHING_OWED


def test_a_returned_payment_is_paid_once_more_to_the_corrected_account(desk: Desk) -> None:
    world = desk.world
    desk.shopping(world.toys, 3_995)
    desk.shopping(world.bicycles, 12_000)
    batch = desk.settle("KP-0001")
    failed = next(order for order in batch.orders if order.merchant == world.bicycles.address)
    retry = desk.settlements.propose_retry
    wanted = {failed.end_to_end: CORRECTED}

    def again(reference: str, name: str = failed.end_to_end) -> Batch:
        return retry(reference, {name: CORRECTED}, execute_on=DAY + timedelta(7), private_key=SIEM)

    assert refusal(lambda: again("KP-0001R1")) is BatchRefusal.NOT_FAILED
    desk.bank.receive(desk.settlements.file("KP-0001"))
    desk.bank.execute(DAY)
    desk.read(desk.bank.statement(DAY))
    assert refusal(lambda: again("KP-0001R1")) is BatchRefusal.NOT_FAILED
    assert refusal(lambda: again("KP-0001R1", "KP-0001-9")) is BatchRefusal.UNKNOWN_PAYMENT

    later = DAY + timedelta(3)
    desk.bank.give_back(later, failed.end_to_end, BICYCLE_SHOP.iban, 12_000)
    statement = desk.bank.statement(later)
    changed = import_statements(desk.settlements, statement, iban=DEBTOR.iban).changed
    assert changed == ((failed.end_to_end, Outcome.RETURNED),)
    difference = desk.compare().differences[0]
    assert (difference.kind, difference.place, difference.amount) == (
        DifferenceKind.FAILED,
        failed.end_to_end,
        Amount(-12_000),
    )

    proposed = again("KP-0001R1")
    assert proposed.orders[0].payee == CORRECTED
    assert refusal(lambda: again("KP-0001R2")) is BatchRefusal.NOT_FAILED  # it waits in another batch
    desk.settlements.withdraw("KP-0001R1", private_key=SIEM)
    proposed = again("KP-0001R2", proposed.orders[0].end_to_end)
    assert refusal(lambda: desk.settlements.approve("KP-0001R2", private_key=SIEM)) is BatchRefusal.SAME_EMPLOYEE
    desk.settlements.approve("KP-0001R2", private_key=JOKE)
    supply = world.municipality.euro.supply()
    desk.settlements.execute("KP-0001R2", desk.chain)
    assert world.municipality.euro.supply() == supply  # burnt once, the first time
    assert desk.read(statement) == 0
    assert refusal(lambda: again("KP-0001R3", next(iter(wanted)))) is BatchRefusal.NOT_FAILED

    desk.bank.receive(desk.settlements.file("KP-0001R2"))
    with pytest.raises(DuplicateFileError):
        desk.bank.receive(desk.settlements.file("KP-0001R2"))
    desk.bank.execute(later + timedelta(5))
    desk.read(desk.bank.statement(later + timedelta(5)))
    assert desk.compare().differences == ()
    assert desk.bank.paid == {TOY_SHOP.iban: 3_995, BICYCLE_SHOP.iban: 0, CORRECTED.iban: 12_000}


def test_importing_again_changes_nothing_and_a_contradiction_is_refused_whole(desk: Desk) -> None:
    desk.shopping(desk.world.toys, 3_995)
    desk.settle("KP-0001")
    desk.bank.receive(desk.settlements.file("KP-0001"))
    desk.bank.execute(DAY)
    daily = desk.bank.statement(DAY)
    assert desk.read(daily) == 2
    before = desk.store.entries(DEBTOR.iban), desk.compare()
    for octets in (daily, desk.bank.statement(DAY, "MONTH-04", everything=True), daily):
        assert desk.read(octets) == 0
        assert (desk.store.entries(DEBTOR.iban), desk.compare()) == before

    desk.bank.ledger[-1].cents -= 1
    for name in (f"S-{DAY}", "MONTH-05"):
        octets = desk.bank.statement(DAY, name, everything=True)
        with pytest.raises(BatchError) as caught:
            desk.read(octets)
        assert caught.value.reason is BatchRefusal.STATEMENT_CHANGED
    desk.bank.iban = CORRECTED.iban
    assert refusal(lambda: desk.read(desk.bank.statement(DAY, "OTHER"))) is BatchRefusal.OTHER_ACCOUNT
    assert (desk.store.entries(DEBTOR.iban), desk.compare()) == before


@pytest.mark.parametrize("listed", [False, True])
def test_a_bank_may_book_the_whole_file_as_one_sum(desk: Desk, listed: bool) -> None:
    desk.shopping(desk.world.toys, 3_995)
    desk.shopping(desk.world.bicycles, 12_000)
    batch = desk.settle("KP-0001")
    desk.bank.receive(desk.settlements.file("KP-0001"))
    desk.bank.execute_as_one(DAY, "KP-0001-B1", listed=listed)
    desk.read(desk.bank.statement(DAY))
    assert desk.outcomes("KP-0001") == [Outcome.BOOKED, Outcome.BOOKED]
    assert desk.compare().differences == ()
    desk.bank.give_back(DAY + timedelta(1), batch.orders[1].end_to_end, BICYCLE_SHOP.iban, 12_000)
    desk.read(desk.bank.statement(DAY + timedelta(1)))
    assert desk.outcomes("KP-0001") == [Outcome.BOOKED, Outcome.RETURNED]


def test_a_payment_that_the_bank_refused_is_given_up_only_after_the_statements_are_in(desk: Desk) -> None:
    desk.shopping(desk.world.toys, 3_995)
    name = desk.settle("KP-0001").orders[0].end_to_end

    def give_up() -> None:
        desk.settlements.give_up(name, "refused with AC01", private_key=JOKE)

    assert refusal(give_up) is BatchRefusal.TOO_EARLY
    desk.read(desk.bank.statement(DAY + timedelta(4)))
    assert refusal(give_up) is BatchRefusal.TOO_EARLY
    desk.read(desk.bank.statement(DAY + timedelta(5)))
    give_up()
    assert desk.outcomes("KP-0001") == [Outcome.GIVEN_UP]
    desk.settlements.propose_retry("KP-R", {name: None}, execute_on=DAY, private_key=JOKE)
    desk.settlements.approve("KP-R", private_key=SIEM)
    desk.settlements.execute("KP-R", desk.chain)

    # The bank books both after all: the shop got its money twice, and that is said.
    for reference in ("KP-0001", "KP-R"):
        desk.bank.receive(desk.settlements.file(reference))
    desk.bank.execute(DAY + timedelta(6))
    desk.read(desk.bank.statement(DAY + timedelta(6)))
    result = desk.compare()
    assert [(item.kind, item.amount) for item in result.differences] == [(DifferenceKind.PAID_TOO_MUCH, Amount(3_995))]
    assert result.still_to_pay == Amount(-3_995)


def test_every_difference_has_its_place_and_amount(desk: Desk) -> None:
    world, bank = desk.world, desk.bank
    bank.opening = 777
    world.municipality.deposit(Amount(5_000), "BY-HAND")
    desk.shopping(world.toys, 3_995)
    batch = desk.settle("KP-0001")
    desk.shopping(world.bicycles, 100)
    world.fund.settle([world.bicycles.address], reference_octets("OLD-1"), settler=world.municipality.officers.settler)
    bank.receive(desk.settlements.file("KP-0001"))
    bank.queue = [(name, iban, cents + 5) for name, iban, cents in bank.queue]
    bank.execute(DAY)
    bank.charge(DAY, 250)
    bank.deposit(DAY, 40_000, "more budget")
    desk.read(bank.statement(DAY))
    bank.ledger.append(bank.ledger[-1].__class__(DAY, 11, "LOST"))
    bank.told += 1
    desk.read(bank.statement(DAY + timedelta(2)))
    assert desk.outcomes("KP-0001") == [Outcome.DISPUTED]
    result = desk.compare()
    found = {(item.kind, item.amount.cents) for item in result.differences}
    assert found == {
        (DifferenceKind.PAID_TOO_MUCH, 5),
        (DifferenceKind.NO_BATCH, -100),
        (DifferenceKind.OPENING, 777),
        (DifferenceKind.GAP, 11),
        (DifferenceKind.NOT_MINTED, 40_000),
        (DifferenceKind.NO_DEPOSIT, -5_000),
        (DifferenceKind.UNEXPLAINED, -250),
    }
    assert batch.orders[0].end_to_end in {item.place for item in result.differences}
    assert result.surplus == Amount(777 + 11 + 40_000 - 5_000 - 250)


def test_a_deposit_at_the_bank_is_minted_once(desk: Desk) -> None:
    municipality, iban = desk.world.municipality, DEBTOR.iban
    desk.bank.deposit(DAY, 40_000, "more budget")
    statement = desk.bank.statement(DAY)
    desk.read(statement)
    first, second = deposits_of(iban, desk.store.entries(iban), ())
    sponsor = Address(municipality.officers.sponsor.address)

    def mint(reference: str) -> object:
        return mint_deposit(
            desk.settlements,
            municipality.euro,
            reference,
            iban=iban,
            to=address_of(JOKE),
            minter=municipality.officers.minter,
        )

    assert refusal(lambda: mint(first.reference)) is BatchRefusal.DEPOSIT_MINTED  # as BANK-2026-0001, by hand
    assert refusal(lambda: mint("20260401-0000000000000000")) is BatchRefusal.UNKNOWN_DEPOSIT
    mint(second.reference)
    assert municipality.euro.balance_of(address_of(JOKE)) == Amount(40_000)
    desk.read(statement)
    assert refusal(lambda: mint(second.reference)) is BatchRefusal.DEPOSIT_MINTED
    with pytest.raises(RefusedError) as caught:  # nor by hand, whoever lost the papers
        municipality.euro.mint(
            sponsor, second.amount, reference_octets(second.reference), minter=municipality.officers.minter
        )
    assert caught.value.reason is RefusalReason.REFERENCE_USED
    assert desk.compare().differences == ()
