# SPDX-License-Identifier: EUPL-1.2
"""The embedded chain's answers, in the form that every node gives them.

Belongs to the chain's thread. State is as of the block that is named, not of the newest one.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, Final

from programmable_money.chain import Chain
from programmable_money.rpc.methods import Limits
from programmable_money.rpc.protocol import Code, RpcError

__all__ = ["EmbeddedAnswers"]

_ZERO: Final = "0x" + "00" * 20
_FOR_NODES: Final[Mapping[str, str]] = {"coinbase": "miner", "data": "input"}
"""What a node calls otherwise than the embedded chain does."""
_REVERT: Final = "Revert"
"""What the library of the chain calls a refusal; any other fault comes without data."""


class EmbeddedAnswers:
    """Answers from one embedded chain.

    Raises:
        ValueError: the chain is not embedded.
    """

    def __init__(self, chain: Chain, limits: Limits) -> None:
        if not chain.is_embedded:
            raise ValueError("this chain is behind a URL: put a filter in front of its node")
        self._chain, self._limits, self._evm = chain, limits, chain.embedded_state

    def answer(self, method: str, parameters: list[Any]) -> Any:
        """The result of a method of the list, with parameters that were read."""
        if method not in _ANSWERS:
            raise RpcError(Code.METHOD_NOT_FOUND, "this method is not offered here")
        return _ANSWERS[method](self, *parameters)

    # ---- the methods ----

    def _block_number(self) -> str:
        return hex(self._head)

    def _block_by_number(self, block: str, in_full: bool) -> dict[str, Any] | None:
        number = self._number(block)
        return None if number > self._head else self._block(number, in_full)

    def _block_by_hash(self, block_hash: str, in_full: bool) -> dict[str, Any] | None:
        number = self._number_of(block_hash)
        return None if number is None else self._block(number, in_full)

    def _transaction_by_hash(self, transaction: str) -> Any:
        return _transaction(self._chain.request("eth_getTransactionByHash", [transaction]))

    def _code(self, address: str, block: str) -> str:
        return "0x" + bytes(self._state(block).get_code(_octets(address))).hex()

    def _storage(self, address: str, slot: str, block: str) -> str:
        return f"0x{self._state(block).get_storage(_octets(address), int(slot, 16)):064x}"

    def _balance(self, address: str, block: str) -> str:
        return hex(self._state(block).get_balance(_octets(address)))

    def _nonce(self, address: str, block: str) -> str:
        return hex(self._state(block).get_nonce(_octets(address)))

    def _chain_id(self) -> str:
        return hex(self._chain.chain_id)

    # ---- blocks ----

    @property
    def _head(self) -> int:
        return self._chain.block_number()

    def _number(self, block: str) -> int:
        if block in {"latest", "safe", "finalized"}:
            return self._head
        return 0 if block == "earliest" else int(block, 16)

    def _number_of(self, block_hash: str) -> int | None:
        """A block's number by its hash: only what is canonical counts."""
        try:
            number = int(self._evm.get_block_header_by_hash(_octets(block_hash)).block_number)
        except Exception:  # what says that there is none belongs to the library of the chain
            return None
        if number > self._head or self._header(number).hash != _octets(block_hash):
            return None
        return number

    def _header(self, number: int) -> Any:
        return self._evm.get_canonical_block_header_by_number(number)

    def _machine(self, block: str) -> Any:
        """The virtual machine with the state after a block."""
        number = self._number(block)
        if number > self._head:
            raise RpcError(Code.NODE_ERROR, "there is no such block yet")
        return self._evm.get_vm(self._header(number))

    def _state(self, block: str) -> Any:
        return self._machine(block).state

    def _block(self, number: int, in_full: bool) -> dict[str, Any]:
        raw = self._chain.request("eth_getBlockByNumber", [number, True])
        transactions = [_transaction(item) for item in raw.pop("transactions")]
        found = {_node_name(name): _as_json(value) for name, value in raw.items()}
        found["logsBloom"] = f"0x{raw['logs_bloom']:0512x}"
        found["extraData"] = "0x" + bytes(self._header(number).extra_data).hex()
        return found | {"transactions": transactions if in_full else [item["hash"] for item in transactions]}

    def _receipt(self, transaction: str) -> dict[str, Any] | None:
        raw = self._chain.request("eth_getTransactionReceipt", [transaction])
        if raw is None:
            return None
        raw = {name: value for name, value in raw.items() if name != "state_root"}
        logs = raw.pop("logs")
        bloom = self._header(raw["block_number"]).bloom
        found = {_node_name(name): _as_json(value) for name, value in raw.items()}
        return found | {"logs": [_log(log) for log in logs], "logsBloom": f"0x{bloom:0512x}"}

    # ---- logs ----

    def _logs(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in wanted:
            number = self._number_of(wanted["blockHash"])
            if number is None:
                raise RpcError(Code.NODE_ERROR, "there is no such block")
            numbers = range(number, number + 1)
        else:
            numbers = range(int(wanted["fromBlock"], 16), min(int(wanted["toBlock"], 16), self._head) + 1)
        addresses, topics = wanted.get("address"), wanted.get("topics", [])
        found: list[dict[str, Any]] = []
        for number in numbers:
            if not self._header(number).bloom:
                continue
            for transaction in self._chain.request("eth_getBlockByNumber", [number, False])["transactions"]:
                logs = self._chain.request("eth_getTransactionReceipt", [transaction])["logs"]
                found += [_log(log) for log in logs if _is_wanted(log, addresses, topics)]
            if len(found) > self._limits.logs:
                raise RpcError(Code.LIMIT_EXCEEDED, f"more than {self._limits.logs} logs: ask for fewer blocks")
        return found

    # ---- calls ----

    def _call(self, call: dict[str, str], block: str) -> str:
        """Run a call in the state after a block and at its time. The caller pays nothing, and nothing is kept."""
        vm = self._machine(block)
        to, sender = _octets(call["to"]), _octets(call.get("from", _ZERO))
        computation = vm.execute_bytecode(
            origin=sender,
            gas_price=0,
            gas=int(call["gas"], 16),
            to=to,
            sender=sender,
            value=int(call.get("value", "0x0"), 16),
            data=_octets(call["data"]),
            code=vm.state.get_code(to),
            code_address=to,
        )
        output = "0x" + bytes(computation.output).hex()
        if not computation.is_error:
            return output
        if type(computation.error).__name__ == _REVERT:
            raise RpcError(Code.REVERTED, "execution reverted", output)
        raise RpcError(Code.NODE_ERROR, "the call failed")


_ANSWERS: Final[Mapping[str, Callable[..., Any]]] = {
    "eth_blockNumber": EmbeddedAnswers._block_number,
    "eth_call": EmbeddedAnswers._call,
    "eth_chainId": EmbeddedAnswers._chain_id,
    "eth_getBalance": EmbeddedAnswers._balance,
    "eth_getBlockByHash": EmbeddedAnswers._block_by_hash,
    "eth_getBlockByNumber": EmbeddedAnswers._block_by_number,
    "eth_getCode": EmbeddedAnswers._code,
    "eth_getLogs": EmbeddedAnswers._logs,
    "eth_getStorageAt": EmbeddedAnswers._storage,
    "eth_getTransactionByHash": EmbeddedAnswers._transaction_by_hash,
    "eth_getTransactionCount": EmbeddedAnswers._nonce,
    "eth_getTransactionReceipt": EmbeddedAnswers._receipt,
    "eth_syncing": lambda answers: False,
    "net_version": lambda answers: str(answers._chain.chain_id),
    "web3_clientVersion": lambda answers: f"stuiver/v{version('stuiver')}/embedded",
}


def _is_wanted(log: Mapping[str, Any], addresses: list[str] | None, topics: list[Any]) -> bool:
    if addresses and log["address"].lower() not in addresses:
        return False
    if len(topics) > len(log["topics"]):
        return False
    return all(
        wanted is None or found in (wanted if isinstance(wanted, list) else [wanted])
        for wanted, found in zip(topics, log["topics"], strict=False)
    )


def _transaction(raw: Mapping[str, Any] | None) -> Any:
    if raw is None:
        return None
    found = {_node_name(name): _as_json(value) for name, value in raw.items()}
    return found | {"accessList": [], "to": raw["to"] or None}


def _log(raw: Mapping[str, Any]) -> dict[str, Any]:
    found = {_camel(name): _as_json(value) for name, value in raw.items() if name != "type"}
    return found | {"topics": list(raw["topics"]), "removed": False}


def _node_name(name: str) -> str:
    return _FOR_NODES.get(name) or _camel(name)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _as_json(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return list(value) if isinstance(value, tuple) else value


def _octets(digits: str) -> bytes:
    return bytes.fromhex(digits[2:])
