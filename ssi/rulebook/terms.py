# SPDX-License-Identifier: EUPL-1.2
"""Compile a rulebook for one period into the terms that a claim proof is made and checked with (claim.md section 3)."""

from math import gcd

from ssi.claim.terms import ClaimTerms, Constant, Disclosed, Predicate, Term
from ssi.credential.document import DocumentError
from ssi.credential.types import ClaimValueError, CredentialType
from ssi.rulebook.claim_rules import ClaimRules, PredicateRule
from ssi.rulebook.model import Rulebook
from ssi.rulebook.period import Period

__all__ = ["compile_predicate", "compile_rules", "terms"]


def terms(rulebook: Rulebook, credential_type: CredentialType, period: int) -> ClaimTerms:
    """The terms of who qualifies in one period; as ``compile_rules``."""
    return compile_rules(rulebook.rules, credential_type, rulebook.period, period)


def compile_rules(rules: ClaimRules, credential_type: CredentialType, year: Period, period: int) -> ClaimTerms:
    """The terms of a rulebook's rules in one period: the same on every machine, predicates in the rulebook's order.

    Does not lint: whoever opens a programme or accepts its rulebook calls ``ssi.rulebook.lint.check`` first.

    Args:
        rules: who qualifies, or what a use of an offer or a rate asks.
        credential_type: the type that the rules name.
        year: how the rulebook counts periods.
        period: the year.
    Raises:
        DocumentError: another credential type, a claim that it does not have, or a constant that is none of its values.
        TermsError: terms that must not be opened (claim.md 3.1 to 3.5).
        ValueError: a year outside 2000 to 2200.
    """
    at = rules.path
    if (credential_type.name, credential_type.version) != (rules.type_name, rules.type_version):
        raise DocumentError(f"{at}.credential_type", "must be the type that the claim is made with")
    start_day = year.start_day(period)
    constants = [
        _constant(credential_type, rule.claim, rule.value, f"{at}.constants.{rule.claim}") for rule in rules.constants
    ]
    if rules.period_claim is not None:
        constants.append(_constant(credential_type, rules.period_claim, period, f"{at}.period_claim"))
    disclosed = [
        Disclosed(_position(credential_type, rule.claim, f"{at}.disclosed.{rule.claim}"), rule.minimum, rule.maximum)
        for rule in rules.disclosed
    ]
    return ClaimTerms(
        header=credential_type.type_header,
        constants=tuple(sorted(constants, key=lambda constant: constant.position)),
        disclosed=tuple(sorted(disclosed, key=lambda claim: claim.position)),
        predicates=tuple(
            compile_predicate(rule, credential_type, start_day, f"{at}.predicates[{index}]")
            for index, rule in enumerate(rules.predicates)
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


def _constant(credential_type: CredentialType, claim: str, value: str | int | bool, path: str) -> Constant:
    position = _position(credential_type, claim, path)
    try:
        return Constant(position, credential_type.scalar(claim, value))
    except ClaimValueError as error:
        raise DocumentError(path, error.rule) from error


def _position(credential_type: CredentialType, claim: str, path: str) -> int:
    try:
        return credential_type.position(claim)
    except KeyError:
        raise DocumentError(path, "is not a claim of the credential type") from None
