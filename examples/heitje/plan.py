# SPDX-License-Identifier: EUPL-1.2
"""Who does what in the story, and what must come of it: computed from the plan alone, by other means than the code's.

Invariant: nothing here imports the money side or the wallet. Rates, caps and shares are written down once more, from
the published facts: EUR 5 an hour, EUR 2 under 21, EUR 1,500.00 a year.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

__all__ = [
    "BATCHES",
    "BIRTHDAY_JOBS",
    "BIRTHDAY_PERSON",
    "JOBS",
    "PEOPLE",
    "PUBLISHED",
    "REGISTERED",
    "STRANGER",
    "Job",
    "Person",
    "expected_cents",
    "expected_quarters",
]


@dataclass(frozen=True, slots=True)
class Person:
    """A citizen of the story. Only the validator and the citizen know this."""

    name: str
    born: date
    address: str
    municipality: str = "GM0917"


@dataclass(frozen=True, slots=True)
class Job:
    """A task that somebody does.

    Attributes:
        batch: in which fortnight, from 0.
        kind: which of the seven.
        first: quarter hours that the first verification gives; the task's own when it is verified in full.
        counted: quarter hours that count in the end.
    """

    number: int
    batch: int
    kind: int
    quarters: int
    people: tuple[str, ...]
    parts: tuple[int, ...] = (1_000,)
    first: int | None = None
    counted: int | None = None

    @property
    def given(self) -> int:
        """Quarter hours that count in the end."""
        return self.quarters if self.counted is None else self.counted

    @property
    def is_appealed(self) -> bool:
        """Whether its first verification is appealed."""
        return self.first is not None and self.first < self.given


AMIRA: Final = Person("Amira Haddad", date(1989, 4, 12), "Akerstraat 12, Heerlen")
BAS: Final = Person("Bas Willems", date(2006, 5, 20), "Akerstraat 14, Heerlen")
BIRTHDAY_PERSON: Final = Person("Noor Peeters", date(2004, 3, 15), "Geleenstraat 7, Heerlen")
STRANGER: Final = Person("Cato Bos", date(1985, 1, 30), "Brusselsestraat 3, Maastricht", "GM0935")
_OTHERS: Final = (
    BIRTHDAY_PERSON,
    Person("Dina Mertens", date(1970, 2, 3), "Dautzenbergstraat 1, Heerlen"),
    Person("Emil Kowalski", date(1961, 9, 9), "Honigmannstraat 20, Heerlen"),
    Person("Fatma Yilmaz", date(1992, 12, 1), "Oranje Nassaustraat 5, Heerlen"),
    Person("Gijs Hendriks", date(1999, 6, 17), "Stationstraat 9, Heerlen"),
    Person("Hanna Smeets", date(1955, 1, 28), "Laan van Hovell 2, Heerlen"),
    Person("Ivo Jansen", date(1983, 7, 7), "Caumerbeeklaan 31, Heerlen"),
    Person("Jin Li", date(1996, 10, 30), "Putgraaf 8, Heerlen"),
    Person("Kees Vrancken", date(1966, 3, 21), "Valkenburgerweg 44, Heerlen"),
    Person("Lotte Claessen", date(2006, 11, 2), "Heesbergstraat 6, Heerlen"),
    Person("Milan Novak", date(1988, 8, 8), "Benzenraderweg 17, Heerlen"),
)
PEOPLE: Final = (AMIRA, BAS, *_OTHERS)
"""Everybody who earns."""
REGISTERED: Final = 100
"""How many signed up, as the sponsor says: the active ones are 13 of them, as in Heerlen, on a smaller scale."""
PUBLISHED: Final = 125
BATCHES: Final = 9
BIRTHDAY_JOBS: Final = (44, 45)
_SEASONS: Final = (3, 5, 7)
"""In which batch the three large tasks of Amira and of Bas are verified."""
_GROUPS: Final = (12, 47, 80)
_SHORT: Final = (20, 60, 70)
_PARTLY: Final = 3
_CAP: Final = 150_000


def _small_jobs() -> list[Job]:
    """98 tasks: 767 hours, by eleven people, three of them in groups of three."""
    jobs = []
    for number in range(98):
        at = number % len(_OTHERS)
        people: tuple[str, ...] = (_OTHERS[at].name,)
        parts: tuple[int, ...] = (1_000,)
        quarters = 32 if number < 81 else 28
        if number in _GROUPS:
            people, parts, quarters = tuple(one.name for one in _OTHERS[at : at + 3]), (400, 350, 250), 40
        elif number in _SHORT:
            quarters = 24
        elif number in BIRTHDAY_JOBS:
            people = (BIRTHDAY_PERSON.name,)
        first = 20 if number == _PARTLY else None
        jobs.append(Job(number, number // len(_OTHERS), number % 7, quarters, people, parts, first))
    return jobs


def _jobs() -> tuple[Job, ...]:
    jobs = _small_jobs()
    emil = _OTHERS[2].name
    jobs.append(Job(98, 0, 4, 8, (emil,), first=0, counted=0))
    jobs += [Job(99 + at, batch, 4, 400, (AMIRA.name,)) for at, batch in enumerate(_SEASONS)]
    jobs += [Job(102 + at, batch, 3, 1_000, (BAS.name,)) for at, batch in enumerate(_SEASONS)]
    jobs.append(Job(105, _SEASONS[-1], 5, 4, (BAS.name,)))
    return tuple(jobs)


JOBS: Final = _jobs()
"""106 tasks that are verified; 105 of them count. The other 19 that are published, nobody does to the end."""


def expected_quarters() -> int:
    """Quarter hours of all last decisions: 1,818 hours."""
    return sum(job.given for job in JOBS)


def expected_cents() -> dict[str, int]:
    """What each person collects in the year, in cents."""
    earned: dict[str, Fraction] = defaultdict(Fraction)
    for job in JOBS:
        for name, part in zip(job.people, job.parts, strict=True):
            hours = Fraction(job.given, 4) * Fraction(part, 1_000)
            earned[name] += hours * (2 if _is_young(name, job) else 5) * 100
    return {name: min(_CAP, int(cents)) for name, cents in earned.items()}


def _is_young(name: str, job: Job) -> bool:
    """Whether the time of a job is collected before the 21st birthday."""
    if name == BIRTHDAY_PERSON.name:
        return job.batch < BIRTHDAY_JOBS[0] // len(_OTHERS) or job.number == BIRTHDAY_JOBS[0]
    return next(person.born for person in PEOPLE if person.name == name) > date(2004, 12, 31)
