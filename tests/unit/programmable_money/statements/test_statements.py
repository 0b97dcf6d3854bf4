# SPDX-License-Identifier: EUPL-1.2
"""A shop's statement: days at the municipality, sums that close, files that read back."""

import csv
import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from programmable_money.messages import Address, address_of
from programmable_money.model import Amount, ChainEvent, Language
from programmable_money.statements.csv_file import COLUMNS, to_csv
from programmable_money.statements.model import LineKind, Period, ShopStatement, statement_of
from programmable_money.statements.pdf_file import to_pdf

SHOP, OTHER, FUND = (address_of(bytes([number]) * 32) for number in (1, 2, 3))
PAYMENTS = tuple(bytes([number]) * 32 for number in (0xA1, 0xA2, 0xA3, 0xA4))


def event(number: int, at: str, name: str, cents: int, *, payment: bytes = b"", shop: Address = SHOP) -> ChainEvent:
    given: dict[str, object] = {"merchant": shop, "amount": cents}
    given |= {"payment": payment} if payment else {"settlementReference": b"KP-0001".ljust(32, b"\0"), "batch": 1}
    moment = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())
    return ChainEvent(number, 0, moment, "0x" + "00" * 32, "Fund", FUND, name, given)


EVENTS = (
    event(1, "2026-03-31T21:59:59", "Paid", 1_000, payment=PAYMENTS[0]),  # 23:59:59 on 31 March
    event(2, "2026-03-31T22:00:00", "Paid", 2_000, payment=PAYMENTS[1]),  # midnight: 1 April
    event(3, "2026-04-01T10:00:00", "Paid", 7_700, payment=PAYMENTS[2], shop=OTHER),
    event(4, "2026-04-01T11:00:00", "Refunded", 500, payment=PAYMENTS[1]),
    event(5, "2026-04-02T08:00:00", "MerchantSettled", 2_500),
    event(6, "2026-04-30T21:59:59", "Paid", 300, payment=PAYMENTS[3]),
    event(7, "2026-04-30T22:00:00", "Paid", 400, payment=PAYMENTS[3]),
)


def statement(text: str) -> ShopStatement:
    labels = {PAYMENTS[1]: "till 1"}
    return statement_of(
        EVENTS, SHOP, Period.from_text(text), name="De Speelkoffer", programme="Kindpakket 2026", labels=labels
    )


def test_a_month_opens_and_closes_at_midnight_in_the_municipality() -> None:
    made = statement("2026-04")
    assert (made.opening, made.closing) == (Amount(1_000), Amount(300))
    assert [(line.kind, line.amount.cents) for line in made.lines] == [
        (LineKind.PAYMENT, 2_000),
        (LineKind.REFUND, -500),
        (LineKind.SETTLEMENT, -2_500),
        (LineKind.PAYMENT, 300),
    ]
    assert made.total(LineKind.PAYMENT) == Amount(2_300)
    assert made.lines[2].reference == "KP-0001"
    assert [line.label for line in made.lines] == ["till 1", "till 1", "", ""]


def test_days_follow_each_other_without_a_gap() -> None:
    days = [statement(f"2026-04-{day:02}") for day in range(1, 31)]
    assert [day.opening for day in days[1:]] == [day.closing for day in days[:-1]]
    assert days[-1].closing == statement("2026-04").closing == statement("2026-05").opening
    assert sum(len(day.lines) for day in days) == len(statement("2026-04").lines)


def test_a_day_of_a_changed_clock_has_its_23_or_25_hours() -> None:
    for text, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-04-01", 24)):
        day = Period.from_text(text)
        assert (day.ends_at.astimezone(UTC) - day.starts_at.astimezone(UTC)).total_seconds() == hours * 3600
    assert Period.from_text("2028-02").last.day == 29
    assert str(Period.from_text("2026-12")) == "2026-12"


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-02-30", "april", "2026-4-1"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"period|month|day"):
        Period.from_text(text)


def test_the_csv_reads_back_with_a_running_balance() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(statement("2026-04")))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["owed_after"] for row in rows] == ["10.00", "30.00", "25.00", "0.00", "3.00"]
    assert [row["kind"] for row in rows] == ["opening", "payment", "refund", "settlement", "payment"]
    assert rows[1]["at"] == "2026-04-01T00:00:00+02:00"
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.NL, ("Afschrift voor de winkel", "Uitbetaling", "Tegoed aan het eind", "€ 3,00")),
        (Language.EN, ("Statement for the shop", "Settlement", "Owed at the end", "€3.00")),
    ],
)
def test_the_pdf_says_the_same_in_words(language: Language, words: tuple[str, ...]) -> None:
    reader = PdfReader(io.BytesIO(to_pdf(statement("2026-04"), language)))
    text = " ".join(page.extract_text() for page in reader.pages).replace("\n", " ")
    for word in (*words, "De Speelkoffer", "Kindpakket 2026", "KP-0001", "till 1", SHOP):
        assert word in text
    assert "0x" + "aa" not in text
    assert reader.metadata is not None
    assert "De Speelkoffer" in (reader.metadata.title or "")


def test_an_empty_month_says_so_and_a_busy_one_takes_more_pages() -> None:
    empty = PdfReader(io.BytesIO(to_pdf(statement("2027-01"), Language.EN)))
    assert "Nothing happened" in empty.pages[0].extract_text()
    many = [event(number, "2026-04-03T10:00:00", "Paid", 1, payment=PAYMENTS[0]) for number in range(1, 101)]
    made = statement_of(many, SHOP, Period.from_text("2026-04"), name="Łódź", programme="Kindpakket")
    assert len(PdfReader(io.BytesIO(to_pdf(made, Language.EN))).pages) > 1
    with pytest.raises(ValueError, match="printed"):
        to_pdf(statement_of([], SHOP, made.period, name="店", programme="K"), Language.EN)
