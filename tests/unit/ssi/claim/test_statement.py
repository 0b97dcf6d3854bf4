# SPDX-License-Identifier: EUPL-1.2
"""The statement holds everything a proof speaks about, and S changes with each part of it (claim.md 4.4)."""

import pytest
from py_arkworks_bls12381 import G1Point

from ssi.bbs.keys import sk_to_pk
from ssi.bbs.suite import BLS12381_SHA256, msm
from ssi.claim.header import TypeHeader
from ssi.claim.statement import Statement, _check_distinct
from ssi.claim.terms import ClaimTerms, Predicate, Term, TermsError
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256
from tests.claims import CONTEXT, HEADER, INCOME, PREDICATES, PUBLIC_KEY, ZUIDHORN, statement, terms


def test_s_is_the_hash_that_the_specification_writes() -> None:
    ours = statement()
    shape = b"".join(number.to_bytes(32, "big") for number in (6, 1, 3, 2, 108))
    prefix = b"stuiver/claim/v1/squares" + len(CONTEXT).to_bytes(32, "big") + CONTEXT
    assert keccak256(prefix + shape + bytes(32) + ours.octets[32:]) == ours.S == ours.octets[:32]
    assert len(ours.octets) == 32 + 32 * 3 + 384 * 2 + 160 * (2 + 6 + 1)


def test_the_shared_point_holds_domain_and_constants() -> None:
    q1, *generators = HEADER.generators
    domain = HEADER.domain(PUBLIC_KEY)
    assert statement().bv == msm([BLS12381_SHA256.P1, q1, generators[2]], [1, domain, ZUIDHORN])


def test_s_changes_with_every_part() -> None:
    other_type = TypeHeader.from_octets(HEADER.octets + b" ")
    higher = Predicate((Term(INCOME, -5), Term(5, 6)), 3)
    variants = {
        "the scope": Statement.of(terms(), PUBLIC_KEY, CONTEXT + b"!"),
        "the key": Statement.of(terms(), sk_to_pk(7), CONTEXT),
        "the number of predicates": Statement.of(terms(PREDICATES[:2]), PUBLIC_KEY, CONTEXT),
        "a bound": Statement.of(terms((higher, *PREDICATES[1:3])), PUBLIC_KEY, CONTEXT),
        "the order": Statement.of(terms(PREDICATES[2::-1]), PUBLIC_KEY, CONTEXT),
        "the constants": Statement.of(terms(constants=False), PUBLIC_KEY, CONTEXT),
        "the disclosed": Statement.of(terms(disclosed=False), PUBLIC_KEY, CONTEXT),
        "the type": Statement.of(
            ClaimTerms(other_type, terms().constants, terms().disclosed, terms().predicates), PUBLIC_KEY, CONTEXT
        ),
        "ours": statement(),
    }
    assert len({variant.S for variant in variants.values()}) == len(variants)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (b"\xc0" + bytes(95), Reason.INVALID_POINT),
        (bytes(96), Reason.INVALID_POINT),
        (PUBLIC_KEY[:-1], Reason.WRONG_LENGTH),
    ],
)
def test_refuses_a_public_key_that_is_none(key: bytes, reason: Reason) -> None:
    with pytest.raises(VerificationError) as caught:
        Statement.of(terms(), key, CONTEXT)
    assert caught.value.reason is reason


@pytest.mark.parametrize("index", range(2))
def test_refuses_a_scope_whose_point_is_one_that_a_statement_has(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """(3.6) No scope hashes to P1, its opposite or the identity, so the hash is made to: ``of`` itself must look."""
    point = (BLS12381_SHA256.P1, -HEADER.generators[1])[index]
    monkeypatch.setattr("ssi.claim.statement.context_generator", lambda interface, context_id: point)
    with pytest.raises(TermsError) as caught:
        Statement.of(terms(), PUBLIC_KEY, CONTEXT)
    assert caught.value.rule == "3.6"


def test_refuses_points_that_are_equal_or_opposite_or_the_identity() -> None:
    """(3.6) No input gives such points, so the check itself is asked."""
    p1, q1 = BLS12381_SHA256.P1, HEADER.generators[0]
    _check_distinct([p1, q1])
    for points in ([p1, q1, p1], [p1, -p1], [p1, G1Point.identity()]):
        with pytest.raises(TermsError) as caught:
            _check_distinct(points)
        assert caught.value.rule == "3.6"
