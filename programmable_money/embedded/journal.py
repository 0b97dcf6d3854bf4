# SPDX-License-Identifier: EUPL-1.2
"""An embedded chain that outlives its process: every block is written to a journal, and replayed at the next start.

The journal is a text file. Line 1 says what the chain starts from; each further line is one block as JSON: its number,
time, coinbase, mix hash and raw transactions, and the state root and block hash that came of them.

Invariants:

- A transaction that returns is on the disk: its block is written and synchronised before the sender hears of it.
- A last line without its line feed is a write that was cut short; nobody was told of that block, and it is dropped.
  Everything else that does not read or replay is damage: an error that names the line. Nothing is repaired or skipped.
- Each replayed block must give the state root and the block hash of its line. The hash covers the block before it, so
  a line that was changed, moved or removed is found.
- Blocks are never taken back, and one process at a time has the journal.
"""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from eth.abc import BlockAPI
from eth.constants import ZERO_ADDRESS
from eth_keys.datatypes import PrivateKey
from eth_tester import EthereumTester
from eth_typing import BlockNumber, Hash32

from programmable_money.embedded.chain import CHAIN_ID, GAS_LIMIT, EmbeddedBackend
from programmable_money.embedded.clock import ChainClock
from programmable_money.model import MoneyError

__all__ = ["JournalBusyError", "JournalError", "JournalledChain"]

_FORMAT: Final = "stuiver-journal/1"
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")


class JournalError(MoneyError):
    """A journal cannot be read, replayed or written.

    Args:
        path: the journal.
        line: where, counted from 1.
        problem: what is wrong with that line.
    """

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"the journal {path} is damaged at line {line}: {problem}")
        self.path = path
        self.line = line
        self.problem = problem


class JournalBusyError(MoneyError):
    """Another process has the journal open.

    Args:
        path: the journal.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(f"the journal {path} is in use by another process")
        self.path = path


class _LineError(Exception):
    """Why a line does not read."""


@dataclass(frozen=True, slots=True)
class _Start:
    """Line 1: what the genesis block is made of."""

    genesis_at: int
    gas_limit: int
    relayers: tuple[str, ...]
    """Funded accounts, 40 hexadecimal digits each."""
    genesis_hash: bytes

    def to_line(self) -> bytes:
        return _line(
            {
                "journal": _FORMAT,
                "chain": CHAIN_ID,
                "genesis_at": self.genesis_at,
                "gas_limit": self.gas_limit,
                "relayers": list(self.relayers),
                "genesis_hash": self.genesis_hash.hex(),
            }
        )

    @classmethod
    def from_line(cls, unverified: bytes) -> Self:
        members = _members(unverified, ("journal", "chain", "genesis_at", "gas_limit", "relayers", "genesis_hash"))
        if members["journal"] != _FORMAT or members["chain"] != CHAIN_ID:
            raise _LineError("it is not the first line of a journal that this version reads")
        relayers = tuple(_octets(relayer, 20).hex() for relayer in _list(members["relayers"]))
        return cls(
            _number(members["genesis_at"]),
            _number(members["gas_limit"]),
            relayers,
            _octets(members["genesis_hash"], 32),
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A further line: one block."""

    number: int
    mined_at: int
    coinbase: bytes
    mix_hash: bytes
    transactions: tuple[bytes, ...]
    state_root: bytes
    block_hash: bytes

    @classmethod
    def of(cls, block: BlockAPI) -> Self:
        header = block.header
        return cls(
            number=block.number,
            mined_at=header.timestamp,
            coinbase=bytes(header.coinbase),
            mix_hash=bytes(header.mix_hash),
            transactions=tuple(transaction.encode() for transaction in block.transactions),
            state_root=bytes(header.state_root),
            block_hash=bytes(block.hash),
        )

    def to_line(self) -> bytes:
        return _line(
            {
                "block": self.number,
                "mined_at": self.mined_at,
                "coinbase": self.coinbase.hex(),
                "mix_hash": self.mix_hash.hex(),
                "transactions": [transaction.hex() for transaction in self.transactions],
                "state_root": self.state_root.hex(),
                "block_hash": self.block_hash.hex(),
            }
        )

    @classmethod
    def from_line(cls, unverified: bytes) -> Self:
        members = _members(
            unverified, ("block", "mined_at", "coinbase", "mix_hash", "transactions", "state_root", "block_hash")
        )
        return cls(
            number=_number(members["block"]),
            mined_at=_number(members["mined_at"]),
            coinbase=_octets(members["coinbase"], 20),
            mix_hash=_octets(members["mix_hash"], 32),
            transactions=tuple(_octets(transaction) for transaction in _list(members["transactions"])),
            state_root=_octets(members["state_root"], 32),
            block_hash=_octets(members["block_hash"], 32),
        )


class _SettableClock(ChainClock):
    """The chain's clock, which stands still at a line's time while that line is replayed."""

    def __init__(self, source: Callable[[], int] | None) -> None:
        super().__init__(source)
        self.replayed_at: int | None = None

    def next_block_at(self, earliest: int) -> int:
        if self.replayed_at is not None:
            return max(earliest, self.replayed_at)
        return super().next_block_at(earliest)


class _JournalledBackend(EmbeddedBackend):
    """The embedded backend, writing each block that it mines."""

    def __init__(self, keys: tuple[PrivateKey, ...], genesis_at: int, clock: _SettableClock, gas_limit: int) -> None:
        self.journal: _File | None = None
        self.journalled_clock = clock
        super().__init__(keys, (), genesis_at, clock, gas_limit)

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = ZERO_ADDRESS) -> tuple[Hash32, ...]:
        """Mine, and write each block down before anybody hears of it."""
        hashes: list[Hash32] = []
        for _ in range(num_blocks):
            if self.journal is not None:
                self.journal.check()
            (mined,) = super().mine_blocks(1, coinbase)
            if self.journal is not None:
                self.journal.append(_Entry.of(self.chain.get_block_by_hash(mined)).to_line())
            hashes.append(mined)
        return tuple(hashes)

    def reset_to_genesis(self, *arguments: object) -> None:
        """Start from the genesis block; RuntimeError once there is a journal."""
        self._refuse_to_take_back()
        super().reset_to_genesis(*arguments)

    def revert_to_snapshot(self, snapshot: Hash32) -> None:
        """Take blocks back; RuntimeError once there is a journal."""
        self._refuse_to_take_back()
        super().revert_to_snapshot(snapshot)

    def replay(self, entry: _Entry) -> None:
        """Mine a block again and compare it; _LineError if it does not run or gives something else."""
        chain: Any = self.chain
        clock = self.journalled_clock
        if entry.number != chain.header.block_number:
            raise _LineError(f"it is block {entry.number}, and block {chain.header.block_number} comes next")
        if entry.mined_at < chain.header.timestamp:
            raise _LineError("its time is not after that of the block before it")
        clock.replayed_at = entry.mined_at
        try:
            builder = chain.get_vm().get_transaction_builder()
            for raw in entry.transactions:
                chain.apply_transaction(builder.decode(raw))
            block = chain.mine_block(coinbase=entry.coinbase, mix_hash=entry.mix_hash, blob_gas_used=0)
        except Exception as error:  # py-evm and rlp raise many kinds for octets that are no transaction
            raise _LineError(f"its transactions do not run again ({type(error).__name__})") from error
        finally:
            clock.replayed_at = None
        if block.header.state_root != entry.state_root:
            raise _LineError("its transactions lead to another state root than the one that is written down")
        if block.hash != entry.block_hash:
            raise _LineError("its block has another hash than the one that is written down")

    def _refuse_to_take_back(self) -> None:
        if self.journal is not None:
            raise RuntimeError("a journalled chain takes no block back")


class _File:
    """The journal's file, open for this process alone."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self._file = path, file
        self._lines = 0
        self._broken: OSError | None = None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise JournalBusyError(path) from error

    def lines(self) -> Iterator[tuple[int, bytes, int]]:
        """Number, octets and end offset of each complete line; what comes after the last line feed is cut off."""
        end = 0
        for octets in self._file:
            if not octets.endswith(b"\n"):
                self._file.truncate(end)
                break
            end += len(octets)
            self._lines += 1
            yield self._lines, octets, end
        self._file.seek(0, os.SEEK_END)

    def append(self, line: bytes) -> None:
        """Write a line and wait until the disk has it; ``JournalError`` if it does not take it."""
        self.check()
        try:
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self._broken = error
            self.check()
        self._lines += 1

    def check(self) -> None:
        """Refuse to go on after a write that failed."""
        if self._broken is not None:
            raise JournalError(self.path, self._lines + 1, "it could not be written to the disk") from self._broken

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class JournalledChain:
    """An embedded chain and its journal. Made by ``start`` or ``resume``; belongs to one thread.

    Attributes:
        tester: for ``Chain.embedded``.
        relayer_keys: the accounts that hold the chain's currency.
    """

    def __init__(self, backend: _JournalledBackend, journal: _File, relayer_keys: Sequence[bytes]) -> None:
        self.tester: Any = EthereumTester(backend)
        self.relayer_keys = tuple(relayer_keys)
        self._journal = journal
        backend.journal = journal

    @classmethod
    def start(
        cls, path: Path, *, relayer_keys: Sequence[bytes], starts_at: datetime, clock: Callable[[], int] | None
    ) -> Self:
        """Start a chain with a new journal.

        Args:
            path: of a file that is not there yet.
            relayer_keys: secp256k1 private keys, 32 octets each, at least one; never written to the journal.
            starts_at: the genesis block's time, an aware datetime.
            clock: unix seconds now, or None for blocks one second apart.
        Raises:
            FileExistsError: there is a journal already.
            OSError: it cannot be written.
        """
        if starts_at.tzinfo is None:
            raise ValueError("starts_at must be an aware datetime")
        backend = _backend(relayer_keys, int(starts_at.timestamp()), clock, GAS_LIMIT)
        journal = _File(path, path.open("xb"))
        journal.append(_Start(int(starts_at.timestamp()), GAS_LIMIT, _accounts(backend), _genesis(backend)).to_line())
        _sync_folder(path.parent)
        return cls(backend, journal, relayer_keys)

    @classmethod
    def resume(
        cls,
        path: Path,
        *,
        relayer_keys: Sequence[bytes],
        clock: Callable[[], int] | None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Self:
        """Replay a journal and go on from its last block.

        Args:
            relayer_keys: those that the journal was started with.
            clock: as in ``start``. What was travelled by ``time_travel`` is not kept.
            progress: told how many octets of how many have been replayed.
        Raises:
            JournalError: a line is damaged, or was made by other rules than these.
            JournalBusyError: another process has it.
            OSError: it cannot be read.
        """
        journal = _File(path, path.open("r+b"))
        size = path.stat().st_size
        backend: _JournalledBackend | None = None
        try:
            for number, octets, end in journal.lines():
                try:
                    if backend is None:
                        backend = _genesis_of(_Start.from_line(octets), relayer_keys, clock)
                    else:
                        backend.replay(_Entry.from_line(octets))
                except _LineError as error:
                    raise JournalError(path, number, str(error)) from error.__cause__
                if progress is not None:
                    progress(end, size)
            if backend is None:
                raise JournalError(path, 1, "it is missing or was cut short")
        except BaseException:
            journal.close()
            raise
        return cls(backend, journal, relayer_keys)

    def close(self) -> None:
        """Close the journal; the chain mines no further block."""
        self._journal.close()


def _genesis_of(start: _Start, keys: Sequence[bytes], clock: Callable[[], int] | None) -> _JournalledBackend:
    backend = _backend(keys, start.genesis_at, clock, start.gas_limit)
    if _accounts(backend) != start.relayers:
        raise _LineError("it was started with other relayers")
    if _genesis(backend) != start.genesis_hash:
        raise _LineError("it starts from another genesis block than this version makes")
    return backend


def _backend(
    keys: Sequence[bytes], genesis_at: int, clock: Callable[[], int] | None, gas_limit: int
) -> _JournalledBackend:
    if not keys or any(len(key) != 32 for key in keys):
        raise ValueError("name at least one relayer, by a key of 32 bytes")
    return _JournalledBackend(tuple(PrivateKey(key) for key in keys), genesis_at, _SettableClock(clock), gas_limit)


def _accounts(backend: _JournalledBackend) -> tuple[str, ...]:
    return tuple(account.hex() for account in backend.get_accounts())


def _genesis(backend: _JournalledBackend) -> bytes:
    return bytes(backend.chain.get_canonical_block_by_number(BlockNumber(0)).hash)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line(members: dict[str, Any]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode("ascii") + b"\n"


def _members(unverified: bytes, names: Sequence[str]) -> dict[str, Any]:
    try:
        members = json.loads(unverified)
    except ValueError as error:
        raise _LineError("it is not JSON") from error
    if not isinstance(members, dict) or tuple(members) != tuple(names):
        raise _LineError(f"it must have the members {', '.join(names)}, in this order")
    return members


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _LineError("a list is missing")
    return value


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise _LineError("a number is not a whole number from 0")
    return value


def _octets(value: Any, length: int | None = None) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value) or length not in {None, len(value) // 2}:
        raise _LineError("octets are not written as lower-case hexadecimal digits of the right number")
    return bytes.fromhex(value)
