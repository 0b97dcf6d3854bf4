# SPDX-License-Identifier: EUPL-1.2
"""Programs in Node.js that speak the OpenID protocols by other people's libraries; JSON lines in and out."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_CLIENTS = Path(__file__).parent / "clients"
_ROOT = Path(__file__).parents[2]
_LIBRARY = _ROOT / "node_modules" / "@openid4vc" / "openid4vci"


def require_node() -> None:
    """Skip, or fail in CI, where Node.js or the libraries are not there."""
    if shutil.which("node") is None or not _LIBRARY.exists():
        reason = "Node.js and the libraries of package-lock.json are needed (make setup)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


class Program:
    """A running program."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def say(self, message: object) -> None:
        """One line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """The next line of it; AssertionError when it is an error or none comes."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self._process.stderr.read() if self._process.stderr is not None else "it ended"
        heard: dict[str, Any] = json.loads(line)
        assert "stack" not in heard, heard
        return heard

    def end(self) -> None:
        """Nothing more will be said; until it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)

    def fail(self) -> dict[str, Any]:
        """The next line of it, which must be an error."""
        assert self._process.stdout is not None
        heard: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "stack" in heard, heard
        return heard


@contextmanager
def program(name: str, job: object, folder: Path = _CLIENTS) -> Iterator[Program]:
    """Start one of ``clients/``, or of another folder, with its first line; it is ended when the block is left."""
    with subprocess.Popen(
        ["node", str(folder / f"{name}.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    ) as process:
        try:
            running = Program(process)
            running.say(job)
            yield running
        finally:
            process.kill()


def ask_program(name: str, job: object) -> dict[str, Any]:
    """Run a program that answers with one line."""
    with program(name, job) as running:
        return running.hear()
