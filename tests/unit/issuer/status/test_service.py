# SPDX-License-Identifier: EUPL-1.2
"""Deciding about credentials, and what verifiers then read."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from issuer.errors import IssuanceRefusedError, RefusalReason, SettingsError, UnknownTypeError
from issuer.model import PersonId
from issuer.service import Desk
from issuer.service_keys import ServiceKeys
from issuer.status.model import IssuedStatus, StatusAction
from issuer.status.service import TIME_TO_LIVE, StatusDesk, StatusPublisher
from issuer.status.store import StatusRecords
from ssi.credential.types import CredentialType
from ssi.did import Resolver
from ssi.did.jwk import JwkMethod
from ssi.errors import Reason, VerificationError
from ssi.status.checker import USUAL_FRESHNESS, StatusChecker
from ssi.status.lists import StatusValue
from ssi.status.reference import StatusReference, parse_status_aggregation
from ssi.status.tokens import TokenFormat
from ssi.trust import NoKeyRegistry, TrustList
from tests.unit.issuer.material import AGE_TYPE, AMIRA, BAS, INCOME_TYPE, NOBODY, START, TODAY, Clock

URL = "http://127.0.0.1:8018"
KEYS = ServiceKeys.generate(START).document_keys
ISSUER = KEYS.current.issuer(URL)
SUSPEND, REINSTATE, REVOKE = StatusAction


@pytest.fixture
def publisher(office: Desk) -> StatusPublisher:
    """What verifiers fetch from."""
    return StatusPublisher(office.store, KEYS, URL, office.clock)


def issue(
    desk: Desk, person: PersonId, kind: CredentialType = INCOME_TYPE, count: int = 3, days: int = 90
) -> tuple[IssuedStatus, ...]:
    """Copies of a credential."""
    exp = desk.clock().date() + timedelta(days=days)
    return desk.in_transaction(
        lambda transaction: StatusRecords(transaction, size=1 << 18).give_out(
            person, kind.vct, count, issuer=ISSUER, issued_at=desk.clock(), exp=exp
        )
    )


def decide(desk: Desk, person: PersonId, action: StatusAction, kind: CredentialType = INCOME_TYPE) -> int:
    """What the employee decides."""
    return StatusDesk(desk).decide(person, kind, action, employee="eva", reason="moved away").copies


def verdict(
    publisher: StatusPublisher, status: IssuedStatus, token_format: TokenFormat = TokenFormat.JWT
) -> Reason | None:
    """What a verifier that has never been here before finds out about a copy."""
    trust = TrustList.from_json(
        json.dumps(
            {
                "format": "stuiver/trust-list/v1",
                "issuers": [{"name": {"nl": "W", "en": "W"}, "vcts": [INCOME_TYPE.vct], "dids": [ISSUER]}],
            }
        ).encode(),
        resolver=Resolver.of((JwkMethod(),)),
        registry=NoKeyRegistry(),
    )

    def get_token(uri: str) -> bytes:
        found = publisher.find(int(uri.rpartition("/")[2]), token_format)
        if found is None:
            raise OSError
        return found.octets

    checker = StatusChecker(get_token, trust, token_format=token_format, freshness=USUAL_FRESHNESS)
    claim = StatusReference(status.index, publisher.uri(status.list_number)).to_claim()
    try:
        checker.check(claim, ISSUER, INCOME_TYPE.vct, publisher.clock())
    except VerificationError as error:
        return error.reason
    return None


@pytest.mark.parametrize("token_format", TokenFormat, ids=lambda kind: kind.name)
def test_a_verifier_learns_of_every_decision(
    office: Desk, publisher: StatusPublisher, token_format: TokenFormat
) -> None:
    copies = issue(office, AMIRA)

    def verdicts() -> set[Reason | None]:
        return {verdict(publisher, status, token_format) for status in copies}

    assert verdicts() == {None}
    assert decide(office, AMIRA, SUSPEND) == 3
    assert verdicts() == {Reason.SUSPENDED}
    assert decide(office, AMIRA, REINSTATE) == 3
    assert verdicts() == {None}
    assert decide(office, AMIRA, REVOKE) == 3
    assert verdicts() == {Reason.REVOKED}
    assert decide(office, AMIRA, REINSTATE) == 0  # revoking is for good; new ones may be issued
    assert verdicts() == {Reason.REVOKED}


def test_a_decision_is_about_one_person_and_one_type(office: Desk, publisher: StatusPublisher) -> None:
    [income], [age], [other] = (
        issue(office, AMIRA, count=1),
        issue(office, AMIRA, AGE_TYPE, count=1),
        issue(office, BAS, count=1),
    )
    decide(office, AMIRA, REVOKE)
    assert [verdict(publisher, status) for status in (income, age, other)] == [Reason.REVOKED, None, None]


def test_expired_copies_are_left_alone(office: Desk, clock: Clock) -> None:
    issue(office, AMIRA, days=2)
    clock.pass_days(3)
    assert decide(office, AMIRA, REVOKE) == 0


def test_copies_in_several_lists_change_together(office: Desk, publisher: StatusPublisher) -> None:
    first = issue(office, AMIRA, count=1)
    with office.store.transaction() as transaction:
        StatusRecords(transaction, size=2).give_out(
            AMIRA, INCOME_TYPE.vct, 1, issuer="did:other", issued_at=START, exp=TODAY
        )
    changed = StatusDesk(office).decide(AMIRA, INCOME_TYPE, SUSPEND, employee="eva", reason="moved")
    assert changed.copies == 2
    assert verdict(publisher, first[0]) is Reason.SUSPENDED
    with office.store.transaction() as transaction:
        assert {version.version for version in StatusRecords(transaction, size=2).lists()} == {2}


@pytest.mark.parametrize(
    ("before", "action", "reason"),
    [
        ((), REINSTATE, RefusalReason.NOTHING_TO_REINSTATE),
        ((SUSPEND, REINSTATE), REINSTATE, RefusalReason.NOTHING_TO_REINSTATE),
        ((REVOKE,), SUSPEND, RefusalReason.NOTHING_TO_SUSPEND),
    ],
    ids=["reinstate_what_is_good", "reinstate_twice", "suspend_what_is_revoked"],
)
def test_refuses_what_makes_no_sense(
    office: Desk, before: tuple[StatusAction, ...], action: StatusAction, reason: RefusalReason
) -> None:
    for earlier in before:
        decide(office, AMIRA, earlier)
    with pytest.raises(IssuanceRefusedError) as caught:
        decide(office, AMIRA, action)
    assert caught.value.reason is reason


def test_remembers_the_last_decision(office: Desk) -> None:
    desk = StatusDesk(office)
    assert desk.standing(AMIRA, INCOME_TYPE).status is StatusValue.VALID
    decide(office, AMIRA, SUSPEND)
    standing = desk.standing(AMIRA, INCOME_TYPE)
    assert (standing.status, standing.employee, standing.decided_at) == (StatusValue.SUSPENDED, "eva", START)


@pytest.mark.parametrize(
    ("work", "error"),
    [
        (lambda desk: desk.decide(NOBODY, INCOME_TYPE, SUSPEND, employee="e", reason="r"), IssuanceRefusedError),
        (lambda desk: desk.decide(AMIRA, INCOME_TYPE, SUSPEND, employee=" ", reason="r"), SettingsError),
        (lambda desk: desk.decide(AMIRA, INCOME_TYPE, SUSPEND, employee="e", reason=501 * "r"), SettingsError),
    ],
    ids=["nobody", "no_employee", "long_reason"],
)
def test_refuses_what_cannot_be_logged(
    office: Desk, work: Callable[[StatusDesk], object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        work(StatusDesk(office))


def test_refuses_a_type_that_it_does_not_issue(office: Desk) -> None:
    other = CredentialType(INCOME_TYPE.vct.replace(":1", ":2"), INCOME_TYPE.title, INCOME_TYPE.claims)
    with pytest.raises(UnknownTypeError):
        StatusDesk(office).decide(AMIRA, other, SUSPEND, employee="e", reason="r")


def test_every_process_signs_the_same_list(office: Desk, publisher: StatusPublisher) -> None:
    issue(office, AMIRA)
    other = StatusPublisher(office.store, KEYS, URL, office.clock)
    for token_format in TokenFormat:
        assert publisher.find(1, token_format) == other.find(1, token_format)
    decide(office, AMIRA, REVOKE)
    assert publisher.find(1, TokenFormat.JWT) == other.find(1, TokenFormat.JWT)


def test_a_list_is_signed_again_when_it_changes_or_grows_old(
    office: Desk, publisher: StatusPublisher, clock: Clock
) -> None:
    issue(office, AMIRA)
    first = publisher.find(1, TokenFormat.JWT)
    issue(office, BAS)  # all are valid: nothing to say
    assert publisher.find(1, TokenFormat.JWT) is first
    clock.now += TIME_TO_LIVE
    second = publisher.find(1, TokenFormat.JWT)
    decide(office, AMIRA, SUSPEND)
    third = publisher.find(1, TokenFormat.JWT)
    assert first is not None
    assert second is not None
    assert third is not None
    assert len({first.tag, second.tag, third.tag}) == 3


def test_a_fetch_is_of_a_large_list(office: Desk, publisher: StatusPublisher) -> None:
    issue(office, AMIRA, count=1)
    assert publisher.size >= 1 << 17
    assert publisher.find(2, TokenFormat.JWT) is None


def test_the_aggregation_names_every_list(office: Desk, publisher: StatusPublisher) -> None:
    assert publisher.aggregation() == {"status_lists": []}
    issue(office, AMIRA)
    assert parse_status_aggregation(json.dumps(publisher.aggregation()).encode()) == (f"{URL}/status-lists/1",)


def test_after_a_rotation_old_lists_stay_with_the_key_that_their_issuer_is_named_by(
    office: Desk, publisher: StatusPublisher
) -> None:
    """A did:jwk is one key: credentials of the old one are checked against a list of the old one."""
    copies = issue(office, AMIRA)
    rotated = KEYS.rotated(START, still_needed=timedelta(days=90), at_once=True)
    later = StatusPublisher(office.store, rotated, URL, office.clock)
    decide(office, AMIRA, REVOKE)
    assert verdict(later, copies[0]) is Reason.REVOKED
