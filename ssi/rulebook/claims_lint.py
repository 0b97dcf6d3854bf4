# SPDX-License-Identifier: EUPL-1.2
"""The lint of one set of claim rules: nothing about who somebody is, and only what can be proved soundly."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ssi.claim.terms import TermsError
from ssi.credential.document import DocumentError
from ssi.credential.types import ClaimKind, CredentialType
from ssi.rulebook.claim_rules import ClaimRules, PredicateRule
from ssi.rulebook.findings import Finding, Severity
from ssi.rulebook.forbidden import forbidden_subject
from ssi.rulebook.period import FIRST_YEAR, LAST_YEAR, Period
from ssi.rulebook.terms import compile_rules

__all__ = ["lint_claims", "lint_constants", "lint_forbidden"]

_NOT_A_CLAIM = "is not a claim of the credential type"


def lint_forbidden(
    rules: ClaimRules, credential_type: CredentialType, more: Mapping[str, str], *, first: int = 0
) -> Iterator[Finding]:
    """Findings about identifiers, values and claim titles that take part in a decision.

    Args:
        more: claims that the rulebook decides on elsewhere, by their path.
        first: constants before this one were looked at before, and so were predicates unless it is 0.
    """
    seen: set[tuple[str, str]] = set()
    for path, text in _criteria(rules, credential_type, more, first):
        subject = forbidden_subject(text)
        if subject is not None and (path, subject) not in seen:
            seen.add((path, subject))
            yield Finding(path, f"speaks of {subject}: no rulebook may decide on it")
    for index, predicate in enumerate(() if first else rules.predicates):
        for language, text in (("nl", predicate.text.nl), ("en", predicate.text.en)):
            subject = forbidden_subject(text)
            if subject is not None:
                rule = f"speaks of {subject}: check that the rule does not decide on it"
                yield Finding(f"{rules.path}.predicates[{index}].text.{language}", rule, Severity.WARNING)


def _criteria(
    rules: ClaimRules, credential_type: CredentialType, more: Mapping[str, str], first: int
) -> Iterator[tuple[str, str]]:
    constants = rules.constants[first:]
    claims = [(f"{rules.path}.constants.{constant.claim}", constant.claim) for constant in constants]
    if not first:
        claims += [(f"{rules.path}.disclosed.{disclosed.claim}", disclosed.claim) for disclosed in rules.disclosed]
        for index, predicate in enumerate(rules.predicates):
            yield f"{rules.path}.predicates[{index}].id", predicate.id
            claims += [(f"{rules.path}.predicates[{index}].sum.{claim}", claim) for claim, _ in predicate.sum]
    claims += more.items()
    for path, claim in claims:
        yield path, claim
        if credential_type.has_claim(claim):
            yield path, credential_type.claim(claim).title.nl
            yield path, credential_type.claim(claim).title.en
    for constant in constants:
        if isinstance(constant.value, str):
            yield f"{rules.path}.constants.{constant.claim}", constant.value


def lint_claims(
    rules: ClaimRules, credential_type: CredentialType, year: Period, *, counted: str | None
) -> Iterator[Finding]:
    """Findings about what the rules ask to be proved.

    Args:
        year: how the rulebook counts periods.
        counted: the disclosed claim that the contract holds to its bounds; None for none.
    """
    yield from _unknown_constants(rules, credential_type, 0)
    yield from _disclosed(rules, credential_type, counted)
    yield from _predicates(rules, credential_type, year)
    yield from _whole(rules, credential_type, year)


def lint_constants(
    rules: ClaimRules, credential_type: CredentialType, year: Period, *, first: int
) -> Iterator[Finding]:
    """Findings about the constants from number ``first`` on, of rules that are otherwise looked at elsewhere."""
    yield from lint_forbidden(rules, credential_type, {}, first=first)
    yield from _unknown_constants(rules, credential_type, first)
    in_sums = {claim for predicate in rules.predicates for claim, _ in predicate.sum}
    for constant in rules.constants[first:]:
        if constant.claim in in_sums:
            path = f"{rules.path}.constants.{constant.claim}"
            yield Finding(path, "is in a predicate: a predicate is over hidden claims")
    own = replace(rules, constants=rules.constants[first:])
    yield from _whole(own, credential_type, year)
    if first:
        yield from (finding for finding in _whole(rules, credential_type, year) if finding.path == rules.path)


def _unknown_constants(rules: ClaimRules, credential_type: CredentialType, first: int) -> Iterator[Finding]:
    for constant in rules.constants[first:]:
        if not credential_type.has_claim(constant.claim):
            yield Finding(f"{rules.path}.constants.{constant.claim}", _NOT_A_CLAIM)
    if rules.period_claim is not None and not credential_type.has_claim(rules.period_claim):
        yield Finding(f"{rules.path}.period_claim", _NOT_A_CLAIM)


def _disclosed(rules: ClaimRules, credential_type: CredentialType, counted: str | None) -> Iterator[Finding]:
    constants = {constant.claim for constant in rules.constants}
    for disclosed in rules.disclosed:
        path = f"{rules.path}.disclosed.{disclosed.claim}"
        if not credential_type.has_claim(disclosed.claim):
            yield Finding(path, _NOT_A_CLAIM)
            continue
        claim = credential_type.claim(disclosed.claim)
        if not claim.kind.is_numeric:
            yield Finding(path, "is hashed: only a number can be disclosed with each claim")
        elif disclosed.maximum >= 1 << claim.bits:
            yield Finding(f"{path}.max", f"must be below 2^{claim.bits}, the width of the claim")
        is_whole = (disclosed.minimum, disclosed.maximum) == (0, (1 << claim.bits) - 1)
        if disclosed.claim != counted and not is_whole:
            yield Finding(path, "is bounded, but on chain only what the allotment is per is held to its bounds")
        if disclosed.claim in constants:
            yield Finding(path, "is a constant already")
        if claim.kind in (ClaimKind.CENTS, ClaimKind.DATE):
            rule = "shows an exact amount or date with every claim: a predicate would hide it"
            yield Finding(path, rule, Severity.WARNING)


def _predicates(rules: ClaimRules, credential_type: CredentialType, year: Period) -> Iterator[Finding]:
    shown = {rule.claim for rule in rules.constants} | {rule.claim for rule in rules.disclosed}
    for index, predicate in enumerate(rules.predicates):
        path = f"{rules.path}.predicates[{index}]"
        findings = list(_terms_of(predicate, credential_type, shown, path))
        yield from findings or _soundness(rules, predicate, credential_type, year, path)


def _terms_of(
    predicate: PredicateRule, credential_type: CredentialType, shown: set[str], path: str
) -> Iterator[Finding]:
    for name, _ in predicate.sum:
        if not credential_type.has_claim(name):
            yield Finding(f"{path}.sum.{name}", _NOT_A_CLAIM)
        elif not credential_type.claim(name).kind.is_numeric:
            yield Finding(f"{path}.sum.{name}", "is hashed: a hash used as a number is forgeable")
        elif name in shown:
            yield Finding(f"{path}.sum.{name}", "is a constant or disclosed: a predicate is over hidden claims")


def _soundness(
    rules: ClaimRules, predicate: PredicateRule, credential_type: CredentialType, year: Period, path: str
) -> Iterator[Finding]:
    """claim.md 3.3 and 3.4 for one predicate alone, in the first and the last year that a programme can be opened."""
    alone = replace(rules, constants=(), disclosed=(), predicates=(predicate,), period_claim=None)
    for period in (FIRST_YEAR, LAST_YEAR):
        try:
            compile_rules(alone, credential_type, year, period)
        except TermsError as error:
            yield Finding(path, str(error))
            return


def _whole(rules: ClaimRules, credential_type: CredentialType, year: Period) -> Iterator[Finding]:
    """What only the whole shows: values of constants, and claim.md 3.5."""
    try:
        compile_rules(replace(rules, predicates=()), credential_type, year, LAST_YEAR)
    except DocumentError as error:
        if error.rule != _NOT_A_CLAIM:
            yield Finding(error.path, error.rule)
    except TermsError as error:
        if error.rule == "3.5":
            yield Finding(rules.path, str(error))
