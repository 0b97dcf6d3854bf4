# SPDX-License-Identifier: EUPL-1.2
"""What the contracts themselves say at the end, beside what their events say: every figure, key, balance and payment.

This is the second count of everything: an event that a node hides or makes up leaves the contracts' storage as it is.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from programmable_money.audit.audited import Asked, Audited, Comparison
from programmable_money.audit.backing import Backing
from programmable_money.audit.node import NodeReader
from programmable_money.audit.registry_state import RegistryState
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.books import FundLedger
from programmable_money.messages import Address
from ssi.claim.registry_key import registry_key
from ssi.claim.terms import TermsError
from ssi.errors import VerificationError

__all__ = ["StorageCheck"]


@dataclass(slots=True)
class StorageCheck:
    """Compares everything, call by call.

    Attributes:
        registry, euro: the contracts that programmes share.
        compared: how many answers were compared.
    """

    reader: NodeReader
    registry: Address
    euro: Address
    findings: Findings
    compared: int = 0

    def run(
        self,
        programme: Audited,
        registry: RegistryState,
        ledger: FundLedger,
        backing: Backing,
        advance: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Compare every figure of the last block."""
        self.compare((*self._token(backing), *programme.comparisons(ledger), *self._registry(registry)), advance)
        self._statements(programme, registry)
        balance, books = backing.balances.get(programme.subject.holder, 0), ledger.books.total.cents
        if balance < books:
            text = f"the contract holds {balance} cents of the token, and owes {books}"
            self.findings.add(DifferenceKind.LEDGER, text, block=self.reader.head)

    def compare(self, comparisons: Iterable[Comparison], advance: Callable[[int], None] = lambda _: None) -> None:
        """Ask for each, and note what is not as the events say."""
        for comparison in comparisons:
            self._compare(comparison)
            advance(1)

    def _token(self, backing: Backing) -> Iterator[Comparison]:
        def asked(function: str, *arguments: Any) -> Asked:
            return Asked("MunicipalEuro", self.euro, function, arguments)

        yield Comparison("total supply", (backing.supply,), asked("totalSupply"))
        yield Comparison("deposits", (backing.deposited,), asked("deposited"))
        yield Comparison("settlements", (backing.settled,), asked("settled"))
        for holder, cents in backing.balances.items():
            yield Comparison(f"euros of {holder}", (cents,), asked("balanceOf", holder))
        for reference in backing.deposits:
            yield Comparison(f"deposit 0x{reference.hex()}", (True,), asked("isDeposited", reference))
        for holder, reference in backing.settlements:
            yield Comparison(f"settlement 0x{reference.hex()}", (True,), asked("isSettled", holder, reference))

    def _registry(self, registry: RegistryState) -> Iterator[Comparison]:
        def asked(function: str, name: bytes) -> Asked:
            return Asked("TrustRegistry", self.registry, function, (name,))

        for type_id, header in registry.types.items():
            yield Comparison(f"type 0x{type_id.hex()}", (header,), asked("typeOf", type_id))
        for key_id, key in registry.keys.items():
            is_revoked = key.revoked_at is not None
            public_key = registry_key(key.public_key) if key.public_key else b""
            expected = key.type_id, key.validator, key.valid_from, key.valid_until, is_revoked, public_key
            yield Comparison(f"key 0x{key_id.hex()}", expected, asked("key", key_id))

    def _statements(self, programme: Audited, registry: RegistryState) -> None:
        """What the contract checks proofs against, beside what is computed here."""
        for key_id, asked, announced, place in programme.statements():
            (address,) = self._answer(asked)
            self.compared += 1
            kept = self.reader.code(address)[1:]
            key = registry.keys.get(key_id)
            try:
                ours = b"" if key is None else programme.claims.proofs.statement(key.public_key, place).octets
            except (VerificationError, TermsError):
                ours = b""
            if address != announced or not ours or kept != ours:
                text = f"claims of key 0x{key_id.hex()} are checked against another statement than the rulebook's"
                self.findings.add(DifferenceKind.STATEMENT, text, block=self.reader.head)

    def _compare(self, comparison: Comparison) -> None:
        """Compare; a contract may say more than the events do, at the end."""
        self.compared += 1
        expected = comparison.expected
        found = self._answer(comparison.asked)[: len(expected)]
        if tuple(found) != expected:
            text = f"{comparison.what}: {_written(expected)} by the events, {_written(found)} by the contract"
            self.findings.add(DifferenceKind.STORAGE, text, block=self.reader.head)

    def _answer(self, asked: Asked) -> tuple[Any, ...]:
        return self.reader.call(asked.contract, asked.address, asked.function, *asked.arguments)


def _written(values: tuple[Any, ...]) -> str:
    return ", ".join("0x" + value.hex() if isinstance(value, bytes) else str(value) for value in values)
