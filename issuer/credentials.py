# SPDX-License-Identifier: EUPL-1.2
"""What a validator writes into a credential: every claim from the record, none from the wallet.

Invariants:
    * ``exp`` never outlives what is written: an age credential ends before the birthday that would make it untrue.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from issuer.errors import UnknownTypeError
from issuer.model import Household
from ssi.credential.types import ClaimValue, CredentialType

__all__ = [
    "AGE",
    "AGE_2",
    "HOUSEHOLD_INCOME",
    "SD_JWT_DIGESTS",
    "SD_JWT_LEFT_OUT",
    "VALID_DAYS",
    "Attestation",
    "attest",
    "reaches_age_on",
]

VALID_DAYS: Final = 90
"""How long a credential is valid unless the validator chooses otherwise."""
HOUSEHOLD_INCOME: Final = "urn:stuiver:credential:household-income:1"
AGE: Final = "urn:stuiver:credential:age:1"
AGE_2: Final = "urn:stuiver:credential:age:2"
"""With the municipality, for programmes of one."""
SD_JWT_LEFT_OUT: Final = frozenset({"exp", "recovered_at"})
"""Claims of a type that are none of its SD-JWT VC: the last day is the registered ``exp``, and recovery is a matter of
pseudonyms, which an SD-JWT VC does not have."""
SD_JWT_DIGESTS: Final = 8
"""Digests in every SD-JWT VC; decoys make the number up, so that it says nothing about the type's optional claims."""
_NEVER: Final = 0
"""``recovered_at`` of a record that was never recovered."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """The claims of one credential, by name, and its last day."""

    values: Mapping[str, ClaimValue] = field(repr=False)
    exp: date

    @property
    def expires_at(self) -> datetime:
        """The end of the last day, UTC."""
        return datetime.combine(self.exp + timedelta(days=1), time(), UTC)

    def sd_jwt_claims(self) -> dict[str, object]:
        """The claims of an SD-JWT VC, all to be disclosed selectively: dates as ISO 8601 text, money as cents."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.values.items()
            if name not in SD_JWT_LEFT_OUT and value is not None
        }


def attest(
    credential_type: CredentialType, household: Household, *, recovered_at: date | None, today: date, valid_days: int
) -> Attestation:
    """The claims of a credential of this type for a household.

    Args:
        credential_type: household income, version 1, or age, version 1 or 2.
        household: the record.
        recovered_at: of its pin (issuance.md 3.3).
        today: the day of issuing (UTC).
        valid_days: it is valid up to and including so many days after ``today``.
    Raises:
        UnknownTypeError: another type.
    """
    if credential_type.vct not in _WRITERS:
        raise UnknownTypeError
    exp, claims = _WRITERS[credential_type.vct](household, today, today + timedelta(days=valid_days))
    return Attestation({"exp": exp, "recovered_at": recovered_at or _NEVER, **claims}, exp)


def reaches_age_on(birth_date: date, years: int) -> date:
    """The birthday on which a person reaches an age; who is born on 29 February does so on 1 March in other years."""
    try:
        return birth_date.replace(year=birth_date.year + years)
    except ValueError:
        return date(birth_date.year + years, 3, 1)


def _household_income(household: Household, _: date, exp: date) -> tuple[date, dict[str, ClaimValue]]:
    return exp, {
        "municipality": household.municipality,
        "children": household.children,
        "income": household.income_cents,
        "norm": household.norm_cents,
    }


def _age(household: Household, today: date, exp: date) -> tuple[date, dict[str, ClaimValue]]:
    turns_18, turns_21 = (reaches_age_on(household.birth_date, years) for years in (18, 21))
    last_days = (birthday - timedelta(days=1) for birthday in (turns_18, turns_21) if birthday > today)
    return min([exp, *last_days]), {
        "birth_date": household.birth_date,
        "age_under_21": today < turns_21,
        "age_over_18": today >= turns_18,
    }


def _age_2(household: Household, today: date, exp: date) -> tuple[date, dict[str, ClaimValue]]:
    exp, claims = _age(household, today, exp)
    return exp, {"municipality": household.municipality, **claims}


_WRITERS: Final[Mapping[str, Callable[[Household, date, date], tuple[date, dict[str, ClaimValue]]]]] = {
    HOUSEHOLD_INCOME: _household_income,
    AGE: _age,
    AGE_2: _age_2,
}
