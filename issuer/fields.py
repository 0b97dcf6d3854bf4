# SPDX-License-Identifier: EUPL-1.2
"""The columns of a household file, and the one form that each value has.

Every function takes the text of one value and gives the typed value, or raises ``FieldError`` with the rule in words,
never with the value.
"""

import re
import unicodedata
from datetime import date
from typing import Final

__all__ = ["COLUMNS", "FieldError", "birth_date", "children", "income_cents", "text"]

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
"""The header of a household file, in this order."""

_EUROS: Final = re.compile(r"(0|[1-9][0-9]{0,8})\.([0-9]{2})")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COUNT: Final = re.compile(r"0|[1-9][0-9]{0,3}")
_FORMULA_STARTS: Final = frozenset("=+-@\t\r")
_EARLIEST: Final = date(1900, 1, 1)


class FieldError(ValueError):
    """A value breaks a rule; the text is the rule."""


def text(value: str, *, longest: int) -> str:
    """A text of 1 to ``longest`` characters, in Unicode normal form C.

    Refuses what a spreadsheet would run as a formula, and characters that do not show.
    """
    normal = unicodedata.normalize("NFC", value)
    if not normal.strip():
        raise FieldError("is empty")
    if normal[0] in _FORMULA_STARTS:
        raise FieldError("must not begin with =, +, - or @, because a spreadsheet would run it as a formula")
    if normal != normal.strip():
        raise FieldError("must not begin or end with a space")
    if len(normal) > longest:
        raise FieldError(f"must have at most {longest} characters")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in normal):
        raise FieldError("must not have control characters or characters that do not show")
    return normal


def income_cents(value: str, *, below: int) -> int:
    """Euros with exactly two decimals and a dot, as cents below ``below``."""
    match = _EUROS.fullmatch(value)
    if match is None:
        raise FieldError("must be euros with a dot and exactly two decimals, such as 1540.60")
    cents = int(match[1]) * 100 + int(match[2])
    if cents >= below:
        raise FieldError(f"must be less than {below // 100}.{below % 100:02} euros a month")
    return cents


def birth_date(value: str, *, today: date) -> date:
    """A date from 1900 to today, year-month-day."""
    if _DAY.fullmatch(value) is None:
        raise FieldError("must be a date as year-month-day, such as 1987-03-21")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise FieldError("must be a date that exists") from None
    if not _EARLIEST <= day <= today:
        raise FieldError("must lie between 1900-01-01 and today")
    return day


def children(value: str, *, most: int) -> int:
    """A whole number from 0 to ``most``."""
    if _COUNT.fullmatch(value) is None or int(value) > most:
        raise FieldError(f"must be a whole number from 0 to {most}")
    return int(value)
