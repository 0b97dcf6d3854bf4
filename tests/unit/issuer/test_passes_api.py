# SPDX-License-Identifier: EUPL-1.2
"""The desk of a pass over HTTP: what it gives, what it refuses and how it says so."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from edge.language import Language
from issuer.errors import AccountsUnknownError, RefusalReason
from issuer.passes.api import create_pass_app
from issuer.passes.service import PassDesk
from issuer.passes.store import PassTables
from issuer.passes.wording import TOLD
from issuer.store import Store
from ssi.bbs.suite import random_scalar
from ssi.credential.issuance import accept
from ssi.credential.messages import AccountRequestMessage, IssuanceMessage, RequestMessage, SessionMessage
from ssi.credential.pinning import PendingRequest, request_issuance
from tests.unit.issuer.openid.material import InProcess
from tests.unit.issuer.test_passes import ACCOUNT, DID, KEYS, OTHER, PASS, Accounts, desk, signed

URL = "https://pas.groningen.example"


class SilentChain(Accounts):
    """A chain that does not answer."""

    def find_activated(self, unverified_account: str) -> str | None:
        raise AccountsUnknownError


def browser(opened: PassDesk, **settings: Any) -> httpx.Client:
    return httpx.Client(transport=InProcess(create_pass_app(opened, URL, **settings)), base_url=URL)


@pytest.fixture
def service(store: Store) -> httpx.Client:
    return browser(desk(store))


def session(service: httpx.Client, account: str = ACCOUNT) -> SessionMessage:
    answer = service.post("/sessions", json={"account": account})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return SessionMessage.from_json(answer.content)


def asked(
    opened: SessionMessage, *, account: str = ACCOUNT, secret: int | None = None, signer: str = ACCOUNT, **changes: Any
) -> tuple[bytes, PendingRequest]:
    """What a wallet sends, and what it keeps."""
    pending = request_issuance(secret or random_scalar(), validator=DID, nonce=opened.nonce)
    octets = pending.request.to_octets()
    members = {"validator": DID, "nonce": opened.nonce, "credential_type": PASS.vct, "unverified_request": octets}
    signature = signed(signer, opened.nonce, octets)[:65]
    return AccountRequestMessage(account, RequestMessage(**{**members, **changes}), signature).to_json(), pending


def send(service: httpx.Client, octets: bytes) -> httpx.Response:
    return service.post("/credentials", content=octets, headers={"Content-Type": "application/json"})


def test_whoever_signs_with_an_activated_account_gets_the_pass(service: httpx.Client) -> None:
    opened = session(service)
    assert (opened.validator, opened.credential_types) == (DID, (PASS.vct,))
    octets, pending = asked(opened)
    answer = send(service, octets)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    held = accept(IssuanceMessage.from_json(answer.content).issuance, pending, [PASS], KEYS.public_key(PASS))
    assert held.credential.values["period"] == 2023


def test_an_account_in_lower_case_is_the_same_record(service: httpx.Client, store: Store) -> None:
    send(service, asked(session(service))[0])
    again = send(service, asked(session(service, ACCOUNT.lower()), account=ACCOUNT.lower())[0])
    assert refused(again) == (403, "pinned_to_another_wallet")
    with store.transaction() as transaction:
        assert PassTables(transaction).counts() == (1, 1)


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code; the words are ours, in the language that was asked for, and repeat nothing of the request."""
    problem = answer.json()
    kind = problem["type"].removeprefix("urn:stuiver:problem:")
    if kind in TOLD:
        assert problem["detail"] == Language(answer.headers["Content-Language"]).of(TOLD[kind])
    assert ACCOUNT not in answer.text
    return answer.status_code, kind


def test_nobody_gets_a_challenge_for_an_account_that_activated_nothing(service: httpx.Client) -> None:
    answer = service.post("/sessions", json={"account": "0x" + "33" * 20}, headers={"Accept-Language": "nl"})
    assert refused(answer) == (404, RefusalReason.ACCOUNT_NOT_ACTIVATED.value)
    assert "nog niet geactiveerd" in answer.json()["detail"]


@pytest.mark.parametrize("body", [{}, {"account": "0x1"}, {"account": 1}, {"account": ACCOUNT, "name": "Amira"}, []])
def test_a_challenge_is_asked_for_in_one_form(service: httpx.Client, body: Any) -> None:
    assert service.post("/sessions", json=body).status_code == 422


def test_each_refusal_has_its_reason(service: httpx.Client) -> None:
    secret, first, second = random_scalar(), session(service), session(service, OTHER)
    unsigned = asked(first, signer=OTHER)[0]
    assert refused(send(service, unsigned)) == (403, RefusalReason.NOT_SIGNED_BY_ACCOUNT.value)
    octets, _ = asked(first, secret=secret)
    assert send(service, octets).status_code == 200
    assert refused(send(service, octets)) == (403, RefusalReason.SESSION_USED.value)
    stolen = asked(second, account=ACCOUNT)[0]
    assert refused(send(service, stolen)) == (403, RefusalReason.SESSION_OF_ANOTHER_PERSON.value)
    same_wallet = asked(second, account=OTHER, signer=OTHER, secret=secret)[0]
    assert refused(send(service, same_wallet)) == (403, RefusalReason.PINNED_TO_ANOTHER_RECORD.value)
    unknown = asked(replace(first, nonce=bytes(32)))[0]
    assert refused(send(service, unknown)) == (403, RefusalReason.SESSION_UNKNOWN.value)


@pytest.mark.parametrize("changes", [{"validator": "did:web:inkomen.example"}, {"credential_type": "urn:x:y:z:1"}])
def test_a_request_for_another_desk_or_type_is_refused_and_spends_nothing(
    service: httpx.Client, changes: dict[str, Any]
) -> None:
    opened = session(service)
    assert refused(send(service, asked(opened, **changes)[0])) == (422, "another_desk")
    assert send(service, asked(opened)[0]).status_code == 200


@pytest.mark.parametrize("octets", [b"", b"{}", b"\xff", b"[" * 5000, b'{"format": "stuiver/account-request/v1"}'])
def test_what_is_no_request_is_refused_with_the_field(service: httpx.Client, octets: bytes) -> None:
    assert refused(send(service, octets)) == (422, "malformed")


def test_a_damaged_proof_decides_nothing(service: httpx.Client) -> None:
    opened = session(service)
    octets, _ = asked(opened)
    document = json.loads(octets)
    document["request"] = document["request"][:-2] + ("AA" if document["request"][-2:] != "AA" else "BA")
    answer = send(service, json.dumps(document).encode())
    assert answer.status_code in {400, 403}
    assert send(service, octets).status_code == 200


def test_a_request_is_json_and_small(service: httpx.Client) -> None:
    assert service.post("/credentials", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    large = service.post("/sessions", content=b"x" * (1 << 15), headers={"Content-Type": "application/json"})
    assert large.status_code == 413


def test_nothing_is_issued_while_the_chain_is_silent(store: Store) -> None:
    answer = browser(replace(desk(store), accounts=SilentChain())).post("/sessions", json={"account": ACCOUNT})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


def test_one_address_cannot_ask_without_end(store: Store) -> None:
    service = browser(desk(store), per_second=0.001)
    answers = {service.post("/sessions", json={"account": ACCOUNT}).status_code for _ in range(205)}
    assert answers == {200, 429}


def test_another_name_for_the_service_is_refused(service: httpx.Client) -> None:
    assert service.post("/sessions", json={"account": ACCOUNT}, headers={"Host": "evil.example"}).status_code == 421


def test_every_reason_that_a_citizen_can_meet_has_words() -> None:
    others = {"nothing_to_recover", "nothing_to_reinstate", "nothing_to_suspend", "unknown_person"}
    assert {reason.value for reason in RefusalReason} - others == TOLD.keys() - {"malformed", "another_desk"}
