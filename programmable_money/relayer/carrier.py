# SPDX-License-Identifier: EUPL-1.2
"""What a relayer asks of a node: try, sign, send, look. Works on the embedded chain and on any node.

Requests that belong together go together, because a relayer asks a lot.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from eth_abi.abi import encode as abi_encode
from eth_account.signers.local import LocalAccount

from programmable_money.abi import Entry
from programmable_money.chain import Chain, ChainError, Deployed
from programmable_money.messages import Address, PaymentDomain
from programmable_money.model import Amount
from programmable_money.relayer.errands import KINDS
from programmable_money.relayer.errands.effects import Effect, Given
from programmable_money.relayer.model import Attempt, Carried, Fees, Mined, NewErrand

__all__ = ["Carrier", "Done", "View"]

_GWEI: Final = 10**9
_REORGANISED: Final = 256
"""Blocks before an errand was tried in which somebody else's transaction may be by now, after a reorganisation."""


@dataclass(frozen=True, slots=True)
class View:
    """What a node showed.

    Attributes:
        head: number of its last block.
        nonces: how many transactions of each account are in blocks.
        mined: by transaction; without those that are in no block.
    """

    head: int
    nonces: Mapping[Address, int]
    mined: Mapping[str, Mined]


@dataclass(frozen=True, slots=True)
class Done:
    """That an errand was done.

    Attributes:
        amount: what was credited, paid, owed or given back; None where that is nothing.
    """

    amount: Amount | None


class Carrier:
    """A chain, as a relayer uses it. For several threads where the chain is."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.chain_id = chain.chain_id

    def try_call(self, domain: PaymentDomain, data: bytes, sender: Address, gas: int) -> int:
        """Run a call on the last block without sending it; the number of that block.

        Raises:
            RefusedError: a contract refuses it.
            ChainError: the node does, or did not answer.
        """
        call = {"from": sender, "to": domain.fund, "data": "0x" + data.hex(), "gas": hex(gas)}
        if self.chain.is_embedded:
            call["gas"] = gas  # type: ignore[assignment]  # eth-tester wants numbers
        head, outcome = self.chain.ask([("eth_blockNumber", []), ("eth_call", [call, "latest"])])
        for answer in (outcome, head):
            if isinstance(answer, Exception):
                raise answer
        return _number(head)

    def check_programme(self, address: Address) -> None:
        """Refuse an address without a contract: ChainError."""
        if not self.chain.code(address):
            raise ChainError(f"there is no contract at {address} on chain {self.chain_id}")

    def fees(self) -> Fees:
        """What a transaction offers now: twice the base fee, so that full blocks do not stop it."""
        return self.purse(())[0]

    def purse(self, accounts: Sequence[Address]) -> tuple[Fees, Mapping[Address, int]]:
        """``fees``, and what accounts have to pay them with, wei.

        Raises:
            ChainError: the node did not answer.
        """
        requests: list[tuple[str, list[Any]]] = [("eth_getBlockByNumber", ["latest", False])]
        answers = self.chain.ask(requests + [("eth_getBalance", [account, "latest"]) for account in accounts])
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        base = _number(answers[0].get("baseFeePerGas", 0))
        return Fees(2 * base + _GWEI, _GWEI), dict(zip(accounts, map(_number, answers[1:]), strict=True))

    def sign(self, account: LocalAccount, nonce: int, to: Address, data: bytes, gas: int, fees: Fees) -> Attempt:
        """A transaction with a nonce."""
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "to": to,
            "value": 0,
            "data": data,
            "gas": gas,
            "maxFeePerGas": fees.highest,
            "maxPriorityFeePerGas": fees.tip,
        }
        signed = account.sign_transaction(transaction)
        return Attempt("0x" + bytes(signed.hash).hex(), bytes(signed.raw_transaction), fees, time.time())

    def send(self, raws: Sequence[bytes]) -> list[str | None]:
        """Give transactions to the node, in order; for each what the node said against it, None if nothing.

        A node refuses what it has already, or what is in a block; looking tells which.

        Raises:
            ChainError: nothing answered.
        """
        answers = self.chain.ask([("eth_sendRawTransaction", ["0x" + raw.hex()]) for raw in raws])
        return [str(answer) if isinstance(answer, Exception) else None for answer in answers]

    def look(self, accounts: Sequence[Address], errands: Sequence[Carried]) -> View:
        """What became of these errands' transactions.

        Raises:
            ChainError: the node did not answer all of it.
        """
        asked = [(attempt.transaction, errand) for errand in errands for attempt in errand.attempts]
        requests: list[tuple[str, list[Any]]] = [("eth_blockNumber", [])]
        requests += [("eth_getTransactionCount", [account, "latest"]) for account in accounts]
        requests += [("eth_getTransactionReceipt", [transaction]) for transaction, _ in asked]
        answers = self.chain.ask(requests)
        for answer in answers:
            if isinstance(answer, Exception):
                raise ChainError(f"the node does not tell what it has: {answer}")
        nonces = dict(zip(accounts, map(_number, answers[1 : 1 + len(accounts)]), strict=True))
        mined = {
            transaction: _mined(errand, transaction, receipt)
            for (transaction, errand), receipt in zip(asked, answers[1 + len(accounts) :], strict=True)
            if receipt is not None and receipt.get("blockNumber") is not None
        }
        return View(_number(answers[0]), nonces, mined)

    def find_done(self, errand: NewErrand | Carried) -> Done | None:
        """What the contract's event shows if exactly this was done, by whoever; None if it was not.

        Raises:
            ChainError: the node did not answer.
        """
        effect = KINDS[errand.kind].EFFECT
        given = effect.given(errand.data)
        contract = Deployed(effect.contract, errand.domain.fund)
        events = self._events(errand, effect, effect.sought(given))
        found = effect.find(given, events, partial(self.chain.call, contract))
        return None if found is None else Done(effect.amount_of(found))

    def _events(self, errand: NewErrand | Carried, effect: Effect, sought: Mapping[str, Any]) -> list[Given]:
        """Arguments of the effect's events with these arguments, since the errand was tried."""
        entry = effect.entry
        topics: list[str | None] = [_hex(entry.selector)]
        for (name, kind), indexed in zip(entry.inputs, entry.indexed, strict=True):
            if indexed:
                topics.append(_hex(abi_encode([kind], [sought[name]])) if name in sought else None)
        start = max(0, errand.since - _REORGANISED)
        logs = self.chain.logs(errand.domain.fund, topics, from_block=start)
        found = [_decoded(entry, log) for log in logs]
        return [event for event in found if all(event[name] == value for name, value in sought.items())]


def _mined(errand: Carried, transaction: str, receipt: Any) -> Mined:
    effect, amount, is_done = KINDS[errand.kind].EFFECT, None, False
    entry = effect.entry
    for log in receipt["logs"]:
        is_ours = log["address"].lower() == errand.domain.fund.lower() and log["topics"]
        if is_ours and _octets(log["topics"][0]) == entry.selector:
            amount, is_done = effect.amount_of(_decoded(entry, log)), True
    block_hash = _hex(_octets(receipt["blockHash"]))
    succeeded = _number(receipt["status"]) == 1
    return Mined(transaction, _number(receipt["blockNumber"]), block_hash, succeeded, is_done, amount)


def _decoded(entry: Entry, log: Any) -> Given:
    return entry.decode_log([_octets(topic) for topic in log["topics"]], _octets(log["data"]))


def _number(value: Any) -> int:
    return int(value, 16) if isinstance(value, str) else int(value)


def _octets(value: Any) -> bytes:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)


def _hex(octets: bytes) -> str:
    return "0x" + octets.hex()
