# SPDX-License-Identifier: EUPL-1.2
"""What OpenAPI says about the verifier's endpoints: what they take, what they answer, how they refuse."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["FORM", "PAGE", "REFUSALS", "answers", "form_of"]

FORM: Final = "application/x-www-form-urlencoded"
_TEXT: Final = {"type": "string"}
_PROBLEM: Final = {
    "type": "object",
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "instance": _TEXT,
        "correlation_id": _TEXT,
        "reason": {"type": "string", "description": "Why an answer is refused, one of a closed list."},
    },
    "required": ["type", "title", "status", "detail", "instance", "correlation_id"],
}
_REFUSED: Final[Mapping[int, str]] = {
    400: "What was sent is not accepted; see reason.",
    403: "Not the browser that started, or a form of another site.",
    404: "There is no such request, policy or query.",
    405: "Another method is needed.",
    410: "The request is over.",
    413: "The body is too long.",
    415: "The body is of another media type than a form.",
    421: "The service is called by another name.",
    422: "The address or the form has not this shape.",
    429: "Too many requests; see Retry-After.",
    503: "No validator is trusted for what is asked, or the database is busy.",
}
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": words, "content": {"application/problem+json": {"schema": _PROBLEM}}}
    for status, words in _REFUSED.items()
}
"""How everything is refused; a browser gets the same in words."""
PAGE: Final = "text/html"


def answers(description: str, media_type: str | None, *, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """What an endpoint answers when all is well; without a media type it has no body."""
    content: dict[str, Any] = {} if media_type is None else {"content": {media_type: {"schema": {}}}}
    return {status: {"description": description, **content}}


def form_of(properties: Mapping[str, str]) -> dict[str, Any]:
    """A form whose parameters are read by hand: their names and what they are."""
    fields = {name: {"type": "string", "description": text} for name, text in properties.items()}
    return {"requestBody": {"content": {FORM: {"schema": {"type": "object", "properties": fields}}}}}
