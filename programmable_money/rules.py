# SPDX-License-Identifier: EUPL-1.2
"""A rulebook in one period as the structure that a fund's contract is opened with. Pure.

The same octets come out on every machine, so anyone can check that a fund follows the rulebook it names.
"""

from collections.abc import Sequence
from typing import Any, Final

from programmable_money.messages import Address
from programmable_money.model import Amount, FundRules, to_unix
from ssi.claim.terms import ClaimTerms
from ssi.credential.types import CredentialType
from ssi.rulebook import lint
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import terms as compile_terms

__all__ = [
    "RulesTuple",
    "categories_of",
    "products_in",
    "rules_of",
    "spending_rules_of",
    "summary",
    "terms_of",
    "tuples_of",
]

RulesTuple = tuple[Any, ...]
"""``Rules`` of the contract, members in its order; terms nested in the same way."""

_NO_UNIT: Final = 255


def rules_of(
    rulebook: Rulebook, credential_type: CredentialType, period: int, validators: Sequence[Address]
) -> RulesTuple:
    """Compile.

    Args:
        period: the year.
        validators: accounts of the validators whose credentials count, 1 to 8.
    Raises:
        RulebookRefusedError: the lint refuses the rulebook.
        DocumentError: the rulebook is for another credential type.
        TermsError: the terms must not be opened.
    """
    lint.check(rulebook, credential_type)
    terms = compile_terms(rulebook, credential_type, period)
    bounds = rulebook.period.bounds(period)
    unit, minimum, maximum = _NO_UNIT, 0, 0
    if rulebook.allotment.per is not None:
        position = credential_type.position(rulebook.allotment.per)
        unit = next(index for index, claim in enumerate(terms.disclosed) if claim.position == position)
        minimum, maximum = terms.disclosed[unit].minimum, terms.disclosed[unit].maximum
    return (
        rulebook.hash,
        period,
        to_unix(bounds.opens_at),
        to_unix(bounds.claims_until_at),
        to_unix(bounds.closes_at),
        rulebook.allotment.base_cents,
        rulebook.allotment.amount_cents,
        unit,
        minimum,
        maximum,
        rulebook.claims_per_validator,
        categories_of(rulebook),
        tuple(validators),
        terms_of(terms),
    )


def categories_of(rulebook: Rulebook) -> int:
    """The categories of shops as the contracts have them: bit i for category i."""
    return sum(1 << category.index for category in rulebook.spending.categories)


def spending_rules_of(rulebook: Rulebook) -> RulesTuple:
    """``SpendingRules`` of the contract; every member is zero or empty where the rulebook has no such rule."""
    spending = rulebook.spending
    limits = ((category.index, category.limit_cents) for category in spending.categories if category.limit_cents)
    return (
        spending.voucher_cents or 0,
        spending.payment_limit_cents or 0,
        spending.shop_limit_cents or 0,
        sum(1 << product.index for product in spending.products),
        tuple(sorted(limits)),
    )


def products_in(spending: RulesTuple) -> int:
    """The product groups of ``spending_rules_of``, as the contract has them: bit i for group i."""
    return int(spending[3])


def terms_of(terms: ClaimTerms) -> RulesTuple:
    """``ClaimTerms`` of the contract."""
    return (
        terms.header.type_id,
        tuple((constant.position, constant.scalar) for constant in terms.constants),
        tuple(claim.position for claim in terms.disclosed),
        tuple(
            (
                tuple((term.position, term.coefficient) for term in predicate.terms),
                predicate.constant,
                predicate.per_as_of,
            )
            for predicate in terms.predicates
        ),
    )


def summary(rules: RulesTuple) -> FundRules:
    """The rules without the claim terms, typed."""
    return FundRules(
        rulebook_hash=rules[0],
        period=rules[1],
        opens_at=rules[2],
        claims_until=rules[3],
        closes_at=rules[4],
        base=Amount(rules[5]),
        unit_amount=Amount(rules[6]),
        unit=None if rules[7] == _NO_UNIT else rules[7],
        min_units=rules[8],
        max_units=rules[9],
        claims_per_validator=rules[10],
        categories=frozenset(index for index in range(256) if rules[11] >> index & 1),
        validators=rules[12],
    )


def tuples_of(value: Any) -> Any:
    """A decoded structure with tuples in place of lists, to be compared with a compiled one."""
    return tuple(tuples_of(item) for item in value) if isinstance(value, list | tuple) else value
