# SPDX-License-Identifier: EUPL-1.2
"""A policy's query as it is sent: the DCQL document of one request.

What the published policy leaves open is filled in here: the validators' BBS keys that are trusted at this moment, the
first day of the period, and the period in the scope.
"""

from collections.abc import Callable, Sequence
from datetime import date

from ssi.base64url import encode_base64url
from ssi.credential.days import day_number
from verifier.policy.asked import AskedCredential, AskedProof, Query
from verifier.policy.model import Period, Policy

__all__ = ["KeysOfType", "dcql_query", "scope_of"]

KeysOfType = Callable[[str], Sequence[bytes]]
"""The BBS keys (96 octets each) that are accepted now for a ``vct``."""


def dcql_query(policy: Policy, query: Query, *, today: date, keys: KeysOfType) -> dict[str, object]:
    """The DCQL query (OpenID4VP 1.0, section 6; presentation.md for claim proofs).

    Args:
        policy: of which ``query`` is one.
        query: what is asked.
        today: the day in the policy's time zone.
        keys: where the keys come from; asked for claim proofs only.
    """
    document: dict[str, object] = {"credentials": [_asked(policy, asked, today, keys) for asked in query.credentials]}
    if query.sets:
        document["credential_sets"] = [{"options": [list(option) for option in options]} for options in query.sets]
    return document


def scope_of(policy: Policy, asked: AskedProof, today: date) -> str:
    """The scope of a claim proof's pseudonym: with the year, when the policy asks for a new one each year."""
    if policy.pseudonym is not None and policy.pseudonym.period is Period.CALENDAR_YEAR:
        return f"{asked.scope}/{today.year}"
    return asked.scope


def _asked(policy: Policy, asked: AskedCredential, today: date, keys: KeysOfType) -> dict[str, object]:
    head: dict[str, object] = {"id": asked.id, "format": asked.format}
    if not isinstance(asked, AskedProof):
        claims = [{"path": list(path)} for path in asked.paths]
        return head | {"meta": {"vct_values": list(asked.vcts)}, "claims": claims}
    starts = day_number(date(today.year, 1, 1))
    predicates = [
        {
            "sum": dict(rule.sum),
            "plus": rule.plus + rule.per_period_start * starts,
            "per_as_of": rule.per_as_of,
            "text": {"nl": rule.text.nl, "en": rule.text.en},
        }
        for rule in asked.predicates
    ]
    meta = {
        "vct_values": [asked.vct],
        "scope": scope_of(policy, asked, today),
        "constants": dict(asked.constants),
        "disclosed": {rule.claim: [rule.minimum, rule.maximum] for rule in asked.disclosed},
        "predicates": predicates,
        "keys": [encode_base64url(key) for key in keys(asked.vct)],
    }
    return head | {"meta": meta}
