# SPDX-License-Identifier: EUPL-1.2
"""The specification's numbered steps and the code: every reason exists, every step stands where it is checked."""

import re
from pathlib import Path

import pytest

from ssi.errors import Reason

ROOT = Path(__file__).parents[4]
_STEP = re.compile(r"^(\d+\.\d+) ((?:`[a-z_]+`, )*`[a-z_]+`):", re.MULTILINE)
_CODE = {
    ("openid", "2"): "ssi/openid/proof.py",
    ("openid", "3"): "ssi/openid/dpop.py",
    ("openid", "4"): "ssi/openid/signed_request.py",
    ("openid", "5"): "ssi/openid/dcql_check.py",
    ("presentation", "5"): "ssi/presentation/verify.py",
}


@pytest.mark.parametrize("name", ["openid", "presentation"])
def test_every_reason_of_a_step_is_a_reason_of_the_code(name: str) -> None:
    text = (ROOT / "specs" / "protocols" / f"{name}.md").read_text(encoding="utf-8")
    steps = _STEP.findall(text)
    assert len(steps) > 4
    named = {reason for _, reasons in steps for reason in re.findall(r"[a-z_]+", reasons)}
    assert named <= {reason.value for reason in Reason}


@pytest.mark.parametrize(("name", "section"), _CODE)
def test_every_numbered_step_stands_in_the_code(name: str, section: str) -> None:
    text = (ROOT / "specs" / "protocols" / f"{name}.md").read_text(encoding="utf-8")
    steps = re.findall(rf"^({section}\.\d+) ", text, re.MULTILINE)
    code = (ROOT / _CODE[name, section]).read_text(encoding="utf-8")
    assert [step for step in steps if f"({step})" not in code and f"({step}," not in code] == []
