# SPDX-License-Identifier: EUPL-1.2
"""What may be asked, and in which form: the list of methods, with a reader for the parameters of each. Pure.

A reader returns new parameters in canonical form; whatever it does not know is refused, not passed on.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from programmable_money.rpc.protocol import Code, RpcError

__all__ = ["METHODS", "Limits", "span_of"]

_QUANTITY: Final = re.compile(r"0x(?:0|[1-9a-f][0-9a-f]{0,15})")
_WORD: Final = re.compile(r"0x[0-9a-f]{64}")
_SLOT: Final = re.compile(r"0x[0-9a-f]{1,64}")
_ADDRESS: Final = re.compile(r"0x[0-9a-f]{40}")
_OCTETS: Final = re.compile(r"0x(?:[0-9a-f]{2})*")
_TAGS: Final = frozenset({"latest", "earliest", "safe", "finalized"})
_MOST_ADDRESSES: Final = 16
_MOST_TOPICS: Final = 4
_MOST_CHOICES: Final = 16
_MOST_CALLDATA: Final = 2 + 2 * 16_384


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may take.

    Attributes:
        octets: longest request.
        batch: most calls in one.
        blocks: longest range of ``eth_getLogs``; the audit asks for as many.
        logs: most logs in one answer.
        call_gas: gas of an ``eth_call``.
    """

    octets: int = 65_536
    batch: int = 50
    blocks: int = 2_000
    logs: int = 10_000
    call_gas: int = 3_000_000


Reader = Callable[[Sequence[Any], Limits], list[Any]]


def _wrong(what: str) -> RpcError:
    return RpcError(Code.INVALID_PARAMETERS, what)


def _matching(pattern: re.Pattern[str], what: str, *, most: int = 70) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > most or not pattern.fullmatch(value.lower()):
            raise _wrong(f"{what} is missing or not in its form")
        return value.lower()

    return read


_word = _matching(_WORD, "a hash of 32 octets")
_slot = _matching(_SLOT, "a storage slot")
_address = _matching(_ADDRESS, "an address of 20 octets")
_quantity = _matching(_QUANTITY, "a quantity below 2^64 without leading zeros")
_calldata = _matching(_OCTETS, "calldata of at most 16,384 octets", most=_MOST_CALLDATA)


def _block(value: Any) -> str:
    return value if isinstance(value, str) and value in _TAGS else _quantity(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong("whether transactions are wanted in full is true or false")
    return value


def _call(value: Any, limits: Limits) -> dict[str, str]:
    """A call of a contract: to whom, with what; gas is limited, and nothing is overridden."""
    if not isinstance(value, dict):
        raise _wrong("a call is an object with to and data")
    data, also = value.get("data"), value.get("input")
    if data is not None and also is not None and data != also:
        raise _wrong("data and input differ")
    octets = data if data is not None else also
    call = {"to": _address(value.get("to")), "data": "0x" if octets is None else _calldata(octets)}
    if value.get("from") is not None:
        call["from"] = _address(value["from"])
    if value.get("value") is not None:
        call["value"] = _quantity(value["value"])
    asked = limits.call_gas if value.get("gas") is None else int(_quantity(value["gas"]), 16)
    return call | {"gas": hex(min(asked, limits.call_gas))}


def _topics(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST_TOPICS:
        raise _wrong("topics are a list of at most four")
    topics: list[Any] = []
    for item in value:
        if isinstance(item, list):
            if len(item) > _MOST_CHOICES:
                raise _wrong("too many choices of a topic")
            topics.append([_word(one) for one in item] or None)
        else:
            topics.append(None if item is None else _word(item))
    return topics


def _filter(value: Any) -> dict[str, Any]:
    """A filter of logs: contracts and a range, or one block by its hash."""
    known = {"address", "topics", "fromBlock", "toBlock", "blockHash"}
    if not isinstance(value, dict) or not value.keys() <= known:
        raise _wrong("a filter has address, topics, and fromBlock and toBlock or blockHash")
    addresses = value.get("address")
    listed = [] if addresses is None else addresses if isinstance(addresses, list) else [addresses]
    if len(listed) > _MOST_ADDRESSES:
        raise RpcError(Code.LIMIT_EXCEEDED, f"at most {_MOST_ADDRESSES} addresses in a filter")
    found: dict[str, Any] = {"address": [_address(item) for item in listed]}
    if not listed:
        del found["address"]
    if value.get("topics") is not None:
        found["topics"] = _topics(value["topics"])
    if value.get("blockHash") is not None:
        if value.get("fromBlock") is not None or value.get("toBlock") is not None:
            raise _wrong("a filter has blockHash or a range, not both")
        return found | {"blockHash": _word(value["blockHash"])}
    ends = {name: _block("latest" if value.get(name) is None else value[name]) for name in ("fromBlock", "toBlock")}
    return found | ends


def span_of(parameters: Sequence[Any], head: int) -> tuple[int, int] | None:
    """First and last block of a filter that was read, and None for one block by its hash.

    Args:
        head: number of the newest block.
    """
    found = parameters[0]
    if "blockHash" in found:
        return None
    first, last = (_number(found[name], head) for name in ("fromBlock", "toBlock"))
    return first, last


def _number(block: str, head: int) -> int:
    if block in _TAGS:
        return 0 if block == "earliest" else head
    return int(block, 16)


def _takes(*readers: Callable[[Any], Any], block_last: bool = False) -> Reader:
    """A reader of exactly these parameters; a last block may be left out and is then the newest."""

    def read(parameters: Sequence[Any], limits: Limits) -> list[Any]:
        given = list(parameters)
        if block_last and len(given) == len(readers) - 1:
            given.append("latest")
        if len(given) != len(readers):
            raise _wrong(f"{len(readers)} parameters are needed, not {len(given)}")
        return [reader(value) for reader, value in zip(readers, given, strict=True)]

    return read


def _calls(parameters: Sequence[Any], limits: Limits) -> list[Any]:
    if not 1 <= len(parameters) <= 2:
        raise _wrong("a call and a block are needed; nothing can be overridden")
    return [_call(parameters[0], limits), _block(parameters[1] if len(parameters) == 2 else "latest")]


METHODS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "eth_blockNumber": _takes(),
        "eth_call": _calls,
        "eth_chainId": _takes(),
        "eth_getBalance": _takes(_address, _block, block_last=True),
        "eth_getBlockByHash": _takes(_word, _flag),
        "eth_getBlockByNumber": _takes(_block, _flag),
        "eth_getCode": _takes(_address, _block, block_last=True),
        "eth_getLogs": _takes(_filter),
        "eth_getStorageAt": _takes(_address, _slot, _block, block_last=True),
        "eth_getTransactionByHash": _takes(_word),
        "eth_getTransactionCount": _takes(_address, _block, block_last=True),
        "eth_getTransactionReceipt": _takes(_word),
        "eth_syncing": _takes(),
        "net_version": _takes(),
        "web3_clientVersion": _takes(),
    }
)
"""Everything that may be asked. Not on it, on purpose: whatever sends, signs, estimates, filters, traces or debugs."""
