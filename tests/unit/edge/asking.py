# SPDX-License-Identifier: EUPL-1.2
"""Asking an application in this process, over ASGI."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import httpx
from fastapi import FastAPI

__all__ = ["ask"]


def ask(
    app: FastAPI,
    path: str,
    *,
    method: str = "GET",
    host: str = "service.example",
    headers: Mapping[str, str] | Sequence[tuple[str, str]] | Sequence[tuple[bytes, bytes]] = (),
    body: bytes | Iterable[bytes] | None = None,
    client: str = "192.0.2.7",
) -> httpx.Response:
    """One request; a body in pieces is sent without its length. An error that no answer was made of is raised."""

    async def pieces(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    async def exchange() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(client, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as asking:
            content = body if body is None or isinstance(body, bytes) else pieces(body)
            return await asking.request(method, path, headers=httpx.Headers(headers), content=content)

    return asyncio.run(exchange())
