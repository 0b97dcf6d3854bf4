# SPDX-License-Identifier: EUPL-1.2
"""The wallet's side of a query: which credentials answer it, disclosing as little as it allows (OpenID4VP 6.4).

Invariants:
    * Nothing that was not asked for is ever chosen, and no optional credential is chosen unasked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ssi.errors import Reason, VerificationError
from ssi.openid.dcql import STUIVER_JWP, ClaimsPath, ClaimsQuery, CredentialQuery, DcqlQuery, select

__all__ = ["Choice", "Held", "Matched", "match"]


@dataclass(frozen=True, slots=True)
class Held:
    """A credential that the wallet holds; copies of one credential are one ``Held``. Personal."""

    id: str
    """The wallet's own name for it."""
    format: str
    vct: str
    claims: Mapping[str, object] = field(repr=False, hash=False)
    """Every claim; arrays as the credential has them, so that positions agree."""
    authorities: frozenset[tuple[str, str]] = frozenset()
    """(type, value) of every trusted-authority query that it would match."""
    holder_bound: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """A credential that answers a query, and what is disclosed of it."""

    query: CredentialQuery
    held: Held
    paths: tuple[ClaimsPath, ...]
    """The query's own pointers, or single places where only some values are asked for. Empty: nothing beyond what every
    presentation shows and what ``meta`` asks for."""


@dataclass(frozen=True, slots=True)
class Matched:
    """How a wallet can answer a query.

    Attributes:
        chosen: one choice for each credential that has to be sent, in the query's order.
        optional: options that could be added, each with the ids of its queries.
        per_query: every choice for each query that can be answered at all, least disclosure first.
    """

    chosen: tuple[Choice, ...]
    optional: tuple[tuple[str, ...], ...]
    per_query: Mapping[str, tuple[Choice, ...]] = field(hash=False)


def match(query: DcqlQuery, held: Sequence[Held], *, qualifies: Callable[[CredentialQuery, Held], bool]) -> Matched:
    """Match what a wallet holds to what is asked.

    Args:
        query: what is asked.
        held: what the wallet holds, the preferred first.
        qualifies: whether a BBS credential meets the terms in the query's ``meta``; asked for that format only.
    Raises:
        VerificationError: ``QUERY_NOT_MET``.
    """
    per_query: dict[str, tuple[Choice, ...]] = {}
    for credential in query.credentials:
        choices = [choice for one in held if (choice := _choice(credential, one, qualifies)) is not None]
        if choices:
            per_query[credential.id] = tuple(sorted(choices, key=lambda choice: len(choice.paths)))
    needed, optional = _needed(query, per_query)
    chosen = tuple(per_query[credential.id][0] for credential in query.credentials if credential.id in needed)
    return Matched(chosen, optional, MappingProxyType(per_query))


def _choice(query: CredentialQuery, held: Held, qualifies: Callable[[CredentialQuery, Held], bool]) -> Choice | None:
    if not query.accepts(held.format, held.vct, held.authorities):
        return None
    if query.require_holder_binding and not held.holder_bound:
        return None
    if held.format == STUIVER_JWP and not qualifies(query, held):
        return None
    best: tuple[ClaimsPath, ...] | None = None
    for option in query.options:
        paths = _paths(option, held.claims)
        # the verifier's order counts, unless a later option discloses a part of an earlier one
        if paths is not None and (best is None or set(paths) < set(best)):
            best = paths
    return None if best is None else Choice(query, held, best)


def _paths(option: Sequence[ClaimsQuery], claims: Mapping[str, object]) -> tuple[ClaimsPath, ...] | None:
    paths: dict[ClaimsPath, None] = {}
    for claim in option:
        found = claim.select(claims)
        if not found:
            return None
        whole = len(found) == len(select(claims, claim.path))
        paths |= dict.fromkeys((claim.path,) if whole else (path for path, _ in found))
    return tuple(paths)


def _needed(
    query: DcqlQuery, per_query: Mapping[str, Sequence[Choice]]
) -> tuple[frozenset[str], tuple[tuple[str, ...], ...]]:
    """The queries to answer, and the options that may be added."""
    if not query.credential_sets:
        if len(per_query) != len(query.credentials):
            raise VerificationError(Reason.QUERY_NOT_MET)
        return frozenset(per_query), ()
    needed: set[str] = set()
    optional: list[tuple[str, ...]] = []
    for one in query.credential_sets:
        possible = [option for option in one.options if all(name in per_query for name in option)]
        if not one.required:
            optional += possible
        elif possible:
            cheapest: tuple[str, ...] = min(possible, key=lambda option: _cost(option, per_query))
            needed |= set(cheapest)
        else:
            raise VerificationError(Reason.QUERY_NOT_MET)
    return frozenset(needed), tuple(optional)


def _cost(option: Sequence[str], per_query: Mapping[str, Sequence[Choice]]) -> tuple[int, int]:
    """Claims disclosed, then credentials shown."""
    return sum(len(per_query[name][0].paths) for name in option), len(option)
