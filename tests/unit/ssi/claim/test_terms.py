# SPDX-License-Identifier: EUPL-1.2
"""Terms that could be cheated are not opened (claim.md section 3)."""

import pytest

from ssi.bbs.suite import R
from ssi.claim.header import TypeHeader
from ssi.claim.terms import SHORT_BITS, ClaimTerms, Constant, Disclosed, Predicate, Term, TermsError
from ssi.errors import Reason, VerificationError
from tests.claims import CHILDREN, EXP, HEADER, INCOME, MUNICIPALITY, NORM, PREDICATES, terms

WIDE = TypeHeader.from_octets(bytes([3, 32, 32, 0]))


def _refused(rule: str, **parts: object) -> None:
    with pytest.raises(TermsError) as caught:
        ClaimTerms(**{"header": HEADER, "constants": (), "disclosed": (), "predicates": (), **parts})  # type: ignore[arg-type]
    assert caught.value.rule == rule


@pytest.mark.parametrize("octets", [b"", b"\x00", b"\x11" + bytes(17), b"\x02\x00", b"\x01\x21"])
def test_refuses_a_header_that_promises_nothing_or_too_much(octets: bytes) -> None:
    with pytest.raises(VerificationError) as caught:
        TypeHeader.from_octets(octets)
    assert caught.value.reason is Reason.MALFORMED


def test_derives_the_shape_of_the_child_budget() -> None:
    ours = terms()
    assert ours.hidden == (0, 1, 4, 5, 6, 7)
    assert (ours.per_commitment, ours.commitments, ours.kappa) == (2, 2, 108)
    assert ours.x_max == 6 * (2**20 - 1) + 2
    assert ours.proof_length == 96 * 10 + 32 * 12 + 48 * 3


@pytest.mark.parametrize(("width", "kappa"), [(1, 108), (24, 108), (25, 107), (26, 107), (27, 106), (32, 104)])
def test_the_challenge_shortens_as_claims_widen(width: int, kappa: int) -> None:
    header = TypeHeader.from_octets(bytes([3, width, 0, 0]))
    assert ClaimTerms(header, (), (), (Predicate((Term(0, 1),), 0),)).kappa == kappa


def test_the_stated_error_is_never_better_than_the_challenge_allows() -> None:
    """SECURITY.md says 2^-107 up to 24 bits and 2^-103 at 32: the error is 2^(1 - kappa)."""
    for width, error in ((24, 107), (32, 103)):
        header = TypeHeader.from_octets(bytes([3, width, 0, 0]))
        assert ClaimTerms(header, (), (), (Predicate((Term(0, 1),), 0),)).kappa - 1 == error


def test_without_predicates_the_challenge_has_the_length_of_the_group() -> None:
    assert terms(()).kappa == 252


@pytest.mark.parametrize(
    "parts",
    [
        {"constants": (Constant(6, 1),)},
        {"constants": (Constant(-1, 1),)},
        {"constants": (Constant(2, 1), Constant(1, 1))},
        {"constants": (Constant(2, 1), Constant(2, 1))},
        {"disclosed": (Disclosed(4, 0, 1), Disclosed(3, 0, 1))},
        {"constants": (Constant(3, 1),), "disclosed": (Disclosed(3, 0, 1),)},
        {"predicates": (Predicate((Term(NORM, 1), Term(INCOME, 1)), 0),)},
        {"predicates": (Predicate((Term(NORM, 1), Term(NORM, 1)), 0),)},
    ],
)
def test_refuses_positions_out_of_order_or_taken_twice(parts: dict[str, object]) -> None:
    _refused("3.1", **parts)


@pytest.mark.parametrize(
    "parts",
    [
        {"constants": (Constant(CHILDREN, 32),)},
        {"constants": (Constant(MUNICIPALITY, 2**255),)},
        {"disclosed": (Disclosed(MUNICIPALITY, 0, 1),)},
        {"disclosed": (Disclosed(CHILDREN, 0, 32),)},
        {"disclosed": (Disclosed(CHILDREN, 5, 4),)},
    ],
)
def test_refuses_values_that_do_not_fit_their_position(parts: dict[str, object]) -> None:
    _refused("3.2", **parts)


@pytest.mark.parametrize(
    "predicate",
    [
        Predicate((), 0),
        Predicate(tuple(Term(position, 1) for position in (0, 1, 3, 4, 5)), 0),
        Predicate((Term(MUNICIPALITY, 1),), 0),
        Predicate((Term(EXP, 0),), 0),
        Predicate((Term(EXP, 2**31),), 0),
        Predicate((Term(6, 1),), 0),
        Predicate((Term(7, 1),), 0),
    ],
    ids=["no term", "five terms", "a text", "zero", "too large", "the prover blind", "the nym secret"],
)
def test_refuses_a_predicate_over_anything_but_hidden_numbers(predicate: Predicate) -> None:
    _refused("3.3", predicates=(predicate,))


def test_refuses_a_predicate_over_a_disclosed_claim() -> None:
    _refused("3.3", disclosed=(Disclosed(CHILDREN, 0, 1),), predicates=(Predicate((Term(CHILDREN, 1),), 0),))


def test_a_predicate_may_come_up_to_the_bound_and_not_over_it() -> None:
    ClaimTerms(WIDE, (), (), (Predicate((Term(0, 1),), 2**32 - 1),))  # X = 2^33 - 2
    ClaimTerms(WIDE, (), (), (Predicate((Term(0, 1),), 2**32),))  # X = 2^33 - 1
    for predicate in (
        Predicate((Term(0, 1),), 2**32 + 1),
        Predicate((Term(0, 1),), -(2**32) - 1),
        Predicate((Term(0, 1), Term(1, -1)), 2),
        Predicate((Term(0, 2),), 2),
        Predicate((Term(0, 1),), 2**32 - 2**17 + 2, 1),
        Predicate((Term(0, 1),), 2**64),
        Predicate((Term(0, 1),), 0, 128),
    ):
        _refused("3.4", header=WIDE, predicates=(predicate,))


@pytest.mark.parametrize("width", range(1, 33))
def test_values_below_2_to_the_33rd_never_wrap_around(width: int) -> None:
    """(3.4) The first inequality implies the second, whatever the width and so the length of the challenge."""
    header = TypeHeader.from_octets(bytes([3, width, 0, 0]))
    largest = 2**width - 1
    x = 2**33 - 1
    for predicate in (
        Predicate((Term(0, 1),), largest - x),  # the value is never positive, so the challenge is at its longest
        Predicate((Term(0, -1),), x - largest),
        Predicate((Term(0, 1),), x - largest),  # the largest value is X itself, so it is at its shortest
        Predicate((Term(0, steep := min(x // largest, 2**31 - 1)),), x - steep * largest),
    ):
        kappa = ClaimTerms(header, (), (), (predicate,)).kappa
        assert 3 * 2 ** (2 * SHORT_BITS) + 2 ** (2 * kappa) * (4 * x + 1) < R
    _refused("3.4", header=header, predicates=(Predicate((Term(0, 1),), x - largest + 1),))


def test_refuses_too_few_hidden_messages_and_too_many_predicates() -> None:
    one = TypeHeader.from_octets(bytes([1, 0]))
    _refused("3.5", header=one, constants=(Constant(0, 1),))
    _refused("3.5", predicates=PREDICATES[:1] * 9)
    numbers = TypeHeader.from_octets(bytes([6, *[8] * 6]))
    _refused("3.5", header=numbers, disclosed=tuple(Disclosed(position, 0, 1) for position in range(5)))
