# SPDX-License-Identifier: EUPL-1.2
"""Opening a database, reading beside a writer, and what an error means; on SQLite and PostgreSQL."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import column, select, table, text
from sqlalchemy.exc import DatabaseError

from edge.database import IN_MEMORY, JOURNALLED, NoDatabaseError, Trouble, open_engine, reading, trouble_of


@pytest.mark.parametrize("url", ["", "money.db", "oracle://host/name", "nosuch://host"])
def test_what_is_no_database_is_refused(url: str) -> None:
    with pytest.raises(NoDatabaseError):
        open_engine(url)


def test_a_database_in_memory_is_one_for_all_its_connections() -> None:
    engine = open_engine(IN_MEMORY)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO kept VALUES (1)"))
    with reading(engine).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 1
    engine.dispose()


def test_a_commit_is_on_the_disk_and_settings_can_be_added(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'role.db'}", pragmas=(*JOURNALLED, "secure_delete = ON"))
    with engine.connect() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    engine.dispose()


def test_who_reads_does_not_wait_for_who_writes(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (id INTEGER PRIMARY KEY)"))
    with engine.begin() as writer:
        writer.execute(text("INSERT INTO kept VALUES (1)"))
        with reading(engine).connect() as reader:
            assert reader.execute(text("SELECT count(*) FROM kept")).scalar_one() == 0
    engine.dispose()


def test_the_same_row_twice_is_a_conflict(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO kept VALUES (1)"))
    with pytest.raises(DatabaseError) as caught, engine.begin() as connection:
        connection.execute(text("INSERT INTO kept VALUES (1)"))
    assert trouble_of(caught.value) is Trouble.CONFLICT
    with pytest.raises(DatabaseError) as caught, engine.begin() as connection:
        connection.execute(text("SELECT * FROM nothing"))
    assert trouble_of(caught.value) is Trouble.DAMAGED
    engine.dispose()


def test_a_database_that_stays_locked_is_busy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'role.db'}"
    engine, impatient = open_engine(url), open_engine(url, wait=0)
    with (
        engine.begin(),
        pytest.raises(DatabaseError) as caught,
        impatient.begin(),
    ):
        pass
    assert trouble_of(caught.value) is Trouble.BUSY
    engine.dispose()
    impatient.dispose()


def test_of_two_that_read_and_then_write_none_writes_over_the_other(empty_database_url: str) -> None:
    """On PostgreSQL by a lock on the row, on SQLite because a transaction that may write is alone."""
    engine, counter = open_engine(empty_database_url), table("counter", column("n"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (1, 0)"))
    read = select(counter.c.n).with_for_update()  # which SQLite does not know, and does not need

    def count() -> None:
        for _ in range(10):
            with engine.begin() as mine:
                n = mine.execute(read).scalar_one()
                mine.execute(text("UPDATE counter SET n = :n WHERE id = 1"), {"n": n + 1})

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar_one() == 30
    engine.dispose()
