# SPDX-License-Identifier: EUPL-1.2
"""What wallets say became of their credentials."""

import pytest

from tests.unit.issuer.material import BAS
from tests.unit.issuer.openid.material import INCOME, Service, Wallet, errors_of


@pytest.fixture
def identifier(amira: Wallet) -> str:
    """Of credentials that Amira got."""
    document = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(amira.nonce(), 2)}
    return str(amira.post("/credential", document).json()["notification_id"])


@pytest.mark.parametrize("event", ["credential_accepted", "credential_failure", "credential_deleted"])
def test_takes_every_event_again_and_again(amira: Wallet, identifier: str, event: str) -> None:
    for _ in range(2):
        document = {"notification_id": identifier, "event": event, "event_description": "Stored it."}
        answer = amira.post("/notification", document)
        assert answer.status_code == 204
        assert answer.content == b""


def test_takes_none_from_another_wallet(service: Service, identifier: str) -> None:
    bas = Wallet.activated(service, BAS)
    answer = bas.post("/notification", {"notification_id": identifier, "event": "credential_accepted"})
    assert errors_of(answer) == (400, "invalid_notification_id")


def test_refuses_an_identifier_that_it_never_gave(amira: Wallet) -> None:
    answer = amira.post("/notification", {"notification_id": "made-up", "event": "credential_accepted"})
    assert errors_of(answer) == (400, "invalid_notification_id")


@pytest.mark.parametrize(
    "change",
    [{"event": "credential_eaten"}, {"event": None}, {"notification_id": 7}, {"event_description": 'a "quote"'}],
    ids=["unknown_event", "no_event", "no_text", "quotation_mark"],
)
def test_refuses_another_form(amira: Wallet, identifier: str, change: dict[str, object]) -> None:
    document = {"notification_id": identifier, "event": "credential_accepted", **change}
    assert errors_of(amira.post("/notification", document)) == (400, "invalid_notification_request")
