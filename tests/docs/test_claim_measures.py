# SPDX-License-Identifier: EUPL-1.2
"""The tests that claim.md section 9 names exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_measure_names_tests_that_exist() -> None:
    text = (ROOT / "specs" / "protocols" / "claim.md").read_text(encoding="utf-8")
    rows = [line for line in text[text.index("## 9.") :].splitlines() if re.match(r"\| 9\.\d+ ", line)]
    assert len(rows) == 10
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    sources += "".join(path.read_text(encoding="utf-8") for path in (ROOT / "contracts" / "test").rglob("*.t.sol"))
    for row in rows:
        names = re.findall(r"`(test_\w+)`", row)
        assert names, row
        missing = [name for name in names if not re.search(rf"(def|function) {name}\(", sources)]
        assert missing == []
