# SPDX-License-Identifier: EUPL-1.2
"""A chain and our contracts on it: sending, waiting, reading, events. The only module that imports web3.

Works on the embedded chain and on any node behind an RPC URL. Keys stay here: every transaction is signed locally,
with EIP-1559 fees, and the node is asked for nothing but to carry it.

Invariants:

- A transaction that returns has succeeded. One that a contract refuses raises ``RefusedError`` with the contract's own
  error; anything else that goes wrong raises ``ChainError``.
- On a node a transaction is tried first (its gas is estimated), so that a refusal costs no fee and leaves no trace. The
  embedded chain runs a claim in Python, so there it is sent at once, and only a refused one is run again to learn why;
  it stays in the chain as a failed transaction.
"""

import ast
import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from eth_abi.exceptions import DecodingError
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import EthereumTesterProvider, HTTPProvider, Web3
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint
from web3.utils.address import get_create_address

from programmable_money.abi import Interface, decode_refusal, interface
from programmable_money.messages import Address, parse_address
from programmable_money.model import ChainEvent, MoneyError

__all__ = ["Chain", "ChainError", "Deployed", "Receipt"]

_GWEI: Final = 10**9
_RECEIPT_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 0.05
_LOG_SPAN: Final = 5000
"""Blocks per request for events; many nodes refuse more."""


class ChainError(MoneyError):
    """The node could not be reached, or refused something that no contract of ours decided."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A contract of ours at its address."""

    name: str
    address: Address

    @property
    def interface(self) -> Interface:
        """Its compiled interface."""
        return interface(self.name)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transaction that succeeded.

    Attributes:
        mined_at: the block's time, unix seconds.
        gas_used: of the whole transaction.
        created: the contract's address if it was a deployment.
        events: of our contracts that took part, in order.
    """

    transaction: str
    block: int
    mined_at: int
    gas_used: int
    created: Address | None
    events: tuple[ChainEvent, ...]


class Chain:
    """A connection to one chain.

    Build it with ``embedded`` or ``rpc``. May be used by several threads against a node; the embedded chain is one
    thread's.

    Args:
        relayer_keys: accounts with the chain's currency that carry transactions for everybody, 32 octets each.
    """

    def __init__(self, w3: Web3, *, relayer_keys: Sequence[bytes], tester: Any = None) -> None:
        self._w3 = w3
        self._tester = tester
        self._nonces: dict[str, int] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._known: dict[Address, str] = {}
        self._block_times: dict[int, int] = {}
        self.relayers = tuple(self.account(key) for key in relayer_keys)
        self._turns = itertools.cycle(self.relayers)
        self.chain_id: int = tester.backend.chain.chain_id if tester is not None else self._ask_chain_id()

    @classmethod
    def embedded(cls, tester: Any, *, relayer_keys: Sequence[bytes]) -> Self:
        """Connect to an embedded chain (an ``eth_tester.EthereumTester``)."""
        return cls(Web3(EthereumTesterProvider(tester)), relayer_keys=relayer_keys, tester=tester)

    @classmethod
    def rpc(cls, url: str, *, relayer_keys: Sequence[bytes] = (), timeout_seconds: float = 30.0) -> Self:
        """Connect to a node.

        Raises:
            ChainError: nothing answers there.
        """
        return cls(Web3(HTTPProvider(url, request_kwargs={"timeout": timeout_seconds})), relayer_keys=relayer_keys)

    @staticmethod
    def account(private_key: bytes) -> LocalAccount:
        """An account that signs here, from its key (32 octets)."""
        account: LocalAccount = Account.from_key(private_key)
        return account

    @property
    def is_embedded(self) -> bool:
        """Whether this is the in-process chain."""
        return self._tester is not None

    # ---- contracts ----

    def at(self, name: str, address: str) -> Deployed:
        """A contract of ours at a known address; from now on its events are decoded.

        Raises:
            ChainError: no contract is there.
        """
        deployed = Deployed(name, parse_address(address))
        if not self._request(self._w3.eth.get_code, deployed.address):
            raise ChainError(f"there is no contract at {deployed.address} on chain {self.chain_id}")
        self._known[deployed.address] = name
        return deployed

    def deploy(self, name: str, *arguments: Any, sender: LocalAccount) -> Deployed:
        """Deploy a contract and wait for it."""
        receipt = self._transact(sender, None, interface(name).deployment(arguments))
        if receipt.created is None:
            raise ChainError(f"{name} was sent, but no contract was created")
        self._known[receipt.created] = name
        return Deployed(name, receipt.created)

    def next_contract(self, sender: LocalAccount, *, after: int = 0) -> Address:
        """Where the next contract that an account deploys will be, or the one after so many other transactions."""
        counted: Any = "latest" if self.is_embedded else "pending"
        nonce = self._request(self._w3.eth.get_transaction_count, sender.address, counted)
        return parse_address(get_create_address(sender.address, int(nonce) + after))  # type: ignore[arg-type]

    def call(self, contract: Deployed, function: str, *arguments: Any) -> tuple[Any, ...]:
        """Read; the returned values in order.

        Raises:
            RefusedError: the contract refused.
            ChainError: the node did, nothing answered, or there is another contract at that address.
        """
        entry = contract.interface.functions[function]
        octets = self._try_call({"to": contract.address, "data": _hex(entry.encode(arguments))}, "latest")
        try:
            return entry.decode_output(octets)
        except DecodingError as error:
            said = f"{contract.address} does not answer {function} as a contract of the kind {contract.name} does"
            raise ChainError(said) from error

    def send(self, contract: Deployed, function: str, *arguments: Any, sender: LocalAccount | None = None) -> Receipt:
        """Send a transaction and wait until it is mined.

        Args:
            sender: who signs and pays; the next relayer if nobody is named.
        Raises:
            RefusedError: the contract refused.
            ChainError: the node did, or nothing answered.
        """
        data = contract.interface.functions[function].encode(arguments)
        return self._transact(sender or self._relayer(), contract.address, data)

    def provide_gas(self, address: Address, wei: int) -> None:
        """Give an account fees from a relayer, for the roles that must send for themselves."""
        self._transact(self._relayer(), address, b"", value=wei)

    def wait_for(self, transaction: Any) -> Any:
        """Wait until a transaction is mined; its receipt as the node gives it."""
        return self._request(self._w3.eth.wait_for_transaction_receipt, transaction, _RECEIPT_SECONDS, _POLL_SECONDS)

    # ---- time ----

    def now(self) -> int:
        """The time that the next transaction would see, unix seconds; on a slow chain that of the last block."""
        if self._tester is not None:
            chain = self._tester.backend.chain
            return int(chain.clock.next_block_at(chain.header.timestamp))
        for name in ("pending", "latest"):
            try:
                return int(self._w3.eth.get_block(name)["timestamp"])
            except Web3Exception:
                continue
        raise ChainError("the node does not tell its last block")

    def travel_to(self, unix_seconds: int) -> None:
        """Move the clock of a chain for tests forward.

        Raises:
            ChainError: the chain's clock is a real one.
        """
        if self._tester is not None:
            if unix_seconds > self.now():
                self._tester.time_travel(unix_seconds)
            return
        if "anvil" not in str(self._w3.client_version).lower():
            raise ChainError("time passes by itself on this chain")
        self.request("evm_setNextBlockTimestamp", [unix_seconds])
        self.request("evm_mine", [])

    # ---- events ----

    def block_number(self) -> int:
        """Number of the last block."""
        return int(self._request(lambda: self._w3.eth.block_number))

    def events(self, contracts: Sequence[Deployed], *, from_block: int = 0) -> tuple[ChainEvent, ...]:
        """All events of these contracts from a block on, in the order of the chain."""
        for contract in contracts:
            self._known[contract.address] = contract.name
        found = self._logs({"address": [contract.address for contract in contracts]}, from_block)
        return tuple(sorted(self._decode(found), key=lambda event: event.order))

    def logs(self, address: Address, topics: Sequence[str | None], *, from_block: int) -> list[Any]:
        """A contract's logs with these topics from a block on, as the node gives them.

        Args:
            topics: hexadecimal, the event first; None for any.
        """
        return self._logs({"address": address, "topics": list(topics)}, from_block)

    # ---- for the auditor's raw view ----

    def request(self, method: str, parameters: list[Any]) -> Any:
        """A JSON-RPC request as such; ChainError if the node refuses it."""
        response = self._request(self._w3.provider.make_request, method, parameters)
        if "error" in response:
            raise ChainError(f"{method}: {response['error']}")
        return response.get("result")

    def ask(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Several JSON-RPC requests in one go; their results in order, as the node gives them.

        A request that the node or a contract refuses does not stop the others: its place has the ``RefusedError`` or
        ``ChainError``. The embedded chain answers one after the other.

        Raises:
            ChainError: nothing answered.
        """
        if self._tester is not None:
            return [self._ask_embedded(method, parameters) for method, parameters in requests]
        asked: Any = [(method, list(parameters)) for method, parameters in requests]
        provider: Any = self._w3.provider
        answers = self._request(provider.make_batch_request, asked)
        if not isinstance(answers, list) or len(answers) != len(requests):
            raise ChainError("the node did not answer each request of several")
        return [_answer(answer) for answer in answers]

    def block(self, number: int) -> Any:
        """A block with its transactions, as the node gives it."""
        return self._request(self._w3.eth.get_block, number, True)

    def receipt_of(self, transaction: Any) -> Any:
        """A transaction's receipt, as the node gives it."""
        return self._request(self._w3.eth.get_transaction_receipt, transaction)

    def code(self, address: Address) -> bytes:
        """A contract's code."""
        return bytes(self._request(self._w3.eth.get_code, address))

    @property
    def embedded_state(self) -> Any:
        """The embedded chain's py-evm chain object; None behind a URL."""
        return None if self._tester is None else self._tester.backend.chain

    # ---- inside ----

    def _relayer(self) -> LocalAccount:
        """The next relayer in turn."""
        if not self.relayers:
            raise ChainError("no relayer: nobody pays the fee of this transaction")
        with self._guard:
            return next(self._turns)

    def _transact(self, sender: LocalAccount, to: Address | None, data: bytes, *, value: int = 0) -> Receipt:
        transaction: dict[str, Any] = {"from": sender.address, "data": _hex(data), "value": value}
        if to is not None:
            transaction["to"] = to
        gas = self._gas_for(transaction)
        sent = self._submit(sender, transaction, gas)
        mined = self.wait_for(sent)
        number = int(mined["blockNumber"])
        if mined["status"] != 1:
            self._try_call({**transaction, "gas": gas}, number)
            raise ChainError("the transaction failed in its block and succeeds after it: another one came first")
        created = mined.get("contractAddress")
        return Receipt(
            transaction=_hex(mined["transactionHash"]),
            block=number,
            mined_at=self._block_time(number),
            gas_used=int(mined["gasUsed"]),
            created=parse_address(created) if created and to is None else None,
            events=tuple(self._decode(mined["logs"])),
        )

    def _gas_for(self, transaction: dict[str, Any]) -> int:
        if self._tester is not None:
            return int(self._tester.backend.chain.header.gas_limit)
        try:
            return int(self._w3.eth.estimate_gas(transaction)) * 5 // 4  # type: ignore[arg-type]
        except Exception as error:
            raise _refusal(error) from error

    def _fees(self) -> tuple[int, int]:
        """Maximum fee and tip in wei a unit of gas: twice the base fee, so that full blocks do not stop us."""
        if self._tester is not None:
            return 2 * int(self._tester.backend.chain.header.base_fee_per_gas) + _GWEI, _GWEI
        base = int(self._request(self._w3.eth.get_block, "latest").get("baseFeePerGas", 0))
        return 2 * base + _GWEI, _GWEI

    def _submit(self, sender: LocalAccount, transaction: dict[str, Any], gas: int) -> Any:
        """Sign with the account's next nonce and send; one at a time for each account."""
        highest, tip = self._fees()
        with self._guard:
            lock = self._locks.setdefault(sender.address, threading.Lock())
        with lock:
            nonce = self._nonces.get(sender.address)
            if nonce is None:
                counted = "latest" if self.is_embedded else "pending"
                nonce = int(self._request(self._w3.eth.get_transaction_count, sender.address, counted))
            complete = {name: item for name, item in transaction.items() if name != "from"} | {
                "type": 2,
                "chainId": self.chain_id,
                "nonce": nonce,
                "gas": gas,
                "maxFeePerGas": highest,
                "maxPriorityFeePerGas": tip,
            }
            self._nonces.pop(sender.address, None)
            raw = sender.sign_transaction(complete).raw_transaction
            sent = self._request(self._w3.eth.send_raw_transaction, raw)
            self._nonces[sender.address] = nonce + 1
        return sent

    def _try_call(self, transaction: dict[str, Any], block: Any) -> bytes:
        try:
            return bytes(self._w3.eth.call(transaction, block))  # type: ignore[arg-type]
        except Exception as error:
            raise _refusal(error) from error

    def _ask_embedded(self, method: str, parameters: Sequence[Any]) -> Any:
        try:
            return self._w3.manager.request_blocking(RPCEndpoint(method), list(parameters))
        except Exception as error:
            return _refusal(error)

    def _request(self, ask: Any, *arguments: Any) -> Any:
        try:
            return ask(*arguments)
        except (Web3Exception, OSError, ValueError) as error:
            raise ChainError(f"the node refused or did not answer: {type(error).__name__}: {error}") from error

    def _logs(self, wanted: dict[str, Any], from_block: int) -> list[Any]:
        last, found = self.block_number(), []
        for start in range(from_block, last + 1, _LOG_SPAN):
            span: Any = {"fromBlock": start, "toBlock": min(start + _LOG_SPAN - 1, last)}
            found += self._request(self._w3.eth.get_logs, wanted | span)
        return found

    def _ask_chain_id(self) -> int:
        return int(self._request(lambda: self._w3.eth.chain_id))

    def _block_time(self, number: int) -> int:
        if number not in self._block_times:
            self._block_times[number] = int(self._request(self._w3.eth.get_block, number)["timestamp"])
        return self._block_times[number]

    def _decode(self, logs: Sequence[Any]) -> list[ChainEvent]:
        events = []
        for log in logs:
            name = self._known.get(log["address"])
            entry = interface(name).events.get(bytes(log["topics"][0])) if name and log["topics"] else None
            if name is None or entry is None:
                continue
            number = int(log["blockNumber"])
            events.append(
                ChainEvent(
                    block=number,
                    index=int(log["logIndex"]),
                    emitted_at=self._block_time(number),
                    transaction=_hex(log["transactionHash"]),
                    contract=name,
                    address=Address(log["address"]),
                    name=entry.name,
                    arguments=entry.decode_log([bytes(topic) for topic in log["topics"]], bytes(log["data"])),
                )
            )
        return events


def _hex(octets: bytes) -> str:
    return "0x" + bytes(octets).hex()


def _answer(response: Any) -> Any:
    """The result of one of several requests, or what its error says."""
    if "error" not in response:
        return response.get("result")
    error = response["error"] if isinstance(response["error"], dict) else {"message": response["error"]}
    return _refusal(_NodeError(str(error.get("message", "")), error.get("data")))


class _NodeError(Exception):
    """What a node says about one of several requests."""

    def __init__(self, message: str, data: object) -> None:
        super().__init__(message)
        self.data = data


def _refusal(error: Exception) -> MoneyError:
    """What a failed call says: a contract's refusal if revert data came with it."""
    data = getattr(error, "data", None)
    if isinstance(data, dict):
        data = data.get("data")
    octets = b""
    if isinstance(data, str) and data.startswith("0x"):
        octets = bytes.fromhex(data[2:])
    else:
        # eth-tester puts the revert data into the message, written as a Python literal
        text = str(error.args[0]) if error.args else ""
        literal = text.removeprefix("execution reverted: ")
        if literal.startswith(("b'", 'b"')):
            octets = ast.literal_eval(literal)
    if len(octets) >= 4:
        return decode_refusal(octets)
    return ChainError(f"the call failed: {type(error).__name__}: {error}")
