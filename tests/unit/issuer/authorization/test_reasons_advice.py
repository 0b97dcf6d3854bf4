# SPDX-License-Identifier: EUPL-1.2
"""Advice of the authorization server, and refusals of a login, that no other test expects by their name."""

import pytest

from edge.fetched import FetchError, FetchReason
from issuer.authorization.errors import Advice, LoginRefusal, LoginRefusedError
from tests.unit.issuer.activation.material import ISSUER
from tests.unit.issuer.authorization.browser import browser_of
from tests.unit.issuer.authorization.material import Server, Wallet
from tests.unit.issuer.authorization.test_api import app_of, redeem
from tests.unit.issuer.authorization.test_oidc import Realm


@pytest.mark.parametrize("query", ["", "?client_id=a", "?request_uri=b"], ids=["nothing", "no request", "no client"])
def test_a_link_without_a_pushed_request_says_to_push_first(server: Server, query: str) -> None:
    answer = browser_of(app_of(server.service), ISSUER).get(f"/authorize{query}")
    assert answer.status_code == 400
    assert answer.json()["type"] == f"urn:stuiver:problem:{Advice.PUSH_FIRST}"


def test_who_asks_for_tokens_too_often_is_told_to_wait(server: Server, wallet: Wallet) -> None:
    client = browser_of(app_of(server.service, burst=1), ISSUER)
    letter = server.letter()
    redeem(client, letter, None)
    answer = redeem(client, letter, wallet.proof(f"{ISSUER}/token"))
    assert answer.status_code == 429
    assert answer.json()["reason"] == Advice.TOO_MANY


@pytest.mark.parametrize("reason", [FetchReason.TIMED_OUT, FetchReason.UNREACHABLE, FetchReason.UNTRUSTED_CERTIFICATE])
def test_a_provider_that_cannot_be_asked_is_unavailable(reason: FetchReason) -> None:
    realm = Realm(error=FetchError(reason))
    with pytest.raises(LoginRefusedError) as refused:
        realm.login().start()
    assert refused.value.reason is LoginRefusal.UNAVAILABLE
