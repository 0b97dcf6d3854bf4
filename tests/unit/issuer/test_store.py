# SPDX-License-Identifier: EUPL-1.2
"""The validator's database: what the tables themselves hold, and what is kept when something fails."""

import stat
import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from issuer.errors import StoreDamagedError
from issuer.model import UNPINNED, Pin, Session
from issuer.store import ConflictError, Store
from tests.unit.issuer.material import AMIRA, BAS, CATO, NOBODY, START, file_of, households, open_store, read_file

PIN = Pin(b"\x01" * 48, date(2026, 1, 2), is_recovering=False, valid_until=date(2026, 5, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.sqlite"


@pytest.fixture
def store(store: Store) -> Store:
    """With the cast's records."""
    with store.transaction() as transaction:
        transaction.save_households(households())
    return store


def test_gives_back_what_was_saved(store: Store, database_url: str) -> None:
    with store.transaction() as transaction:
        transaction.save_pin(AMIRA, PIN, replacing=UNPINNED)
    again = Store.at_url(database_url)
    with again.transaction() as transaction:
        assert transaction.find_household(AMIRA) == households()[0]
        assert transaction.find_household(NOBODY) is None
        assert transaction.persons() == (AMIRA, BAS, CATO)
        assert transaction.pin(AMIRA) == PIN
        assert transaction.pin(CATO) == UNPINNED
        assert transaction.is_pinned_elsewhere(PIN.issuance_pseudonym or b"", CATO)
        assert not transaction.is_pinned_elsewhere(PIN.issuance_pseudonym or b"", AMIRA)
    again.close()


def test_the_table_holds_a_wallet_once(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.save_pin(AMIRA, PIN, replacing=UNPINNED)
    with pytest.raises(ConflictError), store.transaction() as transaction:
        transaction.save_pin(CATO, PIN, replacing=UNPINNED)
    with store.transaction() as transaction:
        assert transaction.pin(CATO) == UNPINNED
        assert transaction.count_pins() == 1


def test_many_records_may_be_without_a_wallet(store: Store) -> None:
    with store.transaction() as transaction:
        for person in (AMIRA, CATO):
            transaction.save_pin(person, replace(PIN, issuance_pseudonym=None), replacing=UNPINNED)
        assert transaction.count_pins() == 0


def test_a_pin_and_a_session_need_a_record(store: Store) -> None:
    with pytest.raises(ConflictError), store.transaction() as transaction:
        transaction.save_pin(NOBODY, PIN, replacing=UNPINNED)
    with pytest.raises(ConflictError), store.transaction() as transaction:
        transaction.add_session(Session(NOBODY, bytes(32), START))


def test_a_nonce_is_given_once_and_spent_once(store: Store) -> None:
    session = Session(AMIRA, bytes(32), START + timedelta(hours=1))
    with store.transaction() as transaction:
        transaction.add_session(session)
        assert transaction.find_session(session.nonce) == session
    with pytest.raises(ConflictError), store.transaction() as transaction:
        transaction.add_session(replace(session, person=CATO))
    with store.transaction() as transaction:
        assert transaction.spend_session(session.nonce, START)
        assert not transaction.spend_session(session.nonce, START)
    with store.transaction() as transaction:
        assert transaction.find_session(session.nonce) == replace(session, used_at=START)


def test_nothing_of_a_failed_transaction_is_kept(store: Store) -> None:
    def work() -> None:
        with store.transaction() as transaction:
            transaction.save_pin(AMIRA, PIN, replacing=UNPINNED)
            transaction.add_session(Session(AMIRA, bytes(32), START))
            raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        work()
    with store.transaction() as transaction:
        assert transaction.pin(AMIRA) == UNPINNED
        assert transaction.find_session(bytes(32)) is None


def test_who_reads_first_writes_first(store: Store) -> None:
    """The second transaction waits, and then sees what the first wrote: no decision rests on an old pin."""
    seen: list[Pin] = []
    entered = threading.Event()

    def second() -> None:
        entered.wait()
        with store.transaction() as transaction:
            transaction.lock_person(AMIRA)
            seen.append(transaction.pin(AMIRA))

    thread = threading.Thread(target=second)
    thread.start()
    with store.transaction() as transaction:
        transaction.lock_person(AMIRA)
        transaction.pin(AMIRA)
        entered.set()
        thread.join(0.2)
        assert seen == []
        transaction.save_pin(AMIRA, PIN, replacing=UNPINNED)
    thread.join()
    assert seen == [PIN]


def test_importing_again_updates_records_and_leaves_pins(store: Store) -> None:
    changed = replace(households()[0], income_cents=5)
    new = replace(changed, person=NOBODY)
    with store.transaction() as transaction:
        transaction.save_pin(AMIRA, PIN, replacing=UNPINNED)
        assert transaction.save_households([changed, new]) == 1
        assert transaction.save_households([changed, new]) == 0
    with store.transaction() as transaction:
        assert transaction.find_household(AMIRA) == changed
        assert transaction.find_household(CATO) == households()[2]
        assert transaction.pin(AMIRA) == PIN


def test_many_records_are_saved_with_progress(store: Store) -> None:
    lines = [f"p{n},Name,1989-04-12,Street 1,single_21_plus,1.00,0,GM1969" for n in range(2500)]
    seen: list[tuple[int, int]] = []
    with store.transaction() as transaction:
        records = read_file(file_of(*lines)).households
        assert transaction.save_households(records, lambda done, total: seen.append((done, total))) == 2500
    assert seen == [(1000, 2500), (2000, 2500), (2500, 2500)]


def test_times_after_2038_are_kept(store: Store) -> None:
    late = Session(AMIRA, b"n" * 32, START.replace(year=2100))
    with store.transaction() as transaction:
        transaction.add_session(late)
    with store.transaction() as transaction:
        assert transaction.find_session(late.nonce) == late


def test_only_the_owner_may_read_the_file(path: Path) -> None:
    Store.at(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_tables_have_no_claims_beside_the_record(empty_database_url: str) -> None:
    open_store(empty_database_url).close()
    engine = create_engine(empty_database_url)
    tables = {
        name: " ".join(column["name"] for column in inspect(engine).get_columns(name))
        for name in inspect(engine).get_table_names()
    }
    engine.dispose()
    assert {"person", "pin", "session", "credential", "recovery"} <= tables.keys()
    for name, columns in tables.items():  # those of the slices too
        assert name == "person" or not any(
            word in columns for word in ("income", "norm", "children", "birth", "entropy", "disclosure")
        )


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreDamagedError):
        Store.at(broken)


def test_a_database_in_memory_serves_a_demonstration() -> None:
    store = Store.in_memory()
    with store.transaction() as transaction:
        transaction.save_households(households())
    with store.transaction() as transaction:
        assert len(transaction.persons()) == 3
    store.close()


def test_a_pin_is_written_only_in_the_place_of_the_one_that_was_read(store: Store) -> None:
    """Two transactions that read the same pin, on a database that lets both go on: the second is refused."""
    recovering = replace(PIN, issuance_pseudonym=None, is_recovering=True)
    with store.transaction() as transaction:
        transaction.save_pin(AMIRA, recovering, replacing=UNPINNED)
    with store.transaction() as transaction:
        transaction.save_pin(AMIRA, PIN, replacing=recovering)
        assert transaction.pin(AMIRA) == PIN
    for stale in (recovering, UNPINNED):
        with pytest.raises(ConflictError), store.transaction() as transaction:
            transaction.save_pin(AMIRA, replace(PIN, issuance_pseudonym=bytes(48)), replacing=stale)
    with store.transaction() as transaction:
        assert transaction.pin(AMIRA) == PIN
