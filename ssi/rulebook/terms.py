# SPDX-License-Identifier: EUPL-1.2
"""Compile a rulebook for one period into the terms that a claim proof is made and checked with (claim.md section 3)."""

from math import gcd

from ssi.claim.terms import ClaimTerms, Constant, Disclosed, Predicate, Term
from ssi.credential.document import DocumentError
from ssi.credential.types import ClaimValueError, CredentialType
from ssi.rulebook.model import PredicateRule, Rulebook

__all__ = ["compile_predicate", "terms"]


def terms(rulebook: Rulebook, credential_type: CredentialType, period: int) -> ClaimTerms:
    """The terms of a rulebook in one period: the same on every machine, predicates in the rulebook's order.

    Does not lint: whoever opens a programme or accepts its rulebook calls ``ssi.rulebook.lint.check`` first.

    Args:
        rulebook: the rules.
        credential_type: the type that the rulebook names.
        period: the year.
    Raises:
        DocumentError: another credential type, a claim that it does not have, or a constant that is none of its values.
        TermsError: terms that must not be opened (claim.md 3.1 to 3.5).
        ValueError: a year outside 2000 to 2200.
    """
    if (credential_type.name, credential_type.version) != (rulebook.type_name, rulebook.type_version):
        raise DocumentError("$.credential_type", "must be the type that the claim is made with")
    start_day = rulebook.period.start_day(period)
    constants = []
    for rule in rulebook.constants:
        path = f"$.constants.{rule.claim}"
        position = _position(credential_type, rule.claim, path)
        try:
            constants.append(Constant(position, credential_type.scalar(rule.claim, rule.value)))
        except ClaimValueError as error:
            raise DocumentError(path, error.rule) from error
    disclosed = [
        Disclosed(_position(credential_type, rule.claim, f"$.disclosed.{rule.claim}"), rule.minimum, rule.maximum)
        for rule in rulebook.disclosed
    ]
    return ClaimTerms(
        header=credential_type.type_header,
        constants=tuple(sorted(constants, key=lambda constant: constant.position)),
        disclosed=tuple(sorted(disclosed, key=lambda claim: claim.position)),
        predicates=tuple(
            compile_predicate(rule, credential_type, start_day, f"$.predicates[{index}]")
            for index, rule in enumerate(rulebook.predicates)
        ),
    )


def compile_predicate(rule: PredicateRule, credential_type: CredentialType, start_day: int, path: str) -> Predicate:
    """One predicate: the period's first day folded in, coefficients divided by their greatest common divisor.

    The part that varies is a multiple of the divisor g, so ``g v + b >= 0`` has the same integer solutions as
    ``v + floor(b / g) >= 0``.

    Raises:
        DocumentError: a claim that the type does not have; ``path`` is the predicate's place in the rulebook.
    """
    coefficients = sorted((_position(credential_type, claim, f"{path}.sum.{claim}"), a) for claim, a in rule.sum)
    constant = rule.plus + rule.per_period_start * start_day
    divisor = gcd(rule.per_as_of, *(a for _, a in coefficients))
    return Predicate(
        terms=tuple(Term(position, a // divisor) for position, a in coefficients),
        constant=constant // divisor,
        per_as_of=rule.per_as_of // divisor,
    )


def _position(credential_type: CredentialType, claim: str, path: str) -> int:
    try:
        return credential_type.position(claim)
    except KeyError:
        raise DocumentError(path, "is not a claim of the credential type") from None
