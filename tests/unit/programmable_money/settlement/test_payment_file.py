# SPDX-License-Identifier: EUPL-1.2
"""Payment files: exact amounts, a valid document, and errors that name the field and the rule."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programmable_money.messages import address_of
from programmable_money.model import Amount
from programmable_money.settlement import (
    BankAccount,
    BankOrder,
    Settlement,
    SettlementError,
    Transfer,
    read_directory,
    read_payment_file,
    reference_octets,
)

TOYS, BICYCLES = address_of(b"\x01" * 32), address_of(b"\x02" * 32)
SPONSOR = BankAccount.from_text("Gemeente Westland", "NL91 ABNA 0417 1643 00", field="sponsor")
DIRECTORY = {
    TOYS: BankAccount.from_text("De Speelkoffer", "NL20INGB0001234567", field="toys"),
    BICYCLES: BankAccount.from_text("Fietsen Van Dam", "DE89370400440532013000", "COBADEFFXXX", field="bicycles"),
}
ORDER = BankOrder(SPONSOR, DIRECTORY, date(2026, 4, 1), datetime(2026, 3, 31, 9, tzinfo=UTC))


def settlement(*cents: int, reference: str = "KP-2026-01", total: int | None = None) -> Settlement:
    transfers = tuple(Transfer(shop, Amount(amount)) for shop, amount in zip((TOYS, BICYCLES), cents, strict=False))
    return Settlement(reference, transfers, Amount(sum(cents) if total is None else total))


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 99_999_999_999), st.integers(1, 99_999_999_999))
def test_a_file_pays_exactly_what_was_settled(one: int, other: int) -> None:
    read = read_payment_file(ORDER.file(settlement(one, other)))
    assert [(iban, amount) for iban, _, amount in read.transfers] == [
        ("NL20INGB0001234567", Amount(one)),
        ("DE89370400440532013000", Amount(other)),
    ]
    assert read.total == Amount(one + other)
    assert (read.reference, read.debtor_iban, read.executed_on) == (
        "KP-2026-01",
        "NL91ABNA0417164300",
        date(2026, 4, 1),
    )


def test_a_file_is_the_same_for_the_same_input() -> None:
    assert ORDER.file(settlement(1, 2)) == ORDER.file(settlement(1, 2))


@pytest.mark.parametrize(
    ("name", "iban", "bic", "field"),
    [
        ("De Speelkoffer", "NL20INGB0001234568", "", "shop iban"),
        ("De Speelkoffer", "", "", "shop iban"),
        ("De Speelkoffer", "NL20INGB000123456", "", "shop iban"),
        ("De Speelkoffer", "XX20INGB0001234567", "", "shop iban"),
        ("De Speelkoffer", "NL20INGB0001234567", "INGBNL2", "shop bic"),
        ("De Speelkoffer", "NL20INGB0001234567", "COBADEFFXXX", "shop bic"),
        ("", "NL20INGB0001234567", "", "shop name"),
        ("x" * 71, "NL20INGB0001234567", "", "shop name"),
        ("Café", "NL20INGB0001234567", "", "shop name"),
        ("A & B", "NL20INGB0001234567", "", "shop name"),
        ("Toys; DROP", "NL20INGB0001234567", "", "shop name"),
        ("/Toys", "NL20INGB0001234567", "", "shop name"),
        ("Toys ", "NL20INGB0001234567", "", "shop name"),
    ],
)
def test_bad_bank_accounts_are_refused_by_field(name: str, iban: str, bic: str, field: str) -> None:
    with pytest.raises(SettlementError) as caught:
        BankAccount.from_text(name, iban, bic, field="shop")
    assert caught.value.field == field
    if name:
        assert name not in str(caught.value)


def test_sums_zeros_and_doubles_are_refused() -> None:
    for cents, total, field in (
        ((100, 200), 299, "total"),
        ((0, 5), None, f"merchant {TOYS} amount"),
        ((), 0, "transfers"),
    ):
        with pytest.raises(SettlementError) as caught:
            settlement(*cents, total=total)
        assert caught.value.field == field
    twice = (Transfer(TOYS, Amount(1)), Transfer(TOYS, Amount(1)))
    with pytest.raises(SettlementError, match="once"):
        Settlement("KP", twice, Amount(2))
    with pytest.raises(SettlementError, match="amount"):
        settlement(100_000_000_000)


@pytest.mark.parametrize("reference", ["", "x" * 30, "with space", "é", "a/b"])
def test_references_fit_both_the_chain_and_the_bank(reference: str) -> None:
    with pytest.raises(SettlementError, match="reference"):
        reference_octets(reference)
    with pytest.raises(SettlementError, match="reference"):
        settlement(1, reference=reference)


def test_a_reference_is_padded_for_the_chain() -> None:
    assert reference_octets("KP-1") == b"KP-1" + bytes(28)


def test_a_shop_without_bank_account_stops_the_file() -> None:
    with pytest.raises(SettlementError) as caught:
        replace(ORDER, directory={TOYS: DIRECTORY[TOYS]}).file(settlement(1, 2))
    assert caught.value.field == f"merchant {BICYCLES}"
    with pytest.raises(ValueError, match="aware"):
        replace(ORDER, created_at=datetime(2026, 1, 1)).file(settlement(1))  # noqa: DTZ001  # what is refused


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<CtrlSum>3.00</CtrlSum>", b"<CtrlSum>3.01</CtrlSum>"),
        (b'Ccy="EUR">1.00', b'Ccy="EUR">1.01'),
        (b'Ccy="EUR"', b'Ccy="USD"'),
        (b"<NbOfTxs>2</NbOfTxs>", b"<NbOfTxs>1</NbOfTxs>"),
        (b"<MsgId>", b"<MsgID>"),
        (b"<?xml", b"<!DOCTYPE x><?xml"),
        (b'Ccy="EUR">1.00', b'Ccy="EUR">1.0'),
    ],
)
def test_a_changed_file_is_refused(old: bytes, new: bytes) -> None:
    file = ORDER.file(settlement(100, 200))
    assert old in file
    with pytest.raises(SettlementError):
        read_payment_file(file.replace(old, new))


@pytest.mark.parametrize("octets", [b"", b"junk", b"\xff\xfe<", b"<a/>"])
def test_what_is_no_payment_file_is_refused(octets: bytes) -> None:
    with pytest.raises(SettlementError):
        read_payment_file(octets)


def test_a_directory_is_read_from_csv_and_its_errors_name_line_and_column() -> None:
    head = "account,name,iban,bic\n"
    good = f"{TOYS},De Speelkoffer,NL20INGB0001234567,\n"
    assert read_directory(head + good) == {TOYS: DIRECTORY[TOYS]}
    for text, field in (
        ("name,iban\n", "line 1"),
        (head + good + good, "line 3, account"),
        (head + "0x12,De Speelkoffer,NL20INGB0001234567,\n", "line 2, account"),
        (head + f"{TOYS},Café,NL20INGB0001234567,\n", "line 2, name"),
        (head + f"{TOYS},De Speelkoffer,NL20,\n", "line 2, iban"),
        (head + f"{TOYS}\n", "line 2, name"),
    ):
        with pytest.raises(SettlementError) as caught:
            read_directory(text)
        assert caught.value.field == field
