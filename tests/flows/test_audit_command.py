# SPDX-License-Identifier: EUPL-1.2
"""``stuiver audit`` as anyone types it: what it says, how it ends, and that its document is complete."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from programmable_money.audit.report import DifferenceKind
from programmable_money.cli.sources import find_rulebook as find_published
from programmable_money.kpi import Kpi
from programmable_money.rpc import METHODS
from stuiver.cli import application
from tests.architecture.expectations import expected_members
from tests.architecture.source import read
from tests.flows.audited import Town, open_town
from tests.flows.money import RULEBOOK


@pytest.fixture(scope="module", params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def town(request: pytest.FixtureRequest) -> Iterator[Town]:
    with open_town(request.param) as opened:
        yield opened


# ---- the command ----


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application("audit"), ["audit", *arguments])


def test_command_signs_off_with_0(town: Town, tmp_path: Path) -> None:
    published, bank = tmp_path / "books.json", tmp_path / "bank.csv"
    published.write_bytes(town.published)
    opening = town.world.opening
    bank.write_text(f"reference,amount\n{opening.deposit},{opening.budget.decimal}\n")
    where = ("--rpc", town.url, "--fund", town.world.fund.address)
    said = run(*where, "--published", str(published), "--bank", str(bank), "--chain", str(town.world.chain.chain_id))
    assert said.exit_code == 0, said.output
    assert "SIGNED OFF: no difference." in said.stdout
    for text in (
        "paid in at the bank €3,000.00",
        "spent €319.84 17.7%",
        "bicycles + toys €319.84 in 8",
        "proofs verified again 6",
    ):
        assert text in " ".join(said.stdout.split())


def test_command_lists_differences_and_ends_with_1(town: Town, tmp_path: Path) -> None:
    bank = tmp_path / "bank.csv"
    bank.write_text(f"reference,amount\n{town.world.opening.deposit},2999.99\n")
    where = ("--rpc", town.url, "--fund", town.world.fund.address, "--bank", str(bank))
    said = run(*where)
    assert said.exit_code == 1
    assert "NOT SIGNED OFF" in said.stdout
    assert "supply_above_reserve block" in said.stdout
    content = json.loads(run(*where, "--json", "--cost", "1000", "--entitled", "8").stdout)
    assert content["is_signed_off"] is False
    assert {"deposit", "supply_above_reserve"} == {found["kind"] for found in content["differences"]}
    assert content["kpis"][0] == {"kpi": "activated", "value": 6, "whole": 8, "per_mille": 750}
    assert content["kpis"][-1]["kpi"] == "cost_per_euro"
    assert content["kpis"][-1]["per_mille"] == 1000 * 100_000 // 31_984


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--fund", "0x12"), "an address is 0x"),
        (("--fund", "0x" + "11" * 20), "there is no contract"),
        (("--published", "nothing.json"), "No such file"),
        (("--published", "http://127.0.0.1:9/books.json"), "what is published cannot be had"),
        (("--from-block", "1000000"), "the chain ends at block"),
    ],
)
def test_command_that_cannot_audit_says_why_and_ends_with_1(town: Town, arguments: tuple[str, ...], says: str) -> None:
    said = run("--rpc", town.url, "--fund", town.world.fund.address, *arguments)
    assert said.exit_code == 1
    assert says in said.stderr
    assert "SIGNED OFF" not in said.stdout


def test_rulebook_that_nobody_published_is_looked_for_in_vain() -> None:
    assert find_published(RULEBOOK.hash)[0] == RULEBOOK
    with pytest.raises(LookupError, match="give --rulebook"):
        find_published(bytes(32))


# ---- the documents ----


def test_every_difference_is_explained_and_expected_by_a_test() -> None:
    text = read(Path("docs/audit.md"))
    assert [kind.value for kind in DifferenceKind if f"`{kind.value}`" not in text] == []
    assert set(DifferenceKind.__members__) == expected_members(DifferenceKind)


def test_every_key_figure_and_every_method_is_in_the_document() -> None:
    text = read(Path("docs/audit.md"))
    assert [name for name in (*METHODS, *Kpi) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("options", [[], ["--fund", "0x1", "--pass", "0x2"], ["--board", "0x1", "--fund", "0x2"]])
def test_one_programme_is_named(options: list[str]) -> None:
    outcome = run("--rpc", "http://127.0.0.1:9", *options)
    assert outcome.exit_code == 1
    assert "say which programme: --fund, --pass or --board" in outcome.stderr
