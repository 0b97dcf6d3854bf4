# SPDX-License-Identifier: EUPL-1.2
"""Whether a rulebook may be opened: what it decides on, and whether its proofs would be sound.

Invariants:
    * Every finding is collected and names the path of the field and the rule in words.
    * A rulebook with a refused finding is never opened: ``check`` raises.
"""

from collections.abc import Iterator
from typing import Final

from ssi.credential.types import ClaimKind, CredentialType
from ssi.rulebook.claim_rules import ClaimRules
from ssi.rulebook.claims_lint import lint_claims, lint_constants, lint_forbidden
from ssi.rulebook.findings import Finding, RulebookRefusedError, Severity
from ssi.rulebook.forbidden import forbidden_subject
from ssi.rulebook.handout import Allotment, Earnings, PassUse
from ssi.rulebook.model import Rulebook

__all__ = ["Finding", "RulebookRefusedError", "Severity", "check", "lint"]

_EXPIRY: Final = ((("exp", 1),), 0, -1, 0)
_RECOVERY: Final = ((("recovered_at", -1),), -1, 0, 1)
"""The two predicates that rulebooks have: (sum, plus, per_as_of, per_period_start)."""


def check(rulebook: Rulebook, *types: CredentialType) -> tuple[Finding, ...]:
    """Lint, and refuse.

    Args:
        types: those that ``rulebook.types`` names.
    Returns:
        The warnings.
    Raises:
        RulebookRefusedError: with every finding.
    """
    findings = lint(rulebook, *types)
    if any(finding.severity is Severity.REFUSED for finding in findings):
        raise RulebookRefusedError(findings)
    return findings


def lint(rulebook: Rulebook, *types: CredentialType) -> tuple[Finding, ...]:
    """Every finding about a rulebook and the credential types that it names, in the order of the document."""
    known = {(found.name, found.version): found for found in types}
    handout = rulebook.handout
    sets = [rulebook.rules, *([handout.rules] if isinstance(handout, PassUse) else ())]
    unknown = [rules for rules in sets if (rules.type_name, rules.type_version) not in known]
    if unknown:
        rule = "must be the type that the claim is made with"
        return tuple(Finding(f"{rules.path}.credential_type", rule) for rules in unknown)

    def type_of(rules: ClaimRules) -> CredentialType:
        return known[rules.type_name, rules.type_version]

    return (
        *_forbidden_words(rulebook),
        *_claims(rulebook, type_of(rulebook.rules)),
        *_handed_out(rulebook, type_of(sets[-1])),
    )


def _forbidden_words(rulebook: Rulebook) -> Iterator[Finding]:
    """Names of the rulebook and of the kinds of household that it decides on."""
    words = [("$.name", rulebook.name)]
    for household in rulebook.norms.households if rulebook.norms else ():
        at = f"$.norms.households.{household.kind}"
        words += [(at, household.kind), (f"{at}.title", household.title.nl), (f"{at}.title", household.title.en)]
    seen: set[tuple[str, str]] = set()
    for path, text in words:
        subject = forbidden_subject(text)
        if subject is not None and (path, subject) not in seen:
            seen.add((path, subject))
            yield Finding(path, f"speaks of {subject}: no rulebook may decide on it")


def _claims(rulebook: Rulebook, credential_type: CredentialType) -> Iterator[Finding]:
    """Who qualifies."""
    rules, handout = rulebook.rules, rulebook.handout
    counted = handout.per if isinstance(handout, Allotment) else None
    yield from lint_forbidden(rules, credential_type, {} if counted is None else {"$.allotment.per": counted})
    yield from _required(rules, credential_type)
    yield from lint_claims(rules, credential_type, rulebook.period, counted=counted)


def _required(rules: ClaimRules, credential_type: CredentialType) -> Iterator[Finding]:
    """What lets a credential end, and a lost wallet stop."""
    for claim in ("exp", "recovered_at"):
        if not credential_type.has_claim(claim) or credential_type.claim(claim).kind is not ClaimKind.DATE:
            rule = f"must have the date {claim}: without it no rule can refuse what is over"
            yield Finding(f"{rules.path}.credential_type", rule)
    yield from _expiry(rules)
    if _RECOVERY not in _shapes(rules):
        rule = "must have period start - 1 - recovered_at >= 0: a wallet recovered in the period does not claim in it"
        yield Finding(f"{rules.path}.predicates", rule)


def _expiry(rules: ClaimRules) -> Iterator[Finding]:
    if _EXPIRY not in _shapes(rules):
        rule = "must have exp - as_of >= 0: an expired credential does not claim"
        yield Finding(f"{rules.path}.predicates", rule)


def _shapes(rules: ClaimRules) -> list[tuple[tuple[tuple[str, int], ...], int, int, int]]:
    return [(rule.sum, rule.plus, rule.per_as_of, rule.per_period_start) for rule in rules.predicates]


def _handed_out(rulebook: Rulebook, credential_type: CredentialType) -> Iterator[Finding]:
    handout = rulebook.handout
    if isinstance(handout, Allotment):
        yield from _allotment(rulebook, handout)
        return
    if rulebook.rules.disclosed:
        yield Finding("$.disclosed", "must be empty: only the claims of a fund show something")
    if isinstance(handout, PassUse):
        yield from _pass_use(handout.rules, credential_type, rulebook)
    else:
        yield from _earnings(handout, credential_type, rulebook)


def _allotment(rulebook: Rulebook, allotment: Allotment) -> Iterator[Finding]:
    if allotment.per is not None and allotment.per not in {rule.claim for rule in rulebook.rules.disclosed}:
        yield Finding("$.allotment.per", "must be a disclosed claim")
    elif allotment.per is None and allotment.base_cents == 0:
        yield Finding("$.allotment", "must hand out something")
    voucher = rulebook.spending.voucher_cents
    if voucher is not None and (allotment.base_cents % voucher or allotment.amount_cents % voucher):
        yield Finding("$.spending.voucher_cents", "must divide the allotment: vouchers are given and spent whole")


def _pass_use(rules: ClaimRules, credential_type: CredentialType, rulebook: Rulebook) -> Iterator[Finding]:
    """The pass credential is of one programme and one period, and ends with it (pass.md 2.2)."""
    yield from lint_forbidden(rules, credential_type, {})
    yield from _expiry(rules)
    yield from lint_claims(rules, credential_type, rulebook.period, counted=None)


def _earnings(earnings: Earnings, credential_type: CredentialType, rulebook: Rulebook) -> Iterator[Finding]:
    shared = len(rulebook.rules.constants)
    for rate in earnings.rates:
        yield from lint_constants(rate.rules, credential_type, rulebook.period, first=shared)
