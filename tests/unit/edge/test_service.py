# SPDX-License-Identifier: EUPL-1.2
"""What every answer of a guarded service has, and what its pages may do."""

import pytest
from fastapi import FastAPI, Response

from edge.headers import ContentPolicy
from edge.language import Language
from edge.service import guard_service
from edge.web.shell import PageShell
from tests.unit.edge.asking import ask


def service(*, https: bool = False) -> FastAPI:
    app = FastAPI()
    shell = PageShell()

    @app.get("/")
    def hello() -> str:
        return "hello"

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError

    @app.get("/own")
    def own() -> Response:
        headers = {"Cache-Control": "max-age=60", "X-Content-Type-Options": "sniff"}
        return PageShell.answer("<p>", Language.NL, headers=headers, policy=ContentPolicy(forms=("'self'",)))

    guard_service(app, hosts=["service.example"], shell=shell, https=https)
    return app


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", "service.example", 200),
        ("/nothing", "service.example", 404),
        ("/", "elsewhere.example", 421),
        ("/broken", "service.example", 500),
        ("/style.css", "service.example", 200),
    ],
)
def test_every_answer_has_the_strict_headers(path: str, host: str, status: int) -> None:
    answer = ask(service(), path, host=host)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["permissions-policy"] == "camera=(), geolocation=(), microphone=(), payment=()"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == ("no-cache" if path == "/style.css" else "no-store")
    assert answer.headers["x-correlation-id"]
    assert "strict-transport-security" not in answer.headers


def test_an_answer_may_relax_its_policy_and_cache_and_nothing_else() -> None:
    answer = ask(service(), "/own")
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert len(answer.headers.get_list("content-security-policy")) == 1
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


def test_a_page_that_scans_may_use_the_camera_and_nothing_else_of_the_device() -> None:
    answer = PageShell.answer("<p>", Language.NL, policy=ContentPolicy(camera=True))
    assert answer.headers["permissions-policy"] == "camera=(self), geolocation=(), microphone=(), payment=()"
    assert answer.headers["content-security-policy"] == ContentPolicy().text


def test_a_service_behind_https_says_that_it_always_is() -> None:
    assert ask(service(https=True), "/").headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("source", ["*", "https:; script-src *", "'unsafe-inline'", "a b", "", "https://a.example/x"])
def test_a_policy_is_not_opened_by_a_source(source: str) -> None:
    with pytest.raises(ValueError, match="a form leads"):
        ContentPolicy(forms=(source,))


def test_a_policy_opens_what_it_says() -> None:
    policy = ContentPolicy(scripts=True, connects=True, images=True, forms=("'self'", "https://w.example", "haip:"))
    assert policy.text == (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self' https://w.example haip:; frame-ancestors 'none'"
    )


def test_the_style_sheet_is_sent_once() -> None:
    first = ask(service(), "/style.css")
    assert first.headers["content-type"].startswith("text/css")
    again = ask(service(), "/style.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
