# SPDX-License-Identifier: EUPL-1.2
"""``stuiver up`` as a person uses it: start, look, Ctrl-C, start again; and what it says when it cannot start."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import ROOT

COMMAND = (str(Path(sys.executable).with_name("stuiver")), "up")
SECONDS = 120


@contextlib.contextmanager
def running(*options: str) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "COLUMNS": "200"}
    process = subprocess.Popen(
        [*COMMAND, *options], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def until_open(process: "subprocess.Popen[str]") -> str:
    """What it says until it serves."""
    said, until = "", time.monotonic() + SECONDS
    assert process.stdout is not None
    while "in your browser" not in said:
        assert select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))[0], said
        heard = os.read(process.stdout.fileno(), 4096)
        assert heard, f"it ended: {said}"
        said += heard.decode()
    return said


def fails(*options: str) -> str:
    """What it says when it does not start."""
    ended = subprocess.run([*COMMAND, *options], cwd=ROOT, text=True, capture_output=True, check=False, timeout=SECONDS)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def figures(port: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/books.json", timeout=30) as answer:
        shown: dict[str, Any] = json.loads(answer.read())
    del shown["source"]["read_at"]
    return shown


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_restart_loses_nothing_and_damage_is_said(tmp_path: Path, port: int) -> None:
    options = ("--port", str(port), "--folder", str(tmp_path))
    journal = tmp_path / "kindpakket" / "journal"

    with running(*options) as process:
        until_open(process)
        before = figures(port)
        assert "another stuiver up uses" in fails("--port", str(port + 1 if port < 65535 else port - 1), *options[2:])
        assert f"port {port} is taken" in fails(*options)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert "Stopped" in process.stdout.read()
    assert before["is_checked"] is True
    assert before["claims"] > 50
    assert before["payments"] > before["claims"]
    assert before["books"]["settled"] > 0
    assert before["books"]["merchants"] > 0
    assert not list(tmp_path.glob("**/*.wallet"))

    with running(*options) as process:
        assert "every state root is as it was" in until_open(process)
        assert figures(port) == before
        process.kill()
        process.wait()

    with running(*options) as process:
        until_open(process)
        assert figures(port) == before
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

    whole = journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:9], lines[9][:-40] + b"\n", *lines[10:]]))
    said = fails(*options)
    assert "line 10" in said
    assert "stuiver up --fresh" in said
    journal.unlink()
    assert "stuiver up --fresh" in fails(*options)

    with running(*options, "--fresh") as process:
        assert "The old chain is now in" in until_open(process)
        after = figures(port)
        assert after["is_checked"] is True
        assert after["source"]["fund"] != before["source"]["fund"]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert (tmp_path / "kindpakket.previous" / "programme.json").exists()


def test_port_that_is_taken_is_a_clear_error_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = fails("--port", str(port), "--folder", str(tmp_path / "new"))
    assert f"port {port} is taken" in said
    assert "--port" in said
    assert not (tmp_path / "new").exists()


def test_chain_of_other_contracts_is_a_clear_error(tmp_path: Path, port: int) -> None:
    home = tmp_path / "kindpakket"
    home.mkdir()
    (home / "relayer.key").write_text("11" * 32)
    (home / "programme.json").write_text(json.dumps({"contracts": "00", "fund": "0x" + "11" * 20, "shops": {}}))
    said = fails("--port", str(port), "--folder", str(tmp_path))
    assert "another version of the contracts" in said
    assert "stuiver up --fresh" in said


@pytest.mark.parametrize("damaged", ["relayer.key", "programme.json"])
def test_damaged_folder_is_a_clear_error(tmp_path: Path, port: int, damaged: str) -> None:
    home = tmp_path / "kindpakket"
    home.mkdir()
    (home / "relayer.key").write_text("11" * 32)
    (home / "programme.json").write_text(json.dumps({"contracts": "", "fund": "0x" + "11" * 20, "shops": {}}))
    (home / damaged).write_text("zz")
    said = fails("--port", str(port), "--folder", str(tmp_path))
    assert "cannot be read" in said
    assert "stuiver up --fresh" in said
