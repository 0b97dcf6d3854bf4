# SPDX-License-Identifier: EUPL-1.2
"""How often and how much: token buckets and bodies."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI, Form, Request
from hypothesis import given
from hypothesis import strategies as st

from edge.limits import RateLimit, RateLimiter
from edge.service import guard_service
from edge.visitors import client_key
from tests.unit.edge.asking import ask


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_one_at_a_time() -> None:
    clock = Clock()
    limiter = RateLimiter(per_second=0.5, burst=3, clock=clock)
    assert [limiter.take("amira") for _ in range(4)] == [0, 0, 0, 2]
    assert limiter.take("bas") == 0, "another key has its own bucket"
    clock.now += 1
    assert limiter.take("amira") == 1
    clock.now += 1
    assert [limiter.take("amira") for _ in range(2)] == [0, 2]
    clock.now += 1_000
    assert [limiter.take("amira") for _ in range(4)] == [0, 0, 0, 2], "a bucket holds no more than its burst"


def test_what_is_refused_costs_nothing() -> None:
    limiter = RateLimiter(per_second=1, burst=3, clock=Clock())
    assert limiter.take("amira", 5) == 2
    assert limiter.take("amira", 3) == 0


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 4)), max_size=60))
def test_no_pattern_of_requests_gets_more_than_the_rate(steps: list[tuple[float, int]]) -> None:
    clock = Clock()
    limiter = RateLimiter(per_second=2, burst=4, clock=clock)
    started, passed = clock.now, 0
    for wait, cost in steps:
        clock.now += wait
        passed += cost if limiter.take("amira", cost) == 0 else 0
        assert passed <= 4 + 2 * (clock.now - started) + 1e-6


def test_a_flood_of_keys_takes_no_memory_and_clears_no_count() -> None:
    limiter = RateLimiter(per_second=0.001, burst=1, clock=Clock(), slots=4_096)
    assert limiter.take("cato") == 0
    size = sum(sys.getsizeof(value) for value in vars(limiter).values())
    for n in range(20_000):
        limiter.take(f"other {n}")
    assert sum(sys.getsizeof(value) for value in vars(limiter).values()) == size
    assert limiter.take("cato") > 0


@pytest.mark.parametrize("settings", [{"per_second": 0, "burst": 1}, {"per_second": 1, "burst": 0}])
def test_a_limit_that_lets_nothing_through_is_a_bug(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="lets something through"):
        RateLimiter(**settings)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_a_visitor_counts_by_network(first: str, second: str, same: bool) -> None:
    keys = {client_key({"client": (address, 1)}) for address in (first, second)}
    assert (len(keys) == 1) is same
    assert client_key({"client": None}) == ""


def service(limiter: RateLimiter | None = None) -> FastAPI:
    app = FastAPI()

    @app.post("/json")
    def take_json(values: Annotated[list[int], Body()]) -> int:
        return len(values)

    @app.post("/form")
    def take_form(text: Annotated[str, Form()]) -> int:
        return len(text)

    @app.post("/raw")
    @app.post("/large")
    async def take_raw(request: Request) -> int:
        return len(await request.body())

    @app.get("/token")
    @app.get("/offers/1")
    @app.get("/free")
    def token() -> None:
        return None

    rate = RateLimit(limiter, ["/token", "/offers/"]) if limiter else None
    guard_service(app, hosts=["service.example"], most_octets=1_000, larger={"/large": 2_000}, rate=rate)
    return app


def test_asking_too_often_says_when_to_come_back() -> None:
    app = service(RateLimiter(per_second=0.2, burst=2, clock=Clock()))
    assert [ask(app, path).status_code for path in ("/token", "/offers/1", "/token")] == [200, 200, 429]
    refused = ask(app, "/offers/1")
    assert refused.headers["retry-after"] == "5"
    assert refused.json()["status"] == 429
    assert refused.headers["x-correlation-id"]
    assert ask(app, "/free").status_code == 200
    assert ask(app, "/token", client="192.0.2.8").status_code == 200


@pytest.mark.parametrize("path", ["/json", "/form", "/raw"])
@pytest.mark.parametrize("in_pieces", [False, True], ids=["announced", "in pieces"])
def test_a_body_that_is_too_long_is_refused(path: str, in_pieces: bool) -> None:
    parts = [b"text=" + b"1" * 595, b"1" * 401]
    kind = "application/x-www-form-urlencoded" if path == "/form" else "application/json"
    body = parts if in_pieces else b"".join(parts)
    answer = ask(service(), path, method="POST", body=body, headers={"Content-Type": kind})
    assert answer.status_code == 413
    assert answer.json()["status"] == 413


def test_an_endless_body_is_left_at_the_octet_that_is_too_many() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 100
            yield b"1" * 100

    assert ask(service(), "/raw", method="POST", body=endless()).status_code == 413
    assert taken <= 1_200


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 30, "", "0x10", "1001"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    headers = {"Content-Length": length, "Content-Type": "application/json"}
    assert ask(service(), "/raw", method="POST", body=[b"1"], headers=headers).status_code == 413


def test_a_body_up_to_the_limit_is_taken() -> None:
    assert ask(service(), "/raw", method="POST", body=bytes(1_000)).json() == 1_000
    assert ask(service(), "/raw", method="POST", body=[bytes(500), bytes(500)]).json() == 1_000
    assert ask(service(), "/large", method="POST", body=bytes(2_000)).json() == 2_000
