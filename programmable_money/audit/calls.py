# SPDX-License-Identifier: EUPL-1.2
"""Our contracts' calls, wherever they stand in a transaction's input. Pure.

A wallet's claim may be carried by a plain transaction or inside a call of another contract. Either way its octets are
in the input, and a proof or a signature is right or wrong wherever it stands.
"""

from collections.abc import Iterator
from typing import Any

from eth_abi.exceptions import DecodingError

from programmable_money.abi import Entry

__all__ = ["calls_in"]


def calls_in(octets: bytes, entry: Entry) -> Iterator[dict[str, Any]]:
    """The arguments of every call of a function that the input may contain, by name.

    Args:
        octets: a transaction's input.
    """
    at = octets.find(entry.selector)
    while at >= 0:
        try:
            found = entry.decode_input(octets[at + len(entry.selector) :])
        except (DecodingError, OverflowError):
            pass
        else:
            yield found
        at = octets.find(entry.selector, at + 1)
