# SPDX-License-Identifier: EUPL-1.2
"""The bank's side of the reserve, from a list and from the bank's own statements."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from programmable_money.audit.bank import BankMovement, read_deposit_list, read_deposit_statements
from programmable_money.settlement import reference_octets
from programmable_money.settlement.bank_statement import StatementError
from tests.flows.bank import Bank

IBAN = "NL91ABNA0417164300"
MIDNIGHT = int(datetime(2026, 3, 1, 23, tzinfo=UTC).timestamp())
"""2 March 2026 begins in Amsterdam."""


def listed(folder: Path, text: str) -> dict[bytes, tuple[BankMovement, ...]]:
    (folder / "bank.csv").write_text(text)
    return dict(read_deposit_list(folder / "bank.csv"))


def test_list_with_and_without_days(tmp_path: Path) -> None:
    assert listed(tmp_path, "reference,amount\nKP-1,3000.00\n") == {
        reference_octets("KP-1"): (BankMovement("KP-1", 300_000, 0),)
    }
    found = listed(tmp_path, "reference,amount,date\nKP-1,3000.00,2026-03-02\nKP-2,1,\n")
    assert found[reference_octets("KP-1")][0].counts_from == MIDNIGHT
    assert found[reference_octets("KP-2")][0].counts_from == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n",
        "reference,amount\nX,1\nX,1\n",
        "reference,amount\nX,1.5\n",
        "reference,amount,date\nX,1,2 March\n",
    ],
)
def test_list_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"columns|twice|decimals|isoformat"):
        listed(tmp_path, text)


def test_statement_gives_each_deposit_under_both_its_references() -> None:
    bank = Bank()
    bank.deposit(date(2026, 3, 2), 300_000, "BANK-2026-0001")
    bank.deposit(date(2026, 3, 3), 500, "not a reference, but a sentence")
    bank.charge(date(2026, 3, 3), 95)
    found = read_deposit_statements([bank.statement(date(2026, 3, 4))])
    named = found[reference_octets("BANK-2026-0001")]
    assert [(item.cents, item.counts_from) for item in named] == [(300_000, MIDNIGHT)]
    same = [reference for reference, movements in found.items() if movements == named]
    assert len(same) == 2, "the payer's reference, and the one that `settlement mint` makes"
    assert len(found) == 3


def test_overlapping_statements_count_nothing_twice() -> None:
    bank = Bank()
    bank.deposit(date(2026, 3, 2), 300_000, "BANK-2026-0001")
    first = bank.statement(date(2026, 3, 2))
    bank.deposit(date(2026, 3, 3), 100, "BANK-2026-0002")
    whole = bank.statement(date(2026, 3, 3), "S-all", everything=True)
    assert read_deposit_statements([first, whole]) == read_deposit_statements([whole])


def test_deposit_that_the_bank_took_back_is_there_twice() -> None:
    bank = Bank()
    bank.deposit(date(2026, 3, 2), 300_000, "BANK-2026-0001")
    bank.charge(date(2026, 3, 5), 300_000)
    bank.ledger[-1].details = "<TxDtls><RmtInf><Ustrd>BANK-2026-0001</Ustrd></RmtInf></TxDtls>"
    bank.ledger[-1].reversal = True
    found = read_deposit_statements([bank.statement(date(2026, 3, 5))])
    assert [item.cents for item in found[reference_octets("BANK-2026-0001")]] == [300_000, -300_000]


def test_statements_of_two_accounts_or_of_none_are_refused() -> None:
    ours, theirs = Bank(), Bank(iban="NL68BNGH0000000100")
    for bank in (ours, theirs):
        bank.deposit(date(2026, 3, 2), 100, "BANK-1")
    octets = [bank.statement(date(2026, 3, 2)) for bank in (ours, theirs)]
    for files, iban in ((octets, None), (octets[1:], IBAN), ([], None)):
        with pytest.raises(ValueError, match="one account"):
            read_deposit_statements(files, iban=iban)
    with pytest.raises(StatementError):
        read_deposit_statements([b"<nothing/>"])
