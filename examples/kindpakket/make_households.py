# SPDX-License-Identifier: EUPL-1.2
"""Write ``households.csv``, the sample of the Kindpakket story: 80 households with 200 children, all invented.

The same file on every machine: every choice is a hash of its place. Limits come from the rulebook's norm table. Run it
with ``python -m examples.kindpakket.make_households``.

What it holds, by construction:
    * every kind of household of the norm table, each with one household exactly at the printed 120% limit;
    * households one cent below the limit, and three that are one cent above it (Cato's is one of them);
    * two with an income far above it, and three without children: with the three above, eight must be refused.

Names, streets and the village do not exist; Dutch postal codes never start with 0.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from specs import rulebook_octets
from ssi.rulebook.model import Rulebook
from ssi.rulebook.norms import Norms

__all__ = ["COLUMNS", "FILE", "csv_text", "households"]

FILE: Final = Path(__file__).with_name("households.csv")
COLUMNS: Final = (
    "person",
    "name",
    "birth_date",
    "address",
    "household_kind",
    "net_income",
    "children",
    "municipality",
)
CHILDREN: Final = 200
MUNICIPALITY: Final = "GM1969"
PERCENT: Final = 120

# Households with children within the limit, by kind: 72 in all.
_QUALIFYING: Final = {
    "single_21_plus": 22,
    "single_18_20": 5,
    "partners_children_21_plus": 22,
    "partners_children_one_18_20": 6,
    "partners_children_both_18_20": 4,
    "single_pension": 7,
    "married_pension": 6,
}
_ONE_CENT_ABOVE: Final = ("single_21_plus", "partners_children_21_plus", "single_pension")
_FAR_ABOVE: Final = (("single_21_plus", 165), ("partners_children_21_plus", 210))
_WITHOUT_CHILDREN: Final = ("partners_21_plus", "partners_one_18_20", "married_18_20")
_BIRTH_DAYS: Final = {"18_20": (date(2006, 3, 1), 400), "pension": (date(1951, 2, 1), 2000)}
_ADULT_DAYS: Final = (date(1979, 5, 1), 7_500)
_FAMILY_SIZES: Final = (2, 3, 1, 4, 2, 3, 2, 5, 1, 3, 2, 6, 2, 1, 3)

_FIRST_NAMES: Final = [
    "Noor",
    "Daan",
    "Yasmin",
    "Teun",
    "Fenna",
    "Sander",
    "Aylin",
    "Joris",
    "Wietske",
    "Ruben",
    "Samira",
    "Gijs",
    "Lotte",
    "Marek",
    "Hanneke",
    "Idris",
    "Femke",
    "Pieter",
    "Soraya",
    "Klaas",
    "Eva",
    "Bilal",
    "Jitske",
    "Thijs",
    "Nadia",
    "Wessel",
    "Ilse",
    "Omar",
    "Maaike",
    "Sjoerd",
    "Zofia",
    "Koen",
    "Roos",
    "Emre",
    "Tineke",
    "Jelle",
    "Leila",
    "Hidde",
    "Mirjam",
    "Tariq",
]
_SURNAME_STARTS: Final = [
    "Kwelder",
    "Zonne",
    "Turf",
    "Wilgen",
    "Molen",
    "Sluis",
    "Brem",
    "Veen",
    "Linde",
    "Riet",
    "Ster",
    "Kievit",
    "Heide",
    "Wier",
    "Akker",
]
_SURNAME_ENDS: Final = ["poort", "dijkstra", "meer", "hoeve", "wal", "brink"]
_PREFIXES: Final = ("", "van ", "van der ", "", "ter ", "")
_STREETS: Final = [
    "Stuiverlaan",
    "Dubbeltjespad",
    "Kwartjesweg",
    "Guldenhof",
    "Rijksdaalderstraat",
    "Florijnkade",
    "Daalderdreef",
    "Duitensteeg",
    "Schellinglaan",
    "Dukatenplein",
    "Centenpad",
    "Oortjesweg",
]


@dataclass(frozen=True, slots=True)
class SampleHousehold:
    """One invented household; income in cents a month."""

    name: str
    kind: str
    net_income: int
    children: int


def households() -> tuple[dict[str, str], ...]:
    """The rows of the file, in its order, as text by column."""
    norms = Rulebook.from_json(rulebook_octets("kindpakket", 1)).norms
    if norms is None:
        raise RuntimeError("the rulebook of the Kindpakket has a norm table")
    sample = _sized(_named(_incomes(norms)))
    return tuple(_row(index, household) for index, household in enumerate(sample))


def csv_text() -> str:
    """The content of ``households.csv``."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(households())
    return text.getvalue()


def _choose(place: str, count: int) -> int:
    """A number below ``count`` that depends on the place only."""
    return int.from_bytes(hashlib.sha256(f"kindpakket households: {place}".encode()).digest()[:8], "big") % count


def _incomes(norms: Norms) -> list[SampleHousehold]:
    """Every household without its name; Amira's first, Cato's second, then in an order that shows no pattern."""
    sample = []
    for kind, count in _QUALIFYING.items():
        limit = norms.limit(kind, PERCENT)
        within = [limit, limit - 1]
        lowest = limit // 2
        within += [lowest + _choose(f"income {kind} {index}", limit - 100 - lowest) for index in range(count - 2)]
        sample += [SampleHousehold("", kind, income, 1) for income in within]
    above = [SampleHousehold("", kind, norms.limit(kind, PERCENT) + 1, 1) for kind in _ONE_CENT_ABOVE]
    far = [SampleHousehold("", kind, norms.limit(kind, percent), 1) for kind, percent in _FAR_ABOVE]
    none = [SampleHousehold("", kind, norms.limit(kind, PERCENT), 0) for kind in _WITHOUT_CHILDREN]
    amira, cato = replace(sample[0], children=3), replace(above[0], children=2)
    rest = sample[1:] + above[1:] + far + none
    rest.sort(key=lambda household: _choose(f"order {household.kind} {household.net_income}", 1 << 60))
    return [amira, cato, *rest]


def _named(sample: Sequence[SampleHousehold]) -> list[SampleHousehold]:
    surnames = [
        f"{_PREFIXES[(start + end) % len(_PREFIXES)]}{first}{last}"
        for start, first in enumerate(_SURNAME_STARTS)
        for end, last in enumerate(_SURNAME_ENDS)
    ]
    surnames.sort(key=lambda surname: _choose(f"surname {surname}", 1 << 60))
    first_names = ["Amira", "Cato", *(_FIRST_NAMES[index % len(_FIRST_NAMES)] for index in range(len(sample) - 2))]
    return [
        replace(household, name=f"{first} {surname}")
        for household, first, surname in zip(sample, first_names, surnames, strict=False)
    ]


def _sized(sample: Sequence[SampleHousehold]) -> list[SampleHousehold]:
    """Give every household with children 1 to 6 of them, 200 together; Amira's and Cato's keep theirs."""
    sizes = [household.children for household in sample]
    open_places = [index for index, size in enumerate(sizes) if size > 0 and index > 1]
    for count, index in enumerate(open_places):
        sizes[index] = _FAMILY_SIZES[count % len(_FAMILY_SIZES)]
    turn = 0
    while sum(sizes) != CHILDREN:
        index = open_places[turn % len(open_places)]
        step = 1 if sum(sizes) < CHILDREN else -1
        if 1 <= sizes[index] + step <= 6:
            sizes[index] += step
        turn += 1
    return [replace(household, children=size) for household, size in zip(sample, sizes, strict=True)]


def _row(index: int, household: SampleHousehold) -> dict[str, str]:
    ages = next((days for suffix, days in _BIRTH_DAYS.items() if household.kind.endswith(suffix)), _ADULT_DAYS)
    birth_date = ages[0] + timedelta(days=_choose(f"birth {index}", ages[1]))
    street = _STREETS[_choose(f"street {index}", len(_STREETS))]
    number = 1 + _choose(f"number {index}", 180)
    letters = "".join("ABCDEGHJKLNPRSTVWXZ"[_choose(f"letter {index} {place}", 19)] for place in range(2))
    postal_code = f"0{100 + _choose(f'postal code {index}', 900)} {letters}"
    return {
        "person": f"WK-{20_170 + 37 * index}",
        "name": household.name,
        "birth_date": birth_date.isoformat(),
        "address": f"{street} {number}, {postal_code} Stuiverdorp",
        "household_kind": household.kind,
        "net_income": f"{household.net_income // 100}.{household.net_income % 100:02d}",
        "children": str(household.children),
        "municipality": MUNICIPALITY,
    }


if __name__ == "__main__":
    FILE.write_text(csv_text(), encoding="utf-8", newline="")
