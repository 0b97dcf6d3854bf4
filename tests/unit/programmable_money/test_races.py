# SPDX-License-Identifier: EUPL-1.2
"""Who comes at the same moment: one wins and the others are told why; on SQLite and PostgreSQL alike."""

import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from programmable_money.messages import (
    Address,
    PaymentDomain,
    PaymentPermit,
    PaymentRequest,
    SignedPermit,
    address_of,
)
from programmable_money.model import Amount, MoneyError
from programmable_money.settlement.bank_statement import BankEntry, BankStatement, Direction
from programmable_money.settlement.model import Batch, BatchError, BatchKind, BatchState, PaymentOrder, Signed
from programmable_money.settlement.payment_file import BankAccount
from programmable_money.settlement.store import SettlementStore
from programmable_money.shops.browsers.model import OpenRequest, ShopPairing
from programmable_money.shops.model import Application, KeyKind, ShopError, ShopKey, ShopPolicy, ShopRefusal
from programmable_money.shops.store import ChargeRecord, ShopStore
from programmable_money.store import Store
from tests.unit.programmable_money.test_store import EVENTS
from tests.unit.programmable_money.test_store import FUND as EVENTS_FUND

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
AT_ONCE = 6
FUND, TOYS, PAYER = (address_of(bytes([number]) * 32) for number in (1, 2, 3))
BANK = BankAccount("De Speelkoffer", "NL20INGB0001234567", "INGBNL2A")


def at_once(work: Callable[[int], object]) -> tuple[list[object], list[MoneyError]]:
    """Results and refusals of doing something from many threads, all let go together."""
    barrier = threading.Barrier(AT_ONCE)
    results: list[object] = []
    refused: list[MoneyError] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            results.append(work(number))
        except MoneyError as error:
            refused.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) + len(refused) == AT_ONCE, "an error of the database left the store"
    return results, refused


def batch(reference: str, origin: str) -> Batch:
    return Batch(
        reference=reference,
        kind=BatchKind.SETTLEMENT,
        chain_id=1,
        fund=FUND,
        debtor=BANK,
        execute_on=date(2026, 3, 3),
        ceiling=Amount(2**40),
        proposed_at=NOW,
        orders=(PaymentOrder(origin, TOYS, 1, BANK, Amount(2**40)),),
        state=BatchState.PROPOSED,
        proposal=Signed("joke", b"\x01" * 65, NOW),
    )


def statement(number: int, cents: int = 2**40) -> BankStatement:
    entry = BankEntry("key", date(2026, 3, 3), Amount(cents), Direction.IN, False, "", "", "", "")
    zero = Amount(0)
    return BankStatement(f"S-{number}", BANK.iban, date(2026, 3, 3), date(2026, 3, 3), zero, Amount(cents), (entry,))


def application(name: str = "De Speelkoffer") -> Application:
    return Application.from_form(
        account=TOYS, name=name, iban=BANK.iban, category="toys", contact="kassa@winkel.example", is_chain_store=False
    )


def test_a_reference_is_used_once_and_the_others_hear_that(database_url: str) -> None:
    with closing(SettlementStore(database_url)) as store:
        added, refused = at_once(lambda number: store.add_batch(batch("KP-1", f"origin {number}")))
        assert len(added) == 1
        assert {error.reason for error in refused if isinstance(error, BatchError)} == {"reference_used"}
        assert len(store.log()) == 1


def test_an_obligation_has_one_attempt_of_a_number(database_url: str) -> None:
    with closing(SettlementStore(database_url)) as store:
        added, refused = at_once(lambda number: store.add_batch(batch(f"KP-{number}", "origin")))
        assert len(added) == len(store.batches()) == 1
        assert {error.reason for error in refused if isinstance(error, BatchError)} == {"not_failed"}


def test_a_batch_is_approved_once(database_url: str) -> None:
    with closing(SettlementStore(database_url)) as store:
        store.add_batch(batch("KP-1", "origin"))
        done, refused = at_once(lambda number: store.approve("KP-1", Signed(f"siem {number}", b"\x02" * 65, NOW)))
        assert len(done) == 1
        assert {error.reason for error in refused if isinstance(error, BatchError)} == {"wrong_state"}


def test_a_statement_that_many_import_is_there_once(database_url: str) -> None:
    with closing(SettlementStore(database_url)) as store:
        added, refused = at_once(lambda _: store.add_statements([statement(1)], NOW))
        assert sorted(map(str, added)) == ["0"] * (AT_ONCE - 1) + ["1"]
        assert refused == []
        assert len(store.entries(BANK.iban)) == len(store.statements(BANK.iban)) == 1


def test_an_entry_that_came_with_two_amounts_at_once_is_refused(database_url: str) -> None:
    with closing(SettlementStore(database_url)) as store:
        added, refused = at_once(lambda number: store.add_statements([statement(number, 100 + number)], NOW))
        assert added == [1]
        assert {error.reason for error in refused if isinstance(error, BatchError)} == {"statement_changed"}


def test_a_name_is_given_to_one_employee_and_names_sort_by_their_characters(database_url: str) -> None:
    with closing(SettlementStore(database_url)) as store:
        added, _ = at_once(lambda number: store.add_employee("joke", address_of(bytes([10 + number]) * 32)))
        assert len(added) == 1
        for number, name in enumerate(("anna", "Bas", "émile", "Zoë"), start=50):
            store.add_employee(name, address_of(bytes([number]) * 32))
        assert [name for name, _, _ in store.employees()] == ["Bas", "Zoë", "anna", "joke", "émile"]


def test_an_account_is_of_one_shop(database_url: str) -> None:
    with closing(ShopStore(database_url)) as store:
        done, refused = at_once(lambda number: store.apply(application(f"Shop {number}"), FUND, NOW))
        assert len(done) == len(store.shops()) == 1
        assert {error.reason for error in refused if isinstance(error, ShopError)} == {"account_taken"}


def test_a_shop_asks_once_for_a_programme(database_url: str) -> None:
    with closing(ShopStore(database_url)) as store:
        done, refused = at_once(lambda _: store.apply(application(), FUND, NOW))
        assert len(done) == 1
        assert {error.reason for error in refused if isinstance(error, ShopError)} == {"wrong_state"}


def test_the_first_charge_of_a_payment_stays_whoever_keeps_it(database_url: str) -> None:
    def keep(number: int) -> None:
        store.add_charge(
            ChargeRecord(FUND, b"\x05" * 32, TOYS, f"till {number}", PAYER, 2**200, Amount(2**40), NOW), is_paid=True
        )

    with closing(ShopStore(database_url)) as store:
        assert at_once(keep)[1] == []
        (charge,) = store.charges(TOYS)
        assert (charge.nonce, charge.amount, charge.charged_at) == (2**200, Amount(2**40), NOW)


def test_a_key_is_registered_once_and_a_policy_may_be_set_at_once(database_url: str) -> None:
    with closing(ShopStore(database_url)) as store:
        key: Address = address_of(b"\x06" * 32)
        done, refused = at_once(lambda number: store.add_key(ShopKey(key, TOYS, KeyKind.TILL, f"till {number}", NOW)))
        assert len(done) == 1
        assert {error.reason for error in refused if isinstance(error, ShopError)} == {"key_taken"}
        policy = ShopPolicy(four_eyes=False)
        assert at_once(lambda _: store.set_policy(FUND, policy, employee="joke", at=NOW))[1] == []
        assert store.policy(FUND) == policy


def test_many_that_read_the_same_events_apply_each_of_them_once(database_url: str) -> None:
    with closing(Store(database_url)) as store:
        applied, refused = at_once(lambda number: store.apply(EVENTS[: len(EVENTS) - number]))
        assert refused == []
        assert sum(int(str(count)) for count in applied) == len(EVENTS)
        assert store.last() == (18, 0)
        (payment,) = store.payments(EVENTS_FUND)
        assert payment.refunded == Amount(30)


def test_who_reads_while_another_rebuilds_sees_all_or_nothing_new(database_url: str) -> None:
    with closing(Store(database_url)) as store:
        store.apply(EVENTS)
        seen: set[int] = set()
        done = threading.Event()

        def look() -> None:
            while not done.is_set():
                seen.add(len(store.payments(EVENTS_FUND)))

        reader = threading.Thread(target=look)
        reader.start()
        for _ in range(5):
            store.rebuild(EVENTS)
        with suppress(RuntimeError):
            store.rebuild(EVENTS[8:])  # a gap: nothing of it is kept
        done.set()
        reader.join()
        assert seen == {1}


def test_one_browser_uses_a_link_and_the_others_are_told(database_url: str) -> None:
    made = ShopPairing(TOYS, KeyKind.TILL, "till 1", NOW + timedelta(minutes=10))
    with closing(ShopStore(database_url)) as store, closing(ShopStore(database_url)) as another:
        store.browsers.add_link(b"name", made, NOW)
        stores = [store, another] * AT_ONCE
        results, refused = at_once(lambda number: stores[number].browsers.take_link(b"name", NOW))
        assert refused == []
        assert [found for found in results if found is not None] == [made]


def test_one_answer_of_a_request_is_kept_and_collected_once(database_url: str) -> None:
    domain = PaymentDomain(1, FUND)
    asked = OpenRequest(TOYS, PaymentRequest(domain, TOYS, 500), NOW + timedelta(seconds=60))
    permits = [
        SignedPermit.sign(domain, PaymentPermit.one_time(PAYER, 500, now=0, merchant=TOYS), bytes([9 + number]) * 32)
        for number in range(AT_ONCE)
    ]
    with closing(ShopStore(database_url)) as store:
        browsers = store.browsers
        browsers.add_request("name", asked, NOW, kept=timedelta(minutes=5))
        results, _ = at_once(lambda number: browsers.answer_request("name", permits[number], NOW))
        assert sorted(map(str, results)) == ["False"] * (AT_ONCE - 1) + ["True"]
        found = browsers.find_request("name", domain)
        assert found is not None
        assert found.permit in permits
        assert browsers.find_request("name", PaymentDomain(1, TOYS)) is None
        results, _ = at_once(lambda _: browsers.take_request("name"))
        assert sorted(map(str, results)) == ["False"] * (AT_ONCE - 1) + ["True"]
        browsers.add_request("late", asked, NOW, kept=timedelta(minutes=5))
        assert not browsers.answer_request("late", permits[0], NOW + timedelta(seconds=60))


def test_one_browser_applies_once_however_often_it_sends_the_form(database_url: str) -> None:
    employee = address_of(b"\x0a" * 32)

    def apply(number: int) -> None:
        account = address_of(bytes([20 + number]) * 32)
        key = ShopKey(employee, account, KeyKind.EMPLOYEE, "first employee", NOW)
        store.apply(replace(application(), account=account), FUND, NOW, key)

    with closing(ShopStore(database_url)) as store:
        results, refused = at_once(apply)
        assert len(results) == 1
        assert {error.reason for error in refused if isinstance(error, ShopError)} == {ShopRefusal.KEY_TAKEN}
        assert len(refused) == AT_ONCE - 1
        assert len(store.shops()) == 1
