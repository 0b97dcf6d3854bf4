# SPDX-License-Identifier: EUPL-1.2
"""Our verifier asks a wallet built with @openid4vc, dcql and @sd-jwt, and our own, for our issuer's credentials."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from edge.fetch import GuardedFetch
from edge.language import Language
from holder.openid.errors import ExcessiveRequestError, ExcessReason
from holder.openid.offers import read_offer
from holder.openid.planning import plan_disclosure
from holder.openid.presenting import Presenter
from holder.openid.requests import KnownVerifiers, NoCertificates, read_request
from ssi.did import did_jwk_from
from ssi.keys import KeyType, PrivateKey
from ssi.openid.client_id import ClientId, ClientIdPrefix
from ssi.openid.dcql import DcqlQuery
from ssi.openid.request import AuthorizationRequest, ResponseMode
from ssi.openid.signed_request import did_header, sign_request
from ssi.trust import Anchors
from tests.interop.programs import ask_program, program, require_node
from tests.interop.services import Counter, Town, issuer, verifier
from tests.interop.wallets import RESOLVER, new_wallet, now, receiver, trust_list
from verifier.settings import ClientName

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("our verifier")]

FETCH = GuardedFetch.for_this_machine()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    require_node()
    with issuer(tmp_path_factory.mktemp("desk") / "issuer") as running:
        yield running


@pytest.fixture(scope="module")
def counter(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("counter") / "verifier"
    with verifier(folder, town.trust, client=ClientName.DECENTRALIZED_IDENTIFIER, encrypted=True) as running:
        yield running


@pytest.fixture(scope="module")
def bas(town: Town) -> dict[str, Any]:
    """What a foreign wallet got for Bas, who is under 21."""
    link, pin = town.letter("bas", "age")
    job = {"offer": link, "pin": pin, "grant": "pre-authorized", "batch": 10, "configurations": ["age-sd-jwt"]}
    return ask_program("receive", job)


def _held(received: dict[str, Any], index: int) -> list[dict[str, Any]]:
    return [{"text": received["credentials"]["age-sd-jwt"][index], "privateJwk": received["keys"][index]}]


def test_a_foreign_wallet_proves_an_age(counter: Counter, bas: dict[str, Any]) -> None:
    answer = ask_program("present", {"request": counter.ask("under-21"), "credentials": _held(bas, 0)})
    assert answer["status"] == 200, answer
    assert answer["prefix"] == "decentralized_identifier"
    assert answer["answer"]["receipt"].count(".") == 2


def test_a_foreign_wallet_that_shows_more_is_refused(counter: Counter, bas: dict[str, Any]) -> None:
    job = {"request": counter.ask("under-21"), "credentials": _held(bas, 1), "over": ["birth_date"]}
    answer = ask_program("present", job)
    assert answer["status"] == 400
    assert answer["answer"]["reason"] == "over_disclosure"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"nonce": "another nonce, of another request"}, "wrong_nonce"),
        ({"aud": "redirect_uri:https://somebody.example"}, "wrong_audience"),
        ({"iat": 1_600_000_000}, "too_old"),
    ],
    ids=["nonce", "audience", "time"],
)
def test_a_foreign_wallet_whose_key_binding_is_not_for_this_request_is_refused(
    counter: Counter, bas: dict[str, Any], change: dict[str, object], reason: str
) -> None:
    job = {"request": counter.ask("under-21"), "credentials": _held(bas, 2), "keyBinding": change}
    answer = ask_program("present", job)
    assert answer["status"] == 400
    assert answer["answer"]["reason"] == reason


def test_a_foreign_wallet_with_somebody_elses_key_is_refused(counter: Counter, bas: dict[str, Any]) -> None:
    stolen = [{**_held(bas, 3)[0], "privateJwk": bas["keys"][4]}]
    answer = ask_program("present", {"request": counter.ask("under-21"), "credentials": stolen})
    assert answer["status"] == 400
    assert answer["answer"]["reason"] == "foreign_key_binding"


def test_a_revoked_credential_is_refused(town: Town, tmp_path: Path) -> None:
    link, pin = town.letter("gijs", "age")
    job = {"offer": link, "pin": pin, "grant": "pre-authorized", "batch": 1, "configurations": ["age-sd-jwt"]}
    gijs = ask_program("receive", job)
    town.run("status", "revoke", "gijs", "--type", "age", "--employee", "joke", "--reason", "a test of the list")
    # A verifier that has not read the status list yet; one that has may go by it for its time to live.
    with verifier(tmp_path, town.trust, client=ClientName.DECENTRALIZED_IDENTIFIER, encrypted=True) as fresh:
        answer = ask_program("present", {"request": fresh.ask("under-21"), "credentials": _held(gijs, 0)})
    assert answer["status"] == 400
    assert answer["answer"]["reason"] == "revoked"


def test_a_wallet_that_holds_nothing_of_it_answers_nothing(counter: Counter) -> None:
    with program("present", {"request": counter.ask("under-21"), "credentials": []}) as wallet:
        assert "holds nothing" in wallet.fail()["error"]


@pytest.mark.parametrize(
    ("person", "client"),
    list(zip(("dirk", "eva", "fenna"), ClientName, strict=True)),
    ids=[name.value for name in ClientName],
)
def test_our_wallet_takes_everything_and_answers_every_policy(
    town: Town, tmp_path: Path, person: str, client: ClientName
) -> None:
    with (
        new_wallet(tmp_path) as wallet,
        verifier(tmp_path / "verifier", town.trust, client=client, encrypted=True) as counter,
    ):
        receiving = receiver(wallet, town.trust)
        link, pin = town.letter(person, "household-income", "age")
        received = receiving.accept(read_offer(link, FETCH), pin)
        assert received.provable == 2
        assert [len(credential.copies) for credential in received.copied] == [10, 10]
        certificates = NoCertificates() if client is not ClientName.X509_HASH else _anchors(counter)
        presenter = Presenter(wallet, FETCH, now, Language.EN)
        trust = trust_list(town.trust)
        # A verifier whose name is an address cannot count how often somebody comes, so it asks nothing once a year.
        policies = ("under-21",) if client is ClientName.REDIRECT_URI else ("under-21", "income-allowance")
        for policy in policies:
            verified = read_request(counter.ask(policy), FETCH, KnownVerifiers(RESOLVER, certificates), now=now())
            plan = plan_disclosure(wallet, verified, trust, now=now(), allowed=frozenset(), known=())
            presenter.present(plan)
        assert [entry.outcome.value for entry in wallet.consents.entries[-1:]] == ["accepted"]


def test_our_wallet_does_not_show_what_it_can_prove(town: Town, tmp_path: Path) -> None:
    asker = PrivateKey.generate(KeyType.P256)
    did = did_jwk_from(asker.public_key)
    asked = {"id": "age", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:stuiver:credential:age:1"]}}
    query = {"credentials": [{**asked, "claims": [{"path": ["birth_date"]}, {"path": ["age_over_18"]}]}]}
    request = AuthorizationRequest(
        ClientId(ClientIdPrefix.DECENTRALIZED_IDENTIFIER, did),
        ResponseMode.DIRECT_POST,
        "http://127.0.0.1:1/response",
        "a-nonce-of-one-request",
        DcqlQuery.from_json(json.dumps(query).encode()),
    )
    lasts = timedelta(minutes=5)
    signed = sign_request(request, asker, issued_at=now(), expires_at=now() + lasts, header=did_header(f"{did}#0"))
    link = "openid4vp://?" + urlencode({"client_id": str(request.client_id), "request": signed})
    with new_wallet(tmp_path) as wallet:
        offer, pin = town.letter("bas", "age")
        receiver(wallet, town.trust).accept(read_offer(offer, FETCH), pin)
        verified = read_request(link, FETCH, KnownVerifiers(RESOLVER, NoCertificates()), now=now())
        trust, known = trust_list(town.trust), {str(request.client_id)}
        with pytest.raises(ExcessiveRequestError) as refused:
            plan_disclosure(wallet, verified, trust, now=now(), allowed=frozenset(), known=known)
        assert [excess.reason for excess in refused.value.excesses] == [ExcessReason.EXACT_VALUE]
        allowed = plan_disclosure(wallet, verified, trust, now=now(), allowed=frozenset(["birth_date"]), known=known)
        assert {claim.name for part in allowed.parts for claim in part.shown} == {"birth_date", "age_over_18"}
        assert [len(part.shown) for part in allowed.parts] == [2]


def _anchors(counter: Counter) -> Anchors:
    return Anchors.from_pem([counter.folder.anchor.read_text()])
