# SPDX-License-Identifier: EUPL-1.2
"""What is shown of spending: by the programme's months, and never one person's as if it were several's."""

from datetime import UTC, datetime
from typing import Any

from programmable_money.audit.subjects import FundSubject, Told
from programmable_money.kpi.cells import Shown
from programmable_money.messages import Address, address_of
from programmable_money.model import ChainEvent, to_unix
from programmable_money.rules import rules_of, summary
from tests.flows.money import BICYCLES, RULEBOOK, TOYS, TYPE, YEAR

FUND, VALIDATOR, TOY_SHOP, BICYCLE_SHOP = (address_of(bytes([number]) * 32) for number in (1, 2, 3, 4))
ACCOUNTS = tuple(address_of(bytes([number]) * 32) for number in range(10, 20))
SUBJECT = FundSubject(1, FUND, RULEBOOK, (TYPE,), summary(rules_of(RULEBOOK, TYPE, YEAR, (VALIDATOR,))))
MARCH = datetime(YEAR, 3, 31, 21, 59, 59, tzinfo=UTC)
"""The last second of March in Amsterdam, where it is summer."""


class Happened:
    """Events of a fund with two shops."""

    def __init__(self) -> None:
        self.events: list[ChainEvent] = []
        self.note("MerchantApproved", merchant=TOY_SHOP, category=TOYS)
        self.note("MerchantApproved", merchant=BICYCLE_SHOP, category=BICYCLES)

    def note(self, name: str, at: datetime = MARCH, **arguments: Any) -> None:
        number = len(self.events)
        self.events.append(ChainEvent(number, 0, to_unix(at), f"0x{number:064x}", "Fund", FUND, name, arguments))

    def pay(self, account: Address, cents: int, *, shop: Address = TOY_SHOP, at: datetime = MARCH) -> bytes:
        payment = len(self.events).to_bytes(32, "big")
        self.note("Paid", at, payment=payment, account=account, merchant=shop, amount=cents)
        return payment

    def refund(self, payment: bytes, account: Address, cents: int, *, shop: Address = TOY_SHOP) -> None:
        self.note("Refunded", payment=payment, account=account, merchant=shop, amount=cents)

    def by(self, what: str) -> tuple[Shown, ...]:
        return SUBJECT.figures(self.events, MARCH, Told()).spending[what]


def test_months_are_those_of_amsterdam() -> None:
    happened = Happened()
    for account in ACCOUNTS[:5]:
        happened.pay(account, 100)
        happened.pay(account, 10, at=datetime(YEAR, 3, 31, 22, tzinfo=UTC))
        happened.pay(account, 1, at=datetime(YEAR, 12, 31, 22, 59, 59, tzinfo=UTC))
    assert happened.by("month") == (
        Shown((f"{YEAR}-03",), 500, 5),
        Shown((f"{YEAR}-04",), 50, 5),
        Shown((f"{YEAR}-12",), 5, 5),
    )


def test_who_was_given_everything_back_is_not_counted_in_a_line() -> None:
    """Five paid in the toy shop and four got it back: shown alone, the line would be one person's spending."""
    happened = Happened()
    payments = [(account, happened.pay(account, 700)) for account in ACCOUNTS[:5]]
    for account in ACCOUNTS[5:10]:
        happened.pay(account, 300, shop=BICYCLE_SHOP)
    assert happened.by("category") == (Shown(("toys",), 3_500, 5), Shown(("bicycles",), 1_500, 5))
    for account, payment in payments[1:]:
        happened.refund(payment, account, 700)
    assert happened.by("category") == (Shown(("bicycles", "toys"), 2_200, 10),)
    assert happened.by("shop") == (Shown(tuple(sorted((TOY_SHOP, BICYCLE_SHOP))), 2_200, 10),)


def test_part_that_was_given_back_leaves_the_person_in_the_line() -> None:
    happened = Happened()
    for account in ACCOUNTS[:5]:
        happened.refund(happened.pay(account, 700), account, 699)
    assert happened.by("category") == (Shown(("toys",), 5, 5),)


def test_everything_given_back_is_held_back() -> None:
    happened = Happened()
    for account in ACCOUNTS[:5]:
        happened.refund(happened.pay(account, 700), account, 700)
    assert happened.by("category") == (Shown(("toys",), None, None),)
