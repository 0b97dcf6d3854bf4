# SPDX-License-Identifier: EUPL-1.2
"""Numbers, days and moments as a language writes them. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from edge.language import Language

__all__ = ["write_day", "write_moment", "write_month", "write_number"]

_MONTHS: Final[Mapping[Language, str]] = {
    Language.NL: "januari februari maart april mei juni juli augustus september oktober november december",
    Language.EN: "January February March April May June July August September October November December",
}


def write_number(number: int, language: Language) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}".replace(",", "." if language is Language.NL else ",")


def write_day(day: date, language: Language) -> str:
    """A day, or the day of a moment in its own time zone."""
    return f"{day.day} {write_month(day.month, language)} {day.year}"


def write_month(month: int, language: Language) -> str:
    """A month of the year by its name; 1 is January."""
    return _MONTHS[language].split()[month - 1]


def write_moment(moment: datetime, language: Language) -> str:
    """A moment to the minute, in its own time zone."""
    return f"{write_day(moment, language)}, {moment:%H:%M}"
