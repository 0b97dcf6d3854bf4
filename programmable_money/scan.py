# SPDX-License-Identifier: EUPL-1.2
"""The personal-data scan: it looks for anything of a person, or a plain hash of it, among the octets of a chain.

Give it every octet (``programmable_money.raw``) and the personal values, and it names each place where one of them
stands. Anyone can hash all names of a town: a hash without a secret is the value itself, so hashes are searched too.

What is searched, for each value and each of its words of five letters or more:

- *text* (names, addresses, identifiers, dates and incomes as they are written): as given, in lower and upper case; in
  UTF-8, UTF-16 (both orders) and as hexadecimal digits; anywhere, when the encoding has at least ``MIN_OCTETS`` octets.
  Shorter texts occur by chance in any proof, so they are searched as a whole 32-octet word, which is how a contract
  stores or sends them.
- *Dutch postcodes* within a text, with and without the space.
- *digests* of each of these texts: Keccak-256, SHA-1, SHA-256, SHA-512, SHA3-256, MD5 and BLAKE2b, as octets and as
  hexadecimal digits; their first 16 or last 16 octets, so that a shortened digest is found.
- *dates*: also written 1980-05-14, 14-05-1980, 14-5-1980, 14/05/1980, 19800514 and 14051980, with digests; the numbers
  19800514 and the Unix time of that midnight as a 32-octet word.
- *incomes*: also as cents and as euros with a comma; the number of cents as a 32-octet word, as one of the four 64-bit
  parts of a storage word (contracts pack amounts so), and the digests of that word.

What is not searched, and why:

- Numbers below 65,536 as words (a number of children, a small amount, a day): they occur everywhere, and the programme
  itself discloses the number of children.
- Amounts that the ledger shows anyway (``public_numbers``: payments, balances, allotments). An income that happens to
  equal one of them is reported as a *coincidence*, not as a finding: the octets cannot tell them apart.
- Salted or keyed hashes: whoever has the key knows the value.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from programmable_money.model import Amount
from ssi.keccak import keccak256

__all__ = [
    "HOUSEHOLD_COLUMNS",
    "Finding",
    "Fragment",
    "FragmentKind",
    "Needles",
    "PersonalValue",
    "ScanReport",
    "ValueKind",
    "personal_values",
    "scan",
]

MIN_OCTETS: Final = 5
"""Shorter octet strings than this occur by chance."""
_MIN_NUMBER: Final = 1 << 16
_DIGEST_PART: Final = 16
_POSTCODE: Final = re.compile(r"\b([1-9][0-9]{3}) ?([A-Za-z]{2})\b")
_WORD: Final = 32
_LANE: Final = 8


class FragmentKind(StrEnum):
    """Where octets come from."""

    CALLDATA = "calldata"
    EVENT = "event"
    STORAGE = "storage"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Fragment:
    """Some octets of a chain and where they stand."""

    kind: FragmentKind
    place: str
    octets: bytes = field(repr=False)


class ValueKind(StrEnum):
    """How a personal value may be written."""

    TEXT = "text"
    DATE = "date"
    INCOME = "income"


@dataclass(frozen=True, slots=True)
class PersonalValue:
    """Something of a person that must not be on a chain.

    Attributes:
        source: where it comes from, such as ``row 12, name``; what a finding names.
        text: the value as written in the file; a date as 1980-05-14, an income as euros with two decimals.
    """

    kind: ValueKind
    source: str
    text: str = field(repr=False)


HOUSEHOLD_COLUMNS: Final[Mapping[str, ValueKind]] = MappingProxyType(
    {
        "person": ValueKind.TEXT,
        "name": ValueKind.TEXT,
        "birth_date": ValueKind.DATE,
        "address": ValueKind.TEXT,
        "household_kind": ValueKind.TEXT,
        "net_income": ValueKind.INCOME,
    }
)
"""What is personal in a file of households. The number of children and the municipality are not searched: a claim shows
the one, and the programme's public terms name the other."""


def personal_values(
    rows: Iterable[Mapping[str, str]], columns: Mapping[str, ValueKind] = HOUSEHOLD_COLUMNS
) -> Iterator[PersonalValue]:
    """The personal values of a table, each called ``row N, column`` (the first row after the header is row 1)."""
    for number, row in enumerate(rows, start=1):
        for column, kind in columns.items():
            if row.get(column):
                yield PersonalValue(kind, f"row {number}, {column}", row[column])


@dataclass(frozen=True, slots=True)
class Finding:
    """A personal value, or a digest of it, at a place of the chain. Names the value by its source only.

    Attributes:
        form: how it was written, such as ``sha256 of UTF-8``.
        offset: octet within the place.
    """

    source: str
    form: str
    place: str
    offset: int


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan found.

    Attributes:
        coincidences: incomes that equal an amount which the ledger shows anyway.
        octets, needles: how much was searched, and for how many forms.
    """

    findings: tuple[Finding, ...]
    coincidences: tuple[Finding, ...]
    octets: int
    needles: int


def _digests(octets: bytes) -> Iterator[tuple[str, bytes]]:
    yield "keccak256", keccak256(octets)
    for name in ("sha1", "sha256", "sha512", "sha3_256", "md5", "blake2b"):
        yield name, hashlib.new(name, octets, usedforsecurity=False).digest()


class Needles:
    """Everything that is searched for, prepared once."""

    def __init__(self, values: Iterable[PersonalValue]) -> None:
        self._strings: dict[bytes, tuple[str, str]] = {}
        self._words: dict[bytes, tuple[str, str]] = {}
        self._numbers: dict[int, tuple[str, str]] = {}
        for value in values:
            self._add(value)
        self._by_start: dict[bytes, list[bytes]] = {}
        for needle in self._strings:
            self._by_start.setdefault(needle[:MIN_OCTETS], []).append(needle)

    def __len__(self) -> int:
        return len(self._strings) + len(self._words) + len(self._numbers)

    def in_strings(self, octets: bytes) -> Iterator[tuple[int, str, str]]:
        """Offsets of texts and digests anywhere, with source and form."""
        starts = self._by_start
        for offset in range(len(octets) - MIN_OCTETS + 1):
            start = octets[offset : offset + MIN_OCTETS]
            if start in starts:
                for needle in starts[start]:
                    if octets.startswith(needle, offset):
                        yield offset, *self._strings[needle]

    def in_words(self, octets: bytes) -> Iterator[tuple[int, str, str]]:
        """Offsets of short texts that fill a word of their own."""
        for offset, word in _words(octets):
            if word in self._words:
                yield offset, *self._words[word]

    def in_numbers(self, fragment: Fragment) -> Iterator[tuple[int, int, str, str]]:
        """Offsets of numbers in words, and in the 64-bit parts of storage, with the number, source and form."""
        for offset, word in _words(fragment.octets):
            number = int.from_bytes(word, "big")
            if number in self._numbers:
                yield offset, number, *self._numbers[number]
            elif fragment.kind is FragmentKind.STORAGE:
                for lane in range(0, _WORD, _LANE):
                    part = int.from_bytes(word[lane : lane + _LANE], "big")
                    if part in self._numbers:
                        yield offset + lane, part, *self._numbers[part]

    def _add(self, value: PersonalValue) -> None:
        text = unicodedata.normalize("NFC", value.text.strip())
        texts = {text} if text else set()
        if value.kind is ValueKind.TEXT:
            texts |= {word for word in re.split(r"[\s,;/]+", text) if len(word) >= MIN_OCTETS}
            for digits, letters in _POSTCODE.findall(text):
                texts |= {f"{digits}{letters}", f"{digits} {letters}"}
        elif value.kind is ValueKind.DATE:
            texts |= self._add_date(value.source, date.fromisoformat(text))
        else:
            texts |= self._add_income(value.source, Amount.from_euros(text))
        for written in texts:
            for variant in {written, written.lower(), written.upper(), unicodedata.normalize("NFD", written)}:
                self._add_text(value.source, variant)

    def _add_date(self, source: str, day: date) -> set[str]:
        self._add_number(source, "the number yyyymmdd", int(day.strftime("%Y%m%d")))
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        self._add_number(source, "its Unix time", midnight)
        dutch = f"{day.day}-{day.month}-{day.year}"
        return {dutch} | {day.strftime(form) for form in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%Y%m%d", "%d%m%Y")}

    def _add_income(self, source: str, amount: Amount) -> set[str]:
        self._add_number(source, "the number of cents", amount.cents)
        word = amount.cents.to_bytes(_WORD, "big", signed=True)
        self._add_digests(source, "its word", word)
        return {amount.decimal, amount.decimal.replace(".", ","), str(amount.cents)}

    def _add_number(self, source: str, form: str, number: int) -> None:
        if number >= _MIN_NUMBER:
            self._numbers.setdefault(number, (source, form))

    def _add_text(self, source: str, text: str) -> None:
        for encoding in ("UTF-8", "UTF-16-LE", "UTF-16-BE"):
            octets = text.encode(encoding)
            self._add_string(source, encoding, octets)
            if len(octets) < MIN_OCTETS:
                self._words.setdefault(octets.ljust(_WORD, b"\0"), (source, f"{encoding}, a word"))
            self._add_digests(source, encoding, octets)

    def _add_digests(self, source: str, form: str, octets: bytes) -> None:
        for name, digest in _digests(octets):
            self._add_string(source, f"{name} of {form}", digest[:_DIGEST_PART])
            self._add_string(source, f"{name} of {form}", digest[-_DIGEST_PART:])

    def _add_string(self, source: str, form: str, octets: bytes) -> None:
        if len(octets) >= MIN_OCTETS:
            self._strings.setdefault(octets, (source, form))
        for written in (octets.hex(), octets.hex().upper()):
            if len(written) >= MIN_OCTETS:
                self._strings.setdefault(written.encode(), (source, f"hexadecimal {form}"))


def _words(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """The 32-octet words: from the start, after a selector of 4 octets, and counted back from the end."""
    for start in sorted({0, 4, len(octets) % _WORD}):
        for offset in range(start, len(octets) - _WORD + 1, _WORD):
            yield offset, octets[offset : offset + _WORD]


def scan(
    fragments: Iterable[Fragment], needles: Needles, *, public_numbers: frozenset[int] = frozenset()
) -> ScanReport:
    """Search every fragment for every needle.

    Args:
        public_numbers: amounts in cents that the ledger shows by design.
    """
    findings: list[Finding] = []
    coincidences: list[Finding] = []
    total = 0
    for fragment in fragments:
        total += len(fragment.octets)
        for find in (needles.in_strings, needles.in_words):
            findings += [Finding(source, form, fragment.place, at) for at, source, form in find(fragment.octets)]
        for at, number, source, form in needles.in_numbers(fragment):
            found = Finding(source, form, fragment.place, at)
            (coincidences if number in public_numbers else findings).append(found)
    return ScanReport(_once(findings), _once(coincidences), total, len(needles))


def _once(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys(findings))
