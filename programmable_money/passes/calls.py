# SPDX-License-Identifier: EUPL-1.2
"""What anyone may ask of a pass's contract: how an activation and a use are put to it. Pure."""

from typing import Final

from programmable_money.calls import ContractCall
from programmable_money.messages.passes import ActivationMessage, SignedOfferUse

__all__ = ["ACTIVATION", "USE", "activate_call", "use_call"]

ACTIVATION: Final = 0
"""The terms of an activation."""
USE: Final = 1
"""The terms of a use."""

_PASS = "Pass"  # noqa: S105 - no password


def activate_call(message: ActivationMessage) -> ContractCall:
    """Mark a claim's account as the holder of a pass."""
    return ContractCall("activate", (message.key_id, message.account, message.as_of, message.proof), _PASS)


def use_call(use: SignedOfferUse) -> ContractCall:
    """Owe the shop what the sponsor pays of an offer."""
    shown = use.shown
    place = shown.offer, shown.number, shown.key_id
    return ContractCall("use", (*place, shown.merchant, shown.price, shown.as_of, shown.proof, use.signature), _PASS)
