# SPDX-License-Identifier: EUPL-1.2
"""Accounts that pay shops by signed messages: ``ISpending``, which funds and purses share."""

from eth_account.signers.local import LocalAccount

from programmable_money.budget_contract import BudgetContract
from programmable_money.calls import ContractCall, pay_call, refund_call
from programmable_money.chain import Receipt
from programmable_money.messages import ZERO_ADDRESS, Address, SignedCharge, SignedPermit, SignedRefund
from programmable_money.model import Amount, PaymentRecord
from programmable_money.rules import RulesTuple, tuples_of
from ssi.rulebook.spending import SpentBefore

__all__ = ["SpendingContract"]


class SpendingContract(BudgetContract):
    """One contract whose accounts pay: a fund or a purse."""

    # ---- reading ----

    def raw_spending_rules(self) -> RulesTuple:
        """How its money may be spent, as ``programmable_money.rules.spending_rules_of`` writes it."""
        rules: RulesTuple = tuples_of(self.chain.call(self.contract, "spendingRules")[0])
        return rules

    def balance_of(self, account: Address) -> Amount:
        """What a payment account can spend."""
        return Amount(self.chain.call(self.contract, "accountOf", account)[0])

    def payment(self, payment: bytes) -> PaymentRecord | None:
        """A payment by its id; None if there was none."""
        merchant, amount, refunded, batch = self.chain.call(self.contract, "payment", payment)
        if merchant == ZERO_ADDRESS:
            return None
        return PaymentRecord(payment, merchant, Amount(amount), Amount(refunded), batch)

    def spent_before(self, account: Address, merchant: Address) -> SpentBefore:
        """What an account spent at a shop and at all shops of its category, counted as the contract counts it."""
        category: dict[Address, int] = {}
        at_shop: dict[Address, int] = {}
        within: dict[int, int] = {}
        for event in self.chain.events([self.contract]):
            given = event.arguments
            if event.name == "MerchantApproved":
                category[given["merchant"]] = given["category"]
            elif event.name in {"Paid", "Refunded"} and given["account"] == account:
                shop, amount = given["merchant"], given["amount"] if event.name == "Paid" else -given["amount"]
                at_shop[shop] = at_shop.get(shop, 0) + amount
                within[category[shop]] = within.get(category[shop], 0) + amount
        own = category.get(merchant)
        return SpentBefore(at_shop.get(merchant, 0), own, 0 if own is None else within.get(own, 0))

    # ---- anyone, usually a relayer ----

    def pay(self, permit: SignedPermit, charge: SignedCharge, *, sender: LocalAccount | None = None) -> Receipt:
        """Carry a payment."""
        return self.carry(pay_call(permit, charge), sender)

    def refund(
        self, account: Address, nonce: int, refund: SignedRefund, *, sender: LocalAccount | None = None
    ) -> Receipt:
        """Carry a refund of the payment that used ``account``'s permit ``nonce``."""
        return self.carry(refund_call(account, nonce, refund), sender)

    def carry(self, call: ContractCall, sender: LocalAccount | None) -> Receipt:
        """Send a call that anyone may deliver; a relayer's account pays when ``sender`` is None."""
        return self.chain.send(self.contract, call.function, *call.arguments, sender=sender)
