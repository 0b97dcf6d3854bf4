# SPDX-License-Identifier: EUPL-1.2
"""A telephone is lost: the 24 words bring the tasks and the earnings book back, from what everybody can read."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from holder.earning.board import BoardView
from holder.refusals import ProgrammeFormatError
from programmable_money.chain import Chain
from tests.flows.earning import Town


@pytest.fixture
def town(chain: Chain, tmp_path: Path) -> Iterator[Town]:
    opened = Town.open(chain, tmp_path)
    yield opened
    opened.close()


def _worked(town: Town) -> None:
    """Amira collected one task that spans two slots and spent of it, was awarded another, and has a third to do."""
    amira, bas = town.citizen("amira"), town.citizen("bas")
    large = town.publish("Muur schilderen", quarter_hours=44)
    together = town.publish("Plein vegen", quarter_hours=8)
    town.earn(large, amira)
    town.collect(amira, large)
    town.earn(together, amira, bas, parts=(500, 500))
    town.collect(bas, together)
    town.choose(town.publish("Bank verven"), amira)


def test_the_24_words_bring_tasks_and_book_back(town: Town) -> None:
    _worked(town)
    amira = town.wallets["amira"]
    amira.earning.learn(town.view(), now=town.now)
    full = next(line for line in amira.earning.book if line.cents == 5_000)
    coins = town.view().coins.in_slot(full.scope.slot or 0)
    town.pay(amira.sign_permit(coins, 450, now=town.now), 450)
    before, work = amira.earning.book, amira.earning.work
    statement = amira.earning.statement(town.view(), town.now.year)

    again = town.lose_telephone("amira")
    assert (again.earning.book, again.earning.work) == ((), ())
    found = again.earning.restore(town.view(), now=town.now)

    assert [one.task for one in found] == [1, 2, 3]
    pairs = zip(found, work, strict=True)
    assert [replace(one, chosen_at=two.chosen_at, collect_at=two.collect_at) for one, two in pairs] == list(work)
    lines = again.earning.book
    assert [replace(one, at=two.at) for one, two in zip(lines, before, strict=True)] == list(before)
    assert again.earning.statement(town.view(), town.now.year).cents == statement.cents == 5_500
    balances = {account.scope: account.balance for account in again.accounts}
    assert balances.pop(coins) == 5_000 - 450
    assert list(balances.values()) == [500]
    assert again.earning.restore(town.view(), now=town.now) == ()
    assert again.earning.book == lines


def test_a_restored_wallet_goes_on_with_the_slots_that_have_room(town: Town) -> None:
    _worked(town)
    again = town.lose_telephone("amira")
    again.earning.restore(town.view(), now=town.now)
    full = {line.slot for line in again.earning.book if line.cents == 5_000}
    done = town.collect(again, 2)
    assert done
    assert not {plan.earned.slot for plan, _ in done} & full
    assert sum(plan.earned.seconds for plan, _ in done) == 4 * 900
    town.check_books()


def test_another_wallet_finds_nothing_of_it(town: Town) -> None:
    _worked(town)
    cato = town.citizen("cato")
    assert cato.earning.restore(town.view(), now=town.now) == ()
    assert (cato.earning.book, cato.earning.work, cato.accounts) == ((), (), ())


def _another(content: dict[str, Any], name: str) -> int:
    """Another slot of the same year; wallets take theirs at random."""
    return int(content["collected"][0][name]) ^ 1


PLANTED: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({"cents": 4_999}, "cents"),
    ({"seconds": 900, "total": 900}, "cents"),
    ({"account": "0x" + "11" * 20}, "account"),
    ({"slot": None}, "account"),
    ({"terms": 2}, "terms"),
    ({"total": 1}, "total"),
)
"""What a line is changed into, and the field that is refused."""


def test_a_planted_line_is_refused_and_nothing_is_written(town: Town) -> None:
    _worked(town)
    again = town.lose_telephone("amira")
    described = town.followed.describe()
    for changes, field in PLANTED:
        content = json.loads(described)
        line = content["collected"][0]
        line |= {name: _another(content, name) if to is None else to for name, to in changes.items()}
        with pytest.raises(ProgrammeFormatError, match=rf"collected\.0\.{field}"):
            again.earning.restore(BoardView.from_json(json.dumps(content).encode()), now=town.now)
        assert (again.earning.book, again.earning.work) == ((), ())


def test_a_slot_above_its_cap_is_refused(town: Town) -> None:
    _worked(town)
    again = town.lose_telephone("amira")
    content = json.loads(town.followed.describe())
    first = content["collected"][0]
    content["collected"].insert(1, first | {"total": 2 * first["total"]})
    with pytest.raises(ProgrammeFormatError, match=r"collected\.1\.cents"):
        again.earning.restore(BoardView.from_json(json.dumps(content).encode()), now=town.now)
