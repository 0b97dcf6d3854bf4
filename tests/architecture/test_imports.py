# SPDX-License-Identifier: EUPL-1.2
"""Who may import what, where import-linter cannot say it: rules per file name, and rules on libraries."""

import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT, imports, python_files, read

COMPOSITION_ROOTS = {"stuiver", "examples"}
ROLES = ("ssi", "issuer", "holder", "verifier", "programmable_money", "contracts", "specs")


def tops(path: Path) -> set[str]:
    """Top-level names that a file imports."""
    return {name.split(".")[0] for name in imports(path)}


def is_chain_library(name: str) -> bool:
    """Whether a top-level name belongs to the Ethereum tooling."""
    return name in {"web3", "eth", "rlp", "trie"} or name.startswith("eth_")


def offenders(libraries: set[str], allowed: tuple[str, ...]) -> list[str]:
    """Files of our packages that import one of these libraries and match none of the allowed patterns."""
    return [
        str(path)
        for path in python_files(*PACKAGES)
        if tops(path) & libraries and not any(path.match(pattern) for pattern in allowed)
    ]


def test_finds_the_project() -> None:
    """A walk that finds nothing would make every other test here pass."""
    found = {path.parts[0] for path in python_files(*PACKAGES)}
    assert found == set(PACKAGES)


def test_only_the_chain_module_imports_web3() -> None:
    assert offenders({"web3"}, ("programmable_money/chain.py",)) == []


def test_only_the_embedded_chain_imports_an_evm() -> None:
    allowed = tuple(f"programmable_money/embedded/{'*/' * depth}*.py" for depth in range(3))
    assert offenders({"eth", "eth_tester"}, allowed) == []


def test_only_the_money_side_imports_chain_libraries() -> None:
    assert [
        str(path)
        for path in python_files("ssi", "issuer", "verifier", "specs", "contracts")
        if any(is_chain_library(name) for name in tops(path))
    ] == []


def test_only_stores_import_the_database() -> None:
    assert offenders({"sqlmodel", "sqlalchemy"}, ("*/store.py",)) == []


def test_only_command_lines_and_composition_roots_import_the_terminal() -> None:
    """A role's command line is its ``cli.py``, or its package ``cli`` when one file is not enough."""
    assert [
        str(path)
        for path in python_files(*ROLES)
        if tops(path) & {"typer", "rich", "click"} and not (path.match("*/cli.py") or path.match("*/cli/*.py"))
    ] == []


def test_only_services_import_the_web_framework() -> None:
    assert offenders({"fastapi", "starlette", "uvicorn"}, ("*/api.py", "*/app.py", "stuiver/*.py")) == []


def test_nothing_of_ours_imports_tests() -> None:
    assert offenders({"tests", "pytest", "hypothesis"}, ()) == []


@pytest.mark.parametrize("path", python_files("ssi"), ids=str)
def test_core_opens_no_connection(path: Path) -> None:
    network = {"socket", "ssl", "http", "http.client", "http.server", "urllib.request", "asyncio", "socketserver"}
    assert not imports(path) & network


def test_messages_are_pure() -> None:
    """What both ends sign may depend on the core, data and pure encodings, never on a chain, a store or an edge."""
    money = [path for path in python_files("programmable_money") if "messages" in path.parts[1]]
    pure = {
        "ssi",
        "specs",
        "eth_abi",
        "eth_account",
        "eth_keys",
        "eth_utils",
        "eth_typing",
        "eth_hash",
        "hexbytes",
        "Crypto",
    }
    for path in money:
        ours = {name for name in imports(path) if name.startswith("programmable_money.")}
        assert all(name.startswith("programmable_money.messages") for name in ours), path
        assert tops(path) - pure - {"programmable_money"} <= sys.stdlib_module_names, path


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads(read(Path("pyproject.toml")))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    declared = {_distribution(line) for line in lines}
    provided = packages_distributions()
    own = {*PACKAGES, "tests"}
    missing: dict[str, list[str]] = {}
    for path in python_files(*PACKAGES, "tests"):
        for name in tops(path) - own - set(sys.stdlib_module_names) - {"__future__"}:
            distributions = {_distribution(found) for found in provided.get(name, [name])}
            if not distributions & declared:
                missing.setdefault(name, []).append(str(path))
    assert missing == {}


def test_the_dependencies_that_were_asked_for_are_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {_distribution(line) for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]}
    assert declared >= {"pynacl", "base58", "jwcrypto", "fastapi", "web3", "sqlmodel", "pytest"}


def _distribution(requirement: str) -> str:
    name = requirement.split(";", maxsplit=1)[0]
    for mark in "=<>~![ ":
        name = name.split(mark)[0]
    return name.strip().lower().replace("_", "-")
