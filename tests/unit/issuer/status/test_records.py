# SPDX-License-Identifier: EUPL-1.2
"""Indexes of status lists: given out once, at random, also to many at the same time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise

import pytest

from issuer.errors import IssuanceRefusedError, RefusalReason
from issuer.model import PersonId
from issuer.service import Desk
from issuer.status.model import IssuedStatus
from issuer.status.store import StatusRecords
from issuer.store import Transaction
from tests.unit.issuer.material import AMIRA, BAS, INCOME_TYPE, START, TODAY

SIZE = 4096


def give(
    desk: Desk, count: int, *, person: PersonId = AMIRA, size: int = SIZE, issuer: str = "did:x"
) -> Sequence[IssuedStatus]:
    """Take indexes for copies of a person's credential."""
    return desk.in_transaction(
        lambda transaction: StatusRecords(transaction, size=size).give_out(
            person, INCOME_TYPE.vct, count, issuer=issuer, issued_at=START, exp=TODAY
        )
    )


def test_gives_every_copy_an_index_of_its_own(office: Desk) -> None:
    given = [status for _ in range(20) for status in give(office, 10)]
    assert len(set(given)) == 200
    assert {status.list_number for status in given} == {1}
    assert all(0 <= status.index < SIZE for status in given)


def test_indexes_are_spread_over_the_list_in_no_order(office: Desk) -> None:
    indexes = [status.index for _ in range(20) for status in give(office, 10)]
    assert indexes != sorted(indexes)
    quarters = [
        sum(quarter * SIZE // 4 <= index < (quarter + 1) * SIZE // 4 for index in indexes) for quarter in range(4)
    ]
    assert min(quarters) > 20  # 50 expected; fewer than 21 happens once in a million runs
    steps = {later - earlier for earlier, later in pairwise(indexes)}
    assert len(steps) > 150


def test_opens_another_list_when_one_is_half_full(office: Desk) -> None:
    given = [status for _ in range(60) for status in give(office, 10, size=512)]
    numbers = {status.list_number for status in given}
    assert len(set(given)) == 600
    assert {1, 2} <= numbers
    with office.store.transaction() as transaction:
        records = StatusRecords(transaction, size=512)
        assert records.count_given_out(1) >= 256
        assert [version.number for version in records.lists()] == sorted(numbers)


def test_an_issuer_has_lists_of_its_own(office: Desk) -> None:
    [first], [second] = give(office, 1), give(office, 1, issuer="did:y")
    assert (first.list_number, second.list_number) == (1, 2)
    with office.store.transaction() as transaction:
        lists = StatusRecords(transaction, size=SIZE).lists()
    assert [version.issuer for version in lists] == ["did:x", "did:y"]


def test_many_at_once_never_share_an_index(office: Desk) -> None:
    """A list of few indexes, so that they draw the same ones all the time."""
    with ThreadPoolExecutor(6) as pool:
        persons = [AMIRA, BAS] * 12
        given = [
            status
            for part in pool.map(lambda person: give(office, 10, person=person, size=1024), persons)
            for status in part
        ]
    assert len(given) == len(set(given)) == 240


def test_what_is_rolled_back_is_free_again(office: Desk) -> None:
    def work(transaction: Transaction) -> None:
        records = StatusRecords(transaction, size=8)
        records.give_out(AMIRA, INCOME_TYPE.vct, 4, issuer="did:x", issued_at=START, exp=date(2026, 6, 1))
        raise IssuanceRefusedError(RefusalReason.UNKNOWN_PERSON)

    with pytest.raises(IssuanceRefusedError):
        office.in_transaction(work)
    with office.store.transaction() as transaction:
        assert StatusRecords(transaction, size=8).lists() == ()


def test_a_full_list_is_closed_and_the_next_one_used(office: Desk) -> None:
    given = [status for _ in range(12) for status in give(office, 4, size=8)]
    assert len(set(given)) == 48
    assert len({status.list_number for status in given}) >= 6
