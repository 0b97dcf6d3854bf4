# SPDX-License-Identifier: EUPL-1.2
"""What the wallet says that a citizen qualifies for."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from holder.eligibility import Qualification
from holder.service import Wallet
from holder.wording import Language, euros
from ssi.rulebook.qualification import Allowed, Denied
from tests.unit.holder.town import AMIRA, CATO, NOW, Desk, give, new_wallet


def _only(wallet: Wallet, now: datetime = NOW) -> Qualification:
    (found,) = wallet.qualifications(now=now)
    return found


def test_amira_qualifies_for_each_child(amira: Wallet) -> None:
    found = _only(amira)
    assert found.decision == Allowed(45_000)
    assert (found.period, found.held) == (2024, amira.credentials[0])


def test_looking_leaves_no_trace(amira: Wallet) -> None:
    before = amira._store.contents
    amira.qualifications(now=NOW)
    assert amira._store.contents == before


def test_without_a_credential_the_wallet_says_where_to_get_one(tmp_path: Path) -> None:
    wallet, _ = new_wallet(tmp_path)
    decision = _only(wallet).decision
    assert isinstance(decision, Denied)
    (reason,) = decision.reasons
    assert Language.NL.of(reason.text) == "U hebt hiervoor nog geen bewijs in uw wallet. Vraag het aan bij uw gemeente."
    assert Language.EN.of(reason.text) == "Your wallet has no credential for this yet. Ask your municipality for one."


def test_one_cent_above_the_limit_is_told_in_words(tmp_path: Path, desk: Desk) -> None:
    wallet, _ = new_wallet(tmp_path, "cato")
    give(wallet, desk, "cato", CATO)
    decision = _only(wallet).decision
    assert isinstance(decision, Denied)
    assert [reason.text.nl for reason in decision.reasons] == [
        "Uw inkomen is niet hoger dan 120 procent van de norm voor uw huishouden."
    ]


def test_the_credential_that_serves_best_is_taken(tmp_path: Path, desk: Desk) -> None:
    wallet, _ = new_wallet(tmp_path)
    best = give(wallet, desk, "amira", {**AMIRA, "children": 4})
    give(wallet, Desk("did:web:other.example"), "amira", AMIRA)
    give(wallet, Desk("did:web:third.example"), "amira", CATO)
    found = _only(wallet)
    assert (found.decision, found.held) == (Allowed(60_000), best)


def test_the_year_is_the_rulebooks_local_one(amira: Wallet, desk: Desk) -> None:
    """In Amsterdam it is 2025 an hour before it is in UTC."""
    give(amira, desk, "amira", {**AMIRA, "exp": date(2025, 6, 1)})
    assert _only(amira, datetime(2024, 12, 31, 22, 59, tzinfo=UTC)).period == 2024
    found = _only(amira, datetime(2024, 12, 31, 23, 0, tzinfo=UTC))
    assert (found.period, found.decision) == (2025, Allowed(45_000))


@pytest.mark.parametrize(
    ("cents", "dutch", "english"),
    [(0, "€ 0,00", "€0.00"), (5, "€ 0,05", "€0.05"), (123_456_789, "€ 1.234.567,89", "€1,234,567.89")],
)
def test_amounts_are_written_for_people(cents: int, dutch: str, english: str) -> None:
    assert (euros(cents, Language.NL), euros(cents, Language.EN)) == (dutch, english)
