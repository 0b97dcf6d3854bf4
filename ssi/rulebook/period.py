# SPDX-License-Identifier: EUPL-1.2
"""The period of a programme: one calendar year, from local midnight to local midnight."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ssi.credential.days import day_number
from ssi.credential.document import Node

__all__ = ["FIRST_YEAR", "LAST_YEAR", "Period", "PeriodBounds"]

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2200
"""The years that a programme can be opened for."""
_ZONE: Final = re.compile(r"[A-Za-z]+(/[A-Za-z_]+)+")


@dataclass(frozen=True, slots=True)
class PeriodBounds:
    """The moments of one period, aware UTC; each includes the start and excludes the end."""

    opens_at: datetime
    claims_until_at: datetime
    """From here on nothing can be claimed."""
    closes_at: datetime
    """From here on nothing can be paid."""

    def is_open(self, at: datetime) -> bool:
        """Whether claims are accepted at this moment (aware datetime)."""
        return self.opens_at <= at < self.claims_until_at


@dataclass(frozen=True, slots=True)
class Period:
    """How a rulebook counts periods. The number of a period is its year."""

    time_zone: str

    @classmethod
    def from_node(cls, node: Node) -> "Period":
        """Read the ``period`` of a rulebook; DocumentError."""
        members = node.members(("kind", "time_zone"))
        members["kind"].choice(("calendar_year",))
        name = members["time_zone"].text(_ZONE, longest=60)
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            members["time_zone"].refuse("must be a time zone of the IANA database")
        return cls(name)

    def start_day(self, period: int) -> int:
        """Day number (days since 1900-01-01) of the period's first day; ValueError outside 2000 to 2200."""
        return day_number(date(_year(period), 1, 1))

    def bounds(self, period: int) -> PeriodBounds:
        """When the period opens and ends: 1 January, local midnight; ValueError outside 2000 to 2200."""
        zone = ZoneInfo(self.time_zone)
        opens_at = datetime(_year(period), 1, 1, tzinfo=zone).astimezone(UTC)
        closes_at = datetime(period + 1, 1, 1, tzinfo=zone).astimezone(UTC)
        return PeriodBounds(opens_at, closes_at, closes_at)


def _year(period: int) -> int:
    if not FIRST_YEAR <= period <= LAST_YEAR:
        raise ValueError(f"a period is a year from {FIRST_YEAR} to {LAST_YEAR}")
    return period
