# SPDX-License-Identifier: EUPL-1.2
"""Writers take turns: threads, processes, and processes that were forked from one that has had its turn."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from issuer.errors import StoreBusyError
from issuer.turns import Turns

ADD = """
import sys, time
from pathlib import Path
from issuer.turns import Turns
folder, turns = Path(sys.argv[1]), Turns(Path(sys.argv[1]) / "turn", seconds=30)
for _ in range(20):
    with turns.mine():
        count = int((folder / "count").read_text())
        time.sleep(0.001)
        (folder / "count").write_text(str(count + 1))
"""


def add(folder: Path, turns: Turns) -> None:
    """Read, wait, write: what two at a time get wrong."""
    with turns.mine():
        count = int((folder / "count").read_text())
        time.sleep(0.001)
        (folder / "count").write_text(str(count + 1))


def test_threads_and_processes_take_turns(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")
    turns = Turns(tmp_path / "turn", seconds=30)
    others = [subprocess.Popen([sys.executable, "-c", ADD, str(tmp_path)]) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: add(tmp_path, turns), range(40)))
    assert [other.wait(30) for other in others] == [0, 0]
    assert int((tmp_path / "count").read_text()) == 80
    turns.close()


def test_a_forked_process_has_turns_of_its_own(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "turn", seconds=30)
    with turns.mine():
        pass
    reading, writing = os.pipe()
    with turns.mine():
        child = os.fork()
        if child == 0:
            fresh = Turns(tmp_path / "turn", seconds=30)
            fresh._opened = turns._opened  # what a fork leaves behind
            with fresh.mine():
                os.write(writing, b"child")
            os._exit(0)
        time.sleep(0.3)
        os.write(writing, b"parent ")
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"parent child"
    for descriptor in (reading, writing):
        os.close(descriptor)
    turns.close()


def test_does_not_wait_for_ever_for_another_thread(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "turn", seconds=0.05)

    def wait() -> None:
        with turns.mine():
            raise AssertionError("nobody's turn")

    with turns.mine(), ThreadPoolExecutor(1) as pool, pytest.raises(StoreBusyError):
        pool.submit(wait).result()
    turns.close()


def test_a_turn_ends_with_an_error(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "turn", seconds=1)
    with pytest.raises(ZeroDivisionError), turns.mine():
        raise ZeroDivisionError
    with turns.mine():
        assert (tmp_path / "turn").stat().st_mode & 0o077 == 0
    turns.close()
