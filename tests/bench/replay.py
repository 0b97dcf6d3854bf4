# SPDX-License-Identifier: EUPL-1.2
"""Replay: from raw logs of a year in a town, as a node gives them, to the ledger and the read model.

The events are made up but well formed: every log is encoded by the contracts' interfaces, every amount is there before
it is spent, refunds come before settlements, and the books balance at the end.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from eth_abi.abi import encode as abi_encode

from programmable_money.abi import interface
from programmable_money.books import ledger_from
from programmable_money.messages import Address, parse_address
from programmable_money.model import ChainEvent
from programmable_money.store import Store

__all__ = ["EVENTS", "decoded", "logs_of_a_year", "measure_replay"]

EVENTS: Final = 100_000
_OPENS_AT: Final = 1_767_225_600
_ALLOTMENT: Final = 45_000
_SHOPS: Final = 120
_PAYMENTS_PER_CLAIM: Final = 8
_SETTLE_EVERY: Final = 2_000
_PER_BLOCK: Final = 4


@dataclass(frozen=True, slots=True)
class RawLog:
    """A log as a node gives it, and whose it is."""

    contract: str
    address: Address
    block: int
    index: int
    topics: tuple[bytes, ...]
    data: bytes


def measure_replay(events: int = EVENTS, database: str = "sqlite://") -> dict[str, float]:
    """Decode, follow and store so many events; seconds of each step and events a second of all of them.

    Args:
        database: where the read model goes.
    """
    logs = logs_of_a_year(events)
    store = Store(database)
    try:
        started = time.perf_counter()
        replayed = decoded(logs)
        at_decoded = time.perf_counter()
        ledger = ledger_from(replayed)
        at_followed = time.perf_counter()
        applied = store.rebuild(replayed)
        ended = time.perf_counter()
        fund = next(iter(ledger.funds))
        payments = store.payments(fund)
    finally:
        store.close()
    spent = sum(entry.amount.cents - entry.refunded.cents for entry in payments)
    if applied != events or not ledger.books.is_balanced or spent != ledger.funds[fund].spent:
        raise RuntimeError("the replayed books do not balance")
    return {
        "events": events,
        "decode_seconds": round(at_decoded - started, 2),
        "ledger_seconds": round(at_followed - at_decoded, 2),
        "read_model_seconds": round(ended - at_followed, 2),
        "total_seconds": round(ended - started, 2),
        "events_per_second": round(events / (ended - started)),
    }


def decoded(logs: Sequence[RawLog]) -> tuple[ChainEvent, ...]:
    """The events that these logs are."""
    return tuple(
        ChainEvent(
            block=log.block,
            index=log.index,
            emitted_at=_OPENS_AT + 12 * log.block,
            transaction=f"0x{log.block:064x}",
            contract=log.contract,
            address=log.address,
            name=interface(log.contract).events[log.topics[0]].name,
            arguments=interface(log.contract).events[log.topics[0]].decode_log(log.topics, log.data),
        )
        for log in logs
    )


def logs_of_a_year(count: int) -> list[RawLog]:
    """So many logs, from the first deposit on; the same ones every time.

    Args:
        count: at least 1,000.
    """
    if count < 1_000:
        raise ValueError("a year has at least 1,000 events")
    return list(islice(_Year(random.Random(20_260_101), count).steps(), count))


class _Year:
    """What happens in a town; ``steps`` goes on for ever, and each step is one log."""

    def __init__(self, chance: random.Random, count: int) -> None:
        self.logs: list[RawLog] = []
        self._chance = chance
        self._budget = _ALLOTMENT * count
        self._addresses = {name: self._address() for name in ("TrustRegistry", "MunicipalEuro", "Fund")}
        self._sponsor, self._validator = self._address(), self._address()
        self._key, self._type = self._word(), self._word()
        self._shops = [self._address() for _ in range(_SHOPS)]
        self._owed = dict.fromkeys(self._shops, 0)
        self._batch = dict.fromkeys(self._shops, 0)
        self._balances: dict[Address, int] = {}

    def steps(self) -> Iterator[RawLog]:
        """Open the fund, then claims, payments, refunds and settlements."""
        yield from self._open()
        while True:
            account = self._address()
            self._balances[account] = _ALLOTMENT
            yield self._logged("Fund", "Claimed", self._word(), self._key, account, _ALLOTMENT, 46_000)
            for _ in range(_PAYMENTS_PER_CLAIM):
                yield from self._shop(account)
            if len(self.logs) % _SETTLE_EVERY < _PAYMENTS_PER_CLAIM:
                yield from self._settle()

    def _open(self) -> Iterator[RawLog]:
        registry, euro = self._addresses["TrustRegistry"], self._addresses["MunicipalEuro"]
        yield self._logged("TrustRegistry", "TypeRegistered", self._type, b"a header")
        yield self._logged("TrustRegistry", "Admitted", self._validator, self._type)
        key = self._key, self._type, self._validator, self._chance.randbytes(256), _OPENS_AT, 2 * _OPENS_AT
        yield self._logged("TrustRegistry", "KeyAdded", *key)
        yield self._logged("MunicipalEuro", "Deposited", self._word(), self._sponsor, self._budget)
        yield self._logged("Fund", "Opened", self._word(), 2026, self._sponsor, registry, euro)
        yield self._logged("Fund", "Funded", self._sponsor, self._budget)
        for number, shop in enumerate(self._shops):
            yield self._logged("Fund", "MerchantApproved", shop, number % 8)

    def _shop(self, account: Address) -> Iterator[RawLog]:
        amount = self._chance.randint(1, self._balances[account])
        payment, shop = self._word(), self._chance.choice(self._shops)
        self._balances[account] -= amount
        self._owed[shop] += amount
        yield self._logged("Fund", "Paid", payment, account, shop, amount)
        if self._chance.random() < 0.05 or not self._balances[account]:
            self._balances[account] += amount
            self._owed[shop] -= amount
            yield self._logged("Fund", "Refunded", payment, account, shop, amount)

    def _settle(self) -> Iterator[RawLog]:
        reference = self._word()
        for shop, amount in self._owed.items():
            if amount:
                self._batch[shop] += 1
                self._owed[shop] = 0
                yield self._logged("Fund", "MerchantSettled", shop, self._batch[shop], amount, reference)
                yield self._logged("MunicipalEuro", "Settled", self._word(), self._addresses["Fund"], amount)

    def _logged(self, contract: str, name: str, *values: Any) -> RawLog:
        entry = next(event for event in interface(contract).events.values() if event.name == name)
        topics, members = [entry.selector], []
        for (_, kind), indexed, value in zip(entry.inputs, entry.indexed, values, strict=True):
            if indexed:
                topics.append(abi_encode([kind], [value]))
            else:
                members.append((kind, value))
        data = abi_encode([kind for kind, _ in members], [value for _, value in members])
        block, index = divmod(len(self.logs), _PER_BLOCK)
        made = RawLog(contract, self._addresses[contract], block, index, tuple(topics), data)
        self.logs.append(made)
        return made

    def _address(self) -> Address:
        return parse_address("0x" + self._chance.randbytes(20).hex())

    def _word(self) -> bytes:
        return self._chance.randbytes(32)
