# SPDX-License-Identifier: EUPL-1.2
"""Reading a household file: octets in, checked records out, each with the norm that applies to it.

The file is CSV as RFC 4180 has it, in UTF-8, with one exception: a value does not span lines. So each line is judged by
itself, and a stray quotation mark spoils its own line instead of swallowing its neighbours.

Invariants:
    * Nothing of a file is imported when any line is bad, unless the caller says so.
    * Every bad value is reported, with line, column and rule; no report has a value in it.
    * The norm comes from the rulebook's table, never from the file.
"""

import csv
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from issuer import fields
from issuer.errors import HouseholdFileError, RowError
from issuer.fields import COLUMNS, FieldError
from issuer.model import MUNICIPALITY, Household, PersonId
from ssi.rulebook.model import Rulebook
from ssi.rulebook.norms import Norms

__all__ = ["MAX_CHILDREN", "MAX_OCTETS", "Import", "import_households"]

MAX_OCTETS: Final = 1 << 28
"""Largest file, in octets: a quarter of a gigabyte, a million households or more."""
MAX_CHILDREN: Final = 31
"""The credential type gives the number of children 5 bits."""
_INCOME_BELOW: Final = 1 << 24
"""The credential type gives the income 24 bits of cents."""
_LINE_BREAK: Final = re.compile(r"\r\n|\n|\r")
_REPORT_EVERY: Final = 1000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Import:
    """What a household file holds.

    Attributes:
        households: the good lines, in the order of the file.
        refused: what is wrong with the others; empty unless bad rows were to be skipped.
    """

    households: tuple[Household, ...] = field(repr=False)
    refused: tuple[RowError, ...]


def import_households(
    unverified: bytes,
    rulebook: Rulebook,
    *,
    municipalities: Collection[str],
    today: date,
    skip_bad_rows: bool,
    progress: Callable[[int, int], None] | None = None,
) -> Import:
    """Read a household file.

    Args:
        unverified: its octets; UTF-8 with or without a byte order mark, any line ending, empty lines are passed over.
        rulebook: whose norm table gives the kinds of household and their norms.
        municipalities: CBS codes of the municipalities that the validator attests.
        today: no birth date lies after it.
        skip_bad_rows: import the good lines although others are bad. A file without the right header is refused anyway.
        progress: called now and then with the lines read and the lines in all.
    Raises:
        HouseholdFileError: with every bad value of the file.
        ValueError: the rulebook has no norm table.
    """
    if rulebook.norms is None:
        raise ValueError("the rulebook has no norm table")
    lines = _LINE_BREAK.split(_decode(unverified))
    header_at = next((index for index, line in enumerate(lines) if line.strip()), None)
    if header_at is None:
        raise HouseholdFileError([RowError(1, None, "the file is empty")], readable=False)
    _check_header(lines[header_at], header_at + 1)
    reader = _Reader(rulebook.norms, frozenset(municipalities), today)
    for index in range(header_at + 1, len(lines)):
        if lines[index].strip():
            reader.read(index + 1, lines[index])
        if progress is not None and (index % _REPORT_EVERY == 0 or index == len(lines) - 1):
            progress(index + 1, len(lines))
    if reader.errors and not skip_bad_rows:
        raise HouseholdFileError(reader.errors, readable=True)
    return Import(tuple(reader.households), tuple(reader.errors))


def _decode(unverified: bytes) -> str:
    if len(unverified) > MAX_OCTETS:
        raise HouseholdFileError([RowError(1, None, f"the file is larger than {MAX_OCTETS >> 20} MB")], readable=False)
    try:
        return unverified.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A byte order mark of three octets is not in the positions that ``utf-8-sig`` reports; it holds no line break.
        line = len(re.findall(rb"\r\n|\n|\r", unverified[: error.start])) + 1
        rule = "has a character that is not UTF-8; save the file as CSV UTF-8"
        raise HouseholdFileError([RowError(line, None, rule)], readable=False) from None


def _cells(line: str) -> list[str]:
    """The values of one line; FieldError when its quotation marks do not fit."""
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        raise FieldError(
            'has quotation marks that do not fit: write "..." around a whole value on one line, and "" for one inside'
        ) from None
    return rows[0] if rows else []


def _check_header(line: str, number: int) -> None:
    errors = [RowError(number, column, rule) for column, rule in _header_faults(line)]
    if errors:
        raise HouseholdFileError(errors, readable=False)


def _header_faults(line: str) -> list[tuple[str | None, str]]:
    try:
        names = _cells(line)
    except FieldError as fault:
        return [(None, str(fault))]
    if tuple(names) == COLUMNS:
        return []
    if len(names) == 1 and (";" in line or "\t" in line):
        return [(None, "the values must be separated by commas; in a spreadsheet, choose CSV (comma separated)")]
    faults: list[tuple[str | None, str]] = []
    for column in COLUMNS:
        if column not in names:
            faults.append((column, "this column is missing"))
        elif names.count(column) > 1:
            faults.append((column, "this column is there more than once"))
    unknown = sum(name not in COLUMNS for name in names)
    if unknown:
        faults.append((None, f"{unknown} of the column names {'is' if unknown == 1 else 'are'} not known"))
    return faults or [(None, f"the columns must be in this order: {','.join(COLUMNS)}")]


class _Reader:
    """Reads lines one by one, and keeps what is good and what is wrong."""

    def __init__(self, norms: Norms, municipalities: frozenset[str], today: date) -> None:
        self._norms: Mapping[str, int] = {household.kind: household.norm_cents for household in norms.households}
        self._municipalities = municipalities
        self._today = today
        self._line_of: dict[str, int] = {}
        self.households: list[Household] = []
        self.errors: list[RowError] = []

    def read(self, number: int, line: str) -> None:
        """Read one line that is not empty."""
        try:
            cells = _cells(line)
        except FieldError as fault:
            self.errors.append(RowError(number, None, str(fault)))
            return
        if len(cells) != len(COLUMNS):
            self.errors.append(RowError(number, None, f"has {len(cells)} values instead of {len(COLUMNS)}"))
            return
        household, errors = self._household(number, dict(zip(COLUMNS, cells, strict=True)))
        if household is None:
            self.errors.extend(errors)
            return
        self._line_of[household.person] = number
        self.households.append(household)

    def _household(self, number: int, values: Mapping[str, str]) -> tuple[Household | None, list[RowError]]:
        errors: list[RowError] = []

        def read(column: str, parse: Callable[[str], _T]) -> _T | None:
            try:
                return parse(values[column])
            except FieldError as fault:
                errors.append(RowError(number, column, str(fault)))
                return None

        person = read("person", self._person)
        name = read("name", lambda value: fields.text(value, longest=200))
        birth_date = read("birth_date", lambda value: fields.birth_date(value, today=self._today))
        address = read("address", lambda value: fields.text(value, longest=300))
        kind = read("household_kind", self._kind)
        income = read("net_income", lambda value: fields.income_cents(value, below=_INCOME_BELOW))
        children = read("children", lambda value: fields.children(value, most=MAX_CHILDREN))
        municipality = read("municipality", self._municipality)
        if (
            person is None
            or name is None
            or birth_date is None
            or address is None
            or kind is None
            or income is None
            or children is None
            or municipality is None
        ):
            return None, errors
        norm = self._norms[kind]
        return Household(person, name, birth_date, address, kind, income, norm, children, municipality), errors

    def _person(self, value: str) -> PersonId:
        person = PersonId(fields.text(value, longest=64))
        if person in self._line_of:
            raise FieldError(f"is the same person as on line {self._line_of[person]}; each person has one line")
        return person

    def _kind(self, value: str) -> str:
        if value not in self._norms:
            raise FieldError(f"must be one of {', '.join(self._norms)}")
        return value

    def _municipality(self, value: str) -> str:
        if MUNICIPALITY.fullmatch(value) is None:
            raise FieldError("must be a CBS code: GM and four digits, such as GM1969")
        if value not in self._municipalities:
            raise FieldError("is not a municipality whose residents this validator attests")
        return value
