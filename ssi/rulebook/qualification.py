# SPDX-License-Identifier: EUPL-1.2
"""What a citizen qualifies for, computed locally: nobody learns that they looked.

Evaluates the compiled terms, the same integers that a claim proof is made from, so that "allowed" here and a claim that
verifies are one statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ssi.credential.days import day_number
from ssi.credential.document import Wording
from ssi.credential.types import ClaimValue, CredentialType
from ssi.rulebook.claim_rules import ClaimRules
from ssi.rulebook.handout import Allotment
from ssi.rulebook.model import Rulebook
from ssi.rulebook.period import Period
from ssi.rulebook.terms import compile_rules

__all__ = ["Allowed", "Denial", "Denied", "denial_codes", "denials", "qualify"]


@dataclass(frozen=True, slots=True)
class Denial:
    """One rule that is not met. No value of the credential is in it.

    Attributes:
        code: a predicate's id, ``<claim>_differs``, ``<claim>_below_minimum`` or ``<claim>_above_maximum``.
        text: the rule in words.
    """

    code: str
    text: Wording


@dataclass(frozen=True, slots=True)
class Allowed:
    """The citizen qualifies.

    Attributes:
        amount_cents: what a claim credits at once; 0 for a pass and for tasks.
    """

    amount_cents: int


@dataclass(frozen=True, slots=True)
class Denied:
    """The citizen does not qualify: every rule that is not met, in the rulebook's order."""

    reasons: tuple[Denial, ...]


def denial_codes(rules: ClaimRules) -> tuple[str, ...]:
    """Every code that ``denials`` can give for these rules."""
    constants = [f"{rule.claim}_differs" for rule in rules.constants]
    if rules.period_claim is not None:
        constants.append(f"{rules.period_claim}_differs")
    bounds = [f"{rule.claim}_{side}" for rule in rules.disclosed for side in ("below_minimum", "above_maximum")]
    return (*constants, *bounds, *(rule.id for rule in rules.predicates))


def qualify(
    values: Mapping[str, ClaimValue], rulebook: Rulebook, credential_type: CredentialType, *, period: int, as_of: date
) -> Allowed | Denied:
    """Decide whether a credential's values meet a rulebook, and for how much.

    Whether the period is open is a question of the clock, not of the credential: ``Period.bounds(period).is_open(at)``.

    Args:
        values: the credential's claims by name.
        rulebook: the rules, linted.
        credential_type: the type that the rulebook names.
        period: the year to claim for.
        as_of: the day of the claim (UTC).
    Raises:
        ClaimValueError: values that are not of the credential type.
        DocumentError, TermsError, ValueError: as ``ssi.rulebook.terms.terms``.
    """
    found = denials(values, rulebook.rules, credential_type, rulebook.period, period=period, as_of=as_of)
    if found:
        return Denied(found)
    if not isinstance(rulebook.handout, Allotment):
        return Allowed(0)
    scalars = credential_type.scalars(values)
    shown = {rule.claim: scalars[credential_type.position(rule.claim)] for rule in rulebook.rules.disclosed}
    return Allowed(rulebook.handout.cents(shown))


def denials(
    values: Mapping[str, ClaimValue],
    rules: ClaimRules,
    credential_type: CredentialType,
    year: Period,
    *,
    period: int,
    as_of: date,
) -> tuple[Denial, ...]:
    """Every rule that a credential's values do not meet, in the rulebook's order; as ``qualify``."""
    compiled = compile_rules(rules, credential_type, year, period)
    scalars = credential_type.scalars(values)
    found: list[Denial] = []
    for constant in compiled.constants:
        if scalars[constant.position] != constant.scalar:
            claim = credential_type.claims[constant.position]
            text = Wording(f"{claim.title.nl}: niet van dit programma.", f"{claim.title.en}: not of this programme.")
            found.append(Denial(f"{claim.name}_differs", text))
    for rule in rules.disclosed:
        title, value = credential_type.claim(rule.claim).title, scalars[credential_type.position(rule.claim)]
        if value < rule.minimum:
            text = Wording(f"{title.nl}: ten minste {rule.minimum}.", f"{title.en}: at least {rule.minimum}.")
            found.append(Denial(f"{rule.claim}_below_minimum", text))
        if value > rule.maximum:
            text = Wording(f"{title.nl}: ten hoogste {rule.maximum}.", f"{title.en}: at most {rule.maximum}.")
            found.append(Denial(f"{rule.claim}_above_maximum", text))
    today = day_number(as_of)
    for predicate_rule, predicate in zip(rules.predicates, compiled.predicates, strict=True):
        if predicate.evaluate(scalars, today) < 0:
            found.append(Denial(predicate_rule.id, predicate_rule.text))
    return tuple(found)
