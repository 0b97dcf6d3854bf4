# SPDX-License-Identifier: EUPL-1.2
"""A mint without a deposit is found by anyone with the bank's statement, even when it is made good later."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from programmable_money.audit.bank import read_deposit_statements
from programmable_money.audit.report import AuditReport, DifferenceKind
from programmable_money.chain import Chain
from programmable_money.model import Amount, to_unix
from stuiver.cli import application
from tests.flows.audited import Town, kinds, node_of, served
from tests.flows.bank import Bank
from tests.flows.merged import bank as order
from tests.flows.money import BUDGET, STARTS_AT, YEAR, Citizen, World


def audited(world: World, bank: Bank) -> AuditReport:
    """An audit with everything that the bank ever booked."""
    octets = bank.statement(date(YEAR, 12, 31), "S-all", everything=True)
    town = Town(world, node_of(world.chain), "", b"")
    return town.audit(bank=read_deposit_statements([octets]))


def loud(report: AuditReport) -> list[int]:
    """The blocks in which more exists than lies at the bank."""
    kind = DifferenceKind.SUPPLY_ABOVE_RESERVE
    return [entry.block for entry in report.differences if entry.kind is kind and entry.block is not None]


@pytest.fixture
def bank() -> Bank:
    """A bank that got the budget the day before."""
    opened = Bank()
    opened.deposit(date(YEAR, 3, 1), BUDGET.cents, "BANK-2026-0001")
    return opened


def test_deposits_on_the_banks_statement_back_what_was_minted(world: World, bank: Bank) -> None:
    amira = Citizen.with_credential(world.validator, record="amira")
    world.claim(amira)
    world.pay(amira, world.toys, 2_000)
    assert audited(world, bank).differences == ()


def test_mint_without_a_deposit_that_is_made_good_later_is_still_reported(world: World, bank: Bank) -> None:
    """100 euros on Monday, of which the bank hears on Friday: four days of money that nobody had paid."""
    amira = Citizen.with_credential(world.validator, record="amira")
    world.claim(amira)
    minted = world.municipality.deposit(Amount(10_000), "BANK-2026-0002").block
    world.municipality.top_up(world.fund, Amount(10_000))
    world.pay(amira, world.toys, 2_000)
    last_before = world.chain.block_number()
    assert DifferenceKind.DEPOSIT in kinds(audited(world, bank)), "not at the bank at all"

    bank.deposit(date(YEAR, 3, 6), 10_000, "BANK-2026-0002")
    world.chain.travel_to(to_unix(STARTS_AT.replace(day=7)))
    world.pay(amira, world.toys, 1_000)
    world.check_books()

    report = audited(world, bank)
    assert not report.is_signed_off
    assert kinds(report) == {DifferenceKind.DEPOSIT, DifferenceKind.SUPPLY_ABOVE_RESERVE}
    assert loud(report)[0] == minted
    assert max(loud(report)) <= last_before, "from the day that it was made good, it is backed"
    (named,) = [entry for entry in report.differences if entry.kind is DifferenceKind.DEPOSIT]
    assert named.block == minted
    assert "was minted when the bank had 0 of its 10000 cents" in named.text


def test_mint_that_another_deposit_would_cover_is_reported(world: World, bank: Bank) -> None:
    """Money that the bank has and nobody minted does not excuse a mint under a reference of its own making."""
    bank.deposit(date(YEAR, 3, 1), 10_000, "BANK-2026-0003")
    world.municipality.deposit(Amount(10_000), "INVENTED")
    assert {DifferenceKind.DEPOSIT, DifferenceKind.SUPPLY_ABOVE_RESERVE} == kinds(audited(world, bank))


def test_mint_of_a_cent_too_many_is_reported_in_every_block_that_follows(world: World, bank: Bank) -> None:
    bank.deposit(date(YEAR, 3, 1), 9_999, "BANK-2026-0002")
    minted = world.municipality.deposit(Amount(10_000), "BANK-2026-0002").block
    amira = Citizen.with_credential(world.validator, record="amira")
    world.claim(amira)
    claimed = world.chain.block_number()
    assert loud(audited(world, bank)) == [minted, claimed]


def test_settled_euros_need_no_reserve_any_more(world: World, bank: Bank) -> None:
    """The bank pays the shop; the deposit backs what is left, and not a cent more."""

    amira = Citizen.with_credential(world.validator, record="amira")
    world.claim(amira)
    world.pay(amira, world.toys, 2_000)
    world.municipality.settle(world.fund, [world.toys.address], reference="KP-1", bank=order(world, date(YEAR, 4, 1)))
    report = audited(world, bank)
    assert report.differences == ()
    assert (report.books.supply, report.books.settled) == (BUDGET - Amount(2_000), Amount(2_000))


def test_command_reads_the_banks_statement_and_fails_loudly(chain: Chain, bank: Bank, tmp_path: Path) -> None:
    if not chain.is_embedded:
        return
    world = World.open(chain)
    world.municipality.deposit(Amount(10_000), "BANK-2026-0002")
    file, deposits = tmp_path / "statement.xml", tmp_path / "bank.csv"
    deposits.write_text("reference,amount,date\nBANK-2026-0001,3000.00,2026-03-01\nBANK-2026-0002,100.00,2026-03-06\n")
    file.write_bytes(bank.statement(date(YEAR, 3, 2)))
    with served(chain, world) as url:
        where = ["audit", "--rpc", url, "--fund", world.fund.address]
        for option, source in (("--bank-statement", file), ("--bank", deposits)):
            given = [*where, option, str(source)]
            said = CliRunner().invoke(application("audit"), given)
            assert said.exit_code == 1
            assert "NOT SIGNED OFF" in said.stdout
            assert "supply_above_reserve block" in said.stdout
            content = json.loads(CliRunner().invoke(application("audit"), [*given, "--json"]).stdout)
            assert {found["kind"] for found in content["differences"]} == {"deposit", "supply_above_reserve"}
        both = [*where, "--bank", str(deposits), "--bank-statement", str(file)]
        assert "not both" in CliRunner().invoke(application("audit"), both).stderr
