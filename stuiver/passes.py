# SPDX-License-Identifier: EUPL-1.2
"""How the desk of a pass reaches the chain of the pass, which it does not know itself."""

from dataclasses import dataclass
from typing import Self

from issuer.errors import AccountsUnknownError
from programmable_money.chain import Chain
from programmable_money.model import MoneyError
from programmable_money.passes.accounts import PassAccountsOnChain
from programmable_money.passes.contract import Pass
from ssi.errors import VerificationError
from ssi.rulebook.model import Rulebook

__all__ = ["PassAccountsAtNode"]


@dataclass(frozen=True, slots=True)
class PassAccountsAtNode:
    """``issuer.passes.model.PassAccounts`` by a node; each process opens one of its own."""

    on_chain: PassAccountsOnChain

    @classmethod
    def of(cls, url: str, address: str, rulebook: Rulebook, year: int) -> Self:
        """Connect to a node.

        Raises:
            ValueError: in words: there is no contract, or it is no pass of this rulebook and year.
            AccountsUnknownError: the node does not answer.
        """
        try:
            chain = Chain.rpc(url)
        except MoneyError as error:
            raise AccountsUnknownError from error
        try:
            opened = Pass(chain, chain.at("Pass", address))
            scope = opened.scope()
        except (MoneyError, VerificationError) as error:
            raise ValueError("must be the address of a pass on this chain") from error
        if (scope.rulebook_hash, scope.period) != (rulebook.hash, year):
            raise ValueError("must be the pass of the rulebook and year that this desk is for")
        return cls(PassAccountsOnChain(opened))

    def find_activated(self, unverified_account: str) -> str | None:
        """The account in its one form, if the contract has activated it."""
        try:
            return self.on_chain.find_activated(unverified_account)
        except MoneyError as error:
            raise AccountsUnknownError from error

    def has_signed(self, account: str, nonce: bytes, request: bytes, signature: bytes) -> bool:
        """Whether the account signed this request under this nonce, for this pass."""
        return self.on_chain.has_signed(account, nonce, request, signature)
