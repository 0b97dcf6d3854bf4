# SPDX-License-Identifier: EUPL-1.2
"""What the architecture tests look at: the project's own files, without what tools made and caches.

Invariants: paths are relative to the root, in order, and every file that a contributor wrote is among them.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["PACKAGES", "ROOT", "files", "imports", "python_files", "read"]

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = (
    "ssi",
    "edge",
    "issuer",
    "holder",
    "verifier",
    "programmable_money",
    "contracts",
    "specs",
    "stuiver",
    "examples",
)

_MADE_BY_TOOLS: Final = {"node_modules", "build", "dist", "out", "cache", "broadcast"}
_TEXT: Final = {
    "",
    ".cfg",
    ".csv",
    ".ini",
    ".js",
    ".json",
    ".lock",
    ".md",
    ".mjs",
    ".py",
    ".sh",
    ".sol",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
}
_HIDDEN_BUT_OURS: Final = {".ci", ".editorconfig", ".gitignore", ".npmrc", ".solhint-test.json", ".solhint.json"}


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "__pycache__")) and entry.name not in _HIDDEN_BUT_OURS:
            continue
        if entry.is_dir():
            if entry.name not in _MADE_BY_TOOLS and not entry.name.endswith(".egg-info"):
                yield from _walk(entry)
        elif entry.suffix in _TEXT:
            yield entry.relative_to(ROOT)


@cache
def files() -> tuple[Path, ...]:
    """Every text file of the project."""
    return tuple(_walk(ROOT))


@cache
def read(path: Path) -> str:
    """The text of one of ``files``."""
    return (ROOT / path).read_text(encoding="utf-8")


def python_files(*tops: str) -> tuple[Path, ...]:
    """Python files below these top-level folders; all when none is named."""
    return tuple(path for path in files() if path.suffix == ".py" and (not tops or path.parts[0] in tops))


@cache
def imports(path: Path) -> frozenset[str]:
    """Dotted names of the modules that a Python file imports, anywhere in it.

    ``from a import b`` counts as both ``a`` and ``a.b``, since ``b`` may be a module.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(read(path), str(path))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)
