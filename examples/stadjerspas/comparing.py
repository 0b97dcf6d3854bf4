# SPDX-License-Identifier: EUPL-1.2
"""What shops, the desk and an observer find when they put everything together that they saw. Pure.

A use is cut as the protocol writes it (claim.md section 5): points, scalars, short responses; the shop's signature, the
nullifier. What two uses of one pass share of that would link them. The published values that every use shows (pass,
desk, offer, price, day) are no part of it: they are the same for everybody.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations

from programmable_money.messages.passes import ActivationMessage, OfferUseMessage, SignedOfferUse

__all__ = ["activation_pieces", "pieces_of", "shared_by_shops", "use_pieces"]

_POINT, _SCALAR, _SHORT = 96, 32, 16


def pieces_of(octets: bytes) -> frozenset[bytes]:
    """Every 16, 32 and 96 octets in a row that begin at a multiple of 16: whatever a value of the protocol could be."""
    return frozenset(
        octets[at : at + size]
        for size in (_SHORT, _SCALAR, _POINT)
        for at in range(0, len(octets) - size + 1, _SHORT)
        if any(octets[at : at + size])
    )


def use_pieces(use: SignedOfferUse | OfferUseMessage) -> frozenset[bytes]:
    """Everything that a shop saw of a use but the published values."""
    shown = use.shown if isinstance(use, SignedOfferUse) else use
    signature = pieces_of(use.signature) if isinstance(use, SignedOfferUse) else frozenset()
    return pieces_of(shown.proof) | signature | {shown.nullifier}


def activation_pieces(message: ActivationMessage) -> frozenset[bytes]:
    """Everything that an observer saw of an activation."""
    return pieces_of(message.proof) | {message.nullifier, bytes.fromhex(message.account[2:])}


def shared_by_shops(uses: Mapping[str, Iterable[SignedOfferUse]]) -> int:
    """How many values any two shops find that both of them saw."""
    seen = {shop: frozenset[bytes]().union(*map(use_pieces, shown)) for shop, shown in uses.items()}
    return sum(len(seen[one] & seen[other]) for one, other in combinations(seen, 2))
