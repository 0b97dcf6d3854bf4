# SPDX-License-Identifier: EUPL-1.2
"""The journal of the embedded chain: restarts, sudden ends and damage."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from programmable_money.embedded.journal import JournalBusyError, JournalError, JournalledChain

KEYS = (bytes([1]) * 32, bytes([2]) * 32)
STARTS_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
GENESIS = int(STARTS_AT.timestamp())
# Stores word 1 of its input at the place that word 0 names, and logs word 1 with word 0 as the topic.
RECORDER = bytes.fromhex("6020355f35556020355f525f3560205fa100")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@contextmanager
def started(path: Path) -> Iterator[Any]:
    opened = JournalledChain.start(path, relayer_keys=KEYS, starts_at=STARTS_AT, clock=None)
    try:
        yield opened.tester
    finally:
        opened.close()


@contextmanager
def resumed(path: Path, clock: Callable[[], int] | None = None) -> Iterator[Any]:
    opened = JournalledChain.resume(path, relayer_keys=KEYS, clock=clock)
    try:
        yield opened.tester
    finally:
        opened.close()


def deploy(tester: Any) -> str:
    size = len(RECORDER)
    creation = bytes([0x60, size, 0x60, 0x0B, 0x5F, 0x39, 0x60, size, 0x5F, 0xF3, 0x00]) + RECORDER
    sent = tester.send_transaction({"from": tester.get_accounts()[0], "gas": 200_000, "data": "0x" + creation.hex()})
    return str(tester.get_transaction_receipt(sent)["contract_address"])


def record(tester: Any, contract: str, place: int, value: int) -> str:
    data = place.to_bytes(32, "big") + value.to_bytes(32, "big")
    sender = tester.get_accounts()[1]
    return str(tester.send_transaction({"from": sender, "to": contract, "gas": 100_000, "data": "0x" + data.hex()}))


def hashes(tester: Any) -> list[str]:
    last = tester.get_block_by_number("latest")["number"]
    return [tester.get_block_by_number(number)["hash"] for number in range(last + 1)]


def write(path: Path, values: int = 5) -> tuple[str, list[str]]:
    """A chain with a contract and some records; the contract and the hashes of all blocks."""
    with started(path) as tester:
        contract = deploy(tester)
        for value in range(values):
            record(tester, contract, value, value + 100)
        return contract, hashes(tester)


def test_restart_gives_the_same_chain_to_the_hash(path: Path) -> None:
    with started(path) as tester:
        contract = deploy(tester)
        tester.time_travel(GENESIS + 86_400)
        sent = [record(tester, contract, place, place + 7) for place in range(6)]
        before = hashes(tester)
        logs = tester.get_logs(from_block=0, address=contract)
        receipts = [tester.get_transaction_receipt(transaction) for transaction in sent]
    with resumed(path) as tester:
        assert hashes(tester) == before
        assert tester.get_logs(from_block=0, address=contract) == logs
        assert [tester.get_transaction_receipt(transaction) for transaction in sent] == receipts
        assert tester.get_storage_at(contract, "0x5") == f"0x{12:064x}"


def test_chain_goes_on_after_each_restart(path: Path) -> None:
    contract, before = write(path)
    for place in range(10, 13):
        with resumed(path) as tester:
            record(tester, contract, place, 1)
            assert hashes(tester)[: len(before)] == before
            before = hashes(tester)
    with resumed(path) as tester:
        assert hashes(tester) == before
        assert [tester.get_storage_at(contract, hex(place)) for place in range(10, 13)] == [f"0x{1:064x}"] * 3


def test_transaction_that_a_contract_refused_is_kept_too(path: Path) -> None:
    with started(path) as tester:
        sender = tester.get_accounts()[0]
        invalid = tester.send_transaction({"from": sender, "gas": 60_000, "data": "0xfe"})
        assert tester.get_transaction_receipt(invalid)["status"] == 0
        before = hashes(tester)
    with resumed(path) as tester:
        assert tester.get_transaction_receipt(invalid)["status"] == 0
        assert hashes(tester) == before


def test_replay_keeps_the_times_and_then_follows_the_clock(path: Path) -> None:
    contract, _ = write(path)
    now = GENESIS + 500_000
    with resumed(path, clock=lambda: now) as tester:
        assert tester.get_block_by_number("latest")["timestamp"] < GENESIS + 100
        sent = record(tester, contract, 1, 1)
        number = tester.get_transaction_receipt(sent)["block_number"]
        assert tester.get_block_by_number(number)["timestamp"] == now


def test_progress_ends_at_the_size_of_the_file(path: Path) -> None:
    write(path)
    seen: list[tuple[int, int]] = []
    JournalledChain.resume(
        path, relayer_keys=KEYS, clock=None, progress=lambda done, total: seen.append((done, total))
    ).close()
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (path.stat().st_size,) * 2


def test_line_that_was_cut_short_is_dropped_and_written_anew(path: Path) -> None:
    contract, before = write(path)
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for kept in (1, len(last) // 2, len(last) - 1):
        path.write_bytes(whole[: len(whole) - len(last) + kept])
        with resumed(path) as tester:
            assert hashes(tester) == before[:-1]
            record(tester, contract, 77, 7)
            again = hashes(tester)
        with resumed(path) as tester:
            assert hashes(tester) == again


SENDER = """
import sys
from pathlib import Path
from tests.unit.programmable_money.test_journal import deploy, record, started

with started(Path(sys.argv[1])) as tester:
    contract = deploy(tester)
    print(contract, flush=True)
    for place in range(10_000):
        record(tester, contract, place, place + 1)
        print(place, flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 4, 9])
def test_killed_process_loses_at_most_the_transaction_in_flight(path: Path, acknowledged: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SENDER, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    )
    assert process.stdout is not None
    with process.stdout as lines:
        contract = lines.readline().strip()
        for _ in range(acknowledged):
            lines.readline()
        os.kill(process.pid, signal.SIGKILL)
        told = acknowledged + len(lines.readlines())
    assert process.wait() == -signal.SIGKILL
    with resumed(path) as tester:
        kept = [int(log["data"], 16) for log in tester.get_logs(from_block=0, address=contract)]
        assert kept == list(range(1, len(kept) + 1))
        assert told <= len(kept) <= told + 1
        record(tester, contract, 500, 1)


def change(line: bytes, **members: object) -> bytes:
    return json.dumps({**json.loads(line), **members}, separators=(",", ":")).encode() + b"\n"


DAMAGE: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "not JSON": lambda lines: [*lines[:3], b"{\n", *lines[4:]],
    "empty line": lambda lines: [*lines[:3], b"\n", *lines[3:]],
    "removed line": lambda lines: [*lines[:3], *lines[4:]],
    "repeated line": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "exchanged lines": lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]],
    "other member": lambda lines: [*lines[:3], change(lines[3], more=1), *lines[4:]],
    "other number": lambda lines: [*lines[:3], change(lines[3], block=True), *lines[4:]],
    "other state root": lambda lines: [*lines[:3], change(lines[3], state_root="00" * 32), *lines[4:]],
    "other block hash": lambda lines: [*lines[:3], change(lines[3], block_hash="00" * 32), *lines[4:]],
    "short hash": lambda lines: [*lines[:3], change(lines[3], state_root="00" * 31), *lines[4:]],
    "other time": lambda lines: [*lines[:3], change(lines[3], mined_at=GENESIS + 1_000), *lines[4:]],
    "earlier time": lambda lines: [*lines[:3], change(lines[3], mined_at=GENESIS), *lines[4:]],
    "other mix hash": lambda lines: [*lines[:3], change(lines[3], mix_hash="11" * 32), *lines[4:]],
    "other coinbase": lambda lines: [*lines[:3], change(lines[3], coinbase="11" * 20), *lines[4:]],
    "no transaction": lambda lines: [*lines[:3], change(lines[3], transactions=[]), *lines[4:]],
    "not a transaction": lambda lines: [*lines[:3], change(lines[3], transactions=["02ff"]), *lines[4:]],
    "another block's transaction": lambda lines: [
        *lines[:3],
        change(lines[3], transactions=json.loads(lines[4])["transactions"]),
        *lines[4:],
    ],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_journal_is_refused_with_its_line(path: Path, damage: Callable[[list[bytes]], list[bytes]]) -> None:
    write(path)
    damaged = b"".join(damage(path.read_bytes().splitlines(keepends=True)))
    path.write_bytes(damaged)
    with pytest.raises(JournalError) as refused:
        JournalledChain.resume(path, relayer_keys=KEYS, clock=None)
    assert refused.value.line == 4
    assert "line 4" in str(refused.value)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize(
    "first", [b"", b"{", b"{}\n", b"[]\n"], ids=["empty file", "cut short", "no members", "not an object"]
)
def test_journal_without_its_first_line_is_refused(path: Path, first: bytes) -> None:
    path.write_bytes(first)
    with pytest.raises(JournalError) as refused:
        JournalledChain.resume(path, relayer_keys=KEYS, clock=None)
    assert refused.value.line == 1


@pytest.mark.parametrize("member", ["journal", "chain", "genesis_at", "gas_limit", "relayers", "genesis_hash"])
def test_journal_of_another_genesis_is_refused(path: Path, member: str) -> None:
    write(path, 1)
    lines = path.read_bytes().splitlines(keepends=True)
    others: dict[str, object] = {"relayers": ["11" * 20], "genesis_hash": "00" * 32, "journal": "another/1"}
    path.write_bytes(b"".join([change(lines[0], **{member: others.get(member, 1)}), *lines[1:]]))
    with pytest.raises(JournalError) as refused:
        JournalledChain.resume(path, relayer_keys=KEYS, clock=None)
    assert refused.value.line == 1


def test_other_relayers_cannot_resume(path: Path) -> None:
    write(path, 1)
    with pytest.raises(JournalError, match="other relayers"):
        JournalledChain.resume(path, relayer_keys=KEYS[:1], clock=None)


def test_existing_journal_is_never_overwritten(path: Path) -> None:
    write(path, 1)
    before = path.read_bytes()
    with pytest.raises(FileExistsError), started(path):
        pass
    assert path.read_bytes() == before


def test_one_process_at_a_time_has_the_journal(path: Path) -> None:
    write(path, 1)
    with resumed(path), pytest.raises(JournalBusyError, match="in use"):
        JournalledChain.resume(path, relayer_keys=KEYS, clock=None)
    with resumed(path):
        pass


def test_journalled_chain_takes_nothing_back(path: Path) -> None:
    with started(path) as tester:
        snapshot = tester.take_snapshot()
        deploy(tester)
        with pytest.raises(RuntimeError, match="takes no block back"):
            tester.revert_to_snapshot(snapshot)
        with pytest.raises(RuntimeError, match="takes no block back"):
            tester.reset_to_genesis()


def test_chain_stops_when_the_disk_takes_no_more(path: Path) -> None:
    contract, before = write(path)
    with resumed(path) as tester:
        full = Path("/dev/full")
        if not full.exists():
            pytest.skip("this system has no device that is always full")
        os.dup2(os.open(full, os.O_WRONLY), tester.backend.journal._file.fileno())
        for _ in range(2):
            with pytest.raises(JournalError, match="could not be written"):
                record(tester, contract, 50, 1)
        with pytest.raises(OSError, match="space"):
            tester.backend.journal.close()
    with resumed(path) as tester:
        assert hashes(tester) == before


@pytest.mark.parametrize("keys", [(), (b"\x01" * 31,)], ids=["nobody", "short key"])
def test_refuses_arguments_that_cannot_be_meant(path: Path, keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="relayer"):
        JournalledChain.start(path, relayer_keys=keys, starts_at=STARTS_AT, clock=None)
    with pytest.raises(ValueError, match="aware"):
        JournalledChain.start(path, relayer_keys=KEYS, starts_at=datetime(2026, 1, 1), clock=None)  # noqa: DTZ001
    assert not path.exists()
