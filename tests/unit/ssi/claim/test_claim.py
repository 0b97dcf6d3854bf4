# SPDX-License-Identifier: EUPL-1.2
"""Honest claims are accepted, bounds included; what a claim shows is what was proved (claim.md 6 and 7)."""

from random import Random

import pytest

from ssi.bbs.suite import R, invert, multiply, random_scalar
from ssi.claim import prove
from ssi.claim.proof import Proof, challenge, digest
from ssi.claim.prove import NotQualifiedError, PreparedClaim
from ssi.claim.randomness import SYSTEM
from ssi.claim.verify import verify_claim
from ssi.errors import Reason, VerificationError
from tests.claims import (
    CHILDREN,
    MUNICIPALITY,
    PERIOD_START,
    PREDICATES,
    SECRET_KEY,
    TODAY,
    Household,
    claim,
    prepared,
    sign,
    statement,
)


@pytest.mark.parametrize("count", range(5))
def test_accepts_claims_at_every_bound(count: int) -> None:
    ours = statement(PREDICATES[:count])
    at_the_bounds = Household(exp=TODAY, recovered_at=PERIOD_START - 1, income=154_060, norm=128_383, children=0)
    for household in (at_the_bounds, Household(income=0), Household(norm=2**20 - 1, exp=2**17 - 1, children=31)):
        proof = prepared(ours, household).prove()
        assert len(proof) == ours.terms.proof_length
        assert verify_claim(ours, claim(household), proof).claim.disclosed == (household.children,)


def test_accepts_200_honest_random_claims() -> None:
    random = Random(2017)
    ours = statement()
    for _ in range(200):
        norm = random.randrange(30_000, 200_000)
        limit = (120 * norm + 50) // 100
        household = Household(
            exp=TODAY + random.choice((0, 1, 400)),
            recovered_at=random.choice((0, PERIOD_START - 1)),
            children=random.randrange(32),
            income=random.choice((limit, random.randrange(limit + 1))),
            norm=norm,
        )
        recipient = random.randbytes(20)
        ready = prepared(ours, household, recipient=recipient)
        assert verify_claim(ours, ready.claim, ready.prove()).claim.recipient == recipient


def test_the_pseudonym_is_one_for_a_scope_and_another_elsewhere() -> None:
    nym = random_scalar()
    here, elsewhere = statement(), statement(context_id=b"another scope")
    first, renewed = (prepared(here, Household(income=income), nym) for income in (100_000, 120_000))
    nullifiers = {verify_claim(here, ready.claim, ready.prove()).nullifier for ready in (first, first, renewed)}
    assert len(nullifiers) == 1
    away = prepared(elsewhere, Household(), nym)
    assert verify_claim(elsewhere, away.claim, away.prove()).nullifier not in nullifiers


def test_two_proofs_share_nothing_but_the_pseudonym() -> None:
    ready = prepared(statement())
    one, two = ready.prove(), ready.prove()
    same = [at for at in range(0, len(one), 16) if one[at : at + 16] == two[at : at + 16]]
    assert same == list(range(192, 288, 16))


@pytest.mark.parametrize(
    ("household", "predicates"),
    [
        (Household(income=154_061), (0,)),
        (Household(exp=TODAY - 1), (1,)),
        (Household(recovered_at=PERIOD_START), (2,)),
        (Household(income=999_999, exp=0), (0, 1)),
    ],
)
def test_the_wallet_says_which_predicate_does_not_hold(household: Household, predicates: tuple[int, ...]) -> None:
    with pytest.raises(NotQualifiedError) as caught:
        prepared(statement(), household)
    assert caught.value.predicates == predicates


def test_the_wallet_says_which_shown_claim_differs() -> None:
    with pytest.raises(NotQualifiedError) as caught:
        prepared(statement(), Household(municipality=1))
    assert caught.value.positions == (MUNICIPALITY,)
    with pytest.raises(NotQualifiedError) as caught:
        PreparedClaim.of(statement(), claim(Household(children=4)), sign(Household(children=3)))
    assert caught.value.positions == (CHILDREN,)


def test_a_wallet_never_sends_a_proof_of_a_signature_that_does_not_hold() -> None:
    ready = PreparedClaim.of(statement(), claim(), sign(Household(), secret_key=SECRET_KEY + 1))
    with pytest.raises(VerificationError) as caught:
        ready.prove()
    assert caught.value.reason is Reason.INVALID_PROOF


def test_about_one_attempt_in_six_starts_again_with_fresh_commitments() -> None:
    """(6.5) Each of 9 responses falls below the range with probability 2^108 * 5016 / 2^126, about 1.9%."""
    ready = prepared(statement())
    attempts = [ready._attempt(SYSTEM) for _ in range(300)]
    refused = attempts.count(None)
    assert 15 <= refused <= 90  # 48 expected
    points = {attempt[96 * index : 96 * index + 96] for attempt in attempts if attempt for index in (6, 7)}
    assert len(points) == 2 * (len(attempts) - refused)


class _Recorded:
    """The system's randomness, written down. The first short mask is 0, so that the first attempt is rejected (6.5)."""

    def __init__(self) -> None:
        self.drawn: list[int] = []
        self.shorts = 0

    def scalar(self) -> int:
        self.drawn.append(SYSTEM.scalar())
        return self.drawn[-1]

    def short(self) -> int:
        self.drawn.append(SYSTEM.short() if self.shorts else 0)
        self.shorts += 1
        return self.drawn[-1]


def test_an_attempt_that_starts_again_uses_no_mask_twice() -> None:
    """(6.5) One mask under two challenges would give its secret away: every attempt draws all of its masks anew."""
    ready = prepared(statement())
    terms, recorded = ready.statement.terms, _Recorded()
    proof = Proof.from_octets(ready.prove(recorded), terms)
    h, q, k = len(terms.hidden), terms.commitments, len(terms.predicates)
    each = 5 + h + 2 * q + 3 * k
    assert len(recorded.drawn) % each == 0
    assert len(recorded.drawn) >= 2 * each
    assert len(set(recorded.drawn)) == len(recorded.drawn)

    # what the proof holds is made of the last attempt's draws, all of them, each once
    last = recorded.drawn[-each:]
    c = challenge(digest(ready.statement, ready.claim, proof.point_octets), terms.kappa)
    (r1, r2, *core), masks, rest = last[:5], last[5 : 5 + h], iter(last[5 + h :])
    assert multiply(ready.B, r2) == proof.points[1]
    assert multiply(ready.witness.A, r1 * r2 % R) == proof.points[0]
    secrets = [ready.witness.e, -r1, -invert(r2), *(ready.witness.scalars[position] for position in terms.hidden)]
    assert [(z - c * secret) % R for z, secret in zip(proof.scalars[1:], secrets, strict=False)] == [*core, *masks]
    for index in range(q):
        blind, blind_mask = next(rest), next(rest)
        assert (proof.messages[h + index] - c * blind) % R == blind_mask
        for predicate in range(index * terms.per_commitment, min(k, (index + 1) * terms.per_commitment)):
            for z, root in zip(proof.short[3 * predicate :], ready.roots[predicate], strict=False):
                assert z - c * root == next(rest)
    assert list(rest) == []


def test_proving_searches_for_no_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    """(6) The search takes a telling time, so it is over before a proof is begun."""
    ready = prepared(statement())

    def search(x: int) -> tuple[int, int, int]:
        raise AssertionError("a search while proving")

    monkeypatch.setattr(prove, "three_squares", search)
    verify_claim(ready.statement, ready.claim, ready.prove())


def test_secrets_do_not_show() -> None:
    ready = prepared(statement())
    shown = repr(ready) + repr(ready.witness)
    assert not any(str(scalar) in shown for scalar in (ready.witness.e, *ready.witness.scalars[-2:]))
