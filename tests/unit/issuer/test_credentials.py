# SPDX-License-Identifier: EUPL-1.2
"""What a validator writes into a credential."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

import specs
from issuer.credentials import attest, reaches_age_on
from issuer.errors import UnknownTypeError
from ssi.credential.types import CredentialType
from tests.unit.issuer.material import AGE_TYPE, INCOME_TYPE, TODAY, households

AMIRA = households()[0]


def claims(kind: CredentialType, born: date = AMIRA.birth_date, today: date = TODAY) -> dict[str, object]:
    household = replace(AMIRA, birth_date=born)
    return dict(attest(kind, household, recovered_at=None, today=today, valid_days=90).values)


def test_income_norm_children_and_municipality_come_from_the_record() -> None:
    attestation = attest(INCOME_TYPE, AMIRA, recovered_at=None, today=TODAY, valid_days=90)
    assert attestation.exp == TODAY + timedelta(days=90)
    assert INCOME_TYPE.values(INCOME_TYPE.payloads(attestation.values)) == {
        "exp": attestation.exp,
        "recovered_at": date(1900, 1, 1),
        "municipality": "GM1969",
        "children": 3,
        "income": 154_060,
        "norm": 128_383,
    }
    assert "154060" not in repr(attestation)


def test_the_day_of_recovery_is_in_every_credential() -> None:
    for kind in (INCOME_TYPE, AGE_TYPE):
        attestation = attest(kind, AMIRA, recovered_at=date(2026, 1, 5), today=TODAY, valid_days=90)
        assert kind.values(kind.payloads(attestation.values))["recovered_at"] == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("born", "under_21", "over_18"),
    [
        (date(2005, 3, 3), True, True),
        (date(2005, 3, 2), False, True),
        (date(2005, 3, 1), False, True),
        (date(2008, 3, 2), True, True),
        (date(2008, 3, 3), True, False),
        (date(1989, 4, 12), False, True),
    ],
)
def test_ages_are_those_of_the_day_of_issuing(born: date, under_21: bool, over_18: bool) -> None:
    written = claims(AGE_TYPE, born)
    assert (written["age_under_21"], written["age_over_18"]) == (under_21, over_18)
    assert written["birth_date"] == born
    AGE_TYPE.payloads(written)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("born", "exp"),
    [
        (date(2005, 3, 3), date(2026, 3, 2)),
        (date(2005, 4, 1), date(2026, 3, 31)),
        (date(2008, 4, 1), date(2026, 3, 31)),
        (date(2005, 3, 2), TODAY + timedelta(days=90)),
        (date(1989, 4, 12), TODAY + timedelta(days=90)),
    ],
)
def test_an_age_credential_ends_before_the_birthday_that_makes_it_untrue(born: date, exp: date) -> None:
    assert claims(AGE_TYPE, born)["exp"] == exp


def test_who_is_born_on_the_29th_of_february_has_a_birthday_every_year() -> None:
    assert reaches_age_on(date(2004, 2, 29), 21) == date(2025, 3, 1)
    assert reaches_age_on(date(2004, 2, 29), 20) == date(2024, 2, 29)


AGE_2_TYPE = CredentialType.from_json(specs.credential_type_octets("age", 2))


@pytest.mark.parametrize("born", [date(2005, 4, 1), date(2004, 2, 29), date(2005, 3, 1), date(2004, 12, 31)])
def test_the_day_of_the_21st_birthday_is_the_first_that_pays_the_higher_rate(born: date) -> None:
    """The credential that says under 21 ends on the day before; one of the birthday itself says the other."""
    birthday = reaches_age_on(born, 21)
    for days in (1, 40, 200):
        before = claims(AGE_2_TYPE, born, birthday - timedelta(days=days))
        assert before["age_under_21"] is True
        assert before["exp"] == min(birthday - timedelta(days=1), birthday - timedelta(days=days) + timedelta(days=90))
    on_the_day = claims(AGE_2_TYPE, born, birthday)
    assert on_the_day["age_under_21"] is False
    assert on_the_day["exp"] == birthday + timedelta(days=90)
    assert on_the_day["municipality"] == AMIRA.municipality
    AGE_2_TYPE.payloads(on_the_day)  # type: ignore[arg-type]


def test_another_type_is_unknown() -> None:
    other = replace(INCOME_TYPE, vct="urn:stuiver:credential:household-income:2")
    with pytest.raises(UnknownTypeError):
        claims(other)
