# SPDX-License-Identifier: EUPL-1.2
"""The municipal euro as its events tell it, and its backing: the supply is at most the reserve at every block. Pure."""

from dataclasses import dataclass, field

from programmable_money.audit.bank import BankDeposits, BankMovement
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.messages import ZERO_ADDRESS, Address
from programmable_money.model import ChainEvent

__all__ = ["Backing"]

_NO_REFERENCE = bytes(32)


@dataclass(slots=True)
class Backing:
    """All euros of one token, followed event by event. Amounts in cents.

    Call ``close_block`` after the last event of each block.

    Attributes:
        bank: what the bank says about each reference; None when nobody gave it, and every deposit's own event is
            believed.
        reserve: at the bank: deposits that were minted and count by that block's time, less what was settled. One that
            the bank booked and nobody minted backs nothing.
        supply: minted less burnt, by the token's transfers.
        balances: of every holder ever.
    """

    findings: Findings
    bank: BankDeposits | None = None
    reserve: int = 0
    supply: int = 0
    deposits: dict[bytes, int] = field(default_factory=dict)
    settlements: dict[tuple[Address, bytes], int] = field(default_factory=dict)
    settled_in: dict[tuple[str, Address, bytes], int] = field(default_factory=dict)
    balances: dict[Address, int] = field(default_factory=dict)
    _waiting: list[BankMovement] = field(default_factory=list)
    _counted: set[str] = field(default_factory=set)

    @property
    def deposited(self) -> int:
        """What the events say was deposited."""
        return sum(self.deposits.values())

    @property
    def settled(self) -> int:
        """What the events say was settled."""
        return sum(self.settlements.values())

    def apply(self, event: ChainEvent) -> None:
        """Follow the next event of the token."""
        given = event.arguments
        if event.name == "Deposited":
            self._deposited(event, given["depositReference"], given["amount"])
        elif event.name == "Settled":
            self._settled(event, given["from"], given["settlementReference"], given["amount"])
        elif event.name == "Transfer":
            self._moved(event, given["from"], given["to"], given["value"])

    def close_block(self, block: int, at: int) -> None:
        """After a block: what exists must be backed by what lies at the bank by then, cent by cent.

        Args:
            at: the block's time, unix seconds.
        """
        self._count(at)
        if self.supply > self.reserve:
            text = f"there are {self.supply} cents, and {self.reserve} cents back them"
            self.findings.add(DifferenceKind.SUPPLY_ABOVE_RESERVE, text, block=block)
        elif self.supply < self.reserve and self.bank is None:
            text = f"there are {self.supply} cents, and deposits less settlements are {self.reserve} cents"
            self.findings.add(DifferenceKind.LEDGER, text, block=block)

    def _deposited(self, event: ChainEvent, reference: bytes, amount: int) -> None:
        name = f"deposit 0x{reference.hex()}"
        if reference in self.deposits:
            self._wrong(event, f"{name} was minted before")
            self.deposits[reference] += amount
            return
        self.deposits[reference] = amount
        if reference == _NO_REFERENCE or amount <= 0:
            self._wrong(event, f"{name} has no reference or no amount")
        elif self.bank is None:
            self.reserve += amount
        elif reference not in self.bank:
            self._wrong(event, f"{name} of {amount} cents is not on the bank's statement")
        else:
            self._at_bank(event, name, self.bank[reference], amount)

    def _at_bank(self, event: ChainEvent, name: str, movements: tuple[BankMovement, ...], amount: int) -> None:
        fresh = [movement for movement in movements if movement.identity not in self._counted]
        self._counted |= {movement.identity for movement in fresh}
        if len(fresh) != len(movements):
            self._wrong(event, f"{name} is money of the bank's that was minted before under another reference")
        by_then = sum(movement.cents for movement in fresh if movement.counts_from <= event.emitted_at)
        total = sum(movement.cents for movement in fresh if movement.cents > 0)
        if total != amount:
            self._wrong(event, f"{name} is {amount} cents here and {total} cents at the bank")
        elif by_then != amount:
            self._wrong(event, f"{name} was minted when the bank had {by_then} of its {amount} cents")
        self._waiting += fresh
        self._count(event.emitted_at)

    def _count(self, at: int) -> None:
        """Let what the bank booked by now count."""
        self.reserve += sum(movement.cents for movement in self._waiting if movement.counts_from <= at)
        self._waiting = [movement for movement in self._waiting if movement.counts_from > at]

    def _settled(self, event: ChainEvent, holder: Address, reference: bytes, amount: int) -> None:
        if (holder, reference) in self.settlements:
            text = f"settlement 0x{reference.hex()} of {holder} was burnt before"
            self.findings.add(DifferenceKind.SETTLEMENT, text, block=event.block, transaction=event.transaction)
        self.settlements[holder, reference] = self.settlements.get((holder, reference), 0) + amount
        place = event.transaction, holder, reference
        self.settled_in[place] = self.settled_in.get(place, 0) + amount
        self.reserve -= amount

    def _moved(self, event: ChainEvent, giver: Address, taker: Address, amount: int) -> None:
        if giver == ZERO_ADDRESS:
            self.supply += amount
        elif self.balances.get(giver, 0) < amount:
            text = f"{giver} gives {amount} cents and has {self.balances.get(giver, 0)}"
            self.findings.add(DifferenceKind.LEDGER, text, block=event.block, transaction=event.transaction)
            self.balances[giver] = 0
        else:
            self.balances[giver] -= amount
        if taker == ZERO_ADDRESS:
            self.supply -= amount
        else:
            self.balances[taker] = self.balances.get(taker, 0) + amount

    def _wrong(self, event: ChainEvent, text: str) -> None:
        self.findings.add(DifferenceKind.DEPOSIT, text, block=event.block, transaction=event.transaction)
