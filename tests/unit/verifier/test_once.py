# SPDX-License-Identifier: EUPL-1.2
"""Once for each person: at the turn of the year, by every name, and when a browser comes back at a bad moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from tests.unit.verifier.material import AMIRA, BuildTown, Citizen, Town, Validator, Wallet, changed_settings
from tests.unit.verifier.test_service import allowance, read
from verifier.policy.deciding import Allowed, Denied
from verifier.settings import ClientName
from verifier.store import Store

GIVEN = Allowed(("lives_here", "low_income"))
GIVEN_BEFORE = Denied(("once_per_period",))


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator()


@pytest.fixture(scope="module")
def amira(validator: Validator) -> Citizen:
    return Citizen.of(validator, AMIRA)


@pytest.fixture
def opened() -> Iterator[Callable[[str], Store]]:
    """Opens stores, and closes them in the end."""
    stores: list[Store] = []

    def open_(url: str) -> Store:
        stores.append(Store.at_url(url))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


def test_a_request_of_the_old_year_that_is_answered_in_the_new_one_is_no_second_allowance(
    build_town: BuildTown,
) -> None:
    late = Validator(now=datetime(2026, 11, 1, 12, tzinfo=UTC))
    town = build_town(validator=late)
    town.clock.now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    wallet = Wallet(Citizen.of(late, AMIRA), town)
    assert allowance(town, wallet).decision == GIVEN
    town.clock.now = datetime(2026, 12, 31, 22, 58, tzinfo=UTC)  # two minutes before midnight in the municipality
    links = [town.start("income-allowance")["link"] for _ in range(2)]
    town.clock.forward(minutes=2, seconds=30)
    for link in links:
        town.verifier.decisions()  # forgets what is over
        answer = wallet.present(link)
        assert answer.status_code == 200, answer.text
        assert read(town, answer.json()["receipt"]).decision == GIVEN_BEFORE


def test_nothing_is_given_once_by_a_verifier_whose_name_is_an_address(
    build_town: BuildTown, validator: Validator
) -> None:
    town = build_town(validator=validator, settings=changed_settings(client=ClientName.REDIRECT_URI))
    assert [policy.id.name for policy in town.verifier.policies] == ["under-21"]
    fields = {"policy": "income-allowance", "version": "1", "device": "other"}
    assert town.browser.post("/requests", data=fields).status_code == 404


def test_a_browser_that_comes_back_while_its_decision_gives_way_keeps_it(
    postgres_url: str,
    opened: Callable[[str], Store],
    validator: Validator,
    amira: Citizen,
) -> None:
    race = Race(opened(postgres_url), validator, amira)
    race.interrupt("DELETE FROM decision WHERE decision.id", race.come_back)
    race.answer_again()
    assert race.decisions() == [GIVEN, GIVEN_BEFORE]


def test_a_browser_that_comes_back_after_its_decision_gave_way_finds_nothing(
    postgres_url: str,
    opened: Callable[[str], Store],
    validator: Validator,
    amira: Citizen,
) -> None:
    race = Race(opened(postgres_url), validator, amira)
    race.interrupt("UPDATE decision", race.answer_again)
    assert race.come_back() == 404
    assert race.decisions() == [None, GIVEN]


@pytest.mark.parametrize("is_second_faster", [False, True])
def test_one_after_the_other_is_one_allowance(
    is_second_faster: bool,
    database_url: str,
    opened: Callable[[str], Store],
    validator: Validator,
    amira: Citizen,
) -> None:
    race = Race(opened(database_url), validator, amira)
    if is_second_faster:
        race.answer_again()
        assert race.come_back() == 404
        assert race.decisions() == [None, GIVEN]
    else:
        assert race.come_back() == 303
        race.answer_again()
        assert race.decisions() == [GIVEN, GIVEN_BEFORE]


def test_at_the_same_moment_there_is_one_allowance(
    database_url: str,
    opened: Callable[[str], Store],
    validator: Validator,
) -> None:
    store = opened(database_url)
    for _ in range(3):
        race = Race(store, validator, Citizen.of(validator, AMIRA))
        with ThreadPoolExecutor(2) as pool:
            for done in (pool.submit(race.come_back), pool.submit(race.answer_again)):
                done.result()
        assert race.decisions() in ([GIVEN, GIVEN_BEFORE], [None, GIVEN])


class Race:
    """Amira answered one request on her own device; its browser is still to come back when she answers another."""

    def __init__(self, store: Store, validator: Validator, amira: Citizen) -> None:
        self.store = store
        self.town = Town.build(validator=validator, store=store)
        self.wallet = Wallet(amira, self.town)
        self.first, self.second = (self.town.start("income-allowance", "same") for _ in range(2))
        self.back = self._answer(self.first)

    def _answer(self, started: dict[str, Any]) -> str:
        answer = self.wallet.present(started["link"])
        assert answer.status_code == 200, answer.text
        return str(answer.json()["redirect_uri"])

    def come_back(self) -> int:
        """The first browser."""
        return self.town.browser.page(self.back).status_code

    def answer_again(self) -> None:
        """The second answer, and its browser."""
        assert self.town.browser.page(self._answer(self.second)).status_code == 303

    def interrupt(self, statement: str, act: Callable[[], object]) -> None:
        """Do something once, just before the database gets a statement of another transaction."""
        acted: list[str] = []

        def before(connection: object, cursor: object, text: str, *_: object) -> None:
            if not acted and text.startswith(statement):
                acted.append(text)
                act()

        event.listen(self.store._database._engine, "before_cursor_execute", before)

    def decisions(self) -> list[Allowed | Denied | None]:
        """What the two browsers are shown."""
        found: list[Allowed | Denied | None] = []
        for started in (self.first, self.second):
            answer = self.town.browser.get(f"/requests/{started['id']}/receipt")
            found.append(read(self.town, answer.text).decision if answer.status_code == 200 else None)
        return found
