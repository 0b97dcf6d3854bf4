# SPDX-License-Identifier: EUPL-1.2
"""Redeeming a letter: once, with its PIN, in time, and nothing that helps who guesses."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from issuer.activation.errors import ActivationRefusal, ActivationRefusedError
from issuer.activation.model import Action, ActivationState, Redeemed, Refused
from issuer.activation.posting import Letter
from issuer.activation.service import ActivationService
from issuer.errors import StoreBusyError
from issuer.model import PersonId
from issuer.store import ConflictError, Store, Transaction
from ssi.openid.offer import OfferReference, parse_offer_link
from tests.unit.issuer.activation.material import CONFIGURATIONS, ISSUER, JOKE, SECRET, Office, other_pin
from tests.unit.issuer.material import AMIRA, BAS, CATO, START

IDS = ("household-income-sd-jwt", "household-income-bbs", "age-sd-jwt", "age-bbs")


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


def refusal(office: Office, code: str, pin: str | None) -> ActivationRefusal:
    with pytest.raises(ActivationRefusedError) as caught:
        office.service.redeem(code, pin, office.clock.now)
    return caught.value.reason


def test_a_letter_is_redeemed_once(office: Office) -> None:
    [letter] = office.send(AMIRA)
    code = office.code_of(letter)
    office.clock.now += timedelta(days=29)
    assert office.service.redeem(code, letter.pin, office.clock.now) == Redeemed(AMIRA, IDS)
    assert refusal(office, code, letter.pin) is ActivationRefusal.REDEEMED
    [kept] = office.desk.codes()
    assert (kept.state, kept.redeemed_at) == (ActivationState.REDEEMED, office.clock.now)


def test_the_qr_code_refers_to_the_offer_and_has_no_code_in_it(office: Office) -> None:
    [letter] = office.send(AMIRA)
    assert letter.reference is not None
    link = office.service.offer_link(letter.reference)
    assert parse_offer_link(link) == OfferReference(f"{ISSUER}/offers/{letter.reference}")
    offer = office.service.offer_at(letter.reference, START)
    assert offer.credential_configuration_ids == IDS
    assert offer.pre_authorized_code is not None
    assert offer.pre_authorized_code.pre_authorized_code not in link
    assert letter.pin not in str(offer.to_json())
    described = offer.pre_authorized_code.tx_code
    assert described is not None
    assert described.to_json() == {
        "input_mode": "numeric",
        "length": 6,
        "description": "De pincode van 6 cijfers in uw brief",
    }
    by_value = office.service.offer_link_by_value(letter.reference, letter.language, letter.credentials)
    assert parse_offer_link(by_value) == offer


def test_an_offer_is_there_as_long_as_the_letter_works(office: Office) -> None:
    [letter] = office.send(AMIRA)
    assert letter.reference is not None
    with pytest.raises(ActivationRefusedError) as caught:
        office.service.offer_at("x" * 43, START)
    assert caught.value.reason is ActivationRefusal.NOT_VALID
    with pytest.raises(ActivationRefusedError) as caught:
        office.service.offer_at(letter.reference, letter.expires_at)
    assert caught.value.reason is ActivationRefusal.EXPIRED


def test_three_wrong_pins_lock_the_code_and_the_right_one_comes_too_late(office: Office) -> None:
    [letter] = office.send(AMIRA)
    code = office.code_of(letter)
    answers = [refusal(office, code, other_pin(letter, number)) for number in (1, 2, 3)]
    assert answers == [ActivationRefusal.NOT_VALID, ActivationRefusal.NOT_VALID, ActivationRefusal.LOCKED]
    assert refusal(office, code, letter.pin) is ActivationRefusal.LOCKED
    [kept] = office.desk.codes(state=ActivationState.LOCKED)
    assert kept.wrong_pins == 3
    assert office.desk.log(code=kept.id)[-1].action is Action.LOCKED


def test_wrong_pins_of_one_code_do_not_lock_another(office: Office) -> None:
    amira, bas = office.send(AMIRA, BAS)
    code = office.code_of(amira)
    for number in (1, 2, 3):
        refusal(office, code, other_pin(amira, number))
    assert office.service.redeem(office.code_of(bas), bas.pin, START).person == BAS


@pytest.mark.parametrize("pin", [None, "", "12345", "1234567", "12345a", "１２３４５６", "12345\ud800", "x" * 10_000])
def test_what_cannot_be_a_pin_is_refused_and_is_no_guess(office: Office, pin: str | None) -> None:
    [letter] = office.send(AMIRA)
    for _ in range(4):
        assert refusal(office, office.code_of(letter), pin) is ActivationRefusal.NOT_VALID
    assert office.service.redeem(office.code_of(letter), letter.pin, START).person == AMIRA


@pytest.mark.parametrize("code", ["", "x", "A" * 43, "\ud800", "x" * 100_000], ids=len)
def test_an_unknown_code_is_refused_like_a_wrong_pin(office: Office, code: str) -> None:
    assert refusal(office, code, "123456") is ActivationRefusal.NOT_VALID


def test_a_code_ends_with_its_time(office: Office) -> None:
    [letter] = office.send(AMIRA)
    code = office.code_of(letter)
    office.clock.now = START + timedelta(days=30)
    assert refusal(office, code, letter.pin) is ActivationRefusal.EXPIRED
    assert [kept.state_at(office.clock.now) for kept in office.desk.codes()] == [ActivationState.EXPIRED]
    assert office.desk.expire() == 1
    assert office.desk.expire() == 0
    assert [kept.state for kept in office.desk.codes(state=ActivationState.EXPIRED)] == [ActivationState.EXPIRED]


def test_a_revoked_code_is_dead(office: Office) -> None:
    [letter] = office.send(CATO)
    code = office.code_of(letter)
    [kept] = office.desk.codes()
    office.desk.revoke(kept.id, employee=JOKE, reason="moved away")
    assert refusal(office, code, letter.pin) is ActivationRefusal.WITHDRAWN


def statements(office: Office, code: str, pin: str) -> list[str]:
    """The statements that an attempt runs, without their values."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = office.store._database._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert refusal(office, code, pin) is ActivationRefusal.NOT_VALID
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen


def test_a_wrong_pin_and_an_unknown_code_cost_the_same_work(office: Office) -> None:
    [letter] = office.send(AMIRA)
    known = statements(office, office.code_of(letter), other_pin(letter))
    unknown = statements(office, "A" * 43, other_pin(letter))
    assert known == unknown
    assert sum("UPDATE" in statement.upper().split()[:1] for statement in known) == 1


def test_a_wave_of_wrong_pins_stops_everybody_until_the_next_minute(office: Office) -> None:
    amira, bas = office.send(AMIRA, BAS)
    service = ActivationService(office.store, SECRET, ISSUER, CONFIGURATIONS, wrong_pins_per_minute=2)
    now = office.clock.now.replace(second=20)
    code = office.code_of(amira)
    for number in (1, 2):
        with pytest.raises(ActivationRefusedError):
            service.redeem(code, other_pin(amira, number), now)
    with pytest.raises(ActivationRefusedError) as caught:
        service.redeem(office.code_of(bas), bas.pin, now)
    assert (caught.value.reason, caught.value.retry_after) == (ActivationRefusal.TOO_MANY_ATTEMPTS, 40)
    assert service.redeem(office.code_of(bas), bas.pin, now + timedelta(seconds=40)).person == BAS


def test_guesses_of_codes_stop_nobody(office: Office) -> None:
    [letter] = office.send(AMIRA)
    service = ActivationService(office.store, SECRET, ISSUER, CONFIGURATIONS, wrong_pins_per_minute=2)
    for number in range(5):
        with pytest.raises(ActivationRefusedError):
            service.redeem(f"guess {number}", "123456", START)
    assert service.redeem(office.code_of(letter), letter.pin, START).person == AMIRA


def test_what_hangs_on_the_redemption_stands_or_falls_with_it(office: Office) -> None:
    [letter] = office.send(AMIRA)
    code, granted = office.code_of(letter), list[PersonId]()

    def fail(_: Transaction, redeemed: Redeemed) -> None:
        raise OSError("the grant could not be kept")

    with pytest.raises(OSError, match="grant"):
        office.service.redeem(code, letter.pin, START, and_then=fail)
    office.service.redeem(code, letter.pin, START, and_then=lambda _, redeemed: granted.append(redeemed.person))
    assert granted == [AMIRA]


def test_who_is_always_slower_is_told_that_the_desk_is_busy(office: Office) -> None:
    [letter] = office.send(AMIRA)

    def lose(_: Transaction, redeemed: Redeemed) -> None:
        raise ConflictError

    with pytest.raises(StoreBusyError):
        office.service.redeem(office.code_of(letter), letter.pin, START, and_then=lose)
    assert [kept.state for kept in office.desk.codes()] == [ActivationState.SENT]


def attempts(office: Office, code: str, pins: list[str]) -> list[str]:
    """What so many wallets are told that try at the same moment."""
    barrier, answers = threading.Barrier(len(pins)), list[str]()

    def attempt(pin: str) -> None:
        barrier.wait()
        for _ in range(50):
            try:
                answers.append(office.service.redeem(code, pin, START).person)
            except ActivationRefusedError as error:
                answers.append(error.reason.value)
            except StoreBusyError:
                continue
            return

    threads = [threading.Thread(target=attempt, args=(pin,)) for pin in pins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


def test_of_many_redemptions_at_once_exactly_one_wins(office: Office) -> None:
    for person in (AMIRA, BAS, CATO):
        [letter] = office.send(person)
        answers = attempts(office, office.code_of(letter), [letter.pin] * 8)
        assert answers == sorted([person, *["redeemed"] * 7])


def test_of_many_wrong_pins_at_once_three_are_tried(office: Office) -> None:
    [letter] = office.send(AMIRA)
    answers = attempts(office, office.code_of(letter), [other_pin(letter, number) for number in range(1, 9)])
    assert answers == sorted([*["locked"] * 6, *["not_valid"] * 2])
    [kept] = office.desk.codes()
    assert (kept.state, kept.wrong_pins) == (ActivationState.LOCKED, 3)


def test_a_refusal_inside_the_callers_transaction_is_a_value_and_counts(office: Office) -> None:
    [letter] = office.send(AMIRA)
    code = office.code_of(letter)
    with office.store.transaction() as transaction:
        refused = office.service.redeem_in(transaction, code, other_pin(letter), START)
    assert refused == Refused(ActivationRefusal.NOT_VALID)
    assert [kept.wrong_pins for kept in office.desk.codes()] == [1]


def test_the_database_has_neither_code_nor_pin_nor_reference(office: Office) -> None:
    letters: list[Letter] = office.send(AMIRA)
    secrets = [letters[0].pin, letters[0].reference or "", office.code_of(letters[0])]
    with office.store.transaction() as transaction:
        connection = transaction.database.connection()
        rows = [
            tuple(row)
            for table in ("activation_batch", "activation_code", "activation_event", "activation_attempts")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 - names of our own
        ]
    shown = repr([[bytes(value) if isinstance(value, memoryview) else value for value in row] for row in rows])
    assert AMIRA in shown
    assert not [secret for secret in secrets if secret in shown]
    assert not [secret for secret in secrets if secret in repr(letters)]


def test_a_short_secret_is_a_mistake(office: Office) -> None:
    with pytest.raises(ValueError, match="32 octets"):
        ActivationService(office.store, b"short", ISSUER, CONFIGURATIONS)
