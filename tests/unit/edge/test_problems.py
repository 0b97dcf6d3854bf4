# SPDX-License-Identifier: EUPL-1.2
"""Errors of a service: problem documents, pages in words, OAuth's own form, and a log that repeats nothing."""

import json
import logging
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from edge.problems import OAuthProblem, Problem, correlation_id, install_problems, require_media_type
from edge.web.shell import PageShell
from ssi.credential.document import Wording
from ssi.errors import Reason, VerificationError
from tests.unit.edge.asking import ask

MEMBERS = {"type", "title", "status", "detail", "instance", "correlation_id"}
SECRET = "999990019"
JSON = {"Content-Type": "application/json"}
LOCKED = Wording("Deze code is op slot", "This code is locked")
LOCKED_TEXT = Wording("Vraag een nieuwe brief.", "Please ask for a new letter.")


class HouseholdError(Exception):
    """An error of a role."""


class NoHouseholdError(HouseholdError):
    """A more specific one."""


class Application(BaseModel):
    """A body with rules."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[str, Field(pattern="^[A-Z]$")]
    children: dict[str, int] = {}


def service(**settings: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/locked")
    def locked() -> None:
        raise Problem(423, "code_locked", LOCKED, LOCKED_TEXT, headers={"Retry-After": "5"}, attempts=3)

    @app.get("/conflict")
    def conflict() -> None:
        raise Problem(409)

    @app.post("/token")
    def token() -> None:
        raise OAuthProblem("invalid_grant", 'not "this"\n\\code', status=400, headers={"DPoP-Nonce": "n"}, attempts=1)

    @app.get("/refused/{secret}")
    @app.get("/token/refused")
    def refused() -> None:
        raise VerificationError(Reason.EXPIRED, "the credential is past its last day")

    @app.get("/household")
    def household() -> None:
        raise NoHouseholdError(SECRET)

    @app.get("/broken/{secret}")
    @app.get("/token/broken")
    def broken() -> None:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise RuntimeError(SECRET) from error

    @app.get("/unauthorised")
    def unauthorised() -> None:
        raise HTTPException(401, {"secret": SECRET}, {"WWW-Authenticate": "DPoP"})

    @app.post("/apply")
    @app.post("/token/apply")
    def apply(application: Application, page: Annotated[int, Query(ge=1)] = 1) -> Application:
        return application

    @app.post("/sealed", dependencies=[Depends(require_media_type("application/jwt", "text/plain"))])
    def sealed() -> None:
        return None

    @app.get("/who")
    def who(request: Request) -> str:
        return correlation_id(request)

    translate = {
        HouseholdError: lambda error: Problem(409, "household"),
        NoHouseholdError: lambda error: Problem(404, "no_household"),
    }
    install_problems(app, **{"translate": translate, "oauth_paths": ["/token", "/token/"], **settings})
    return app


APP = service()


def test_a_problem_says_what_where_and_under_which_number() -> None:
    answer = ask(APP, "/locked", headers={"Accept-Language": "en"})
    assert answer.status_code == 423
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["cache-control"], answer.headers["retry-after"]) == ("no-store", "5")
    number = answer.headers["x-correlation-id"]
    assert answer.json() == {
        "type": "urn:stuiver:problem:code_locked",
        "title": "This code is locked",
        "status": 423,
        "detail": "Please ask for a new letter.",
        "instance": f"urn:stuiver:request:{number}",
        "correlation_id": number,
        "attempts": 3,
    }
    assert ask(APP, "/locked?lang=nl").json()["title"] == LOCKED.nl


def test_a_problem_without_a_kind_is_its_status() -> None:
    document = ask(APP, "/conflict", headers={"Accept-Language": "en"}).json()
    assert (document["type"], document["title"], document["status"]) == ("about:blank", "Conflict", 409)
    assert document["detail"] == "This does not fit what is there already. Please look at how things are now."


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("DELETE", "/locked", 405),
        ("GET", "/household", 404),
        ("GET", "/refused/x", 400),
        ("GET", "/broken/x", 500),
        ("GET", "/unauthorised", 401),
        ("POST", "/apply", 422),
        ("POST", "/sealed", 415),
        ("POST", "/token", 400),
        ("GET", "/token", 405),
        ("GET", "/token/nothing", 404),
        ("GET", "/token/refused", 400),
        ("GET", "/token/broken", 500),
        ("POST", "/token/apply", 400),
    ],
)
def test_every_error_is_a_problem_document(method: str, path: str, status: int) -> None:
    answer = ask(APP, path, method=method)
    assert answer.status_code == status
    document = answer.json()
    assert set(document) >= MEMBERS
    assert document["status"] == status
    assert document["correlation_id"] == answer.headers["x-correlation-id"]
    is_oauth = path.startswith("/token")
    assert answer.headers["content-type"] == f"application/{'json' if is_oauth else 'problem+json'}"
    assert ("error" in document) is is_oauth
    assert answer.headers["cache-control"] == "no-store"
    assert SECRET not in answer.text


def test_headers_of_an_error_stay() -> None:
    assert ask(APP, "/unauthorised").headers["www-authenticate"] == "DPoP"
    assert ask(APP, "/locked", method="PUT").headers["allow"] == "GET"
    assert ask(APP, "/sealed", method="POST").headers["accept-post"] == "application/jwt, text/plain"


def test_the_most_specific_translation_counts() -> None:
    assert ask(APP, "/household").json()["type"] == "urn:stuiver:problem:no_household"


def test_a_refused_verification_says_its_reason() -> None:
    document = ask(APP, "/refused/x").json()
    assert (document["reason"], document["type"]) == ("expired", "urn:stuiver:problem:expired")
    assert document["detail"] == "the credential is past its last day"


# ---- OAuth ----


def test_oauth_errors_have_oauths_members() -> None:
    answer = ask(APP, "/token", method="POST")
    document = answer.json()
    assert document["error"] == "invalid_grant"
    assert document["error_description"] == "not 'this'''code"
    assert (document["attempts"], answer.headers["dpop-nonce"]) == (1, "n")


@pytest.mark.parametrize(
    ("path", "method", "error"),
    [
        ("/token", "GET", "invalid_request"),
        ("/token/nothing", "GET", "invalid_request"),
        ("/token/refused", "GET", "invalid_request"),
        ("/token/broken", "GET", "server_error"),
        ("/token/apply", "POST", "invalid_request"),
    ],
)
def test_other_errors_at_an_oauth_endpoint_have_them_too(path: str, method: str, error: str) -> None:
    document = ask(APP, path, method=method).json()
    assert document["error"] == error
    assert document["error_description"].isascii()


# ---- fields ----


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("body", "number", "missing")]),
        ({"number": SECRET}, [("body", "number", "string_pattern_mismatch")]),
        ({"number": "A", SECRET: 1}, [("body", "?", "extra_forbidden")]),
        ({"number": "A", "Janssen": 1}, [("body", "?", "extra_forbidden")]),
        ({"number": "A", "children": {SECRET: "x"}}, [("body", "children.?", "int_parsing")]),
    ],
)
def test_a_broken_rule_names_field_and_rule_and_not_the_value(
    caplog: pytest.LogCaptureFixture, body: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = ask(APP, "/apply", method="POST", body=json.dumps(body).encode(), headers=JSON)
    assert [tuple(entry.values()) for entry in answer.json()["errors"]] == expected
    assert "Janssen" not in answer.text + caplog.text
    assert SECRET not in answer.text + caplog.text
    assert expected[0][2] in caplog.text


def test_a_query_is_checked_as_well() -> None:
    answer = ask(APP, "/apply?page=0", method="POST", body=b'{"number": "A"}', headers=JSON)
    assert answer.json()["errors"] == [{"in": "query", "name": "page", "rule": "greater_than_equal"}]


def test_a_flood_of_broken_rules_is_cut_off() -> None:
    body = json.dumps({"number": "A", **{f"f{n}": 1 for n in range(1_000)}}).encode()
    assert len(ask(APP, "/apply", method="POST", body=body, headers=JSON).json()["errors"]) == 20


def test_what_is_not_json_is_a_broken_rule() -> None:
    answer = ask(APP, "/apply", method="POST", body=b'{"number": ' + SECRET.encode(), headers=JSON)
    assert answer.json()["errors"][0]["rule"] == "json_invalid"
    assert SECRET not in answer.text


# ---- correlation ----


@pytest.mark.parametrize("given", ["abcdefgh", "8f14e45f-ceea-467f-a9a0-1c2b3d4e5f60", "x" * 64])
def test_a_callers_number_is_kept(given: str) -> None:
    answer = ask(APP, "/who", headers={"X-Correlation-ID": given})
    assert answer.json() == given == answer.headers["x-correlation-id"]


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f", "<script>1", "a;b,c:defgh", "ä" * 9])
def test_a_number_of_another_form_is_replaced(given: str) -> None:
    answer = ask(APP, "/who", headers=[(b"X-Correlation-ID", given.encode("latin-1"))])
    assert answer.json() == answer.headers["x-correlation-id"] != given
    assert len(answer.json()) >= 20


def test_two_numbers_are_none() -> None:
    answer = ask(APP, "/who", headers=[("X-Correlation-ID", "abcdefgh"), ("X-Correlation-ID", "ijklmnop")])
    assert answer.json() not in {"abcdefgh", "ijklmnop"}
    assert ask(APP, "/who").json() != ask(APP, "/who").json()


# ---- the log ----


def test_the_log_has_route_reason_and_number_and_nothing_that_was_received(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "edge")
    number = ask(APP, f"/refused/{SECRET}?bsn={SECRET}").headers["x-correlation-id"]
    [record] = [record for record in caplog.records if record.name == "edge.problems"]
    assert record.levelno == logging.INFO
    assert "GET /refused/{secret} answered 400 (expired: the credential is past its last day)" in record.getMessage()
    assert number in record.getMessage()
    assert SECRET not in caplog.text


def test_our_own_fault_is_logged_with_its_places_and_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    number = ask(APP, f"/broken/{SECRET}").headers["x-correlation-id"]
    [record] = [record for record in caplog.records if record.name == "edge.problems"]
    text = record.getMessage()
    assert record.levelno == logging.ERROR
    assert number in text
    assert "RuntimeError" in text
    assert "KeyError" in text
    assert "test_problems.py:" in text
    assert SECRET not in caplog.text


# ---- pages ----


def test_a_browser_gets_words() -> None:
    app = service(page=PageShell().problem)
    answer = ask(app, "/locked?lang=en", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 423
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-language"] == "en"
    for words in (LOCKED.en, LOCKED_TEXT.en, answer.headers["x-correlation-id"]):
        assert words in answer.text
    oauth = ask(app, "/token?lang=en", method="POST", headers={"Accept": "text/html"})
    assert "We do not understand this" in oauth.text
    assert "invalid_grant" not in oauth.text
    assert ask(app, "/locked", headers={"Accept": "application/json"}).json()["status"] == 423


# ---- mistakes of ours ----


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Problem(200),
        lambda: Problem(600),
        lambda: Problem(400, "Not Snake"),
        lambda: Problem(400, status=3),  # type: ignore[misc]
        lambda: Problem(400, instance="x"),
    ],
)
def test_a_malformed_problem_is_a_bug(wrong: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        wrong()


def test_a_broken_off_answer_is_not_continued(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()

    @app.get("/")
    async def start() -> StreamingResponse:
        async def parts() -> Any:
            yield b"part"
            raise ValueError(SECRET)

        return StreamingResponse(parts())

    install_problems(app)
    with pytest.raises(RuntimeError, match="broke off"):
        ask(app, "/")
    assert SECRET not in caplog.text
