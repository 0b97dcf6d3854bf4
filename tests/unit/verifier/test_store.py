# SPDX-License-Identifier: EUPL-1.2
"""The database, SQLite and PostgreSQL: what happens once happens once, and what is over is gone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ssi.errors import Reason
from tests.unit.verifier.material import AMIRA, NOW, Citizen, Town, Validator, Wallet
from tests.unit.verifier.test_service import read
from verifier.errors import SettingsError, StoreDamagedError
from verifier.model import DecisionRecord, PresentationRequest, Refusal, RequestId, Stage, WalletRefusal, secret_hash
from verifier.policy.deciding import Allowed
from verifier.policy.model import Device, PolicyId
from verifier.store import ConflictError, Store

REQUEST = PresentationRequest(
    id=RequestId("r" * 22),
    policy=PolicyId("under-21", 1),
    device=Device.SAME,
    query=None,
    nonce="nonce",
    state="state",
    created_at=NOW,
    expires_at=NOW + timedelta(minutes=5),
    browser_hash=secret_hash("browser"),
    response_key="key",
)
DECISION = DecisionRecord(
    id="d" * 22,
    request=REQUEST.id,
    policy=REQUEST.policy,
    decision=Allowed(("age_under_21",)),
    decided_at=NOW,
    receipt="a.b.c",
    pseudonym=b"p" * 96,
    scope="scope",
    is_final=False,
    forget_at=NOW + timedelta(days=7),
)


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator()


@pytest.fixture(scope="module")
def amira(validator: Validator) -> Citizen:
    return Citizen.of(validator, AMIRA)


def test_a_request_comes_back_as_it_was_kept(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.add_request(REQUEST)
    with store.transaction() as transaction:
        assert transaction.find_request(REQUEST.id) == REQUEST
        assert transaction.find_request(RequestId("x" * 22)) is None


def test_two_requests_never_share_a_nonce(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.add_request(REQUEST)
    with pytest.raises(ConflictError), store.transaction() as transaction:
        transaction.add_request(replace(REQUEST, id=RequestId("s" * 22)))


def test_the_second_of_two_answers_changes_nothing(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.add_request(REQUEST)
    with store.transaction() as transaction:
        assert transaction.answer(REQUEST, stage=Stage.ANSWERED, response_code_hash=b"c" * 32)
    with store.transaction() as transaction:
        assert not transaction.answer(REQUEST, stage=Stage.FINISHED, response_code_hash=None)
        assert not transaction.refuse(REQUEST, Refusal(Reason.MALFORMED, "correlation"))
        found = transaction.find_request(REQUEST.id)
    assert found is not None
    assert (found.stage, found.response_code_hash, found.response_key) == (Stage.ANSWERED, b"c" * 32, None)


@pytest.mark.parametrize("reason", [Reason.REVOKED, WalletRefusal.ACCESS_DENIED])
def test_a_refusal_is_kept_with_its_number(reason: Reason | WalletRefusal, store: Store) -> None:
    with store.transaction() as transaction:
        transaction.add_request(REQUEST)
        assert transaction.refuse(REQUEST, Refusal(reason, "correlation"))
        found = transaction.find_request(REQUEST.id)
    assert found is not None
    assert found.refusal == Refusal(reason, "correlation")
    assert found.is_open is isinstance(reason, Reason)
    assert found.attempts == 1


def test_a_decision_is_final_once_its_browser_came_back(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.add_request(REQUEST)
        transaction.answer(REQUEST, stage=Stage.ANSWERED, response_code_hash=b"c" * 32)
        transaction.add_decision(DECISION)
        assert transaction.decisions(most=10) == ()
        answered = transaction.find_request(REQUEST.id)
        assert answered is not None
        assert transaction.finish(answered)
        assert transaction.decisions(most=10) == (replace(DECISION, is_final=True),)
        assert not transaction.finish(answered)


def test_a_pseudonym_that_was_allowed_stays_so_unless_nobody_came_back(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.add_decision(DECISION)
        transaction.add_allowed("scope", b"p" * 96, DECISION.id, NOW + timedelta(days=200))
        assert not transaction.was_allowed("elsewhere", b"p" * 96)
        assert not transaction.was_allowed("scope", b"p" * 96)  # not final: gives way
        assert transaction.find_decision(REQUEST.id) is None
        transaction.add_decision(replace(DECISION, is_final=True))
        transaction.add_allowed("scope", b"p" * 96, DECISION.id, NOW + timedelta(days=200))
        assert transaction.was_allowed("scope", b"p" * 96)
    with store.transaction() as transaction:
        transaction.forget(NOW + timedelta(days=7), NOW)
        assert transaction.find_decision(REQUEST.id) is None
        assert transaction.was_allowed("scope", b"p" * 96)  # longer than the decision itself
        transaction.forget(NOW + timedelta(days=200), NOW)
        assert not transaction.was_allowed("scope", b"p" * 96)


def test_one_pseudonym_is_allowed_once_whoever_is_faster(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.add_allowed("scope", b"p" * 96, "first", NOW)
    with pytest.raises(ConflictError), store.transaction() as transaction:
        transaction.add_allowed("scope", b"p" * 96, "second", NOW)


def test_requests_are_forgotten_and_their_keys_before_them(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.add_request(REQUEST)
    with store.transaction() as transaction:
        transaction.forget(REQUEST.expires_at + timedelta(seconds=1), NOW)
        found = transaction.find_request(REQUEST.id)
        assert found == replace(REQUEST, response_key=None)
        transaction.forget(NOW, REQUEST.expires_at + timedelta(seconds=1))
        assert transaction.find_request(REQUEST.id) is None


@pytest.mark.parametrize("url", ["nothing", "nosql://here", "postgresql+nothing://here/x"])
def test_what_is_no_address_of_a_database_says_so(url: str) -> None:
    with pytest.raises(SettingsError, match="database"):
        Store.at_url(url)


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "verifier.sqlite").write_bytes(b"not a database, and long enough to be looked at" * 100)
    with pytest.raises(StoreDamagedError):
        Store.at(tmp_path / "verifier.sqlite")


def test_two_answers_at_the_same_moment_are_one_allowance(store: Store, validator: Validator, amira: Citizen) -> None:
    town = Town.build(validator=validator, store=store)
    wallet = Wallet(amira, town)
    requests = [wallet.fetch(town.start("income-allowance")["link"]) for _ in range(4)]
    answers = [(request, wallet.answer(request)) for request in requests]
    with ThreadPoolExecutor(4) as pool:
        receipts = [one.json()["receipt"] for one in pool.map(lambda pair: wallet.send(*pair), answers)]
    decisions = [read(town, receipt).decision for receipt in receipts]
    assert sorted(type(decision).__name__ for decision in decisions) == ["Allowed", "Denied", "Denied", "Denied"]


def test_one_answer_sent_many_times_at_once_is_decided_once(store: Store, validator: Validator, amira: Citizen) -> None:
    town = Town.build(validator=validator, store=store)
    wallet = Wallet(amira, town)
    request = wallet.fetch(town.start("under-21")["link"])
    answer = wallet.answer(request)
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: wallet.send(request, answer).status_code, range(8)))
    assert sorted(codes) == [200, *[400] * 7]
    assert len(town.verifier.decisions()) == 1
