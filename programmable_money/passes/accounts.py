# SPDX-License-Identifier: EUPL-1.2
"""What a desk asks about pass accounts (pass.md 2.2): whether the chain has one activated, and whether it signed.

The issuing side has a protocol for this (``issuer.passes``), which knows of no chain; this is what stands behind it.
"""

from dataclasses import dataclass

from programmable_money.messages.identifiers import parse_address
from programmable_money.messages.passes import PassRequest, SignedPassRequest
from programmable_money.passes.contract import Pass
from ssi.errors import VerificationError

__all__ = ["PassAccountsOnChain"]


@dataclass(frozen=True, slots=True)
class PassAccountsOnChain:
    """The accounts of one pass."""

    contract: Pass

    def find_activated(self, unverified_account: str) -> str | None:
        """The account with its checksum, if the contract has activated it; None for what is no address."""
        try:
            account = parse_address(unverified_account)
        except VerificationError:
            return None
        return account if self.contract.is_activated(account) else None

    def has_signed(self, account: str, nonce: bytes, request: bytes, signature: bytes) -> bool:
        """Whether the account signed this request (288 octets) under this nonce, for this pass on this chain."""
        try:
            signed = SignedPassRequest(self.contract.domain, signature, PassRequest.of(nonce, request))
            signed.check_signer(parse_address(account))
        except VerificationError:
            return False
        return True
