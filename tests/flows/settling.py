# SPDX-License-Identifier: EUPL-1.2
"""The sponsor's desk for the settlement flows: papers, two employees, a bank, and a citizen who shops."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from programmable_money.messages import address_of
from programmable_money.service import relay_claim, relay_payment
from programmable_money.settlement import BankAccount
from programmable_money.settlement.burning import FundBurning, chain_books
from programmable_money.settlement.feedback import import_statements
from programmable_money.settlement.model import Batch, BatchError, BatchRefusal, Outcome
from programmable_money.settlement.reconciliation import Reconciliation, reconcile
from programmable_money.settlement.service import Settlements
from programmable_money.settlement.store import SettlementStore
from tests.flows.bank import Bank
from tests.flows.money import BUDGET, YEAR, Citizen, Shop, World

JOKE, SIEM, CATO = b"\x61" * 32, b"\x62" * 32, b"\x63" * 32
"""Two employees, and somebody who is none."""
DEBTOR = BankAccount.from_text("Gemeente Westland", "NL91ABNA0417164300", field="debtor")
TOY_SHOP = BankAccount.from_text("De Speelkoffer", "NL20INGB0001234567", field="toys")
BICYCLE_SHOP = BankAccount.from_text("Fietsen Van Dam", "DE89370400440532013000", field="bicycles")
CORRECTED = BankAccount.from_text("Fietsen Van Dam", "NL68BNGH0000000100", field="bicycles")
DAY = date(YEAR, 4, 1)


@dataclass
class Desk:
    """The sponsor's desk: papers, employees, a bank account, and a citizen who shops."""

    world: World
    store: SettlementStore
    settlements: Settlements
    bank: Bank
    amira: Citizen

    @classmethod
    def open(cls, world: World, url: str = "sqlite://") -> "Desk":
        store = SettlementStore(url)
        settlements = Settlements(store, lambda: datetime(YEAR, 3, 31, 9, tzinfo=UTC))
        settlements.add_employee("joke", address_of(JOKE))
        settlements.add_employee("siem", address_of(SIEM))
        amira = Citizen.with_credential(world.validator, record="amira")
        relay_claim(world.fund, amira.prove(world.fund))
        bank = Bank()
        bank.deposit(date(YEAR, 3, 1), BUDGET.cents, "BANK-2026-0001")
        return cls(world, store, settlements, bank, amira)

    @property
    def chain(self) -> FundBurning:
        return FundBurning(self.world.fund, self.world.municipality.officers.settler)

    @property
    def payees(self) -> dict[Any, BankAccount]:
        return {self.world.toys.address: TOY_SHOP, self.world.bicycles.address: BICYCLE_SHOP}

    def shopping(self, shop: Shop, cents: int) -> None:
        permit = self.amira.permit(self.world.fund, cents)
        relay_payment(self.world.fund, permit, shop.charge(self.world.fund, permit, cents))

    def propose(self, reference: str, chain: Any = None, settlements: Settlements | None = None) -> Batch:
        return (settlements or self.settlements).propose(
            chain or self.chain, reference, self.payees, debtor=DEBTOR, execute_on=DAY, private_key=JOKE
        )

    def settle(self, reference: str) -> Batch:
        self.propose(reference)
        self.settlements.approve(reference, private_key=SIEM)
        return self.settlements.execute(reference, self.chain)

    def read(self, octets: bytes) -> int:
        return import_statements(self.settlements, octets, iban=DEBTOR.iban).entries

    def compare(self) -> Reconciliation:
        books = chain_books(self.world.municipality.euro, [self.world.fund])
        iban = DEBTOR.iban
        return reconcile(books, iban, self.store.batches(), self.store.entries(iban), self.store.statements(iban))

    def outcomes(self, reference: str) -> list[Outcome]:
        return [outcome for _, outcome in self.settlements.outcomes(reference)]


def refusal(step: Callable[[], object]) -> BatchRefusal:
    with pytest.raises(BatchError) as caught:
        step()
    return caught.value.reason
