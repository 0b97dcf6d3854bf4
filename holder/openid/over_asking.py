# SPDX-License-Identifier: EUPL-1.2
"""What a request asks for and could do without.

A proof shows no number, and several proofs can still give one away. ``_narrowed`` works out what all proofs of one
credential together say of each number, with everything else that is shown or confirmed, and refuses what leaves less
than ``_NARROW`` open.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from holder.eligibility import Held as HeldProvable
from holder.openid.disclosure import CopyDisclosure, Disclosure, ProofDisclosure, ShownClaim
from holder.openid.errors import Excess, ExcessReason
from ssi.credential.claim_kinds import ClaimKind
from ssi.credential.days import day_number
from ssi.rulebook.claim_rules import PredicateRule
from ssi.rulebook.forbidden import forbidden_subject

__all__ = ["excesses_of"]

_NEVER_SHOWN: Final = frozenset(
    {"nationality", "origin", "ethnicity", "religion", "sexual orientation", "political or union membership"}
)
"""Of the subjects that no rulebook may decide on, those that no verifier is shown (GDPR article 9, and origin)."""
_NARROW: Final = {ClaimKind.CENTS: 10_000, ClaimKind.DATE: 366, ClaimKind.COUNT: 2}
"""Cents, days, pieces: what is known closer than this is as good as shown."""
_EXACT: Final = frozenset({ClaimKind.CENTS, ClaimKind.DATE})
_OF_THE_CREDENTIAL: Final = frozenset({"exp", "recovered_at"})
"""Numbers about the credential itself; every request may ask about them."""
_Range = tuple[int, int]


def excesses_of(plan: Disclosure, provable: Collection[HeldProvable], as_of: date) -> tuple[Excess, ...]:
    """Every claim that the request could do without, with the gravest reason.

    Args:
        plan: what would answer the request.
        provable: the wallet's credentials that prove statements.
        as_of: the day of the proofs.
    """
    found = []
    for part in plan.parts:
        for claim in part.shown:
            names = (claim.name, claim.title.nl, claim.title.en)
            if any(forbidden_subject(name) in _NEVER_SHOWN for name in names):
                found.append(Excess(claim.name, ExcessReason.FORBIDDEN_SUBJECT))
            elif not plan.is_known and not claim.is_yes_or_no:
                found.append(Excess(claim.name, ExcessReason.UNKNOWN_VERIFIER))
            elif _is_exact(part, claim, provable):
                found.append(Excess(claim.name, ExcessReason.EXACT_VALUE))
    for proofs in _by_credential(plan.proofs):
        found += [Excess(name, ExcessReason.NARROWED_DOWN) for name in _narrowed(proofs, as_of, is_known=plan.is_known)]
    return tuple(found)


def _is_exact(part: CopyDisclosure | ProofDisclosure, claim: ShownClaim, provable: Collection[HeldProvable]) -> bool:
    """Whether it is an amount or a date that the wallet could prove statements about instead."""
    if isinstance(part, ProofDisclosure):
        return not claim.is_confirmed and part.held.type.claim(claim.name).kind in _EXACT
    for held in provable:
        if held.type.vct == part.credential.vct and held.type.has_claim(claim.name):
            return held.type.claim(claim.name).kind.is_numeric
    return False


def _by_credential(proofs: Sequence[ProofDisclosure]) -> Iterator[list[ProofDisclosure]]:
    """The proofs of each credential together; two credentials of one type say the same of their holder."""
    for vct in dict.fromkeys(proof.held.type.vct for proof in proofs):
        yield [proof for proof in proofs if proof.held.type.vct == vct]


def _narrowed(proofs: Sequence[ProofDisclosure], as_of: date, *, is_known: bool) -> Iterator[str]:
    """The numbers that these proofs give away, or nearly; for an unknown asker, each that is asked about twice."""
    kinds = proofs[0].held.type
    rules = [rule for proof in proofs for rule in proof.request.predicates]
    told = {claim.name: claim.value for proof in proofs for claim in proof.shown}
    for definition in kinds.claims:
        name = definition.name
        about = [rule for rule in rules if name in dict(rule.sum)]
        if not about or name in _OF_THE_CREDENTIAL:
            continue
        ranges = {
            claim.name: (value, value) if isinstance(value := told.get(claim.name), int) else (0, (1 << claim.bits) - 1)
            for claim in kinds.claims
            if claim.kind.is_numeric
        }
        low, high = ranges[name]
        for rule in about:
            lowest, highest = _bounds(rule, name, ranges, day_number(as_of))
            low, high = max(low, lowest), min(high, highest)
        if high - low < _NARROW[definition.kind] or (len(about) > 1 and not is_known):
            yield name


def _bounds(rule: PredicateRule, name: str, ranges: Mapping[str, _Range], today: int) -> _Range:
    """What ``a * name + others + constant >= 0`` says of a claim, the others at whatever is most generous."""
    factors = dict(rule.sum)
    a = factors.pop(name)
    room = rule.plus + rule.per_as_of * today
    room += sum(max(factor * bound for bound in ranges[other]) for other, factor in factors.items())
    if a > 0:
        return -(room // a), ranges[name][1]
    return ranges[name][0], room // -a
