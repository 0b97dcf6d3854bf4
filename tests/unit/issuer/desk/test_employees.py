# SPDX-License-Identifier: EUPL-1.2
"""Employees: who they are is proved by a passphrase, and guessing is slow."""

from datetime import timedelta

import pytest

from issuer.activation.desk import ActivationDesk
from issuer.activation.model import Action
from issuer.desk.employees import FAILURES, PAUSE, Employees, PassphraseWork
from issuer.desk.errors import EmployeeError, EmployeeRefusal
from issuer.store import Store
from tests.unit.issuer.material import Clock

PASSPHRASE = "four words of hers"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def employees(store: Store, clock: Clock) -> Employees:
    made = Employees(store, clock, PassphraseWork.SMALL)
    made.add("joke", PASSPHRASE)
    return made


def refusal(employees: Employees, name: str, passphrase: str) -> EmployeeRefusal:
    with pytest.raises(EmployeeError) as caught:
        employees.log_in(name, passphrase)
    return caught.value.reason


def test_who_has_the_passphrase_is_let_in(employees: Employees) -> None:
    assert employees.log_in("joke", PASSPHRASE).name == "joke"
    assert employees.names() == ("joke",)


@pytest.mark.parametrize("passphrase", ["", "wrong", "x" * 5000, "\ud800", PASSPHRASE + " "], ids=len)
def test_another_passphrase_is_refused(employees: Employees, passphrase: str) -> None:
    assert refusal(employees, "joke", passphrase) is EmployeeRefusal.LOG_IN_REFUSED


@pytest.mark.parametrize("name", ["siem", "Joke", "", "joke\x00", "\ud800"], ids=ascii)
def test_an_unknown_name_gets_the_same_answer(employees: Employees, name: str) -> None:
    assert refusal(employees, name, PASSPHRASE) is EmployeeRefusal.LOG_IN_REFUSED


def test_five_wrong_passphrases_pause_a_name(employees: Employees, clock: Clock) -> None:
    for _ in range(FAILURES):
        refusal(employees, "joke", "wrong")
    assert refusal(employees, "joke", PASSPHRASE) is EmployeeRefusal.LOG_IN_REFUSED
    clock.now += PAUSE - timedelta(seconds=1)
    assert refusal(employees, "joke", PASSPHRASE) is EmployeeRefusal.LOG_IN_REFUSED
    clock.now += timedelta(seconds=1)
    assert employees.log_in("joke", PASSPHRASE).name == "joke"


def test_four_wrong_ones_are_forgotten_after_a_right_one(employees: Employees) -> None:
    for _ in range(2):
        for _ in range(FAILURES - 1):
            refusal(employees, "joke", "wrong")
        employees.log_in("joke", PASSPHRASE)


def test_who_has_left_is_not_let_in_and_the_name_stays_taken(employees: Employees) -> None:
    employees.remove("joke")
    assert refusal(employees, "joke", PASSPHRASE) is EmployeeRefusal.LOG_IN_REFUSED
    assert employees.names() == ()
    with pytest.raises(EmployeeError) as caught:
        employees.add("joke", PASSPHRASE)
    assert caught.value.reason is EmployeeRefusal.EXISTS


def test_a_new_passphrase_does_not_let_in_again_who_has_left(employees: Employees) -> None:
    employees.remove("joke")
    with pytest.raises(EmployeeError) as caught:
        employees.change_passphrase("joke", "another one of hers")
    assert caught.value.reason is EmployeeRefusal.HAS_LEFT
    assert employees.names() == ()
    assert refusal(employees, "joke", "another one of hers") is EmployeeRefusal.LOG_IN_REFUSED


def test_a_new_passphrase_takes_the_place_of_the_old_one(employees: Employees) -> None:
    before = employees.log_in("joke", PASSPHRASE)
    for _ in range(FAILURES):
        refusal(employees, "joke", "wrong")
    employees.change_passphrase("joke", "another one of hers")
    assert refusal(employees, "joke", PASSPHRASE) is EmployeeRefusal.LOG_IN_REFUSED
    assert employees.log_in("joke", "another one of hers").epoch > before.epoch


@pytest.mark.parametrize("name", ["", "j", "Joke", "jöke", "1joke", "joke siem", "j" * 41, "joke\n"])
def test_names_that_look_alike_or_odd_are_refused(employees: Employees, name: str) -> None:
    with pytest.raises(EmployeeError) as caught:
        employees.add(name, PASSPHRASE)
    assert caught.value.reason is EmployeeRefusal.BAD_NAME


@pytest.mark.parametrize("passphrase", ["", "eleven char", "x" * 1025], ids=len)
def test_short_and_endless_passphrases_are_refused(employees: Employees, passphrase: str) -> None:
    with pytest.raises(EmployeeError) as caught:
        employees.add("siem", passphrase)
    assert caught.value.reason is EmployeeRefusal.SHORT_PASSPHRASE
    with pytest.raises(EmployeeError):
        employees.change_passphrase("joke", passphrase)


def test_who_is_not_there_cannot_be_changed(employees: Employees) -> None:
    with pytest.raises(EmployeeError) as caught:
        employees.remove("siem")
    assert caught.value.reason is EmployeeRefusal.UNKNOWN
    with pytest.raises(EmployeeError) as caught:
        employees.change_passphrase("siem", PASSPHRASE)
    assert caught.value.reason is EmployeeRefusal.UNKNOWN


def test_changes_are_logged_and_passphrases_are_not_kept(employees: Employees, clock: Clock) -> None:
    employees.change_passphrase("joke", "another one of hers")
    employees.remove("joke")
    log = ActivationDesk(employees.store, clock).log()
    assert [(event.action, event.reason) for event in log] == [
        (Action.EMPLOYEE_ADDED, "joke"),
        (Action.EMPLOYEE_CHANGED, "joke"),
        (Action.EMPLOYEE_REMOVED, "joke"),
    ]
    kept = employees.find("joke")
    assert kept is not None
    assert kept.passphrase_hash.startswith("$argon2id$")
    assert "argon2id" not in repr(kept)
