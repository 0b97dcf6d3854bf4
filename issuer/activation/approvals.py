# SPDX-License-Identifier: EUPL-1.2
"""Reading a list of approved persons: octets in, checked approvals out.

The form is that of the household file: CSV in UTF-8 with commas, a value does not span lines. The columns are
``person``, ``language`` (nl or en) and ``credentials`` (names of credential types with spaces between them).

Invariants:
    * Nothing of a list is used when any line is bad, unless the caller says so.
    * Every bad value is reported, with line, column and rule; no report has a value in it.
"""

import csv
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, TypeVar

from edge.language import Language
from issuer import fields
from issuer.activation.errors import ApprovalFileError
from issuer.activation.model import MAX_BATCH, Approval
from issuer.errors import RowError
from issuer.fields import FieldError
from issuer.model import PersonId

__all__ = ["COLUMNS", "MAX_OCTETS", "ApprovalList", "read_approvals"]

COLUMNS: Final = ("person", "language", "credentials")
"""The header, in this order."""
MAX_OCTETS: Final = 1 << 20
_LINE_BREAK: Final = re.compile(r"\r\n|\n|\r")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ApprovalList:
    """What a list holds.

    Attributes:
        approvals: the good lines, in the order of the file.
        refused: what is wrong with the others; empty unless bad rows were to be skipped.
    """

    approvals: tuple[Approval, ...] = field(repr=False)
    refused: tuple[RowError, ...]


def read_approvals(
    unverified: bytes,
    *,
    credentials: Collection[str],
    refusal_of: Callable[[PersonId], str | None],
    skip_bad_rows: bool,
) -> ApprovalList:
    """Read a list.

    Args:
        unverified: its octets; UTF-8 with or without a byte order mark, any line ending, empty lines are passed over.
        credentials: names of the credential types that this desk issues.
        refusal_of: why a person cannot get a letter, in words, or None; asked for each person once.
        skip_bad_rows: use the good lines although others are bad. A file without the right header is refused anyway.
    Raises:
        ApprovalFileError: with every bad value of the file.
    """
    lines = _LINE_BREAK.split(_decode(unverified))
    header_at = next((index for index, line in enumerate(lines) if line.strip()), None)
    if header_at is None:
        raise ApprovalFileError([RowError(1, None, "the file is empty")], readable=False)
    if lines[header_at].strip() != ",".join(COLUMNS):
        rule = f"the first line must be {','.join(COLUMNS)}"
        raise ApprovalFileError([RowError(header_at + 1, None, rule)], readable=False)
    reader = _Reader(frozenset(credentials), refusal_of)
    for index in range(header_at + 1, len(lines)):
        if lines[index].strip():
            reader.read(index + 1, lines[index])
    if len(reader.approvals) > MAX_BATCH:
        rule = f"a list has at most {MAX_BATCH} persons; make two of it"
        raise ApprovalFileError([RowError(len(lines), None, rule)], readable=False)
    if reader.errors and not skip_bad_rows:
        raise ApprovalFileError(reader.errors, readable=True)
    return ApprovalList(tuple(reader.approvals), tuple(reader.errors))


def _decode(unverified: bytes) -> str:
    if len(unverified) > MAX_OCTETS:
        raise ApprovalFileError([RowError(1, None, f"the file is larger than {MAX_OCTETS >> 20} MB")], readable=False)
    try:
        return unverified.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\n|\r", unverified[: error.start])) + 1
        rule = "has a character that is not UTF-8; save the file as CSV UTF-8"
        raise ApprovalFileError([RowError(line, None, rule)], readable=False) from None


class _Reader:
    """Reads lines one by one, and keeps what is good and what is wrong."""

    def __init__(self, credentials: frozenset[str], refusal_of: Callable[[PersonId], str | None]) -> None:
        self._credentials = credentials
        self._refusal_of = refusal_of
        self._line_of: dict[str, int] = {}
        self.approvals: list[Approval] = []
        self.errors: list[RowError] = []

    def read(self, number: int, line: str) -> None:
        """Read one line that is not empty."""
        try:
            cells = next(csv.reader([line], strict=True))
        except csv.Error:
            rule = 'has quotation marks that do not fit: write "..." around a whole value, and "" for one inside'
            self.errors.append(RowError(number, None, rule))
            return
        if len(cells) != len(COLUMNS):
            self.errors.append(RowError(number, None, f"has {len(cells)} values instead of {len(COLUMNS)}"))
            return
        person = self._value(number, "person", cells[0], self._person)
        language = self._value(number, "language", cells[1], _language)
        credentials = self._value(number, "credentials", cells[2], self._names)
        if person is not None:
            self._line_of[person] = number
        if person is not None and language is not None and credentials is not None:
            self.approvals.append(Approval(person, language, credentials))

    def _value(self, number: int, column: str, value: str, parse: Callable[[str], _T]) -> _T | None:
        try:
            return parse(value)
        except FieldError as fault:
            self.errors.append(RowError(number, column, str(fault)))
            return None

    def _person(self, value: str) -> PersonId:
        person = PersonId(fields.text(value, longest=64))
        if person in self._line_of:
            raise FieldError(f"is the same person as on line {self._line_of[person]}; each person has one line")
        refusal = self._refusal_of(person)
        if refusal is not None:
            raise FieldError(refusal)
        return person

    def _names(self, value: str) -> tuple[str, ...]:
        names = tuple(value.split(" "))
        if len(set(names)) != len(names) or not set(names) <= self._credentials:
            known = ", ".join(sorted(self._credentials))
            raise FieldError(f"must be one or more of {known}, with one space between them")
        return names


def _language(value: str) -> Language:
    if value not in set(Language):
        raise FieldError("must be nl or en")
    return Language(value)
