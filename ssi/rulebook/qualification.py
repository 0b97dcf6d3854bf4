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
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import terms

__all__ = ["Allowed", "Denial", "Denied", "denial_codes", "qualify"]


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
    """The citizen qualifies, for this many cents."""

    amount_cents: int


@dataclass(frozen=True, slots=True)
class Denied:
    """The citizen does not qualify: every rule that is not met, in the rulebook's order."""

    reasons: tuple[Denial, ...]


def denial_codes(rulebook: Rulebook) -> tuple[str, ...]:
    """Every code that ``qualify`` can give for this rulebook."""
    constants = [f"{rule.claim}_differs" for rule in rulebook.constants]
    bounds = [f"{rule.claim}_{side}" for rule in rulebook.disclosed for side in ("below_minimum", "above_maximum")]
    return (*constants, *bounds, *(rule.id for rule in rulebook.predicates))


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
    compiled = terms(rulebook, credential_type, period)
    scalars = credential_type.scalars(values)
    denials: list[Denial] = []
    for constant in rulebook.constants:
        position = credential_type.position(constant.claim)
        if scalars[position] != credential_type.scalar(constant.claim, constant.value):
            title = credential_type.claims[position].title
            text = Wording(f"{title.nl}: niet van dit programma.", f"{title.en}: not of this programme.")
            denials.append(Denial(f"{constant.claim}_differs", text))
    disclosed = {rule.claim: scalars[credential_type.position(rule.claim)] for rule in rulebook.disclosed}
    for rule in rulebook.disclosed:
        title = credential_type.claim(rule.claim).title
        if disclosed[rule.claim] < rule.minimum:
            text = Wording(f"{title.nl}: ten minste {rule.minimum}.", f"{title.en}: at least {rule.minimum}.")
            denials.append(Denial(f"{rule.claim}_below_minimum", text))
        if disclosed[rule.claim] > rule.maximum:
            text = Wording(f"{title.nl}: ten hoogste {rule.maximum}.", f"{title.en}: at most {rule.maximum}.")
            denials.append(Denial(f"{rule.claim}_above_maximum", text))
    today = day_number(as_of)
    for predicate_rule, predicate in zip(rulebook.predicates, compiled.predicates, strict=True):
        if predicate.evaluate(scalars, today) < 0:
            denials.append(Denial(predicate_rule.id, predicate_rule.text))
    return Denied(tuple(denials)) if denials else Allowed(rulebook.allotment.cents(disclosed))
