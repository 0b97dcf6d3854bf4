# SPDX-License-Identifier: EUPL-1.2
"""The contract and the verifier in Python decide the same, on the embedded chain and on a real node."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from programmable_money.chain import Chain
from programmable_money.node import open_chain
from programmable_money.refusals import RefusalReason, RefusedError
from ssi.bbs.suite import random_scalar
from ssi.claim.verify import verify_claim
from ssi.errors import VerificationError
from tests.claims import PERIOD_START, PREDICATES, TODAY, Household, claim, prepared
from tests.contracts.opened import STARTS_AT, OpenedFund, open_fund
from tests.tampering import tampered_claims

pytestmark = pytest.mark.slow
CLAIM_REFUSALS = {
    RefusalReason.PROOF_INVALID,
    RefusalReason.STALE_CLAIM,
}


@pytest.fixture(scope="module", params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    with open_chain(request.param, starts_at=STARTS_AT) as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(chain: Chain) -> OpenedFund:
    return open_fund(chain)


def test_the_contract_keeps_the_statement_that_the_wallet_computes(opened: OpenedFund) -> None:
    assert opened.fund.statement(opened.key) == opened.statement.octets
    assert opened.fund.chain.now() // 86_400 + 25_567 == TODAY


def test_the_contract_accepts_200_honest_random_claims(opened: OpenedFund) -> None:
    random = Random(1969)
    for number in range(200):
        norm = random.randrange(30_000, 200_000)
        limit = (120 * norm + 50) // 100
        household = Household(
            exp=TODAY + random.choice((0, 1, 400)),
            recovered_at=random.choice((0, PERIOD_START - 1)),
            children=random.randrange(1, 32),
            income=random.choice((limit, random.randrange(limit + 1))),
            norm=norm,
        )
        ready = prepared(opened.statement, household, recipient=random.randbytes(20))
        proof = ready.prove()
        before = opened.fund.books()
        receipt = opened.fund.claim(opened.message(ready.claim, proof))
        nullifier = verify_claim(opened.statement, ready.claim, proof).nullifier
        assert receipt.events[-1].arguments["nullifier"] == nullifier
        assert receipt.events[-1].arguments["amount"] == 15_000 * household.children
        after = opened.fund.books()
        assert (after.accounts - before.accounts).cents == 15_000 * household.children, number


def test_the_contract_refuses_every_damaged_claim(opened: OpenedFund) -> None:
    ready = prepared(opened.statement)
    proof, other = ready.prove(), ready.prove()
    cases = list(tampered_claims(opened.statement.terms, ready.claim, proof, other))
    assert len(cases) >= 300
    wrong = {}
    for case in cases:
        with pytest.raises(VerificationError):
            verify_claim(opened.statement, case.claim, case.proof)
        message = opened.message(case.claim, case.proof)
        arguments = (message.key_id, message.account, message.as_of, list(message.disclosed), message.proof)
        try:
            opened.fund.chain.call(opened.fund.contract, "claim", *arguments)
            wrong[case.name] = "accepted"
        except RefusedError as refusal:
            if refusal.reason not in CLAIM_REFUSALS:
                wrong[case.name] = refusal.reason.value
    assert wrong == {}
    opened.fund.claim(opened.message(ready.claim, proof))


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_every_number_of_predicates_is_accepted_and_checked(chain: Chain, count: int) -> None:
    fund = open_fund(chain, PREDICATES[:count])
    ready = prepared(fund.statement)
    proof = ready.prove()
    cases = list(tampered_claims(fund.statement.terms, ready.claim, proof, ready.prove()))[::9]
    for case in cases:
        with pytest.raises(RefusedError) as caught:
            fund.fund.claim(fund.message(case.claim, case.proof))
        assert caught.value.reason in CLAIM_REFUSALS, case.name
    fund.fund.claim(fund.message(ready.claim, proof))


def test_one_pseudonym_claims_once_also_with_a_renewed_credential(opened: OpenedFund) -> None:
    nym = random_scalar()
    first, renewed = (prepared(opened.statement, Household(income=income), nym) for income in (1, 2))
    opened.fund.claim(opened.message(first.claim, first.prove()))
    with pytest.raises(RefusedError) as caught:
        opened.fund.claim(opened.message(renewed.claim, renewed.prove()))
    assert caught.value.reason is RefusalReason.ALREADY_CLAIMED


def test_a_claim_for_another_fund_or_chain_is_refused(chain: Chain, opened: OpenedFund) -> None:
    other = open_fund(chain)
    ready = prepared(other.statement)
    proof = ready.prove()
    with pytest.raises(RefusedError) as caught:
        opened.fund.claim(opened.message(ready.claim, proof))
    assert caught.value.reason is RefusalReason.PROOF_INVALID
    other.fund.claim(other.message(ready.claim, proof))


@pytest.mark.parametrize("days", [-2, 1])
def test_a_claim_is_of_today_or_yesterday(opened: OpenedFund, days: int) -> None:
    ready = prepared(opened.statement, as_of=TODAY + days)
    with pytest.raises(RefusedError) as caught:
        opened.fund.claim(opened.message(ready.claim, ready.prove()))
    assert caught.value.reason is RefusalReason.STALE_CLAIM


def test_yesterdays_claim_is_accepted(opened: OpenedFund) -> None:
    ready = prepared(opened.statement, as_of=TODAY - 1)
    opened.fund.claim(opened.message(ready.claim, ready.prove()))


def test_a_disclosed_number_outside_the_rules_is_refused(opened: OpenedFund) -> None:
    none = Household(children=0)
    ready = prepared(opened.statement, none)
    for shown in (claim(none), replace(ready.claim, disclosed=(32,))):
        with pytest.raises(RefusedError) as caught:
            opened.fund.claim(opened.message(shown, ready.prove()))
        assert caught.value.reason is RefusalReason.UNITS_OUT_OF_RANGE
