# SPDX-License-Identifier: EUPL-1.2
"""A task board's figures: shown when enough people did something for certain, however many accounts there are."""

from datetime import UTC, datetime
from typing import Any

import pytest

from edge.language import Language
from programmable_money.audit.figures import FiguresError, public_books
from programmable_money.audit.subjects import BoardSubject, Names, Told
from programmable_money.kpi import Kpi
from programmable_money.kpi.cells import Shown
from programmable_money.messages import Address, address_of
from programmable_money.model import Amount, ChainEvent, to_unix
from programmable_money.open_books import OpenBooks
from programmable_money.open_details import BoardDetails, TaskStage
from programmable_money.tasks.rules import board_rules_of, summary
from programmable_money.web.pages import Page, Pages
from tests.flows.earning import RULEBOOK, TYPE, YEAR

BOARD, PURSE, EURO, VALIDATOR, SHOP, CAFE, EMPLOYEE = (address_of(bytes([number]) * 32) for number in range(1, 8))
SUBJECT = BoardSubject(1, BOARD, PURSE, RULEBOOK, (TYPE,), summary(board_rules_of(RULEBOOK, TYPE, YEAR, (VALIDATOR,))))
MAY = to_unix(datetime(YEAR, 5, 4, 9, tzinfo=UTC))
SLOT = YEAR * 256


class Happened:
    """Events of a board and its purse; each task is worth two hours, ten euros."""

    def __init__(self) -> None:
        self.events: list[ChainEvent] = []
        self.tasks = 0
        self.note("MunicipalEuro", EURO, "Deposited", amount=1_000_000)
        self.note("Purse", PURSE, "Funded", amount=1_000_000)
        for shop, category in ((SHOP, 0), (CAFE, 1)):
            self.note("Purse", PURSE, "MerchantApproved", merchant=shop, category=category)

    def note(self, contract: str, address: Address, name: str, **arguments: Any) -> None:
        number = len(self.events)
        self.events.append(ChainEvent(number, 0, MAY, f"0x{number:064x}", contract, address, name, arguments))

    def board(self, name: str, **arguments: Any) -> None:
        self.note("TaskBoard", BOARD, name, **arguments)

    def publish(self) -> int:
        self.tasks += 1
        offer = (bytes(32), bytes(32), bytes(32), 1, 1, 8, MAY + 90_000)
        self.board("TaskPublished", task=self.tasks, employee=EMPLOYEE, offer=offer)
        return self.tasks

    def do(self) -> tuple[int, Address]:
        task = self.publish()
        doer = address_of(task.to_bytes(32, "big"))
        self.board("TaskChosen", task=task, round=0, accounts=(doer,), parts=(1_000,))
        return task, doer

    def earn(self, slot: int, nullifier: bytes) -> Address:
        """Somebody does a task and collects ten euros into a slot."""
        task, doer = self.do()
        self.board("TaskDone", task=task, account=doer)
        self.board("TaskVerified", task=task, employee=EMPLOYEE, quarters=8, reason=0)
        self.board("TimeAwarded", task=task, account=doer, quarters=8, until=MAY + 9_000)
        account = address_of((10_000 + task).to_bytes(32, "big"))
        place = {"nullifier": nullifier, "account": account, "taskAccount": doer, "slot": slot, "terms": 0}
        self.board("Collected", **place, time=7_200, amount=1_000, earned=1_000)
        self.note("Purse", PURSE, "Credited", account=account, amount=1_000)
        return account

    def pay(self, account: Address, cents: int, shop: Address = SHOP) -> None:
        payment = len(self.events).to_bytes(32, "big")
        self.note("Purse", PURSE, "Paid", payment=payment, account=account, merchant=shop, amount=cents)

    @property
    def books(self) -> OpenBooks:
        return public_books(
            SUBJECT,
            self.events,
            block=len(self.events),
            mined_at=MAY,
            read_at=datetime(YEAR, 5, 5, tzinfo=UTC),
            told=Told(30, Amount(1_000)),
            names=Names("Gemeente Heerlen", {SHOP: "Bakker Bart", CAFE: "Café De Klok"}),
        )


def nullifier(number: int) -> bytes:
    return number.to_bytes(32, "big")


def five_earn(happened: Happened) -> list[Address]:
    """Five people in one slot: they are five for certain."""
    return [happened.earn(SLOT, nullifier(number)) for number in range(5)]


def test_five_pseudonyms_of_one_slot_are_five_people() -> None:
    happened = Happened()
    for account in five_earn(happened):
        happened.pay(account, 400)
    happened.publish()
    happened.do()
    happened.board("TaskWithdrawn", task=happened.publish(), employee=EMPLOYEE)
    books = happened.books
    assert books.figures.spending["month"] == (Shown((f"{YEAR}-05",), 2_000, 5),)
    assert books.figures.spending["category"] == (Shown(("shops",), 2_000, 5),)
    assert isinstance(books.details, BoardDetails)
    assert books.details.stages == {
        TaskStage.FREE: 1,
        TaskStage.GOING_ON: 1,
        TaskStage.DECIDED: 5,
        TaskStage.WITHDRAWN: 1,
    }
    values = {kpi.kpi: kpi for kpi in books.figures.kpis}
    assert (values[Kpi.HOURS].value, values[Kpi.ACTIVE].value, values[Kpi.ACTIVE].whole) == (40, 5, 30)
    assert (values[Kpi.SPENT].value, values[Kpi.SPENT].whole) == (2_000, 5_000)
    assert values[Kpi.COST_PER_EURO].per_mille == 500
    assert (books.details.collected_percent, books.details.spent_percent) == (0, 40)


def test_accounts_of_many_slots_may_be_one_persons() -> None:
    happened = Happened()
    for number in range(20):
        happened.pay(happened.earn(SLOT + number, nullifier(number)), 400)
    books = happened.books
    assert books.figures.spending["month"] == (Shown((f"{YEAR}-05",), None, None),)
    assert isinstance(books.details, BoardDetails)
    assert books.details.stages is None
    assert all(kpi.is_held_back for kpi in books.figures.kpis)


def test_several_accounts_of_one_pseudonym_are_one_person() -> None:
    happened = Happened()
    accounts = five_earn(happened)
    again = [account for number, account in enumerate(accounts) if number < 4]
    for account in again:
        happened.pay(account, 400)
    books = happened.books
    assert books.figures.spending["category"] == (Shown(("shops",), None, None),)


def test_a_few_in_one_kind_of_shop_stand_with_the_others() -> None:
    happened = Happened()
    accounts = five_earn(happened)
    for account in accounts:
        happened.pay(account, 400)
    happened.pay(accounts[0], 100, shop=CAFE)
    assert happened.books.figures.spending["category"] == (Shown(("bars_and_restaurants", "shops"), 2_100, 6),)


@pytest.mark.parametrize("language", Language)
def test_page_shows_stages_and_key_figures(language: Language) -> None:
    happened = Happened()
    for account in five_earn(happened):
        happened.pay(account, 400)
    page = Pages().show(Page.BOOKS, happened.books, language)
    assert {Language.NL: "Klaar en gecontroleerd", Language.EN: "Done and verified"}[language] in page
    assert {Language.NL: "16,6%", Language.EN: "16.6%"}[language] in page
    assert {Language.NL: "mei 2026", Language.EN: "May 2026"}[language] in page


def test_events_that_contradict_each_other_have_no_figures() -> None:
    happened = Happened()
    happened.board("TaskVerified", task=7, employee=EMPLOYEE, quarters=8, reason=0)
    with pytest.raises(FiguresError):
        _ = happened.books
    with pytest.raises(FiguresError):
        public_books(
            SUBJECT, [], block=1, mined_at=MAY, read_at=datetime(YEAR, 5, 5, tzinfo=UTC), told=Told(), names=Names()
        )
