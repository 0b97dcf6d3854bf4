# SPDX-License-Identifier: EUPL-1.2
"""What became of a payment, from whatever entries are known, in whatever order they came."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest

from programmable_money.messages import address_of
from programmable_money.model import Amount
from programmable_money.settlement.bank_statement import BankEntry, Direction
from programmable_money.settlement.model import (
    Batch,
    BatchKind,
    BatchState,
    Outcome,
    PaymentOrder,
    outcome_of,
    paid_for,
)
from programmable_money.settlement.payment_file import BankAccount

DAY = date(2026, 4, 1)
PAYEE = BankAccount.from_text("De Speelkoffer", "NL20INGB0001234567", field="shop")
DEBTOR = BankAccount.from_text("Gemeente Westland", "NL91ABNA0417164300", field="debtor")
ORDER = PaymentOrder("KP-1", address_of(b"\x01" * 32), 1, PAYEE, Amount(100), Amount(100), "KP-1-1")
OTHER = PaymentOrder("KP-1", address_of(b"\x02" * 32), 1, PAYEE, Amount(50), Amount(50), "KP-1-2")
BATCH = Batch(
    reference="KP-1",
    kind=BatchKind.SETTLEMENT,
    chain_id=1,
    fund=address_of(b"\x03" * 32),
    debtor=DEBTOR,
    execute_on=DAY,
    ceiling=Amount(300),
    proposed_at=datetime(2026, 3, 31, tzinfo=UTC),
    orders=(ORDER, OTHER),
    state=BatchState.FILED,
)


def entry(cents: int, name: str = "KP-1-1", *, group: str = "", number: int = 1) -> BankEntry:
    direction = Direction.IN if cents > 0 else Direction.OUT
    return BankEntry(f"{number}", DAY, Amount(abs(cents)), direction, cents > 0, name, group, "", "")


OUT, BACK = entry(-100), entry(100, number=2)
WHOLE = entry(-150, "", group="KP-1-B1", number=3)


@pytest.mark.parametrize(
    ("entries", "outcome", "paid"),
    [
        ((), Outcome.SENT, 0),
        ((entry(-50, "KP-1-2"),), Outcome.SENT, 0),
        ((OUT,), Outcome.BOOKED, 100),
        ((BACK,), Outcome.DISPUTED, -100),  # its statement came first
        ((BACK, OUT), Outcome.RETURNED, 0),
        ((OUT, BACK), Outcome.RETURNED, 0),
        ((entry(-99),), Outcome.DISPUTED, 99),
        ((OUT, entry(-100, number=9)), Outcome.DISPUTED, 200),
        ((WHOLE,), Outcome.BOOKED, 100),
        ((WHOLE, BACK), Outcome.RETURNED, 0),
        ((replace(WHOLE, amount=Amount(149)),), Outcome.DISPUTED, 0),
        ((replace(WHOLE, payment_batch="KP-2-B1"),), Outcome.SENT, 0),
    ],
)
def test_an_outcome_follows_from_the_entries(entries: tuple[BankEntry, ...], outcome: Outcome, paid: int) -> None:
    assert outcome_of(BATCH, ORDER, entries) is outcome
    assert outcome_of(BATCH, ORDER, entries[::-1]) is outcome
    assert paid_for(BATCH, ORDER, entries) == Amount(paid)


def test_a_payment_waits_until_there_is_a_file() -> None:
    for state in (BatchState.PROPOSED, BatchState.APPROVED, BatchState.BURNING, BatchState.BURNT):
        assert outcome_of(replace(BATCH, state=state), ORDER, ()) is Outcome.WAITING
        assert paid_for(replace(BATCH, state=state), ORDER, (OUT,)) == Amount(0)
    assert outcome_of(replace(BATCH, state=BatchState.WITHDRAWN), ORDER, ()) is Outcome.WITHDRAWN
    assert outcome_of(BATCH, replace(ORDER, given_up="AC01"), ()) is Outcome.GIVEN_UP
    assert outcome_of(BATCH, replace(ORDER, given_up="AC01"), (OUT,)) is Outcome.BOOKED
    assert {outcome for outcome in Outcome if outcome.is_failed} == {
        Outcome.RETURNED,
        Outcome.GIVEN_UP,
        Outcome.WITHDRAWN,
    }


def test_the_digest_covers_everything_that_is_decided_and_nothing_that_follows() -> None:
    payee = replace(PAYEE, iban="NL68BNGH0000000100")
    changes: dict[str, object] = {
        "reference": "KP-2",
        "kind": BatchKind.RETRY,
        "chain_id": 2,
        "fund": address_of(b"\x04" * 32),
        "debtor": PAYEE,
        "execute_on": date(2026, 4, 2),
        "ceiling": Amount(301),
        "proposed_at": datetime(2026, 3, 30, tzinfo=UTC),
        "orders": (replace(ORDER, payee=payee), OTHER),
    }
    digests = {replace(BATCH, **{name: value}).digest for name, value in changes.items()}  # type: ignore[arg-type]
    assert len(digests | {BATCH.digest}) == len(changes) + 1
    for changed in (replace(PAYEE, name="Cato"), replace(PAYEE, bic="BNGHNL2GXXX")):
        assert replace(BATCH, orders=(replace(ORDER, payee=changed), OTHER)).digest not in digests | {BATCH.digest}
    later: dict[str, object] = {"state": BatchState.BURNT, "searched_from": 7, "burnt_in": "0x1", "file": b"x"}
    later |= {"proposal": None, "approval": None, "orders": (replace(ORDER, amount=None, end_to_end=""), OTHER)}
    for name, value in later.items():
        assert replace(BATCH, **{name: value}).digest == BATCH.digest  # type: ignore[arg-type]
    assert {field.name for field in fields(Batch)} == set(changes) | set(later)
