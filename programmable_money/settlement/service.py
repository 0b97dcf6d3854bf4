# SPDX-License-Identifier: EUPL-1.2
"""A batch from proposal to payment file, by specs/protocols/settlement.md section 3; the numbers are its steps.

Invariants:

- Every step can be repeated after a crash at any instant, and then does what is left of it and nothing else.
- Burning is preceded by a note that it is going to happen. Whether it did is asked of the chain, never assumed.
- A file is made after the burning, from what the chain's events say, and stays the same octets for ever.
- Both signatures are verified again when the batch is executed: a bank account that was changed in the database after
  the approval stops it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from programmable_money.messages import Address, PaymentDomain, address_of
from programmable_money.model import Amount
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.settlement.decisions import (
    SettlementApproval,
    SettlementProposal,
    SignedDecision,
    sign_approval,
    sign_proposal,
)
from programmable_money.settlement.model import (
    Batch,
    BatchError,
    BatchKind,
    BatchRefusal,
    BatchState,
    Burn,
    Outcome,
    PaymentOrder,
    Signed,
    outcome_of,
)
from programmable_money.settlement.payment_file import (
    BankAccount,
    BankOrder,
    Settlement,
    SettlementError,
    Transfer,
    reference_octets,
)
from programmable_money.settlement.store import SettlementStore

__all__ = ["BurningChain", "Settlements"]

_ZERO: Final = Amount(0)
_GIVE_UP_AFTER: Final = timedelta(days=5)
_NAME: Final = re.compile(r"[a-z][a-z0-9.-]{1,39}")


class BurningChain(Protocol):
    """What a settlement needs of the chain; ``burning.FundBurning`` is it."""

    @property
    def chain_id(self) -> int:
        """Of the fund's chain."""
        ...

    @property
    def address(self) -> Address:
        """Of the fund."""
        ...

    def block_number(self) -> int:
        """The last block."""
        ...

    def owed(self, merchants: Iterable[Address]) -> Mapping[Address, Amount]:
        """What shops are owed now, without those that are owed nothing."""
        ...

    def find(self, reference: str, from_block: int) -> Burn | None:
        """A settlement that was done."""
        ...

    def burn(self, merchants: tuple[Address, ...], reference: str) -> None:
        """Burn what these shops are owed."""
        ...


@dataclass(frozen=True, slots=True)
class Settlements:
    """The sponsor's settlements.

    Args:
        store: the papers.
        clock: the present, aware UTC.
        confirmations: blocks that must follow a burning before a file is made for it; 0 on a chain without forks.
    """

    store: SettlementStore
    clock: Callable[[], datetime]
    confirmations: int = 0

    def add_employee(self, name: str, account: Address) -> None:
        """Let the owner of this account's key propose and approve, under this name."""
        if _NAME.fullmatch(name) is None:
            raise SettlementError("employee", "2 to 40 lower-case letters, digits, full stops and minus signs")
        self.store.add_employee(name, account)

    # ---- (3.1) proposing ----

    def propose(
        self,
        chain: BurningChain,
        reference: str,
        payees: Mapping[Address, BankAccount],
        *,
        debtor: BankAccount,
        execute_on: date,
        private_key: bytes,
        ceiling: Amount | None = None,
    ) -> Batch:
        """Propose to pay every one of these shops that is owed something.

        Args:
            reference: of the file and of the burning on the chain; used once.
            payees: the shops' bank accounts.
            private_key: the employee's, 32 octets.
            ceiling: the most that may be burnt, as shops go on selling; twice what is owed now if None.
        Raises:
            BatchError: ``unknown_employee``, ``reference_used`` or ``nothing_owed``.
            SettlementError: no file could be made for it.
        """
        reference_octets(reference)
        employee = self._employee(address_of(private_key))
        if chain.find(reference, 0) is not None:  # (3.1.1)
            raise BatchError(BatchRefusal.REFERENCE_USED)
        owed = chain.owed(payees)
        if not owed:
            raise BatchError(BatchRefusal.NOTHING_OWED)
        orders = tuple(  # (3.1.2)
            PaymentOrder(reference, merchant, 1, payees[merchant], amount) for merchant, amount in owed.items()
        )
        total = sum(owed.values(), _ZERO)
        most = total * 2 if ceiling is None else ceiling
        if most < total:
            raise BatchError(BatchRefusal.ABOVE_CEILING)
        batch = Batch(
            reference=reference,
            kind=BatchKind.SETTLEMENT,
            chain_id=chain.chain_id,
            fund=chain.address,
            debtor=debtor,
            execute_on=execute_on,
            ceiling=most,
            proposed_at=self.clock().replace(microsecond=0),
            orders=orders,
        )
        return self._keep(batch, employee, private_key)

    def propose_retry(
        self,
        reference: str,
        failed: Mapping[str, BankAccount | None],
        *,
        execute_on: date,
        private_key: bytes,
    ) -> Batch:
        """Propose to pay what failed again. Nothing is burnt for it: that was done.

        Args:
            reference: of the new file.
            failed: the end-to-end ids of the payments, each with the corrected bank account, or None for the same.
            private_key: the employee's, 32 octets.
        Raises:
            BatchError: ``unknown_payment``, ``not_failed``, ``reference_used`` or ``unknown_employee``.
            SettlementError: no file could be made for it.
        """
        reference_octets(reference)
        employee = self._employee(address_of(private_key))
        found = [self._failed(end_to_end) for end_to_end in failed]
        if not found:
            raise BatchError(BatchRefusal.NOTHING_OWED)
        first = found[0][0]
        if any(
            (batch.fund, batch.chain_id, batch.debtor) != (first.fund, first.chain_id, first.debtor)
            for batch, _ in found
        ):
            raise BatchError(BatchRefusal.OTHER_CHAIN)
        orders = tuple(
            replace(
                order,
                attempt=order.attempt + 1,
                payee=failed[order.end_to_end] or order.payee,
                proposed=order.amount or _ZERO,
                end_to_end=f"{reference}-{number}",
                given_up="",
            )
            for number, (_, order) in enumerate(found, start=1)
        )
        total = sum((order.proposed for order in orders), _ZERO)
        batch = Batch(
            reference=reference,
            kind=BatchKind.RETRY,
            chain_id=first.chain_id,
            fund=first.fund,
            debtor=first.debtor,
            execute_on=execute_on,
            ceiling=total,
            proposed_at=self.clock().replace(microsecond=0),
            orders=orders,
        )
        return self._keep(batch, employee, private_key)

    def _keep(self, batch: Batch, employee: str, private_key: bytes) -> Batch:
        _file(batch, {order.merchant: order.proposed for order in batch.orders})  # (3.1.3)
        signed = sign_proposal(batch, private_key)  # (3.1.4)
        batch = replace(batch, proposal=Signed(employee, signed.signature, batch.proposed_at))
        self.store.add_batch(batch)
        return batch

    # ---- (3.2) approving ----

    def approve(self, reference: str, *, private_key: bytes) -> Batch:
        """Approve what a colleague proposed.

        Raises:
            BatchError: ``same_employee``, ``unknown_employee``, ``wrong_state`` or ``unknown_batch``.
        """
        batch = self.batch(reference)
        if batch.state is not BatchState.PROPOSED:
            raise BatchError(BatchRefusal.WRONG_STATE)
        employee = self._employee(address_of(private_key))
        proposer = self._signer(batch, SettlementProposal, batch.proposal)  # (3.2.1)
        if employee == proposer:
            raise BatchError(BatchRefusal.SAME_EMPLOYEE)
        signed = sign_approval(batch, private_key)
        self.store.approve(reference, Signed(employee, signed.signature, self.clock()))
        return self.batch(reference)

    def withdraw(self, reference: str, *, private_key: bytes) -> Batch:
        """Give a batch up before anything was burnt; its reference stays used."""
        employee = self._employee(address_of(private_key))
        self.batch(reference)
        self.store.withdraw(reference, employee, self.clock())
        return self.batch(reference)

    # ---- (3.3) executing ----

    def execute(self, reference: str, chain: BurningChain) -> Batch:
        """Burn and make the file, from wherever an earlier attempt stopped.

        Raises:
            BatchError: ``wrong_state``, ``same_employee``, ``unknown_employee``, ``above_ceiling``, ``other_burn``,
                ``not_final`` or ``other_chain``.
            RefusedError: the contract did not burn.
        """
        batch = self.batch(reference)
        if (batch.chain_id, batch.fund) != (chain.chain_id, chain.address):
            raise BatchError(BatchRefusal.OTHER_CHAIN)
        if batch.state in (BatchState.PROPOSED, BatchState.WITHDRAWN):
            raise BatchError(BatchRefusal.WRONG_STATE)
        self._check_decisions(batch)  # (3.3.1)
        if batch.kind is BatchKind.SETTLEMENT:
            batch = self._burn(batch, chain)
        if batch.state is not BatchState.FILED:
            file = _file(batch, _burnt(batch, chain))  # (3.3.6)
            self.store.record_file(batch, file, self.clock())
        return self.batch(reference)

    def _burn(self, batch: Batch, chain: BurningChain) -> Batch:
        if batch.state is BatchState.APPROVED:
            shops = tuple(order.merchant for order in batch.orders)
            if sum(chain.owed(shops).values(), _ZERO) > batch.ceiling:  # (3.3.2)
                raise BatchError(BatchRefusal.ABOVE_CEILING)
            self.store.begin_burning(batch.reference, chain.block_number())  # (3.3.3)
            batch = self.batch(batch.reference)
        if batch.state is BatchState.BURNING:
            burn = self._burn_once(batch, chain)  # (3.3.4)
            shops = tuple(order.merchant for order in batch.orders)
            if not {merchant for merchant, _ in burn.amounts} <= set(shops):
                raise BatchError(BatchRefusal.OTHER_BURN)
            if chain.block_number() - burn.block < self.confirmations:
                raise BatchError(BatchRefusal.NOT_FINAL)
            names = {shop: f"{batch.reference}-{number}" for number, (shop, _) in enumerate(burn.amounts, start=1)}
            self.store.record_burn(burn, names, self.clock())  # (3.3.5)
            batch = self.batch(batch.reference)
        return batch

    def _burn_once(self, batch: Batch, chain: BurningChain) -> Burn:
        found = chain.find(batch.reference, batch.searched_from)
        if found is not None:
            return found
        try:
            chain.burn(tuple(order.merchant for order in batch.orders), batch.reference)
        except RefusedError as error:
            if error.reason not in (RefusalReason.REFERENCE_USED, RefusalReason.NOTHING_TO_SETTLE):
                raise
            found = chain.find(batch.reference, 0)  # somebody was faster, or these papers are older than the chain
            if found is None:
                raise
            return found
        found = chain.find(batch.reference, batch.searched_from)
        if found is None:
            raise BatchError(BatchRefusal.NOT_FINAL)
        return found

    # ---- (3.4) a payment that the bank refused ----

    def give_up(self, end_to_end: str, reason: str, *, private_key: bytes) -> None:
        """Write down that the bank refused a payment and never booked it, so that it may be paid again.

        Raises:
            BatchError: ``not_failed``: a statement knows it; ``too_early``: statements of five days after are missing.
        """
        if not 1 <= len(reason) <= 140 or not reason.isprintable():
            raise SettlementError("reason", "1 to 140 characters")
        employee = self._employee(address_of(private_key))
        batch, order = self.find_payment(end_to_end)
        entries = self.store.entries(batch.debtor.iban)
        if outcome_of(batch, order, entries) is not Outcome.SENT:
            raise BatchError(BatchRefusal.NOT_FAILED)
        known_until = max((statement.to_day for statement in self.store.statements(batch.debtor.iban)), default=None)
        if known_until is None or known_until < batch.execute_on + _GIVE_UP_AFTER:
            raise BatchError(BatchRefusal.TOO_EARLY)
        self.store.give_up(end_to_end, reason, employee, self.clock())

    # ---- reading ----

    def batch(self, reference: str) -> Batch:
        """A batch; BatchError ``unknown_batch``."""
        found = self.store.find_batch(reference)
        if found is None:
            raise BatchError(BatchRefusal.UNKNOWN_BATCH)
        return found

    def file(self, reference: str) -> bytes:
        """The payment file of a batch, the same each time: its message id makes the bank refuse a second one."""
        batch = self.batch(reference)
        if batch.file is None:
            raise BatchError(BatchRefusal.WRONG_STATE)
        return batch.file

    def find_payment(self, end_to_end: str) -> tuple[Batch, PaymentOrder]:
        """A payment by its end-to-end id; BatchError ``unknown_payment``."""
        for batch in self.store.batches():
            for order in batch.orders:
                if end_to_end and order.end_to_end == end_to_end:
                    return batch, order
        raise BatchError(BatchRefusal.UNKNOWN_PAYMENT)

    def outcomes(self, reference: str) -> tuple[tuple[PaymentOrder, Outcome], ...]:
        """What became of each payment of a batch."""
        batch = self.batch(reference)
        entries = self.store.entries(batch.debtor.iban)
        return tuple((order, outcome_of(batch, order, entries)) for order in batch.orders)

    # ---- inside ----

    def _failed(self, end_to_end: str) -> tuple[Batch, PaymentOrder]:
        batch, order = self.find_payment(end_to_end)
        attempts = [
            other.attempt
            for known in self.store.batches()
            for other in known.orders
            if (other.origin, other.merchant) == (order.origin, order.merchant)
        ]
        outcome = outcome_of(batch, order, self.store.entries(batch.debtor.iban))
        if not order.amount or order.attempt != max(attempts) or not outcome.is_failed:
            raise BatchError(BatchRefusal.NOT_FAILED)
        return batch, order

    def _employee(self, account: Address) -> str:
        name = self.store.find_employee(account)
        if name is None:
            raise BatchError(BatchRefusal.UNKNOWN_EMPLOYEE)
        return name

    def _check_decisions(self, batch: Batch) -> None:
        proposer = self._signer(batch, SettlementProposal, batch.proposal)
        if self._signer(batch, SettlementApproval, batch.approval) == proposer:
            raise BatchError(BatchRefusal.SAME_EMPLOYEE)

    def _signer(
        self, batch: Batch, kind: type[SettlementProposal] | type[SettlementApproval], signed: Signed | None
    ) -> str:
        """Who signed this batch as it is now."""
        if signed is None:
            raise BatchError(BatchRefusal.WRONG_STATE)
        decision = kind(reference_octets(batch.reference), batch.digest)
        domain = PaymentDomain(batch.chain_id, batch.fund)
        account = SignedDecision(domain, signed.signature, decision).signer()
        if batch.state in (BatchState.PROPOSED, BatchState.APPROVED):
            return self._employee(account)
        name = self.store.find_employee(account, who_left=True)  # what has begun is finished
        if name is None:
            raise BatchError(BatchRefusal.UNKNOWN_EMPLOYEE)
        return name


def _burnt(batch: Batch, chain: BurningChain) -> dict[Address, Amount]:
    """What the chain burnt for each order, if the papers say the same.

    Raises:
        BatchError: ``other_burn``.
    """
    amounts: dict[Address, Amount] = {}
    burns = {origin: chain.find(origin, batch.searched_from) for origin in {order.origin for order in batch.orders}}
    for order in batch.orders:
        burn = burns[order.origin] or chain.find(order.origin, 0)
        amounts[order.merchant] = dict(burn.amounts).get(order.merchant, _ZERO) if burn is not None else _ZERO
        expected = order.proposed if batch.kind is BatchKind.RETRY else order.amount
        if not amounts[order.merchant] == order.amount == expected:
            raise BatchError(BatchRefusal.OTHER_BURN)
    return amounts


def _file(batch: Batch, amounts: Mapping[Address, Amount]) -> bytes:
    """The payment file for these amounts; the same octets for the same batch and amounts."""
    transfers = tuple(
        Transfer(order.merchant, amounts[order.merchant]) for order in _numbered(batch) if amounts[order.merchant]
    )
    total = sum((transfer.amount for transfer in transfers), _ZERO)
    directory = {order.merchant: order.payee for order in batch.orders}
    order = BankOrder(batch.debtor, directory, batch.execute_on, batch.proposed_at)
    return order.file(Settlement(batch.reference, transfers, total))


def _numbered(batch: Batch) -> list[PaymentOrder]:
    """In the order of the end-to-end ids, where they are known."""
    return sorted(batch.orders, key=lambda order: int(order.end_to_end.rpartition("-")[2] or 0))
