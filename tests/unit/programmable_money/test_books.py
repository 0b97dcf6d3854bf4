# SPDX-License-Identifier: EUPL-1.2
"""Books from events: every step, every contradiction, every difference with the chain."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.books import BooksError, Ledger, compare, ledger_from
from programmable_money.messages import Address, address_of
from programmable_money.model import Amount, ChainEvent, FundBooks

FUND, AMIRA, BAS, TOYS = (address_of(bytes([number]) * 32) for number in range(1, 5))
KEY = b"\x0a" * 32


class Story:
    """Events in order."""

    def __init__(self) -> None:
        self.events: list[ChainEvent] = []

    def add(self, contract: str, name: str, **arguments: Any) -> "Story":
        block = len(self.events)
        self.events.append(ChainEvent(block, 0, 1_000 + block, "0x", contract, FUND, name, arguments))
        return self

    def deposit(self, amount: int) -> "Story":
        return self.add("MunicipalEuro", "Deposited", amount=amount, to=BAS, depositReference=KEY)

    def fund(self, amount: int) -> "Story":
        return self.add("Fund", "Funded", amount=amount, sponsor=BAS)

    def claim(self, amount: int, account: Address = AMIRA) -> "Story":
        return self.add("Fund", "Claimed", amount=amount, account=account, keyId=KEY, nullifier=KEY, asOf=1)

    def pay(self, amount: int, payment: bytes = KEY, account: Address = AMIRA) -> "Story":
        return self.add("Fund", "Paid", amount=amount, account=account, merchant=TOYS, payment=payment)

    def refund(self, amount: int, payment: bytes = KEY) -> "Story":
        return self.add("Fund", "Refunded", amount=amount, account=AMIRA, merchant=TOYS, payment=payment)

    def settle(self, amount: int) -> "Story":
        self.add("MunicipalEuro", "Settled", amount=amount, settlementReference=KEY, **{"from": FUND})
        return self.add("Fund", "MerchantSettled", amount=amount, merchant=TOYS, batch=1, settlementReference=KEY)

    def close(self, returned: int) -> "Story":
        return self.add("Fund", "Closed", returned=returned, sponsor=BAS)

    @property
    def ledger(self) -> Ledger:
        return ledger_from(self.events)


def whole_story() -> Story:
    return Story().deposit(1_000).fund(900).claim(450).pay(100).refund(40).settle(60)


def test_the_books_follow_the_money() -> None:
    ledger = whole_story().ledger
    books = ledger.books
    assert books.is_balanced
    assert (books.deposits, books.settled, books.supply) == (Amount(1_000), Amount(60), Amount(940))
    assert (books.unallocated, books.accounts, books.merchants) == (Amount(450), Amount(390), Amount(0))
    assert books.outside == Amount(100)
    fund = ledger.funds[FUND]
    assert (fund.funded, fund.allotted, fund.spent, fund.settled, fund.claims) == (900, 450, 60, 60, {KEY: 1})
    assert ledger.public_numbers >= {1_000, 900, 450, 100, 40, 60, 390, 940}


def test_closing_returns_everything_but_what_shops_are_owed() -> None:
    books = whole_story().pay(50, b"\x0b" * 32).close(840).ledger.books
    assert (books.unallocated, books.accounts, books.merchants) == (Amount(0), Amount(0), Amount(50))
    assert books.outside == Amount(940 - 50)


def test_the_order_is_the_chains_not_the_lists() -> None:
    story = whole_story()
    assert ledger_from(reversed(story.events)).books == story.ledger.books


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_the_books_balance_after_every_event(amounts: list[int]) -> None:
    story = Story().deposit(sum(amounts)).fund(sum(amounts))
    for number, amount in enumerate(amounts):
        payment = number.to_bytes(32, "big")
        story.claim(amount).pay(amount, payment).refund(amount // 2, payment)
    for upto in range(len(story.events) + 1):
        assert ledger_from(story.events[:upto]).books.is_balanced


@pytest.mark.parametrize(
    ("story", "what"),
    [
        (Story().deposit(10).fund(10).claim(11), f"unallocated of {FUND}"),
        (Story().deposit(10).fund(10).claim(10).pay(11), f"account {AMIRA}"),
        (Story().deposit(10).fund(10).claim(10).pay(5).refund(6), f"payment 0x{KEY.hex()}"),
        (Story().deposit(10).fund(10).claim(10).pay(5).settle(4), f"merchant {TOYS}"),
    ],
    ids=["claim", "payment", "refund", "settlement"],
)
def test_events_that_no_contract_of_ours_emits_are_an_error(story: Story, what: str) -> None:
    with pytest.raises(BooksError) as caught:
        _ = story.ledger
    assert caught.value.what == what


def test_pausing_shows_in_the_books() -> None:
    story = whole_story().add("Fund", "Paused", by=BAS)
    assert story.ledger.funds[FUND].books.is_paused
    assert not story.add("Fund", "Unpaused", by=BAS).ledger.funds[FUND].books.is_paused


@pytest.mark.parametrize(
    ("supply", "fund", "held", "what"),
    [
        (941, (450, 390, 0), 840, "supply"),
        (940, (451, 390, 0), 840, "unallocated"),
        (940, (450, 391, 0), 840, "accounts"),
        (940, (450, 390, 1), 840, "merchants"),
        (940, (450, 390, 0), 839, "euros"),
    ],
)
def test_a_difference_with_the_chain_names_both_values(
    supply: int, fund: tuple[int, int, int], held: int, what: str
) -> None:
    ledger = whole_story().ledger
    compare(ledger, Amount(940), {FUND: books(450, 390, 0)}, {FUND: Amount(840)})
    with pytest.raises(BooksError) as caught:
        compare(ledger, Amount(supply), {FUND: books(*fund)}, {FUND: Amount(held)})
    assert caught.value.what.startswith(what)
    assert abs(caught.value.from_events - caught.value.from_chain) == 1


def test_a_fund_with_more_than_the_supply_is_an_error() -> None:
    ledger = Story().deposit(10).fund(11).ledger
    with pytest.raises(BooksError):
        compare(ledger, Amount(10), {FUND: books(11, 0, 0)}, {FUND: Amount(11)})


def books(unallocated: int, accounts: int, merchants: int) -> FundBooks:
    return FundBooks(Amount(unallocated), Amount(accounts), Amount(merchants))
