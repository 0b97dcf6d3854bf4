# SPDX-License-Identifier: EUPL-1.2
"""What slither says is explained, row by row, and what halmos proves is listed."""

import json
import re
from pathlib import Path

import pytest

from tests.contracts.analysis import EXPLAINED, AnalysisError, differences, explained, found, main

CONTRACTS = EXPLAINED.parent
CONTRACT = {"type": "contract", "name": "Fund"}
FUNCTION = {"type": "function", "name": "pay", "type_specific_fields": {"parent": CONTRACT}}
VARIABLE = {"type": "variable", "name": "total", "type_specific_fields": {"parent": FUNCTION}}


def result(*findings: tuple[str, object], success: bool = True) -> str:
    detectors = [{"check": check, "elements": [element]} for check, element in findings]
    return json.dumps({"success": success, "error": "no compiler", "results": {"detectors": detectors}})


def test_a_finding_is_known_by_its_detector_and_function() -> None:
    counted = found(result(("unused-return", FUNCTION), ("uninitialized-local", VARIABLE), ("locked-ether", CONTRACT)))
    assert counted == {
        ("unused-return", "Fund.pay"): 1,
        ("uninitialized-local", "Fund.pay"): 1,
        ("locked-ether", "Fund"): 1,
    }


def test_a_finding_that_is_not_explained_is_a_difference_and_so_is_a_stale_explanation() -> None:
    once, twice = {("unused-return", "Fund.pay"): 1}, {("unused-return", "Fund.pay"): 2}
    assert differences(once, once) == []
    assert differences(once, {}) == ["unused-return in Fund.pay: slither finds 1, contracts/ANALYSIS.md explains 0"]
    assert differences({}, once) == ["unused-return in Fund.pay: slither finds 0, contracts/ANALYSIS.md explains 1"]
    assert len(differences(twice, once)) == 1


@pytest.mark.parametrize(
    "unverified",
    ["", "{}", "[]", '{"success": true}', result(success=False), result(("unused-return", {"type": "function"}))],
)
def test_a_run_without_a_result_is_never_nothing_found(unverified: str, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError):
        found(unverified)
    (tmp_path / "slither.json").write_text(unverified)
    assert main(str(tmp_path / "slither.json")) == 1
    assert main(str(tmp_path / "absent.json")) == 1


def test_a_new_finding_fails_the_command_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "slither.json").write_text(result(("arbitrary-send-erc20", FUNCTION)))
    assert main(str(tmp_path / "slither.json")) == 1
    assert "arbitrary-send-erc20 in Fund.pay: slither finds 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "row",
    ["| unused-return | `Fund.pay` | 1 |  |", "| unused-return | `Fund.pay` | 0 | Because it is so. |", "nonsense"],
)
def test_each_row_has_its_reason(row: str) -> None:
    head = "| detector | where | times | why it stands |\n|---|---|---|---|\n"
    with pytest.raises(AnalysisError):
        explained(head + row + "\n\n")
    with pytest.raises(AnalysisError):
        explained("no table")


def test_what_is_explained_exists() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted((CONTRACTS / "src").rglob("*.sol")))
    for _, where in explained(EXPLAINED.read_text(encoding="utf-8")):
        contract, function = where.split(".")
        assert re.search(rf"\b(contract|library) {contract}\b", sources), where
        assert re.search(rf"\bfunction {function}\(", sources), where


def test_slither_reads_every_contract_that_is_deployed() -> None:
    read = json.loads((CONTRACTS / "analysis.json").read_text(encoding="utf-8"))["sources"]
    assert {Path(path).stem for path in read} == {path.stem for path in (CONTRACTS / "artifacts").glob("*.json")}


def test_every_proof_is_listed() -> None:
    proved = re.findall(r"function (check_\w+)\(", (CONTRACTS / "symbolic" / "Pay.sol").read_text(encoding="utf-8"))
    listed = re.findall(r"^\| `(check_\w+)` \|", EXPLAINED.read_text(encoding="utf-8"), re.MULTILINE)
    assert proved == listed != []
