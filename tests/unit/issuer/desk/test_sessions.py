# SPDX-License-Identifier: EUPL-1.2
"""The cookie of an employee who is logged in: ours, recent, and useless elsewhere."""

from datetime import timedelta

import pytest

from issuer.desk.sessions import IDLE, LONGEST, DeskSession, DeskSessions
from issuer.desk.store import Employee
from tests.unit.issuer.material import Clock

SECRET = bytes(32)


def opened(clock: Clock, *, is_https: bool = True) -> tuple[DeskSessions, DeskSession]:
    sessions = DeskSessions(SECRET, clock, is_https)
    return sessions, sessions.open(Employee("joke", "", epoch=3))


def test_a_session_is_found_again_in_its_cookie() -> None:
    sessions, session = opened(Clock())
    assert sessions.find(sessions.write(session)) == session
    assert (session.name, session.epoch) == ("joke", 3)


def test_a_session_ends_when_nobody_uses_it() -> None:
    clock = Clock()
    sessions, session = opened(clock)
    cookie = sessions.write(session)
    clock.now += IDLE - timedelta(seconds=1)
    renewed = sessions.write(sessions.seen(session))
    clock.now += timedelta(seconds=1)
    assert sessions.find(cookie) is None
    assert sessions.find(renewed) is not None


def test_a_session_ends_after_a_working_day() -> None:
    clock = Clock()
    sessions, session = opened(clock)
    while clock.now < session.started_at + LONGEST:
        assert sessions.find(sessions.write(session)) is not None
        clock.now += timedelta(minutes=20)
        session = sessions.seen(session)
    assert sessions.find(sessions.write(session)) is None


@pytest.mark.parametrize("cookie", [None, "", "x", "x.y", "a.b.c", "\ud800.x", "x" * 5000, "W10.AAAA"], ids=ascii)
def test_what_is_not_ours_is_no_session(cookie: str | None) -> None:
    sessions, _ = opened(Clock())
    assert sessions.find(cookie) is None


def test_every_changed_character_makes_a_cookie_worthless() -> None:
    sessions, session = opened(Clock())
    cookie = sessions.write(session)
    for position in range(0, len(cookie), 7):
        other = "A" if cookie[position] != "A" else "B"
        assert sessions.find(cookie[:position] + other + cookie[position + 1 :]) is None


def test_another_secret_reads_nothing() -> None:
    clock = Clock()
    sessions, session = opened(clock)
    assert DeskSessions(bytes([1]) * 32, clock, True).find(sessions.write(session)) is None
    with pytest.raises(ValueError, match="32 octets"):
        DeskSessions(b"short", clock, True)


def test_a_form_s_token_is_that_of_its_session() -> None:
    sessions, session = opened(Clock())
    other = sessions.open(Employee("siem", ""))
    assert sessions.is_token(session, session.token)
    assert not sessions.is_token(session, other.token)
    assert not sessions.is_token(session, "\ud800")
    assert session.token not in repr(session)


def test_the_cookie_is_tied_to_its_host_where_there_is_https() -> None:
    assert opened(Clock())[0].cookie == "__Host-stuiver-desk"
    assert opened(Clock(), is_https=False)[0].cookie == "stuiver-desk"
