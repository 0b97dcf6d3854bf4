# SPDX-License-Identifier: EUPL-1.2
"""Whether a rulebook may be opened: what it decides on, and whether its proofs would be sound.

Invariants:
    * Every finding is collected and names the path of the field and the rule in words.
    * A rulebook with a refused finding is never opened: ``check`` raises.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from ssi.claim.terms import TermsError
from ssi.credential.document import DocumentError
from ssi.credential.types import ClaimKind, CredentialType
from ssi.errors import SsiError
from ssi.rulebook.forbidden import forbidden_subject
from ssi.rulebook.model import PredicateRule, Rulebook
from ssi.rulebook.period import FIRST_YEAR, LAST_YEAR
from ssi.rulebook.terms import terms

__all__ = ["Finding", "RulebookRefusedError", "Severity", "check", "lint"]

_EXPIRY: Final = ((("exp", 1),), 0, -1, 0)
_RECOVERY: Final = ((("recovered_at", -1),), -1, 0, 1)
"""The two predicates that every rulebook has: (sum, plus, per_as_of, per_period_start)."""


class Severity(StrEnum):
    """What a finding means for the rulebook."""

    REFUSED = "refused"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a rulebook."""

    path: str
    rule: str
    severity: Severity = Severity.REFUSED


class RulebookRefusedError(SsiError):
    """A rulebook that must not be opened.

    Args:
        findings: all findings of the lint, warnings included.
    """

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        refused = [finding for finding in findings if finding.severity is Severity.REFUSED]
        super().__init__("; ".join(f"{finding.path}: {finding.rule}" for finding in refused))
        self.findings = findings


def check(rulebook: Rulebook, credential_type: CredentialType) -> tuple[Finding, ...]:
    """Lint, and refuse.

    Returns:
        The warnings.
    Raises:
        RulebookRefusedError: with every finding.
    """
    findings = lint(rulebook, credential_type)
    if any(finding.severity is Severity.REFUSED for finding in findings):
        raise RulebookRefusedError(findings)
    return findings


def lint(rulebook: Rulebook, credential_type: CredentialType) -> tuple[Finding, ...]:
    """Every finding about a rulebook and the credential type that it names, in the order of the document."""
    if (credential_type.name, credential_type.version) != (rulebook.type_name, rulebook.type_version):
        return (Finding("$.credential_type", "must be the type that the claim is made with"),)
    return (
        *_forbidden(rulebook, credential_type),
        *_required(rulebook, credential_type),
        *_constants(rulebook, credential_type),
        *_disclosed(rulebook, credential_type),
        *_predicates(rulebook, credential_type),
        *_allotment(rulebook),
        *_whole(rulebook, credential_type),
    )


def _criteria(rulebook: Rulebook, credential_type: CredentialType) -> Iterator[tuple[str, str]]:
    """(path, text) of every identifier, value and claim title that takes part in a decision."""
    yield "$.name", rulebook.name
    for household in rulebook.norms.households if rulebook.norms else ():
        yield f"$.norms.households.{household.kind}", household.kind
        yield f"$.norms.households.{household.kind}.title", household.title.nl
        yield f"$.norms.households.{household.kind}.title", household.title.en
    claims = [(f"$.constants.{constant.claim}", constant.claim) for constant in rulebook.constants]
    claims += [(f"$.disclosed.{disclosed.claim}", disclosed.claim) for disclosed in rulebook.disclosed]
    for index, predicate in enumerate(rulebook.predicates):
        yield f"$.predicates[{index}].id", predicate.id
        claims += [(f"$.predicates[{index}].sum.{claim}", claim) for claim, _ in predicate.sum]
    if rulebook.allotment.per is not None:
        claims.append(("$.allotment.per", rulebook.allotment.per))
    for path, claim in claims:
        yield path, claim
        if credential_type.has_claim(claim):
            yield path, credential_type.claim(claim).title.nl
            yield path, credential_type.claim(claim).title.en
    for constant in rulebook.constants:
        if isinstance(constant.value, str):
            yield f"$.constants.{constant.claim}", constant.value


def _forbidden(rulebook: Rulebook, credential_type: CredentialType) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for path, text in _criteria(rulebook, credential_type):
        subject = forbidden_subject(text)
        if subject is not None and (path, subject) not in seen:
            seen.add((path, subject))
            yield Finding(path, f"speaks of {subject}: no rulebook may decide on it")
    for index, predicate in enumerate(rulebook.predicates):
        for language, text in (("nl", predicate.text.nl), ("en", predicate.text.en)):
            subject = forbidden_subject(text)
            if subject is not None:
                rule = f"speaks of {subject}: check that the rule does not decide on it"
                yield Finding(f"$.predicates[{index}].text.{language}", rule, Severity.WARNING)


def _required(rulebook: Rulebook, credential_type: CredentialType) -> Iterator[Finding]:
    shapes = [(rule.sum, rule.plus, rule.per_as_of, rule.per_period_start) for rule in rulebook.predicates]
    for claim in ("exp", "recovered_at"):
        if not credential_type.has_claim(claim) or credential_type.claim(claim).kind is not ClaimKind.DATE:
            rule = f"must have the date {claim}: without it no rule can refuse what is over"
            yield Finding("$.credential_type", rule)
    if _EXPIRY not in shapes:
        yield Finding("$.predicates", "must have exp - as_of >= 0: an expired credential does not claim")
    if _RECOVERY not in shapes:
        rule = "must have period start - 1 - recovered_at >= 0: a wallet recovered in the period does not claim in it"
        yield Finding("$.predicates", rule)


def _constants(rulebook: Rulebook, credential_type: CredentialType) -> Iterator[Finding]:
    for constant in rulebook.constants:
        if not credential_type.has_claim(constant.claim):
            yield Finding(f"$.constants.{constant.claim}", "is not a claim of the credential type")


def _disclosed(rulebook: Rulebook, credential_type: CredentialType) -> Iterator[Finding]:
    constants = {constant.claim for constant in rulebook.constants}
    for disclosed in rulebook.disclosed:
        path = f"$.disclosed.{disclosed.claim}"
        if not credential_type.has_claim(disclosed.claim):
            yield Finding(path, "is not a claim of the credential type")
            continue
        claim = credential_type.claim(disclosed.claim)
        if not claim.kind.is_numeric:
            yield Finding(path, "is hashed: only a number can be disclosed with each claim")
        elif disclosed.maximum >= 1 << claim.bits:
            yield Finding(f"{path}.max", f"must be below 2^{claim.bits}, the width of the claim")
        is_whole = (disclosed.minimum, disclosed.maximum) == (0, (1 << claim.bits) - 1)
        if disclosed.claim != rulebook.allotment.per and not is_whole:
            yield Finding(path, "is bounded, but on chain only what the allotment is per is held to its bounds")
        if disclosed.claim in constants:
            yield Finding(path, "is a constant already")
        if claim.kind in (ClaimKind.CENTS, ClaimKind.DATE):
            rule = "shows an exact amount or date with every claim: a predicate would hide it"
            yield Finding(path, rule, Severity.WARNING)


def _predicates(rulebook: Rulebook, credential_type: CredentialType) -> Iterator[Finding]:
    shown = {rule.claim for rule in rulebook.constants} | {rule.claim for rule in rulebook.disclosed}
    for index, predicate in enumerate(rulebook.predicates):
        path = f"$.predicates[{index}]"
        findings = list(_terms_of(predicate, credential_type, shown, path))
        yield from findings or _soundness(rulebook, predicate, credential_type, path)


def _terms_of(
    predicate: PredicateRule, credential_type: CredentialType, shown: set[str], path: str
) -> Iterator[Finding]:
    for name, _ in predicate.sum:
        if not credential_type.has_claim(name):
            yield Finding(f"{path}.sum.{name}", "is not a claim of the credential type")
        elif not credential_type.claim(name).kind.is_numeric:
            yield Finding(f"{path}.sum.{name}", "is hashed: a hash used as a number is forgeable")
        elif name in shown:
            yield Finding(f"{path}.sum.{name}", "is a constant or disclosed: a predicate is over hidden claims")


def _soundness(
    rulebook: Rulebook, predicate: PredicateRule, credential_type: CredentialType, path: str
) -> Iterator[Finding]:
    """claim.md 3.3 and 3.4 for one predicate alone, in the first and the last year that a programme can be opened."""
    alone = replace(rulebook, constants=(), disclosed=(), predicates=(predicate,))
    for year in (FIRST_YEAR, LAST_YEAR):
        try:
            terms(alone, credential_type, year)
        except TermsError as error:
            yield Finding(path, str(error))
            return


def _allotment(rulebook: Rulebook) -> Iterator[Finding]:
    per = rulebook.allotment.per
    if per is not None and per not in {rule.claim for rule in rulebook.disclosed}:
        yield Finding("$.allotment.per", "must be a disclosed claim")
    elif per is None and rulebook.allotment.base_cents == 0:
        yield Finding("$.allotment", "must hand out something")


def _whole(rulebook: Rulebook, credential_type: CredentialType) -> Iterator[Finding]:
    """What only the whole rulebook shows: values of constants, and claim.md 3.5."""
    try:
        terms(replace(rulebook, predicates=()), credential_type, LAST_YEAR)
    except DocumentError as error:
        if error.rule != "is not a claim of the credential type":
            yield Finding(error.path, error.rule)
    except TermsError as error:
        if error.rule == "3.5":
            yield Finding("$", str(error))
