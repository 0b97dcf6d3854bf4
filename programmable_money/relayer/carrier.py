# SPDX-License-Identifier: EUPL-1.2
"""What a relayer asks of a node: try, sign, send, look. Works on the embedded chain and on any node.

Requests that belong together go together, because a relayer asks a lot.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_account.signers.local import LocalAccount

from programmable_money.abi import interface
from programmable_money.chain import Chain, ChainError, Deployed
from programmable_money.fund import Fund
from programmable_money.messages import Address, PaymentDomain, payment_id
from programmable_money.model import Amount
from programmable_money.relayer.errands import ErrandKind, nullifier_of
from programmable_money.relayer.model import Attempt, Carried, Fees, Mined

__all__ = ["Carrier", "View"]

_GWEI: Final = 10**9
_LOG_SPAN: Final = 5000
_EVENTS: Final = {"Claimed": ErrandKind.CLAIM, "Paid": ErrandKind.PAYMENT, "Refunded": ErrandKind.REFUND}
_EVENT_IDS: Final[Mapping[ErrandKind, bytes]] = {
    _EVENTS[entry.name]: topic for topic, entry in interface("Fund").events.items() if entry.name in _EVENTS
}
_CALLS: Final = {ErrandKind.CLAIM: "claim", ErrandKind.PAYMENT: "pay", ErrandKind.REFUND: "refund"}


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

    def check_fund(self, fund: Address) -> None:
        """Refuse an address without a contract: ChainError."""
        self.chain.at("Fund", fund)

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

    def sign(self, account: LocalAccount, nonce: int, fund: Address, data: bytes, gas: int, fees: Fees) -> Attempt:
        """A transaction with a nonce."""
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "to": fund,
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

    def find_done(self, errand: Carried) -> tuple[bool, Amount | None]:
        """Whether the fund shows that exactly this was done, by whoever; and how much it was, if that can be told.

        Raises:
            ChainError: the node did not answer.
        """
        given = interface("Fund").functions[_CALLS[errand.kind]].decode_input(errand.data[4:])
        if errand.kind is ErrandKind.CLAIM:
            amount = self._find_claim(errand, Address(given["account"]), given["proof"])
            return amount is not None, amount
        if errand.kind is ErrandKind.PAYMENT:
            permit = given["permit"]
            payment = payment_id(permit[0], permit[3])
        else:
            payment = payment_id(given["account"], given["nonce"])
        paid = Fund(self.chain, Deployed("Fund", errand.domain.fund)).payment(payment)
        if paid is None:
            return False, None
        if errand.kind is ErrandKind.PAYMENT:
            is_done = (paid.merchant, paid.amount.cents) == (given["merchant"], given["amount"])
            return is_done, paid.amount if is_done else None
        return paid.refunded.cents == given["refundedTotal"], None

    def _find_claim(self, errand: Carried, account: Address, proof: bytes) -> Amount | None:
        """What a claim of this pseudonym credited to this account, since the errand was accepted."""
        nullifier = "0x" + nullifier_of(proof).hex()
        topics = ["0x" + _EVENT_IDS[errand.kind].hex(), nullifier, None, "0x" + account[2:].lower().rjust(64, "0")]
        for start in range(errand.since, self.chain.block_number() + 1, _LOG_SPAN):
            span = {"fromBlock": hex(start), "toBlock": hex(start + _LOG_SPAN - 1)}
            (logs,) = self.chain.ask([("eth_getLogs", [{"address": errand.domain.fund, "topics": topics, **span}])])
            if isinstance(logs, Exception):
                raise logs
            for log in logs:
                return _amount(log)
        return None


def _mined(errand: Carried, transaction: str, receipt: Any) -> Mined:
    amount = None
    for log in receipt["logs"]:
        is_ours = log["address"].lower() == errand.domain.fund.lower() and log["topics"]
        if is_ours and _octets(log["topics"][0]) == _EVENT_IDS[errand.kind]:
            amount = _amount(log)
    block_hash = "0x" + _octets(receipt["blockHash"]).hex()
    succeeded = _number(receipt["status"]) == 1
    return Mined(transaction, _number(receipt["blockNumber"]), block_hash, succeeded, amount)


def _amount(log: Any) -> Amount:
    """Of a claim's, payment's or refund's event."""
    topics = [_octets(topic) for topic in log["topics"]]
    return Amount(interface("Fund").events[topics[0]].decode_log(topics, _octets(log["data"]))["amount"])


def _number(value: Any) -> int:
    return int(value, 16) if isinstance(value, str) else int(value)


def _octets(value: Any) -> bytes:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)
