# SPDX-License-Identifier: EUPL-1.2
"""The endpoint over HTTP: one path, POST, JSON; every error of it is one of JSON-RPC, with a fitting HTTP status.

Invariants:

- The route is a coroutine: it runs in the server's own thread, as the embedded chain needs it.
- A body is read no further than its limit; a caller who asks too fast is told when to come back.
- A page of another site cannot ask: the type of the body makes a browser ask first, and nobody says yes.
"""

import math
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response

from edge.limits import RateLimiter
from edge.visitors import client_key
from programmable_money.rpc.gateway import Gateway
from programmable_money.rpc.protocol import Code, RpcError, error_answer, written

__all__ = ["PATH", "add_rpc", "limiter"]

PATH: Final = "/rpc"
_JSON: Final = "application/json"
_STATUS: Final = {
    Code.PARSE_ERROR: HTTPStatus.BAD_REQUEST,
    Code.INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    Code.LIMIT_EXCEEDED: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
_HEADERS: Final = {"Cache-Control": "no-store"}


def limiter(*, per_second: float = 1_000.0, burst: int = 10_000) -> RateLimiter:
    """How many calls one address may make; an audit of a year in a small town is a few thousand."""
    return RateLimiter(per_second=per_second, burst=burst)


def add_rpc(app: FastAPI, gateway: Gateway, *, rate: RateLimiter, path: str = PATH) -> None:
    """Serve a gateway at a path of an application that has its edge already (``edge.service.guard_service``).

    Args:
        rate: calls of each caller; a batch counts for as many as it has.
    """

    async def answer(request: Request) -> Response:
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != _JSON:
            fault = RpcError(Code.INVALID_REQUEST, "the body's type is application/json")
            return _refused(fault, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        try:
            incoming = gateway.read(await _body(request, gateway.limits.octets))
        except RpcError as error:
            return _refused(error, _STATUS[Code(error.code)])
        seconds = rate.take(client_key(request.scope), float(len(incoming.calls)))
        if seconds:
            wait = str(max(1, math.ceil(seconds)))
            fault = RpcError(Code.LIMIT_EXCEEDED, f"too many calls: come back in {wait} s")
            return _refused(fault, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": wait})
        octets = gateway.answer(incoming)
        if not octets:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=_HEADERS)
        return Response(octets, media_type=_JSON, headers=_HEADERS)

    app.add_api_route(path, answer, methods=["POST"], include_in_schema=False)


async def _body(request: Request, most: int) -> bytes:
    """The body, or RpcError at the octet that is too many."""
    parts, length = [], 0
    async for part in request.stream():
        parts.append(part)
        length += len(part)
        if length > most:
            raise RpcError(Code.LIMIT_EXCEEDED, f"a request has at most {most} octets")
    return b"".join(parts)


def _refused(error: RpcError, status: HTTPStatus, headers: dict[str, str] | None = None) -> Response:
    octets = written(error_answer(None, error))
    return Response(octets, status_code=status, media_type=_JSON, headers=_HEADERS | (headers or {}))
