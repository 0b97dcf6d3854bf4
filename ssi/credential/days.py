# SPDX-License-Identifier: EUPL-1.2
"""Dates as numbers: days since 1 January 1900, the only form in which a proof can compare them.

Implements specs/protocols/credential.md section 3.
"""

from datetime import date, timedelta
from typing import Final

__all__ = ["DATE_BITS", "EPOCH", "date_of", "day_number"]

EPOCH: Final = date(1900, 1, 1)
"""Day 0."""
DATE_BITS: Final = 17
"""Width of every date: day 131,071 is in the year 2258."""


def day_number(day: date) -> int:
    """Days from 1 January 1900 to ``day``.

    Raises:
        ValueError: before 1900 or past the last day that 17 bits can hold.
    """
    number = day.toordinal() - EPOCH.toordinal()
    if not 0 <= number < 1 << DATE_BITS:
        raise ValueError("a date lies between 1 January 1900 and day 131,071 after it")
    return number


def date_of(number: int) -> date:
    """The date of a day number; ValueError unless ``0 <= number < 2^17``."""
    if not 0 <= number < 1 << DATE_BITS:
        raise ValueError("a day number lies between 0 and 131,071")
    return EPOCH + timedelta(days=number)
