# SPDX-License-Identifier: EUPL-1.2
"""Requests that schemathesis makes from an OpenAPI description, sent to an application in this process.

The same requests every time: nothing is random, nothing is remembered between runs.

What every answer must be:
    * never a fault of the server;
    * an error is a problem document (RFC 9457) with the status of the answer; where OAuth wants its own form, that form
      and the members of a problem document in one;
    * one that the description tells of: its status, its media type and its content.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

__all__ = ["Service", "fuzz"]

DESCRIBED: Final[list[CheckFunction]] = [status_code_conformance, content_type_conformance, response_schema_conformance]
_PROBLEM: Final = "application/problem+json"
_MEMBERS: Final = ("type", "title", "status", "detail", "instance", "correlation_id")
_LONGEST_BODY: Final = 1 << 20
Case = schemathesis.Case[Any]


@dataclass(frozen=True)
class Service:
    """An application, and what a caller must know to come past its first door.

    Attributes:
        base_url: under which it is called.
        transport: the way to it.
        description: its OpenAPI document.
        oauth_paths: where errors have the form of OAuth.
        known: values for the parameters of a path, such as the id of a request that is open; by the path's template.
        sign: headers for an operation's path that only a known client can make.
    """

    base_url: str
    transport: httpx.BaseTransport
    description: dict[str, Any]
    oauth_paths: frozenset[str] = frozenset()
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sign: Callable[[str], Mapping[str, str]] | None = None


def fuzz(service: Service, mode: GenerationMode, *, examples: int) -> list[str]:
    """Send requests for every operation; what is wrong with the answers, one line each, empty when nothing is.

    Args:
        mode: data that follows the description, or data that breaks it.
        examples: how many requests for an operation.
    """
    schema = schemathesis.openapi.from_dict(service.description)
    wrong: list[str] = []
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        for path_parameters in _places(service, operation.path):
            faults = _ask_often(
                service, operation.as_strategy(generation_mode=mode, path_parameters=path_parameters), examples
            )
            asked += examples
            wrong += [f"{operation.label}: {fault}" for fault in sorted(faults)]
    assert asked > examples, "the description names no operation"
    return wrong


def _ask_often(service: Service, cases: SearchStrategy[Case], examples: int) -> set[str]:
    faults: set[str] = set()

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def ask(case: Case) -> None:
        faults.update(_ask(service, case))

    with suppress(Unsatisfiable):  # an operation that takes nothing: there is nothing to break
        ask()
    return faults


def _places(service: Service, path: str) -> list[dict[str, Any] | None]:
    known = service.known.get(path)
    return [None] if known is None else [None, dict(known)]


def _ask(service: Service, case: Case) -> set[str]:
    """Send one request; what is wrong with the answer."""
    made = case.as_transport_kwargs(base_url=service.base_url)
    given = {name: made[name] for name in ("params", "cookies") if made.get(name)}
    if "json" in made:
        given["json"] = made["json"]
    body = made.get("data")
    given["content" if isinstance(body, bytes | str) else "data"] = body
    headers = {**made["headers"], **(service.sign(case.operation.path) if service.sign is not None else {})}
    request = None
    if all(str(text).isprintable() for text in headers.values()):  # no other can be sent
        with suppress(ValueError, httpx.InvalidURL):
            request = httpx.Request(made["method"], made["url"], headers=headers, **given)
    assume(request is not None and len(request.content) < _LONGEST_BODY)
    assert request is not None
    answer = service.transport.handle_request(request)
    answer.request, answer.elapsed = request, timedelta()
    return {*_faults(service, request, answer), *_against_description(case, answer)}


def _faults(service: Service, request: httpx.Request, answer: httpx.Response) -> set[str]:
    if answer.status_code < 400:
        return set()
    if answer.status_code >= 500:
        return {f"answers {answer.status_code}"}
    wanted = "application/json" if request.url.path in service.oauth_paths else _PROBLEM
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    faults = set() if media_type == wanted else {f"{answer.status_code} is {media_type or 'of no type'}"}
    try:
        document = json.loads(answer.content)
    except ValueError:
        return {*faults, f"{answer.status_code} is no JSON"}
    missing = [name for name in _MEMBERS if name not in document]
    if wanted != _PROBLEM:
        missing += [name for name in ("error",) if not isinstance(document.get(name), str)]
    if missing:
        faults.add(f"{answer.status_code} lacks {', '.join(missing)}")
    if document.get("status") != answer.status_code:
        faults.add(f"{answer.status_code} says that it is {document.get('status')}")
    if answer.headers.get("x-correlation-id") != document.get("correlation_id"):
        faults.add(f"{answer.status_code} has two correlation ids")
    return faults


def _against_description(case: Case, answer: httpx.Response) -> set[str]:
    try:
        case.validate_response(answer, checks=DESCRIBED)
    except FailureGroup as group:
        return {f"{type(error).__name__}: {' '.join(str(error).split())[:160]}" for error in group.exceptions}
    return set()
