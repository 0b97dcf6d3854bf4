# SPDX-License-Identifier: EUPL-1.2
"""Who may import what, where import-linter cannot say it: rules per file name, and rules on libraries."""

import re
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
    """And what opens a database and brings its tables up to date: two modules of the edge, and the migrations."""
    allowed = ("*/store.py", "*/migrations/*.py", "*/migrations/versions/*.py", "edge/migrating.py", "edge/database.py")
    assert offenders({"sqlmodel", "sqlalchemy", "alembic"}, allowed) == []


def test_only_command_lines_and_composition_roots_import_the_terminal() -> None:
    """A role's command line is its ``cli.py``, or its package ``cli`` when one file is not enough."""
    assert [
        str(path)
        for path in python_files(*ROLES)
        if tops(path) & {"typer", "rich", "click"} and not (path.match("*/cli.py") or path.match("*/cli/*.py"))
    ] == []


def test_only_services_import_the_web_framework() -> None:
    allowed = ("*/api.py", "*/app.py", "*/serving.py", "edge/*.py", "edge/web/*.py", "stuiver/*.py", "*/shops/web/*.py")
    assert offenders({"fastapi", "starlette", "uvicorn"}, allowed) == []


NETWORK = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpcore",
    "httpx",
    "requests",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "websockets",
    "xmlrpc.client",
}
MAY_TOUCH_THE_NETWORK = {
    "edge/fetch.py": "the one guarded fetch",
    "edge/serving.py": "listens",
    "programmable_money/node.py": "waits until the node that it started listens on loopback",
}
"""With the reason. Web3's own provider, in ``programmable_money/chain.py``, calls the one node that is configured."""


def test_every_outbound_request_goes_through_one_guard() -> None:
    """A client library that is not imported cannot be pointed at the inside of a network."""
    assert {
        str(path)
        for path in python_files(*PACKAGES)
        if any(name == known or name.startswith(f"{known}.") for name in imports(path) for known in NETWORK)
    } == set(MAY_TOUCH_THE_NETWORK)


def test_who_may_touch_the_network_otherwise_reaches_loopback_only() -> None:
    """The exceptions hold no host but this machine's, and open connections by no other means."""
    for path in set(MAY_TOUCH_THE_NETWORK) - {"edge/fetch.py"}:
        text = read(Path(path))
        assert imports(Path(path)) & NETWORK == {"socket"}
        assert text.count("create_connection") == text.count('create_connection(("127.0.0.1", ')
        assert not re.search(r"\.(connect|connect_ex|sendto)\(", text)


def test_language_and_fetched_answers_are_pure() -> None:
    """What a wallet's texts and every role's core import of the edge brings no framework and no connection."""
    pure = ("addresses", "fetched", "language", "target", "wording")
    for path in (Path("edge", f"{name}.py") for name in pure):
        assert tops(path) - {"edge", "ssi"} <= sys.stdlib_module_names, path
        ours = {name.split(".")[1] for name in imports(path) if name.startswith("edge.")}
        assert ours <= set(pure), path


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
        "cbor2",
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
