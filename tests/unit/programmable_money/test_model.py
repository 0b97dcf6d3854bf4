# SPDX-License-Identifier: EUPL-1.2
"""Amounts, times, books and rules as types."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.messages import ZERO_ADDRESS
from programmable_money.model import (
    Amount,
    Books,
    Language,
    PaymentRecord,
    PaymentState,
    from_unix,
    to_unix,
)

CENTS = st.integers(-(10**14), 10**14)


@pytest.mark.parametrize(
    ("cents", "dutch", "english"),
    [
        (0, "€ 0,00", "€0.00"),
        (5, "€ 0,05", "€0.05"),
        (154_060, "€ 1.540,60", "€1,540.60"),
        (-100, "-€ 1,00", "-€1.00"),
        (123_456_789_00, "€ 123.456.789,00", "€123,456,789.00"),
    ],
)
def test_amounts_read_as_people_write_them(cents: int, dutch: str, english: str) -> None:
    assert Amount(cents).format(Language.NL) == dutch
    assert Amount(cents).format(Language.EN) == str(Amount(cents)) == english


@given(CENTS)
def test_an_amount_survives_its_decimal_form(cents: int) -> None:
    assert Amount.from_euros(Amount(cents).decimal) == Amount(cents)
    assert Amount.from_euros(Amount(cents).decimal.replace(".", ",")) == Amount(cents)


@given(CENTS, CENTS)
def test_amounts_add_like_cents(one: int, other: int) -> None:
    assert Amount(one) + Amount(other) == Amount(one + other)
    assert Amount(one) - Amount(other) == -(Amount(other) - Amount(one))
    assert (Amount(one) < Amount(other)) == (one < other)


@pytest.mark.parametrize("text", ["", "1.5", "1.234", "1,234.50", "€ 5", " 5", "1e3", "١", "5.", ".50", "NaN"])
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        Amount.from_euros(text)


def test_an_amount_is_never_a_float_or_a_truth_value() -> None:
    for value in (1.5, True, "5"):
        with pytest.raises(TypeError):
            Amount(value)  # type: ignore[arg-type]


def test_times_are_aware() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert from_unix(to_unix(moment)) == moment
    with pytest.raises(ValueError, match="aware"):
        to_unix(datetime(2026, 1, 1))  # noqa: DTZ001  # what is refused


def test_books_balance_or_not() -> None:
    def books(**changes: int) -> Books:
        figures = {"deposits": 100, "settled": 10, "supply": 90, "unallocated": 40, "accounts": 30, "merchants": 15}
        figures |= {"outside": 5} | changes
        return Books(**{name: Amount(cents) for name, cents in figures.items()})

    assert books().is_balanced
    for name in ("deposits", "settled", "supply", "unallocated", "accounts", "merchants", "outside"):
        assert not books(**{name: 1}).is_balanced


@pytest.mark.parametrize(
    ("refunded", "state"),
    [(0, PaymentState.PAID), (1, PaymentState.PARTLY_REFUNDED), (100, PaymentState.REFUNDED)],
)
def test_a_payment_knows_its_state(refunded: int, state: PaymentState) -> None:
    assert PaymentRecord(bytes(32), ZERO_ADDRESS, Amount(100), Amount(refunded), 0).state is state
