# SPDX-License-Identifier: EUPL-1.2
"""Compare what slither found with what contracts/ANALYSIS.md explains; ``make analyse`` runs it.

    python -m tests.contracts.analysis build/slither.json

Invariants: a run that did not succeed is a failure, never "nothing found"; each finding is explained, and each
explanation is of a finding that slither still makes, so many times.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

__all__ = ["AnalysisError", "Findings", "differences", "explained", "found", "main"]

EXPLAINED: Final = Path(__file__).resolve().parents[2] / "contracts" / "ANALYSIS.md"

Findings = Mapping[tuple[str, str], int]
"""How often slither reports (detector, ``Contract.function``)."""

_ROW: Final = re.compile(
    r"^\| (?P<detector>[a-z-]+) \| `(?P<where>[\w.]+)` \| (?P<times>[1-9]\d*) \| (?P<why>\S.{9,}) \|$"
)
_HEAD: Final = "| detector | where | times | why it stands |"


class AnalysisError(Exception):
    """There is no result to compare; the message says what is wrong."""


def explained(text: str) -> Findings:
    """The table of contracts/ANALYSIS.md.

    Raises:
        AnalysisError: there is no table, or a row of it is not "detector, where, times, why", or is there twice.
    """
    _, head, rest = text.partition(_HEAD + "\n")
    if not head:
        raise AnalysisError(f"contracts/ANALYSIS.md has no table that starts with {_HEAD}")
    rows: dict[tuple[str, str], int] = {}
    for line in rest.partition("\n\n")[0].splitlines()[1:]:
        row = _ROW.match(line)
        if row is None or (row["detector"], row["where"]) in rows:
            raise AnalysisError(f"contracts/ANALYSIS.md: give each finding one row, with a reason: {line}")
        rows[row["detector"], row["where"]] = int(row["times"])
    return rows


def found(unverified: str) -> Findings:
    """What slither wrote with ``--json``.

    Raises:
        AnalysisError: it is not the result of a run that succeeded.
    """
    try:
        result = json.loads(unverified)
        if result["success"] is not True:
            raise AnalysisError(f"slither did not succeed: {result['error']}")
        findings = result["results"].get("detectors", [])
        return Counter((finding["check"], _where(finding["elements"][0])) for finding in findings)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise AnalysisError("this is not what slither writes with --json") from error


def _where(element: Mapping[str, Any]) -> str:
    """``Contract.function`` of what a finding is about, which can be a line or a variable in it."""
    names = []
    while element["type"] != "contract":
        if element["type"] not in {"node", "variable"}:
            names.append(element["name"])
        element = element["type_specific_fields"]["parent"]
    return ".".join([element["name"], *reversed(names)])


def differences(findings: Findings, explanations: Findings) -> list[str]:
    """One sentence for each finding without its explanation, and for each explanation without its finding."""
    sentences = []
    for detector, where in sorted({*findings, *explanations}):
        times, told = findings.get((detector, where), 0), explanations.get((detector, where), 0)
        if times != told:
            sentences.append(f"{detector} in {where}: slither finds {times}, contracts/ANALYSIS.md explains {told}")
    return sentences


def main(path: str) -> int:
    """Compare and say so; 1 where they differ."""
    try:
        findings = found(Path(path).read_text(encoding="utf-8"))
        wrong = differences(findings, explained(EXPLAINED.read_text(encoding="utf-8")))
    except (OSError, AnalysisError) as error:
        print(f"slither: {error}", file=sys.stderr)
        return 1
    for sentence in wrong:
        print(f"slither: {sentence}", file=sys.stderr)
    if wrong:
        print("Fix the contract, or explain the finding there.", file=sys.stderr)
        return 1
    print(
        f"slither: {sum(findings.values())} findings of high or medium impact, each explained in contracts/ANALYSIS.md"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
