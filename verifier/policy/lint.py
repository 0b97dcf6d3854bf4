# SPDX-License-Identifier: EUPL-1.2
"""Whether a policy may be used: what it decides on, whether it asks for no more, and whether its proofs are sound.

Invariants:
    * Every finding is collected and names the path of the field and the rule in words.
    * A policy with a refused finding is never asked with: ``check`` raises.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from ssi.claim.terms import ClaimTerms, Constant, Disclosed, TermsError
from ssi.credential.days import day_number
from ssi.credential.document import DocumentError
from ssi.credential.types import ClaimKind, ClaimValueError, CredentialType
from ssi.rulebook.claim_rules import PredicateRule
from ssi.rulebook.forbidden import forbidden_subject
from ssi.rulebook.lint import Finding, Severity
from ssi.rulebook.period import FIRST_YEAR, LAST_YEAR
from ssi.rulebook.terms import compile_predicate
from verifier.errors import PolicyRefusedError
from verifier.policy.asked import AskedCredential, AskedProof, AskedSdJwt, Query
from verifier.policy.conditions import Equals, OneOf, Proven
from verifier.policy.deciding import ONCE
from verifier.policy.model import Period, Policy, Rule

__all__ = ["check", "lint"]

_EXPIRY: Final = ((("exp", 1),), 0, -1, 0)
_RECOVERY: Final = ((("recovered_at", -1),), -1, 0, 1)
"""Two predicates that need no rule: (sum, plus, per_as_of, per_period_start)."""

Types = Mapping[str, CredentialType]
"""Published credential types by ``vct``."""


def check(policy: Policy, types: Iterable[CredentialType]) -> tuple[Finding, ...]:
    """Lint, and refuse.

    Returns:
        The warnings.
    Raises:
        PolicyRefusedError: with every finding.
    """
    findings = lint(policy, types)
    if any(finding.severity is Severity.REFUSED for finding in findings):
        raise PolicyRefusedError(policy.id, findings)
    return findings


def lint(policy: Policy, types: Iterable[CredentialType]) -> tuple[Finding, ...]:
    """Every finding about a policy.

    Args:
        policy: what is looked at.
        types: the published credential types; one that a policy asks for by SD-JWT may be of somebody else.
    """
    known = {kind.vct: kind for kind in types}
    return (
        *_forbidden(policy, known),
        *_rules(policy),
        *_pseudonym(policy),
        *_retention(policy),
        *_transaction(policy),
        *_persons(policy),
        *(finding for place in _places(policy) for finding in _asked(policy, *place, known)),
    )


def _places(policy: Policy) -> Iterator[tuple[str, AskedCredential]]:
    for index, query in enumerate(policy.queries):
        for position, asked in enumerate(query.credentials):
            yield f"$.queries[{index}].dcql.credentials[{position}]", asked


def _asked(policy: Policy, path: str, asked: AskedCredential, types: Types) -> Iterator[Finding]:
    yield from _unused(policy, path, asked)
    if isinstance(asked, AskedProof):
        yield from _proof(policy, path, asked, types)
    else:
        yield from _sd_jwt(path, asked, types)


def _criteria(policy: Policy, types: Types) -> Iterator[tuple[str, str]]:
    """(path, text) of every identifier, value and claim title that takes part in a decision."""
    yield "$.name", policy.id.name
    for path, asked in _places(policy):
        for claim in _claims(asked):
            for part in claim:
                yield f"{path}.{'.'.join(claim)}", part
            for vct in asked.vcts:
                if len(claim) == 1 and vct in types and types[vct].has_claim(claim[0]):
                    title = types[vct].claim(claim[0]).title
                    yield f"{path}.{claim[0]}", title.nl
                    yield f"{path}.{claim[0]}", title.en
        if isinstance(asked, AskedProof):
            for predicate in asked.predicates:
                yield f"{path}.meta.predicates.{predicate.id}", predicate.id
            for claim_name, value in asked.constants.items():
                yield f"{path}.meta.constants.{claim_name}", str(value)
    for index, rule in enumerate(policy.rules):
        yield f"$.rules[{index}].id", rule.id
        for part in rule.claim:
            yield f"$.rules[{index}].claim", part
        for wanted in _values(rule):
            yield f"$.rules[{index}]", str(wanted)


def _claims(asked: AskedCredential) -> Iterator[tuple[str, ...]]:
    yield from asked.paths
    if isinstance(asked, AskedProof):
        for predicate in asked.predicates:
            yield from ((claim,) for claim, _ in predicate.sum)


def _values(rule: Rule) -> tuple[object, ...]:
    if isinstance(rule.condition, Equals):
        return (rule.condition.value,)
    return rule.condition.values if isinstance(rule.condition, OneOf) else ()


def _forbidden(policy: Policy, types: Types) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for path, text in _criteria(policy, types):
        subject = forbidden_subject(text)
        if subject is not None and (path, subject) not in seen:
            seen.add((path, subject))
            yield Finding(path, f"speaks of {subject}: no policy may decide on it")
    for index, rule in enumerate(policy.rules):
        for language, text in (("nl", rule.text.nl), ("en", rule.text.en)):
            subject = forbidden_subject(text)
            if subject is not None:
                words = f"speaks of {subject}: check that the rule does not decide on it"
                yield Finding(f"$.rules[{index}].text.{language}", words, Severity.WARNING)


def _rules(policy: Policy) -> Iterator[Finding]:
    """Each rule can be decided whichever way the citizen answers."""
    for index, rule in enumerate(policy.rules):
        path = f"$.rules[{index}]"
        if rule.id == ONCE:
            yield Finding(f"{path}.id", "is a reason of its own: choose another id")
        for query in policy.queries:
            about = [asked for asked in query.credentials if rule.is_about(asked)]
            if not all(_bears_on(rule, asked) for asked in about):
                yield Finding(path, f"looks at something that query {query.id} does not ask for")
            elif not _is_always_answered(query, frozenset(asked.id for asked in about)):
                yield Finding(path, f"is not decided by every answer to query {query.id}")


def _bears_on(rule: Rule, asked: AskedCredential) -> bool:
    if isinstance(rule.condition, Proven):
        return isinstance(asked, AskedProof) and rule.condition.is_among([item.id for item in asked.predicates])
    return rule.claim in asked.paths


def _is_always_answered(query: Query, ids: frozenset[str]) -> bool:
    """Whether every answer to a query has at least one of these credentials."""
    if not query.sets:
        return bool(ids)
    return any(all(ids.intersection(option) for option in options) for options in query.sets)


def _unused(policy: Policy, path: str, asked: AskedCredential) -> Iterator[Finding]:
    about = [rule for rule in policy.rules if rule.is_about(asked)]
    for claim in asked.paths:
        if not any(rule.claim == claim for rule in about):
            yield Finding(f"{path}.{'.'.join(claim)}", "is asked for, and no rule uses it")
    if not isinstance(asked, AskedProof):
        return
    for index, predicate in enumerate(asked.predicates):
        is_used = any(isinstance(rule.condition, Proven) and rule.condition.predicate == predicate.id for rule in about)
        if not is_used and _shape(predicate) not in (_EXPIRY, _RECOVERY):
            yield Finding(f"{path}.meta.predicates[{index}]", "is asked for, and no rule uses it")


def _shape(rule: PredicateRule) -> tuple[tuple[tuple[str, int], ...], int, int, int]:
    return rule.sum, rule.plus, rule.per_as_of, rule.per_period_start


def _pseudonym(policy: Policy) -> Iterator[Finding]:
    if policy.pseudonym is None:
        return
    for query in policy.queries:
        proofs = [asked for asked in query.credentials if isinstance(asked, AskedProof)]
        if len(proofs) != 1 or not _is_always_answered(query, frozenset(asked.id for asked in proofs)):
            yield Finding("$.pseudonym", f"needs exactly one claim proof in every answer to query {query.id}")
    scopes = {asked.scope for _, asked in _places(policy) if isinstance(asked, AskedProof)}
    if len(scopes) > 1:
        yield Finding("$.pseudonym", "needs one scope in all queries: otherwise a person has several pseudonyms")


def _retention(policy: Policy) -> Iterator[Finding]:
    for index, path in enumerate(policy.retention.keep):
        if not any(rule.claim == path for rule in policy.rules):
            yield Finding(f"$.retention.keep[{index}]", "is not a claim that a rule uses")


def _transaction(policy: Policy) -> Iterator[Finding]:
    if policy.transaction is not None and any(len(query.credentials) > 1 for query in policy.queries):
        yield Finding("$.transaction", "is confirmed with one credential: each query must ask for exactly one")


def _persons(policy: Policy) -> Iterator[Finding]:
    """Credentials that count together are of one person, and only equal pseudonyms can show that."""
    for index, query in enumerate(policy.queries):
        proofs = [asked for asked in query.credentials if isinstance(asked, AskedProof)]
        is_one_person = len(proofs) == len(query.credentials) and len({asked.scope for asked in proofs}) == 1
        if _asks_together(query) and not is_one_person:
            words = "is answered with several credentials: all must be claim proofs with one scope, or two people could"
            yield Finding(f"$.queries[{index}].dcql.credentials", f"{words} answer together")


def _asks_together(query: Query) -> bool:
    """Whether an answer can need more than one credential; each option alone is an alternative."""
    if not query.sets:
        return len(query.credentials) > 1
    return len(query.sets) > 1 or any(len(option) > 1 for option in query.sets[0])


def _sd_jwt(path: str, asked: AskedSdJwt, types: Types) -> Iterator[Finding]:
    for vct in asked.vcts:
        if vct not in types:
            continue
        for claim in asked.paths:
            if len(claim) != 1 or not types[vct].has_claim(claim[0]):
                yield Finding(f"{path}.{'.'.join(claim)}", "is not a claim of the credential type")
            elif types[vct].claim(claim[0]).kind in (ClaimKind.CENTS, ClaimKind.DATE):
                words = "shows an exact amount or date: a claim proof would hide it"
                yield Finding(f"{path}.{claim[0]}", words, Severity.WARNING)


def _proof(policy: Policy, path: str, asked: AskedProof, types: Types) -> Iterator[Finding]:
    shapes = [_shape(predicate) for predicate in asked.predicates]
    if _EXPIRY not in shapes:
        yield Finding(f"{path}.meta.predicates", "must have exp - as_of >= 0: an expired credential proves nothing")
    is_yearly = policy.pseudonym is not None and policy.pseudonym.period is Period.CALENDAR_YEAR
    if policy.pseudonym is not None and policy.pseudonym.once and is_yearly and _RECOVERY not in shapes:
        words = "must have period start - 1 - recovered_at >= 0: otherwise a new wallet is a new person in one period"
        yield Finding(f"{path}.meta.predicates", words)
    if asked.vct not in types:
        yield Finding(f"{path}.meta.vct_values", "is not a published credential type")
        return
    kind = types[asked.vct]
    unknown = [claim for (claim, *_) in _claims(asked) if not kind.has_claim(claim)]
    for claim in unknown:
        yield Finding(f"{path}.{claim}", "is not a claim of the credential type")
    if not unknown:
        yield from _soundness(path, asked, kind)


def _soundness(path: str, asked: AskedProof, kind: CredentialType) -> Iterator[Finding]:
    """claim.md 3.1 to 3.5, in the first and the last year that anything can be asked."""
    for name in {name for predicate in asked.predicates for name, _ in predicate.sum}:
        if not kind.claim(name).kind.is_numeric:
            yield Finding(f"{path}.{name}", "is hashed: a hash used as a number is forgeable")
            return
    for year in (FIRST_YEAR, LAST_YEAR):
        starts = day_number(date(year, 1, 1))
        try:
            constants = [
                Constant(kind.position(name), kind.scalar(name, value)) for name, value in asked.constants.items()
            ]
            shown = [Disclosed(kind.position(rule.claim), rule.minimum, rule.maximum) for rule in asked.disclosed]
            ClaimTerms(
                header=kind.type_header,
                constants=tuple(sorted(constants, key=lambda constant: constant.position)),
                disclosed=tuple(sorted(shown, key=lambda claim: claim.position)),
                predicates=tuple(compile_predicate(rule, kind, starts, path) for rule in asked.predicates),
            )
        except (TermsError, ClaimValueError, DocumentError) as error:
            yield Finding(f"{path}.meta", str(error))
            return
