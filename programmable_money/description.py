# SPDX-License-Identifier: EUPL-1.2
"""A fund as its chain describes it: one JSON text that a wallet can take from anybody, because it checks all of it."""

import json
from collections.abc import Sequence
from typing import Any

from programmable_money.fund import Fund
from programmable_money.messages import PaymentDomain

__all__ = ["describe", "terms_to_json"]


def describe(fund: Fund) -> str:
    """The description ``programme/1``: scope, claim terms, and the accepted keys that are valid now.

    Octets are ``0x`` and lower-case hexadecimal digits; a statement is without the leading STOP of its data contract.
    """
    domain: PaymentDomain = fund.domain
    rules, registry = fund.raw_rules(), fund.registry()
    accepted = [event for event in fund.chain.events([fund.contract]) if event.name == "Accepted"]
    keys = [event.arguments["keyId"] for event in accepted]
    content: dict[str, Any] = {
        "stuiver": "programme/1",
        "chain": domain.chain_id,
        "fund": domain.fund,
        "rulebook": _hex(rules[0]),
        "period": rules[1],
        "scope": _hex(fund.scope().context_id),
        "terms": terms_to_json(rules[13]),
        "keys": [
            {
                "key": _hex(key),
                "public_key": _hex(registry.key(key).public_key),
                "statement": _hex(fund.statement(key) or b""),
            }
            for key in keys
            if registry.is_valid(key)
        ],
    }
    return json.dumps(content, indent=1)


def terms_to_json(terms: Sequence[Any]) -> dict[str, Any]:
    """``ClaimTerms`` of a contract, as descriptions have them."""
    type_id, constants, disclosed, predicates = terms
    return {
        "type": _hex(type_id),
        "constants": [
            {"position": position, "scalar": _hex(scalar.to_bytes(32, "big"))} for position, scalar in constants
        ],
        "disclosed": list(disclosed),
        "predicates": [
            {
                "terms": [{"position": position, "coefficient": factor} for position, factor in sums],
                "constant": constant,
                "per_as_of": per_as_of,
            }
            for sums, constant, per_as_of in predicates
        ],
    }


def _hex(octets: bytes) -> str:
    return "0x" + octets.hex()
