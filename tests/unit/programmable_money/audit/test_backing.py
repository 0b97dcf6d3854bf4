# SPDX-License-Identifier: EUPL-1.2
"""The reserve: what exists is backed at every block, and a deposit counts once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.audit.backing import Backing
from programmable_money.audit.bank import BankDeposits, BankMovement
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.messages import ZERO_ADDRESS, address_of
from programmable_money.model import ChainEvent

EURO, SPONSOR, FUND = (address_of(bytes([number]) * 32) for number in (1, 2, 3))
FIRST, SECOND = b"\1" * 32, b"\2" * 32


def event(name: str, block: int = 1, **arguments: Any) -> ChainEvent:
    """An event of the token; block n is mined in second 100 n."""
    return ChainEvent(block, 0, 100 * block, f"0x{block:064x}", "MunicipalEuro", EURO, name, arguments)


def deposit(amount: int, reference: bytes = FIRST, block: int = 1) -> list[ChainEvent]:
    return [
        event("Deposited", block, depositReference=reference, to=SPONSOR, amount=amount),
        event("Transfer", block, **{"from": ZERO_ADDRESS, "to": SPONSOR, "value": amount}),
    ]


def settle(amount: int, reference: bytes = SECOND, block: int = 2) -> list[ChainEvent]:
    return [
        event("Settled", block, **{"settlementReference": reference, "from": FUND, "amount": amount}),
        event("Transfer", block, **{"from": FUND, "to": ZERO_ADDRESS, "value": amount}),
    ]


def moved(amount: int, block: int = 1) -> list[ChainEvent]:
    return [event("Transfer", block, **{"from": SPONSOR, "to": FUND, "value": amount})]


def followed(
    *events: ChainEvent, bank: dict[bytes, int] | None = None, booked: BankDeposits | None = None
) -> tuple[Backing, list[DifferenceKind]]:
    """Follow events.

    Args:
        bank: what a bank says that tells no days.
        booked: what a bank says that does.
    """
    if bank is not None:
        booked = {reference: (BankMovement(reference.hex(), cents),) for reference, cents in bank.items()}
    findings = Findings()
    backing = Backing(findings, booked)
    for number, item in enumerate(events):
        backing.apply(item)
        if number + 1 == len(events) or events[number + 1].block != item.block:
            backing.close_block(item.block, item.emitted_at)
    return backing, [difference.kind for difference in findings.found]


def test_backed_euros_are_no_difference() -> None:
    backing, kinds = followed(*deposit(500), *moved(400), *settle(300))
    assert kinds == []
    assert (backing.supply, backing.reserve, backing.deposited, backing.settled) == (200, 200, 500, 300)
    assert backing.balances == {SPONSOR: 100, FUND: 100}


def test_one_cent_more_than_the_reserve_is_loud_in_that_block() -> None:
    extra = event("Transfer", 3, **{"from": ZERO_ADDRESS, "to": SPONSOR, "value": 1})
    findings = Findings()
    backing = Backing(findings)
    for item in (*deposit(500), extra):
        backing.apply(item)
    backing.close_block(3, 0)
    assert [(found.kind, found.block) for found in findings.found] == [(DifferenceKind.SUPPLY_ABOVE_RESERVE, 3)]


def test_oversupply_that_is_gone_at_the_end_is_found_all_the_same() -> None:
    burnt = event("Transfer", 3, **{"from": SPONSOR, "to": ZERO_ADDRESS, "value": 1})
    made = event("Transfer", 2, **{"from": ZERO_ADDRESS, "to": SPONSOR, "value": 1})
    assert followed(*deposit(500), made, burnt)[1] == [DifferenceKind.SUPPLY_ABOVE_RESERVE]


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([*deposit(5), *deposit(5)], DifferenceKind.DEPOSIT),
        (deposit(5, bytes(32)), DifferenceKind.DEPOSIT),
        ([*deposit(5), *moved(5), *settle(2), *settle(2, block=3)], DifferenceKind.SETTLEMENT),
        (moved(5), DifferenceKind.LEDGER),
        (deposit(5)[:1], DifferenceKind.LEDGER),
    ],
    ids=["a reference twice", "no reference", "a settlement twice", "what nobody has", "a deposit without a mint"],
)
def test_step_that_the_token_cannot_take_is_named(events: list[ChainEvent], kind: DifferenceKind) -> None:
    assert kind in followed(*events)[1]


def test_bank_decides_about_the_reserve() -> None:
    assert followed(*deposit(500), bank={FIRST: 500, SECOND: 7})[1] == []
    for bank in ({}, {FIRST: 499}, {SECOND: 500}):
        assert followed(*deposit(500), bank=bank)[1] == [DifferenceKind.DEPOSIT, DifferenceKind.SUPPLY_ABOVE_RESERVE]


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=10), st.lists(st.integers(1, 10**9), max_size=10))
def test_supply_is_deposits_less_settlements(deposits: list[int], settlements: list[int]) -> None:
    total, events = sum(deposits), list[ChainEvent]()
    for number, amount in enumerate(deposits):
        events += deposit(amount, number.to_bytes(32, "big") if number else FIRST, number + 1)
    events += moved(total, len(deposits) + 1)
    left = total
    for number, amount in enumerate(settlements):
        if amount <= left:
            left -= amount
            events += settle(amount, number.to_bytes(32, "big"), len(deposits) + 2 + number)
    backing, kinds = followed(*events)
    assert kinds == []
    assert backing.supply == backing.reserve == left == sum(backing.balances.values())


# ---- a bank that tells the day ----


def at_bank(cents: int, counts_from: int, identity: str = "entry 1") -> BankMovement:
    return BankMovement(identity, cents, counts_from)


def test_deposit_counts_from_the_moment_that_the_bank_has_it() -> None:
    on_time = {FIRST: (at_bank(500, 200),)}
    assert followed(*deposit(500, block=2), booked=on_time)[1] == []
    assert followed(*deposit(500, block=1), booked=on_time)[1] == [
        DifferenceKind.DEPOSIT,
        DifferenceKind.SUPPLY_ABOVE_RESERVE,
    ]


def test_mint_that_is_made_good_later_is_reported_for_every_block_until_then() -> None:
    events = [*deposit(500), *deposit(70, SECOND, block=2), *moved(10, 3), *moved(10, 4), *moved(10, 5)]
    booked = {FIRST: (at_bank(500, 0),), SECOND: (at_bank(70, 450, "entry 2"),)}
    findings = Findings()
    backing = Backing(findings, booked)
    for item in events:
        backing.apply(item)
        backing.close_block(item.block, item.emitted_at)
    loud = {found.block for found in findings.found if found.kind is DifferenceKind.SUPPLY_ABOVE_RESERVE}
    assert loud == {2, 3, 4}
    assert (backing.supply, backing.reserve) == (570, 570), "at the end it is as if nothing had happened"


def test_money_of_one_entry_backs_one_mint_under_whichever_reference() -> None:
    """A deposit has the payer's reference and one of the bank's entry; minting under both is two mints."""
    entry = (at_bank(500, 0),)
    kinds = followed(*deposit(500), *deposit(500, SECOND, block=2), booked={FIRST: entry, SECOND: entry})[1]
    assert kinds == [DifferenceKind.DEPOSIT, DifferenceKind.DEPOSIT, DifferenceKind.SUPPLY_ABOVE_RESERVE]


def test_deposit_that_the_bank_took_back_backs_nothing_any_more() -> None:
    booked = {FIRST: (at_bank(500, 0), at_bank(-500, 300, "entry 2"))}
    assert followed(*deposit(500), *moved(100, 2), booked=booked)[1] == []
    assert followed(*deposit(500), *moved(100, 3), booked=booked)[1] == [DifferenceKind.SUPPLY_ABOVE_RESERVE]


def test_deposit_that_nobody_minted_backs_no_other_mint() -> None:
    booked = {SECOND: (at_bank(9_999, 0),)}
    assert followed(*deposit(500), booked=booked)[1] == [DifferenceKind.DEPOSIT, DifferenceKind.SUPPLY_ABOVE_RESERVE]
