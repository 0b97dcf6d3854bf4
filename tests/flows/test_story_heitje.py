# SPDX-License-Identifier: EUPL-1.2
"""``stuiver demo heitje``: told once, with every figure; and what goes otherwise is a difference."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from examples.heitje.plan import PEOPLE, PUBLISHED, expected_cents, expected_quarters
from examples.heitje.published import GOALS, computed, met
from examples.heitje.report import Report, differences
from programmable_money.kpi import Kpi, KpiValue
from programmable_money.settlement import read_payment_file
from stuiver.cli import application


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("heitje")
    options = ["--folder", str(folder), "--json", str(folder / "figures.json")]
    result = CliRunner().invoke(application(), ["demo", "heitje", *options])
    assert result.exit_code == 0, result.output
    figures: dict[str, Any] = json.loads((folder / "figures.json").read_text())
    return folder, result.output, figures


def test_it_happens_as_the_plan_and_the_published_figures_say(told: tuple[Path, str, dict[str, Any]]) -> None:
    _, _, figures = told
    assert figures["collected_cents"][-2:] == [150_000, 150_000]
    assert sorted(expected_cents().values()) == figures["collected_cents"]
    assert figures["one_cent_refused_in_slots"] == figures["refused"]["slot_full"] == 30
    assert figures["birthday_rates"] == [[200], [500]]
    assert figures["largest_heap_cents"] == 50_000
    assert figures["personal_data_findings"] == 0
    assert set(figures["refused"]) == {
        "already_collected",
        "bad_signature",
        "municipality_differs",
        "no_room",
        "not_authorised",
        "proof_invalid",
        "same_employee",
        "slot_full",
        "task_wrong_state",
        "wrong_shop",
    }
    books = figures["books"]
    assert books["deposits"] - books["settled"] == books["supply"]
    assert books["supply"] == books["unallocated"] + books["accounts"] + books["merchants"]
    kpis = {value["kpi"]: value for value in figures["kpis"]}
    assert kpis["hours"]["value"] == 1_818 * 4
    assert [kpis[name]["per_mille"] for name in ("validated", "completed", "spent_within_three_months")] == [
        990,
        840,
        900,
    ]
    assert kpis["active"]["value"] <= len(PEOPLE) <= kpis["active_at_most"]["value"]
    assert figures["goals_met_as_published"] == 7


def test_it_leaves_a_payment_file_and_yearly_statements(told: tuple[Path, str, dict[str, Any]]) -> None:
    folder, output, figures = told
    file = read_payment_file(Path(figures["settlement_file"]).read_bytes())
    assert (file.total.cents, len(file.transfers)) == (figures["settled_cents"], 6)
    dutch = (folder / "statement-nl.txt").read_text(encoding="utf-8")
    assert "Jaaroverzicht 2025: Heerlens Heitje" in dutch
    assert "€ 275,00" in dutch
    assert (folder / "statement-en.pdf").read_bytes().startswith(b"%PDF")
    assert "7 of 12 goals were met" in output
    assert "not on chain: a survey" in output


def test_seven_of_the_twelve_goals_were_met_by_the_published_columns() -> None:
    assert (len(GOALS), met()) == (12, 7)
    assert [goal.title for goal in GOALS if not goal.is_met] == [
        "published tasks completed",
        "registered, aged 18 to 65",
        "active among registered",
        "cleanliness",
        "cohesion",
    ]
    assert sum(goal.kpi is not None for goal in GOALS) == 5


def test_a_figure_about_too_few_people_is_not_shown_in_the_table() -> None:
    held = KpiValue.of(Kpi.HOURS, 100, None, people=4)
    assert computed(GOALS[0], {Kpi.HOURS: held}) == "held back: too few people"


def test_the_plan_is_the_published_one() -> None:
    assert expected_quarters() == 1_818 * 4
    assert (PUBLISHED, len(expected_cents())) == (125, 13)


def test_whatever_goes_otherwise_is_a_difference() -> None:
    cents = Counter(expected_cents())
    report = Report(collected_cents=cents, one_cent_refused=29, rates={"before": [200], "on the day": [200]})
    report.kpis = {kpi: KpiValue(kpi, 1, 2) for kpi in Kpi}
    found = differences(report)
    for text in ("slots that refused one cent more: 29", "rates around the 21st birthday", "the books do not balance"):
        assert any(text in difference for difference in found), text
    report.collected_cents["Bas Willems"] += 1
    assert any("collected by Bas: 150001" in difference for difference in differences(report))


def test_a_chain_whose_time_cannot_be_moved_is_a_clear_error(tmp_path: Path) -> None:
    options = ["--chain", "http://127.0.0.1:1", "--folder", str(tmp_path)]
    result = CliRunner().invoke(application(), ["demo", "heitje", *options])
    assert result.exit_code == 1
    assert result.stderr.startswith("stuiver demo heitje:")
