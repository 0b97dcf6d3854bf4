# SPDX-License-Identifier: EUPL-1.2
"""At the till: payments, what a shop must not get away with, and a refund."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from examples.kindpakket.cast import Cast, Citizen, Shop
from examples.kindpakket.report import Report
from examples.telling import Teller
from programmable_money.chain import Receipt
from programmable_money.fund import Fund
from programmable_money.messages import (
    Address,
    Charge,
    Refund,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    payment_id,
)
from programmable_money.model import Amount
from programmable_money.refusals import RefusedError, sentence
from programmable_money.service import relay_payment, relay_refund
from ssi.keccak import keccak256

__all__ = ["Till"]

_OFF_LICENCE: Final = "De Vrolijke Fles"
_FREE_CATEGORY: Final = 255
"""A category index that the rulebook does not have."""


class Till:
    """Every shop's till; it carries what was signed and adds its own signature.

    Args:
        report: where payments are counted.
    """

    def __init__(self, cast: Cast, fund: Fund, report: Report, teller: Teller) -> None:
        self.cast, self.fund, self.report, self.teller = cast, fund, report, teller
        self.last: tuple[Citizen, Shop, SignedPermit]

    def shop_around(self, citizen: Citizen, index: int) -> None:
        """One to three purchases of a fifth to two fifths of the allotment each; every eighth citizen spends all."""
        scope = self.fund.scope()
        account = citizen.wallet.account_address(scope)
        allotment = balance = self.fund.balance_of(account).cents
        for purchase in range(1 + index % 3):
            amount = min(balance, allotment * (20 + (7 * index + 11 * purchase) % 21) // 100)
            if index % 8 == 7 and purchase == index % 3:
                amount = balance
            if amount == 0:
                return
            permit = citizen.wallet.sign_permit(scope, amount, now=self.cast.now())
            shop = self.cast.shops[(index + 5 * purchase) % len(self.cast.shops)]
            self._count(self.charge(permit, shop, amount), amount)
            balance -= amount
            citizen.wallet.learn_balance(scope, balance)

    def charge(self, permit: SignedPermit, shop: Shop, amount: int) -> Receipt:
        """The shop scans the code, types the amount, signs, and is paid at once."""
        scanned = SignedPermit.from_json(permit.to_json())
        scanned.check()
        charge = Charge(scanned.permit.payment, shop.address, amount)
        return relay_payment(self.fund, scanned, SignedCharge.sign(self.fund.domain, charge, shop.account.key))

    def refuse_payments(self, amira: Citizen) -> None:
        """The off-licence, too much, more than there is, a code used twice, a code that is too old."""
        cast, scope = self.cast, self.fund.scope()
        account = amira.wallet.account_address(scope)
        shop, other = cast.shops[0], cast.shops[1]
        self._make_sure_of(amira, account)
        balance = self.fund.balance_of(account).cents
        amira.wallet.learn_balance(scope, balance)
        bottle = Shop(_OFF_LICENCE, "alcohol", "", cast.chain.account(keccak256(_OFF_LICENCE.encode())))

        def permit(limit: int, ago: timedelta = timedelta(0)) -> SignedPermit:
            return amira.wallet.sign_permit(scope, limit, now=cast.now() - ago)

        self._refused(
            f"The municipality itself tries to admit the off-licence {_OFF_LICENCE}.",
            lambda: self.fund.approve_merchant(bottle.address, _FREE_CATEGORY, sponsor=cast.officers.sponsor),
            is_payment=False,
        )
        self._refused(f"{_OFF_LICENCE} charges all the same.", lambda: self.charge(permit(1), bottle, 1))
        half = max(1, balance // 2)
        self._refused(
            f"{shop.name} types one cent more than {amira.first_name} allowed.",
            lambda: self.charge(permit(half), shop, half + 1),
        )
        first, second = permit(balance), permit(balance)
        self._count(self.charge(first, shop, balance), balance)
        self.last = (amira, shop, first)
        self._refused(
            f"{other.name} charges a code for money that {amira.first_name} has just spent elsewhere.",
            lambda: self.charge(second, other, balance),
        )
        self._refused(f"{shop.name} charges the same code a second time.", lambda: self.charge(first, shop, balance))
        amira.wallet.learn_balance(scope, balance)
        self._refused(
            f"{other.name} charges a photograph of a code of half an hour ago.",
            lambda: self.charge(permit(1, timedelta(minutes=30)), other, 1),
        )

    def refund(self) -> None:
        """The last payment but one cent comes back."""
        citizen, shop, permit = self.last
        scope, payment = self.fund.scope(), permit.permit
        amount = max(1, payment.limit - 1)
        self._give_back(shop, payment.account, payment.nonce, amount)
        self.report.refunds += 1
        self.report.refunded_cents += amount
        citizen.wallet.learn_balance(scope, self.fund.balance_of(payment.account).cents)
        self.teller.done(f"{citizen.first_name} brings something back; {shop.name} returns {Amount(amount)} at once.")

    def refuse_late_refund(self) -> None:
        """A refund after the shop was paid by bank."""
        _, shop, permit = self.last
        payment = permit.permit
        self._refused(
            f"{shop.name} wants to take the rest of that payment back after the settlement.",
            lambda: self._give_back(shop, payment.account, payment.nonce, payment.limit),
            is_payment=False,
        )

    def _make_sure_of(self, amira: Citizen, account: Address) -> None:
        """Amira needs two cents at least for what follows; she always has them unless her allotment is tiny."""
        if self.fund.balance_of(account).cents < 2:
            raise RuntimeError(f"{amira.first_name} has spent everything too early")

    def _give_back(self, shop: Shop, account: Address, nonce: int, total: int) -> Receipt:
        order = Refund(payment_id(account, nonce), total)
        return relay_refund(self.fund, account, nonce, SignedRefund.sign(self.fund.domain, order, shop.account.key))

    def _count(self, receipt: Receipt, amount: int) -> None:
        self.report.payments_accepted += 1
        self.report.paid_cents += amount
        self.report.payment_gas.append(receipt.gas_used)

    def _refused(self, attempt: str, action: Callable[[], object], *, is_payment: bool = True) -> None:
        try:
            action()
        except RefusedError as refused:
            counted = self.report.payments_refused if is_payment else self.report.others_refused
            counted[refused.reason.value] += 1
            self.teller.refused(attempt, refused.reason.value, sentence(refused.reason))
            return
        raise RuntimeError(f"this must be refused and was accepted: {attempt}")
