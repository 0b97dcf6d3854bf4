# SPDX-License-Identifier: EUPL-1.2
"""The municipal euro on a chain: minted against deposits, burnt by settlements."""

from eth_account.signers.local import LocalAccount

from programmable_money.chain import Chain, Deployed, Receipt
from programmable_money.messages import Address
from programmable_money.model import Amount
from ssi.keccak import keccak256

__all__ = ["MunicipalEuro"]

MINTER_ROLE = keccak256(b"MINTER_ROLE")
SETTLER_ROLE = keccak256(b"SETTLER_ROLE")


class MunicipalEuro:
    """One token contract.

    Args:
        contract: where it is; ``Chain.at("MunicipalEuro", address)`` for a known one.
    """

    def __init__(self, chain: Chain, contract: Deployed) -> None:
        self.chain = chain
        self.contract = contract

    @classmethod
    def deploy(cls, chain: Chain, *, admin: LocalAccount, minter: Address) -> "MunicipalEuro":
        """Deploy it and let ``minter`` mint."""
        euro = cls(chain, chain.deploy("MunicipalEuro", admin.address, sender=admin))
        chain.send(euro.contract, "grantRole", MINTER_ROLE, minter, sender=admin)
        return euro

    def admit_fund(self, fund: Address, *, admin: LocalAccount) -> None:
        """Let a fund burn what it settles."""
        self.chain.send(self.contract, "grantRole", SETTLER_ROLE, fund, sender=admin)

    def mint(self, to: Address, amount: Amount, deposit: bytes, *, minter: LocalAccount) -> Receipt:
        """Mint what arrived at the bank.

        Args:
            deposit: the bank's reference of the deposit, 32 octets; counts once.
        """
        return self.chain.send(self.contract, "mint", to, amount.cents, deposit, sender=minter)

    def approve(self, spender: Address, amount: Amount, *, owner: LocalAccount) -> None:
        """Let a fund take an amount from its sponsor."""
        self.chain.send(self.contract, "approve", spender, amount.cents, sender=owner)

    def transfer(self, to: Address, amount: Amount, *, owner: LocalAccount) -> Receipt:
        """Give euros that are in no fund to another sponsor."""
        return self.chain.send(self.contract, "transfer", to, amount.cents, sender=owner)

    def supply(self) -> Amount:
        """Cents that exist."""
        return Amount(self.chain.call(self.contract, "totalSupply")[0])

    def deposited(self) -> Amount:
        """Cents ever minted."""
        return Amount(self.chain.call(self.contract, "deposited")[0])

    def settled(self) -> Amount:
        """Cents ever burnt."""
        return Amount(self.chain.call(self.contract, "settled")[0])

    def is_deposited(self, deposit: bytes) -> bool:
        """Whether a deposit was minted."""
        return bool(self.chain.call(self.contract, "isDeposited", deposit)[0])

    def balance_of(self, holder: Address) -> Amount:
        """Cents that an account or fund holds."""
        return Amount(self.chain.call(self.contract, "balanceOf", holder)[0])
