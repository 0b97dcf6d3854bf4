# SPDX-License-Identifier: EUPL-1.2
"""A rulebook becomes the structure that the contract is opened with."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

import specs
from programmable_money.messages import address_of
from programmable_money.model import Amount, to_unix
from programmable_money.rules import rules_of, summary
from ssi.credential.document import DocumentError
from ssi.credential.types import CredentialType
from ssi.rulebook.lint import RulebookRefusedError
from ssi.rulebook.model import Rulebook

RULEBOOK = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
TYPE = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
VALIDATOR = address_of(b"\x01" * 32)


def test_the_child_package_of_2026() -> None:
    rules = summary(rules_of(RULEBOOK, TYPE, 2026, [VALIDATOR]))
    assert rules.rulebook_hash == RULEBOOK.hash
    assert rules.opens_at == to_unix(datetime(2025, 12, 31, 23, tzinfo=UTC))
    assert rules.claims_until == rules.closes_at == to_unix(datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert rules.allotment((3,)) == Amount(45_000)
    assert (rules.unit, rules.min_units, rules.max_units, rules.claims_per_validator) == (0, 1, 15, 500)
    assert rules.categories == {category.index for category in RULEBOOK.spending.categories}
    assert rules.validators == (VALIDATOR,)


def test_the_terms_are_the_compiled_ones() -> None:
    type_id, constants, disclosed, predicates = rules_of(RULEBOOK, TYPE, 2026, [VALIDATOR])[13]
    assert type_id == TYPE.type_id
    assert constants == ((2, TYPE.scalar("municipality", "GM1969")),)
    assert disclosed == (3,)
    assert predicates[0] == (((4, -5), (5, 6)), 2, 0)
    assert len(predicates) == 3


def test_a_fixed_amount_counts_no_units() -> None:
    allotment = replace(RULEBOOK.allotment, base_cents=5_000, per=None, amount_cents=0)
    asked = replace(RULEBOOK.rules, disclosed=(replace(RULEBOOK.rules.disclosed[0], minimum=0, maximum=31),))
    rules = summary(rules_of(replace(RULEBOOK, handout=allotment, rules=asked), TYPE, 2026, [VALIDATOR]))
    assert (rules.unit, rules.min_units, rules.max_units) == (None, 0, 0)
    assert rules.allotment((3,)) == Amount(5_000)


def test_a_rulebook_of_another_type_or_that_the_lint_refuses_is_not_compiled() -> None:
    age = CredentialType.from_json(specs.credential_type_octets("age", 1))
    with pytest.raises((RulebookRefusedError, DocumentError)):
        rules_of(RULEBOOK, age, 2026, [VALIDATOR])
    one_rule = replace(RULEBOOK.rules, predicates=RULEBOOK.rules.predicates[:1])
    with pytest.raises(RulebookRefusedError):
        rules_of(replace(RULEBOOK, rules=one_rule), TYPE, 2026, [VALIDATOR])
    with pytest.raises(ValueError, match="year"):
        rules_of(RULEBOOK, TYPE, 1999, [VALIDATOR])
