# SPDX-License-Identifier: EUPL-1.2
"""What a wallet may push, and what becomes of it in a browser and at the token endpoint."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from urllib.parse import parse_qsl, urlsplit

import pytest

from issuer.authorization.errors import Advice, LoginRefusal, LoginRefusedError
from issuer.authorization.service import AuthorizationService
from issuer.store import Store
from ssi.keys import KeyType
from ssi.keys.private import PrivateKey
from ssi.openid.errors import ErrorCode
from tests.unit.issuer.activation.material import ISSUER
from tests.unit.issuer.authorization.material import (
    AGE,
    INCOME,
    INCOME_BBS,
    REDIRECT,
    WALLET,
    Doorman,
    Server,
    Wallet,
    authorised,
    configuration,
    details,
    logged_in,
    refusal,
    settings,
)
from tests.unit.issuer.material import AMIRA, BAS

INVALID = ErrorCode.INVALID_REQUEST
GONE = (ErrorCode.INVALID_REQUEST, Advice.JOURNEY_GONE)
NO_REQUEST = (ErrorCode.INVALID_REQUEST_URI, Advice.REQUEST_GONE)
NO_CODE = (ErrorCode.INVALID_GRANT, Advice.CODE)
WORD = {"word": "sesame", "person": "amira"}


def test_a_wallet_gets_what_its_person_allowed(wallet: Wallet) -> None:
    answer = wallet.exchange(logged_in(wallet, INCOME, INCOME_BBS))
    assert answer.scope == (f"scope:{INCOME}", f"scope:{INCOME_BBS}")
    assert answer.authorization_details == ()
    grant = authorised(wallet, answer)
    assert (grant.person, grant.configuration_ids, grant.client_id) == (AMIRA, (INCOME, INCOME_BBS), WALLET)
    assert authorised(wallet, wallet.refresh(answer.refresh_token)).person == AMIRA


def test_details_count_beside_scope_and_come_back_with_identifiers(wallet: Wallet) -> None:
    code = logged_in(wallet, AGE, scope=f"scope:{AGE} openid unknown", authorization_details=details(INCOME))
    answer = wallet.exchange(code)
    assert [d.credential_identifiers for d in answer.authorization_details] == [(INCOME,), (AGE,)]
    assert authorised(wallet, answer).uses_identifiers


def test_a_token_request_may_ask_for_less(wallet: Wallet) -> None:
    answer = wallet.exchange(logged_in(wallet, INCOME, AGE), authorization_details=details(AGE))
    assert authorised(wallet, answer).configuration_ids == (AGE,)
    refused = refusal(lambda: wallet.exchange(logged_in(wallet, INCOME), authorization_details=details(AGE)))
    assert refused == (ErrorCode.INVALID_AUTHORIZATION_DETAILS, Advice.UNKNOWN_CREDENTIAL)


@pytest.mark.parametrize(
    ("changes", "code", "advice"),
    [
        ({"response_type": "token"}, ErrorCode.UNSUPPORTED_RESPONSE_TYPE, Advice.MALFORMED),
        ({"response_mode": "fragment"}, INVALID, Advice.MALFORMED),
        ({"code_challenge_method": "plain"}, INVALID, Advice.MALFORMED),
        ({"code_challenge": "short"}, INVALID, Advice.MALFORMED),
        ({"request_uri": "urn:x"}, INVALID, Advice.MALFORMED),
        ({"request": "e30.e30."}, ErrorCode.INVALID_REQUEST_OBJECT, Advice.MALFORMED),
        ({"state": "x" * 3000}, INVALID, Advice.MALFORMED),
        ({"scope": "openid"}, ErrorCode.INVALID_SCOPE, Advice.NOTHING_ASKED),
        ({"scope": "a  b"}, INVALID, Advice.MALFORMED),
        ({"authorization_details": "{}"}, ErrorCode.INVALID_AUTHORIZATION_DETAILS, Advice.MALFORMED),
        ({"authorization_details": '[{"type":"x"}]'}, ErrorCode.INVALID_AUTHORIZATION_DETAILS, Advice.MALFORMED),
        ({"authorization_details": details("x")}, ErrorCode.INVALID_AUTHORIZATION_DETAILS, Advice.UNKNOWN_CREDENTIAL),
        ({"redirect_uri": "http://wallet.example/cb"}, INVALID, Advice.REDIRECT_URI),
        ({"redirect_uri": "org.example.wallet:/cb"}, INVALID, Advice.REDIRECT_URI),
        ({"client_id": "x" * 600}, ErrorCode.INVALID_CLIENT, Advice.CLIENT),
        ({"issuer_state": "x"}, INVALID, Advice.OFFER),
        ({"dpop_jkt": "x"}, INVALID, Advice.MALFORMED),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_request_is_refused(wallet: Wallet, changes: dict[str, str], code: ErrorCode, advice: Advice) -> None:
    assert refusal(lambda: wallet.push(wallet.request(INCOME, **changes))) == (code, advice)


@pytest.mark.parametrize(
    "name", ["client_id", "redirect_uri", "code_challenge", "response_type", "code_challenge_method"]
)
def test_a_request_without_what_it_needs_is_refused(wallet: Wallet, name: str) -> None:
    form = wallet.request(INCOME)
    del form[name]
    assert refusal(lambda: wallet.push(form)) == (INVALID, Advice.MALFORMED)


def test_a_repeated_parameter_is_refused(server: Server, wallet: Wallet) -> None:
    pairs = [*wallet.request(INCOME).items(), ("client_id", WALLET)]
    assert refusal(lambda: server.service.push(pairs, [])) == (INVALID, Advice.MALFORMED)


# offers


def test_an_offer_says_what_is_asked_for_and_bounds_it(server: Server, wallet: Wallet) -> None:
    state = server.service.issuer_state([AGE, INCOME])
    code = logged_in(wallet, scope="", issuer_state=state)
    assert authorised(wallet, wallet.exchange(code)).configuration_ids == (INCOME, AGE)
    beyond = refusal(lambda: wallet.push(wallet.request(INCOME_BBS, issuer_state=state)))
    assert beyond == (ErrorCode.INVALID_SCOPE, Advice.UNKNOWN_CREDENTIAL)
    server.clock.pass_days(2)
    assert refusal(lambda: wallet.push(wallet.request(INCOME, issuer_state=state))) == (INVALID, Advice.OFFER)
    nonce = server.service.dpop_nonce()
    assert refusal(lambda: wallet.push(wallet.request(INCOME, issuer_state=nonce))) == (INVALID, Advice.OFFER)
    with pytest.raises(ValueError, match="settings"):
        server.service.issuer_state(["x"])


# wallets and their addresses


def test_a_list_of_wallets_lets_no_other_in(store: Store) -> None:
    server = Server.on(store, clients={WALLET: (REDIRECT, "http://127.0.0.1/cb")})
    wallet, stranger = Wallet(server), Wallet(server, client_id="stranger")
    wallet.exchange(logged_in(wallet))
    logged_in(wallet, redirect_uri="http://127.0.0.1:51234/cb")
    unlisted = refusal(lambda: wallet.push(wallet.request(redirect_uri=REDIRECT + "/")))
    assert unlisted == (INVALID, Advice.REDIRECT_URI)
    no_client = (ErrorCode.INVALID_CLIENT, Advice.CLIENT)
    assert refusal(lambda: stranger.push(stranger.request())) == no_client
    letter = server.letter()
    assert refusal(lambda: wallet.redeem(*letter)) == no_client
    assert refusal(lambda: wallet.redeem(*letter, client_id="stranger")) == no_client
    wallet.redeem(*letter, client_id=WALLET)
    assert "pre-authorized_grant_anonymous_access_supported" not in server.service.metadata()


def test_a_scheme_of_an_application_is_allowed_by_configuration(store: Store) -> None:
    server = Server.on(store, redirect_schemes=frozenset({"org.example.wallet"}))
    wallet, address = Wallet(server), "org.example.wallet:/cb?x=1"
    pushed = wallet.push(wallet.request(redirect_uri=address, state="å&="))
    cookie, _ = server.visits.follow(WALLET, pushed.request_uri)
    url = server.visits.decide(server.visits.log_in(cookie, WORD), allowed=True)
    assert url.startswith(address + "&code=")
    answer = dict(parse_qsl(urlsplit(url).query))
    assert (answer["state"], answer["iss"]) == ("å&=", ISSUER)
    wallet.exchange(answer["code"], redirect_uri=address)


# codes


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": REDIRECT + "/"},
        {"client_id": "another"},
        {"code_verifier": "x" * 43},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_code_of_another_wallet_address_or_verifier_is_refused_and_spent(
    wallet: Wallet, changes: dict[str, str]
) -> None:
    code = logged_in(wallet)
    assert refusal(lambda: wallet.exchange(code, **changes)) == NO_CODE
    assert refusal(lambda: wallet.exchange(code)) == NO_CODE


@pytest.mark.parametrize("name", ["redirect_uri", "client_id", "code_verifier"])
def test_a_token_request_that_lacks_something_spends_no_code(wallet: Wallet, name: str) -> None:
    code = logged_in(wallet)
    assert refusal(lambda: wallet.exchange(code, **{name: ""})) == (INVALID, Advice.MALFORMED)
    wallet.exchange(code)


def test_a_code_lives_a_minute(server: Server, wallet: Wallet) -> None:
    code = logged_in(wallet)
    server.clock.now += timedelta(seconds=61)
    assert refusal(lambda: wallet.exchange(code)) == NO_CODE
    assert refusal(lambda: wallet.exchange("x" * 43)) == NO_CODE


def test_a_code_that_comes_twice_ends_what_it_gave(wallet: Wallet) -> None:
    code = logged_in(wallet)
    answer = wallet.exchange(code)
    authorised(wallet, answer)
    assert refusal(lambda: wallet.exchange(code)) == NO_CODE
    assert refusal(lambda: authorised(wallet, answer)) == (ErrorCode.INVALID_TOKEN, Advice.ACCESS_TOKEN)
    assert refusal(lambda: wallet.refresh(answer.refresh_token))[0] is ErrorCode.INVALID_GRANT


@pytest.mark.parametrize("way", ["dpop_jkt", "proof"])
def test_a_code_may_be_bound_to_a_key_when_it_is_asked_for(server: Server, wallet: Wallet, way: str) -> None:
    thief = Wallet(server, PrivateKey.generate(KeyType.P256), verifier=wallet.verifier)
    proofs = [wallet.proof(f"{ISSUER}/par")] if way == "proof" else []
    bound = {"dpop_jkt": wallet.key.public_key.thumbprint()} if way == "dpop_jkt" else {}

    def code() -> str:
        pushed = wallet.push(wallet.request(**bound), [wallet.proof(f"{ISSUER}/par")] if proofs else [])
        cookie, _ = server.visits.follow(WALLET, pushed.request_uri)
        url = server.visits.decide(server.visits.log_in(cookie, WORD), allowed=True)
        return dict(parse_qsl(urlsplit(url).query))["code"]

    stolen = code()
    assert refusal(lambda: thief.exchange(stolen)) == (ErrorCode.INVALID_DPOP_PROOF, Advice.PROOF)
    authorised(wallet, wallet.exchange(code()))


def test_a_proof_at_par_must_be_of_the_announced_key(server: Server, wallet: Wallet) -> None:
    other = PrivateKey.generate(KeyType.P256).public_key.thumbprint()
    request = wallet.request(dpop_jkt=other)
    assert refusal(lambda: wallet.push(request, [wallet.proof(f"{ISSUER}/par")])) == (
        ErrorCode.INVALID_DPOP_PROOF,
        Advice.PROOF,
    )
    proof = wallet.proof(f"{ISSUER}/par")
    wallet.push(wallet.request(), [proof])
    assert refusal(lambda: wallet.push(wallet.request(), [proof]))[0] is ErrorCode.INVALID_DPOP_PROOF


# visits


def test_a_pushed_request_is_of_its_wallet_once_and_for_a_short_time(server: Server, wallet: Wallet) -> None:
    visits = server.visits
    first, second = (wallet.push(wallet.request()).request_uri for _ in range(2))
    for other in ("another", "", "\0"):
        assert refusal(partial(visits.follow, other, first)) == NO_REQUEST
    visits.follow(WALLET, first)
    assert refusal(lambda: visits.follow(WALLET, first)) == NO_REQUEST
    server.clock.now += timedelta(seconds=91)
    assert refusal(lambda: visits.follow(WALLET, second)) == NO_REQUEST


def test_nothing_is_decided_before_somebody_logged_in(server: Server, wallet: Wallet) -> None:
    visits = server.visits
    cookie, url = visits.follow(WALLET, wallet.push(wallet.request()).request_uri)
    assert url == f"{ISSUER}/authorize/login"
    assert refusal(lambda: visits.consent(cookie)) == GONE
    assert refusal(lambda: visits.decide(cookie, allowed=True)) == GONE


def test_who_says_no_sends_the_wallet_a_no(server: Server, wallet: Wallet) -> None:
    visits = server.visits
    cookie, _ = visits.follow(WALLET, wallet.push(wallet.request()).request_uri)
    url = visits.decide(cookie, allowed=False)
    assert dict(parse_qsl(urlsplit(url).query)) == {"error": "access_denied", "state": "a state", "iss": ISSUER}
    assert refusal(lambda: visits.find(cookie)) == GONE


def test_a_login_changes_the_cookie_and_happens_once(server: Server, wallet: Wallet) -> None:
    visits = server.visits
    before, _ = visits.follow(WALLET, wallet.push(wallet.request()).request_uri)
    after = visits.log_in(before, WORD)
    assert refusal(lambda: visits.find(before)) == GONE
    assert refusal(lambda: visits.log_in(after, {**WORD, "person": "cato"})) == GONE
    consent = visits.consent(after)
    assert (consent.client_id, consent.destination) == (WALLET, "https://wallet.example")
    assert [configuration.id for configuration in consent.configurations] == [INCOME]


def test_the_formats_of_one_credential_are_shown_once(store: Store) -> None:
    twice = configuration(INCOME), replace(configuration(INCOME), id=INCOME_BBS, scope="b"), configuration(AGE)
    server = Server.on(store, configurations=twice)
    wallet = Wallet(server)
    scope = f"scope:{INCOME} b scope:{AGE}"
    cookie, _ = server.visits.follow(WALLET, wallet.push(wallet.request(scope=scope)).request_uri)
    consent = server.visits.consent(server.visits.log_in(cookie, WORD))
    assert [shown.id for shown in consent.configurations] == [INCOME, AGE]


def test_who_is_not_known_here_gets_no_further(server: Server, wallet: Wallet) -> None:
    visits = server.visits
    cookie, _ = visits.follow(WALLET, wallet.push(wallet.request()).request_uri)
    for answer, reason in (
        ({**WORD, "word": "?"}, LoginRefusal.WRONG),
        ({**WORD, "person": "nobody"}, LoginRefusal.UNKNOWN_PERSON),
        ({**WORD, "person": ""}, LoginRefusal.UNKNOWN_PERSON),
        ({**WORD, "person": "amira\0"}, LoginRefusal.UNKNOWN_PERSON),
        ({**WORD, "person": "\ud800"}, LoginRefusal.UNKNOWN_PERSON),
        ({**WORD, "person": "a" * 201}, LoginRefusal.UNKNOWN_PERSON),
    ):
        with pytest.raises(LoginRefusedError) as caught:
            visits.log_in(cookie, answer)
        assert caught.value.reason is reason
    visits.log_in(cookie, WORD)


def test_a_visit_ends_after_a_quarter_of_an_hour(server: Server, wallet: Wallet) -> None:
    cookie, _ = server.visits.follow(WALLET, wallet.push(wallet.request()).request_uri)
    server.clock.now += timedelta(minutes=15, seconds=1)
    assert refusal(lambda: server.visits.log_in(cookie, WORD)) == GONE


def test_a_request_waits_while_the_login_is_out_of_order(store: Store) -> None:
    doorman = Doorman(available=False)
    server = Server.on(store, login=doorman)
    wallet = Wallet(server)
    reference = wallet.push(wallet.request()).request_uri
    with pytest.raises(LoginRefusedError):
        server.visits.follow(WALLET, reference)
    doorman.available = True
    cookie, _ = server.visits.follow(WALLET, reference)
    again, _ = server.visits.start_again(cookie)
    assert again != cookie
    server.visits.log_in(again, WORD)


def test_withdrawing_a_persons_access_ends_codes_and_visits(server: Server, wallet: Wallet) -> None:
    hers, his = logged_in(wallet), logged_in(wallet, person="bas")
    cookie, _ = server.visits.follow(WALLET, wallet.push(wallet.request()).request_uri)
    cookie = server.visits.log_in(cookie, WORD)
    server.service.revoke_person(AMIRA)
    assert refusal(lambda: wallet.exchange(hers)) == NO_CODE
    assert refusal(lambda: server.visits.decide(cookie, allowed=True)) == GONE
    assert authorised(wallet, wallet.exchange(his)).person == BAS


def test_a_server_without_a_login_says_so(server: Server) -> None:
    office = server.office
    service = AuthorizationService(settings(), office.store, office.service, None, office.clock)
    wallet = Wallet(Server(office, service))
    assert refusal(lambda: wallet.push(wallet.request())) == (INVALID, Advice.NO_LOGIN)
    metadata = service.metadata()
    assert metadata["grant_types_supported"] == [
        "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        "refresh_token",
    ]
    assert "authorization_endpoint" not in metadata
