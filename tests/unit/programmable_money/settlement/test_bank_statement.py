# SPDX-License-Identifier: EUPL-1.2
"""Statements: both versions read alike, and what does not add up or is not understood is refused by its place."""

from datetime import date

import pytest

from programmable_money.model import Amount
from programmable_money.settlement.bank_statement import (
    BankEntry,
    BankStatement,
    Direction,
    StatementError,
    read_statements,
)
from tests.flows.bank import Bank, Booking

DAY = date(2026, 4, 1)


def bank(version: str = "08") -> Bank:
    made = Bank(version=version, opening=5_000)
    made.deposit(DAY, 300_000, "BANK-2026-0001")
    made.queue = [("KP-0001-1", "NL20INGB0001234567", 3_995)]
    made.execute(DAY)
    made.give_back(DAY, "KP-0001-1", "NL20INGB0001234567", 3_995, "AC04")
    made.charge(DAY, 25)
    return made


def read(octets: bytes) -> BankStatement:
    (statement,) = read_statements(octets)
    return statement


@pytest.mark.parametrize("version", ["02", "08"])
def test_both_versions_say_the_same(version: str) -> None:
    statement = read(bank(version).statement(DAY))
    assert (statement.id, statement.iban) == ("S-2026-04-01", "NL91ABNA0417164300")
    assert (statement.opening, statement.closing) == (Amount(5_000), Amount(304_975))
    deposit, payment, returned, fee = statement.entries
    assert deposit == BankEntry(
        "2026-04-01/REF000001/in/0", DAY, Amount(300_000), Direction.IN, False, "", "", "", "BANK-2026-0001"
    )
    assert (payment.signed, payment.end_to_end, payment.is_return) == (Amount(-3_995), "KP-0001-1", False)
    assert (returned.signed, returned.end_to_end, returned.is_return, returned.reason) == (
        Amount(3_995),
        "KP-0001-1",
        True,
        "AC04",
    )
    assert (fee.signed, fee.key) == (Amount(-25), "2026-04-01/REF000004/out/0")


def test_an_entry_for_several_payments_is_read_by_its_parts() -> None:
    made = Bank()
    made.queue = [("KP-0001-1", "A", 100), ("KP-0001-2", "B", 250)]
    made.execute_as_one(DAY, "KP-0001-B1", listed=True)
    entries = read(made.statement(DAY)).entries
    assert [(entry.end_to_end, entry.amount.cents) for entry in entries] == [("KP-0001-1", 100), ("KP-0001-2", 250)]
    assert len({entry.key for entry in entries}) == 2
    made.ledger[-1].parts = ((100, "KP-0001-1"), (249, "KP-0001-2"))
    with pytest.raises(StatementError, match="sum of its details"):
        read(made.statement(DAY, everything=True))


def test_a_reversal_is_a_return_and_what_is_pending_does_not_count() -> None:
    made = Bank()
    made.ledger = [Booking(DAY, 100, "R1", reversal=True), Booking(DAY, 700, "R2")]
    octets = made.statement(DAY)
    assert [entry.is_return for entry in read(octets).entries] == [True, False]
    pending = b"<Cd>PDNG</Cd>".join(octets.rsplit(b"<Cd>BOOK</Cd>", 1))
    with pytest.raises(StatementError, match="closing balance"):
        read(pending)
    assert [entry.amount for entry in read(pending.replace(b">8.00<", b">1.00<")).entries] == [Amount(100)]


def test_an_overdrawn_account_has_a_balance_below_zero() -> None:
    made = Bank(opening=-100)
    made.charge(DAY, 50)
    statement = read(made.statement(DAY))
    assert (statement.opening, statement.closing) == (Amount(-100), Amount(-150))


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b"camt.053.001.08", b"camt.053.001.99", "file"),
        (b"camt.053.001.08", b"pain.001.001.09", "file"),
        (b'<Amt Ccy="EUR">3000.00', b'<Amt Ccy="EUR">3000.01', "statement 1, closing balance"),
        (b'<Amt Ccy="EUR">3000.00', b'<Amt Ccy="EUR">3000.001', "statement 1, entry 1, amount"),
        (b'<Amt Ccy="EUR">3000.00', b'<Amt Ccy="EUR">-3000.00', "statement 1, entry 1, amount"),
        (b'<Amt Ccy="EUR">3000.00', b'<Amt Ccy="EUR">3e3', "statement 1, entry 1, amount"),
        (b'<Amt Ccy="EUR">3000.00', b'<Amt Ccy="USD">3000.00', "statement 1, entry 1, amount"),
        (b'<Amt Ccy="EUR">0.25', b'<Amt Ccy="EUR">0.00', "statement 1, entry 4, amount"),
        (b"<AcctSvcrRef>REF000001</AcctSvcrRef>", b"", "statement 1, entry 1, AcctSvcrRef"),
        (b"REF000003", b"REF000001", "statement 1"),
        (b"<Cd>OPBD</Cd>", b"<Cd>ITBD</Cd>", "statement 1, balances"),
        (b"<Cd>CLBD</Cd>", b"<Cd>OPBD</Cd>", "statement 1, balances"),
        (b"<BookgDt><Dt>2026-04-01", b"<BookgDt><Dt>2026-04-31", "statement 1, entry 1, BookgDt"),
        (b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<CdtDbtInd>DEBT</CdtDbtInd><Sts>", "statement 1, entry 1, CdtDbtInd"),
        (b"<Id>S-2026-04-01</Id>", b"<Id></Id>", "statement 1, Id"),
        (b"<Acct>", b"<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn><Acct>", "statement 1"),
        (b"<Stmt>", b"<Stmt><x xmlns='urn:other'/>", "file"),
        (b'<?xml version="1.0" encoding="UTF-8"?>', b"<!DOCTYPE Document [<!ENTITY x 'y'>]>", "file"),
        (b'<?xml version="1.0" encoding="UTF-8"?>', b"<!DOCTYPE Document SYSTEM 'file:///etc/passwd'>", "file"),
        (b"<GrpHdr>", b"<?php x ?><GrpHdr>", "file"),
    ],
)
def test_what_cato_changes_is_refused_by_its_place(old: bytes, new: bytes, place: str) -> None:
    octets = bank().statement(DAY)
    assert old in octets
    with pytest.raises(StatementError) as caught:
        read_statements(octets.replace(old, new, 1))
    assert caught.value.place == place


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"junk",
        b"\xff\xfe<\x00",
        b"<a/>",
        b"<a>" * 40 + b"</a>" * 40,
        b"<a>" + b"x" * 2_001 + b"</a>",
        b"<a>" + b"<b/>" * 400_001 + b"</a>",
        b"<a b='" + b"x" * 2_001 + b"'/>",
        b" " * ((16 << 20) + 1),
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>',
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt/></Document>',
    ],
)
def test_what_is_no_statement_is_refused(octets: bytes) -> None:
    with pytest.raises(StatementError) as caught:
        read_statements(octets)
    assert caught.value.place == "file"
