# SPDX-License-Identifier: EUPL-1.2
"""Statements, which are built once for a key and a slot and without which nothing can be proved there."""

from dataclasses import dataclass
from typing import Final

from programmable_money.calls import ContractCall
from programmable_money.messages import PaymentDomain
from programmable_money.messages.passes import SignedOfferUse
from programmable_money.messages.tasks import CollectionMessage
from programmable_money.relayer.errands.effects import Effect
from programmable_money.relayer.errands.errand import Errand, ErrandKind, number_octets
from ssi.errors import VerificationError

__all__ = ["NOT_BUILT", "StatementErrand", "is_signed"]

NOT_BUILT: Final = "FundValidatorNotAccepted"
"""What a contract says where the statement is not there."""
_SHARED: Final = "Pass"
"""Passes and task boards have the same function and event."""


@dataclass(frozen=True, slots=True)
class StatementErrand(Errand):
    """A statement of a pass or a task board; no message asks for it, but others need it.

    Attributes:
        contract: where it is built.
        key_id: the validator's or the desk's key in the trust registry, 32 octets.
        terms: number of the terms.
    """

    KIND = ErrandKind.STATEMENT
    EFFECT = Effect(
        _SHARED,
        "accept",
        "SlotAccepted",
        {
            "keyId": lambda given: given["keyId"],
            "slot": lambda given: given["slot"],
            "terms": lambda given: given["terms"],
        },
    )
    contract: PaymentDomain
    key_id: bytes
    slot: int
    terms: int

    @property
    def domain(self) -> PaymentDomain:
        """Where it is built."""
        return self.contract

    @property
    def achieves(self) -> bytes:
        """Key, slot and terms."""
        return self.key_id + number_octets(self.slot, self.terms)

    @property
    def call(self) -> ContractCall:
        """What is asked of the pass or board."""
        return ContractCall("accept", (self.key_id, self.slot, self.terms), _SHARED)


def is_signed(message: SignedOfferUse | CollectionMessage) -> bool:
    """Whether what needs a statement is signed by whom it names."""
    try:
        message.check()
    except VerificationError:
        return False
    return True
