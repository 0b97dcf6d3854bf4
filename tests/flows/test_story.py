# SPDX-License-Identifier: EUPL-1.2
"""``stuiver demo kindpakket``: the sample, other files of the same columns, and files that must be refused."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import specs
from examples.kindpakket.report import Expectation, Report
from issuer.households import import_households
from programmable_money.settlement import read_payment_file
from ssi.rulebook.model import Rulebook
from stuiver.cli import application

HEADER = "person,name,birth_date,address,household_kind,net_income,children,municipality\n"
AMIRA = 'a-1,Amira Haddad,1989-04-12,"Hoofdstraat 1, Zuidhorn",single_21_plus,1540.60,3,GM1969\n'
CATO = "c-1,Cato Bos,1985-01-30,Kerkpad 2,single_21_plus,1540.61,2,GM1969\n"
BAS = "b-1,Bas Haddad,2004-08-30,Hoofdstraat 1,single_18_20,380.33,0,GM1969\n"
NEIGHBOUR = "n-1,Noor de Wit,1990-02-03,Dorpsweg 7,single_21_plus,1540.61,1,GM0014\n"
MANY = "m-1,Mo Veel,1980-02-03,Dorpsweg 8,married_pension,2320.78,16,GM1969\n"
FULL = "f-1,Fem Vol,1980-02-03,Dorpsweg 9,married_pension,2320.78,15,GM1969\n"


def _tell(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(application(), ["demo", "kindpakket", "--folder", str(folder), *options])


def _figures(folder: Path, households: str | None = None, chain: str = "embedded") -> dict[str, Any]:
    """Tell the story of a file, and give the figures that it wrote."""
    options = ["--chain", chain, "--json", str(folder / "figures.json")]
    if households is not None:
        (folder / "households.csv").write_text(households, encoding="utf-8")
        options += ["--households", str(folder / "households.csv")]
    result = _tell(folder, *options)
    assert result.exit_code == 0, result.output
    figures: dict[str, Any] = json.loads((folder / "figures.json").read_text())
    books = figures["books"]
    assert books["deposits"] - books["settled"] == books["supply"]
    assert books["supply"] == books["unallocated"] + books["accounts"] + books["merchants"]
    assert figures["personal_data_findings"] == 0
    return figures


def test_the_sample_is_told_as_its_file_and_rulebook_say(tmp_path: Path) -> None:
    figures = _figures(tmp_path)
    assert (figures["households"], figures["children"], figures["credentials_issued"]) == (80, 200, 80)
    assert figures["claims"] == {
        "accepted": 72,
        "refused": {
            "already_claimed": 1,
            "children_below_minimum": 3,
            "credential_of_another_wallet": 1,
            "income_at_most_120_percent": 5,
            "outside_period": 1,
            "proof_invalid": 2,
            "validator_revoked": 1,
        },
    }
    assert figures["allotted_cents"] == 15_000 * 186
    refused = {"amount_above_limit", "not_enough_balance", "permit_expired", "permit_used", "wrong_shop"}
    assert set(figures["payments"]["refused"]) == refused
    assert figures["others_refused"] == {"category_not_allowed": 1, "payment_settled": 1}
    assert figures["refunds"] == 1
    settlement = figures["settlement"]
    file = read_payment_file(Path(settlement["file"]).read_bytes())
    assert file.total.cents == settlement["total_cents"] == figures["books"]["settled"]
    assert settlement["shops"] == len(file.transfers) == 12
    assert 300_000 < figures["claim_gas_median"] < 400_000


def test_the_rulebook_decides_on_any_file(tmp_path: Path) -> None:
    figures = _figures(tmp_path, HEADER + AMIRA + CATO + BAS + NEIGHBOUR + MANY + FULL)
    assert figures["claims"]["accepted"] == 2
    assert figures["allotted_cents"] == 15_000 * (3 + 15)
    told = figures["claims"]["refused"]
    rules = ("municipality_differs", "children_below_minimum", "children_above_maximum", "income_at_most_120_percent")
    assert [told[rule] for rule in rules] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("households", "accepted"),
    [(HEADER, 0), (HEADER + CATO, 0), (HEADER + NEIGHBOUR, 0), (HEADER + AMIRA, 1)],
    ids=["nobody", "only Cato", "only a neighbour", "only Amira"],
)
def test_small_files_are_told_too(tmp_path: Path, households: str, accepted: int) -> None:
    assert _figures(tmp_path, households)["claims"]["accepted"] == accepted


@pytest.mark.anvil
def test_the_story_is_the_same_on_a_real_node(tmp_path: Path) -> None:
    figures = [_figures(tmp_path, HEADER + AMIRA + CATO + BAS + FULL, chain) for chain in ("embedded", "anvil")]
    for figure in figures:
        del figure["seconds"], figure["claim_gas_median"], figure["settlement"]["file"]
    assert figures[0] == figures[1]


def test_a_file_with_mistakes_is_refused_with_every_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(HEADER + AMIRA.replace("1540.60", "1540,60") + CATO.replace("GM1969", "Zuidhorn"), encoding="utf-8")
    result = _tell(tmp_path, "--households", str(bad))
    assert result.exit_code == 1
    assert "line 2" in result.stderr
    assert "line 3, municipality" in result.stderr
    assert "Traceback" not in result.output


def test_a_chain_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    result = _tell(tmp_path, "--chain", "http://127.0.0.1:1")
    assert result.exit_code == 1
    assert result.stderr.startswith("stuiver demo kindpakket:")


def test_whatever_goes_otherwise_is_a_difference() -> None:
    rulebook = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
    octets = (HEADER + AMIRA + CATO).encode()
    records = import_households(
        octets, rulebook, municipalities={"GM1969"}, today=date(2024, 11, 1), skip_bad_rows=False
    ).households
    expected = Expectation.of(records, rulebook)
    assert (len(expected.qualifying), expected.allotted_cents) == (1, 45_000)
    report = Report(households=2, children=5, credentials_issued=2, claims_accepted=1, allotted_cents=45_000)
    report.claims_refused["income_at_most_120_percent"] = 1
    report.personal_data_findings = 0
    assert expected.differences(report) == ["the books do not balance"]
    wrong = replace(report, claims_accepted=2, allotted_cents=75_000, personal_data_findings=1)
    assert len(expected.differences(wrong)) == 4
