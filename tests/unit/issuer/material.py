# SPDX-License-Identifier: EUPL-1.2
"""A desk for tests: a validator, its rulebook, the cast's records, and a clock that a test sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import specs
from issuer.households import Import, import_households
from issuer.keys import ValidatorKeys
from issuer.model import Household, PersonId, Validator
from issuer.service import Desk
from issuer.store import Store
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

DID = "did:web:westerkwartier.example"
INCOME_TYPE = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
AGE_TYPE = CredentialType.from_json(specs.credential_type_octets("age", 1))
TYPES = (INCOME_TYPE, AGE_TYPE)
RULEBOOK = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
VALIDATOR = Validator(DID, "Gemeente Westerkwartier", frozenset({"GM1969"}))
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TODAY = START.date()
AMIRA, BAS, CATO, NOBODY = (PersonId(name) for name in ("amira", "bas", "cato", "nobody"))
HEADER = "person,name,birth_date,address,household_kind,net_income,children,municipality"
LINES = (
    'amira,Amira Haddad,1989-04-12,"Hoofdstraat 1, Zuidhorn",single_21_plus,1540.60,3,GM1969',
    "bas,Bas Haddad,2006-03-10,Hoofdstraat 1,single_18_20,0.00,0,GM1969",
    "cato,Cato Bos,1985-01-30,Kerkpad 2,single_21_plus,1540.61,2,GM1969",
)


def file_of(*lines: str, header: str = HEADER) -> bytes:
    """A household file of these lines."""
    return "\n".join([header, *lines, ""]).encode()


def read_file(octets: bytes, *, skip_bad_rows: bool = False, **changes: Any) -> Import:
    """Import a file for the tests' validator."""
    settings = {"municipalities": VALIDATOR.municipalities, "today": TODAY, **changes}
    return import_households(octets, RULEBOOK, skip_bad_rows=skip_bad_rows, **settings)


def households() -> tuple[Household, ...]:
    """The cast's records."""
    return read_file(file_of(*LINES)).households


@dataclass
class Clock:
    """The time, as a test sets it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)

    @property
    def today(self) -> date:
        return self.now.date()


def open_store(url: str) -> Store:
    """The database at a URL, opened as a desk's folder does it."""
    _, is_file, path = url.partition("sqlite:///")
    return Store.at(Path(path)) if is_file else Store.at_url(url)


def desk(store: Store, clock: Clock, records: Sequence[Household] | None = None, **settings: Any) -> Desk:
    """A desk that knows the cast."""
    with store.transaction() as transaction:
        transaction.save_households(households() if records is None else records)
    return Desk(VALIDATOR, ValidatorKeys.generate(TYPES, did=DID), store, TYPES, clock, **settings)
