# SPDX-License-Identifier: EUPL-1.2
"""The token endpoint with the codes of letters and with refresh tokens."""

from datetime import timedelta
from functools import partial

import pytest

from issuer.activation.errors import ActivationRefusal
from issuer.activation.service import ActivationService
from issuer.authorization.errors import Advice, OAuthError
from issuer.authorization.model import TokenBinding
from issuer.authorization.service import AuthorizationService
from issuer.store import Store
from ssi.keys import KeyType
from ssi.keys.private import PrivateKey
from ssi.openid.errors import ErrorCode
from tests.unit.issuer.activation.material import CONFIGURATIONS, ISSUER, SECRET
from tests.unit.issuer.authorization.material import (
    AGE,
    AGE_BBS,
    CREDENTIAL,
    IDS,
    INCOME,
    Server,
    Wallet,
    authorised,
    details,
    refusal,
    settings,
)
from tests.unit.issuer.material import AMIRA, BAS

TOKEN = f"{ISSUER}/token"


def test_a_letter_gives_a_token_for_its_person_and_its_credentials(server: Server, wallet: Wallet) -> None:
    answer = wallet.redeem(*server.letter())
    assert (answer.token_type, answer.expires_in, answer.authorization_details) == ("DPoP", 600, ())
    assert answer.scope == tuple(f"scope:{name}" for name in IDS)
    grant = authorised(wallet, answer)
    assert (grant.person, grant.configuration_ids, grant.uses_identifiers) == (AMIRA, IDS, False)
    assert grant.expires_at == server.clock.now + timedelta(minutes=10)
    assert grant.configuration_of(identifier=None, configuration_id=AGE) == AGE
    assert grant.configuration_of(identifier=AGE, configuration_id=None) is None
    assert "amira" not in repr(grant)


def test_authorization_details_narrow_a_token_and_come_back_with_identifiers(server: Server, wallet: Wallet) -> None:
    answer = wallet.redeem(*server.letter(), authorization_details=details(AGE, AGE_BBS))
    assert [(d.credential_configuration_id, d.credential_identifiers) for d in answer.authorization_details] == [
        (AGE, (AGE,)),
        (AGE_BBS, (AGE_BBS,)),
    ]
    grant = authorised(wallet, answer)
    assert (grant.configuration_ids, grant.uses_identifiers) == ((AGE, AGE_BBS), True)
    assert grant.configuration_of(identifier=AGE, configuration_id=None) == AGE
    assert grant.configuration_of(identifier=None, configuration_id=AGE) is None
    assert grant.configuration_of(identifier=AGE, configuration_id=AGE) is None
    assert grant.configuration_of(identifier=INCOME, configuration_id=None) is None


@pytest.mark.parametrize(
    ("changes", "code", "advice"),
    [
        ({"tx_code": ""}, ErrorCode.INVALID_REQUEST, Advice.PIN_MISSING),
        ({"grant_type": "password"}, ErrorCode.UNSUPPORTED_GRANT_TYPE, Advice.MALFORMED),
        ({"grant_type": ""}, ErrorCode.INVALID_REQUEST, Advice.MALFORMED),
        ({"authorization_details": "[]"}, ErrorCode.INVALID_AUTHORIZATION_DETAILS, Advice.MALFORMED),
        ({"authorization_details": details("x")}, ErrorCode.INVALID_AUTHORIZATION_DETAILS, Advice.UNKNOWN_CREDENTIAL),
        ({"pre-authorized_code": "x" * 43}, ErrorCode.INVALID_GRANT, ActivationRefusal.NOT_VALID),
        ({"client_id": "\n"}, ErrorCode.INVALID_REQUEST, Advice.MALFORMED),
    ],
    ids=["empty pin", "grant type", "no grant type", "no details", "unknown details", "unknown code", "client"],
)
def test_a_wrong_request_is_refused_and_spends_nothing(
    server: Server, wallet: Wallet, changes: dict[str, str], code: ErrorCode, advice: Advice | ActivationRefusal
) -> None:
    letter = server.letter()
    assert refusal(lambda: wallet.redeem(*letter, **changes)) == (code, advice)
    wallet.redeem(*letter)


def test_a_code_without_its_pin_is_an_invalid_request_and_no_guess(server: Server, wallet: Wallet) -> None:
    code, pin = server.letter()
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code", "pre-authorized_code": code}
    for _ in range(4):
        assert refusal(lambda: wallet.ask(form)) == (ErrorCode.INVALID_REQUEST, Advice.PIN_MISSING)
    wallet.redeem(code, pin)


def test_three_wrong_pins_lock_a_letter(server: Server, wallet: Wallet) -> None:
    code, pin = server.letter()
    wrong = f"{(int(pin) + 1) % 1_000_000:06}"
    for _ in range(2):
        assert refusal(lambda: wallet.redeem(code, wrong)) == (ErrorCode.INVALID_GRANT, ActivationRefusal.NOT_VALID)
    assert refusal(lambda: wallet.redeem(code, wrong))[0] is ErrorCode.INVALID_GRANT
    assert refusal(lambda: wallet.redeem(code, pin)) == (ErrorCode.INVALID_GRANT, ActivationRefusal.LOCKED)


def test_a_letter_works_once_and_in_time(server: Server, wallet: Wallet) -> None:
    first, second = server.letter(), server.letter(BAS)
    wallet.redeem(*first)
    assert refusal(lambda: wallet.redeem(*first)) == (ErrorCode.INVALID_GRANT, ActivationRefusal.REDEEMED)
    server.clock.pass_days(60)
    assert refusal(lambda: wallet.redeem(*second)) == (ErrorCode.INVALID_GRANT, ActivationRefusal.EXPIRED)


def test_too_many_wrong_pins_of_everybody_are_told_to_wait(server: Server) -> None:
    office = server.office
    careful = ActivationService(office.store, SECRET, ISSUER, CONFIGURATIONS, wrong_pins_per_minute=1)
    service = AuthorizationService(settings(), office.store, careful, None, office.clock)
    wallet = Wallet(Server(office, service))
    code, pin = server.letter()
    assert refusal(lambda: wallet.redeem(code, f"{(int(pin) + 1) % 1_000_000:06}"))[0] is ErrorCode.INVALID_GRANT
    with pytest.raises(OAuthError) as caught:
        wallet.redeem(code, pin)
    assert caught.value.code is ErrorCode.TEMPORARILY_UNAVAILABLE
    assert caught.value.advice is ActivationRefusal.TOO_MANY_ATTEMPTS
    assert caught.value.retry_after == 60


def test_a_letter_for_credentials_that_are_gone_gives_nothing_and_stays(store: Store) -> None:
    server = Server.on(store, configurations=Server.configurations("another"))
    letter = server.letter()
    assert refusal(lambda: Wallet(server).redeem(*letter)) == (ErrorCode.INVALID_GRANT, Advice.UNKNOWN_CREDENTIAL)
    Wallet(Server(server.office, Server.service_on(server.office))).redeem(*letter)


# DPoP at the token endpoint


def test_a_wallet_without_a_nonce_is_told_to_use_one_and_loses_nothing(server: Server, wallet: Wallet) -> None:
    letter = server.letter()
    stale = server.service.dpop_nonce()
    server.clock.now += timedelta(minutes=6)
    for nonce in (None, "made-up", stale, server.service.issuer_state([AGE])):
        proofs = [wallet.proof(TOKEN, nonce=nonce)]
        assert refusal(partial(wallet.redeem, *letter, proofs)) == (ErrorCode.USE_DPOP_NONCE, Advice.NONCE)
    wallet.redeem(*letter)


@pytest.mark.parametrize("kind", ["none", "two", "garbage", "url", "method", "replayed", "old", "early"])
def test_a_proof_that_does_not_hold_is_refused_and_spends_no_code(server: Server, wallet: Wallet, kind: str) -> None:
    letter = server.letter()
    good = wallet.proof(TOKEN)
    proofs = {
        "none": [],
        "two": [good, wallet.proof(TOKEN)],
        "garbage": ["a.b.c"],
        "url": [wallet.proof(f"{ISSUER}/par")],
        "method": [wallet.proof(TOKEN, method="GET")],
        "replayed": [good],
    }
    if kind == "replayed":
        wallet.redeem(*server.letter(BAS), [good])
    if kind in {"old", "early"}:
        server.clock.now += timedelta(minutes=-4 if kind == "old" else 4)
        proofs[kind] = [wallet.proof(TOKEN)]
        server.clock.now += timedelta(minutes=4 if kind == "old" else -4)
    advice = Advice.PROOF_NEEDED if kind == "none" else Advice.PROOF
    assert refusal(lambda: wallet.redeem(*letter, proofs[kind])) == (ErrorCode.INVALID_DPOP_PROOF, advice)
    wallet.redeem(*letter)


def test_bearer_tokens_are_given_by_configuration_only_and_are_not_renewed(store: Store) -> None:
    server = Server.on(store, token_binding=TokenBinding.DPOP_OR_BEARER)
    wallet = Wallet(server)
    answer = wallet.redeem(*server.letter(), [])
    assert (answer.token_type, answer.refresh_token) == ("Bearer", None)
    assert server.service.authorise(f"Bearer {answer.access_token}", [], method="POST", url=CREDENTIAL).person == AMIRA
    bound = wallet.redeem(*server.letter(BAS))
    assert bound.token_type == "DPoP"
    assert bound.refresh_token is not None


# refresh


def test_a_refresh_token_is_renewed_with_every_use(server: Server, wallet: Wallet) -> None:
    first = wallet.redeem(*server.letter())
    before = authorised(wallet, first)
    server.clock.pass_days(29)
    second = wallet.refresh(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    after = authorised(wallet, second)
    assert (after.id, after.person, after.configuration_ids) == (before.id, before.person, before.configuration_ids)
    third = wallet.refresh(second.refresh_token, scope=f"scope:{AGE}", client_id="")
    assert authorised(wallet, third).configuration_ids == (AGE,)
    assert authorised(wallet, wallet.refresh(third.refresh_token)).configuration_ids == IDS


def test_a_refresh_token_that_comes_twice_ends_everything_of_its_grant(server: Server, wallet: Wallet) -> None:
    first = wallet.redeem(*server.letter())
    other = wallet.redeem(*server.letter(BAS))
    second = wallet.refresh(first.refresh_token)
    expected = (ErrorCode.INVALID_GRANT, Advice.REFRESH_TOKEN)
    assert refusal(lambda: wallet.refresh(first.refresh_token)) == expected
    assert refusal(lambda: wallet.refresh(second.refresh_token)) == expected
    for token in (first, second):
        assert refusal(partial(authorised, wallet, token))[0] is ErrorCode.INVALID_TOKEN
    assert authorised(wallet, other).person == BAS


def test_a_refresh_token_of_another_key_wallet_or_time_is_refused_and_stays(server: Server, wallet: Wallet) -> None:
    token = wallet.redeem(*server.letter(), client_id="mine").refresh_token
    thief = Wallet(server, PrivateKey.generate(KeyType.P256))
    expected = (ErrorCode.INVALID_GRANT, Advice.REFRESH_TOKEN)
    assert refusal(lambda: thief.refresh(token)) == expected
    assert refusal(lambda: wallet.refresh(token, client_id="other")) == expected
    assert refusal(lambda: wallet.refresh("x" * 43)) == expected
    assert refusal(lambda: wallet.refresh(token, scope="scope:else")) == (
        ErrorCode.INVALID_SCOPE,
        Advice.UNKNOWN_CREDENTIAL,
    )
    token = wallet.refresh(token).refresh_token
    server.clock.pass_days(31)
    assert refusal(lambda: wallet.refresh(token)) == expected


def test_the_last_access_token_ends_with_its_grant(server: Server, wallet: Wallet) -> None:
    first = wallet.redeem(*server.letter())
    server.clock.now += timedelta(days=30, minutes=-2)
    assert wallet.refresh(first.refresh_token).expires_in == 120
