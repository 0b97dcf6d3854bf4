# SPDX-License-Identifier: EUPL-1.2
"""Answers that must not pass: each is refused with its reason, told to both sides, and nothing of it is kept."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from ssi.errors import Reason
from ssi.jose.jwe import EphemeralKey, encrypt
from ssi.jose.jws import UnverifiedJws
from ssi.keys import KeyType, PrivateKey
from ssi.openid.request import AuthorizationRequest
from ssi.openid.response import AuthorizationResponse
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.vc import Open
from ssi.status import StatusValue
from tests.unit.verifier.material import (
    AMIRA,
    CATO,
    FORMATS,
    NOW,
    STATUS_URL,
    BuildTown,
    Citizen,
    Town,
    Validator,
    Wallet,
    changed_settings,
    credential_type,
    types,
)
from tests.unit.verifier.test_policy import document, octets
from verifier.model import Stage
from verifier.policy.model import Policy
from verifier.policy.shelf import PolicyShelf
from verifier.wording import ADVICE


def changed_character(text: str, at: int) -> str:
    """A text of base64url with another character at a place."""
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


Answer = Callable[[Wallet, AuthorizationRequest], httpx.Response]


def sent(wallet: Wallet, request: AuthorizationRequest, token: Mapping[str, Any]) -> httpx.Response:
    """An answer with these presentations."""
    presentations = {id_: one if isinstance(one, tuple) else (one,) for id_, one in token.items()}
    return wallet.send(request, AuthorizationResponse(presentations, request.state))


def sd_jwt(wallet: Wallet, request: AuthorizationRequest) -> str:
    """The right presentation of the SD-JWT VC."""
    shown = wallet.presentation(request, request.dcql_query.credential("age_sd_jwt"))
    assert isinstance(shown, str)
    return shown


def proof(wallet: Wallet, request: AuthorizationRequest) -> dict[str, Any]:
    """The right claim proof."""
    shown = wallet.presentation(request, request.dcql_query.credentials[0])
    assert isinstance(shown, dict)
    return dict(shown)


def with_credential(wallet: Wallet, **changes: Any) -> Wallet:
    """Another SD-JWT VC for the same citizen."""
    validator = changes.pop("validator", wallet.town.validator)
    kind = changes.pop("kind", credential_type("age"))
    claims = changes.pop("claims", {"birth_date": "2007-12-01", "age_under_21": True, "age_over_18": True})
    text = validator.sd_jwt(kind, claims, wallet.citizen.key, **changes)
    return replace(wallet, citizen=replace(wallet.citizen, age_sd_jwt=text))


def late(wallet: Wallet, **parts: float) -> Wallet:
    """A wallet whose clock differs."""
    town = replace(wallet.town, clock=replace(wallet.town.clock))
    town.clock.forward(**parts)
    return replace(wallet, town=town)


def foreign_holder(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
    """Somebody else's credential, with a key binding by one's own key."""
    thief = PrivateKey.generate(KeyType.P256)
    theirs = wallet.citizen.age_sd_jwt
    own = wallet.town.validator.sd_jwt(credential_type("age"), {"age_under_21": True}, thief)
    mine = replace(wallet, citizen=replace(wallet.citizen, age_sd_jwt=own, key=thief))
    binding = sd_jwt(mine, request).rpartition("~")[2]
    bare = UnverifiedSdJwt.parse(sd_jwt(wallet, request))
    assert bare.issuer_jwt == UnverifiedSdJwt.parse(theirs).issuer_jwt
    return sent(wallet, request, {"age_sd_jwt": "~".join([bare.issuer_jwt, *bare.disclosures, binding])})


def tampered(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
    text = sd_jwt(wallet, request)
    jwt, _, rest = text.partition("~")
    head, payload, signature = jwt.split(".")
    other = changed_character(signature, 10)
    return sent(wallet, request, {"age_sd_jwt": f"{head}.{payload}.{other}~{rest}"})


def unknown_status(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
    wallet.town.tokens[STATUS_URL] = wallet.town.validator.status_token({0: 3})
    return sent(wallet, request, {"age_sd_jwt": sd_jwt(wallet, request)})


def no_status(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
    wallet.town.tokens[STATUS_URL] = b"nothing"
    return sent(wallet, request, {"age_sd_jwt": sd_jwt(wallet, request)})


def with_status(value: StatusValue) -> Answer:
    def answer(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
        wallet.town.set_status(value)
        return sent(wallet, request, {"age_sd_jwt": sd_jwt(wallet, request)})

    return answer


def from_wallet(change: Callable[[Wallet], Wallet]) -> Answer:
    def answer(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
        return sent(wallet, request, {"age_sd_jwt": sd_jwt(change(wallet), request)})

    return answer


def to_request(**changes: Any) -> Answer:
    """Presented for a request that differs."""

    def answer(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
        other = replace(request, **changes)
        return sent(wallet, request, {"age_sd_jwt": sd_jwt(wallet, other)})

    return answer


def other_audience(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
    client = replace(request.client_id, value=changed_character(request.client_id.value, 3))
    return sent(wallet, request, {"age_sd_jwt": sd_jwt(wallet, replace(request, client_id=client))})


def over_disclosed(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
    return wallet.send(request, wallet.answer(request, ("birth_date",)))


def under_disclosed(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
    query = request.dcql_query.credential("age_sd_jwt")
    return sent(wallet, request, {"age_sd_jwt": wallet.presentation(request, replace(query, claims=()))})


SD_JWT: dict[str, tuple[Reason, Answer]] = {
    "no_key_binding": (
        Reason.MISSING_KEY_BINDING,
        lambda w, r: sent(w, r, {"age_sd_jwt": sd_jwt(w, r).rpartition("~")[0] + "~"}),
    ),
    "key_binding_of_somebody_else": (Reason.FOREIGN_KEY_BINDING, foreign_holder),
    "made_for_another_verifier": (Reason.WRONG_AUDIENCE, other_audience),
    "made_for_another_request": (Reason.WRONG_NONCE, to_request(nonce="another-nonce")),
    "presented_long_ago": (Reason.TOO_OLD, from_wallet(lambda w: late(w, minutes=-10))),
    "presented_in_the_future": (Reason.NOT_YET_VALID, from_wallet(lambda w: late(w, minutes=10))),
    "credential_expired": (
        Reason.EXPIRED,
        from_wallet(lambda w: with_credential(w, expires_at=NOW - timedelta(hours=1))),
    ),
    "credential_not_yet_valid": (
        Reason.NOT_YET_VALID,
        from_wallet(lambda w: with_credential(w, issued_at=NOW + timedelta(hours=1))),
    ),
    "credential_revoked": (Reason.REVOKED, with_status(StatusValue.INVALID)),
    "credential_suspended": (Reason.SUSPENDED, with_status(StatusValue.SUSPENDED)),
    "status_that_means_nothing": (Reason.UNKNOWN_STATUS, unknown_status),
    "status_beyond_the_list": (Reason.UNKNOWN_STATUS, from_wallet(lambda w: with_credential(w, index=99))),
    "status_list_not_to_be_had": (Reason.STATUS_UNAVAILABLE, no_status),
    "issuer_that_nobody_trusts": (
        Reason.UNKNOWN_ISSUER,
        from_wallet(lambda w: with_credential(w, validator=Validator())),
    ),
    "another_type": (
        Reason.WRONG_CREDENTIAL_TYPE,
        from_wallet(lambda w: with_credential(w, kind=credential_type("household-income"))),
    ),
    "signature_changed": (Reason.INVALID_SIGNATURE, tampered),
    "claim_of_another_kind": (
        Reason.MALFORMED,
        from_wallet(lambda w: with_credential(w, claims={"age_under_21": "yes"})),
    ),
    "claim_that_is_an_object": (
        Reason.MALFORMED,
        from_wallet(lambda w: with_credential(w, claims={"age_under_21": [True]})),
    ),
    "more_than_was_asked": (Reason.OVER_DISCLOSURE, over_disclosed),
    "less_than_was_asked": (Reason.QUERY_NOT_MET, under_disclosed),
    "two_presentations": (
        Reason.QUERY_NOT_MET,
        lambda w, r: sent(w, r, {"age_sd_jwt": (sd_jwt(w, r), sd_jwt(w, r))}),
    ),
    "a_credential_that_nobody_asked_for": (
        Reason.OVER_DISCLOSURE,
        lambda w, r: sent(w, r, {"age_sd_jwt": sd_jwt(w, r), "passport": sd_jwt(w, r)}),
    ),
    "answers_to_two_queries": (
        Reason.OVER_DISCLOSURE,
        lambda w, r: sent(w, r, {"age_sd_jwt": sd_jwt(w, r), "age_bbs": sd_jwt(w, r)}),
    ),
    "answers_no_query": (Reason.QUERY_NOT_MET, lambda w, r: sent(w, r, {"passport": sd_jwt(w, r)})),
    "an_object_in_place_of_text": (Reason.MALFORMED, lambda w, r: sent(w, r, {"age_sd_jwt": {"a": 1}})),
    "not_an_sd_jwt": (Reason.MALFORMED, lambda w, r: sent(w, r, {"age_sd_jwt": "hello"})),
    "state_of_another_request": (
        Reason.WRONG_NONCE,
        lambda w, r: w.send(r, AuthorizationResponse({"age_sd_jwt": (sd_jwt(w, r),)}, "other")),
    ),
    "no_state": (
        Reason.WRONG_NONCE,
        lambda w, r: w.send(r, AuthorizationResponse({"age_sd_jwt": (sd_jwt(w, r),)}, None)),
    ),
    "not_encrypted": (Reason.MALFORMED, lambda w, r: w.post(r, w.answer(r).to_form())),
    "encrypted_to_another_key": (
        Reason.UNDECRYPTABLE,
        lambda w, r: w.post(r, {"response": encrypt(b"{}", EphemeralKey.generate().public_jwk(), "A128GCM")}),
    ),
    "encrypted_nonsense": (Reason.MALFORMED, lambda w, r: w.post(r, {"response": "a.b.c.d.e"})),
    "neither_answer_nor_error": (Reason.MALFORMED, lambda w, r: w.post(r, {"state": r.state or ""})),
}

FOREIGN_TO_PROOF = Validator()


def changed_proof(**changes: Any) -> Answer:
    def answer(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
        made = proof(wallet, request)
        new = {name: change(made[name]) if callable(change) else change for name, change in changes.items()}
        return sent(wallet, request, {request.dcql_query.credentials[0].id: {**made, **new}})

    return answer


def proof_for(**changes: Any) -> Answer:
    """A proof that was made for a request that differs."""

    def answer(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
        made = proof(wallet, replace(request, **changes))
        return sent(wallet, request, {request.dcql_query.credentials[0].id: made})

    return answer


def proof_of_another_day(days: int) -> Answer:
    def answer(wallet: Wallet, request: AuthorizationRequest) -> httpx.Response:
        made = proof(late(wallet, days=days), request)
        return sent(wallet, request, {request.dcql_query.credentials[0].id: made})

    return answer


PROOF: dict[str, tuple[Reason, Answer]] = {
    "made_for_another_request": (Reason.INVALID_CHALLENGE, proof_for(nonce="another-nonce")),
    "made_for_another_address": (Reason.INVALID_CHALLENGE, proof_for(response_uri="https://elsewhere.example/")),
    "approves_nothing": (Reason.INVALID_CHALLENGE, proof_for(transaction_data=())),
    "key_that_nobody_asked_for": (Reason.UNKNOWN_ISSUER, changed_proof(key="A" * 43)),
    "of_tomorrow": (Reason.NOT_YET_VALID, proof_of_another_day(2)),
    "of_last_week": (Reason.TOO_OLD, proof_of_another_day(-7)),
    "of_another_day_than_it_says": (Reason.INVALID_CHALLENGE, changed_proof(as_of=lambda day: day - 1)),
    "cut_short": (Reason.WRONG_LENGTH, changed_proof(proof=lambda text: text[:400])),
    "changed": (Reason.INVALID_POINT, changed_proof(proof=lambda text: "A" * 8 + text[8:])),
    "shows_a_number_that_nobody_asked_for": (Reason.WRONG_LENGTH, changed_proof(disclosed=[3])),
    "not_an_object": (
        Reason.MALFORMED,
        lambda w, r: sent(w, r, {r.dcql_query.credentials[0].id: json.dumps(proof(w, r))}),
    ),
    "with_a_member_too_many": (Reason.MALFORMED, changed_proof(extra=1)),
}


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator()


@pytest.fixture(scope="module")
def amira(validator: Validator) -> Citizen:
    return Citizen.of(validator, AMIRA)


def refused(town: Town, started: dict[str, Any], answer: httpx.Response, reason: Reason) -> None:
    """Both sides were told the same, and nothing was kept."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["reason"] == reason.value, problem
    assert problem["type"] == f"urn:stuiver:problem:{reason.value}"
    assert problem["correlation_id"] == answer.headers["x-correlation-id"]
    page = town.browser.page(f"/requests/{started['id']}")
    assert ADVICE[reason].title.en in page.text
    assert ADVICE[reason].text.en in page.text
    assert problem["correlation_id"] in page.text
    assert town.verifier.decisions() == ()


@pytest.mark.parametrize("name", SD_JWT)
def test_refuses_an_sd_jwt(build_town: BuildTown, name: str, validator: Validator, amira: Citizen) -> None:
    reason, answer = SD_JWT[name]
    town = build_town(validator=validator)
    wallet = Wallet(amira, town)
    started = town.start("under-21")
    refused(town, started, answer(wallet, wallet.fetch(started["link"], metadata=None)), reason)


@pytest.mark.parametrize("name", PROOF)
def test_refuses_a_claim_proof(build_town: BuildTown, name: str, validator: Validator, amira: Citizen) -> None:
    reason, answer = PROOF[name]
    town = build_town(validator=validator)
    wallet = Wallet(amira, town)
    started = town.start("income-allowance")
    refused(town, started, answer(wallet, wallet.fetch(started["link"])), reason)


def test_refuses_a_proof_when_the_key_is_no_longer_trusted(
    build_town: BuildTown, validator: Validator, amira: Citizen
) -> None:
    town = build_town(validator=validator)
    wallet, started = Wallet(amira, town), town.start("under-21")
    request = wallet.fetch(started["link"])
    answer = wallet.answer(request)
    town.trust_nobodys_proofs()
    refused(town, started, wallet.send(request, answer), Reason.UNKNOWN_ISSUER)
    standard = town.start("under-21")
    assert "age_sd_jwt" in [query.id for query in wallet.fetch(standard["link"]).dcql_query.credentials]
    assert (
        town.browser.post(
            "/requests", data={"policy": "income-allowance", "version": "1", "device": "same"}
        ).status_code
        == 503
    )


def test_a_nonce_is_spent_by_one_answer(build_town: BuildTown, validator: Validator, amira: Citizen) -> None:
    town = build_town(validator=validator)
    wallet = Wallet(amira, town)
    request = wallet.fetch(town.start("under-21")["link"])
    answer = wallet.answer(request)
    assert wallet.send(request, answer).status_code == 200
    again = wallet.send(request, answer)
    assert again.json()["reason"] == Reason.REPLAYED.value
    assert len(town.verifier.decisions()) == 1


def test_an_answer_comes_in_time_or_not_at_all(build_town: BuildTown, validator: Validator, amira: Citizen) -> None:
    town = build_town(validator=validator)
    wallet, started = Wallet(amira, town), town.start("under-21")
    request = wallet.fetch(started["link"])
    answer = wallet.answer(request)
    town.clock.forward(minutes=5)
    assert wallet.send(request, answer).json()["reason"] == Reason.EXPIRED.value
    assert "Time is up" in town.browser.page(f"/requests/{started['id']}").text


def test_a_refused_answer_may_be_followed_by_a_right_one(
    build_town: BuildTown, validator: Validator, amira: Citizen
) -> None:
    town = build_town(validator=validator)
    wallet = Wallet(amira, town)
    request = wallet.fetch(town.start("under-21")["link"])
    assert wallet.send(request, AuthorizationResponse(wallet.answer(request).vp_token, "other")).status_code == 400
    assert wallet.send(request, wallet.answer(request)).status_code == 200


def test_a_request_takes_ten_wrong_answers(build_town: BuildTown, validator: Validator, amira: Citizen) -> None:
    town = build_town(validator=validator)
    wallet, started = Wallet(amira, town), town.start("under-21")
    request = wallet.fetch(started["link"])
    for _ in range(10):
        assert wallet.post(request, {"response": "x"}).json()["reason"] == Reason.MALFORMED.value
    assert wallet.send(request, wallet.answer(request)).json()["reason"] == Reason.REPLAYED.value
    assert town.browser.another().get(started["request_uri"]).status_code == 410


def test_an_unencrypted_answer_where_none_was_asked(
    build_town: BuildTown, validator: Validator, amira: Citizen
) -> None:
    town = build_town(validator=validator, settings=changed_settings(encrypted=False))
    wallet = Wallet(amira, town)
    request = wallet.fetch(town.start("under-21")["link"])
    form = {"response": encrypt(b"{}", EphemeralKey.generate().public_jwk(), "A128GCM")}
    assert wallet.post(request, form).json()["reason"] == Reason.MALFORMED.value
    assert wallet.send(request, wallet.answer(request)).status_code == 200


LONE = "\ud800"
STRANGE: tuple[object, ...] = (
    {"vp_token": {"age_bbs": ["x"]}, "state": LONE},
    {"vp_token": {"age_sd_jwt": [LONE]}},
    {"vp_token": {"age_sd_jwt": [f"a.b.c~{LONE}~"]}},
    {"vp_token": {"age_sd_jwt": ["~" * 10_000]}},
    {"vp_token": {"age_bbs": [{LONE: 1}]}},
    {"vp_token": {"age_bbs": [{"key": LONE, "as_of": 1, "disclosed": [], "salt": LONE, "proof": LONE}]}},
    {"vp_token": {"age_bbs": [{"key": "k", "as_of": float("inf"), "disclosed": [], "salt": "", "proof": ""}]}},
    {"vp_token": {"age_bbs": [[]]}},
    {"vp_token": {"age_bbs": []}},
    {"vp_token": {}},
    {"vp_token": []},
    {"vp_token": "x"},
    {"error": LONE},
    {"error": ["access_denied"]},
    {"error": "access_denied", "state": LONE},
    {"state": None},
    [],
    None,
    1,
    "x",
)


@pytest.mark.parametrize("index", range(len(STRANGE)))
def test_whatever_is_encrypted_is_refused_in_order(
    build_town: BuildTown, index: int, validator: Validator, amira: Citizen
) -> None:
    town = build_town(validator=validator)
    wallet = Wallet(amira, town)
    request = wallet.fetch(town.start("under-21")["link"])
    payload = STRANGE[index]
    if isinstance(payload, dict):
        payload = {"state": request.state, **payload}
    assert request.client_metadata is not None
    text = encrypt(json.dumps(payload).encode(), request.client_metadata.jwks[0], "A128GCM")
    answer = wallet.post(request, {"response": text})
    assert (answer.status_code, answer.json()["reason"]) == (400, Reason.MALFORMED.value)


def standard_with_transaction() -> PolicyShelf:
    """The policy about age, for SD-JWT VCs only, with something to confirm."""
    changed = document("under-21")
    changed["queries"] = changed["queries"][1:]
    changed["transaction"] = {"text": {"nl": "Ik koop een kaartje.", "en": "I buy a ticket."}}
    return PolicyShelf([Policy.from_json(octets(changed))], types())


def test_an_sd_jwt_confirms_what_the_request_asks_to_confirm(
    build_town: BuildTown, validator: Validator, amira: Citizen
) -> None:
    town = build_town(validator=validator, policies=standard_with_transaction())
    wallet, started = Wallet(amira, town), town.start("under-21")
    request = wallet.fetch(started["link"])
    for changed in (replace(request, transaction_data=()), wallet.fetch(town.start("under-21")["link"])):
        other = replace(request, transaction_data=changed.transaction_data)
        refused(
            town, started, sent(wallet, request, {"age_sd_jwt": sd_jwt(wallet, other)}), Reason.WRONG_TRANSACTION_DATA
        )
    assert wallet.send(request, wallet.answer(request)).status_code == 200


def test_what_an_issuer_shows_to_everybody_is_dropped(
    build_town: BuildTown, validator: Validator, amira: Citizen
) -> None:
    """The wallet cannot hide it, so it is no reason to refuse; nothing of it goes further than the check."""
    claims = {"age_under_21": True, "municipality": Open("GM0014")}
    town = build_town(validator=validator)
    wallet = with_credential(Wallet(amira, town), claims=claims)
    started = town.start("under-21")
    answer = wallet.present(started["link"], metadata=None)
    assert answer.status_code == 200
    (record,) = town.verifier.decisions()
    assert "GM0014" not in str(UnverifiedJws.parse(record.receipt).unverified_claims())
    assert "GM0014" not in town.browser.page(f"/requests/{started['id']}").text


@pytest.mark.parametrize("metadata", [FORMATS, None], ids=["bbs", "sd_jwt"])
def test_cato_gets_no_youth_rate(build_town: BuildTown, metadata: str | None, validator: Validator) -> None:
    town = build_town(validator=validator)
    wallet, started = Wallet(Citizen.of(validator, CATO), town), town.start("under-21")
    request = wallet.fetch(started["link"], metadata=metadata)
    if metadata is None:
        assert wallet.send(request, wallet.answer(request)).status_code == 200
        page = town.browser.page(f"/requests/{started['id']}").text
        assert "The youth rate does not apply to you" in page
        assert "You are under 21." in page
        return
    amira = Wallet(Citizen.of(validator, AMIRA), town)
    stolen = amira.answer(replace(request, nonce="somebody-elses"))
    assert wallet.send(request, stolen).json()["reason"] == Reason.INVALID_CHALLENGE.value


def test_what_was_sent_is_in_no_answer_and_in_no_table(
    build_town: BuildTown, validator: Validator, amira: Citizen
) -> None:
    town = build_town(validator=validator)
    wallet, started = Wallet(amira, town), town.start("under-21")
    request = wallet.fetch(started["link"], metadata=None)
    answer = over_disclosed(wallet, request)
    assert "2007" not in answer.text
    assert wallet.send(request, wallet.answer(request)).status_code == 200
    view = town.verifier.decisions()[0]
    assert view.is_final
    assert town.verifier._find(view.request).stage is Stage.FINISHED
    assert "birth" not in str(view)
