# SPDX-License-Identifier: EUPL-1.2
"""A pass as its chain describes it: one JSON text that a wallet can take from anybody, because it checks all of it.

It is the same for everybody, so that fetching it says nothing about who looks and at what. Which uses were made is a
text of its own: a wallet that was restored looks up its own uses in the whole list, and asks about no single one.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from programmable_money.description import terms_to_json
from programmable_money.messages import parse_address
from programmable_money.messages.pass_offers import PassOffer
from programmable_money.messages.passes import ACTIVATION_SLOT
from programmable_money.model import ChainEvent
from programmable_money.passes.calls import ACTIVATION, USE
from programmable_money.passes.contract import Pass
from programmable_money.passes.rules import ACTIVATION_TERMS, DESK, USE_TERMS

__all__ = ["describe_pass", "describe_uses", "desk_keys_of"]

_S: Final = slice(1, 33)
"""Where a statement's data contract has S, after a leading STOP."""


def describe_pass(of: Pass, documents: Mapping[int, PassOffer]) -> str:
    """The description ``pass/1``: scope of slot 0, both terms, keys that are valid now, statements, offers.

    Octets are ``0x`` and lower-case hexadecimal digits; of a statement only S is given.

    Args:
        documents: the offers' published documents by number; one that is missing is described without its text.
    """
    rules, registry, domain = of.raw_rules(), of.registry(), of.domain
    events = of.chain.events([of.contract])
    slots = [event.arguments for event in events if event.name == "SlotAccepted"]
    statements = {
        (given["keyId"], given["slot"], given["terms"]): of.chain.code(given["statement"])[_S] for given in slots
    }
    keys = [key for key, slot, terms in statements if (slot, terms) == (ACTIVATION_SLOT, ACTIVATION)]
    content: dict[str, Any] = {
        "stuiver": "pass/1",
        "chain": domain.chain_id,
        "pass": domain.fund,
        "rulebook": _hex(rules[0]),
        "period": rules[1],
        "scope": _hex(of.scope_of(ACTIVATION_SLOT).context_id),
        "activation": terms_to_json(rules[ACTIVATION_TERMS]),
        "use": terms_to_json(rules[USE_TERMS]),
        "keys": [
            {
                "key": _hex(key),
                "public_key": _hex(registry.key(key).public_key),
                "s": _hex(statements[key, ACTIVATION_SLOT, ACTIVATION]),
            }
            for key in keys
            if registry.is_valid(key)
        ],
        "desk_keys": [{"key": _hex(key), "public_key": _hex(found)} for key, found in desk_keys_of(of).items()],
        "statements": [
            {"key": _hex(key), "slot": slot, "s": _hex(s)}
            for (key, slot, terms), s in statements.items()
            if terms == USE
        ],
        "offers": _offers(events, documents),
    }
    return json.dumps(content, indent=1)


def describe_uses(of: Pass) -> str:
    """The list ``pass-uses/1`` of all nullifiers that the pass has ever taken, activations among them."""
    events = of.chain.events([of.contract])
    found = [_hex(event.arguments["nullifier"]) for event in events if event.name in {"Activated", "OfferUsed"}]
    return json.dumps({"stuiver": "pass-uses/1", "nullifiers": found}, indent=1)


def desk_keys_of(of: Pass) -> dict[bytes, bytes]:
    """The keys with which the desk issues pass credentials and that are valid now: 256 octets in EVM form, by id."""
    rules, registry = of.raw_rules(), of.registry()
    added = (
        event.arguments["keyId"]
        for event in of.chain.events([registry.contract])
        if event.name == "KeyAdded" and event.arguments["validator"] == rules[DESK]
    )
    keys = {key: registry.key(key) for key in added}
    type_id = rules[USE_TERMS][0]
    return {key: found.public_key for key, found in keys.items() if found.type_id == type_id and registry.is_valid(key)}


def _offers(events: tuple[ChainEvent, ...], documents: Mapping[int, PassOffer]) -> list[dict[str, Any]]:
    used: dict[int, int] = {}
    withdrawn: set[int] = set()
    for event in events:
        if event.name == "OfferUsed":
            used[event.arguments["offer"]] = used.get(event.arguments["offer"], 0) + 1
        elif event.name == "OfferWithdrawn":
            withdrawn.add(event.arguments["offer"])
    return [
        _offer(event.arguments["offer"], event.arguments["terms"], used, withdrawn, documents)
        for event in events
        if event.name == "OfferPublished"
    ]


def _offer(
    number: int,
    terms: tuple[Any, ...],
    used: Mapping[int, int],
    withdrawn: set[int],
    documents: Mapping[int, PassOffer],
) -> dict[str, Any]:
    description, merchant, *numbers = terms
    names = ("category", "reduction", "uses_per_pass", "sponsor_percent", "months", "price", "value", "max_reduction")
    document = documents.get(number)
    return {
        "offer": number,
        "description": _hex(description),
        "merchant": parse_address(merchant),
        **dict(zip((*names, "starts_at", "ends_at", "total"), numbers, strict=True)),
        "used": used.get(number, 0),
        "is_withdrawn": number in withdrawn,
        "document": None if document is None else document.octets.decode(),
    }


def _hex(octets: bytes) -> str:
    return "0x" + octets.hex()
