# SPDX-License-Identifier: EUPL-1.2
"""``stuiver demo stadjerspas``: the published facts, each found in the story; and what would be a difference."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import specs
from examples.casting import read_shops
from examples.stadjerspas.cast import read_documents, read_households
from examples.stadjerspas.comparing import pieces_of, shared_by_shops
from examples.stadjerspas.report import Expectation, Report
from examples.stadjerspas.visits import FOLDER, Outcome, expected_outcomes, read_visits
from programmable_money.chain import Chain
from programmable_money.messages import PaymentDomain, address_of
from programmable_money.messages.passes import OfferUseMessage, SignedOfferUse
from programmable_money.settlement import read_payment_file
from ssi.rulebook.model import Rulebook
from stuiver.cli import application

RULEBOOK = Rulebook.from_json(specs.rulebook_octets("stadjerspas", 1))
VISITS = read_visits()
DOCUMENTS = read_documents()


def _expectation() -> Expectation:
    shops = {shop.name: shop.category for shop in read_shops(FOLDER / "shops.csv", Chain)}  # type: ignore[arg-type]
    return Expectation.of(read_households(), RULEBOOK, VISITS, DOCUMENTS, shops)


def _outcomes(offer: str) -> list[tuple[datetime, str | None, int]]:
    """When an offer was wanted, the reason against it, and the cents that the citizen pays."""
    pairs = zip(VISITS, _expectation().outcomes, strict=True)
    return [(visit.at, outcome.reason, outcome.citizen) for visit, outcome in pairs if visit.offer == offer]


def _tell(folder: Path, chain: str) -> tuple[dict[str, Any], str]:
    options = ["demo", "stadjerspas", "--chain", chain, "--folder", str(folder), "--json", str(folder / "figures.json")]
    result = CliRunner().invoke(application(), options)
    assert result.exit_code == 0, result.output
    return json.loads((folder / "figures.json").read_text()), result.output


@pytest.mark.parametrize("chain", ["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def test_the_story_is_told_as_its_files_and_rulebook_say(tmp_path: Path, chain: str) -> None:
    figures, told = _tell(tmp_path, chain)
    assert (figures["households"], figures["activations"], figures["passes_issued"]) == (14, 12, 12)
    assert figures["not_eligible"] == {"income_at_most_120_percent": 1, "municipality_differs": 1}
    assert figures["uses"] == {
        "accepted": 22,
        "refused": {
            "offer_exhausted": 1,
            "offer_not_started": 1,
            "offer_not_this_month": 2,
            "offer_over": 1,
            "offer_used_up": 1,
        },
    }
    assert figures["attempts_refused"] == {
        "account_not_activated": 1,
        "already_claimed": 2,
        "bad_signature": 1,
        "credential_of_another_wallet": 1,
        "not_signed_by_account": 1,
        "pass_account_taken": 1,
        "proof_invalid": 4,
        "wrong_price": 1,
        "wrong_shop": 1,
    }
    assert (figures["linked"], figures["personal_data_findings"]) == (0, 0)
    assert figures["compared_values"] > 1_000
    books = figures["books"]
    assert books["deposits"] - books["settled"] == books["supply"] == books["unallocated"]
    file = read_payment_file(Path(figures["settlement"]["file"]).read_bytes())
    assert file.total.cents == figures["settlement"]["total_cents"] == figures["paid"]["sponsor"] == books["settled"]
    assert "Everything happened as the files and the rulebook say." in told
    assert not any(record.name in told for record in read_households())


# ---- the facts as published ----


def test_thirty_euros_off_the_summer_school_junior_techniek() -> None:
    assert json.loads(DOCUMENTS["summerschool"])["reduction"] == {"kind": "fixed", "cents": 3_000}
    assert [(reason, citizen) for _, reason, citizen in _outcomes("summerschool")] == [(None, 4_500)] * 3


def test_a_free_day_ticket_in_june_july_and_september_for_a_child() -> None:
    months = {at.month: (reason, citizen) for at, reason, citizen in _outcomes("day-ticket")}
    assert months == {
        5: ("offer_not_this_month", 0),
        6: (None, 0),
        7: (None, 0),
        8: ("offer_not_this_month", 0),
        9: (None, 0),
    }


def test_a_discount_on_a_timmerdorp_ticket_from_monday_19_june() -> None:
    starts = datetime.fromisoformat(json.loads(DOCUMENTS["timmerdorp"])["starts_at"])
    assert starts == datetime(2023, 6, 18, 22, tzinfo=UTC)  # midnight in Groningen
    assert datetime(2023, 6, 19, tzinfo=UTC).strftime("%A") == "Monday"
    before, *on_the_day, _ = _outcomes("timmerdorp")
    assert before[1] == "offer_not_started"
    assert {(at.date().isoformat(), reason, citizen) for at, reason, citizen in on_the_day} == {
        ("2023-06-19", None, 1_237)
    }


def test_three_swimming_tickets_a_year_and_not_a_fourth() -> None:
    amira = VISITS[0].person
    pairs = zip(VISITS, _expectation().outcomes, strict=True)
    hers = [outcome.reason for visit, outcome in pairs if (visit.person, visit.offer) == (amira, "swimming")]
    assert hers == [None, None, None, "offer_used_up"]


def test_a_wild_food_walk_and_a_baby_supplies_foundation() -> None:
    assert [reason for _, reason, _ in _outcomes("wild-food-walk")] == [None, None, None, "offer_exhausted"]
    assert [citizen for _, _, citizen in _outcomes("baby-supplies")] == [0, 1_450]


def test_the_sponsor_pays_all_part_or_none() -> None:
    shares = {name: json.loads(octets)["sponsor_percent"] for name, octets in DOCUMENTS.items()}
    assert {shares["swimming"], shares["day-ticket"], shares["wild-food-walk"]} == {100, 50, 0}
    assert set(shares.values()) == {100, 80, 60, 50, 0}


# ---- that a difference would be seen ----


def test_whatever_goes_otherwise_is_a_difference() -> None:
    expected = _expectation()
    report = Report(households=14, credentials_issued=14, activations=12, passes_issued=12, offers=6, linked=0)
    report.not_eligible = Counter({"income_at_most_120_percent": 1, "municipality_differs": 1})
    found = expected.differences(report)
    assert any(line.startswith("visits: 0") for line in found)
    assert "the books do not balance" in found
    wrong = replace(report, linked=1, outcomes=[Outcome("wrong_price"), *expected.outcomes[1:]])
    found = expected.differences(wrong)
    assert any(line.startswith("values that link: 1") for line in found)
    assert sum(line.startswith("visit 1:") for line in found) == 1
    assert not any(line.startswith("visit 2:") for line in found)


def test_visits_are_decided_by_the_files_alone() -> None:
    shops = {visit.shop: json.loads(DOCUMENTS[visit.offer])["category"] for visit in VISITS}
    first = VISITS[0]
    for visit, holders, reason in (
        (first, frozenset[str](), "no_pass"),
        (replace(first, price=551), frozenset({first.person}), "wrong_price"),
        (replace(first, shop="De Wilde Oogst"), frozenset({first.person}), "offer_of_other_shops"),
    ):
        assert expected_outcomes([visit], DOCUMENTS, shops, holders)[0].reason == reason


def test_a_pass_that_showed_one_value_twice_would_be_found() -> None:
    key = bytes(31) + b"\x01"
    proofs = [bytes([number]) + bytes(range(1, 256)) * 4 for number in (1, 2)]
    uses = [
        SignedOfferUse.sign(
            OfferUseMessage(PaymentDomain(1, address_of(key)), 1, 0, bytes(32), address_of(key), 550, 46_000, proof),
            key,
        )
        for proof in proofs
    ]
    assert shared_by_shops({"one": uses[:1], "other": uses[1:]}) > 0
    assert pieces_of(bytes(96)) == frozenset()
