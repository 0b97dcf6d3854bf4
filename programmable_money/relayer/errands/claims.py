# SPDX-License-Identifier: EUPL-1.2
"""Claims of funds."""

from dataclasses import dataclass

from programmable_money.calls import ContractCall, claim_call
from programmable_money.messages import ClaimMessage
from programmable_money.messages.passes import pseudonym_hash
from programmable_money.relayer.errands.effects import Effect
from programmable_money.relayer.errands.errand import ErrandKind, ErrandOfOne, address_octets

__all__ = ["ClaimErrand"]


@dataclass(frozen=True, slots=True)
class ClaimErrand(ErrandOfOne[ClaimMessage]):
    """A claim as the wallet made it: its pseudonym and account, however often it was proved."""

    KIND = ErrandKind.CLAIM
    WIRE, PATH = "claim/1", "claims"
    TYPE = ClaimMessage
    EFFECT = Effect(
        "Fund",
        "claim",
        "Claimed",
        {"nullifier": lambda given: pseudonym_hash(given["proof"]), "account": lambda given: given["account"]},
        amount="amount",
    )

    @property
    def achieves(self) -> bytes:
        """Pseudonym and account."""
        return pseudonym_hash(self.message.proof) + address_octets(self.message.account)

    @property
    def call(self) -> ContractCall:
        """What is asked of the fund."""
        return claim_call(self.message)
