# SPDX-License-Identifier: EUPL-1.2
"""Four eyes: what the proposer and the approver of a batch sign (EIP-712), each with a key of their own. Pure.

Invariants:

- A proposal is no approval: they are different structures, so that no signature can be used as the other.
- The signature covers the batch's digest, in the domain of its fund and chain.
"""

from dataclasses import dataclass
from typing import ClassVar

from programmable_money.messages import PaymentDomain
from programmable_money.messages.typed import SignedMessage, TypedMessage, sign_typed
from programmable_money.settlement.model import Batch
from programmable_money.settlement.payment_file import reference_octets

__all__ = ["SettlementApproval", "SettlementProposal", "SignedDecision", "sign_approval", "sign_proposal"]


@dataclass(frozen=True, slots=True)
class SettlementProposal(TypedMessage):
    """I propose to pay this batch."""

    reference: bytes
    digest: bytes
    MEMBERS: ClassVar = (("reference", "bytes32"), ("digest", "bytes32"))


@dataclass(frozen=True, slots=True)
class SettlementApproval(TypedMessage):
    """I looked at this batch, which somebody else proposed, and it may be paid."""

    reference: bytes
    digest: bytes
    MEMBERS: ClassVar = (("reference", "bytes32"), ("digest", "bytes32"))


@dataclass(frozen=True, slots=True)
class SignedDecision(SignedMessage):
    """A decision with its signature; ``signer`` says whose."""

    KIND: ClassVar = "decision"
    decision: SettlementProposal | SettlementApproval

    def message(self) -> TypedMessage:
        """The structure that was signed."""
        return self.decision


def sign_proposal(batch: Batch, private_key: bytes) -> SignedDecision:
    """Sign as the proposer (key of 32 octets)."""
    return _sign(batch, SettlementProposal(reference_octets(batch.reference), batch.digest), private_key)


def sign_approval(batch: Batch, private_key: bytes) -> SignedDecision:
    """Sign as the approver (key of 32 octets)."""
    return _sign(batch, SettlementApproval(reference_octets(batch.reference), batch.digest), private_key)


def _sign(batch: Batch, decision: SettlementProposal | SettlementApproval, private_key: bytes) -> SignedDecision:
    domain = PaymentDomain(batch.chain_id, batch.fund)
    return SignedDecision(domain, sign_typed(domain.typed_data(decision), private_key), decision)
