# SPDX-License-Identifier: EUPL-1.2
"""Recovery ends everything that the lost wallet could still do at the validator, or nothing."""

from datetime import timedelta

import pytest

from issuer.activation.model import Action, ActivationState
from issuer.authorization.store import Records
from issuer.errors import IssuanceRefusedError, RefusalReason, SettingsError
from issuer.model import PersonId
from issuer.recovering import recover_person
from issuer.status.model import LIST_SIZE, ListVersion, StatusAction
from issuer.status.service import StatusDesk
from issuer.status.store import StatusRecords
from issuer.store import Store
from ssi.credential.pinning import request_issuance
from ssi.openid.errors import ErrorCode
from ssi.status.lists import StatusValue
from tests.unit.issuer.authorization.material import Server, Wallet, refusal
from tests.unit.issuer.material import AMIRA, BAS, INCOME_TYPE, desk
from tests.unit.issuer.openid.material import INCOME, Service, credentials_of
from tests.unit.issuer.openid.material import Wallet as OpenIdWallet


def credential_for(store: Store, server: Server, person: PersonId) -> None:
    """Pin a person's record to a wallet."""
    town = desk(store, server.clock)
    session = town.open_session(person)
    pending = request_issuance(7, validator=town.validator.did, nonce=session.nonce)
    town.issue(person, session.nonce, pending.request.to_octets(), INCOME_TYPE)


def test_the_lost_wallet_has_no_tokens_left_and_others_keep_theirs(store: Store) -> None:
    server = Server.on(store)
    wallet = Wallet(server)
    hers, his = wallet.redeem(*server.letter()), wallet.redeem(*server.letter(BAS))
    credential_for(store, server, AMIRA)
    recover_person(desk(store, server.clock), AMIRA, employee="Joke", reason="lost")
    assert refusal(lambda: wallet.refresh(hers.refresh_token))[0] is ErrorCode.INVALID_GRANT
    assert wallet.refresh(his.refresh_token).access_token


def test_what_is_refused_ends_nothing(store: Store) -> None:
    server = Server.on(store)
    wallet = Wallet(server)
    hers = wallet.redeem(*server.letter())
    with pytest.raises(SettingsError):
        recover_person(desk(store, server.clock), AMIRA, employee="Joke", reason="")
    assert wallet.refresh(hers.refresh_token).access_token


def test_a_wallet_that_took_no_blind_credential_loses_its_tokens_too(store: Store) -> None:
    server = Server.on(store)
    wallet = Wallet(server)
    hers = wallet.redeem(*server.letter())
    town = desk(store, server.clock)
    recover_person(town, AMIRA, employee="Joke", reason="lost")
    assert refusal(lambda: wallet.refresh(hers.refresh_token))[0] is ErrorCode.INVALID_GRANT
    assert not town.pin(AMIRA).is_recovering


def test_a_letter_that_lay_beside_the_wallet_is_revoked_and_the_log_says_who_and_why(store: Store) -> None:
    server = Server.on(store)
    wallet = Wallet(server)
    hers, his = server.letter(), server.letter(BAS)
    recover_person(desk(store, server.clock), AMIRA, employee=" Joke ", reason=" bag stolen ")
    assert refusal(lambda: wallet.redeem(*hers))[0] is ErrorCode.INVALID_GRANT
    [code] = server.office.desk.codes(person=AMIRA)
    assert code.state is ActivationState.REVOKED
    event = server.office.desk.log(code=code.id)[-1]
    assert (event.action, event.employee, event.reason) == (Action.REVOKED, "Joke", "bag stolen")
    assert wallet.redeem(*his).access_token
    assert wallet.redeem(*server.letter()).access_token


def test_a_letter_that_waits_for_approval_ends_too(store: Store) -> None:
    server = Server.on(store)
    batch = server.office.prepare(AMIRA)
    recover_person(desk(store, server.clock), AMIRA, employee="Joke", reason="lost")
    assert server.office.desk.approve(batch, employee="siem") == 0


def test_every_copy_becomes_invalid_and_new_ones_can_be_issued(store: Store) -> None:
    service = Service.on(store)
    lost, other = OpenIdWallet.activated(service, AMIRA), OpenIdWallet.activated(service, BAS)
    copies(lost, 3)
    copies(other, 2)
    StatusDesk(service.desk).decide(AMIRA, INCOME_TYPE, StatusAction.SUSPEND, employee="eva", reason="a question")
    StatusDesk(service.desk).decide(AMIRA, INCOME_TYPE, StatusAction.REINSTATE, employee="eva", reason="answered")
    before = version(service)
    service.clock.now += timedelta(seconds=1)
    recover_person(service.desk, AMIRA, employee="Joke", reason="stolen")
    assert statuses(service) == [StatusValue.INVALID] * 3
    after = version(service)
    assert (after.version, after.changed_at) == (before.version + 1, service.clock.now)
    lost.nonce()
    assert lost.post("/credential", {"credential_configuration_id": INCOME}).status_code == 401
    copies(OpenIdWallet.activated(service, AMIRA), 2)
    assert statuses(service) == [StatusValue.INVALID] * 3


def test_a_suspended_copy_of_a_lost_wallet_is_not_reinstated(store: Store) -> None:
    service = Service.on(store)
    copies(OpenIdWallet.activated(service), 2)
    decide = StatusDesk(service.desk).decide
    decide(AMIRA, INCOME_TYPE, StatusAction.SUSPEND, employee="eva", reason="a question")
    recover_person(service.desk, AMIRA, employee="Joke", reason="stolen")
    assert decide(AMIRA, INCOME_TYPE, StatusAction.REINSTATE, employee="eva", reason="answered").copies == 0
    assert statuses(service) == [StatusValue.INVALID] * 2


def test_there_is_nothing_to_recover_when_none_of_it_is_left(store: Store) -> None:
    service = Service.on(store)
    refuses(service)
    copies(OpenIdWallet.activated(service), 1)
    recover_person(service.desk, AMIRA, employee="Joke", reason="stolen")
    refuses(service)
    with service.desk.store.transaction() as transaction:
        assert len(transaction.recoveries_of(AMIRA)) == 1


def test_copies_whose_last_day_is_over_are_nothing_to_recover(store: Store) -> None:
    service = Service.on(store)
    wallet = OpenIdWallet.activated(service)
    copies(wallet, 1)
    with service.desk.store.transaction() as transaction:
        Records(transaction).revoke_person(AMIRA, service.clock.now)
    service.clock.pass_days(400)
    refuses(service)
    assert statuses(service) == []


def copies(wallet: OpenIdWallet, count: int) -> None:
    """Fetch so many SD-JWT copies."""
    proofs = wallet.jwt_proofs(wallet.nonce(), count)
    answer = wallet.post("/credential", {"credential_configuration_id": INCOME, "proofs": proofs})
    assert len(credentials_of(answer)) == count


def statuses(service: Service) -> list[int]:
    """Of all copies that are not valid."""
    with service.desk.store.transaction() as transaction:
        return list(StatusRecords(transaction, size=LIST_SIZE).not_valid(1).values())


def version(service: Service) -> ListVersion:
    """Of the only list."""
    with service.desk.store.transaction() as transaction:
        [found] = StatusRecords(transaction, size=LIST_SIZE).lists()
    return found


def refuses(service: Service) -> None:
    """There is nothing to recover."""
    with pytest.raises(IssuanceRefusedError) as caught:
        recover_person(service.desk, AMIRA, employee="Joke", reason="stolen")
    assert caught.value.reason is RefusalReason.NOTHING_TO_RECOVER
