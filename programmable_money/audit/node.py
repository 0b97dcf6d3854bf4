# SPDX-License-Identifier: EUPL-1.2
"""What an auditor asks a node, in plain JSON-RPC, and the strict reading of what it answers.

Invariants:

- Reading methods only; every question about state names the block, so that one audit sees one state.
- An answer of another form than the specification's is an error, never a guess.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from eth_abi.exceptions import DecodingError

from programmable_money.abi import interface
from programmable_money.messages import Address, parse_address
from programmable_money.model import ChainEvent, MoneyError
from ssi.errors import VerificationError
from ssi.keccak import keccak256

__all__ = ["Block", "Log", "Node", "NodeError", "NodeReader", "Receipt", "Transaction", "event_of"]

LOG_SPAN: Final = 2_000
"""Blocks per request for events; our own endpoint and many nodes refuse more."""
_QUANTITY: Final = re.compile(r"0x(?:0|[1-9a-f][0-9a-f]{0,63})")
_OCTETS: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


class Node(Protocol):
    """Whatever answers JSON-RPC; ``programmable_money.chain.Chain.rpc`` does."""

    def request(self, method: str, parameters: list[Any]) -> Any:
        """The result of a call; MoneyError when the node refuses."""
        ...


class NodeError(MoneyError):
    """The node does not have something, or answers in a form that no node may."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log as the node gives it."""

    block: int
    index: int
    transaction: str
    address: Address
    topics: tuple[bytes, ...]
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A mined transaction. ``to`` is None when it deployed a contract."""

    hash: str
    sender: Address
    nonce: int
    to: Address | None
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction."""

    succeeded: bool
    logs: tuple[Log, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its transactions.

    Attributes:
        mined_at: unix seconds.
        bloom: 256 octets; which addresses may have logs here.
    """

    number: int
    hash: str
    parent_hash: str
    mined_at: int
    bloom: bytes = field(repr=False)
    transactions: tuple[Transaction, ...] = field(repr=False)

    def may_have_logs_of(self, address: Address) -> bool:
        """Whether the bloom filter allows logs of a contract in this block."""
        digest = keccak256(bytes.fromhex(address[2:]))
        bits = (int.from_bytes(digest[at : at + 2], "big") & 2047 for at in (0, 2, 4))
        return all(self.bloom[255 - bit // 8] >> bit % 8 & 1 for bit in bits)


class NodeReader:
    """Reads one chain up to its newest block at the start, so that everything is as of one moment.

    Raises:
        MoneyError: at any call: the node does not answer, or not in the form it must.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self.chain_id = _quantity(node.request("eth_chainId", []))
        self.head = _quantity(node.request("eth_blockNumber", []))

    def block(self, number: int) -> Block:
        """A block with its transactions in full."""
        found = _members(self._node.request("eth_getBlockByNumber", [hex(number), True]), f"block {number}")
        if _quantity(found.get("number")) != number:
            raise NodeError(f"asked for block {number}, the node gives another one")
        transactions = found.get("transactions")
        bloom = _octets(found.get("logsBloom"))
        if not isinstance(transactions, list) or len(bloom) != 256:
            raise NodeError(f"block {number} has no list of transactions or no bloom filter")
        return Block(
            number,
            _hash(found.get("hash")),
            _hash(found.get("parentHash")),
            _quantity(found.get("timestamp")),
            bloom,
            tuple(_transaction(_members(item, "a transaction")) for item in transactions),
        )

    def logs(self, addresses: Sequence[Address], from_block: int, advance: Callable[[int], None]) -> tuple[Log, ...]:
        """All logs of these contracts, in the chain's order.

        Args:
            advance: told how many blocks are done.
        """
        found: list[Log] = []
        for start in range(from_block, self.head + 1, LOG_SPAN):
            end = min(start + LOG_SPAN - 1, self.head)
            span = {"address": list(addresses), "fromBlock": hex(start), "toBlock": hex(end)}
            answer = self._node.request("eth_getLogs", [span])
            if not isinstance(answer, list):
                raise NodeError("logs are a list")
            found += [_log(_members(item, "a log")) for item in answer]
            advance(end - start + 1)
        return tuple(sorted(found, key=lambda log: (log.block, log.index)))

    def receipt(self, transaction: str) -> Receipt:
        """A transaction's receipt."""
        found = _members(self._node.request("eth_getTransactionReceipt", [transaction]), f"receipt of {transaction}")
        if _hash(found.get("transactionHash")) != transaction or not isinstance(found.get("logs"), list):
            raise NodeError(f"asked for the receipt of {transaction}, the node gives something else")
        logs = tuple(_log(_members(item, "a log")) for item in found["logs"])
        return Receipt(_quantity(found.get("status")) == 1, logs)

    def nonce(self, account: Address, block: int | None = None) -> int:
        """How many transactions an account had sent after a block; the last one if none is named."""
        number = self.head if block is None else block
        return _quantity(self._node.request("eth_getTransactionCount", [account, hex(number)]))

    def code(self, address: Address) -> bytes:
        """A contract's code."""
        return _octets(self._node.request("eth_getCode", [address, hex(self.head)]))

    def call(self, contract: str, address: Address, function: str, *arguments: Any) -> tuple[Any, ...]:
        """What a view of one of our contracts returns.

        Args:
            contract: its name, such as ``Fund``.
        """
        entry = interface(contract).functions[function]
        call = {"to": address, "data": "0x" + entry.encode(arguments).hex()}
        octets = _octets(self._node.request("eth_call", [call, hex(self.head)]))
        try:
            return entry.decode_output(octets)
        except DecodingError as error:
            raise NodeError(f"{contract} {address} does not answer {function} as such a contract does") from error


def event_of(log: Log, names: dict[Address, str], mined_at: int) -> ChainEvent | None:
    """The event that a log of one of our contracts is; None for one that its interface does not have."""
    name = names.get(log.address)
    if name is None or not log.topics:
        return None
    entry = interface(name).events.get(log.topics[0])
    if entry is None:
        return None
    try:
        arguments = entry.decode_log(log.topics, log.data)
    except (DecodingError, StopIteration) as error:
        raise NodeError(f"log {log.index} of block {log.block} is no {entry.name}") from error
    return ChainEvent(log.block, log.index, mined_at, log.transaction, name, log.address, entry.name, arguments)


def _transaction(found: dict[str, Any]) -> Transaction:
    to = found.get("to")
    octets = _octets(found.get("input", found.get("data")))
    return Transaction(
        _hash(found.get("hash")),
        _address(found.get("from")),
        _quantity(found.get("nonce")),
        None if to is None else _address(to),
        octets,
    )


def _log(found: dict[str, Any]) -> Log:
    topics = found.get("topics")
    if not isinstance(topics, list) or len(topics) > 4 or found.get("removed") is True:
        raise NodeError("a log has at most four topics and is part of the chain")
    return Log(
        _quantity(found.get("blockNumber")),
        _quantity(found.get("logIndex")),
        _hash(found.get("transactionHash")),
        _address(found.get("address")),
        tuple(_word(topic) for topic in topics),
        _octets(found.get("data")),
    )


def _members(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NodeError(f"the node does not have {what}")
    return value


def _quantity(value: object) -> int:
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value.lower()):
        raise NodeError("a quantity is 0x and hexadecimal digits without leading zeros")
    return int(value, 16)


def _octets(value: object) -> bytes:
    if not isinstance(value, str) or not _OCTETS.fullmatch(value):
        raise NodeError("octets are 0x and pairs of hexadecimal digits")
    return bytes.fromhex(value[2:])


def _word(value: object) -> bytes:
    octets = _octets(value)
    if len(octets) != 32:
        raise NodeError("a hash is 32 octets")
    return octets


def _hash(value: object) -> str:
    return "0x" + _word(value).hex()


def _address(value: object) -> Address:
    try:
        return parse_address(value.lower() if isinstance(value, str) else value)
    except VerificationError as error:
        raise NodeError("an address is 0x and 40 hexadecimal digits") from error
