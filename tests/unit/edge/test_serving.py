# SPDX-License-Identifier: EUPL-1.2
"""Several services in one process, each on its port, ended together."""

import errno
import signal
import subprocess
import sys

import httpx
import pytest

from edge.serving import LOOPBACK, ListenError, listen

APPLICATION = """
import threading, time
from fastapi import FastAPI
from edge.serving import Service, listen, serve

def make(name):
    app = FastAPI()

    @app.get("/")
    async def who():
        return [name, threading.current_thread() is threading.main_thread()]

    @app.get("/slow")
    def slow():
        print("asked", flush=True)
        time.sleep(1)
        return name

    return app

listeners = [listen(0) for _ in range(3)]
print(*[listener.getsockname()[1] for listener in listeners], flush=True)
services = [Service(make(name), listener) for name, listener in zip("abc", listeners)]
serve(*services, started=lambda: print("up", flush=True))
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_answer_in_one_thread_and_end_together_after_what_is_being_asked(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", APPLICATION], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ports = [int(word) for word in process.stdout.readline().split()]
        assert process.stdout.readline() == "up\n"
        for name, port in zip("abc", ports, strict=True):
            assert httpx.get(f"http://{LOOPBACK}:{port}/", timeout=10).json() == [name, True]
        slow = f"import httpx; print(httpx.get('http://{LOOPBACK}:{ports[1]}/slow', timeout=10).text)"
        with subprocess.Popen([sys.executable, "-c", slow], stdout=subprocess.PIPE, text=True) as asking:
            assert process.stdout.readline() == "asked\n"
            process.send_signal(number)
            assert asking.communicate(timeout=20)[0] == '"b"\n'
        assert process.wait(20) == 0
        assert process.stdout.readline() == "ended\n"


def test_a_port_that_is_taken_is_said() -> None:
    with listen(0) as taken, pytest.raises(ListenError) as caught:
        listen(taken.getsockname()[1])
    assert caught.value.is_taken
    assert caught.value.errno == errno.EADDRINUSE


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(ListenError) as caught:
        listen(0, "192.0.2.1")
    assert not caught.value.is_taken
    assert "192.0.2.1" in str(caught.value)


def test_this_machine_only_unless_it_is_said() -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
