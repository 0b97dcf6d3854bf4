# SPDX-License-Identifier: EUPL-1.2
"""The sample of the Kindpakket story is what its script makes, and holds what the story needs."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from examples.kindpakket.make_households import COLUMNS, FILE, csv_text, households
from specs import credential_type_octets, rulebook_octets
from ssi.credential.types import ClaimValue, CredentialType
from ssi.rulebook.model import Rulebook
from ssi.rulebook.norms import Norms
from ssi.rulebook.qualification import Allowed, Denied, qualify

RULEBOOK = Rulebook.from_json(rulebook_octets("kindpakket", 1))
HOUSEHOLD = CredentialType.from_json(credential_type_octets("household-income", 1))
TODAY = date(2026, 11, 22)


def norms() -> Norms:
    assert RULEBOOK.norms is not None
    return RULEBOOK.norms


def rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def income(row: dict[str, str]) -> int:
    return int(Decimal(row["net_income"]) * 100)


def decision(row: dict[str, str]) -> Allowed | Denied:
    values: dict[str, ClaimValue] = {
        "exp": date(2027, 1, 31),
        "recovered_at": 0,
        "municipality": row["municipality"],
        "children": int(row["children"]),
        "income": income(row),
        "norm": norms().applicable_norm(row["household_kind"]),
    }
    return qualify(values, RULEBOOK, HOUSEHOLD, period=2026, as_of=TODAY)


def test_the_file_is_what_the_script_makes() -> None:
    assert FILE.read_bytes() == csv_text().encode("utf-8")


def test_the_file_reads_back_as_the_rows() -> None:
    assert tuple(rows()) == households()
    assert tuple(rows()[0]) == COLUMNS


def test_eighty_households_have_two_hundred_children() -> None:
    assert len(rows()) == 80
    assert sum(int(row["children"]) for row in rows()) == 200
    assert {int(row["children"]) for row in rows()} == set(range(7))


def test_every_kind_of_household_occurs() -> None:
    assert {row["household_kind"] for row in rows()} == set(norms().kinds)


@pytest.mark.parametrize("kind", norms().kinds)
def test_every_kind_has_a_household_exactly_at_the_printed_limit(kind: str) -> None:
    assert norms().limit(kind, 120) in {income(row) for row in rows() if row["household_kind"] == kind}


def test_households_stand_on_both_sides_of_the_limit() -> None:
    distance = Counter(income(row) - norms().limit(row["household_kind"], 120) for row in rows())
    assert distance[0] == 10
    assert distance[-1] == 7
    assert distance[1] == 3
    assert sum(count for cents, count in distance.items() if cents > 50_000) == 2


def test_seventy_two_households_qualify_and_eight_do_not() -> None:
    decisions = [decision(row) for row in rows()]
    assert sum(isinstance(made, Allowed) for made in decisions) == 72
    refused = Counter(denial.code for made in decisions if isinstance(made, Denied) for denial in made.reasons)
    assert refused == {"income_at_most_120_percent": 5, "children_below_minimum": 3}


def test_every_refused_household_has_one_reason() -> None:
    assert all(len(made.reasons) == 1 for made in map(decision, rows()) if isinstance(made, Denied))


def test_amira_qualifies_at_the_limit_and_cato_is_one_cent_above() -> None:
    by_first_name = {row["name"].split()[0]: row for row in rows()}
    assert decision(by_first_name["Amira"]) == Allowed(45_000)
    assert income(by_first_name["Amira"]) == norms().limit("single_21_plus", 120)
    assert isinstance(decision(by_first_name["Cato"]), Denied)
    assert income(by_first_name["Cato"]) == norms().limit("single_21_plus", 120) + 1


@pytest.mark.parametrize("column", ["person", "name", "address"])
def test_nobody_shares_what_identifies_them(column: str) -> None:
    assert len({row[column] for row in rows()}) == 80


def test_postal_codes_do_not_exist() -> None:
    assert all(row["address"].split(", ")[1].startswith("0") for row in rows())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["person"])
def test_an_age_fits_the_kind_of_household(row: dict[str, str]) -> None:
    age = (TODAY - date.fromisoformat(row["birth_date"])).days // 365.25
    if row["household_kind"].endswith("18_20"):
        assert 18 <= age <= 20
    elif row["household_kind"].endswith("pension"):
        assert age >= 68
    else:
        assert 21 <= age < 67
