# SPDX-License-Identifier: EUPL-1.2
"""Lock files pin what is installed and say nothing about where it comes from (decision 0005)."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import read

PYTHON = read(Path("requirements.lock"))
ANALYSIS = read(Path("requirements-analysis.lock"))
NODE = json.loads(read(Path("package-lock.json")))
REQUIREMENT = re.compile(r"^([a-z0-9][a-z0-9-]*)==(\S+)", re.MULTILINE)


@pytest.mark.parametrize("lock", [PYTHON, ANALYSIS])
def test_python_lock_names_no_address(lock: str) -> None:
    assert "://" not in lock
    assert not re.search(r"^\s*-(?:-(?!hash=)|[a-z])", lock, re.MULTILINE)


@pytest.mark.parametrize("lock", [PYTHON, ANALYSIS])
def test_every_python_package_has_hashes(lock: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", lock.split("\n", 2)[2])
    assert len(blocks) == len(REQUIREMENT.findall(lock)) > 50
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_python_lock_holds_every_declared_dependency() -> None:
    project = tomllib.loads(read(Path("pyproject.toml")))["project"]
    declared = {
        re.split(r"[=<>~!\[; ]", line)[0].lower()
        for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    }
    assert declared <= {name for name, _ in REQUIREMENT.findall(PYTHON)}


def test_analysis_lock_holds_what_is_asked_for() -> None:
    asked = {line for line in read(Path("requirements-analysis.in")).splitlines() if not line.startswith("#")}
    assert asked == {"halmos", "slither-analyzer"} <= {name for name, _ in REQUIREMENT.findall(ANALYSIS)}


def test_node_lock_names_no_address() -> None:
    assert [name for name, package in NODE["packages"].items() if "resolved" in package] == []


def test_node_packages_have_hashes_save_binaries_of_other_platforms() -> None:
    bare = {name for name, package in NODE["packages"].items() if name and "integrity" not in package}
    assert all(re.fullmatch(r"node_modules/@foundry-rs/(anvil|forge)-(darwin|linux|win32)-\w+", name) for name in bare)
    assert not any(name.endswith("-linux-amd64") for name in bare)


def test_node_lock_agrees_with_the_manifest_and_versions_are_exact() -> None:
    wanted = json.loads(read(Path("package.json")))["devDependencies"]
    assert NODE["packages"][""]["devDependencies"] == wanted
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert {name: NODE["packages"][f"node_modules/{name}"]["version"] for name in wanted} == wanted
