# SPDX-License-Identifier: EUPL-1.2
"""Spending at local shops, what must not work there, and paying the shops."""

from datetime import timedelta
from pathlib import Path

from examples.heitje.report import Report
from examples.heitje.town import DEBTOR, Town
from programmable_money.messages import Address
from programmable_money.settlement import BankOrder, Transfer

__all__ = ["Spending"]


class Spending:
    """Nine tenths of what is collected are spent, cent by cent, soon after they come in."""

    def __init__(self, town: Town, report: Report) -> None:
        self.town, self.report = town, report
        self._seen: set[Address] = set()
        self._credited = 0

    def go(self) -> None:
        """Everybody spends from the accounts that are new since the last time; one permit for each."""
        town, now = self.town, self.town.now
        for citizen in town.citizens.values():
            for account in citizen.wallet.accounts:
                if account.address in self._seen or account.balance == 0:
                    continue
                self._seen.add(account.address)
                self._credited += account.balance
                amount = -(-9 * self._credited // 10) - self.report.paid_cents
                permit = citizen.wallet.sign_permit(account.scope, amount, now=now())
                town.charge(permit, town.shops[self.report.payments % len(town.shops)], amount)
                citizen.wallet.learn_balance(account.scope, account.balance - amount)
                self.report.payments += 1
                self.report.paid_cents += amount

    def settle(self, folder: Path) -> tuple[Transfer, ...]:
        """Burn what the shops are owed, and leave the payment file."""
        town, report = self.town, self.report
        reference = f"HEITJE-{town.now().year}-1"
        order = BankOrder(DEBTOR, town.directory(), (town.now() + timedelta(days=1)).date(), town.now())
        shops = [shop.address for shop in town.shops]
        batch = town.municipality.settle(town.purse, shops, reference=reference, bank=order)
        folder.mkdir(parents=True, exist_ok=True)
        report.settlement_file = folder / f"{reference.lower()}.xml"
        report.settlement_file.write_bytes(batch.file)
        report.settled_cents = batch.settlement.total.cents
        return batch.settlement.transfers
