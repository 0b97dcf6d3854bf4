# SPDX-License-Identifier: EUPL-1.2
"""Rulebooks for the tests of spending rules, and a node that tells of another amount than was paid."""

import json
from collections.abc import Callable
from typing import Any, Final

import specs
from ssi.rulebook.model import Rulebook
from tests.flows.audited import Town, logs_of

VOUCHERS: Final = Rulebook.from_json(specs.rulebook_octets("kindpakket-vouchers", 1))


def variant(name: str, **changes: Any) -> Rulebook:
    """The published Kindpakket under another name, with other members.

    Args:
        changes: members of the document; a dict is merged into the member's own.
    """
    document = json.loads(specs.rulebook_octets("kindpakket", 1))
    document["name"] = name
    for member, value in changes.items():
        document[member] = {**document[member], **value} if isinstance(value, dict) else value
    return Rulebook.from_json(json.dumps(document).encode())


def with_category_limit(cents: int, category: str = "toys") -> dict[str, Any]:
    """The ``spending`` of the Kindpakket with a limit for one category."""
    spending: dict[str, Any] = json.loads(specs.rulebook_octets("kindpakket", 1))["spending"]
    return {
        "categories": [
            {**item, "limit_cents": cents} if item["id"] == category else item for item in spending["categories"]
        ]
    }


def other_amount(town: Town, log: Any, cents: int) -> Callable[[str, list[Any], Any], Any]:
    """A node that says of one payment or refund that it was of so many cents."""

    def change(method: str, parameters: list[Any], result: Any) -> Any:
        for found in logs_of(method, result):
            if found["transactionHash"] == log["transactionHash"] and found["topics"][0] == log["topics"][0]:
                found["data"] = f"0x{cents:064x}"
        return result

    return change
