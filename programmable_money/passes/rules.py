# SPDX-License-Identifier: EUPL-1.2
"""A rulebook of a pass in one period as the structure that its contract is opened with. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from programmable_money.messages import Address
from programmable_money.model import to_unix
from programmable_money.rules import RulesTuple, categories_of, terms_of
from ssi.claim.terms import ClaimTerms
from ssi.credential.document import DocumentError
from ssi.credential.types import CredentialType
from ssi.rulebook import lint
from ssi.rulebook.claim_rules import ClaimRules
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import compile_rules

__all__ = ["ACTIVATION_TERMS", "DESK", "USE_TERMS", "PassRules", "pass_rules_of", "summary", "type_for", "use_terms_of"]

ACTIVATION_TERMS: Final = 8
DESK: Final = 9
USE_TERMS: Final = 10
"""Where the contract's rules have the terms of an activation, the desk, and the terms of a use."""


@dataclass(frozen=True, slots=True)
class PassRules:
    """What a pass's contract fixes for ever, apart from its claim terms. Times are unix seconds.

    Attributes:
        rulebook_hash: keccak256 of the published rulebook.
        opens_at: first second of activations and uses; ``activate_until`` and ``closes_at`` are the first ones after.
        activations_per_validator: cap on the activations with one validator's credentials.
        categories: indexes of the categories of shops.
        validators: accounts of the validators whose credentials count for an activation.
        desk: account of the desk that issues pass credentials.
    """

    rulebook_hash: bytes
    period: int
    opens_at: int
    activate_until: int
    closes_at: int
    activations_per_validator: int
    categories: frozenset[int]
    validators: tuple[Address, ...]
    desk: Address


def pass_rules_of(
    rulebook: Rulebook, types: Iterable[CredentialType], period: int, validators: Sequence[Address], desk: Address
) -> RulesTuple:
    """``PassRules`` of the contract, members in its order.

    Args:
        types: the credential types of the activation and of a use, and perhaps others.
        period: the year.
        validators: accounts of the validators whose credentials count for an activation, 1 to 8.
        desk: account of the desk that issues pass credentials.
    Raises:
        RulebookRefusedError: the lint refuses the rulebook.
        DocumentError: it is no rulebook of a pass, or a credential type is missing.
        TermsError: the terms must not be opened.
    """
    known, use = tuple(types), rulebook.pass_use.rules
    activation_type, pass_type = type_for(rulebook.rules, known), type_for(use, known)
    lint.check(rulebook, *dict.fromkeys((activation_type, pass_type)))
    bounds = rulebook.period.bounds(period)
    return (
        rulebook.hash,
        period,
        to_unix(bounds.opens_at),
        to_unix(bounds.claims_until_at),
        to_unix(bounds.closes_at),
        rulebook.claims_per_validator,
        categories_of(rulebook),
        tuple(validators),
        terms_of(compile_rules(rulebook.rules, activation_type, rulebook.period, period)),
        desk,
        terms_of(compile_rules(use, pass_type, rulebook.period, period)),
    )


def use_terms_of(rulebook: Rulebook, types: Iterable[CredentialType], period: int) -> ClaimTerms:
    """What a use must prove; errors as ``pass_rules_of``, but for the lint, which was asked before."""
    rules = rulebook.pass_use.rules
    return compile_rules(rules, type_for(rules, types), rulebook.period, period)


def type_for(rules: ClaimRules, types: Iterable[CredentialType]) -> CredentialType:
    """The credential type that rules name; DocumentError when it is not among these."""
    for known in types:
        if (known.name, known.version) == (rules.type_name, rules.type_version):
            return known
    raise DocumentError(f"{rules.path}.credential_type", "must be a type that is known here")


def summary(rules: RulesTuple) -> PassRules:
    """A pass's rules without the claim terms, typed."""
    return PassRules(
        rulebook_hash=rules[0],
        period=rules[1],
        opens_at=rules[2],
        activate_until=rules[3],
        closes_at=rules[4],
        activations_per_validator=rules[5],
        categories=frozenset(index for index in range(256) if rules[6] >> index & 1),
        validators=rules[7],
        desk=rules[9],
    )
