# SPDX-License-Identifier: EUPL-1.2
"""Names under which a service answers, and pages that may send it forms."""

import pytest
from fastapi import Depends, FastAPI

from edge.hosts import hosts_of, require_same_origin
from edge.service import guard_service
from tests.unit.edge.asking import ask


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://Stuiver.example", {"stuiver.example"}),
        ("https://stuiver.example:8443/issuer", {"stuiver.example"}),
        ("http://127.0.0.1:8018", {"127.0.0.1", "localhost", "[::1]"}),
        ("http://localhost:8018/", {"127.0.0.1", "localhost", "[::1]"}),
        ("http://[::1]:8018/", {"127.0.0.1", "localhost", "[::1]"}),
        ("http://stuiver.localhost:8018/", {"127.0.0.1", "localhost", "[::1]", "stuiver.localhost"}),
        ("https://[2001:67c::1]/", {"[2001:67c::1]"}),
    ],
)
def test_a_service_has_the_names_of_its_public_address(url: str, hosts: set[str]) -> None:
    assert hosts_of(url) == hosts


def test_only_an_address_of_the_web_has_names() -> None:
    with pytest.raises(ValueError, match=r"^$"):
        hosts_of("stuiver.example")


def service() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def hello() -> str:
        return "hello"

    @app.post("/change", dependencies=[Depends(require_same_origin)])
    def change() -> str:
        return "changed"

    guard_service(app, hosts=["service.example", "127.0.0.1", "[::1]"])
    return app


APP = service()


@pytest.mark.parametrize(
    "host", ["service.example", "SERVICE.example:8018", "127.0.0.1", "127.0.0.1:8018", "[::1]", "[::1]:8018"]
)
def test_answers_to_its_names(host: str) -> None:
    assert ask(APP, "/", headers={"Host": host}).json() == "hello"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "elsewhere.example",
        "service.example.elsewhere.example",
        "service.example@elsewhere.example",
        "elsewhere.example:127.0.0.1",
        "service.example:",
        "service.example:port",
        "service.example ",
        "service.example, elsewhere.example",
        "::1",
        "127.1",
    ],
)
def test_refuses_every_other_name(host: str) -> None:
    answer = ask(APP, "/", headers=[("Host", host)])
    assert answer.status_code == 421
    assert answer.json()["status"] == 421
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["ſervice.example".encode(), "sérvice.example".encode("latin-1"), b"\xff"])
def test_refuses_a_name_that_only_looks_like_it(host: bytes) -> None:
    assert ask(APP, "/", headers=[(b"Host", host)]).status_code == 421


def test_refuses_two_names() -> None:
    assert ask(APP, "/", headers=[("Host", "service.example"), ("Host", "elsewhere.example")]).status_code == 421


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://service.example", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://elsewhere.example"}, 403),
        ({"Origin": "https://service.example"}, 403),
        ({"Origin": "http://service.example:81"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://service.example", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_forms_come_from_pages_of_the_service(headers: dict[str, str], status: int) -> None:
    assert ask(APP, "/change", method="POST", headers=headers).status_code == status
