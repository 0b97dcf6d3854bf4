# SPDX-License-Identifier: EUPL-1.2
"""A fund on a chain, described for wallets: the money side's reading becomes the wallet's ``ProgrammeView``.

The wallet believes none of it (``holder.programme``); this only saves it from having to read a chain.
"""

from collections.abc import Iterable

from holder.programme import AcceptedKey, AskedTerms, ProgrammeView
from programmable_money.fund import Fund
from programmable_money.rules import RulesTuple
from ssi.claim.terms import Constant, Predicate, Term

__all__ = ["describe_programme"]


def describe_programme(fund: Fund, keys: Iterable[bytes]) -> ProgrammeView:
    """Describe a fund.

    Args:
        fund: as its chain has it.
        keys: ids of validators' keys, 32 octets each; those that the fund has accepted are described.
    """
    scope, registry = fund.scope(), fund.registry()
    accepted = []
    for key in keys:
        statement = fund.statement(key)
        if statement is not None:
            accepted.append(AcceptedKey(key, registry.key(key).public_key, statement))
    return ProgrammeView(scope, scope.context_id, _asked(fund.raw_rules()[-1]), tuple(accepted))


def _asked(terms: RulesTuple) -> AskedTerms:
    type_id, constants, disclosed, predicates = terms
    return AskedTerms(
        type_id,
        tuple(Constant(*constant) for constant in constants),
        tuple(disclosed),
        tuple(
            Predicate(tuple(Term(*term) for term in asked), constant, per_day)
            for asked, constant, per_day in predicates
        ),
    )
