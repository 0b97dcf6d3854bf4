# SPDX-License-Identifier: EUPL-1.2
"""The description of the endpoints is complete: what they take, how they refuse, and by whom they may be called."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.issuer.openid.material import Service

OURS = (
    "/nonce",
    "/credential",
    "/deferred_credential",
    "/notification",
    "/jwks",
    "/offers/",
    "/types/",
    "/status-lists",
)


@pytest.fixture
def document(service: Service) -> dict[str, Any]:
    """The OpenAPI description."""
    found: dict[str, Any] = service.http.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation of the credential issuer."""
    for path, methods in document["paths"].items():
        if path.startswith(OURS) or path.endswith("openid-credential-issuer"):
            for operation in methods.values():
                yield path, operation


def test_every_endpoint_is_described(document: dict[str, Any]) -> None:
    assert {path for path, _ in operations(document)} == {
        "/.well-known/openid-credential-issuer",
        "/nonce",
        "/credential",
        "/deferred_credential",
        "/notification",
        "/jwks",
        "/offers/{reference}",
        "/types/{name}/v{version}",
        "/status-lists",
        "/status-lists/{number}",
    }


def test_every_refusal_is_a_problem_document(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        assert operation["summary"]
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                [(media_type, content)] = answer["content"].items()
                required = set(content["schema"]["required"])
                assert {"type", "title", "status", "detail", "instance"} <= required, path
                assert ("error" in required) is (media_type == "application/json"), path


@pytest.mark.parametrize("path", ["/credential", "/deferred_credential", "/notification"])
def test_what_is_personal_needs_a_token(document: dict[str, Any], path: str) -> None:
    operation = document["paths"][path]["post"]
    assert operation["security"] == [{"DPoP": []}]
    assert {"400", "401", "415", "503"} <= operation["responses"].keys()
    assert document["components"]["securitySchemes"]["DPoP"]["scheme"] == "DPoP"
