# SPDX-License-Identifier: EUPL-1.2
"""A sponsor's money in one programme on a chain, and what its shops are owed: ``IBudget``, which programmes share."""

from collections.abc import Sequence

from eth_account.signers.local import LocalAccount

from programmable_money.chain import Chain, Deployed, Receipt
from programmable_money.euro import SETTLER_ROLE, MunicipalEuro
from programmable_money.messages import Address, PaymentDomain
from programmable_money.model import Amount, FundBooks, Merchant

__all__ = ["BudgetContract"]


class BudgetContract:
    """One contract that holds a budget: a fund, a pass or a purse.

    Args:
        contract: where it is; ``Chain.at("Fund", address)`` for a known one.
    """

    def __init__(self, chain: Chain, contract: Deployed) -> None:
        self.chain = chain
        self.contract = contract
        self.address = contract.address

    # ---- reading ----

    @property
    def domain(self) -> PaymentDomain:
        """What is signed for this contract."""
        return PaymentDomain(self.chain.chain_id, self.address)

    def books(self) -> FundBooks:
        """Where the money is."""
        unallocated, accounts, merchants, is_paused, is_closed = self.chain.call(self.contract, "books")
        return FundBooks(Amount(unallocated), Amount(accounts), Amount(merchants), is_paused, is_closed)

    def merchant(self, account: Address) -> Merchant:
        """A shop; category 0, not approved and nothing owed if it never took part."""
        category, is_approved, balance, batch = self.chain.call(self.contract, "merchantOf", account)
        return Merchant(account, category, is_approved, Amount(balance), batch)

    def sponsor(self) -> Address:
        """Who gets back what is unspent."""
        return Address(self.chain.call(self.contract, "sponsor")[0])

    def euro(self) -> MunicipalEuro:
        """The token of its budget."""
        return MunicipalEuro(self.chain, self.chain.at("MunicipalEuro", self.chain.call(self.contract, "euro")[0]))

    # ---- the sponsor ----

    def top_up(self, amount: Amount, *, sponsor: LocalAccount) -> Receipt:
        """Take an amount that the sponsor has approved at the token into the budget."""
        return self.chain.send(self.contract, "fund", amount.cents, sender=sponsor)

    def appoint_settler(self, settler: Address, *, sponsor: LocalAccount) -> Receipt:
        """Let somebody settle."""
        return self.chain.send(self.contract, "grantRole", SETTLER_ROLE, settler, sender=sponsor)

    def approve_merchant(self, merchant: Address, category: int, *, sponsor: LocalAccount) -> Receipt:
        """Let a shop take part in a category of the rulebook."""
        return self.chain.send(self.contract, "approveMerchant", merchant, category, sender=sponsor)

    def suspend_merchant(self, merchant: Address, *, sponsor: LocalAccount) -> Receipt:
        """Stop payments to a shop; it can still refund and be settled."""
        return self.chain.send(self.contract, "suspendMerchant", merchant, sender=sponsor)

    def pause(self, *, sponsor: LocalAccount) -> Receipt:
        """Refuse claims, payments and refunds until further notice."""
        return self.chain.send(self.contract, "pause", sender=sponsor)

    def unpause(self, *, sponsor: LocalAccount) -> Receipt:
        """Go on."""
        return self.chain.send(self.contract, "unpause", sender=sponsor)

    def hand_over(self, successor: Address, *, sponsor: LocalAccount) -> Receipt:
        """Make another municipality the sponsor."""
        return self.chain.send(self.contract, "handOver", successor, sender=sponsor)

    def close(self, *, sponsor: LocalAccount) -> Receipt:
        """After the end: what nobody spent goes back to the sponsor."""
        return self.chain.send(self.contract, "close", sender=sponsor)

    def settle(self, merchants: Sequence[Address], reference: bytes, *, settler: LocalAccount) -> Receipt:
        """Burn what these shops are owed, under the reference of a payment file (32 octets)."""
        return self.chain.send(self.contract, "settle", list(merchants), reference, sender=settler)
