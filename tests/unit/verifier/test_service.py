# SPDX-License-Identifier: EUPL-1.2
"""The use cases: devices, session binding, one allowance for each person, retention."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ssi.jose.jwe import encrypt
from ssi.jose.jws import UnverifiedJws
from ssi.keys import PublicKey
from ssi.openid.errors import ErrorResponse
from ssi.openid.haip import request_violations
from ssi.openid.response import AuthorizationResponse
from ssi.openid.signed_request import RequestReference, parse_request_link
from tests.unit.verifier.material import (
    AMIRA,
    CATO,
    FORMATS,
    NOW,
    BuildTown,
    Citizen,
    Town,
    Validator,
    Wallet,
    changed_settings,
    types,
)
from tests.unit.verifier.test_policy import credential, document, octets
from verifier.model import WalletRefusal
from verifier.policy.deciding import Allowed, Denied
from verifier.policy.model import Policy
from verifier.policy.shelf import PolicyShelf
from verifier.receipts import VerifiedReceipt, verify_receipt
from verifier.settings import ClientName
from verifier.wording import ADVICE


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator()


@pytest.fixture(scope="module")
def amira(validator: Validator) -> Citizen:
    return Citizen.of(validator, AMIRA)


@pytest.fixture
def town(build_town: BuildTown, validator: Validator) -> Town:
    return build_town(validator=validator)


def read(town: Town, receipt: str) -> VerifiedReceipt:
    """A receipt as anybody reads it, with the keys that the verifier publishes."""
    jwks = town.browser.get("/jwks").json()["keys"]
    return verify_receipt(receipt, {jwk["kid"]: PublicKey.from_jwk(jwk) for jwk in jwks})


@pytest.mark.parametrize("client", ClientName)
@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "plain"])
def test_asks_by_every_name_and_in_both_modes(
    build_town: BuildTown, client: ClientName, encrypted: bool, validator: Validator, amira: Citizen
) -> None:
    town = build_town(validator=validator, settings=changed_settings(client=client, encrypted=encrypted))
    wallet, started = Wallet(amira, town), town.start("under-21")
    request = wallet.fetch(started["link"])
    assert request.client_id.prefix.value == client.value
    assert request.response_mode.value == ("direct_post.jwt" if encrypted else "direct_post")
    answer = wallet.send(request, wallet.answer(request))
    assert answer.status_code == 200, answer.text
    assert read(town, answer.json()["receipt"]).decision == Allowed(("age_under_21",))


def test_a_did_web_is_published_with_the_request_key(build_town: BuildTown, validator: Validator) -> None:
    settings = changed_settings(
        public_url="https://verifier.example",
        client=ClientName.DECENTRALIZED_IDENTIFIER,
        did="did:web:verifier.example",
    )
    town = build_town(validator=validator, settings=settings)
    document = town.browser.get("/.well-known/did.json").json()
    assert document["id"] == "did:web:verifier.example"
    assert document["authentication"] == ["did:web:verifier.example#request"]
    link = parse_request_link(town.start("under-21")["link"])
    assert str(link.client_id) == "decentralized_identifier:did:web:verifier.example"
    assert build_town(validator=validator).browser.get("/.well-known/did.json").status_code == 404


def test_haip_asks_by_its_rules_and_for_standard_formats_only(
    build_town: BuildTown, validator: Validator, amira: Citizen
) -> None:
    town = build_town(validator=validator, settings=changed_settings(haip=True))
    assert [policy.id.name for policy in town.verifier.policies] == ["under-21"]
    wallet, started = Wallet(amira, town), town.start("under-21")
    request = wallet.fetch(started["link"], metadata=FORMATS)
    assert request_violations(request, signed_by_reference=True) == ()
    assert wallet.send(request, wallet.answer(request)).status_code == 200
    fields = {"policy": "income-allowance", "version": "1", "device": "same"}
    assert town.browser.post("/requests", data=fields).status_code == 404
    assert "x5c" in UnverifiedJws.parse(town.browser.get(town.start("under-21")["request_uri"]).text).unverified_header


def test_an_answer_is_to_a_query_that_the_request_could_ask(
    build_town: BuildTown, validator: Validator, amira: Citizen
) -> None:
    """The proof is of a query of the same policy, but HAIP or the one who started left that query out."""
    usual, haip = build_town(validator=validator), build_town(validator=validator, settings=changed_settings(haip=True))
    for town, started in ((haip, haip.start("under-21")), (usual, usual.start("under-21", query="sd_jwt"))):
        wallet = Wallet(amira, town)
        request = wallet.fetch(started["link"])
        proofs = Wallet(amira, usual).fetch(usual.start("under-21", query="bbs")["link"]).dcql_query
        answer = wallet.send(request, wallet.answer(replace(request, dcql_query=proofs)))
        assert (answer.status_code, answer.json()["reason"]) == (400, "query_not_met")


def test_every_request_has_its_own_nonce_state_and_key(town: Town, amira: Citizen) -> None:
    wallet = Wallet(amira, town)
    first, second = (wallet.fetch(town.start("under-21")["link"]) for _ in range(2))
    assert first.nonce != second.nonce
    assert first.state != second.state
    assert first.client_metadata is not None
    assert second.client_metadata is not None
    assert first.client_metadata.jwks != second.client_metadata.jwks


@pytest.mark.parametrize(
    ("metadata", "formats"),
    [
        (FORMATS, {"dc+jwp"}),
        (None, {"dc+sd-jwt"}),
        (json.dumps({"vp_formats_supported": {"dc+sd-jwt": {}, "mso_mdoc": {}}}), {"dc+sd-jwt"}),
        (json.dumps({"vp_formats_supported": {"mso_mdoc": {}}}), {"dc+jwp"}),
        ("not json", {"dc+sd-jwt"}),
        (json.dumps({"vp_formats_supported": []}), {"dc+sd-jwt"}),
    ],
    ids=["ours", "silent", "standard", "neither", "unreadable", "no_formats"],
)
def test_a_wallet_is_asked_for_what_it_can_present(
    metadata: str | None, formats: set[str], town: Town, amira: Citizen
) -> None:
    request = Wallet(amira, town).fetch(town.start("under-21")["link"], metadata=metadata)
    assert {query.format for query in request.dcql_query.credentials} == formats
    assert request.client_metadata is not None
    assert set(request.client_metadata.vp_formats_supported) == formats


def test_the_start_may_choose_the_query(town: Town, amira: Citizen) -> None:
    request = Wallet(amira, town).fetch(town.start("under-21", query="sd_jwt")["link"])
    assert [query.id for query in request.dcql_query.credentials] == ["age_sd_jwt"]


def test_the_answer_on_another_device_is_final_at_once(town: Town, amira: Citizen) -> None:
    started = town.start("under-21", "other")
    answer = Wallet(amira, town).present(started["link"]).json()
    assert "redirect_uri" not in answer
    assert [record.receipt for record in town.verifier.decisions()] == [answer["receipt"]]
    assert town.browser.get(f"/requests/{started['id']}/state").json() == {"state": "finished"}


def test_on_the_same_device_the_browser_finishes(town: Town, amira: Citizen) -> None:
    started = town.start("under-21", "same")
    page = f"/requests/{started['id']}"
    answer = Wallet(amira, town).present(started["link"]).json()
    assert "receipt" not in answer  # nothing to rely on before the browser came back
    assert town.browser.get(f"{page}/state").json() == {"state": "answered"}
    assert "only then does the outcome count" in town.browser.page(page).text
    assert town.browser.get(f"{page}/receipt").status_code == 404
    assert town.verifier.decisions() == ()
    back = town.browser.page(answer["redirect_uri"])
    assert (back.status_code, back.headers["location"]) == (303, page)
    assert "response_code" not in back.headers["location"]
    assert "The youth rate applies to you." in town.browser.page(page).text
    receipt = town.browser.get(f"{page}/receipt").text
    assert read(town, receipt).decision == Allowed(("age_under_21",))
    assert [record.receipt for record in town.verifier.decisions()] == [receipt]
    assert town.browser.page(answer["redirect_uri"]).status_code == 303  # the citizen goes back in their history


def test_whoever_sends_a_link_to_somebody_else_learns_nothing(town: Town, amira: Citizen) -> None:
    """Session fixation: Cato starts, sends Amira the link, and hopes that her answer becomes his."""
    cato = town.browser
    started = town.start("under-21", "same")
    answer = Wallet(amira, town).present(started["link"]).json()
    page = f"/requests/{started['id']}"
    amiras = cato.another()
    refused = amiras.page(answer["redirect_uri"])
    assert refused.status_code == 403
    assert "Did somebody else give you this link?" in refused.text
    for guess in ("", "x", started["id"], "A" * 43):
        assert cato.page(f"{page}/finish?response_code={guess}").status_code in (403, 422)
    assert cato.get(f"{page}/state").json() == {"state": "answered"}
    assert cato.get(f"{page}/receipt").status_code == 404
    assert "youth rate" not in cato.page(page).text
    assert town.verifier.decisions() == ()


def test_the_cookie_of_one_request_opens_no_other(town: Town, amira: Citizen) -> None:
    mine = town.start("under-21", "same")
    other = town.browser.another()
    theirs = other.post("/requests", data={"policy": "under-21", "version": "1", "device": "same"}).json()
    assert town.browser.get(f"/requests/{theirs['id']}/state").status_code == 403
    assert other.get(f"/requests/{mine['id']}/state").status_code == 403
    secret = next(cookie.value for cookie in town.browser.cookies.jar)
    other.cookies.set(f"stuiver-{theirs['id']}", str(secret), domain="127.0.0.1")
    assert other.get(f"/requests/{theirs['id']}/state").status_code == 403


def test_each_request_has_a_cookie_of_its_own_that_nobody_else_can_set(
    build_town: BuildTown, validator: Validator
) -> None:
    town = build_town(validator=validator, settings=changed_settings(public_url="https://verifier.example"))
    answer = town.browser.post("/requests", data={"policy": "under-21", "version": "1", "device": "same"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-stuiver-{answer.json()['id']}=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} >= {"secure", "httponly", "path=/", "samesite=lax"}
    assert "domain" not in cookie.lower()
    local = build_town(validator=validator).browser
    plain = local.post("/requests", data={"policy": "under-21", "version": "1", "device": "same"})
    assert "__Host-" not in plain.headers["set-cookie"]


def test_a_policy_can_keep_to_one_device(build_town: BuildTown, validator: Validator, amira: Citizen) -> None:
    changed = document("under-21")
    changed["devices"] = ["same"]
    town = build_town(validator=validator, policies=_shelf(changed))
    fields = {"policy": "under-21", "version": "1", "device": "other"}
    assert town.browser.post("/requests", data=fields).status_code == 404
    assert "On another device" not in town.browser.page("/policies/under-21/v1").text


def _shelf(changed: Any) -> PolicyShelf:
    return PolicyShelf([Policy.from_json(octets(changed))], types())


@pytest.mark.parametrize("device", ["same", "other"])
@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        ("access_denied", WalletRefusal.ACCESS_DENIED),
        ("vp_formats_not_supported", WalletRefusal.VP_FORMATS_NOT_SUPPORTED),
        ("invalid_transaction_data", WalletRefusal.INVALID_TRANSACTION_DATA),
        ("wallet_unavailable", WalletRefusal.WALLET_UNAVAILABLE),
        ("something_else", WalletRefusal.OTHER),
    ],
)
def test_a_wallet_may_decline(device: str, error: str, refusal: WalletRefusal, town: Town, amira: Citizen) -> None:
    wallet, started = Wallet(amira, town), town.start("under-21", device)
    request = wallet.fetch(started["link"])
    answer = wallet.post(request, ErrorResponse(error, "none of your business", request.state).to_json())  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert "receipt" not in answer.json()
    assert ("redirect_uri" in answer.json()) is (device == "same")
    if device == "same":
        assert town.browser.page(answer.json()["redirect_uri"]).status_code == 303
    page = town.browser.page(f"/requests/{started['id']}").text
    assert ADVICE[refusal].title.en in page
    assert "none of your business" not in page
    assert wallet.send(request, wallet.answer(request)).json()["reason"] == "replayed"
    assert town.verifier.decisions() == ()


def test_nobody_declines_for_somebody_else(town: Town, amira: Citizen) -> None:
    wallet, started = Wallet(amira, town), town.start("under-21")
    request = wallet.fetch(started["link"])
    assert wallet.post(request, {"error": "access_denied", "state": "guessed"}).json()["reason"] == "wrong_nonce"
    assert wallet.send(request, wallet.answer(request)).status_code == 200


def allowance(town: Town, wallet: Wallet, device: str = "other") -> VerifiedReceipt:
    answer = wallet.present(town.start("income-allowance", device)["link"])
    assert answer.status_code == 200, answer.text
    return read(town, answer.json()["receipt"])


def test_an_allowance_is_given_once_a_year(town: Town, amira: Citizen) -> None:
    wallet = Wallet(amira, town)
    first, second = allowance(town, wallet), allowance(town, wallet)
    assert first.decision == Allowed(("lives_here", "low_income"))
    assert second.decision == Denied(("once_per_period",))
    assert first.pseudonym == second.pseudonym
    bas = Wallet(Citizen.of(town.validator, AMIRA), town)
    assert allowance(town, bas).decision == first.decision


def test_next_year_is_another_pseudonym_and_another_allowance(town: Town, amira: Citizen) -> None:
    wallet = Wallet(amira, town)
    before = allowance(town, wallet)
    scopes = []
    for moment in (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), datetime(2026, 12, 31, 23, 1, tzinfo=UTC)):
        town.clock.now = moment  # the year begins at midnight in the municipality, an hour before UTC
        scopes.append(wallet.fetch(town.start("income-allowance")["link"]).dcql_query.credentials[0].meta["scope"])
    assert scopes == ["income-allowance/2026", "income-allowance/2027"]
    after = allowance(town, wallet)
    assert after.decision == before.decision
    assert after.pseudonym != before.pseudonym


def test_the_citizen_confirms_what_they_apply_for(town: Town, amira: Citizen) -> None:
    wallet, started = Wallet(amira, town), town.start("income-allowance")
    request = wallet.fetch(started["link"])
    (data,) = request.transaction_data
    assert data.type == "urn:stuiver:transaction:application:1"
    assert data.members["text"] == {
        "nl": "Ik vraag de inkomenstoeslag van dit jaar aan.",
        "en": "I apply for this year's income allowance.",
    }
    answer = wallet.send(request, wallet.answer(request))
    assert read(town, answer.json()["receipt"]).reference == started["id"] == data.members["reference"]


def test_a_decision_that_nobody_came_back_for_does_not_count(town: Town, amira: Citizen) -> None:
    """Amira's browser crashed, or Cato had her answer his request: her own application still counts."""
    wallet = Wallet(amira, town)
    started = town.start("income-allowance", "same")
    lost = wallet.present(started["link"]).json()
    assert allowance(town, wallet).decision == Allowed(("lives_here", "low_income"))
    assert town.browser.page(lost["redirect_uri"]).status_code == 404
    assert len(town.verifier.decisions()) == 1


def test_the_receipt_shows_nothing_that_was_not_asked_for(town: Town, amira: Citizen) -> None:
    receipt = Wallet(amira, town).present(town.start("under-21")["link"]).json()["receipt"]
    found = read(town, receipt)
    assert found.claims == {}
    assert found.pseudonym is None  # this policy asks for none, though the proof has one
    assert found.reference is None


def test_what_a_policy_keeps_stands_in_the_receipt(build_town: BuildTown, validator: Validator, amira: Citizen) -> None:
    changed = document("income-allowance")
    changed["retention"]["keep"] = [["municipality"]]
    town = build_town(validator=validator, policies=_shelf(changed))
    assert allowance(town, Wallet(amira, town)).claims == {"municipality": "GM1969"}


def test_a_date_rule_is_decided_on_the_day(build_town: BuildTown, validator: Validator, amira: Citizen) -> None:
    changed = document("under-21")
    changed["queries"] = changed["queries"][1:]
    credential(changed)["claims"] = [{"path": ["birth_date"]}]
    rule = {"id": "young", "text": {"nl": "a", "en": "a"}, "claim": ["birth_date"]}
    changed["rules"] = [{**rule, "on_or_after": {"today": {"years": -21, "days": 1}}}]
    town = build_town(validator=validator, policies=_shelf(changed))
    for citizen, decision in ((amira, Allowed), (Citizen.of(validator, CATO), Denied)):
        answer = Wallet(citizen, town).present(town.start("under-21")["link"])
        assert isinstance(read(town, answer.json()["receipt"]).decision, decision)


def test_a_disclosed_number_is_decided_on(build_town: BuildTown, validator: Validator, amira: Citizen) -> None:
    changed = document("income-allowance")
    credential(changed)["meta"]["disclosed"] = {"children": [0, 31]}
    changed["rules"].append({"id": "large", "text": {"nl": "a", "en": "a"}, "claim": ["children"], "at_least": 3})
    town = build_town(validator=validator, policies=_shelf(changed))
    assert allowance(town, Wallet(amira, town)).decision == Denied(("large",))


def test_everything_is_forgotten_in_its_time(town: Town, amira: Citizen) -> None:
    wallet, started = Wallet(amira, town), town.start("under-21")
    assert wallet.present(started["link"]).status_code == 200
    town.clock.forward(hours=2)
    town.start("under-21")
    assert town.browser.page(f"/requests/{started['id']}").status_code == 404  # the request after an hour
    town.clock.now = NOW + timedelta(days=7) - timedelta(seconds=1)
    assert len(town.verifier.decisions()) == 1
    town.clock.forward(seconds=1)
    assert town.verifier.decisions() == ()  # the decision after what the policy says


def test_the_key_for_answers_goes_with_the_answer(town: Town, amira: Citizen) -> None:
    wallet, started = Wallet(amira, town), town.start("under-21")
    assert wallet.present(started["link"]).status_code == 200
    with town.verifier._store.transaction() as transaction:
        request = transaction.find_request(started["id"])
    assert request is not None
    assert request.response_key is None


def test_a_link_is_short_enough_for_a_code(town: Town) -> None:
    link = town.start("under-21")["link"]
    assert len(link) < 400
    found = parse_request_link(link)
    assert isinstance(found, RequestReference)
    assert found.method.value == "post"


def test_an_encrypted_refusal_is_understood(town: Town, amira: Citizen) -> None:
    wallet = Wallet(amira, town)
    request = wallet.fetch(town.start("under-21")["link"])
    assert request.client_metadata is not None
    payload = json.dumps({"error": "access_denied", "state": request.state}).encode()
    answer = wallet.post(request, {"response": encrypt(payload, request.client_metadata.jwks[0], "A256GCM")})
    assert answer.status_code == 200
    assert answer.json() == {}


def test_presentations_of_one_verifier_do_not_link_to_another(
    build_town: BuildTown, validator: Validator, amira: Citizen
) -> None:
    here, there = build_town(validator=validator), build_town(validator=validator)
    first, second = allowance(here, Wallet(amira, here)), allowance(there, Wallet(amira, there))
    assert first.pseudonym != second.pseudonym


def test_an_answer_is_bound_to_its_request_and_not_to_its_address(town: Town, amira: Citizen) -> None:
    wallet = Wallet(amira, town)
    first, second = (wallet.fetch(town.start("under-21")["link"], metadata=None) for _ in range(2))
    answer = wallet.answer(first)
    moved = replace(second, state=second.state)
    assert wallet.send(moved, AuthorizationResponse(answer.vp_token, second.state)).json()["reason"] == "wrong_nonce"
