# SPDX-License-Identifier: EUPL-1.2
"""Claims in several scopes, one for each slot: ``ISlottedClaims``, which passes and task boards share."""

from eth_account.signers.local import LocalAccount

from programmable_money.chain import Chain, Deployed, Receipt
from programmable_money.messages import ZERO_ADDRESS, Address, PaymentDomain, Scope
from programmable_money.model import MoneyError
from programmable_money.registry import TrustRegistry

__all__ = ["SlottedClaims", "WrongScopeError"]


class WrongScopeError(MoneyError):
    """A contract's scope is not that of its chain, address, rulebook and period."""


class SlottedClaims:
    """The part of a programme's contract that checks claims in slots.

    Whoever mixes it in has ``chain``, ``contract`` and ``address``, and says what its scope is without a slot.
    """

    chain: Chain
    contract: Deployed
    address: Address

    @property
    def domain(self) -> PaymentDomain:
        """What is signed for this contract."""
        return PaymentDomain(self.chain.chain_id, self.address)

    def scope(self) -> Scope:
        """The programme's scope, without a slot."""
        raise NotImplementedError

    # ---- reading ----

    def scope_of(self, slot: int) -> Scope:
        """What claims in this slot are unique in; equal to the contract's own (claim.md 2.1).

        Raises:
            WrongScopeError: the contract's scope is something else.
        """
        scope = self.scope().in_slot(slot)
        if self.chain.call(self.contract, "scopeOf", slot)[0] != scope.context_id:
            raise WrongScopeError("the scope is not that of its chain, address, rulebook, period and slot")
        return scope

    def statement_of(self, key: bytes, slot: int, terms: int) -> bytes | None:
        """The statement octets (claim.md 4.3) of a key in a slot under terms, S first; None if nobody built it yet."""
        address: Address = self.chain.call(self.contract, "statementOf", key, slot, terms)[0]
        return None if address == ZERO_ADDRESS else self.chain.code(address)[1:]

    def is_claimed(self, nullifier: bytes) -> bool:
        """Whether the pseudonym with this nullifier has claimed."""
        return bool(self.chain.call(self.contract, "isClaimed", nullifier)[0])

    def registry(self) -> TrustRegistry:
        """The trust registry that it relies on."""
        return TrustRegistry(self.chain, self.chain.at("TrustRegistry", self.chain.call(self.contract, "registry")[0]))

    # ---- anyone, usually a relayer ----

    def accept(self, key: bytes, slot: int, terms: int, *, sender: LocalAccount | None = None) -> Receipt:
        """Make claims with a validator's key possible in this slot under these terms."""
        return self.chain.send(self.contract, "accept", key, slot, terms, sender=sender)

    def make_sure_of(self, key: bytes, slot: int, terms: int, *, sender: LocalAccount | None = None) -> Receipt | None:
        """``accept``, unless somebody did before; None then."""
        if self.chain.call(self.contract, "statementOf", key, slot, terms)[0] != ZERO_ADDRESS:
            return None
        return self.accept(key, slot, terms, sender=sender)
