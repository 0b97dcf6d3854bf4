# SPDX-License-Identifier: EUPL-1.2
"""What the contracts themselves say at the end, beside what their events say: every figure, key, balance and payment.

This is the second count of everything: an event that a node hides or makes up leaves the contracts' storage as it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from programmable_money.audit.backing import Backing
from programmable_money.audit.fund_state import FundState
from programmable_money.audit.node import NodeReader
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.books import FundLedger
from programmable_money.messages import Address
from ssi.claim.registry_key import registry_key
from ssi.claim.terms import TermsError
from ssi.errors import VerificationError

__all__ = ["Contracts", "StorageCheck"]


@dataclass(frozen=True, slots=True)
class Contracts:
    """Where the three contracts of a fund are."""

    fund: Address
    registry: Address
    euro: Address

    @property
    def names(self) -> dict[Address, str]:
        """The contracts' names by address."""
        return {self.registry: "TrustRegistry", self.euro: "MunicipalEuro", self.fund: "Fund"}


@dataclass(slots=True)
class StorageCheck:
    """Compares everything, call by call.

    Attributes:
        compared: how many answers were compared.
    """

    reader: NodeReader
    contracts: Contracts
    findings: Findings
    compared: int = 0

    def run(
        self, fund: FundState, ledger: FundLedger, backing: Backing, advance: Callable[[int], None] = lambda _: None
    ) -> None:
        """Compare every figure of the last block."""
        for what, expected, contract, function, arguments in (
            *self._token(backing),
            *self._fund(fund, ledger),
            *self._registry(fund),
        ):
            found = self.reader.call(contract, self._address(contract), function, *arguments)
            self._same(what, expected, found)
            advance(1)
        self._statements(fund)
        balance, books = backing.balances.get(self.contracts.fund, 0), ledger.books.total.cents
        if balance < books:
            text = f"the fund holds {balance} cents of the token, and owes {books}"
            self.findings.add(DifferenceKind.LEDGER, text, block=self.reader.head)

    def _token(self, backing: Backing) -> Iterator[tuple[str, tuple[Any, ...], str, str, tuple[Any, ...]]]:
        token = "MunicipalEuro"  # noqa: S105  # a contract's name
        yield "total supply", (backing.supply,), token, "totalSupply", ()
        yield "deposits", (backing.deposited,), token, "deposited", ()
        yield "settlements", (backing.settled,), token, "settled", ()
        for holder, cents in backing.balances.items():
            yield f"euros of {holder}", (cents,), token, "balanceOf", (holder,)
        for reference in backing.deposits:
            yield f"deposit 0x{reference.hex()}", (True,), token, "isDeposited", (reference,)
        for holder, reference in backing.settlements:
            yield f"settlement 0x{reference.hex()}", (True,), token, "isSettled", (holder, reference)

    def _fund(
        self, fund: FundState, ledger: FundLedger
    ) -> Iterator[tuple[str, tuple[Any, ...], str, str, tuple[Any, ...]]]:
        books = ledger.books
        figures = (books.unallocated.cents, books.accounts.cents, books.merchants.cents, fund.is_paused, fund.is_closed)
        yield "books (unallocated, accounts, merchants, paused, closed)", figures, "Fund", "books", ()
        yield "sponsor", (fund.sponsor,), "Fund", "sponsor", ()
        for validator in fund.rules.validators:
            yield f"claims of {validator}", (fund.claims.get(validator, 0),), "Fund", "claimsOf", (validator,)
        for nullifier in fund.nullifiers:
            yield f"claim 0x{nullifier.hex()}", (True,), "Fund", "isClaimed", (nullifier,)
        for account, cents in ledger.accounts.items():
            yield f"balance of {account}", (cents,), "Fund", "accountOf", (account,)
        for merchant, shop in fund.shops.items():
            expected = shop.category, shop.is_approved, shop.owed, shop.batch
            yield f"shop {merchant}", expected, "Fund", "merchantOf", (merchant,)
        for payment, made in fund.payments.items():
            recorded = made.merchant, made.amount, made.refunded, made.batch
            yield f"payment 0x{payment.hex()}", recorded, "Fund", "payment", (payment,)

    def _registry(self, fund: FundState) -> Iterator[tuple[str, tuple[Any, ...], str, str, tuple[Any, ...]]]:
        for type_id, header in fund.registry.types.items():
            yield f"type 0x{type_id.hex()}", (header,), "TrustRegistry", "typeOf", (type_id,)
        for key_id, key in fund.registry.keys.items():
            is_revoked = key.revoked_at is not None
            public_key = registry_key(key.public_key) if key.public_key else b""
            expected = key.type_id, key.validator, key.valid_from, key.valid_until, is_revoked, public_key
            yield f"key 0x{key_id.hex()}", expected, "TrustRegistry", "key", (key_id,)

    def _statements(self, fund: FundState) -> None:
        """What the fund checks proofs against, beside what is computed here."""
        for key_id, announced in fund.accepted.items():
            (address,) = self.reader.call("Fund", self.contracts.fund, "statementOf", key_id)
            self.compared += 1
            kept = self.reader.code(address)[1:]
            key = fund.registry.keys.get(key_id)
            try:
                ours = b"" if key is None else fund.proofs.statement(key.public_key).octets
            except (VerificationError, TermsError):
                ours = b""
            if address != announced or not ours or kept != ours:
                text = f"the fund checks claims of key 0x{key_id.hex()} against another statement than the rulebook's"
                self.findings.add(DifferenceKind.STATEMENT, text, block=self.reader.head)

    def _same(self, what: str, expected: tuple[Any, ...], found: tuple[Any, ...]) -> None:
        """Compare; a contract may say more than the events do, at the end."""
        self.compared += 1
        if tuple(found[: len(expected)]) != expected:
            ours, theirs = (_written(values) for values in (expected, found[: len(expected)]))
            text = f"{what}: {ours} by the events, {theirs} by the contract"
            self.findings.add(DifferenceKind.STORAGE, text, block=self.reader.head)

    def _address(self, contract: str) -> Address:
        return next(address for address, name in self.contracts.names.items() if name == contract)


def _written(values: tuple[Any, ...]) -> str:
    return ", ".join("0x" + value.hex() if isinstance(value, bytes) else str(value) for value in values)
