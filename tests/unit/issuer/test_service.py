# SPDX-License-Identifier: EUPL-1.2
"""The desk under attack: sessions, pins, recovery, and wallets that race (issuance.md section 3)."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from issuer.errors import IssuanceRefusedError, RefusalReason, SettingsError, StoreBusyError, UnknownTypeError
from issuer.keys import ValidatorKeys
from issuer.model import PersonId
from issuer.service import Desk
from issuer.store import ConflictError, Store, Transaction
from ssi.bbs.suite import random_scalar
from ssi.credential.issuance import HeldCredential, Issuance, accept
from ssi.credential.pinning import PendingRequest, request_issuance
from ssi.credential.types import CredentialType
from ssi.errors import Reason, VerificationError
from tests.unit.issuer.material import (
    AGE_TYPE,
    AMIRA,
    BAS,
    CATO,
    DID,
    INCOME_TYPE,
    NOBODY,
    START,
    TYPES,
    VALIDATOR,
    Clock,
    desk,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def town(store: Store, clock: Clock) -> Desk:
    return desk(store, clock)


class ContestedStore(Store):
    """A store in which somebody else is faster a few times: the transaction is undone when it would be kept."""

    def __init__(self, store: Store, conflicts: int) -> None:
        self._store = store
        self._conflicts = conflicts

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._store.transaction() as transaction:
            yield transaction
            if self._conflicts:
                self._conflicts -= 1
                raise ConflictError


def ask(secret: int, nonce: bytes) -> PendingRequest:
    """What a wallet makes of a session."""
    return request_issuance(secret, validator=DID, nonce=nonce)


def held(town: Desk, issuance: Issuance, pending: PendingRequest, kind: CredentialType = INCOME_TYPE) -> HeldCredential:
    return accept(issuance, pending, TYPES, town.keys.public_key(kind))


def issued(town: Desk, person: PersonId, secret: int, kind: CredentialType = INCOME_TYPE) -> HeldCredential:
    """A whole issuance: session, request, credential, accepted by the wallet."""
    session = town.open_session(person)
    pending = ask(secret, session.nonce)
    return held(town, town.issue(person, session.nonce, pending.request.to_octets(), kind), pending, kind)


def refusal(town: Desk, person: PersonId, nonce: bytes, request: bytes) -> RefusalReason:
    with pytest.raises(IssuanceRefusedError) as refused:
        town.issue(person, nonce, request, INCOME_TYPE)
    return refused.value.reason


def refusal_of(town: Desk, person: PersonId, secret: int) -> RefusalReason:
    session = town.open_session(person)
    return refusal(town, person, session.nonce, ask(secret, session.nonce).request.to_octets())


def nym_secret(credential: HeldCredential) -> int:
    return credential.witness.scalars[-1]


def recovered_at(credential: HeldCredential) -> date | None:
    value = credential.credential.values["recovered_at"]
    assert isinstance(value, date)
    return None if value == date(1900, 1, 1) else value


def test_issues_what_the_record_says(town: Desk) -> None:
    credential = issued(town, AMIRA, random_scalar())
    values = credential.credential.values
    assert (values["income"], values["norm"], values["children"]) == (154_060, 128_383, 3)
    assert values["exp"] == START.date() + timedelta(days=90)
    assert recovered_at(credential) is None


def test_both_types_go_to_one_wallet_with_one_nym_secret(town: Desk) -> None:
    secret = random_scalar()
    income, age = issued(town, AMIRA, secret), issued(town, AMIRA, secret, AGE_TYPE)
    assert nym_secret(income) == nym_secret(age)
    assert age.credential.values["age_over_18"] is True


def test_renewing_keeps_the_pseudonyms_and_the_day_of_recovery(town: Desk, clock: Clock) -> None:
    secret = random_scalar()
    first = issued(town, AMIRA, secret)
    clock.pass_days(100)
    second = issued(town, AMIRA, secret)
    assert nym_secret(first) == nym_secret(second)
    assert recovered_at(second) is None
    assert second.credential.values["exp"] == clock.today + timedelta(days=90)
    assert town.pin(AMIRA).recovered_at is None


def test_renewing_with_a_new_signing_key_keeps_the_pseudonyms(town: Desk) -> None:
    secret = random_scalar()
    first = issued(town, AMIRA, secret)
    rotated = replace(town, keys=town.keys.rotated(INCOME_TYPE))
    second = issued(rotated, AMIRA, secret)
    assert first.public_key != second.public_key
    assert nym_secret(first) == nym_secret(second)


def test_a_new_income_reaches_the_next_credential(town: Desk) -> None:
    secret = random_scalar()
    issued(town, AMIRA, secret)
    with town.store.transaction() as transaction:
        record = transaction.find_household(AMIRA)
        assert record is not None
        transaction.save_households([replace(record, income_cents=1)])
    assert issued(town, AMIRA, secret).credential.values["income"] == 1


def test_a_session_works_once(town: Desk) -> None:
    secret = random_scalar()
    session = town.open_session(AMIRA)
    request = ask(secret, session.nonce).request.to_octets()
    town.issue(AMIRA, session.nonce, request, INCOME_TYPE)
    assert refusal(town, AMIRA, session.nonce, request) is RefusalReason.SESSION_USED
    again = ask(secret, session.nonce).request.to_octets()
    assert refusal(town, AMIRA, session.nonce, again) is RefusalReason.SESSION_USED


def test_a_request_cannot_be_replayed_into_another_session(town: Desk) -> None:
    first, second = town.open_session(AMIRA), town.open_session(AMIRA)
    request = ask(random_scalar(), first.nonce).request.to_octets()
    with pytest.raises(VerificationError) as refused:
        town.issue(AMIRA, second.nonce, request, INCOME_TYPE)
    assert refused.value.reason is Reason.INVALID_PSEUDONYM


def test_the_session_of_another_person_is_refused_and_left_to_them(town: Desk) -> None:
    session = town.open_session(AMIRA)
    request = ask(random_scalar(), session.nonce).request.to_octets()
    assert refusal(town, CATO, session.nonce, request) is RefusalReason.SESSION_OF_ANOTHER_PERSON
    assert town.issue(AMIRA, session.nonce, request, INCOME_TYPE).credential


def test_a_nonce_that_the_desk_did_not_give_is_refused(town: Desk) -> None:
    nonce = bytes(32)
    assert refusal(town, AMIRA, nonce, ask(1, nonce).request.to_octets()) is RefusalReason.SESSION_UNKNOWN
    with pytest.raises(IssuanceRefusedError):
        town.find_person(nonce)


def test_a_session_expires_to_the_second(town: Desk, clock: Clock) -> None:
    session = town.open_session(AMIRA)
    request = ask(random_scalar(), session.nonce).request.to_octets()
    clock.now = session.expires_at
    assert refusal(town, AMIRA, session.nonce, request) is RefusalReason.SESSION_EXPIRED
    clock.now = session.expires_at - timedelta(seconds=1)
    assert town.issue(AMIRA, session.nonce, request, INCOME_TYPE).credential


def test_old_sessions_are_forgotten(town: Desk, clock: Clock) -> None:
    session = town.open_session(AMIRA)
    clock.pass_days(8)
    assert refusal(town, AMIRA, session.nonce, b"") is RefusalReason.SESSION_EXPIRED
    town.open_session(BAS)
    assert refusal(town, AMIRA, session.nonce, b"") is RefusalReason.SESSION_UNKNOWN


def test_a_person_without_a_record_is_refused(town: Desk) -> None:
    for attempt in (lambda: town.open_session(NOBODY), lambda: town.recover(NOBODY, employee="E", reason="lost")):
        with pytest.raises(IssuanceRefusedError) as refused:
            attempt()
        assert refused.value.reason is RefusalReason.UNKNOWN_PERSON
    session = town.open_session(AMIRA)
    assert refusal(town, NOBODY, session.nonce, b"") is RefusalReason.UNKNOWN_PERSON


def test_sessions_for_several_persons_are_opened_for_all_or_for_none(town: Desk) -> None:
    sessions = town.open_sessions([AMIRA, BAS, AMIRA])
    assert [session.person for session in sessions] == [AMIRA, BAS, AMIRA]
    assert len({session.nonce for session in sessions}) == 3
    assert [town.find_person(session.nonce) for session in sessions] == [AMIRA, BAS, AMIRA]
    with pytest.raises(IssuanceRefusedError):
        town.open_sessions([AMIRA, NOBODY])


@pytest.mark.parametrize("at", range(0, 288, 7))
def test_a_tampered_request_is_refused_and_decides_nothing(town: Desk, at: int) -> None:
    session = town.open_session(AMIRA)
    octets = ask(random_scalar(), session.nonce).request.to_octets()
    with pytest.raises(VerificationError):
        town.issue(AMIRA, session.nonce, octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :], INCOME_TYPE)
    assert town.pin(AMIRA).issuance_pseudonym is None
    assert town.issue(AMIRA, session.nonce, octets, INCOME_TYPE).credential


def test_a_request_for_another_validator_is_refused(town: Desk) -> None:
    session = town.open_session(AMIRA)
    request = request_issuance(1, validator="did:web:groningen.example", nonce=session.nonce).request.to_octets()
    with pytest.raises(VerificationError):
        town.issue(AMIRA, session.nonce, request, INCOME_TYPE)


def test_a_second_wallet_on_a_record_is_refused_and_its_session_is_spent(town: Desk) -> None:
    issued(town, AMIRA, random_scalar())
    session = town.open_session(AMIRA)
    request = ask(random_scalar(), session.nonce).request.to_octets()
    assert refusal(town, AMIRA, session.nonce, request) is RefusalReason.PINNED_TO_ANOTHER_WALLET
    assert refusal(town, AMIRA, session.nonce, request) is RefusalReason.SESSION_USED


def test_one_wallet_on_two_records_is_refused(town: Desk) -> None:
    secret = random_scalar()
    issued(town, AMIRA, secret)
    assert refusal_of(town, CATO, secret) is RefusalReason.PINNED_TO_ANOTHER_RECORD
    assert town.pin(CATO).issuance_pseudonym is None
    issued(town, CATO, random_scalar())


def test_a_recovery_pins_the_next_wallet_and_sets_the_day(town: Desk, clock: Clock) -> None:
    lost, new = random_scalar(), random_scalar()
    before = issued(town, AMIRA, lost)
    clock.pass_days(120)  # the lost wallet's credential has expired
    town.recover(AMIRA, employee="Joke", reason="phone and paper lost in a fire")
    clock.pass_days(2)
    after = issued(town, AMIRA, new)
    assert recovered_at(after) == clock.today
    assert nym_secret(before) != nym_secret(after)
    assert refusal_of(town, AMIRA, lost) is RefusalReason.PINNED_TO_ANOTHER_WALLET
    clock.pass_days(50)
    assert recovered_at(issued(town, AMIRA, new, AGE_TYPE)) == clock.today - timedelta(days=50)


def test_a_lost_wallet_and_its_successor_cannot_claim_in_one_period(town: Desk, clock: Clock) -> None:
    """The lost wallet's credential of December is valid in January; so the new wallet waits for the next year."""
    clock.now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    lost = issued(town, AMIRA, random_scalar())
    town.recover(AMIRA, employee="Joke", reason="lost")
    day = recovered_at(issued(town, AMIRA, random_scalar()))
    assert lost.credential.values["exp"] == date(2027, 3, 1)
    assert day is not None
    assert day >= date(2027, 3, 1)


def test_a_second_recovery_moves_the_day(town: Desk, clock: Clock) -> None:
    issued(town, AMIRA, random_scalar())
    days = []
    for _ in range(2):
        clock.pass_days(200)
        town.recover(AMIRA, employee="Joke", reason="lost again")
        days.append(recovered_at(issued(town, AMIRA, random_scalar())))
    assert days == [START.date() + timedelta(days=200), START.date() + timedelta(days=400)]
    with town.store.transaction() as transaction:
        assert [recovery.employee for recovery in transaction.recoveries_of(AMIRA)] == ["Joke", "Joke"]


def test_there_is_nothing_to_recover_before_the_first_wallet_or_twice_at_once(town: Desk) -> None:
    def reason() -> RefusalReason:
        with pytest.raises(IssuanceRefusedError) as refused:
            town.recover(AMIRA, employee="Joke", reason="lost")
        return refused.value.reason

    assert reason() is RefusalReason.NOTHING_TO_RECOVER
    issued(town, AMIRA, random_scalar())
    town.recover(AMIRA, employee="Joke", reason="lost")
    assert reason() is RefusalReason.NOTHING_TO_RECOVER


def test_a_recovery_ends_the_sessions_that_were_open(town: Desk) -> None:
    lost = random_scalar()
    issued(town, AMIRA, lost)
    session, other = town.open_session(AMIRA), town.open_session(CATO)
    town.recover(AMIRA, employee="Joke", reason="stolen")
    request = ask(lost, session.nonce).request.to_octets()
    assert refusal(town, AMIRA, session.nonce, request) is RefusalReason.SESSION_USED
    assert town.issue(CATO, other.nonce, ask(5, other.nonce).request.to_octets(), INCOME_TYPE).credential


def test_a_recovery_names_an_employee_and_a_reason(town: Desk) -> None:
    issued(town, AMIRA, random_scalar())
    for employee, reason in (("", "lost"), ("Joke", " "), ("Joke", "x" * 501)):
        with pytest.raises(SettingsError):
            town.recover(AMIRA, employee=employee, reason=reason)
    assert town.pin(AMIRA).issuance_pseudonym is not None


def test_what_was_issued_is_logged_without_its_claims(town: Desk) -> None:
    issued(town, AMIRA, 7)
    issued(town, AMIRA, 7, AGE_TYPE)
    with town.store.transaction() as transaction:
        records = transaction.credentials_of(AMIRA)
        assert transaction.count_pins() == 1
    assert [record.vct for record in records] == [INCOME_TYPE.vct, AGE_TYPE.vct]
    assert records[0].key_id == town.keys.key_id(INCOME_TYPE)
    assert records[0].issued_at == START


def test_another_type_is_refused_before_anything_else(town: Desk) -> None:
    only_age = replace(town, types=(AGE_TYPE,))
    session = town.open_session(AMIRA)
    with pytest.raises(UnknownTypeError):
        only_age.issue(AMIRA, session.nonce, b"", INCOME_TYPE)


def test_settings_out_of_range_and_foreign_keys_are_refused(town: Desk) -> None:
    for changes in (
        {"valid_days": 0},
        {"valid_days": 367},
        {"session_life": timedelta(0)},
        {"session_life": timedelta(days=32)},
        {"keys": ValidatorKeys.generate(TYPES)},
    ):
        with pytest.raises(SettingsError):
            replace(town, **changes)
    assert VALIDATOR.did == town.keys.did


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_wallets_that_race_for_a_record_exactly_one_is_pinned(town: Desk, attempt: int) -> None:
    outcomes = race(town, [(AMIRA, random_scalar()) for _ in range(6)])
    assert outcomes == {"issued": 1, RefusalReason.PINNED_TO_ANOTHER_WALLET: 5}
    assert count(town) == 1


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_records_that_race_for_a_wallet_exactly_one_is_pinned(town: Desk, attempt: int) -> None:
    secret = random_scalar()
    outcomes = race(town, [(person, secret) for person in (AMIRA, BAS, CATO)])
    assert outcomes == {"issued": 1, RefusalReason.PINNED_TO_ANOTHER_RECORD: 2}
    assert count(town) == 1


@pytest.mark.parametrize(("conflicts", "succeeds"), [(1, True), (4, True), (5, False)])
def test_a_transaction_that_lost_a_race_is_tried_again_a_few_times(town: Desk, conflicts: int, succeeds: bool) -> None:
    contested = replace(town, store=ContestedStore(town.store, conflicts))
    if succeeds:
        assert contested.open_session(AMIRA).person == AMIRA
        return
    with pytest.raises(StoreBusyError):
        contested.open_session(AMIRA)


def test_a_session_that_is_used_many_times_at_once_issues_once(town: Desk) -> None:
    session = town.open_session(AMIRA)
    request = ask(random_scalar(), session.nonce).request.to_octets()
    outcomes = run_together(town, [(AMIRA, session.nonce, request)] * 6)
    assert outcomes == {"issued": 1, RefusalReason.SESSION_USED: 5}


def race(town: Desk, wallets: list[tuple[PersonId, int]]) -> Counter[str]:
    """Each wallet asks for its person, all at once."""
    asked = []
    for person, secret in wallets:
        session = town.open_session(person)
        asked.append((person, session.nonce, ask(secret, session.nonce).request.to_octets()))
    return run_together(town, asked)


def run_together(town: Desk, asked: list[tuple[PersonId, bytes, bytes]]) -> Counter[str]:
    barrier = threading.Barrier(len(asked))

    def one(person: PersonId, nonce: bytes, request: bytes) -> str:
        barrier.wait()
        try:
            town.issue(person, nonce, request, INCOME_TYPE)
        except IssuanceRefusedError as error:
            return error.reason
        return "issued"

    with ThreadPoolExecutor(len(asked)) as pool:
        return Counter(pool.map(lambda arguments: one(*arguments), asked))


def count(town: Desk) -> int:
    with town.store.transaction() as transaction:
        return transaction.count_pins()
