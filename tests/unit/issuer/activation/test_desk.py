# SPDX-License-Identifier: EUPL-1.2
"""What employees do with codes: four eyes, letters, new letters, and a log of it all."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from edge.language import Language
from issuer.activation.errors import ActivationRefusal, ActivationRefusedError, DeskActionError, DeskRefusal
from issuer.activation.model import MAX_BATCH, Action, ActivationState, Approval
from issuer.activation.posting import Letter, Letters, PostRoom
from issuer.errors import SettingsError, StoreBusyError
from issuer.store import Store
from tests.unit.issuer.activation.material import BOTH, JOKE, SECRET, SIEM, Office, other_pin
from tests.unit.issuer.material import AMIRA, BAS, CATO, NOBODY, START


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


def ignore(_: Letters) -> None:
    """Letters that nobody looks at."""


def refused(action: Callable[[], object]) -> DeskRefusal:
    with pytest.raises(DeskActionError) as caught:
        action()
    return caught.value.reason


def states(office: Office) -> list[ActivationState]:
    return [code.state_at(office.clock.now) for code in office.desk.codes()]


def lock(office: Office) -> None:
    [letter] = office.send(AMIRA)
    code = office.code_of(letter)
    for number in (1, 2, 3):
        with pytest.raises(ActivationRefusedError):
            office.service.redeem(code, other_pin(letter, number), office.clock.now)


def is_right(office: Office, code: str, pin: str) -> ActivationRefusal | None:
    try:
        office.service.redeem(code, pin, office.clock.now)
    except ActivationRefusedError as error:
        return error.reason
    return None


def test_a_batch_goes_from_prepared_to_sent(office: Office) -> None:
    batch = office.prepare(AMIRA, BAS)
    assert states(office) == [ActivationState.PREPARED] * 2
    assert office.desk.approve(batch, employee=SIEM) == 2
    assert states(office) == [ActivationState.APPROVED] * 2
    assert office.post_room.make_letters(batch, employee=JOKE, keep=ignore) == 2
    assert states(office) == [ActivationState.SENT] * 2
    [code, _] = office.desk.codes()
    assert (code.sent_at, code.expires_at) == (START, START + timedelta(days=30))
    [kept] = office.desk.batches()
    assert (kept.prepared_by, kept.approved_by) == (JOKE, SIEM)
    assert [(event.action, event.employee) for event in office.desk.log(batch=batch)] == [
        (Action.PREPARED, JOKE),
        (Action.APPROVED, SIEM),
        (Action.LETTER_MADE, JOKE),
        (Action.LETTER_MADE, JOKE),
    ]


def test_who_prepared_a_batch_may_not_approve_it(office: Office) -> None:
    batch = office.prepare(AMIRA)
    assert refused(lambda: office.desk.approve(batch, employee=JOKE)) is DeskRefusal.SAME_EMPLOYEE
    assert states(office) == [ActivationState.PREPARED]


def test_nothing_is_printed_before_it_is_approved(office: Office) -> None:
    batch = office.prepare(AMIRA)

    def make() -> int:
        return office.post_room.make_letters(batch, employee=JOKE, keep=ignore)

    assert refused(make) is DeskRefusal.NOT_APPROVED
    office.desk.approve(batch, employee=SIEM)
    make()
    assert refused(make) is DeskRefusal.NOTHING_TO_PRINT
    assert len(office.mailbox.letters) == 1


def test_a_batch_is_approved_once_although_many_try(office: Office) -> None:
    batch = office.prepare(AMIRA)
    done: list[str] = []

    def attempt(name: str) -> None:
        while True:
            try:
                office.desk.approve(batch, employee=name)
                done.append(name)
            except StoreBusyError:
                continue
            except DeskActionError as error:
                done.append(error.reason.value)
            return

    threads = [threading.Thread(target=attempt, args=(f"employee{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done.count("already_approved") == 5
    assert len([event for event in office.desk.log(batch=batch) if event.action is Action.APPROVED]) == 1


def test_only_persons_with_a_record_and_without_a_code_get_one(office: Office) -> None:
    assert refused(lambda: office.prepare(NOBODY)) is DeskRefusal.UNKNOWN_PERSON
    assert refused(lambda: office.desk.prepare([], employee=JOKE)) is DeskRefusal.EMPTY_BATCH
    many = [Approval(AMIRA, Language.NL, BOTH)] * (MAX_BATCH + 1)
    assert refused(lambda: office.desk.prepare(many, employee=JOKE)) is DeskRefusal.BATCH_TOO_LARGE
    assert refused(lambda: office.prepare(AMIRA, AMIRA)) is DeskRefusal.HAS_OPEN_CODE
    office.prepare(AMIRA)
    assert refused(lambda: office.prepare(BAS, AMIRA)) is DeskRefusal.HAS_OPEN_CODE
    assert len(office.desk.codes()) == 1
    office.prepare(BAS)


def test_a_person_can_get_another_letter_after_the_first_one_ended(office: Office) -> None:
    [letter] = office.send(AMIRA)
    office.service.redeem(office.code_of(letter), letter.pin, office.clock.now)
    office.send(AMIRA)
    office.clock.pass_days(30)
    office.send(AMIRA)
    assert states(office) == [ActivationState.REDEEMED, ActivationState.EXPIRED, ActivationState.SENT]


def test_why_a_person_cannot_get_a_letter_is_said_in_words(office: Office) -> None:
    assert office.desk.refusal_of(AMIRA) is None
    assert "no household record" in (office.desk.refusal_of(NOBODY) or "")
    office.prepare(AMIRA)
    assert "still works" in (office.desk.refusal_of(AMIRA) or "")


def test_a_new_letter_kills_the_old_one(office: Office) -> None:
    [old] = office.send(AMIRA)
    [kept] = office.desk.codes()
    code = office.code_of(old)
    batch = office.desk.resend(kept.id, employee=SIEM, reason=" never arrived ")
    new = replaced(office, batch)
    assert states(office) == [ActivationState.REPLACED, ActivationState.SENT]
    assert office.desk.codes()[1].replaces == kept.id
    assert (new.reference, new.name) != (old.reference, "")
    assert is_right(office, code, old.pin) is ActivationRefusal.WITHDRAWN
    assert is_right(office, office.code_of(new), new.pin) is None
    number = office.desk.codes()[1].id
    assert [event.action for event in office.desk.log(code=number)] == [Action.LETTER_MADE, Action.REDEEMED]
    [_, resent] = office.desk.log(code=kept.id)
    assert (resent.action, resent.employee, resent.reason) == (Action.RESENT, SIEM, "never arrived")


@pytest.mark.parametrize("state", ["locked", "expired"])
def test_a_code_that_no_longer_works_can_be_replaced(office: Office, state: str) -> None:
    lock(office)
    if state == "expired":
        office.clock.pass_days(31)
        office.desk.expire()
    assert states(office) == [ActivationState(state)]
    [kept] = office.desk.codes()
    new = replaced(office, office.desk.resend(kept.id, employee=SIEM, reason="asked for it"))
    assert is_right(office, office.code_of(new), new.pin) is None


def test_a_locked_code_gets_a_new_letter_and_the_old_one_stays_dead(office: Office) -> None:
    lock(office)
    [letter] = office.mailbox.letters
    [kept] = office.desk.codes()
    new = replaced(office, office.desk.unlock(kept.id, employee=SIEM, reason="called us"))
    assert new.reference != letter.reference
    with pytest.raises(ActivationRefusedError):
        office.code_of(letter)
    assert is_right(office, office.code_of(new), new.pin) is None
    assert Action.UNLOCKED in [event.action for event in office.desk.log(code=kept.id)]


@pytest.mark.parametrize("action", ["resend", "unlock"])
def test_one_employee_alone_never_gets_a_new_letter(office: Office, action: str) -> None:
    lock(office)
    [kept] = office.desk.codes()
    batch = getattr(office.desk, action)(kept.id, employee=JOKE, reason="she called")
    assert states(office) == [ActivationState.REPLACED, ActivationState.PREPARED]
    print_it = lambda: office.post_room.make_letters(batch, employee=JOKE, keep=ignore)  # noqa: E731
    assert refused(print_it) is DeskRefusal.NOT_APPROVED
    assert refused(lambda: office.desk.approve(batch, employee=JOKE)) is DeskRefusal.SAME_EMPLOYEE
    assert len(office.mailbox.letters) == 1


def test_an_expired_code_is_not_replaced_beside_one_that_works(office: Office) -> None:
    office.send(AMIRA)
    office.clock.pass_days(31)
    office.send(AMIRA)
    old = office.desk.codes()[0]
    assert refused(lambda: office.desk.resend(old.id, employee=JOKE, reason="x")) is DeskRefusal.HAS_OPEN_CODE
    assert states(office) == [ActivationState.EXPIRED, ActivationState.SENT]


def replaced(office: Office, batch: int) -> Letter:
    """The new letter, after Joke approved what Siem prepared."""
    office.desk.approve(batch, employee=JOKE)
    office.post_room.make_letters(batch, employee=SIEM, keep=ignore)
    return office.mailbox.letters[-1]


def test_what_a_code_s_state_does_not_allow_is_refused(office: Office) -> None:
    [letter] = office.send(AMIRA)
    [kept] = office.desk.codes()
    desk = office.desk
    unlock = lambda: desk.unlock(kept.id, employee=JOKE, reason="x")  # noqa: E731
    resend = lambda: desk.resend(kept.id, employee=JOKE, reason="x")  # noqa: E731
    revoke = lambda: desk.revoke(kept.id, employee=JOKE, reason="x")  # noqa: E731
    assert refused(unlock) is DeskRefusal.WRONG_STATE
    office.service.redeem(office.code_of(letter), letter.pin, office.clock.now)
    assert [refused(action) for action in (unlock, resend, revoke)] == [DeskRefusal.WRONG_STATE] * 3
    assert states(office) == [ActivationState.REDEEMED]


def test_what_is_not_there_is_refused(office: Office) -> None:
    room, desk = office.post_room, office.desk
    assert refused(lambda: desk.approve(7, employee=JOKE)) is DeskRefusal.UNKNOWN_BATCH
    assert refused(lambda: room.make_letters(7, employee=JOKE, keep=ignore)) is DeskRefusal.UNKNOWN_BATCH
    assert refused(lambda: desk.revoke(7, employee=JOKE, reason="x")) is DeskRefusal.UNKNOWN_CODE
    assert refused(lambda: desk.resend(7, employee=JOKE, reason="x")) is DeskRefusal.UNKNOWN_CODE
    assert refused(lambda: desk.unlock(7, employee=JOKE, reason="x")) is DeskRefusal.UNKNOWN_CODE


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501], ids=["empty", "blank", "long"])
def test_ending_a_code_needs_a_reason(office: Office, reason: str) -> None:
    office.send(AMIRA)
    [kept] = office.desk.codes()
    assert refused(lambda: office.desk.revoke(kept.id, employee=JOKE, reason=reason)) is DeskRefusal.REASON_MISSING


def test_a_reason_is_one_line_of_characters_that_show(office: Office) -> None:
    office.send(AMIRA)
    [kept] = office.desk.codes()
    hidden = "\0\n\u200b"
    assert refused(lambda: office.desk.revoke(kept.id, employee=JOKE, reason=hidden)) is DeskRefusal.REASON_MISSING
    office.desk.revoke(kept.id, employee=JOKE, reason="moved\0to\nLeek\t")
    assert office.desk.log(code=kept.id)[-1].reason == "moved to Leek"


def test_an_approver_takes_out_whom_they_do_not_approve(office: Office) -> None:
    batch = office.prepare(AMIRA, CATO)
    cato = office.desk.codes(person=CATO)[0]
    office.desk.revoke(cato.id, employee=SIEM, reason="income too high")
    assert office.desk.approve(batch, employee=SIEM) == 1
    office.post_room.make_letters(batch, employee=SIEM, keep=ignore)
    assert [letter.name for letter in office.mailbox.letters] == ["Amira Haddad"]
    assert states(office) == [ActivationState.SENT, ActivationState.REVOKED]


def test_letters_that_cannot_be_written_are_not_sent(office: Office) -> None:
    batch = office.prepare(AMIRA)
    office.desk.approve(batch, employee=SIEM)

    def fail(_: Letters) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        office.post_room.make_letters(batch, employee=JOKE, keep=fail)
    assert states(office) == [ActivationState.APPROVED]
    [letter] = office.mailbox.letters
    with pytest.raises(ActivationRefusedError):
        office.code_of(letter)


def test_of_two_who_print_at_once_one_does(office: Office) -> None:
    batch = office.prepare(AMIRA)
    office.desk.approve(batch, employee=SIEM)
    room = office.post_room
    both_looked = threading.Barrier(2)
    inner = office.mailbox.print

    class SlowPress:
        def print(self, letters: object) -> Letters:
            both_looked.wait(timeout=20)
            return inner(letters)  # type: ignore[arg-type]

    slow = PostRoom(room.store, room.clock, SECRET, SlowPress())
    results: list[object] = []

    def attempt() -> None:
        try:
            results.append(slow.make_letters(batch, employee=JOKE, keep=ignore))
        except DeskActionError as error:
            results.append(error.reason)

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, results)) == ["1", "wrong_state"]


def test_codes_are_found_by_batch_person_state_and_page(office: Office) -> None:
    office.send(AMIRA, BAS)
    second = office.prepare(CATO)
    assert [code.person for code in office.desk.codes(batch=second)] == [CATO]
    assert [code.person for code in office.desk.codes(person=BAS)] == [BAS]
    assert [code.person for code in office.desk.codes(state=ActivationState.SENT)] == [AMIRA, BAS]
    [first] = office.desk.codes(most=1)
    assert [code.person for code in office.desk.codes(most=1, after=first.id)] == [BAS]
    office.clock.pass_days(30)
    assert office.desk.codes(state=ActivationState.SENT) == ()
    assert [code.person for code in office.desk.codes(state=ActivationState.EXPIRED)] == [AMIRA, BAS]


@pytest.mark.parametrize("days", [0, 367])
def test_codes_work_a_day_to_a_year(office: Office, days: int) -> None:
    with pytest.raises(SettingsError):
        PostRoom(office.store, office.clock, SECRET, office.mailbox, timedelta(days=days))


def test_nothing_personal_shows_in_a_representation(office: Office) -> None:
    [letter] = office.send(AMIRA)
    shown = repr((letter, office.desk.codes(), office.desk.log(), office.post_room, office.service))
    assert not [secret for secret in ("amira", "Haddad", "Hoofdstraat", letter.pin, SECRET.hex()) if secret in shown]
