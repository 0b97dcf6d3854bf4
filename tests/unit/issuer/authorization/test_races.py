# SPDX-License-Identifier: EUPL-1.2
"""Whatever works once works once, although many ask at the same moment; on SQLite and on PostgreSQL."""

import threading
from collections.abc import Callable

import pytest

from issuer.authorization.errors import Advice, OAuthError
from issuer.store import Store
from ssi.openid.errors import ErrorCode
from tests.unit.issuer.authorization.material import CREDENTIAL, Server, Wallet, authorised, logged_in, refusal

TRIES = 8


@pytest.fixture
def server(store: Store) -> Server:
    return Server.on(store)


def at_once(work: Callable[[int], object]) -> tuple[list[object], list[OAuthError]]:
    """Results and refusals of doing something from many threads, all let go together."""
    results: list[object] = []
    refused: list[OAuthError] = []
    unexpected: list[Exception] = []
    barrier = threading.Barrier(TRIES)

    def run(number: int) -> None:
        barrier.wait()
        try:
            results.append(work(number))
        except OAuthError as error:
            refused.append(error)
        except Exception as error:
            unexpected.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(TRIES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unexpected == []
    return results, refused


def test_a_letter_gives_one_grant(server: Server) -> None:
    letter = server.letter()
    wallets = [Wallet(server) for _ in range(TRIES)]
    given, refused = at_once(lambda number: wallets[number].redeem(*letter))
    assert (len(given), len(refused)) == (1, TRIES - 1)
    assert {error.code for error in refused} == {ErrorCode.INVALID_GRANT}


def test_a_refresh_token_is_used_once_and_who_comes_second_ends_the_grant(server: Server) -> None:
    wallet = Wallet(server)
    first = wallet.redeem(*server.letter())
    given, refused = at_once(lambda number: wallet.refresh(first.refresh_token))
    assert (len(given), len(refused)) == (1, TRIES - 1)
    assert refusal(lambda: authorised(wallet, first)) == (ErrorCode.INVALID_TOKEN, Advice.ACCESS_TOKEN)


def test_an_authorization_code_is_used_once_and_who_comes_second_ends_the_grant(server: Server) -> None:
    wallet = Wallet(server)
    code = logged_in(wallet)
    given, refused = at_once(lambda number: wallet.exchange(code))
    assert (len(given), len(refused)) == (1, TRIES - 1)
    assert {(error.code, error.advice) for error in refused} == {(ErrorCode.INVALID_GRANT, Advice.CODE)}


def test_a_pushed_request_is_followed_once(server: Server) -> None:
    wallet, visits = Wallet(server), server.visits
    reference = wallet.push(wallet.request()).request_uri
    followed, refused = at_once(lambda number: visits.follow(wallet.client_id, reference))
    assert (len(followed), len(refused)) == (1, TRIES - 1)


def test_a_visit_ends_with_one_decision(server: Server) -> None:
    wallet, visits = Wallet(server), server.visits
    cookie, _ = visits.follow(wallet.client_id, wallet.push(wallet.request()).request_uri)
    cookie = visits.log_in(cookie, {"word": "sesame", "person": "amira"})
    decided, refused = at_once(lambda number: visits.decide(cookie, allowed=bool(number % 2)))
    assert (len(decided), len(refused)) == (1, TRIES - 1)


def test_a_proof_is_good_for_one_request(server: Server) -> None:
    wallet = Wallet(server)
    token = wallet.redeem(*server.letter()).access_token
    proof = wallet.proof(CREDENTIAL, token=token)
    given, refused = at_once(
        lambda number: server.service.authorise(f"DPoP {token}", [proof], method="POST", url=CREDENTIAL)
    )
    assert (len(given), len(refused)) == (1, TRIES - 1)
    assert {error.code for error in refused} == {ErrorCode.INVALID_DPOP_PROOF}
