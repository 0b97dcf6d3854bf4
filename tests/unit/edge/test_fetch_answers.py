# SPDX-License-Identifier: EUPL-1.2
"""Answers that would harm who waits for them: slow, endless, compressed, cut."""

import gzip
import socket
import threading
import time
from collections.abc import Sequence

import pytest

from edge.fetch import FetchError, FetchLimits, FetchReason, GuardedFetch
from tests.unit.edge.fetching import PUBLIC, QUICK, reason
from tests.unit.edge.servers import Authority, answer, serve


def drip(connection: socket.socket) -> None:
    """An octet now and then: no single wait is long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b".")
        time.sleep(0.05)


def drip_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(200):
        connection.sendall(b".")
        time.sleep(0.05)


def go_on_and_on(connection: socket.socket) -> None:
    for _ in range(1_000):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.02)


def say_nothing(connection: socket.socket) -> None:
    connection.recv(1)


@pytest.mark.parametrize("script", [drip, drip_headers, go_on_and_on, say_nothing])
def test_the_time_limit_covers_the_whole_exchange(script: object) -> None:
    started = time.monotonic()
    with serve(script) as server:  # type: ignore[arg-type]
        assert reason(GuardedFetch.for_this_machine(limits=QUICK), server.url) is FetchReason.TIMED_OUT
        assert time.monotonic() - started < 2


def test_the_time_limit_covers_the_handshake(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fetch = GuardedFetch.for_this_machine(anchors=[authority.pem], limits=QUICK)
        assert reason(fetch, f"https://127.0.0.1:{silent.getsockname()[1]}/") is FetchReason.TIMED_OUT


def test_the_time_limit_covers_the_look_up() -> None:
    over = threading.Event()

    def slow(host: str, port: int) -> Sequence[str]:
        over.wait(5)
        return [PUBLIC]

    started = time.monotonic()
    assert reason(GuardedFetch(limits=QUICK, resolver=slow), "https://validator.example/") is FetchReason.TIMED_OUT
    assert time.monotonic() - started < 2
    over.set()


def test_the_time_limit_covers_redirects() -> None:
    def slowly(connection: socket.socket) -> None:
        time.sleep(0.25)
        connection.sendall(answer("302 Found", b"", "Location: /again"))

    with serve(slowly) as server:
        assert reason(GuardedFetch.for_this_machine(limits=QUICK), server.url) is FetchReason.TIMED_OUT
    assert len(server.requests) <= 2


def test_the_time_limit_covers_sending() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fetch = GuardedFetch.for_this_machine(limits=QUICK)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(FetchError) as refused:
            fetch.post(url, bytes(20_000_000), content_type="application/octet-stream")
    assert refused.value.reason is FetchReason.TIMED_OUT


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(bytes(10_000))


def endless_chunks(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1000\r\n" + bytes(0x1000) + b"\r\n")


def endless_error(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 500 Internal Server Error\r\n\r\n")
    while True:
        connection.sendall(bytes(10_000))


def endless_header(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"x" * 10_000)


BAD_ANSWERS = {
    "endless": (endless, FetchReason.TOO_LARGE),
    "endless chunks": (endless_chunks, FetchReason.TOO_LARGE),
    "endless error": (endless_error, FetchReason.TOO_LARGE),
    "endless header": (endless_header, FetchReason.MALFORMED),
    "announced": (b"HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n", FetchReason.TOO_LARGE),
    "many headers": (answer("200 OK", b"", *(f"X-{n}: 1" for n in range(200))), FetchReason.TOO_LARGE),
    "long headers": (answer("200 OK", b"", "X: " + "x" * 40_000), FetchReason.TOO_LARGE),
    "gzip bomb": (answer("200 OK", gzip.compress(bytes(5_000_000)), "Content-Encoding: gzip"), FetchReason.ENCODED),
    "unknown encoding": (answer("200 OK", b"x", "Content-Encoding: identity, br"), FetchReason.ENCODED),
    "cut": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello", FetchReason.MALFORMED),
    "cut chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", FetchReason.MALFORMED),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", FetchReason.MALFORMED),
    "negative length": (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", FetchReason.MALFORMED),
    "long length": (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n", FetchReason.MALFORMED),
    "other protocol": (b"SSH-2.0-OpenSSH_9.9\r\n", FetchReason.MALFORMED),
    "nothing": (b"", FetchReason.MALFORMED),
    "upgrade": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", FetchReason.MALFORMED),
}


@pytest.mark.parametrize(("script", "expected"), BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_a_harmful_answer_is_refused(script: bytes, expected: FetchReason) -> None:
    fetch = GuardedFetch.for_this_machine(limits=FetchLimits(seconds=5, octets=10_000))
    with serve(script) as server:
        assert reason(fetch, server.url) is expected


def test_an_error_status_without_end_is_not_read_to_its_end() -> None:
    with serve(answer("503 Service Unavailable", bytes(65_537))) as server:
        fetch = GuardedFetch.for_this_machine(limits=FetchLimits(octets=1_000))
        assert reason(fetch, server.url) is FetchReason.TOO_LARGE
