# SPDX-License-Identifier: EUPL-1.2
"""Strict reading of published JSON documents: credential types and rulebooks.

Invariants:
    * A document is UTF-8 JSON without a byte order mark, with no repeated member, no fraction, no unknown member.
    * Every refusal names the path of the field and the rule in words, never the value.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from ssi.errors import SsiError
from ssi.nesting import MAX_DEPTH, nests_too_deep

__all__ = ["DocumentError", "Node", "Wording", "parse_document"]

MAX_OCTETS: Final = 1 << 18
"""Longest document that is read."""
_MAX_DIGITS: Final = 20


class DocumentError(SsiError):
    """A published document breaks a rule.

    Args:
        path: the field, from ``$`` (the document), for example ``$.claims[3].bits``.
        rule: what it must be, in words.
    """

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path}: {rule}")
        self.path = path
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Wording:
    """A text for people, in Dutch and in English."""

    nl: str
    en: str


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document and its path. Each method reads it as one type, or raises ``DocumentError``."""

    value: object
    path: str = "$"

    def refuse(self, rule: str) -> NoReturn:
        """Refuse this field for this rule."""
        raise DocumentError(self.path, rule)

    def members(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, "Node"]:
        """An object that has all of ``required``, perhaps some of ``optional``, and nothing else."""
        found = self.entries()
        for name in required:
            if name not in found:
                raise DocumentError(f"{self.path}.{name}", "is missing")
        for name, node in found.items():
            if name not in required and name not in optional:
                node.refuse("is not a member that this document knows")
        return found

    def entries(self, name: re.Pattern[str] | None = None) -> dict[str, "Node"]:
        """An object with members of any name, or of names that match a pattern."""
        if not isinstance(self.value, Mapping):
            self.refuse("must be an object")
        nodes = {key: Node(value, f"{self.path}.{key}") for key, value in self.value.items()}
        for key, node in nodes.items():
            if name is not None and name.fullmatch(key) is None:
                node.refuse(f"the name must match {name.pattern}")
        return nodes

    def items(self, minimum: int, maximum: int) -> list["Node"]:
        """An array of ``minimum`` to ``maximum`` values."""
        if not isinstance(self.value, list):
            self.refuse("must be an array")
        if not minimum <= len(self.value) <= maximum:
            self.refuse(f"must have {minimum} to {maximum} items")
        return [Node(item, f"{self.path}[{index}]") for index, item in enumerate(self.value)]

    def text(self, pattern: re.Pattern[str] | None = None, *, longest: int = 1000) -> str:
        """A string of 1 to ``longest`` characters that matches a pattern."""
        if not isinstance(self.value, str):
            self.refuse("must be a string")
        if not 1 <= len(self.value) <= longest:
            self.refuse(f"must have 1 to {longest} characters")
        if pattern is not None and pattern.fullmatch(self.value) is None:
            self.refuse(f"must match {pattern.pattern}")
        return self.value

    def choice(self, choices: Sequence[str]) -> str:
        """One of a few strings."""
        if not isinstance(self.value, str) or self.value not in choices:
            self.refuse(f"must be one of {', '.join(choices)}")
        return self.value

    def integer(self, minimum: int, maximum: int) -> int:
        """A whole number in a range; ``true`` is not one, nor is ``1.0``."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.refuse("must be a whole number")
        if not minimum <= self.value <= maximum:
            self.refuse(f"must lie between {minimum} and {maximum}")
        return self.value

    def boolean(self) -> bool:
        """``true`` or ``false``."""
        if not isinstance(self.value, bool):
            self.refuse("must be true or false")
        return self.value

    def wording(self) -> Wording:
        """An object with a Dutch (``nl``) and an English (``en``) text."""
        texts = self.members(("nl", "en"))
        return Wording(texts["nl"].text(), texts["en"].text())


def parse_document(unverified: bytes, *, longest: int = MAX_OCTETS) -> Node:
    """Parse the octets of a document.

    Args:
        longest: most octets that are read.
    Raises:
        DocumentError: not UTF-8, not JSON, too long, too deep, a repeated member, a fraction, or over 20 digits.
    """
    if len(unverified) > longest:
        raise DocumentError("$", f"must have at most {longest} octets")
    if nests_too_deep(unverified):
        raise DocumentError("$", f"must not nest deeper than {MAX_DEPTH} levels")
    try:
        text = unverified.decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        raise DocumentError("$", "must be UTF-8") from None
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_unique_members,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            parse_int=_parse_integer,
        )
    except (json.JSONDecodeError, RecursionError):
        raise DocumentError("$", "must be JSON") from None
    return Node(value)


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DocumentError("$", "no object may repeat a member")
    return members


def _refuse_number(_: str) -> NoReturn:
    raise DocumentError("$", "every number must be a whole number written in digits")


def _parse_integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise DocumentError("$", f"no number may have more than {_MAX_DIGITS} digits")
    return int(digits)
