# SPDX-License-Identifier: EUPL-1.2
"""The specifications as package data: credential types, rulebooks and the rulebook schema.

Data only: this package imports nothing of ours, and gives octets exactly as published, because their hash is what a
contract is opened with. A published version is never edited; a change is a new folder.
"""

import re
from importlib.resources import files
from typing import Final

__all__ = ["credential_type_octets", "rulebook_octets", "rulebook_schema_octets"]

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def credential_type_octets(name: str, version: int) -> bytes:
    """``credentials/<name>/v<version>/type.json``, as published.

    Raises:
        ValueError: the name is not lower-case words joined by hyphens, or the version is below 1.
        FileNotFoundError: no such credential type or version.
    """
    return _octets("credentials", name, version, "type.json")


def rulebook_octets(name: str, version: int) -> bytes:
    """``rulebooks/<name>/v<version>/rulebook.json``, as published; raises as ``credential_type_octets``."""
    return _octets("rulebooks", name, version, "rulebook.json")


def rulebook_schema_octets() -> bytes:
    """``rulebooks/rulebook.schema.json``, the JSON Schema (2020-12) of every rulebook."""
    return files(__name__).joinpath("rulebooks", "rulebook.schema.json").read_bytes()


def _octets(folder: str, name: str, version: int, file: str) -> bytes:
    if _NAME.fullmatch(name) is None:
        raise ValueError("a name is lower-case words joined by hyphens")
    if version < 1:
        raise ValueError("versions count from 1")
    return files(__name__).joinpath(folder, name, f"v{version}", file).read_bytes()
