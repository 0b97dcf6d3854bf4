# SPDX-License-Identifier: EUPL-1.2
"""What every file of the project holds to: licence line, docstring, size, and words that it never says."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, files, python_files, read

SPDX = "SPDX-License-Identifier: EUPL-1.2"
LICENSED = {".py", ".sol", ".mjs", ".js", ".sh", ".toml"}
MAX_LINES = 500
CODE = tuple(path for path in files() if path.suffix in {".py", ".sol", ".mjs", ".js", ".sh"})

# Written in pieces, so that this file does not say them.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
MACHINE_PATH = re.compile(
    r"(?<![\w.$}])/(?:" + "|".join(("work", "tmp", "root", "home", "opt", "mnt", "Users")) + r")/\w"
)
REGISTRY_HOST = re.compile(r"\b(?:pypi|npmjs|yarnpkg|pythonhosted|crates)\.(?:org|com|io)\b", re.IGNORECASE)
WORK_ITEM = re.compile(r"\b(?:issue|ticket|pull request|PR) ?#?\d+\b", re.IGNORECASE)


def hits(pattern: re.Pattern[str], paths: tuple[Path, ...]) -> list[str]:
    """Where a pattern occurs, as path:line: text."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(read(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_every_source_file_starts_with_the_licence() -> None:
    missing = [
        str(path)
        for path in files()
        if path.suffix in LICENSED and read(path) and not any(SPDX in line for line in read(path).splitlines()[:2])
    ]
    assert missing == []


def test_every_python_file_says_what_it_is_about() -> None:
    missing = []
    for path in filter(read, python_files()):
        docstring = ast.get_docstring(ast.parse(read(path)))
        if not docstring or not docstring.splitlines()[0].rstrip().endswith((".", ":")):
            missing.append(str(path))
    assert missing == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_lists_its_subject(package: str) -> None:
    docstring = ast.get_docstring(ast.parse(read(Path(package, "__init__.py"))))
    assert docstring
    assert len(docstring) > len(package) + 20


def test_no_source_file_is_long() -> None:
    long = {str(path): count for path in CODE if (count := len(read(path).splitlines())) > MAX_LINES}
    assert long == {}


def test_nothing_is_left_unfinished() -> None:
    assert hits(UNFINISHED, tuple(path for path in files() if path.suffix not in {".lock", ".json"})) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert hits(MACHINE_PATH, files()) == []


def test_no_file_names_a_package_registry() -> None:
    assert hits(REGISTRY_HOST, files()) == []


def test_code_explains_itself_without_a_tracker() -> None:
    assert hits(WORK_ITEM, CODE) == []


def test_every_package_is_part_of_the_distribution() -> None:
    project = tomllib.loads(read(Path("pyproject.toml")))
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(PACKAGES)
    assert set(project["tool"]["importlinter"]["root_packages"]) == set(PACKAGES)
    assert set(project["tool"]["mypy"]["files"]) == {*PACKAGES, "tests"}


def test_what_is_verified_is_built_in_one_module() -> None:
    """A ``Verified...`` value exists only because one module checked it (trust is a type)."""
    defined: dict[str, str] = {}
    built: dict[str, set[str]] = {}
    for path in python_files(*PACKAGES):
        for node in ast.walk(ast.parse(read(path))):
            if isinstance(node, ast.ClassDef) and node.name.startswith("Verified"):
                assert node.name not in defined, f"{node.name} is defined twice"
                defined[node.name] = str(path)
            elif isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name.startswith("Verified"):
                    built.setdefault(name, set()).add(str(path))
    assert {name: sorted(paths) for name, paths in built.items() if len(paths) > 1} == {}


def test_table_classes_stay_in_stores() -> None:
    rows = re.compile(r"^from \S+\.store import .*\b\w+Row\b", re.MULTILINE)
    assert [str(path) for path in python_files(*PACKAGES) if rows.search(read(path))] == []
