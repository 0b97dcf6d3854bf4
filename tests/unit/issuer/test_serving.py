# SPDX-License-Identifier: EUPL-1.2
"""Several processes on one socket: replaced when one dies, ended together, and not started again in vain."""

import os
import re
import signal
import subprocess
import sys
import time

import httpx

from edge.serving import listen

APPLICATION = """
import os, sys
from fastapi import FastAPI
from edge.serving import listen
from issuer.serving import serve

def make():
    if "broken" in sys.argv:
        raise RuntimeError("this one never starts")
    app = FastAPI()

    @app.get("/")
    def who() -> int:
        return os.getpid()

    return app

listener = listen(0)
print(listener.getsockname()[1], flush=True)
sys.exit(serve(make, listener, workers=int(sys.argv[1])))
"""


def start(*words: str) -> subprocess.Popen[str]:
    """A service whose answer is the process that gave it."""
    return subprocess.Popen(
        [sys.executable, "-c", APPLICATION, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def port_of(process: subprocess.Popen[str]) -> int:
    """Where it listens."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def ask(port: int) -> int:
    """Which process answers, over a new connection."""
    for _ in range(100):
        try:
            return int(httpx.get(f"http://127.0.0.1:{port}/", timeout=10).text)
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("nobody answers")


def test_a_worker_that_dies_is_replaced_and_all_end_together() -> None:
    with start("2") as process:
        port = port_of(process)
        first = ask(port)
        assert first != process.pid
        time.sleep(2.5)  # so that it did not end at once
        os.kill(first, signal.SIGKILL)
        seen = {ask(port) for _ in range(20)}
        assert first not in seen
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        for worker in seen:
            assert not _is_running(worker)


def test_one_process_needs_no_worker() -> None:
    with start("1") as process:
        assert ask(port_of(process)) == process.pid
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_what_cannot_start_ends_with_a_code() -> None:
    with start("2", "broken") as process:
        port_of(process)
        assert process.wait(30) == 3
        assert process.stderr is not None
        assert re.search("this one never starts", process.stderr.read())


def test_listens_before_anybody_serves() -> None:
    with listen(0) as listener, httpx.Client() as client:
        request = client.build_request("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/")
        assert request.url.port == listener.getsockname()[1]
        with listen(0, "::1") as other:
            assert other.getsockname()[0] == "::1"


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
