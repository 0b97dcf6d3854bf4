# SPDX-License-Identifier: EUPL-1.2
"""Scopes in the wallet's file. Numbers are hexadecimal, since JSON numbers are not safe above 2^53."""

import re
from typing import Final

from programmable_money.messages import Scope, parse_address
from ssi.credential.document import Node
from ssi.errors import VerificationError

__all__ = ["read_scope", "scope_to_json"]

_NUMBER: Final = re.compile(r"[0-9a-f]{1,64}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")


def scope_to_json(scope: Scope) -> list[str]:
    """Chain, contract, rulebook hash, period, and the slot if it has one."""
    parts = [f"{scope.chain_id:x}", scope.fund, scope.rulebook_hash.hex(), f"{scope.period:x}"]
    return parts if scope.slot is None else [*parts, f"{scope.slot:x}"]


def read_scope(node: Node) -> Scope:
    """Read what ``scope_to_json`` wrote; DocumentError."""
    chain, fund, rulebook, period, *slot = node.items(4, 5)
    try:
        address = parse_address(fund.value)
    except VerificationError as error:
        fund.refuse(error.detail)
    numbers = [int(part.text(_NUMBER), 16) for part in (chain, period, *slot)]
    hash_ = bytes.fromhex(rulebook.text(_HASH))
    return Scope(numbers[0], address, hash_, numbers[1], numbers[2] if slot else None)
