# SPDX-License-Identifier: EUPL-1.2
"""Requests at the same time, on SQLite and on PostgreSQL: what may happen once happens once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from issuer.authorization.model import Grant
from issuer.document_keys import DocumentKeys
from issuer.model import PersonId
from issuer.openid.configurations import configurations_of
from issuer.openid.model import ReviewState
from issuer.openid.nonces import NonceMint
from issuer.openid.orders import OrderDesk
from issuer.openid.review import ReviewDesk
from issuer.openid.service import CredentialService
from issuer.openid.types import PublishedTypes
from issuer.service import Desk
from issuer.status.model import StatusAction
from issuer.status.service import StatusDesk, StatusPublisher
from issuer.status.store import StatusRecords
from issuer.store import Store
from ssi.bbs.suite import random_scalar
from ssi.credential.pinning import request_issuance
from ssi.keys import KeyType, PrivateKey
from ssi.openid.credential import (
    BbsCommitmentProofs,
    Companion,
    CredentialRequest,
    CredentialResponse,
    DeferredCredentialRequest,
    DeferredResponse,
    JwtProofs,
    commitment_nonce,
)
from ssi.openid.errors import OpenIdError
from ssi.openid.proof import make_key_proof
from ssi.status.lists import StatusValue
from tests.unit.issuer.material import AMIRA, INCOME_TYPE, START, TYPES, Clock, desk
from tests.unit.issuer.openid.material import INCOME, INCOME_BBS, PUBLIC_URL

AT_ONCE = 6


@pytest.fixture
def office(store: Store) -> Desk:
    """A desk with the cast's records."""
    return desk(store, Clock())


@pytest.fixture
def service(office: Desk) -> CredentialService:
    """The issuer's use cases."""
    keys = DocumentKeys.generate(START)
    orders = OrderDesk(PUBLIC_URL, office.validator.did, configurations_of(TYPES), NonceMint(bytes(32)))
    return CredentialService(
        office, keys, orders, StatusPublisher(office.store, keys, PUBLIC_URL, office.clock), PublishedTypes(TYPES)
    )


def grant(person: PersonId = AMIRA, name: str = "g") -> Grant:
    """What a token of a person is for."""
    return Grant(name, person, (INCOME, INCOME_BBS), False, None, START + timedelta(minutes=5))


def proofs(nonce: str) -> JwtProofs:
    """A proof of a new key."""
    key = PrivateKey.generate(KeyType.P256)
    return JwtProofs((make_key_proof(key, audience=PUBLIC_URL, nonce=nonce, issued_at=START, client_id=None),))


def both_kinds(service: CredentialService, nonce: str, secret: int) -> CredentialRequest:
    """A request for both kinds by a wallet with this secret."""
    did = service.desk.validator.did
    pending = request_issuance(secret, validator=did, nonce=commitment_nonce(nonce, PUBLIC_URL))
    companion = Companion(INCOME_BBS, None, BbsCommitmentProofs((pending.request.to_octets(),)))
    return CredentialRequest(INCOME, None, proofs(nonce), companion=companion)


def outcomes(work: list[object]) -> list[str]:
    """How each of them ended."""
    return sorted(str(outcome.code.value) if isinstance(outcome, OpenIdError) else "issued" for outcome in work)


def issue(service: CredentialService, request: CredentialRequest) -> object:
    """What comes of a request."""
    try:
        return service.issue(grant(), request)
    except OpenIdError as error:
        return error


def test_a_nonce_serves_one_of_many(service: CredentialService) -> None:
    nonce = service.make_nonce()
    requests = [CredentialRequest(INCOME, None, proofs(nonce)) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = outcomes(list(pool.map(lambda request: issue(service, request), requests)))
    assert found == ["invalid_nonce"] * (AT_ONCE - 1) + ["issued"]


def test_one_of_many_wallets_becomes_the_wallet_of_a_record(service: CredentialService) -> None:
    requests = [both_kinds(service, service.make_nonce(), random_scalar()) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = outcomes(list(pool.map(lambda request: issue(service, request), requests)))
    assert found == ["credential_request_denied"] * (AT_ONCE - 1) + ["issued"]
    with service.desk.store.transaction() as transaction:
        assert len(transaction.credentials_of(AMIRA)) == 1
        assert StatusRecords(transaction, size=8).count_given_out(1) == 1  # both kinds or none


def test_a_deferred_order_is_collected_once(service: CredentialService) -> None:
    review = ReviewDesk(service.desk)
    review.decide(AMIRA, ReviewState.UNDER_REVIEW, employee="eva", reason="two incomes")
    deferred = service.issue(grant(), both_kinds(service, service.make_nonce(), random_scalar()))
    assert isinstance(deferred, DeferredResponse)
    review.decide(AMIRA, ReviewState.CLEAR, employee="eva", reason="one income")

    def collect(_: int) -> object:
        try:
            return service.collect(grant(), DeferredCredentialRequest(deferred.transaction_id))
        except OpenIdError as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = outcomes(list(pool.map(collect, range(AT_ONCE))))
    assert found == ["invalid_transaction_id"] * (AT_ONCE - 1) + ["issued"]


@pytest.mark.parametrize("turn", range(3))
def test_no_copy_escapes_a_suspension(service: CredentialService, turn: int) -> None:
    """However they fall together: after both, either nothing was issued or what was issued is suspended."""
    requests = [CredentialRequest(INCOME, None, proofs(service.make_nonce())) for _ in range(AT_ONCE)]

    def suspend(_: object) -> object:
        return StatusDesk(service.desk).decide(
            AMIRA, INCOME_TYPE, StatusAction.SUSPEND, employee="eva", reason=f"turn {turn}"
        )

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        asked = [pool.submit(issue, service, request) for request in requests]
        told = pool.submit(suspend, None)
        issued = [one.result() for one in asked if isinstance(one.result(), CredentialResponse)]
        told.result()
    with service.desk.store.transaction() as transaction:
        records = StatusRecords(transaction, size=8)
        statuses = records.not_valid(1)
        assert records.count_given_out(1) == len(issued) == len(statuses)
        assert set(statuses.values()) <= {int(StatusValue.SUSPENDED)}
