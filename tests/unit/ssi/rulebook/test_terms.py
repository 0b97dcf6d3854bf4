# SPDX-License-Identifier: EUPL-1.2
"""Compiling a rulebook keeps its integer solutions, and gives what the claim proof expects."""

from datetime import date
from math import gcd
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.claim.terms import Constant, Disclosed, Predicate, Term, TermsError
from ssi.credential.days import day_number
from ssi.credential.document import DocumentError
from ssi.rulebook.terms import compile_predicate, terms
from tests.unit.ssi.rulebook.material import AGE, HOUSEHOLD, KINDPAKKET, predicate, rulebook


def test_the_kindpakket_compiles_to_small_coefficients() -> None:
    compiled = terms(KINDPAKKET, HOUSEHOLD, 2026)
    first_day = day_number(date(2026, 1, 1))
    assert compiled.header == HOUSEHOLD.type_header
    assert compiled.constants == (Constant(2, HOUSEHOLD.scalar("municipality", "GM1969")),)
    assert compiled.disclosed == (Disclosed(3, 1, 15),)
    assert compiled.predicates == (
        Predicate((Term(4, -5), Term(5, 6)), 2, 0),
        Predicate((Term(0, 1),), 0, -1),
        Predicate((Term(1, -1),), first_day - 1, 0),
    )
    assert compiled.kappa == 108


def test_only_the_period_predicate_changes_with_the_year() -> None:
    first, second = terms(KINDPAKKET, HOUSEHOLD, 2026), terms(KINDPAKKET, HOUSEHOLD, 2027)
    assert first.predicates[:2] == second.predicates[:2]
    assert second.predicates[2].constant - first.predicates[2].constant == 365


def test_positions_ascend_whatever_the_order_in_the_document() -> None:
    turned = rulebook(
        (("constants",), {"norm": 7, "municipality": "GM1969"}),
        (("predicates", 0, "sum"), {"recovered_at": 1, "income": 1, "exp": 1}),
    )
    compiled = terms(turned, HOUSEHOLD, 2026)
    assert [constant.position for constant in compiled.constants] == [2, 5]
    assert [term.position for term in compiled.predicates[0].terms] == [0, 1, 4]


def test_another_credential_type_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        terms(KINDPAKKET, AGE, 2026)
    assert caught.value.path == "$.credential_type"


@pytest.mark.parametrize(
    ("place", "value", "path"),
    [
        (("constants", "wealth"), 1, "$.constants.wealth"),
        (("constants", "norm"), -1, "$.constants.norm"),
        (("disclosed", "wealth"), {"min": 0, "max": 1}, "$.disclosed.wealth"),
        (("predicates", 1, "sum", "wealth"), 1, "$.predicates[1].sum.wealth"),
    ],
)
def test_what_the_type_does_not_have_is_refused_with_its_path(
    place: tuple[str | int, ...], value: Any, path: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        terms(rulebook((place, value)), HOUSEHOLD, 2026)
    assert caught.value.path == path


def test_terms_that_could_wrap_around_are_refused() -> None:
    with pytest.raises(TermsError, match=r"3\.4"):
        terms(rulebook((("predicates", 0, "plus"), 1 << 40)), HOUSEHOLD, 2026)


@pytest.mark.parametrize("year", [1999, 2201])
def test_a_year_out_of_range_is_refused(year: int) -> None:
    with pytest.raises(ValueError, match="2000 to 2200"):
        terms(KINDPAKKET, HOUSEHOLD, year)


coefficients = st.integers(-1000, 1000).filter(bool)


@given(
    income_factor=coefficients,
    norm_factor=coefficients,
    plus=st.integers(-(10**9), 10**9),
    per_as_of=st.integers(-127, 127),
    per_start=st.integers(-127, 127),
    income=st.integers(0, (1 << 24) - 1),
    norm=st.integers(0, (1 << 20) - 1),
    as_of=st.integers(0, (1 << 17) - 1),
)
def test_dividing_keeps_the_integer_solutions(
    income_factor: int, norm_factor: int, plus: int, per_as_of: int, per_start: int, income: int, norm: int, as_of: int
) -> None:
    written = predicate(sum={"income": income_factor, "norm": norm_factor}, plus=plus)
    written |= {"per_as_of": per_as_of, "per_period_start": per_start}
    rule = rulebook((("predicates", 0), written)).rules.predicates[0]
    start = KINDPAKKET.period.start_day(2026)
    compiled = compile_predicate(rule, HOUSEHOLD, start, "$")
    value = income_factor * income + norm_factor * norm + plus + per_as_of * as_of + per_start * start
    assert (compiled.evaluate((0, 0, 0, 0, income, norm), as_of) >= 0) == (value >= 0)
    assert gcd(compiled.per_as_of, *(term.coefficient for term in compiled.terms)) == 1
