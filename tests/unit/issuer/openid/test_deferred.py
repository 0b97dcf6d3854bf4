# SPDX-License-Identifier: EUPL-1.2
"""Records that the desk looks at first: the wallet is told to come back, and gets what it asked for, or not."""

from datetime import timedelta

import pytest

from issuer.errors import IssuanceRefusedError, SettingsError
from issuer.openid.model import ReviewState
from issuer.openid.review import ReviewDesk
from issuer.openid.service import DEFERRED_LIFE
from issuer.openid.store import IssuanceRecords
from ssi.base64url import encode_base64url
from ssi.credential.pinning import PendingRequest
from tests.unit.issuer.material import AMIRA, BAS, CATO, NOBODY
from tests.unit.issuer.openid.material import INCOME, INCOME_BBS, Service, Wallet, credentials_of, errors_of


def review(service: Service, state: ReviewState) -> None:
    """The desk's word about Amira."""
    ReviewDesk(service.desk).decide(AMIRA, state, employee="eva", reason="two incomes")


def ask(wallet: Wallet) -> tuple[str, PendingRequest]:
    """Ask for both kinds, and be told to come back."""
    nonce = wallet.nonce()
    pending = wallet.commitment(nonce)
    answer = wallet.post(
        "/credential",
        {
            "credential_configuration_id": INCOME,
            "proofs": wallet.jwt_proofs(nonce, 3),
            "companion": {
                "credential_configuration_id": INCOME_BBS,
                "proofs": {"bbs_commitment": [encode_base64url(pending.request.to_octets())]},
            },
        },
    )
    assert answer.status_code == 202
    assert answer.json().keys() == {"transaction_id", "interval"}
    assert answer.json()["interval"] == 3600
    return answer.json()["transaction_id"], pending


def test_gives_what_was_asked_for_when_the_record_is_clear(service: Service, amira: Wallet) -> None:
    review(service, ReviewState.UNDER_REVIEW)
    identifier, pending = ask(amira)
    waiting = amira.post("/deferred_credential", {"transaction_id": identifier})
    assert waiting.status_code == 202
    assert waiting.json() == {"transaction_id": identifier, "interval": 3600}
    review(service, ReviewState.CLEAR)
    answer = amira.post("/deferred_credential", {"transaction_id": identifier})
    assert len(credentials_of(answer)) == 3
    amira.accept(answer.json()["companion"]["credentials"][0], pending)
    again = amira.post("/deferred_credential", {"transaction_id": identifier})
    assert errors_of(again) == (400, "invalid_transaction_id")


def test_says_so_when_the_desk_refuses(service: Service, amira: Wallet) -> None:
    review(service, ReviewState.UNDER_REVIEW)
    identifier, _ = ask(amira)
    review(service, ReviewState.REFUSED)
    answer = amira.post("/deferred_credential", {"transaction_id": identifier})
    assert errors_of(answer) == (400, "credential_request_denied")
    again = amira.post("/deferred_credential", {"transaction_id": identifier})
    assert errors_of(again) == (400, "invalid_transaction_id")
    fresh = amira.post(
        "/credential", {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(amira.nonce())}
    )
    assert errors_of(fresh) == (400, "credential_request_denied")


def test_nothing_is_issued_or_pinned_while_the_desk_looks(service: Service, amira: Wallet) -> None:
    review(service, ReviewState.UNDER_REVIEW)
    ask(amira)
    assert service.desk.pin(AMIRA).issuance_pseudonym is None
    assert service.http.get("/status-lists").json() == {"status_lists": []}


def test_only_the_wallet_that_asked_collects(service: Service, amira: Wallet) -> None:
    review(service, ReviewState.UNDER_REVIEW)
    identifier, _ = ask(amira)
    review(service, ReviewState.CLEAR)
    for person in (BAS, CATO):
        other = Wallet.activated(service, person)
        answer = other.post("/deferred_credential", {"transaction_id": identifier})
        assert errors_of(answer) == (400, "invalid_transaction_id")
    second = Wallet.activated(service, AMIRA)
    answer = second.post("/deferred_credential", {"transaction_id": identifier})
    assert errors_of(answer) == (400, "invalid_transaction_id")
    assert amira.post("/deferred_credential", {"transaction_id": identifier}).status_code == 200


@pytest.mark.parametrize("identifier", ["made-up", "x" * 500, "é"])
def test_refuses_what_it_never_gave(amira: Wallet, identifier: str) -> None:
    answer = amira.post("/deferred_credential", {"transaction_id": identifier})
    assert errors_of(answer) == (400, "invalid_transaction_id")


@pytest.mark.parametrize(
    "document", [{}, {"transaction_id": 1}, {"transaction_id": ""}], ids=["none", "no_text", "empty"]
)
def test_refuses_another_form(amira: Wallet, document: dict[str, object]) -> None:
    assert errors_of(amira.post("/deferred_credential", document)) == (400, "invalid_credential_request")


def test_does_not_wait_for_ever(service: Service, amira: Wallet) -> None:
    review(service, ReviewState.UNDER_REVIEW)
    identifier, _ = ask(amira)
    review(service, ReviewState.CLEAR)
    service.clock.now += DEFERRED_LIFE
    assert amira.access_token
    with service.desk.store.transaction() as transaction:
        found = IssuanceRecords(transaction).find_deferred(identifier)
    assert found is not None
    assert service.clock.now >= found.expires_at - timedelta(seconds=1)


def test_the_desk_may_look_at_nobody_it_does_not_know(service: Service) -> None:
    with pytest.raises(IssuanceRefusedError):
        ReviewDesk(service.desk).decide(NOBODY, ReviewState.UNDER_REVIEW, employee="eva", reason="?")


@pytest.mark.parametrize(("employee", "reason"), [("", "x"), ("eva", " "), ("eva", "x" * 501)])
def test_a_decision_has_an_employee_and_a_reason(service: Service, employee: str, reason: str) -> None:
    with pytest.raises(SettingsError):
        ReviewDesk(service.desk).decide(AMIRA, ReviewState.UNDER_REVIEW, employee=employee, reason=reason)
    assert ReviewDesk(service.desk).state(AMIRA) is ReviewState.CLEAR
