# SPDX-License-Identifier: EUPL-1.2
"""Every octet that a chain keeps, for the auditor: calldata, events, contract code and storage.

Storage is enumerated, not guessed at: on the embedded chain from the state trie, on anvil from the state it dumps, on
other nodes with ``debug_storageRangeAt`` for the contracts that are named. A node that offers none of these is an
error, because a scan that skips storage would say too much.
"""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from trie.hexary import HexaryTrie
from trie.iter import NodeIterator

from programmable_money.chain import Chain, ChainError, Deployed
from programmable_money.scan import Fragment, FragmentKind
from ssi.keccak import keccak256

__all__ = ["fragments", "history", "state"]

_PAGE: Final = 1024


def fragments(chain: Chain, contracts: Sequence[Deployed], *, from_block: int = 0) -> Iterator[Fragment]:
    """Everything: ``history`` and then ``state``.

    Args:
        contracts: used on nodes that cannot list all contracts; and to give places a readable name.
        from_block: where the history starts, on a chain that is older than our contracts.
    Raises:
        ChainError: the node does not let its storage be enumerated.
    """
    yield from history(chain, from_block=from_block)
    yield from state(chain, contracts)


def history(chain: Chain, *, from_block: int = 0) -> Iterator[Fragment]:
    """Calldata (creation code included) and events of every transaction from a block on."""
    for number in range(from_block, chain.block_number() + 1):
        for transaction in chain.block(number)["transactions"]:
            name = f"block {number}, transaction 0x{bytes(transaction['hash']).hex()}"
            calldata = _octets(transaction["input" if "input" in transaction else "data"])
            yield Fragment(FragmentKind.CALLDATA, f"{name}, calldata", calldata)
            for log in chain.receipt_of(transaction["hash"])["logs"]:
                octets = b"".join(_octets(topic) for topic in log["topics"]) + _octets(log["data"])
                yield Fragment(FragmentKind.EVENT, f"{name}, event {log['logIndex']}", octets)


def state(chain: Chain, contracts: Sequence[Deployed]) -> Iterator[Fragment]:
    """Code and storage as they are now."""
    names = {contract.address.lower(): f"{contract.name} {contract.address}" for contract in contracts}
    if chain.is_embedded:
        hashed = {
            keccak256(bytes.fromhex(contract.address[2:])): names[contract.address.lower()] for contract in contracts
        }
        yield from _embedded_state(chain.embedded_state, hashed)
        return
    try:
        dump = json.loads(gzip.decompress(_octets(chain.request("anvil_dumpState", []))))
    except ChainError:
        for contract in contracts:
            yield Fragment(
                FragmentKind.CODE, f"code of {names[contract.address.lower()]}", chain.code(contract.address)
            )
            yield from _storage_range(chain, contract)
        return
    for address, account in dump["accounts"].items():
        name = names.get(address.lower(), f"account {address}")
        if code := _octets(account["code"]):
            yield Fragment(FragmentKind.CODE, f"code of {name}", code)
        for slot, value in account["storage"].items():
            yield Fragment(FragmentKind.STORAGE, f"storage of {name}, slot {slot}", _word(_octets(value)))


def _storage_range(chain: Chain, contract: Deployed) -> Iterator[Fragment]:
    last = chain.block(chain.block_number())
    start: str | None = "0x" + "00" * 32
    while start is not None:
        block = "0x" + bytes(last["hash"]).hex()
        after_all = len(last["transactions"])
        page = chain.request("debug_storageRangeAt", [block, after_all, contract.address, start, _PAGE])
        for entry in page["storage"].values():
            place = f"storage of {contract.name} {contract.address}, slot {entry.get('key')}"
            yield Fragment(FragmentKind.STORAGE, place, _word(_octets(entry["value"])))
        start = page.get("nextKey")


def _embedded_state(chain: Any, names: Mapping[bytes, str]) -> Iterator[Fragment]:
    """Walk py-evm's state: accounts by the hash of their address, slots by the hash of their number."""
    database = chain.chaindb.db
    root = chain.get_canonical_block_header_by_number(chain.header.block_number - 1).state_root
    for key, account in NodeIterator(HexaryTrie(database, root)).items():
        # An account is the RLP list (nonce, balance, storage root, code hash); the last two are 1 + 32 octets each.
        storage_root, code_hash = account[-65:-33], account[-32:]
        name = names.get(key, f"account with hash 0x{key.hex()}")
        if code_hash in database and (code := database[code_hash]):
            yield Fragment(FragmentKind.CODE, f"code of {name}", code)
        for slot, value in NodeIterator(HexaryTrie(database, storage_root)).items():
            place = f"storage of {name}, slot with hash 0x{slot.hex()}"
            yield Fragment(FragmentKind.STORAGE, place, _word(_rlp_string(value)))


def _rlp_string(octets: bytes) -> bytes:
    """A string of at most 55 octets from its RLP form."""
    return octets if octets[0] < 0x80 else octets[1 : 1 + octets[0] - 0x80]


def _word(octets: bytes) -> bytes:
    return octets.rjust(32, b"\0")


def _octets(value: Any) -> bytes:
    if isinstance(value, str):
        digits = value.removeprefix("0x")
        return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)
    return bytes(value)
