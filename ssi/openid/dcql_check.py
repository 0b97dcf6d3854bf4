# SPDX-License-Identifier: EUPL-1.2
"""The verifier's side of a query: whether what was presented is what was asked for, no less and no more.

Run on verified presentations only; the numbers are those of specs/protocols/openid.md section 5. A verifier never takes
a wallet's word for having matched (OpenID4VP 8.6).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ssi.errors import Reason, VerificationError
from ssi.openid.dcql import ClaimsPath, ClaimsQuery, CredentialQuery, DcqlQuery, is_same_value, select

__all__ = ["Presented", "check_response"]


@dataclass(frozen=True, slots=True)
class Presented:
    """One verified presentation. Personal."""

    format: str
    vct: str
    claims: Mapping[str, object] = field(repr=False, hash=False)
    """What it shows."""
    disclosed: frozenset[ClaimsPath]
    """Where in the credential something stands that was selectively disclosed: names, and positions in the credential's
    own arrays, elements that are not disclosed counted in (as ``ssi.sd_jwt`` gives them)."""
    holder_bound: bool
    authorities: frozenset[tuple[str, str]] = frozenset()


def check_response(query: DcqlQuery, presented: Mapping[str, Sequence[Presented]]) -> None:
    """Check presentations against the query that they answer.

    Args:
        query: as it was sent.
        presented: the verified presentations by the id of the credential query.
    Raises:
        VerificationError: ``QUERY_NOT_MET``, ``MISSING_KEY_BINDING`` or ``OVER_DISCLOSURE``.
    """
    known = {credential.id for credential in query.credentials}
    if not presented.keys() <= known or not all(presented.values()):  # (5.1)
        raise VerificationError(Reason.OVER_DISCLOSURE, "answers what was not asked")
    _check_sets(query, frozenset(presented))  # (5.2)
    for id_, presentations in presented.items():
        credential = query.credential(id_)
        if len(presentations) > 1 and not credential.multiple:  # (5.3)
            raise VerificationError(Reason.OVER_DISCLOSURE, "one credential was asked for")
        for presentation in presentations:
            _check_kind(credential, presentation)  # (5.4)
            _check_claims(credential, presentation, _asked_elsewhere(query, credential, presented, presentation))


def _check_sets(query: DcqlQuery, answered: frozenset[str]) -> None:
    """(5.2) All queries, or one option of each required set and at most one of each other set, and nothing else."""
    if not query.credential_sets:
        if len(answered) != len(query.credentials):
            raise VerificationError(Reason.QUERY_NOT_MET)
        return
    unions = {frozenset[str]()}
    for one in query.credential_sets:
        options = [frozenset(option) for option in one.options if answered.issuperset(option)]
        extended = {union | option for union in unions for option in options}
        unions = extended if one.required else unions | extended
    if not unions:
        raise VerificationError(Reason.QUERY_NOT_MET)
    if answered not in unions:
        raise VerificationError(Reason.OVER_DISCLOSURE, "more credentials than one option of each set")


def _check_kind(query: CredentialQuery, presentation: Presented) -> None:
    if not query.accepts(presentation.format, presentation.vct, presentation.authorities):
        raise VerificationError(Reason.QUERY_NOT_MET)
    if query.require_holder_binding and not presentation.holder_bound:
        raise VerificationError(Reason.MISSING_KEY_BINDING)


def _asked_elsewhere(
    query: DcqlQuery, here: CredentialQuery, presented: Mapping[str, object], presentation: Presented
) -> tuple[ClaimsPath, ...]:
    """Claims of this credential that other answered queries ask for: one presentation may serve both (6.4)."""
    return tuple(
        claim.path
        for other in query.credentials
        if other.id != here.id
        and other.id in presented
        and other.accepts(presentation.format, presentation.vct, presentation.authorities)
        for claim in other.claims
    )


def _check_claims(query: CredentialQuery, presentation: Presented, elsewhere: tuple[ClaimsPath, ...]) -> None:
    """(5.5) One option of the claims is there, (5.6) and nothing selectively disclosed beside it."""
    met = [option for option in query.options if all(_is_met(claim, presentation.claims) for claim in option)]
    if not met:
        raise VerificationError(Reason.QUERY_NOT_MET)
    for option in met:
        asked = (*(claim.path for claim in option), *elsewhere)
        if all(_is_asked(path, asked) for path in presentation.disclosed):
            return
    raise VerificationError(Reason.OVER_DISCLOSURE)


def _is_met(claim: ClaimsQuery, claims: Mapping[str, object]) -> bool:
    found = select(claims, tuple(None if isinstance(step, int) else step for step in claim.path))
    # elements of arrays that are not disclosed are gone, so what stood at an index may stand at a lower one
    fitting = [value for path, value in found if _covers(claim.path, path, moved=True)]
    if not claim.values:
        return bool(fitting)
    return any(is_same_value(value, expected) for value in fitting for expected in claim.values)


def _is_asked(disclosed: ClaimsPath, asked: Iterable[ClaimsPath]) -> bool:
    return any(_covers(path, disclosed, moved=False) for path in asked)


def _covers(asked: ClaimsPath, path: ClaimsPath, *, moved: bool) -> bool:
    """Whether one path leads to the other: what stands below what was asked is asked, what stands above is the way."""
    for wanted, step in zip(asked, path, strict=False):
        if isinstance(step, str) or isinstance(wanted, str):
            if wanted != step:
                return False
        elif wanted is not None and step is not None and (step > wanted if moved else step != wanted):
            return False
    return True
