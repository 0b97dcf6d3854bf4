# SPDX-License-Identifier: EUPL-1.2
"""The contracts' interfaces: encoding calls, decoding results, events and refusals, from the committed artifacts.

Pure: no chain. An artifact is ``contracts/artifacts/<Name>.json`` with ``abi`` and ``bytecode``.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.address import to_checksum_address

from programmable_money.refusals import REASON_OF_ERROR, RefusalReason, RefusedError
from ssi.keccak import keccak256

__all__ = ["CONTRACTS", "Entry", "Interface", "decode_refusal", "interface"]

CONTRACTS: Final = ("MunicipalEuro", "TrustRegistry", "Fund", "Pass", "TaskBoard", "Purse")
"""The contracts that are deployed; their events are the ledger."""

_PANIC: Final = bytes.fromhex("4e487b71")
_REVERT_TEXT: Final = bytes.fromhex("08c379a0")
_WORD: Final = 32
_BEFORE_ADDRESS: Final = 12
"""Octets of a word that an address leaves empty."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A function, event or error of an interface.

    Attributes:
        selector: 4 octets of a function or error, 32 of an event.
        inputs, outputs: names and canonical types.
        indexed: for an event which inputs are topics.
    """

    name: str
    selector: bytes
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...] = ()
    indexed: tuple[bool, ...] = ()

    def encode(self, arguments: Sequence[Any]) -> bytes:
        """Calldata of a call with these arguments.

        Raises:
            RefusedError: ``bad_input``: an argument does not fit its type, so no contract could even read it.
        """
        try:
            return self.selector + abi_encode([kind for _, kind in self.inputs], list(arguments))
        except EncodingError as error:
            raise RefusedError(
                RefusalReason.BAD_INPUT, f"{self.name}: an argument does not fit its type", {}
            ) from error

    def decode_output(self, octets: bytes) -> tuple[Any, ...]:
        """The returned values, addresses checksummed."""
        kinds = [kind for _, kind in self.outputs]
        return tuple(_tidy(kind, value) for kind, value in zip(kinds, abi_decode(kinds, octets), strict=True))

    def decode_input(self, octets: bytes) -> dict[str, Any]:
        """The arguments after the selector, by name."""
        values = abi_decode([kind for _, kind in self.inputs], octets)
        return {name: _tidy(kind, value) for (name, kind), value in zip(self.inputs, values, strict=True)}

    def decode_log(self, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """An event's arguments by name. No event of ours indexes a type that is hashed."""
        in_data = [kind for (_, kind), indexed in zip(self.inputs, self.indexed, strict=True) if not indexed]
        from_data = iter(abi_decode(in_data, data))
        from_topics = iter(topics[1:])
        arguments: dict[str, Any] = {}
        for (name, kind), indexed in zip(self.inputs, self.indexed, strict=True):
            arguments[name] = _topic(kind, next(from_topics)) if indexed else _tidy(kind, next(from_data))
        return arguments


@dataclass(frozen=True, slots=True)
class Interface:
    """One contract's interface and the code that deploys it."""

    name: str
    functions: Mapping[str, Entry]
    events: Mapping[bytes, Entry]
    errors: Mapping[bytes, Entry]
    constructor: tuple[tuple[str, str], ...]
    bytecode: bytes

    def deployment(self, arguments: Sequence[Any]) -> bytes:
        """Creation code with the encoded constructor arguments."""
        return self.bytecode + abi_encode([kind for _, kind in self.constructor], list(arguments))


@cache
def interface(name: str) -> Interface:
    """Load a contract's interface.

    Raises:
        FileNotFoundError: no artifact of this name; run ``make contracts``.
    """
    artifact = json.loads(files("contracts").joinpath("artifacts", f"{name}.json").read_text(encoding="utf-8"))
    functions: dict[str, Entry] = {}
    events: dict[bytes, Entry] = {}
    errors: dict[bytes, Entry] = {}
    constructor: tuple[tuple[str, str], ...] = ()
    for item in artifact["abi"]:
        inputs = _members(item.get("inputs", ()))
        if item["type"] == "constructor":
            constructor = inputs
            continue
        if item["type"] not in {"function", "event", "error"}:
            continue
        digest = keccak256(f"{item['name']}({','.join(kind for _, kind in inputs)})".encode())
        if item["type"] == "function":
            functions[item["name"]] = Entry(item["name"], digest[:4], inputs, _members(item.get("outputs", ())))
        elif item["type"] == "event":
            indexed = tuple(bool(member["indexed"]) for member in item["inputs"])
            events[digest] = Entry(item["name"], digest, inputs, indexed=indexed)
        else:
            errors[digest[:4]] = Entry(item["name"], digest[:4], inputs)
    bytecode = bytes.fromhex(artifact["bytecode"].removeprefix("0x"))
    return Interface(name, functions, events, errors, constructor, bytecode)


def decode_refusal(octets: bytes) -> RefusedError:
    """What a contract's revert data says, over the errors of all our contracts."""
    selector, rest = octets[:4], octets[4:]
    try:
        if selector == _REVERT_TEXT:
            return RefusedError(RefusalReason.UNEXPECTED, "Error", {"message": abi_decode(["string"], rest)[0]})
        if selector == _PANIC:
            return RefusedError(RefusalReason.UNEXPECTED, "Panic", {"code": abi_decode(["uint256"], rest)[0]})
        for name in CONTRACTS:
            entry = interface(name).errors.get(selector)
            if entry is not None:
                reason = REASON_OF_ERROR.get(entry.name, RefusalReason.UNEXPECTED)
                return RefusedError(reason, entry.name, entry.decode_input(rest))
    except DecodingError:
        pass
    return RefusedError(RefusalReason.UNEXPECTED, f"0x{selector.hex()}", {})


def _members(items: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((item["name"], _kind(item)) for item in items)


def _kind(item: Mapping[str, Any]) -> str:
    """The canonical type, tuples written out."""
    kind = str(item["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_kind(member) for member in item['components'])}){kind.removeprefix('tuple')}"


def _tidy(kind: str, value: Any) -> Any:
    if kind == "address":
        return _checksummed(value)
    if kind == "address[]":
        return tuple(_checksummed(item) for item in value)
    return value


def _topic(kind: str, word: bytes) -> Any:
    """An indexed value; the two kinds that nearly all are need no decoder."""
    if kind == "bytes32" and len(word) == _WORD:
        return word
    if kind == "address" and len(word) == _WORD and not any(word[:_BEFORE_ADDRESS]):
        return _checksummed("0x" + word[_BEFORE_ADDRESS:].hex())
    return _tidy(kind, abi_decode([kind], word)[0])


@lru_cache(maxsize=1 << 16)
def _checksummed(address: str) -> str:
    """With its checksum. An address occurs in many events, and the checksum is a hash."""
    return to_checksum_address(address)
