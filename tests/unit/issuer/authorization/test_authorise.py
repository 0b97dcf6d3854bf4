# SPDX-License-Identifier: EUPL-1.2
"""What an access token is good for at the credential issuer, and when it is good for nothing."""

from datetime import timedelta

import pytest

from issuer.authorization.errors import Advice
from issuer.authorization.model import TokenBinding
from issuer.store import Store
from ssi.keys import KeyType
from ssi.keys.private import PrivateKey
from ssi.openid.errors import ErrorCode
from tests.unit.issuer.authorization.material import CREDENTIAL, Server, Wallet, authorised, refusal
from tests.unit.issuer.material import AMIRA, BAS

NO_TOKEN = (ErrorCode.INVALID_TOKEN, Advice.ACCESS_TOKEN)
NO_PROOF = (ErrorCode.INVALID_DPOP_PROOF, Advice.PROOF)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "DPoP",
        "DPoP ",
        "Basic {}",
        "DPoP {} {}",
        "DPoP {}\n",
        "{}",
        "Bearer {}",
        "DPoP {}x",
        "DPoP é",
        "DPoP " + "x" * 300,
    ],
    ids=str,
)
def test_without_a_good_token_there_is_nothing(server: Server, wallet: Wallet, header: str | None) -> None:
    token = wallet.redeem(*server.letter()).access_token
    sent = None if header is None else header.replace("{}", token)
    proof = wallet.proof(CREDENTIAL, token=token)
    assert refusal(lambda: server.service.authorise(sent, [proof], method="POST", url=CREDENTIAL)) == NO_TOKEN


@pytest.mark.parametrize("kind", ["none", "two", "url", "method", "other key", "no ath", "other ath", "garbage"])
def test_a_token_needs_a_proof_of_its_own_key_for_this_very_request(server: Server, wallet: Wallet, kind: str) -> None:
    token = wallet.redeem(*server.letter()).access_token
    thief = Wallet(server, PrivateKey.generate(KeyType.P256))
    good = wallet.proof(CREDENTIAL, token=token)
    proofs = {
        "none": [],
        "two": [good, wallet.proof(CREDENTIAL, token=token)],
        "url": [wallet.proof(CREDENTIAL + "s", token=token)],
        "method": [wallet.proof(CREDENTIAL, token=token, method="GET")],
        "other key": [thief.proof(CREDENTIAL, token=token)],
        "no ath": [wallet.proof(CREDENTIAL)],
        "other ath": [wallet.proof(CREDENTIAL, token=token + "x")],
        "garbage": ["x"],
    }[kind]
    header = f"DPoP {token}"
    assert refusal(lambda: server.service.authorise(header, proofs, method="POST", url=CREDENTIAL)) == NO_PROOF


def test_a_proof_works_once(server: Server, wallet: Wallet) -> None:
    token = wallet.redeem(*server.letter()).access_token
    proof = wallet.proof(CREDENTIAL, token=token)
    header = f"dpop {token}"
    assert server.service.authorise(header, [proof], method="POST", url=CREDENTIAL).person == AMIRA
    assert refusal(lambda: server.service.authorise(header, [proof], method="POST", url=CREDENTIAL)) == NO_PROOF


def test_a_proof_without_our_nonce_is_to_be_made_again(server: Server, wallet: Wallet) -> None:
    token = wallet.redeem(*server.letter()).access_token
    proof = wallet.proof(CREDENTIAL, token=token, nonce=None)
    answer = refusal(lambda: server.service.authorise(f"DPoP {token}", [proof], method="POST", url=CREDENTIAL))
    assert answer == (ErrorCode.USE_DPOP_NONCE, Advice.NONCE)


def test_a_token_ends_after_ten_minutes(server: Server, wallet: Wallet) -> None:
    answer = wallet.redeem(*server.letter())
    server.clock.now += timedelta(minutes=10)
    authorised(wallet, answer)
    server.clock.now += timedelta(seconds=1)
    assert refusal(lambda: authorised(wallet, answer)) == NO_TOKEN


def test_a_bound_token_is_no_bearer_token_and_a_bearer_token_is_not_bound(store: Store) -> None:
    server = Server.on(store, token_binding=TokenBinding.DPOP_OR_BEARER)
    wallet = Wallet(server)
    bound, bearer = wallet.redeem(*server.letter()).access_token, wallet.redeem(*server.letter(BAS), []).access_token

    def refused(header: str, token: str, *, proven: bool) -> bool:
        proofs = [wallet.proof(CREDENTIAL, token=token)] if proven else []
        asked = lambda: server.service.authorise(header + token, proofs, method="POST", url=CREDENTIAL)  # noqa: E731
        return refusal(asked) == NO_TOKEN

    assert refused("Bearer ", bound, proven=False)
    assert refused("Bearer ", bound, proven=True)
    assert refused("DPoP ", bearer, proven=True)
    assert refused("Bearer ", bearer, proven=True)


def test_the_setting_that_demands_binding_ends_bearer_tokens_that_were_given(store: Store) -> None:
    server = Server.on(store, token_binding=TokenBinding.DPOP_OR_BEARER)
    token = Wallet(server).redeem(*server.letter(), []).access_token
    strict = Server.service_on(server.office)
    assert refusal(lambda: strict.authorise(f"Bearer {token}", [], method="POST", url=CREDENTIAL)) == NO_TOKEN


def test_a_person_whose_access_is_withdrawn_has_no_tokens_left(server: Server, wallet: Wallet) -> None:
    hers, his = wallet.redeem(*server.letter()), wallet.redeem(*server.letter(BAS))
    server.service.revoke_person(AMIRA)
    assert refusal(lambda: authorised(wallet, hers)) == NO_TOKEN
    assert refusal(lambda: wallet.refresh(hers.refresh_token)) == (ErrorCode.INVALID_GRANT, Advice.REFRESH_TOKEN)
    assert authorised(wallet, his).person == BAS
