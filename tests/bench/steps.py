# SPDX-License-Identifier: EUPL-1.2
"""Gas of every step, from the contracts' own gas tests: whole transactions on the contracts as they are deployed.

Each test also refuses a step that costs more than it may, so a figure that is printed is one that holds.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

__all__ = ["measure_steps", "steps_of"]

_ROOT: Final = Path(__file__).resolve().parents[2]
_FORGE: Final = _ROOT / "node_modules" / "@foundry-rs" / "forge" / "bin.mjs"
_TESTS: Final = {
    "fund": "test/fund/Gas.t.sol",
    "task board": "test/tasks/Gas.t.sol",
    "pass": "test/pass/Gas.t.sol",
}


def measure_steps() -> dict[str, dict[str, int]]:
    """Gas by step, for each kind of programme.

    Raises:
        RuntimeError: forge does not run, or a step costs more than its test allows.
    """
    return {programme: steps_of(_report(path)) for programme, path in _TESTS.items()}


def steps_of(report: dict[str, Any]) -> dict[str, int]:
    """What tests of a report of forge (``forge test --json -vv``) have written down, in the order of their names.

    Raises:
        RuntimeError: a test failed, or none wrote anything.
    """
    steps: dict[str, int] = {}
    for suite in report.values():
        for name, test in sorted(suite["test_results"].items()):
            if test["status"] != "Success":
                raise RuntimeError(f"{name}: {test.get('reason') or test['status']}")
            for line in test["decoded_logs"]:
                what, _, gas = line.rpartition(":")
                steps[what.strip()] = int(gas)
    if not steps:
        raise RuntimeError("the gas tests wrote no figure down")
    return steps


def _report(path: str) -> dict[str, Any]:
    done = subprocess.run(
        ["node", str(_FORGE), "test", "--json", "-vv", "--match-path", path],
        cwd=_ROOT / "contracts",
        env=os.environ | {"FOUNDRY_PROFILE": "tests"},
        capture_output=True,
        text=True,
        check=False,
    )
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            report: dict[str, Any] = json.loads(line)
            return report
    raise RuntimeError(f"forge did not run {path}: {(done.stderr or done.stdout).strip()[-500:]}")
